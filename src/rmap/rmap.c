/* SPDX-License-Identifier: MIT */
#include "rmap/rmap.h"

#include "phys/folio.h"

vaddr_t vma_address(const struct vm_area_struct *vma, u64 index, u64 nr)
{
	unsigned shift = vma->vm_mm->world->phys.page_shift;
	u64 first = vma->vm_pgoff, pages = vma_size(vma) >> shift;

	if (index >= first)
		return index - first < pages
			       ? vma->vm_start + ((index - first) << shift)
			       : VMA_ADDRESS_NONE;
	return first - index < nr ? vma->vm_start : VMA_ADDRESS_NONE;
}

/* What the VMAs of one list are asked. */
struct walk_state {
	struct mmsim *w;
	pfn_t pfn;
	u64 index, nr;
	const struct rmap_walk *walk;
};

static bool walk_vma(const struct walk_state *s, struct vm_area_struct *vma)
{
	vaddr_t addr = vma_address(vma, s->index, s->nr);

	if (addr == VMA_ADDRESS_NONE)
		return true;
	if (!s->walk->one(s->w, s->pfn, vma, addr, s->walk->arg))
		return false;
	return !s->walk->done || !s->walk->done(s->w, s->pfn, s->walk->arg);
}

/* The next of a tree of anon_vmas, parents first; NULL at the end. */
static struct anon_vma *next_anon_vma(const struct anon_vma *root,
				      struct anon_vma *av)
{
	if (!LIST_EMPTY(&av->children))
		return LIST_FIRST(&av->children);
	while (av != root && !LIST_NEXT(av, siblings))
		av = av->parent;
	return av == root ? NULL : LIST_NEXT(av, siblings);
}

static void walk_anon(const struct walk_state *s, struct anon_vma *root)
{
	struct vm_area_struct *vma;
	struct anon_vma *av;

	for (av = root; av; av = next_anon_vma(root, av))
		TAILQ_FOREACH(vma, &av->vmas, anon_link)
			if (!walk_vma(s, vma))
				return;
}

static void walk_file(const struct walk_state *s, struct mmsim_file *file)
{
	struct vm_area_struct *vma;

	LIST_FOREACH(vma, &file->vmas, file_link)
		if (!walk_vma(s, vma))
			return;
}

void rmap_walk(struct mmsim *w, pfn_t pfn, const struct rmap_walk *walk)
{
	const struct page *folio = folio_page(&w->phys, pfn);
	struct walk_state s = {
		.w = w,
		.pfn = folio_pfn(&w->phys, pfn),
		.index = folio->index,
		.nr = folio_nr_pages(&w->phys, pfn),
		.walk = walk,
	};
	void *mapping =
		(void *)(uintptr_t)(folio->mapping & ~PAGE_MAPPING_ANON);

	if (!mapping)
		return;
	if (PageAnon(folio))
		walk_anon(&s, mapping);
	else
		walk_file(&s, mapping);
}
