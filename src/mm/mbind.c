/* SPDX-License-Identifier: MIT */
/*
 * mbind(), set_mempolicy() and migrate_pages() (their manual pages; what is
 * refused and in which order as 6.18 does it).
 */
#include "mm/mm.h"

#include <errno.h>
#include <mmsim/numa.h>

#include "core/backend.h"
#include "core/sched.h"
#include "mm/hugetlb.h"
#include "mm/lru.h"
#include "mm/mempolicy.h"
#include "mm/shared_policy.h"
#include "vma/vma_ops.h"

#define MODE_FLAGS                                                   \
	(MMSIM_MPOL_F_NUMA_BALANCING | MMSIM_MPOL_F_RELATIVE_NODES | \
	 MMSIM_MPOL_F_STATIC_NODES)
#define NODES_FLAGS (MMSIM_MPOL_F_RELATIVE_NODES | MMSIM_MPOL_F_STATIC_NODES)

static u64 all_nodes(const struct mmsim *w)
{
	return ALL_NODES >> (PHYS_MAX_NODES - w->phys.nr_nodes);
}

/* ---- what makes a policy ---- */

static bool may_balance(const struct mmsim *w, int mode)
{
	if (!feat(w, FEAT_MPOL_BALANCING))
		return false;
	return mode == MMSIM_MPOL_BIND || (mode == MMSIM_MPOL_PREFERRED_MANY &&
					   feat(w, FEAT_MPOL_BALANCING_MANY));
}

/* A mode with its flags, before the nodes are looked at. */
static int check_mode(const struct mmsim *w, int mode, int flags)
{
	if (mode < 0 || mode > MMSIM_MPOL_PREFERRED_MANY ||
	    (mode == MMSIM_MPOL_PREFERRED_MANY &&
	     !feat(w, FEAT_MPOL_PREFERRED_MANY)))
		return -EINVAL;
	if ((flags & NODES_FLAGS) == NODES_FLAGS)
		return -EINVAL;
	if (flags & MMSIM_MPOL_F_NUMA_BALANCING && !may_balance(w, mode))
		return -EINVAL;
	return 0;
}

/* Relative to the nodes that a process may use: around from the first again. */
static u64 fold_nodes(const struct mmsim *w, u64 nodes)
{
	u64 folded = 0;
	unsigned i;

	for (i = 0; i < PHYS_MAX_NODES; i++)
		if (nodes & BIT_U64(i))
			folded |= BIT_U64(i % w->phys.nr_nodes);
	return folded;
}

/* Modes that take no nodes, and PREFERRED without any. */
static int make_local(struct mempolicy *pol, int mode, int flags, u64 nodes)
{
	if (nodes)
		return -EINVAL;
	if (mode == MMSIM_MPOL_DEFAULT)
		return 0;
	if (flags & NODES_FLAGS)
		return -EINVAL;
	pol->mode = MMSIM_MPOL_LOCAL;
	return 0;
}

/**
 * make_policy() - from the arguments of a call to a policy.
 *
 * Nodes that do not exist are left out; that nothing is left is a mistake.
 */
static int make_policy(const struct mmsim *w, int mode, int flags, u64 nodes,
		       struct mempolicy *pol)
{
	*pol = (struct mempolicy){ .nodes = 0 };
	if (mode == MMSIM_MPOL_DEFAULT || mode == MMSIM_MPOL_LOCAL ||
	    (mode == MMSIM_MPOL_PREFERRED && !nodes))
		return make_local(pol, mode, flags, nodes);
	if (flags & MMSIM_MPOL_F_RELATIVE_NODES)
		nodes = fold_nodes(w, nodes);
	nodes &= all_nodes(w);
	if (!nodes)
		return -EINVAL;
	/* One node is preferred: the first. */
	if (mode == MMSIM_MPOL_PREFERRED)
		nodes &= ~nodes + 1;
	pol->mode = (u32)mode;
	pol->nodes = nodes;
	pol->balancing = flags & MMSIM_MPOL_F_NUMA_BALANCING;
	return 0;
}

int do_set_mempolicy(struct mmsim_mm *mm, int mode, u64 nodes)
{
	int flags = mode & MODE_FLAGS;
	struct mempolicy pol;
	int rc;

	mode &= ~MODE_FLAGS;
	rc = check_mode(mm->world, mode, flags);
	if (!rc)
		rc = make_policy(mm->world, mode, flags, nodes, &pol);
	if (rc)
		return rc;
	mm_trace(mm, EV_set_mempolicy, RULE_MEMPOLICY, 0, (u64)mode, nodes);
	mm->policy = pol;
	mm->interleaved = 0;
	return 0;
}

/* ---- moving what is there ---- */

/* The parts of the mappings in a range that hold pages of their own. */
static int move_range(struct mmsim_mm *mm, vaddr_t start, vaddr_t end,
		      struct move_range *move)
{
	const struct mm_backend *be = mm->world->be;
	struct vm_area_struct *vma;
	int rc;

	for (; start < end; start = vma->vm_end) {
		vma = vma_tree_find(&mm->tree, start);
		if (!vma || vma->vm_start >= end)
			return 0;
		if (vma->vm_flags & (VM_IO | VM_PFNMAP))
			continue;
		rc = be->migrate_range(mm, vma, max_u64(start, vma->vm_start),
				       min_u64(end, vma->vm_end), move);
		if (rc)
			return rc;
	}
	return 0;
}

/* ---- mbind() ---- */

/*
 * The default policy may be given to what has holes, if anything is there at
 * all; any other one only to a range without.
 */
static int check_holes(struct mmsim_mm *mm, vaddr_t start, vaddr_t end,
		       bool holes)
{
	const struct vm_area_struct *vma = vma_tree_find(&mm->tree, start);

	if (!vma || vma->vm_start >= end)
		return -EFAULT;
	if (holes)
		return 0;
	for (; start < end; start = vma->vm_end) {
		vma = vma_tree_find(&mm->tree, start);
		if (!vma || vma->vm_start > start)
			return -EFAULT;
	}
	return 0;
}

/* Huge pages are not cut; where the range begins is before that is seen. */
static int check_huge_ends(struct vm_area_struct *vma, vaddr_t start,
			   vaddr_t end)
{
	u64 size = hugetlb_page_size(vma->vm_mm->world);
	struct vm_area_struct *upper;
	int rc;

	if (is_aligned(start | end, size))
		return 0;
	if (start > vma->vm_start && is_aligned(start, size)) {
		rc = split_vma(vma, start, &upper);
		if (rc)
			return rc;
	}
	return -EINVAL;
}

/* A mapping of shared memory is cut like any other; the policy itself is the
 * memory's. Where the mapping has it already nothing is done. */
static int bind_part(struct vm_area_struct **vma, vaddr_t start, vaddr_t end,
		     const struct mempolicy *pol)
{
	unsigned shift = (*vma)->vm_mm->world->phys.page_shift;
	u64 first = (*vma)->vm_pgoff + ((start - (*vma)->vm_start) >> shift);
	struct mmsim_file *file = (*vma)->vm_file;
	int rc;

	if (mpol_equal(&(*vma)->policy, pol))
		return 0;
	rc = vma_reserve((*vma)->vm_mm, 2);
	if (!rc && vma_is_hugetlb(*vma))
		rc = check_huge_ends(*vma, start, end);
	if (!rc && file_shares_policy(file))
		rc = shared_policy_reserve(file);
	if (rc)
		return rc;
	split_huge_ends(*vma, start, end);
	rc = vma_modify_policy(vma, start, end, pol);
	if (!rc && file_shares_policy(file))
		shared_policy_set(file, first, first + ((end - start) >> shift),
				  pol);
	return rc;
}

static int bind_range(struct mmsim_mm *mm, vaddr_t start, vaddr_t end,
		      const struct mempolicy *pol)
{
	struct vm_area_struct *vma;
	vaddr_t next;
	int rc;

	for (; (vma = vma_tree_part(&mm->tree, &start, end, &next));
	     start = next) {
		rc = bind_part(&vma, start, next, pol);
		if (rc)
			return rc;
	}
	return 0;
}

/* Pages that the policy would have put elsewhere: moved, or only found. */
static int move_misplaced(struct mmsim_mm *mm, vaddr_t start, vaddr_t end,
			  const struct mempolicy *pol, unsigned flags)
{
	struct move_range move = {
		.stay = pol->nodes,
		.shared = flags & MMSIM_MPOL_MF_MOVE_ALL,
		.look = !(flags &
			  (MMSIM_MPOL_MF_MOVE | MMSIM_MPOL_MF_MOVE_ALL)),
	};
	int rc = move_range(mm, start, end, &move);

	if (rc)
		return rc;
	return move.stayed + move.skipped && flags & MMSIM_MPOL_MF_STRICT ? -EIO
									  : 0;
}

static int bind_locked(struct mmsim_mm *mm, vaddr_t start, vaddr_t end,
		       const struct mempolicy *pol, unsigned flags)
{
	const unsigned moves = MMSIM_MPOL_MF_MOVE | MMSIM_MPOL_MF_MOVE_ALL;
	int rc = check_holes(mm, start, end, !pol->mode);

	/* To look is enough: nothing is changed if a page lies elsewhere. */
	if (!rc && pol->mode &&
	    (flags & (moves | MMSIM_MPOL_MF_STRICT)) == MMSIM_MPOL_MF_STRICT)
		rc = move_misplaced(mm, start, end, pol, flags);
	if (!rc)
		rc = bind_range(mm, start, end, pol);
	if (!rc && flags & moves)
		rc = move_misplaced(mm, start, end, pol,
				    pol->mode ? flags
					      : flags & ~MMSIM_MPOL_MF_STRICT);
	return rc;
}

int do_mbind(struct mmsim_mm *mm, vaddr_t start, u64 len, int mode, u64 nodes,
	     unsigned flags)
{
	const unsigned known = MMSIM_MPOL_MF_STRICT | MMSIM_MPOL_MF_MOVE |
			       MMSIM_MPOL_MF_MOVE_ALL;
	int mode_flags = mode & MODE_FLAGS;
	vaddr_t end = start + mm_page_align(mm, len);
	struct mempolicy pol;
	int rc;

	mode &= ~MODE_FLAGS;
	rc = check_mode(mm->world, mode, mode_flags);
	if (rc)
		return rc;
	if (flags & ~known || !mm_page_aligned(mm, start) || end < start)
		return -EINVAL;
	if (end == start)
		return 0;
	rc = make_policy(mm->world, mode, mode_flags, nodes, &pol);
	if (rc)
		return rc;
	mm_trace(mm, EV_mbind, RULE_MEMPOLICY, start, (u64)mode, nodes);
	if (flags & (MMSIM_MPOL_MF_MOVE | MMSIM_MPOL_MF_MOVE_ALL))
		lru_add_drain_all(mm->world);
	mmap_write_lock(mm);
	rc = bind_locked(mm, start, end, &pol, flags);
	mmap_write_unlock(mm);
	return rc;
}

/* ---- migrate_pages() ---- */

static unsigned next_node(u64 nodes, unsigned after)
{
	u64 above = after < PHYS_MAX_NODES - 1 ? nodes >> (after + 1) : 0;

	if (above)
		return after + 1 + (unsigned)__builtin_ctzll(above);
	return (unsigned)__builtin_ctzll(nodes);
}

/* The n-th node that is left has its pages go to the n-th of the others. */
static void map_nodes(const struct mmsim *w, u64 from, u64 to, u8 *map)
{
	unsigned node, target = (unsigned)__builtin_ctzll(to);

	for (node = 0; node < w->phys.nr_nodes; node++) {
		map[node] = (u8)node;
		if (!(from & BIT_U64(node)))
			continue;
		map[node] = (u8)target;
		target = next_node(to, target);
	}
}

int do_migrate_pages(struct mmsim_mm *mm, u64 from, u64 to, u64 *stayed)
{
	u8 map[PHYS_MAX_NODES];
	struct move_range move = { .stay = ~from, .to = map };
	int rc;

	*stayed = 0;
	to &= all_nodes(mm->world);
	if (!to)
		return -EINVAL;
	map_nodes(mm->world, from, to, map);
	mm_trace(mm, EV_migrate_pages, RULE_MIGRATE_NODES, 0, from, to);
	lru_add_drain_all(mm->world);
	mmap_read_lock(mm);
	rc = move_range(mm, 0, mm->world->be->task_size, &move);
	mmap_read_unlock(mm);
	*stayed = move.stayed;
	return rc;
}
