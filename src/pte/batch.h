/* SPDX-License-Identifier: MIT */
/*
 * Entries that map consecutive pages of one large folio, handled as one.
 */
#ifndef PTE_BATCH_H
#define PTE_BATCH_H

#include "pte/pte.h"
#include "pte/row.h"

/* What must be equal in a batch, beside what is compared anyway. */
#define FPB_RESPECT_DIRTY      1u
#define FPB_RESPECT_SOFT_DIRTY 2u
#define FPB_RESPECT_WRITE      4u

/**
 * folio_pte_batch() - how many entries from @ptep on map consecutive pages of
 * the folio that the first one maps.
 * @page: that page; @pte: its entry as read.
 * @max: entries there are up to the end of the range and of the table.
 * @flags: FPB_*; what is not asked for may differ, like accessed.
 *
 * Return: 1 to @max.
 */
mm_static unsigned folio_pte_batch(struct mmsim_mm *mm, struct page *page,
				   const u64 *ptep, pte_t pte, u64 max,
				   unsigned flags);

/**
 * set_ptes() - store entries of consecutive pages where none were.
 *
 * Where page, address and end are aligned to contiguous blocks, blocks.
 */
mm_static void set_ptes(struct mmsim_mm *mm, vaddr_t addr, u64 *ptep, pte_t pte,
			unsigned nr, enum sim_rule rule);

/* Entries that are not present, for consecutive slots: the first two of them
 * say what all are like. */
mm_static void set_nonpresent_ptes(struct mmsim_mm *mm, vaddr_t addr, u64 *ptep,
				   pte_t first, pte_t second, unsigned nr,
				   enum sim_rule rule);

/* Take a batch out: its first entry, with accessed and dirty of all. */
mm_static pte_t get_and_clear_ptes(struct mmsim_mm *mm, vaddr_t addr, u64 *ptep,
				   unsigned nr, enum sim_rule rule);

/* What a batch of two or more entries like this one comes out as: dirty of the
 * others is set on the first, which x86 and powerpc take for soft-dirty too. */
mm_static pte_t alike_ptes_merged(pte_t pte);

/* get_and_clear_ptes() for entries that set_ptes() stores anew under the same lock. */
mm_static pte_t modify_prot_start_ptes(struct mmsim_mm *mm, vaddr_t addr,
				       u64 *ptep, unsigned nr,
				       enum sim_rule rule);

/**
 * folio_pte_row() - folio_row(), where nothing has been decided yet.
 *
 * None of them is in a hash table, and nobody listens. Counts nothing.
 */
mm_static unsigned folio_pte_row(struct mmsim_mm *mm, vaddr_t addr,
				 const u64 *ptep, u64 max);

/* ptep_get_counted(), folio_pte_batch() and get_and_clear_ptes() of such a row:
 * of how many entries; 0: it is none. */
mm_static unsigned take_row(struct mmsim_mm *mm, vaddr_t addr, u64 *ptep,
			    u64 max, pte_t *pte);

/* Rows, counted as each would be by ptep_get_counted() of its first entry, by
 * folio_pte_batch(), by set_ptes(), and by whatever changes entries in place or
 * takes them out. */
static inline void count_row_firsts(struct mmsim_mm *mm,
				    const struct row_sums *sums)
{
	if (unlikely(contpte_block(sums->like)))
		contpte_count_alike(mm, sums->like, sums->rows);
}

mm_static void count_row_reads(struct mmsim_mm *mm,
			       const struct row_sums *sums);
mm_static void count_rows_set(struct mmsim_mm *mm, const struct row_sums *sums);

static inline void count_rows_changed(struct mmsim_mm *mm,
				      enum sim_event_type ev,
				      const struct row_sums *sums)
{
	mm->world->obs.events[EV_set_pte] += sums->ptes;
	mm->world->obs.events[ev] += sums->ptes;
}

/**
 * struct pte_batch - a batch that may be write-protected.
 * @nr: its entries.
 * @write: one of them may be written.
 * @row: it is one of folio_pte_row().
 */
struct pte_batch {
	unsigned nr;
	bool write, row;
};

/* folio_pte_batch(), and whether an entry of it may be written. */
mm_static struct pte_batch
folio_pte_batch_write(struct mmsim_mm *mm, vaddr_t addr, struct page *page,
		      const u64 *ptep, pte_t pte, u64 max, unsigned flags);

/* Write-protect a batch in place. */
mm_static void wrprotect_ptes(struct mmsim_mm *mm, vaddr_t addr, u64 *ptep,
			      const struct pte_batch *batch,
			      enum sim_rule rule);

/* Clear accessed, and dirty if asked, of a batch and of the rest of its
 * contiguous blocks; the entries stay as they are otherwise. */
mm_static void clear_young_dirty_ptes(struct mmsim_mm *mm, vaddr_t addr,
				      u64 *ptep, unsigned nr, bool dirty,
				      enum sim_rule rule);

/**
 * madvise_large_part() - what of a large folio a range maps: all of it, or it
 * is split first so that its pages can be told apart, unless others see it or
 * refer to it.
 * @pte: its first entry, as read.
 * @max: entries up to the end of the range and of the table.
 * @give_up: for MADV_FREE.
 *
 * Return: entries to deal with as one, or to pass over (*skip); 0: it was
 * split, look again.
 */
mm_static unsigned madvise_large_part(struct mmsim_mm *mm, u64 *ptep, pte_t pte,
				      unsigned max, bool give_up, bool *skip);

/* ---- pte/folio.c: the counts of large folios ---- */

/* A new folio's first mapping: nr pages from addr on, all exclusive. */
mm_static void folio_add_new_anon_ptes(struct mmsim_mm *mm,
				       struct vm_area_struct *vma, vaddr_t addr,
				       pfn_t pfn, unsigned nr);

/* fork: dst maps nr pages as well, but nobody is told, nor is it counted. */
mm_static void folio_dup_anon_pages(const struct mmsim_mm *dst,
				    struct page *head, struct page *page,
				    unsigned nr);

/* fork: dst maps nr pages as well. */
mm_static void folio_dup_anon_ptes(struct mmsim_mm *dst, struct page *page,
				   unsigned nr, vaddr_t addr);

/* nr pages of a file's folio are mapped once more. */
mm_static void folio_add_file_ptes(struct mmsim_mm *mm, struct page *page,
				   unsigned nr, vaddr_t addr,
				   enum sim_rule rule);

/**
 * folio_remove_ptes() - nr pages from @page on are mapped once less by mm.
 *
 * An anonymous folio that keeps other mappings waits to be split from now on.
 * References are the caller's.
 */
mm_static void folio_remove_ptes(struct mmsim_mm *mm, struct page *page,
				 unsigned nr, vaddr_t addr, enum sim_rule rule);

/* Let nr references of a page's folio go. */
mm_static void folio_put_refs(struct mmsim_mm *mm, struct page *page,
			      unsigned nr);

/* Some of a folio's pages have lost their last mapping, others have not. */
mm_static void folio_set_partially_mapped(struct mmsim_mm *mm, pfn_t pfn,
					  vaddr_t addr);

/* Whether more than one process maps it, as far as the release knows. */
mm_static bool folio_is_shared(const struct mmsim *w, pfn_t pfn);

/* A new huge page may be split when memory is short: it waits to be looked at,
 * unless shrink_underused is off. */
static inline void huge_folio_waits(struct mmsim *w, pfn_t pfn)
{
	if (w->knobs[KNOB_SHRINK_UNDERUSED])
		folio_wait_to_split(&w->phys, pfn);
}

/* deferred_split_folio() is called: counted, whatever comes of it. */
mm_static void deferred_split_folio(struct mmsim_mm *mm, pfn_t pfn,
				    vaddr_t addr);

#endif
