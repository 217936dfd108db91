/* SPDX-License-Identifier: MIT */
/*
 * hugetlb: the pool of huge pages, and what mappings have reserved of it.
 *
 * A private mapping has a file of its own that nobody names, as in the kernel,
 * and reserves a page of the pool for each of its huge pages when it is made.
 * The reservation is used up by its first fault there. A child of fork has
 * none.
 */
#ifndef MM_HUGETLB_H
#define MM_HUGETLB_H

#include "core/world.h"

static inline u64 hugetlb_page_size(const struct mmsim *w)
{
	return BIT_U64(w->phys.page_shift + w->phys.block_order);
}

static inline bool vma_is_hugetlb(const struct vm_area_struct *vma)
{
	return vma->vm_flags & VM_HUGETLB;
}

/**
 * hugetlb_reserve() - make the file of a mapping of @bytes.
 * @reserve: false: without a reservation (MAP_NORESERVE).
 *
 * Return: 0; -ENOMEM: the pool has not enough (or host memory).
 */
int hugetlb_reserve(struct mmsim *w, u64 bytes, bool reserve,
		    struct mmsim_file **file);

/* Give back what a range of a mapping has still reserved. */
void hugetlb_unreserve(struct vm_area_struct *vma, vaddr_t start, vaddr_t end);

/**
 * hugetlb_alloc() - a zeroed huge page for a fault at an address, from the
 * nodes that the policy of its mapping allows. The pool is spread evenly over
 * all nodes (hugetlbpage.rst).
 *
 * Return: PFN_NONE: there is none that is not reserved by others, or none on
 * these nodes.
 */
pfn_t hugetlb_alloc(struct vm_area_struct *vma, vaddr_t addr);

/* A huge page goes back to the pool. */
void hugetlb_free(struct mmsim *w, pfn_t pfn);

/* The host memory of a file's reservation. */
void hugetlb_file_free(struct mmsim_file *file);

#endif
