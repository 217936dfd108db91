/* SPDX-License-Identifier: MIT */
/*
 * Rows: entries of one large folio that differ in nothing but their pages.
 *
 * What is decided for the first of a row is true of all of it. So a row is
 * looked at in one pass and stored in another, and neighbouring folios whose
 * entries are like those of the one before need no decision of their own.
 */
#ifndef PTE_ROW_H
#define PTE_ROW_H

#include "pte/pte.h"

/*
 * What one page further adds to an entry. Inside a folio it is the same from
 * each page to the next, so that entries which differ in nothing else need no
 * look at their bits.
 */
static inline u64 pfn_step(pte_t pte)
{
	return pte_val(pte_advance_pfn(pte, 1)) - pte_val(pte);
}

/* Whether four entries are the first one's value but for the page: no look at
 * one waits for the one before. */
static inline bool equal_four(const u64 *ptep, u64 value, u64 step)
{
	return !((arch_load(ptep) ^ value) |
		 (arch_load(ptep + 1) ^ (value + step)) |
		 (arch_load(ptep + 2) ^ (value + 2 * step)) |
		 (arch_load(ptep + 3) ^ (value + 3 * step)));
}

/* How many of up to max entries go on from value, the first included. */
static inline u64 equal_ptes(const u64 *ptep, u64 value, u64 step, u64 max)
{
	const u64 *p = ptep, *end = ptep + max, *fours = ptep + (max & ~(u64)3);

	for (; p != fours && equal_four(p, value, step); p += 4)
		value += 4 * step;
	for (; p != end && arch_load(p) == value; p++)
		value += step;
	return (u64)(p - ptep);
}

/* Entries that each are step more than the one before. */
static inline void store_row(u64 *ptep, u64 value, u64 step, u64 nr)
{
	u64 *end = ptep + nr, *fours = ptep + (nr & ~(u64)3);

	for (; ptep != fours; ptep += 4, value += 4 * step) {
		arch_store(ptep, value);
		arch_store(ptep + 1, value + step);
		arch_store(ptep + 2, value + 2 * step);
		arch_store(ptep + 3, value + 3 * step);
	}
	for (; ptep != end; ptep++, value += step)
		arch_store(ptep, value);
}

static inline void change_pte_bits(u64 *ptep, u64 bits)
{
	arch_store(ptep, arch_load(ptep) ^ bits);
}

/* Change the same bits of entries in place. */
static inline void change_row_bits(u64 *ptep, u64 bits, u64 nr)
{
	u64 *end = ptep + nr, *fours = ptep + (nr & ~(u64)3);

	for (; ptep != fours; ptep += 4) {
		change_pte_bits(ptep, bits);
		change_pte_bits(ptep + 1, bits);
		change_pte_bits(ptep + 2, bits);
		change_pte_bits(ptep + 3, bits);
	}
	for (; ptep != end; ptep++)
		change_pte_bits(ptep, bits);
}

/* Pages from one on up to the end of its folio: one, if it is single. */
static inline u64 pages_left(const struct page *page, pfn_t pfn)
{
	u64 nr = BIT_U64(page_order(page));

	return nr - (pfn & (nr - 1));
}

#if ARCH_CONT_PTES > 1

#define CONT_SIZE (ARCH_CONT_PTES * PAGE_SIZE)

/* Whether entries of blocks are of whole ones: nothing is to be unfolded. */
static inline bool row_of_whole_blocks(vaddr_t addr, pte_t first, u64 nr)
{
	return !contpte_block(first) ||
	       (is_aligned(addr, CONT_SIZE) && nr % ARCH_CONT_PTES == 0);
}

#else

static inline bool row_of_whole_blocks(vaddr_t addr, pte_t first, u64 nr)
{
	(void)addr;
	(void)first;
	(void)nr;
	return true;
}

#endif

/* Of which pages of a row set_ptes() makes contiguous blocks. */
enum row_blocks { ROW_NO_BLOCKS, ROW_BLOCKS, ROW_SOME_BLOCKS };

static inline enum row_blocks row_blocks(const struct mmsim_mm *mm,
					 vaddr_t addr, pfn_t pfn, u64 nr)
{
	const u64 last = ARCH_CONT_PTES - 1;
	u64 page = addr >> PAGE_SHIFT;

	if (ARCH_CONT_PTES == 1 || nr < ARCH_CONT_PTES || (page ^ pfn) & last ||
	    !feat(mm->world, FEAT_CONTPTE))
		return ROW_NO_BLOCKS;
	return (page | nr) & last ? ROW_SOME_BLOCKS : ROW_BLOCKS;
}

/**
 * folio_row() - the row of a large folio that begins at an entry of it.
 * @step: its pfn_step().
 *
 * Return: of how many entries it is, up to @max; 0: look at each.
 */
static inline u64 folio_row(const struct mmsim_mm *mm, vaddr_t addr,
			    const u64 *ptep, u64 step, u64 max)
{
	pte_t first = pte_raw(ptep);
	u64 nr = pages_left(mm_page(mm, pte_pfn(first)), pte_pfn(first));

	nr = min_u64(nr, max);
	if (nr == 1 || !row_of_whole_blocks(addr, first, nr) ||
	    equal_ptes(ptep, pte_val(first), step, nr) != nr)
		return 0;
	return nr;
}

/**
 * struct row_sums - rows of one operation, which are counted together.
 * @like: an entry of theirs, as it was; its frame says nothing.
 * @rows: how many they are; @ptes: their entries.
 */
struct row_sums {
	pte_t like;
	u64 rows, ptes;
};

#endif
