/* SPDX-License-Identifier: MIT */
/*
 * What a gather holds is freed by the instance, which knows its tables.
 */
#ifndef PTE_GATHER_H
#define PTE_GATHER_H

#include "pte/walk.h"
#include "tlb/gather.h"

/* Flush, then free the pages and tables collected so far. */
mm_static void tlb_flush_mmu(struct mmu_gather *tlb);

/* The same, and the gather is over. */
mm_static void tlb_finish_mmu(struct mmu_gather *tlb);

static inline void tlb_remove(struct mmu_gather *tlb, u64 member)
{
	if (unlikely(tlb_batch_full(tlb)))
		tlb_flush_mmu(tlb);
	tlb->batch[tlb->nr++] = member;
}

/* The reference that the entry of a small page held goes after the flush. */
static inline void tlb_remove_page(struct mmu_gather *tlb, pfn_t pfn)
{
	tlb_remove(tlb, pfn << PAGE_SHIFT);
}

/* Those that nr entries, or a huge one, of a large folio held. */
static inline void tlb_remove_pages(struct mmu_gather *tlb, pfn_t pfn,
				    unsigned nr)
{
	tlb_remove(tlb, gather_folio(pfn << PAGE_SHIFT, nr));
}

/* A table, all of its entries cleared, that mapped the page at addr. */
mm_static void tlb_remove_table(struct mmu_gather *tlb, vaddr_t addr,
				paddr_t table, unsigned level);

#endif
