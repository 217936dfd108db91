/* SPDX-License-Identifier: MIT */
#include "pte/pte.h"

#include "mm/lru.h"
#include "pte/batch.h"
#include "pte/huge.h"
#include "pte/lock.h"
#include "pte/swap.h"

/* One entry, or a large folio's from it on up to *nr, which is how many were
 * dealt with; whether one was changed. 0: look at the entry again. */
typedef bool (*madvise_pte_fn)(struct mmsim_mm *mm, vaddr_t addr, u64 *ptep,
			       unsigned *nr);

/* MADV_FREE of what was swapped out: it goes at once. */
static unsigned madvise_free_swap(struct mmsim_mm *mm, vaddr_t addr, u64 *ptep,
				  u64 max)
{
	if (feat(mm->world, FEAT_FREE_HWPOISON) &&
	    is_hwpoison_pte(mm, pte_raw(ptep)))
		ptep_get_and_clear(mm, addr, ptep, RULE_ZAP_HWPOISON);
	if (!is_slot_pte(mm, pte_raw(ptep)))
		return 1;
	mm_trace(mm, EV_madvise_free, RULE_MADV_FREE_SWAP, addr,
		 pte_val(pte_raw(ptep)), 0);
	return zap_swap_ptes(mm, addr, ptep, max);
}

/* Apply a function to every present entry; what it says it changed is to be
 * flushed. */
static void madvise_range(struct mmu_gather *tlb, struct vm_area_struct *vma,
			  vaddr_t start, vaddr_t end, madvise_pte_fn fn,
			  huge_fn huge_op, bool drop_swap)
{
	struct madvise_huge huge = { .vma = vma, .tlb = tlb };
	struct mmsim_mm *mm = tlb->mm;
	vaddr_t addr, next, from;
	u64 *table, *ptep;
	unsigned nr;

	lru_add_drain(mm->world);
	for (addr = start;
	     (table = range_lock_next(mm, &addr, end, &next, huge_op, &huge));
	     addr = next) {
		flush_tlb_batched_pending(mm);
		for (from = addr; addr < next; addr += nr * PAGE_SIZE) {
			nr = 1;
			ptep = &table[table_index(addr, 0)];
			if (!pte_present(pte_raw(ptep))) {
				if (drop_swap)
					nr = madvise_free_swap(
						mm, addr, ptep,
						(next - addr) >> PAGE_SHIFT);
				continue;
			}
			sim_step(mm->world, MMSIM_STEP_PTE, addr);
			nr = (unsigned)((next - addr) >> PAGE_SHIFT);
			if (fn(mm, addr, ptep, &nr))
				tlb_flush_pte_range(tlb, addr,
						    addr + nr * PAGE_SIZE);
		}
		pte_unlock(mm, from);
	}
}

/*
 * A large folio that others map stays whole. Which page tells, or the folio as
 * a whole, is the release's; a child that shares other pages alone may be seen
 * or not.
 */
static bool others_map(const struct mmsim *w, const struct page *page,
		       pfn_t pfn, bool give_up)
{
	const struct folio_counts *counts = folio_counts(&w->phys, pfn);
	const struct page *head = folio_page(&w->phys, pfn);

	if (feat(w, FEAT_LARGE_FOLIO_REUSE))
		return counts->mm_id[0] & FOLIO_SHARED;
	if (counts->entire_mapcount)
		return true;
	if (feat(w, FEAT_MADV_LIKELY_SHARED))
		return head->mapcount > 1 ||
		       (u64)folio_mapcount(&w->phys, pfn) >
			       folio_nr_pages(&w->phys, pfn);
	if (give_up && feat(w, FEAT_MADV_FREE_ASKS_HEAD))
		page = head;
	return page->mapcount != 1;
}

/* Up to 6.9 a large folio was always split, and one that could not be ended
 * the walk of its table. */
mm_static unsigned madvise_large_part(struct mmsim_mm *mm, u64 *ptep, pte_t pte,
				      unsigned max, bool give_up, bool *skip)
{
	struct page *page = vm_normal_page(mm, pte);
	pfn_t pfn = page_to_pfn(&mm->world->phys, page);
	u64 pages = folio_nr_pages(&mm->world->phys, pfn);
	unsigned nr = folio_pte_batch(mm, page, ptep, pte, max, 0);

	*skip = false;
	if (nr == pages && feat(mm->world, FEAT_MADV_LARGE))
		return nr;
	if (!others_map(mm->world, page, pfn, give_up) && split_folio(mm, pfn))
		return 0;
	*skip = true;
	return feat(mm->world, FEAT_MADV_PAST_UNSPLIT) ? nr : max;
}

/* Nothing may hold the data but the page itself. */
static bool leaves_swap_cache(struct mmsim *w, pfn_t pfn)
{
	return !page_test(folio_page(&w->phys, pfn), PG_swapcache) ||
	       folio_free_swap(w, pfn);
}

/*
 * MADV_FREE: a folio that holds data elsewhere too (a dirty one, the swap
 * cache) is given up only by its sole user, @nr being its entries here; of any
 * other each user gives up his entries. They become old and clean, so that a
 * later write shows.
 */
static bool leaves_copies(struct mmsim *w, pfn_t pfn, unsigned nr)
{
	struct page *page = folio_page(&w->phys, pfn);

	if (!page_test(page, PG_dirty | PG_swapcache))
		return true;
	if (folio_mapcount(&w->phys, pfn) != (s32)nr ||
	    !leaves_swap_cache(w, pfn))
		return false;
	page_clear(page, PG_dirty);
	return true;
}

static bool madvise_free_large(struct mmsim_mm *mm, vaddr_t addr, u64 *ptep,
			       unsigned *nr)
{
	pte_t pte = ptep_get_counted(mm, ptep);
	pfn_t pfn = pte_pfn(pte);
	bool skip, changed = false;
	unsigned i;

	*nr = madvise_large_part(mm, ptep, pte, *nr, true, &skip);
	if (!*nr || skip)
		return false;
	if (!leaves_copies(mm->world, pfn, *nr))
		return false;
	for (i = 0; i < *nr; i++) {
		pte = pte_raw(ptep + i);
		changed |= pte_young(pte) || pte_dirty(pte);
		count_event(mm, EV_madvise_free);
	}
	if (changed)
		clear_young_dirty_ptes(mm, addr, ptep, *nr, true,
				       RULE_MADV_FREE);
	folio_mark_lazyfree_large(mm->world, pfn);
	return changed;
}

static bool madvise_free_pte(struct mmsim_mm *mm, vaddr_t addr, u64 *ptep,
			     unsigned *nr)
{
	pte_t pte = ptep_get(ptep);
	struct page *page = vm_normal_page(mm, pte);
	bool changed = pte_young(pte) || pte_dirty(pte);

	if (page && unlikely(page_is_large(page)))
		return madvise_free_large(mm, addr, ptep, nr);
	*nr = 1;
	if (!page || !PageAnon(page))
		return false;
	if (!leaves_copies(mm->world, page_to_pfn(&mm->world->phys, page), 1))
		return false;
	count_event(mm, EV_madvise_free);
	if (changed)
		set_pte_at(mm, addr, ptep, pte_mkclean(pte_mkold(pte)),
			   RULE_MADV_FREE);
	folio_mark_lazyfree(mm->world, page);
	return changed;
}

mm_static void madvise_free_range(struct mmu_gather *tlb,
				  struct vm_area_struct *vma, vaddr_t start,
				  vaddr_t end)
{
	madvise_range(tlb, vma, start, end, madvise_free_pte,
		      madvise_free_huge_pmd, true);
}

/*
 * MADV_COLD: only pages that one process maps. Up to 6.9 the entry is taken
 * out and stored again, later the bit is cleared in place: on a hash MMU that
 * decides whether the hash-table entry stays (recorded-behaviour.md 2).
 */
static bool madvise_cold_large(struct mmsim_mm *mm, vaddr_t addr, u64 *ptep,
			       unsigned *nr)
{
	pte_t pte = ptep_get_counted(mm, ptep);
	pfn_t pfn = pte_pfn(pte);
	bool skip, young = false;
	unsigned i;

	*nr = madvise_large_part(mm, ptep, pte, *nr, false, &skip);
	if (!*nr || skip || folio_mapcount(&mm->world->phys, pfn) != (s32)*nr)
		return false;
	for (i = 0; i < *nr; i++)
		young |= pte_young(pte_raw(ptep + i));
	if (!young)
		return false;
	count_event(mm, EV_madvise_cold);
	clear_young_dirty_ptes(mm, addr, ptep, *nr, false, RULE_MADV_COLD);
	return true;
}

static bool madvise_cold_pte(struct mmsim_mm *mm, vaddr_t addr, u64 *ptep,
			     unsigned *nr)
{
	pte_t pte = ptep_get(ptep);
	struct page *page = vm_normal_page(mm, pte);

	if (page && unlikely(page_is_large(page)))
		return madvise_cold_large(mm, addr, ptep, nr);
	*nr = 1;
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

mm_static void madvise_cold_range(struct mmu_gather *tlb,
				  struct vm_area_struct *vma, vaddr_t start,
				  vaddr_t end)
{
	madvise_range(tlb, vma, start, end, madvise_cold_pte,
		      madvise_cold_huge_pmd, false);
}
