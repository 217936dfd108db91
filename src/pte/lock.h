/* SPDX-License-Identifier: MIT */
/*
 * The lock of a table of PTEs (PTL), and how loops over a range take it.
 *
 * It belongs to the frame that the table lies in, as the kernel's split locks
 * do: tables smaller than a page share their page's. It is found anew after
 * every wait, since the table may be gone by then.
 */
#ifndef PTE_LOCK_H
#define PTE_LOCK_H

#include "core/sched.h"
#include "pte/walk.h"

/**
 * ptl_lock() - lock the table that maps an address; only where sched_on().
 *
 * A CPU may hold two tables of one page at once (mremap).
 *
 * Return: the address's entry, or NULL with nothing locked if it has no table.
 */
mm_static u64 *ptl_lock(struct mmsim_mm *mm, vaddr_t addr);
mm_static void ptl_unlock(struct mmsim_mm *mm, vaddr_t addr);

/* Let go of a table that its PMD no longer names. */
mm_static void ptl_unlock_page(struct mmsim *w, struct page *page,
			       vaddr_t addr);

/* For tables that nobody can free meanwhile: their entry, locked. */
static inline u64 *pte_lock(struct mmsim_mm *mm, vaddr_t addr, u64 *ptep)
{
	return sched_on(mm->world) ? ptl_lock(mm, addr) : ptep;
}

static inline void pte_unlock(struct mmsim_mm *mm, vaddr_t addr)
{
	if (sched_on(mm->world))
		ptl_unlock(mm, addr);
}

/* pte_table_next() with the table locked; pte_unlock(mm, *addr) ends it. */
static inline u64 *pte_table_lock_next(struct mmsim_mm *mm, vaddr_t *addr,
				       vaddr_t end, vaddr_t *next)
{
	u64 *table = pte_table_next(mm, addr, end, next), *ptep;

	if (!sched_on(mm->world))
		return table;
	for (; table; table = pte_table_next(mm, addr, end, next)) {
		ptep = ptl_lock(mm, *addr);
		if (ptep)
			return ptep - table_index(*addr, 0);
	}
	return NULL;
}

/**
 * huge_fn - what an operation on a range does with a huge entry in it.
 * @pmdp: holds the entry; no lock is held.
 * @addr, @next: the part of the range that the entry maps.
 *
 * Return: true: it is dealt with; false: it was split, so that the loop finds
 * a table of PTEs now, or nothing.
 */
typedef bool (*huge_fn)(struct mmsim_mm *mm, u64 *pmdp, vaddr_t addr,
			vaddr_t next, void *ctx);

static inline bool pmd_is_huge(pmd_t pmd)
{
	return pmd_leaf(pmd) || is_swap_pmd(pmd);
}

/* The huge entry of an address that has no table of PTEs, or NULL. In a mapping
 * of hugetlb it may be one that is not present. */
static inline u64 *huge_find(struct mmsim_mm *mm, vaddr_t addr)
{
	unsigned miss;
	u64 *pmdp;

	pmdp = pmd_find(mm, addr, &miss);
	return pmdp && pmd_is_huge(pmdp_get(pmdp)) ? pmdp : NULL;
}

/* An entry as its lock lets it be seen: one that another CPU has taken out for
 * the moment, to change it, comes back. */
static inline pmd_t pmdp_get_settled(struct mmsim_mm *mm, const u64 *pmdp)
{
	const struct sim_lock *lock = &mm->page_table_lock;

	while (sched_on(mm->world) && pmd_none(pmdp_get(pmdp)) &&
	       lock->writer && lock->writer != sched_self(mm->world)) {
		tables_lock(mm);
		tables_unlock(mm);
	}
	return pmdp_get(pmdp);
}

/* huge_find() for operations on a range, which must not miss one. */
static inline u64 *huge_find_settled(struct mmsim_mm *mm, vaddr_t addr)
{
	unsigned miss;
	u64 *pmdp;

	pmdp = pmd_find(mm, addr, &miss);
	return pmdp && pmd_is_huge(pmdp_get_settled(mm, pmdp)) ? pmdp : NULL;
}

/*
 * The loop of an operation on a range: pte_table_lock_next(), and what has
 * huge entries instead of a table goes to @huge on the way.
 */
static inline u64 *range_lock_next(struct mmsim_mm *mm, vaddr_t *addr,
				   vaddr_t end, vaddr_t *next, huge_fn huge,
				   void *ctx)
{
	u64 *table, *ptep, *pmdp;
	unsigned miss;

	while (*addr < end) {
		miss = 0;
		table = pte_table_find(mm, *addr, &miss);
		*next = pmd_addr_end(*addr, end);
		if (table) {
			if (!sched_on(mm->world))
				return table;
			ptep = ptl_lock(mm, *addr);
			if (ptep)
				return ptep - table_index(*addr, 0);
			continue;
		}
		pmdp = miss == 1 ? huge_find_settled(mm, *addr) : NULL;
		if (pmdp && !huge(mm, pmdp, *addr, *next, ctx))
			continue;
		*addr = level_addr_end(*addr, end, miss);
	}
	return NULL;
}

#endif
