/* SPDX-License-Identifier: MIT */
#include "pte/pte.h"

#include "mm/lru.h"
#include "pte/batch.h"
#include "pte/huge.h"
#include "pte/lock.h"

/* A dirty entry of a file's page hands its dirtiness on. */
static void zap_file_page(struct page *page, pte_t pte)
{
	if (pte_dirty(pte))
		page_set(page, PG_dirty);
	if (pte_young(pte))
		page_set(page, PG_referenced);
}

/* Pages of a large folio, in one batch from 6.9 on: how many. */
static unsigned zap_large(struct mmsim_mm *mm, vaddr_t addr, u64 *ptep,
			  struct page *page, u64 max)
{
	unsigned nr = 1;

	sim_step(mm->world, MMSIM_STEP_PTE, addr);
	if (feat(mm->world, FEAT_ZAP_BATCH))
		nr = folio_pte_batch(mm, page, ptep, ptep_get(ptep), max, 0);
	(void)get_and_clear_ptes(mm, addr, ptep, nr, RULE_ZAP_ANON);
	folio_remove_ptes(mm, page, nr, addr, RULE_ZAP_ANON);
	folio_put_refs(mm, page, nr);
	return nr;
}

/* The page of an entry, if it is one of a large folio. */
static struct page *large_page(struct mmsim_mm *mm, const u64 *ptep)
{
	struct page *page = vm_normal_page(mm, pte_raw(ptep));

	return page && page_is_large(page) ? page : NULL;
}

/* Whether the entry went, and a TLB may hold it. */
static bool zap_pte(struct mmsim_mm *mm, vaddr_t addr, u64 *ptep,
		    struct zap_details details)
{
	enum sim_rule rule = RULE_ZAP_ZERO;
	struct page *page;
	pte_t pte;

	sim_step(mm->world, MMSIM_STEP_PTE, addr);
	pte = ptep_get(ptep);
	page = vm_normal_page(mm, pte);
	if (details.keep_cows && (!page || PageAnon(page_folio(mm, page))))
		return false;
	if (page)
		rule = PageAnon(page) ? RULE_ZAP_ANON : RULE_ZAP_FILE;
	ptep_get_and_clear(mm, addr, ptep, rule);
	if (!page)
		return true;
	if (!PageAnon(page))
		zap_file_page(page, pte);
	folio_remove_rmap(mm, page, addr, rule);
	put_page(mm, page);
	return true;
}

/* Guards outlive all but their VMA, whatever happens to the memory. */
static void zap_marker(struct mmsim_mm *mm, vaddr_t addr, u64 *ptep,
		       struct zap_details details)
{
	if (details.drop_markers)
		ptep_get_and_clear(mm, addr, ptep, RULE_ZAP_MARKER);
}

static bool zap_pte_range(struct mmsim_mm *mm, u64 *table, vaddr_t start,
			  vaddr_t end, struct zap_details details)
{
	const bool large_exist = mm->world->phys.nr_large;
	struct page *large = NULL;
	bool flush = false;
	vaddr_t addr;
	unsigned nr;
	u64 *ptep;

	mm_trace(mm, EV_zap_pte_range, RULE_NONE, start, start, end);
	for (addr = start; addr < end; addr += nr * PAGE_SIZE) {
		nr = 1;
		ptep = &table[table_index(addr, 0)];
		if (!pte_present(pte_raw(ptep))) {
			if (unlikely(!pte_none(pte_raw(ptep))))
				zap_marker(mm, addr, ptep, details);
			continue;
		}
		if (unlikely(large_exist))
			large = large_page(mm, ptep);
		if (unlikely(large) && !details.keep_cows) {
			nr = zap_large(mm, addr, ptep, large,
				       (end - addr) >> PAGE_SHIFT);
			flush = true;
		} else {
			flush |= zap_pte(mm, addr, ptep, details);
		}
	}
	return flush;
}

/*
 * MADV_DONTNEED may leave whole tables empty; from the release on that has
 * it, one whose extent was covered wholly goes.
 */
static bool may_reclaim_table(const struct mmsim_mm *mm, vaddr_t addr,
			      vaddr_t next, struct zap_details details)
{
	return details.drop_tables && next - addr == PMD_SIZE &&
	       feat(mm->world, FEAT_PT_RECLAIM);
}

mm_static void zap_page_range(struct mmsim_mm *mm, struct vm_area_struct *vma,
			      vaddr_t start, vaddr_t end,
			      struct zap_details details)
{
	struct zap_huge huge = { .vma = vma, .details = details };
	vaddr_t addr, next;
	bool flush = false;
	u64 *table;

	for (addr = start; (table = range_lock_next(mm, &addr, end, &next,
						    zap_huge_pmd, &huge));
	     addr = next) {
		flush |= zap_pte_range(mm, table, addr, next, details);
		pte_unlock(mm, addr);
		if (may_reclaim_table(mm, addr, next, details))
			try_to_free_pte_table(mm, addr);
	}
	if (!flush && !huge.flush)
		return;
	/* The pages must not be used again while a TLB maps them. */
	flush_tlb_range(mm, start, end, RULE_FLUSH_NEEDED);
	if (feat(mm->world, FEAT_ZAP_DRAINS_LRU))
		lru_add_drain(mm->world);
}
