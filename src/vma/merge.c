/* SPDX-License-Identifier: MIT */
/*
 * When a range becomes part of its neighbours (semantics-mprotect.md 2).
 *
 *	prev          middle           next
 *   |--------|----------------|-----------------|
 *            start     end
 *
 * The range is the middle VMA or the end of it that touches the neighbour, or
 * a mapping that is to be made (no middle).
 */
#include "vma/vma_ops.h"

#include <errno.h>

#include "core/assert.h"
#include "mm/file.h"
#include "vma/anon_vma.h"

enum { MERGE_PREV = 1, MERGE_NEXT = 2 };

struct merge {
	struct mmsim_mm *mm;
	struct vm_area_struct *prev, *middle, *next;
	struct vma_proposal p;
	const struct vm_area_struct *source; /* whose anon_vma the range has */
};

static u64 pages(const struct merge *m, u64 bytes)
{
	return bytes >> m->mm->world->phys.page_shift;
}

static bool same_kind(const struct merge *m, const struct vm_area_struct *vma)
{
	/* hugetlb keeps count of each VMA's pages: they do not merge. */
	return !((vma->vm_flags ^ m->p.flags) & ~VM_IGNORE_MERGE) &&
	       !(vma->vm_flags & VM_HUGETLB) && vma->vm_file == m->p.file &&
	       mpol_equal(&vma->policy, &m->p.policy);
}

/* Linked to anon_vmas of parents: merging would widen whom they concern. */
static bool is_fork_child(const struct vm_area_struct *vma)
{
	return vma && vma->nr_anon_chain > 1;
}

/*
 * Up to 6.15 only a neighbour that itself has exactly one anon_vma could take
 * or lend one: a neighbour without any did not merge with a faulted range.
 */
static bool anon_vma_fits_old(const struct vm_area_struct *vma,
			      const struct anon_vma *mine)
{
	if ((!vma->anon_vma || !mine) && vma->nr_anon_chain == 1)
		return true;
	return vma->anon_vma == mine;
}

static bool anon_vma_fits(const struct merge *m,
			  const struct vm_area_struct *vma)
{
	const struct anon_vma *mine = m->source ? m->source->anon_vma : NULL;

	if (!feat(m->mm->world, FEAT_MERGE_UNFAULTED))
		return anon_vma_fits_old(vma, mine);
	if (!vma->anon_vma && mine)
		return !is_fork_child(m->source);
	if (vma->anon_vma && !mine)
		return !is_fork_child(vma);
	return vma->anon_vma == mine;
}

static bool can_merge_prev(const struct merge *m)
{
	const struct vm_area_struct *prev = m->prev;

	return prev && prev != m->p.apart && prev->vm_end == m->p.start &&
	       same_kind(m, prev) &&
	       prev->vm_pgoff + pages(m, vma_size(prev)) == m->p.pgoff &&
	       anon_vma_fits(m, prev);
}

static bool can_merge_next(const struct merge *m)
{
	const struct vm_area_struct *next = m->next;

	return next && next != m->p.apart && next->vm_start == m->p.end &&
	       same_kind(m, next) &&
	       m->p.pgoff + pages(m, m->p.end - m->p.start) == next->vm_pgoff &&
	       anon_vma_fits(m, next);
}

/* All three become one only if both ends agree on the anon_vma. */
static bool ends_fit(const struct merge *m)
{
	const struct anon_vma *a = m->prev->anon_vma, *b = m->next->anon_vma;

	return !a || !b || a == b;
}

static unsigned merge_decide(const struct merge *m)
{
	bool whole_start = !m->middle || m->p.start == m->middle->vm_start;
	bool whole_end = !m->middle || m->p.end == m->middle->vm_end;
	unsigned with = 0;

	if (whole_start && can_merge_prev(m))
		with |= MERGE_PREV;
	if (whole_end && can_merge_next(m))
		with |= MERGE_NEXT;
	if (with == (MERGE_PREV | MERGE_NEXT) && !ends_fit(m))
		with = MERGE_PREV;
	return with;
}

/* The survivor takes an anon_vma from what it swallows, if it has none. */
static bool take_anon_vma(struct vm_area_struct *dst,
			  const struct vm_area_struct *src)
{
	if (!src || dst->anon_vma || !src->anon_vma)
		return false;
	anon_vma_clone(dst, src);
	return true;
}

static enum sim_rule merge_rule(const struct merge *m, bool taken)
{
	return taken && feat(m->mm->world, FEAT_MERGE_UNFAULTED)
		       ? RULE_VMA_MERGE_UNFAULTED
		       : RULE_VMA_MERGE;
}

static bool swallows_middle(const struct merge *m)
{
	return m->middle && m->p.start == m->middle->vm_start &&
	       m->p.end == m->middle->vm_end;
}

/* The middle loses [start, end), unless it is swallowed whole. */
static void shrink_middle(struct merge *m)
{
	struct vm_area_struct *mid = m->middle;

	if (!mid || swallows_middle(m))
		return;
	if (m->p.start == mid->vm_start) {
		mid->vm_pgoff += pages(m, m->p.end - mid->vm_start);
		vma_tree_resize(&m->mm->tree, mid, m->p.end, mid->vm_end);
	} else {
		vma_tree_resize(&m->mm->tree, mid, mid->vm_start, m->p.start);
	}
}

static struct vm_area_struct *merge_commit(struct merge *m, unsigned with)
{
	struct vm_area_struct *vma = with & MERGE_PREV ? m->prev : m->next;
	vm_flags_t sticky = vma->vm_flags & VM_IGNORE_MERGE;
	vaddr_t start = m->p.start, end = m->p.end;
	bool taken = take_anon_vma(vma, m->source), whole = swallows_middle(m);
	bool both = with == (MERGE_PREV | MERGE_NEXT);

	shrink_middle(m);
	if (both) {
		taken |= take_anon_vma(vma, m->next);
		sticky |= m->next->vm_flags & VM_IGNORE_MERGE;
		/* What lies behind it was not asked. */
		vma->kept_apart |= m->next->kept_apart;
		end = m->next->vm_end;
	} else if (with & MERGE_NEXT) {
		vma->vm_pgoff = m->p.pgoff;
		end = vma->vm_end;
	}
	if (with & MERGE_PREV)
		start = vma->vm_start;
	vma_tree_absorb(&m->mm->tree, vma, start, end);
	if (whole)
		vma_forget(m->middle);
	if (both)
		vma_forget(m->next);
	vma->vm_flags = m->p.flags;
	/* A release without sticky flags lets the range's own bit win. */
	if (!feat(m->mm->world, FEAT_MERGE_STICKY))
		sticky &= VM_MAYBE_GUARD;
	vma->vm_flags |= sticky;
	mm_trace(m->mm, EV_vma_merge, merge_rule(m, taken), m->p.start, start,
		 end);
	return vma;
}

/* What of a VMA is to change. */
struct change {
	vm_flags_t flags;
	struct mempolicy policy;
};

static struct vm_area_struct *modify_merge(struct vm_area_struct *vma,
					   vaddr_t start, vaddr_t end,
					   const struct change *to)
{
	struct mmsim_mm *mm = vma->vm_mm;
	struct merge m = {
		.mm = mm,
		.middle = vma,
		.p = { .start = start,
		       .end = end,
		       .flags = to->flags,
		       .file = vma->vm_file,
		       .policy = to->policy },
		.source = vma,
	};
	unsigned with;

	/* A part that touches neither end has no neighbour to merge with. */
	if (start != vma->vm_start && end != vma->vm_end)
		return NULL;
	vma_tree_around(&mm->tree, vma, &m.prev, &m.next);
	m.p.pgoff = vma->vm_pgoff + pages(&m, start - vma->vm_start);
	with = merge_decide(&m);
	return with ? merge_commit(&m, with) : NULL;
}

static int vma_modify(struct vm_area_struct **vmap, vaddr_t start, vaddr_t end,
		      const struct change *to)
{
	struct vm_area_struct *vma = *vmap, *merged, *upper;
	int rc;

	merged = modify_merge(vma, start, end, to);
	if (merged) {
		*vmap = merged;
		return 0;
	}
	if (start > vma->vm_start) {
		rc = split_vma(vma, start, &upper);
		if (rc)
			return rc;
		vma = upper;
	}
	if (end < vma->vm_end) {
		rc = split_vma(vma, end, &upper);
		if (rc) {
			vma->kept_apart = true;
			return rc;
		}
	}
	/* What is cut off below and above stays as it was. */
	vma->kept_apart = false;
	vma->vm_flags = to->flags;
	vma->policy = to->policy;
	*vmap = vma;
	return 0;
}

int vma_modify_flags(struct vm_area_struct **vma, vaddr_t start, vaddr_t end,
		     vm_flags_t flags)
{
	const struct change to = { .flags = flags, .policy = (*vma)->policy };

	return vma_modify(vma, start, end, &to);
}

int vma_modify_policy(struct vm_area_struct **vma, vaddr_t start, vaddr_t end,
		      const struct mempolicy *policy)
{
	const struct change to = { .flags = (*vma)->vm_flags,
				   .policy = *policy };

	return vma_modify(vma, start, end, &to);
}

struct vm_area_struct *vma_merge_new(struct mmsim_mm *mm,
				     const struct vma_proposal *p)
{
	struct merge m = {
		.mm = mm,
		.next = vma_tree_find(&mm->tree, p->end),
		.prev = vma_tree_find_below(&mm->tree, p->start),
		.p = *p,
		.source = p->source,
	};
	unsigned with = merge_decide(&m);

	return with ? merge_commit(&m, with) : NULL;
}
