/* SPDX-License-Identifier: MIT */
/*
 * Collapse: the pages of one PMD's extent are copied into a new huge page.
 */
#include "fault/collapse.h"

#include <errno.h>

#include "fault/fault.h"
#include "mm/lru.h"
#include "pmd/pmd.h"
#include "pte/batch.h"
#include "pte/lock.h"
#include "pte/swap.h"

/* What a scan of the extent finds in it. */
struct scan {
	unsigned present, swapped;
	bool writable;
};

/* 0: it can be collapsed. */
static int scan_pte(struct mmsim_mm *mm, const u64 *ptep, struct scan *scan)
{
	pte_t pte = ptep_get(ptep);
	struct page *page;

	if (pte_none(pte))
		return 0;
	if (!pte_present(pte)) {
		scan->swapped++;
		return is_slot_pte(mm, pte) ? 0 : -EINVAL;
	}
	page = vm_normal_page(mm, pte);
	if (!page)
		return 0;
	if (!PageAnon(page_folio(mm, page)))
		return -EINVAL;
	scan->writable |= pte_write(pte);
	scan->present++;
	return 0;
}

/* Nothing but its mappings, and the swap cache, may refer to a page that is to
 * be copied. */
static bool page_is_free_to_go(const struct mmsim_mm *mm, struct page *page)
{
	const struct phys *phys = &mm->world->phys;
	pfn_t pfn = page_to_pfn(phys, page);
	const struct page *folio = folio_page(phys, pfn);
	u64 cache =
		page_test(folio, PG_swapcache) ? folio_nr_pages(phys, pfn) : 0;

	return (u64)folio->refcount == (u64)folio_mapcount(phys, pfn) + cache;
}

/* Until 6.17 something had to be writable. */
static bool worth_collapsing(const struct mmsim *w, const struct scan *scan)
{
	if (!scan->writable && !feat(w, FEAT_COLLAPSE_READ_ONLY))
		return false;
	return scan->present || scan->swapped;
}

/*
 * A KSM page that the extent maps twice cannot be taken off the LRU twice: the
 * errno was another one up to 6.12.
 */
static bool maps_twice(struct mmsim_mm *mm, const u64 *ptep, unsigned i)
{
	pte_t pte = ptep_get(ptep + i), other;

	if (!pte_present(pte) || !vm_normal_page(mm, pte) ||
	    !PageKsm(vm_normal_page(mm, pte)))
		return false;
	while (++i < HPAGE_PMD_NR) {
		other = ptep_get(ptep + i);
		if (pte_present(other) && pte_pfn(other) == pte_pfn(pte))
			return true;
	}
	return false;
}

static int scan_pmd(struct mmsim_mm *mm, const u64 *ptep, struct scan *scan)
{
	struct page *page;
	unsigned i;
	int rc = 0;

	*scan = (struct scan){ .present = 0 };
	for (i = 0; i < HPAGE_PMD_NR && !rc; i++)
		rc = scan_pte(mm, ptep + i, scan);
	if (rc || !worth_collapsing(mm->world, scan))
		return -EINVAL;
	lru_add_drain_all(mm->world);
	for (i = 0; i < HPAGE_PMD_NR; i++) {
		if (!pte_present(pte_raw(ptep + i)))
			continue;
		page = vm_normal_page(mm, pte_raw(ptep + i));
		if (page && !page_is_free_to_go(mm, page))
			return -EAGAIN;
		if (maps_twice(mm, ptep, i))
			return feat(mm->world, FEAT_COLLAPSE_AGAIN) ? -EAGAIN
								    : -EINVAL;
	}
	return 0;
}

/* What is swapped out is read as by a fault, which counts for nobody, and looked
 * at again. */
static int swapin_extent(struct mmsim_mm *mm, struct vm_area_struct *vma,
			 vaddr_t addr, struct scan *scan)
{
	const u64 *ptep = pte_find(mm, addr);
	unsigned i, rc = 0;

	for (i = 0; i < HPAGE_PMD_NR && !(rc & VM_FAULT_ERROR); i++)
		if (is_slot_pte(mm, pte_raw(ptep + i)))
			rc = handle_mm_fault(mm, vma, addr + i * PAGE_SIZE, 0);
	if (rc & VM_FAULT_ERROR)
		return rc & VM_FAULT_HOST ? -ENOMEM : -EINVAL;
	return scan_pmd(mm, ptep, scan);
}

/* Absent pages and the zero page stay zeroes. */
static bool copy_pages(struct mmsim_mm *mm, const u64 *ptep, pfn_t pfn)
{
	unsigned i;
	pte_t pte;

	for (i = 0; i < HPAGE_PMD_NR; i++) {
		pte = pte_raw(ptep + i);
		if (!pte_present(pte) || !vm_normal_page(mm, pte))
			continue;
		if (page_copy_contents(&mm->world->phys, pfn + i, pte_pfn(pte)))
			return false;
	}
	return true;
}

static void drop_page(struct mmsim_mm *mm, vaddr_t addr, u64 *ptep)
{
	pte_t pte = ptep_get_and_clear(mm, addr, ptep, RULE_COLLAPSE);
	struct page *page;

	page = pte_present(pte) ? vm_normal_page(mm, pte) : NULL;
	if (!page)
		return;
	if (page_is_large(page))
		folio_remove_ptes(mm, page, 1, addr, RULE_COLLAPSE);
	else
		folio_remove_rmap(mm, page, addr, RULE_COLLAPSE);
	put_unmapped(mm, page, 1);
}

/* The table is taken out and flushed first, so that nobody uses what it maps;
 * it is then put aside for the huge entry. */
static void replace_table(struct mmsim_mm *mm, struct vm_area_struct *vma,
			  vaddr_t addr, u64 *ptep, pfn_t pfn)
{
	unsigned miss, i;
	u64 *pmdp = pmd_find(mm, addr, &miss);

	for (i = 0; i < HPAGE_PMD_NR; i++)
		if (!pte_none(pte_raw(ptep + i)))
			drop_page(mm, addr + i * PAGE_SIZE, ptep + i);
	pte_unlock(mm, addr);
	flush_tlb_range(mm, addr, addr + PMD_SIZE, RULE_COLLAPSE);
	pgtable_trans_huge_deposit_table(mm, pmd_depopulate(mm, pmdp));
	map_anon_folio_pmd(mm, vma, addr, pmdp, pfn, RULE_COLLAPSE);
}

static int replace_extent(struct mmsim_mm *mm, struct vm_area_struct *vma,
			  vaddr_t addr, pfn_t pfn)
{
	u64 *ptep;

	tables_lock(mm);
	ptep = pte_find(mm, addr);
	if (!ptep || !copy_pages(mm, ptep, pfn)) {
		tables_unlock(mm);
		return ptep ? -ENOMEM : -EAGAIN;
	}
	mm_trace(mm, EV_collapse_huge_page, RULE_COLLAPSE, addr, 0, pfn);
	ptep = pte_lock(mm, addr, ptep);
	replace_table(mm, vma, addr, ptep, pfn);
	tables_unlock(mm);
	return 0;
}

static int collapse_huge_page(struct mmsim_mm *mm, struct vm_area_struct *vma,
			      vaddr_t addr, struct scan *scan)
{
	pfn_t pfn = alloc_huge_folio(mm, vma, addr);
	int rc = 0;

	if (pfn == PFN_NONE) {
		count_event(mm, EV_thp_collapse_alloc_failed);
		return -ENOMEM;
	}
	count_event(mm, EV_thp_collapse_alloc);
	if (scan->swapped)
		rc = swapin_extent(mm, vma, addr, scan);
	if (!rc)
		rc = replace_extent(mm, vma, addr, pfn);
	if (rc)
		world_put_folio(mm->world, pfn, 1);
	return rc;
}

/* One extent: 0 if it is huge afterwards. */
static int collapse_extent(struct mmsim_mm *mm, struct vm_area_struct *vma,
			   vaddr_t addr)
{
	u64 *ptep = pte_find(mm, addr);
	struct scan scan;
	int rc;

	if (huge_find(mm, addr))
		return 0;
	if (!ptep)
		return -EINVAL;
	rc = scan_pmd(mm, ptep, &scan);
	return rc ? rc : collapse_huge_page(mm, vma, addr, &scan);
}

/* The setting does not matter, only what the mapping itself forbids. */
static bool may_collapse(const struct vm_area_struct *vma)
{
	return ARCH_HAS_THP && vma_is_anonymous(vma) &&
	       !(vma->vm_flags & VM_NOHUGEPAGE) && vma->anon_vma;
}

mm_static int madvise_collapse(struct mmsim_mm *mm, struct vm_area_struct *vma,
			       vaddr_t start, vaddr_t end)
{
	vaddr_t addr = align_up(start, PMD_SIZE);
	int rc = 0, last = 0;

	if (!may_collapse(vma) || addr + PMD_SIZE > end)
		return -EINVAL;
	for (; addr + PMD_SIZE <= end; addr += PMD_SIZE) {
		rc = collapse_extent(mm, vma, addr);
		if (mm->world->host.failed)
			return -ENOMEM;
		last = rc ? rc : last;
		if (rc == -ENOMEM)
			break;
	}
	return last;
}
