/* SPDX-License-Identifier: MIT */
/*
 * try_to_unmap(): take a folio out of every process that maps it
 * (semantics-rmap-swap.md 3).
 */
#ifndef RMAP_UNMAP_H
#define RMAP_UNMAP_H

#include "rmap/mapped_walk.h"
#include "swap/swap.h"

#define TTU_SPLIT_HUGE_PMD 0x4u
#define TTU_IGNORE_MLOCK   0x8u
#define TTU_HWPOISON	   0x20u /* hwpoison entries, whatever the page is */
#define TTU_BATCH_FLUSH	   0x40u /* flushes may wait for try_to_unmap_flush() */

/**
 * struct unmap - what was unmapped and is not flushed yet.
 * @flags: TTU_*.
 * @pending: a flush waits; @dirty: of an entry that was dirty.
 * @cpus: that are to flush then.
 */
struct unmap {
	unsigned flags;
	bool pending, dirty;
	u64 cpus;
};

/**
 * try_to_unmap() - replace the entries that map a folio: by swap entries if
 * it is in the swap cache, by nothing if it is a file's, or given up and clean.
 *
 * The caller refers to the folio. What could not be unmapped (a locked
 * mapping, one that was written meanwhile, a pinned page) stays mapped, and
 * what came before it is unmapped all the same: ask folio_mapcount().
 */
mm_static void try_to_unmap(struct mmsim *w, pfn_t pfn, struct unmap *unmap);

/* A page is broken: see struct mm_backend. */
mm_static int memory_failure(struct mmsim_mm *mm, vaddr_t addr, pfn_t pfn);

/* Before what was unmapped is freed. */
mm_static void try_to_unmap_flush(struct mmsim *w, struct unmap *unmap);

/* Before what was unmapped is written: only if it was dirty. */
mm_static void try_to_unmap_flush_dirty(struct mmsim *w, struct unmap *unmap);

/* ---- for migration, which unmaps as well ---- */

/* Whether flushes are put off, and to put one off. */
mm_static bool should_defer_flush(const struct mmsim_mm *mm,
				  const struct unmap *unmap);
mm_static void set_tlb_ubc_flush_pending(struct mmsim_mm *mm,
					 struct unmap *unmap, vaddr_t addr,
					 unsigned nr, pte_t pte);

/* What was taken out by one or more entries is flushed, now or put off. @pte:
 * the first of them, dirty if any was. */
mm_static void flush_unmapped(struct mmsim_mm *mm, struct unmap *unmap,
			      vaddr_t addr, unsigned nr, pte_t pte);

/* Neighbours of so many pages each whose flushes are not put off: each one's
 * for itself; nobody hears of each. */
mm_static void flush_unmapped_each(struct mmsim_mm *mm, vaddr_t addr, u64 nr,
				   u64 pages);

/* What stands for a page that was swapped out, in the place of its entry. @pte:
 * the slot's. */
mm_static pte_t unmapped_swp_pte(const struct arch_rules *r, pte_t old,
				 pte_t pte, bool exclusive);

/* Such entries of nr pages with consecutive slots. */
mm_static void set_swap_ptes(struct mmsim_mm *mm, vaddr_t addr, u64 *ptep,
			     pte_t old, struct swap_ref at, bool exclusive,
			     unsigned nr);

/* Ends a walk of the reverse map. */
mm_static bool folio_not_mapped(struct mmsim *w, pfn_t pfn, void *arg);

/* How many entries from one on are unmapped as one. */
mm_static unsigned
folio_unmap_pte_batch(const struct page_vma_mapped_walk *pvmw,
		      struct page *page, pte_t pte);

#endif
