/* SPDX-License-Identifier: MIT */
#include "pte/pte.h"

#include "pte/batch.h"
#include "pte/huge.h"
#include "pte/lock.h"
#include "pte/swap.h"

/* A dirty entry of a file's page hands its dirtiness on. */
static void zap_file_page(struct page *page, pte_t pte)
{
	if (pte_dirty(pte))
		page_set(page, PG_dirty);
	if (pte_young(pte))
		page_set(page, PG_referenced);
}

/* What is left of nr pages that were mapped. */
static void zap_large_pages(struct mmu_gather *tlb, struct page *page,
			    unsigned nr, vaddr_t addr, pte_t pte)
{
	struct mmsim_mm *mm = tlb->mm;
	struct page *folio = page_folio(mm, page);

	if (PageAnon(folio)) {
		folio_remove_ptes(mm, page, nr, addr, RULE_ZAP_ANON);
		leave_swap_cache(mm, page);
	} else {
		zap_file_page(folio, pte);
		folio_remove_ptes(mm, page, nr, addr, RULE_ZAP_FILE);
	}
	tlb_remove_pages(tlb, page_to_pfn(&mm->world->phys, page), nr);
}

static enum sim_rule zap_rule(struct mmsim_mm *mm, struct page *page)
{
	return PageAnon(page_folio(mm, page)) ? RULE_ZAP_ANON : RULE_ZAP_FILE;
}

/* Take out what of a large folio goes together: how many entries, and what they
 * say in all. */
static unsigned zap_batch(struct mmsim_mm *mm, vaddr_t addr, u64 *ptep,
			  struct page *page, u64 max, pte_t *pte)
{
	unsigned nr = take_row(mm, addr, ptep, max, pte);

	if (nr)
		return nr;
	nr = folio_pte_batch(mm, page, ptep, ptep_get_counted(mm, ptep), max,
			     0);
	*pte = get_and_clear_ptes(mm, addr, ptep, nr, zap_rule(mm, page));
	return nr;
}

/* Pages of a large folio, in one batch from 6.9 on: how many. */
static MMSIM_APART unsigned zap_large(struct mmu_gather *tlb, vaddr_t addr,
				      u64 *ptep, struct page *page, u64 max)
{
	struct mmsim_mm *mm = tlb->mm;
	unsigned nr = 1;
	pte_t pte;

	sim_step(mm->world, MMSIM_STEP_PTE, addr);
	if (feat(mm->world, FEAT_ZAP_BATCH))
		nr = zap_batch(mm, addr, ptep, page, max, &pte);
	else
		pte = get_and_clear_ptes(mm, addr, ptep, nr,
					 zap_rule(mm, page));
	tlb_flush_pte_range(tlb, addr, addr + nr * PAGE_SIZE);
	zap_large_pages(tlb, page, nr, addr, pte);
	return nr;
}

/* The page of an entry, if it is one of a large folio. */
static struct page *large_page(struct mmsim_mm *mm, const u64 *ptep)
{
	struct page *page = vm_normal_page(mm, pte_raw(ptep));

	return page && page_is_large(page) ? page : NULL;
}

static void zap_pte(struct mmu_gather *tlb, const struct vm_area_struct *vma,
		    vaddr_t addr, u64 *ptep, struct zap_details details)
{
	enum sim_rule rule = RULE_ZAP_ZERO;
	struct mmsim_mm *mm = tlb->mm;
	struct page *page;
	bool anon;
	pte_t pte;

	sim_step(mm->world, MMSIM_STEP_PTE, addr);
	pte = ptep_get(ptep);
	page = vm_normal_page(mm, pte);
	anon = page && PageAnon(page_folio(mm, page));
	if (details.keep_cows && (!page || anon))
		return;
	if (page)
		rule = anon ? RULE_ZAP_ANON : RULE_ZAP_FILE;
	ptep_get_and_clear(mm, addr, ptep, rule);
	if (unlikely(uffd_wp_leaves_marker(vma, pte) && !details.drop_markers))
		set_nonpresent_pte_at(mm, addr, ptep, uffd_wp_marker(mm),
				      RULE_UFFD_ZAP);
	tlb_flush_pte_range(tlb, addr, addr + PAGE_SIZE);
	if (!page)
		return;
	if (unlikely(page_is_large(page))) {
		zap_large_pages(tlb, page, 1, addr, pte);
		return;
	}
	if (!anon)
		zap_file_page(page, pte);
	folio_remove_rmap(mm, page, addr, rule);
	leave_swap_cache(mm, page);
	tlb_remove_page(tlb, pte_pfn(pte));
}

/* What is not present: how many entries were dealt with. Guards outlive all
 * but their VMA, whatever happens to the memory; so do protections by
 * userfaultfd, unless the memory is anonymous. */
static unsigned zap_nonpresent(struct mmsim_mm *mm,
			       const struct vm_area_struct *vma, vaddr_t addr,
			       u64 *ptep, u64 max, struct zap_details details)
{
	bool uffd;

	if (pte_none(pte_raw(ptep)))
		return 1;
	if (is_slot_pte(mm, pte_raw(ptep)))
		return details.keep_cows ? 1
					 : zap_swap_ptes(mm, addr, ptep, max);
	if (is_hwpoison_pte(mm, pte_raw(ptep))) {
		if (!details.keep_cows)
			ptep_get_and_clear(mm, addr, ptep, RULE_ZAP_HWPOISON);
		return 1;
	}
	uffd = is_uffd_wp_marker(mm, pte_raw(ptep));
	if (details.drop_markers || (uffd && vma_is_anonymous(vma)))
		ptep_get_and_clear(mm, addr, ptep,
				   uffd ? RULE_UFFD_DROP : RULE_ZAP_MARKER);
	return 1;
}

/* Copies are kept one by one, markers are left one by one. */
static bool may_zap_large(struct mmsim_mm *mm, const struct vm_area_struct *vma,
			  struct page *page, struct zap_details details)
{
	if (PageAnon(page_folio(mm, page)))
		return !details.keep_cows;
	return !userfaultfd_wp(vma);
}

static void zap_pte_range(struct mmu_gather *tlb,
			  const struct vm_area_struct *vma, u64 *table,
			  vaddr_t start, vaddr_t end,
			  struct zap_details details)
{
	struct mmsim_mm *mm = tlb->mm;
	const bool large_exist = mm->world->phys.nr_large;
	struct page *large = NULL;
	vaddr_t addr;
	unsigned nr;
	u64 *ptep;

	mm_trace(mm, EV_zap_pte_range, RULE_NONE, start, start, end);
	for (addr = start; addr < end; addr += nr * PAGE_SIZE) {
		nr = 1;
		ptep = &table[table_index(addr, 0)];
		if (!pte_present(pte_raw(ptep))) {
			nr = zap_nonpresent(mm, vma, addr, ptep,
					    (end - addr) >> PAGE_SHIFT,
					    details);
			continue;
		}
		if (unlikely(large_exist))
			large = large_page(mm, ptep);
		if (unlikely(large) && may_zap_large(mm, vma, large, details))
			nr = zap_large(tlb, addr, ptep, large,
				       (end - addr) >> PAGE_SHIFT);
		else
			zap_pte(tlb, vma, addr, ptep, details);
	}
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

mm_static void zap_page_range(struct mmu_gather *tlb,
			      struct vm_area_struct *vma, vaddr_t start,
			      vaddr_t end, struct zap_details details)
{
	struct zap_huge huge = { .vma = vma, .details = details, .tlb = tlb };
	struct mmsim_mm *mm = tlb->mm;
	vaddr_t addr, next;
	u64 *table;

	for (addr = start; (table = range_lock_next(mm, &addr, end, &next,
						    zap_huge_pmd, &huge));
	     addr = next) {
		flush_tlb_batched_pending(mm);
		zap_pte_range(tlb, vma, table, addr, next, details);
		pte_unlock(mm, addr);
		if (may_reclaim_table(mm, addr, next, details))
			try_to_free_pte_table(tlb, addr);
	}
}
