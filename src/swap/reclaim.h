/* SPDX-License-Identifier: MIT */
/*
 * Reclaim: pages that are to go, one after the other
 * (semantics-rmap-swap.md 7).
 */
#ifndef SWAP_RECLAIM_H
#define SWAP_RECLAIM_H

#include "pte/pte.h"
#include "rmap/unmap.h"

/**
 * struct shrink - on whose behalf folios are reclaimed, and how it went.
 * @pid: the process that gave them up, or 0.
 * @aging: they come off the LRU lists: use keeps them there. False: they go
 *	whether they were used or not, and what stays goes back by way of the
 *	CPU's batch.
 * @kswapd: it is kswapd that ages.
 * @unmap: what was unmapped and is not flushed yet.
 * @freed: pages so far.
 * @batch: folios that go once their flush is done, nr_batch of them.
 */
struct shrink {
	struct mmsim *w;
	u32 pid;
	bool aging, kswapd;
	struct unmap unmap;
	u64 freed;
	unsigned nr_batch;
	pfn_t batch[FOLIO_BATCH_MAX];
};

/* Free a folio that is on no list, if that can be; the caller's reference
 * goes. shrink_done() follows the last of them. */
mm_static void shrink_one(struct shrink *sc, pfn_t pfn);
mm_static void shrink_done(struct shrink *sc);

/* Take a folio off the LRU, with a reference. */
mm_static void isolate_lru(struct mmsim *w, pfn_t pfn);

/* Folios taken off the LRU, each with a reference. */
struct reclaim_list {
	pfn_t *pfn;
	unsigned nr, max;
};

/* Room for max folios: false: the host has none. */
mm_static bool reclaim_list_init(struct mmsim *w, struct reclaim_list *list,
				 unsigned max);
mm_static void reclaim_list_done(struct mmsim *w, struct reclaim_list *list);

/* Take a folio that is on the LRU off it and onto the list. */
mm_static void folio_isolate_lru(struct mmsim *w, struct reclaim_list *list,
				 const struct folio_view *f);

/* A folio goes back by way of the CPU's batch, like a new page, and the
 * caller's reference with it. */
mm_static void folio_putback_lru(struct mmsim *w, pfn_t pfn);

/* Free what can be freed; the rest goes back. The list is empty then.
 * @vma: what they were found in. */
mm_static void reclaim_pages(struct vm_area_struct *vma,
			     struct reclaim_list *list);

/**
 * shrink_row() - shrink_one() of each of a row of pages that all go the same
 * way: neighbours in one table, anonymous, single, mapped there alone, and
 * next to one another on a device that is done at once.
 * @vma: what maps them; their own is the first VMA that the reverse map finds.
 * @max: of them there may be.
 *
 * Only where nobody runs or hears of anything between two of them.
 *
 * Return: how many were freed; 0: the first needs shrink_one().
 */
mm_static unsigned shrink_row(struct shrink *sc, struct vm_area_struct *vma,
			      const pfn_t *pfn, unsigned max);

/**
 * shrink_lists() - reclaim what was not used for longest.
 * @nr: pages to free, if there are as many.
 * @kswapd: counted as kswapd's work.
 *
 * Return: pages freed, fewer only if all lists were gone through in vain.
 */
mm_static u64 shrink_lists(struct mmsim *w, u64 nr, bool kswapd);

mm_static void madvise_pageout_range(struct mmsim_mm *mm,
				     struct vm_area_struct *vma, vaddr_t start,
				     vaddr_t end);

#endif
