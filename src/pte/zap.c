/* SPDX-License-Identifier: MIT */
#include "pte/pte.h"

#include "mm/lru.h"
#include "pte/lock.h"

/* A dirty entry of a file's page hands its dirtiness on. */
static void zap_file_page(struct page *page, pte_t pte)
{
	if (pte_dirty(pte))
		page_set(page, PG_dirty);
	if (pte_young(pte))
		page_set(page, PG_referenced);
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
	if (details.keep_cows && (!page || PageAnon(page)))
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
	bool flush = false;
	vaddr_t addr;
	u64 *ptep;

	mm_trace(mm, EV_zap_pte_range, RULE_NONE, start, start, end);
	for (addr = start; addr < end; addr += PAGE_SIZE) {
		ptep = &table[table_index(addr, 0)];
		if (pte_present(ptep_get(ptep)))
			flush |= zap_pte(mm, addr, ptep, details);
		else if (unlikely(!pte_none(ptep_get(ptep))))
			zap_marker(mm, addr, ptep, details);
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
	vaddr_t addr, next;
	bool flush = false;
	u64 *table;

	(void)vma;
	for (addr = start; (table = pte_table_lock_next(mm, &addr, end, &next));
	     addr = next) {
		flush |= zap_pte_range(mm, table, addr, next, details);
		pte_unlock(mm, addr);
		if (may_reclaim_table(mm, addr, next, details))
			try_to_free_pte_table(mm, addr);
	}
	if (!flush)
		return;
	/* The pages must not be used again while a TLB maps them. */
	flush_tlb_range(mm, start, end, RULE_FLUSH_NEEDED);
	if (feat(mm->world, FEAT_ZAP_DRAINS_LRU))
		lru_add_drain(mm->world);
}
