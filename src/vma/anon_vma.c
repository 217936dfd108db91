/* SPDX-License-Identifier: MIT */
#include "vma/anon_vma.h"

#include <errno.h>

#include "core/sched.h"
#include "core/world.h"

static struct anon_vma *anon_vma_alloc(struct mmsim *w, struct anon_vma *parent)
{
	struct anon_vma *av = host_alloc(&w->host, sizeof(*av));

	if (!av)
		return NULL;
	av->id = ++w->next_anon_vma;
	LIST_INIT(&av->children);
	TAILQ_INIT(&av->vmas);
	av->parent = parent;
	if (parent) {
		LIST_INSERT_HEAD(&parent->children, av, siblings);
		parent->refcount++;
	}
	return av;
}

static void anon_vma_link(struct vm_area_struct *vma, struct anon_vma *av,
			  u32 chain)
{
	av->refcount++;
	TAILQ_INSERT_TAIL(&av->vmas, vma, anon_link);
	vma->anon_vma = av;
	vma->nr_anon_chain = chain;
}

/* Two neighbours that differ at most in what mprotect can undo; not in their
 * memory policy (6.18 as it ran). */
static bool anon_vma_compatible(const struct vm_area_struct *a,
				const struct vm_area_struct *b)
{
	const struct mmsim *w = a->vm_mm->world;
	u64 pages = vma_size(a) >> w->phys.page_shift;

	return a->vm_end == b->vm_start && a->vm_file == b->vm_file &&
	       mpol_equal(&a->policy, &b->policy) &&
	       !((a->vm_flags ^ b->vm_flags) &
		 ~(VM_ACCESS_FLAGS | VM_IGNORE_MERGE)) &&
	       b->vm_pgoff == a->vm_pgoff + pages;
}

/* A VMA linked to its parents' anon_vmas too lends nothing: the lender's
 * pages would become the parents' business. */
static bool may_lend(const struct vm_area_struct *vma)
{
	return vma->anon_vma && vma->nr_anon_chain == 1;
}

static struct anon_vma *anon_vma_of_neighbour(struct vm_area_struct *vma)
{
	const struct vma_tree *tree = &vma->vm_mm->tree;
	struct vm_area_struct *near;

	near = vma_tree_next(tree, vma);
	if (near && may_lend(near) && anon_vma_compatible(vma, near))
		return near->anon_vma;
	near = vma_tree_prev(tree, vma);
	if (near && may_lend(near) && anon_vma_compatible(near, vma))
		return near->anon_vma;
	return NULL;
}

int anon_vma_prepare(struct vm_area_struct *vma)
{
	enum sim_rule rule = RULE_ANON_VMA_SHARE;
	struct anon_vma *av;

	if (vma->anon_vma)
		return 0;
	av = anon_vma_of_neighbour(vma);
	if (!av) {
		rule = RULE_ANON_VMA_NEW;
		av = anon_vma_alloc(vma->vm_mm->world, NULL);
		if (!av)
			return -ENOMEM;
	}
	anon_vma_link(vma, av, 1);
	mm_trace(vma->vm_mm, EV_anon_vma_prepare, rule, vma->vm_start, 0,
		 av->id);
	return 0;
}

void anon_vma_clone(struct vm_area_struct *dst,
		    const struct vm_area_struct *src)
{
	if (src->anon_vma)
		anon_vma_link(dst, src->anon_vma, src->nr_anon_chain);
}

int anon_vma_fork(struct vm_area_struct *dst, const struct vm_area_struct *src)
{
	struct anon_vma *av;

	if (!src->anon_vma)
		return 0;
	av = anon_vma_alloc(dst->vm_mm->world, src->anon_vma);
	if (!av)
		return -ENOMEM;
	anon_vma_link(dst, av, src->nr_anon_chain + 1);
	return 0;
}

void anon_vma_get(struct anon_vma *av)
{
	av->refcount++;
}

/* Pages of a process that is gone may be mapped by its descendants still. */
void anon_vma_put(struct mmsim *w, struct anon_vma *av)
{
	struct anon_vma *parent;

	for (; av && !--av->refcount; av = parent) {
		parent = av->parent;
		if (parent)
			LIST_REMOVE(av, siblings);
		host_free(&w->host, av, sizeof(*av));
	}
}

void anon_vma_unlink(struct vm_area_struct *vma)
{
	struct anon_vma *av = vma->anon_vma;

	if (!av)
		return;
	rmap_wait(vma->vm_mm->world, vma->vm_start);
	TAILQ_REMOVE(&av->vmas, vma, anon_link);
	vma->anon_vma = NULL;
	vma->nr_anon_chain = 0;
	anon_vma_put(vma->vm_mm->world, av);
}
