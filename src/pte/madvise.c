/* SPDX-License-Identifier: MIT */
#include "pte/pte.h"

#include "mm/lru.h"
#include "pte/lock.h"

typedef bool (*madvise_pte_fn)(struct mmsim_mm *mm, vaddr_t addr, u64 *ptep);

/* Apply a function to every present entry; flush what it says it changed. */
static void madvise_range(struct mmsim_mm *mm, vaddr_t start, vaddr_t end,
			  madvise_pte_fn fn)
{
	vaddr_t addr, next, from;
	bool flush = false;
	u64 *table, *ptep;

	lru_add_drain(mm->world);
	for (addr = start; (table = pte_table_lock_next(mm, &addr, end, &next));
	     addr = next) {
		for (from = addr; addr < next; addr += PAGE_SIZE) {
			ptep = &table[table_index(addr, 0)];
			if (!pte_present(ptep_get(ptep)))
				continue;
			sim_step(mm->world, MMSIM_STEP_PTE, addr);
			flush |= fn(mm, addr, ptep);
		}
		pte_unlock(mm, from);
	}
	if (flush)
		flush_tlb_range(mm, start, end, RULE_FLUSH_NEEDED);
}

/*
 * MADV_FREE: a page that holds data elsewhere too (a dirty folio, the swap
 * cache) is given up only by its sole user; the entry becomes old and clean,
 * so that a later write shows.
 */
static bool madvise_free_pte(struct mmsim_mm *mm, vaddr_t addr, u64 *ptep)
{
	pte_t pte = ptep_get(ptep);
	struct page *page = vm_normal_page(mm, pte);
	bool changed = pte_young(pte) || pte_dirty(pte);

	if (!page || !PageAnon(page))
		return false;
	if (page_test(page, PG_dirty | PG_swapcache)) {
		if (page->mapcount != 1)
			return false;
		page_clear(page, PG_dirty);
	}
	count_event(mm, EV_madvise_free);
	if (changed)
		set_pte_at(mm, addr, ptep, pte_mkclean(pte_mkold(pte)),
			   RULE_MADV_FREE);
	folio_mark_lazyfree(mm->world, page);
	return changed;
}

mm_static void madvise_free_range(struct mmsim_mm *mm,
				  struct vm_area_struct *vma, vaddr_t start,
				  vaddr_t end)
{
	(void)vma;
	madvise_range(mm, start, end, madvise_free_pte);
}

/*
 * MADV_COLD: only pages that one process maps. Up to 6.9 the entry is taken
 * out and stored again, later the bit is cleared in place: on a hash MMU that
 * decides whether the hash-table entry stays (recorded-behaviour.md 2).
 */
static bool madvise_cold_pte(struct mmsim_mm *mm, vaddr_t addr, u64 *ptep)
{
	pte_t pte = ptep_get(ptep);
	struct page *page = vm_normal_page(mm, pte);

	if (!page || page->mapcount != 1 || !page_test(page, PG_lru) ||
	    !pte_young(pte))
		return false;
	count_event(mm, EV_madvise_cold);
	if (feat(mm->world, FEAT_COLD_IN_PLACE))
		pte_update(mm, addr, ptep, pte_mkold(pte), EV_clear_young,
			   RULE_MADV_COLD);
	else
		set_pte_at(mm, addr, ptep, pte_mkold(pte), RULE_MADV_COLD);
	return true;
}

mm_static void madvise_cold_range(struct mmsim_mm *mm,
				  struct vm_area_struct *vma, vaddr_t start,
				  vaddr_t end)
{
	(void)vma;
	madvise_range(mm, start, end, madvise_cold_pte);
}
