/* SPDX-License-Identifier: MIT */
/*
 * From a memory policy to the node of a page, and to the page
 * (numa_memory_policy.rst, set_mempolicy(2)).
 */
#ifndef MM_MEMPOLICY_H
#define MM_MEMPOLICY_H

#include "core/world.h"
#include "phys/folio.h"

/**
 * struct mpol_nodes - where one allocation looks.
 * @near: first on this node, then on the others by distance.
 * @allowed: nodes that it may come from, as bits.
 * @others: if those have none, from any.
 */
struct mpol_nodes {
	unsigned near;
	u64 allowed;
	bool others;
};

#define MPOL_NO_INDEX (~(u64)0)

/**
 * mpol_choose() - what a policy says about one allocation.
 * @index: the page's place in what is mapped, in units of what is allocated;
 *	MPOL_NO_INDEX: it has none, interleaving counts allocations instead.
 */
struct mpol_nodes mpol_choose(struct mmsim_mm *mm, const struct mempolicy *pol,
			      u64 index);

/* The same for a page that has a place, whoever asks. */
struct mpol_nodes mpol_choose_at(const struct mmsim *w,
				 const struct mempolicy *pol, u64 index);

/* The same for a page of a mapping. */
struct mpol_nodes vma_mpol_choose(struct mmsim_mm *mm,
				  const struct vm_area_struct *vma,
				  vaddr_t addr, unsigned order);

/* The node that it comes from if all have memory: nearest first, the lower of
 * two first. */
unsigned mpol_first_node(const struct mmsim *w, const struct mpol_nodes *at);

/* A folio from the nodes that were chosen: phys_alloc_folio() otherwise. */
pfn_t mpol_alloc(struct mmsim *w, unsigned order, const struct mpol_nodes *at);

/* A folio by policy; phys_alloc_folio() otherwise. */
pfn_t vma_alloc_policy(struct mmsim_mm *mm, const struct vm_area_struct *vma,
		       vaddr_t addr, unsigned order);

/* The same; the default policy, which is nearly always, at once. */
static inline pfn_t vma_alloc_folio(struct mmsim_mm *mm,
				    const struct vm_area_struct *vma,
				    vaddr_t addr, unsigned order)
{
	struct mmsim *w = mm->world;

	if (unlikely(vma->policy.mode | mm->policy.mode) ||
	    unlikely(vma->vm_file && vma->vm_file->policy.nr))
		return vma_alloc_policy(mm, vma, addr, order);
	return order ? phys_alloc_folio(&w->phys, order, numa_node_id(w))
		     : phys_alloc(&w->phys, 0, numa_node_id(w));
}

/* Whether hinting faults may move pages of a mapping. */
bool vma_policy_mof(const struct vm_area_struct *vma);

/* Whether they may move the page at an address to a node. */
bool vma_policy_may_move_to(const struct vm_area_struct *vma, vaddr_t addr,
			    unsigned node);

#endif
