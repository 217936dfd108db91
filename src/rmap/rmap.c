/* SPDX-License-Identifier: MIT */
#include "rmap/rmap.h"

#include "core/sched.h"
#include "ksm/ksm.h"
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

/* A VMA that has the address at which KSM met the page; false ends the walk. */
static bool walk_ksm_vma(const struct walk_state *s, struct vm_area_struct *vma,
			 vaddr_t addr)
{
	if (addr < vma->vm_start || addr >= vma->vm_end)
		return true;
	if (!s->walk->one(s->w, s->pfn, vma, addr, s->walk->arg))
		return false;
	return !s->walk->done || !s->walk->done(s->w, s->pfn, s->walk->arg);
}

/* Where KSM met it, and in the children that have got it there by fork. */
static bool walk_ksm_item(const struct walk_state *s,
			  const struct ksm_rmap_item *item)
{
	struct anon_vma *root = item->anon_vma, *av;
	struct vm_area_struct *vma;

	for (av = root; av; av = next_anon_vma(root, av))
		TAILQ_FOREACH(vma, &av->vmas, anon_link)
			if (!walk_ksm_vma(s, vma, item->addr))
				return false;
	return true;
}

static void walk_ksm(const struct walk_state *s,
		     const struct ksm_stable_node *node)
{
	const struct ksm_rmap_item *item;

	LIST_FOREACH(item, &node->items, node_link)
		if (!walk_ksm_item(s, item))
			return;
}

void rmap_walk(struct mmsim *w, pfn_t pfn, const struct rmap_walk *walk)
{
	const struct folio_view f = folio_view(&w->phys, pfn);
	struct walk_state s = {
		.w = w,
		.pfn = f.pfn,
		.index = f.page->index,
		.nr = BIT_U64(f.order),
		.walk = walk,
	};
	void *mapping =
		(void *)(uintptr_t)(f.page->mapping & ~PAGE_MAPPING_ANON);

	if (!mapping)
		return;
	rmap_lock_read(w);
	if (PageKsm(f.page))
		walk_ksm(&s, mapping);
	else if (PageAnon(f.page))
		walk_anon(&s, mapping);
	else
		walk_file(&s, mapping);
	rmap_unlock_read(w);
}
