/* SPDX-License-Identifier: MIT */
/*
 * Reclaim: pages that are to go, one after the other
 * (semantics-rmap-swap.md 7).
 */
#ifndef SWAP_RECLAIM_H
#define SWAP_RECLAIM_H

#include "pte/pte.h"

/* Folios taken off the LRU, each with a reference. */
struct reclaim_list {
	pfn_t *pfn;
	unsigned nr, max;
	u64 freed; /* pages, when they were reclaimed */
};

/* Room for max folios: false: the host has none. */
mm_static bool reclaim_list_init(struct mmsim *w, struct reclaim_list *list,
				 unsigned max);
mm_static void reclaim_list_done(struct mmsim *w, struct reclaim_list *list);

/* Take a folio that is on the LRU off it and onto the list. */
mm_static void folio_isolate_lru(struct mmsim *w, struct reclaim_list *list,
				 pfn_t pfn);

/* A folio goes back by way of the CPU's batch, like a new page, and the
 * caller's reference with it. */
mm_static void folio_putback_lru(struct mmsim *w, pfn_t pfn);

/* Free what can be freed; the rest goes back. The list is empty then. */
mm_static void reclaim_pages(struct mmsim_mm *mm, struct reclaim_list *list);

mm_static void madvise_pageout_range(struct mmsim_mm *mm,
				     struct vm_area_struct *vma, vaddr_t start,
				     vaddr_t end);

#endif
