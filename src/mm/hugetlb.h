/* SPDX-License-Identifier: MIT */
/*
 * hugetlb: the pool of huge pages, and what mappings have reserved of it.
 *
 * Every mapping has a file, if only one of its own that nobody names. A shared
 * one maps the file's pages, and reserves for the file what it does not have:
 * the reservation stays with the file. A private one has pages of its own, of
 * its file only those that were there first; it reserves one for each of its
 * huge pages when it is made, for itself, and uses that up by its first fault
 * there. A child of fork has no reservation.
 */
#ifndef MM_HUGETLB_H
#define MM_HUGETLB_H

#include "core/sched.h"
#include "core/world.h"
#include "mm/mempolicy.h"
#include "phys/folio.h"

static inline u64 hugetlb_page_size(const struct mmsim *w)
{
	return BIT_U64(w->phys.page_shift + w->phys.block_order);
}

static inline bool vma_is_hugetlb(const struct vm_area_struct *vma)
{
	return vma->vm_flags & VM_HUGETLB;
}

/**
 * hugetlb_reserve() - reserve pages for a new mapping of a file.
 * @offset, @bytes: the part of the file; multiples of the huge page.
 * @flags: the mapping's; nothing is reserved with VM_NORESERVE.
 * @resv: what a private mapping has reserved, for its VMA; NULL: nothing.
 *
 * Return: 0; -ENOMEM: the pool has not enough (or host memory).
 */
int hugetlb_reserve(struct mmsim_file *file, u64 offset, u64 bytes,
		    vm_flags_t flags, struct hugetlb_resv **resv);

/* A VMA is cut from another one: its reservation is that of both. */
void hugetlb_vma_clone(struct vm_area_struct *new,
		       const struct vm_area_struct *vma);

/*
 * mremap: the reservation goes along, all of it, even if only a part of the
 * mapping moves. The rest has none then, and its pages stay reserved for ever:
 * each VMA gives back its own.
 */
void hugetlb_vma_move(struct vm_area_struct *to, struct vm_area_struct *from);

/* A VMA goes, which has given its reservation back if it was mapped. */
void hugetlb_vma_free(struct vm_area_struct *vma);

/* Give back what a range of a private mapping has still reserved. */
void hugetlb_unreserve(struct vm_area_struct *vma, vaddr_t start, vaddr_t end);

/**
 * hugetlb_alloc() - a zeroed huge page for a fault at an address, from the
 * nodes that the policy of its mapping allows. The pool is spread evenly over
 * all nodes (hugetlbpage.rst).
 *
 * A shared mapping's is in its file then, and has the file's reference alone.
 *
 * Return: PFN_NONE: there is none that is not reserved by others, or none on
 * these nodes.
 */
pfn_t hugetlb_alloc(struct vm_area_struct *vma, vaddr_t addr);

/**
 * hugetlb_alloc_target() - a huge page for the copy of one that moves.
 * @at: where to: to the node that comes first, and no other.
 *
 * If the node's share of the pool is used up, or all that is left is reserved,
 * the page comes from outside of the pool.
 *
 * Return: PFN_NONE: the node has no memory.
 */
pfn_t hugetlb_alloc_target(struct mmsim *w, const struct mpol_nodes *at);

/*
 * While it moves a page is locked: it gets no entry and is not written. Who
 * used it last is of no interest there, so that field says which CPU it is.
 */
static inline bool hugetlb_is_moving(const struct mmsim *w, pfn_t pfn)
{
	return folio_page(&w->phys, pfn)->last_cpupid;
}

static inline void hugetlb_set_moving(struct mmsim *w, pfn_t pfn, bool moving)
{
	folio_page(&w->phys, pfn)->last_cpupid = moving ? sched_self(w) : 0;
}

/* It has taken the other one's place. If it came from outside of the pool it
 * stays in it for the other one, which leaves it. */
void hugetlb_migrated(struct mmsim *w, pfn_t from, pfn_t to);

/* A page that nobody but the caller refers to leaves the pool, which has one
 * less then: the frame keeps the caller's reference, all others are free. */
void hugetlb_dissolve(struct mmsim *w, pfn_t pfn);

/* An entry of a mapping is gone: its page may be reserved again. */
void hugetlb_restore(struct vm_area_struct *vma, vaddr_t addr, pfn_t pfn);

/* A huge page goes back to the pool. */
void hugetlb_free(struct mmsim *w, pfn_t pfn);

#endif
