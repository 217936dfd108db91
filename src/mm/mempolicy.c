/* SPDX-License-Identifier: MIT */
#include "mm/mempolicy.h"

#include <mmsim/numa.h>

#include "mm/shared_policy.h"

/* A page's place in what is mapped. */
static u64 policy_index(const struct vm_area_struct *vma, vaddr_t addr,
			unsigned order)
{
	unsigned shift = vma->vm_mm->world->phys.page_shift + order;

	return (vma->vm_pgoff >> order) + ((addr - vma->vm_start) >> shift);
}

/* The policy that holds for a page of a mapping: of shared memory its own, also
 * where the mapping is private. */
static const struct mempolicy *vma_policy(const struct mmsim_mm *mm,
					  const struct vm_area_struct *vma,
					  vaddr_t addr)
{
	const struct mempolicy *pol = &vma->policy;

	if (file_shares_policy(vma->vm_file))
		pol = file_policy(vma->vm_file, policy_index(vma, addr, 0));
	return pol && pol->mode ? pol : &mm->policy;
}

/* The n-th node of a set, counting from 0. */
static unsigned nth_node(u64 nodes, unsigned n)
{
	while (n--)
		nodes &= nodes - 1;
	return (unsigned)__builtin_ctzll(nodes);
}

static unsigned nr_nodes(u64 nodes)
{
	return (unsigned)__builtin_popcountll(nodes);
}

/*
 * Interleaving: pages of mappings go by their place in what is mapped, so that
 * it does not matter which is touched first.
 */
static unsigned interleave(u64 nodes, u64 index)
{
	return nth_node(nodes, (unsigned)(index % nr_nodes(nodes)));
}

struct mpol_nodes mpol_choose_at(const struct mmsim *w,
				 const struct mempolicy *pol, u64 index)
{
	struct mpol_nodes at = {
		.near = numa_node_id(w),
		.allowed = ALL_NODES,
	};

	switch (pol->mode) {
	case MMSIM_MPOL_PREFERRED:
		at.near = nth_node(pol->nodes, 0);
		break;
	case MMSIM_MPOL_BIND:
		at.allowed = pol->nodes;
		break;
	case MMSIM_MPOL_PREFERRED_MANY:
		at.allowed = pol->nodes;
		at.others = true;
		break;
	case MMSIM_MPOL_INTERLEAVE:
		at.near = interleave(pol->nodes, index);
		break;
	default:
		break;
	}
	return at;
}

struct mpol_nodes mpol_choose(struct mmsim_mm *mm, const struct mempolicy *pol,
			      u64 index)
{
	if (index == MPOL_NO_INDEX && pol->mode == MMSIM_MPOL_INTERLEAVE)
		index = mm->interleaved++;
	return mpol_choose_at(mm->world, pol, index);
}

struct mpol_nodes vma_mpol_choose(struct mmsim_mm *mm,
				  const struct vm_area_struct *vma,
				  vaddr_t addr, unsigned order)
{
	return mpol_choose(mm, vma_policy(mm, vma, addr),
			   policy_index(vma, addr, order));
}

unsigned mpol_first_node(const struct mmsim *w, const struct mpol_nodes *at)
{
	unsigned near = at->near, d;

	for (d = 0; d < w->phys.nr_nodes; d++) {
		if (d <= near && at->allowed & BIT_U64(near - d))
			return near - d;
		if (near + d < w->phys.nr_nodes &&
		    at->allowed & BIT_U64(near + d))
			return near + d;
	}
	return near;
}

pfn_t mpol_alloc(struct mmsim *w, unsigned order, const struct mpol_nodes *at)
{
	pfn_t pfn = phys_alloc_nodes(&w->phys, order, at->near, at->allowed);

	if (pfn == PFN_NONE && at->others && !w->host.failed)
		pfn = phys_alloc_folio(&w->phys, order, at->near);
	return pfn;
}

pfn_t vma_alloc_policy(struct mmsim_mm *mm, const struct vm_area_struct *vma,
		       vaddr_t addr, unsigned order)
{
	struct mpol_nodes at = vma_mpol_choose(mm, vma, addr, order);

	return mpol_alloc(mm->world, order, &at);
}

bool vma_policy_mof(const struct vm_area_struct *vma)
{
	const struct mempolicy *pol;

	/* Shared memory is asked alone: what has no policy is not scanned,
	 * whatever the process's (as 6.1 and 6.12 do it). */
	if (file_shares_policy(vma->vm_file)) {
		pol = file_policy(vma->vm_file,
				  policy_index(vma, vma->vm_start, 0));
		return pol && pol->balancing;
	}
	pol = vma_policy(vma->vm_mm, vma, vma->vm_start);
	return !pol->mode || pol->balancing;
}

bool vma_policy_may_move_to(const struct vm_area_struct *vma, vaddr_t addr,
			    unsigned node)
{
	const struct mempolicy *pol = vma_policy(vma->vm_mm, vma, addr);

	return !pol->mode || (pol->balancing && pol->nodes & BIT_U64(node));
}
