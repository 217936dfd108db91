/* SPDX-License-Identifier: MIT */
/*
 * Collapse: the pages of one PMD's extent are copied into a new huge page.
 */
#include "fault/collapse.h"

#include <errno.h>

#include "fault/fault.h"
#include "mm/hugetlb.h"
#include "mm/lru.h"
#include "pmd/pmd.h"
#include "pte/batch.h"
#include "pte/lock.h"
#include "pte/swap.h"

/* What a scan of an extent found. */
struct collapse_scan {
	unsigned none, swapped, shared, present;
	bool referenced, writable;
	int rc; /* an entry that cannot be collapsed */
};

/* Mapped by others too: of a large folio as far as the release knows. */
static bool is_shared(const struct mmsim *w, const struct page *page)
{
	return page_is_large(page)
		       ? folio_is_shared(w, page_to_pfn(&w->phys, page))
		       : page->mapcount > 1;
}

static void scan_page(struct mmsim_mm *mm, pte_t pte, struct page *page,
		      struct collapse_scan *scan)
{
	if (!PageAnon(page_folio(mm, page)) ||
	    (mm->world->rules.uffd_wp && pte_uffd_wp(pte, &mm->world->rules)))
		scan->rc = -EINVAL;
	scan->present++;
	scan->writable |= pte_write(pte);
	scan->shared += is_shared(mm->world, page);
	scan->referenced |= pte_young(pte) ||
			    page_test(page_folio(mm, page), PG_referenced);
}

/* The zero page counts like nothing. */
static void scan_pte(struct mmsim_mm *mm, const u64 *ptep,
		     struct collapse_scan *scan)
{
	pte_t pte = ptep_get_counted(mm, ptep);
	struct page *page;

	if (pte_none(pte)) {
		scan->none++;
	} else if (is_slot_pte(mm, pte)) {
		scan->swapped++;
	} else if (!pte_present(pte)) {
		scan->rc = -EINVAL;
	} else {
		page = vm_normal_page(mm, pte);
		if (page)
			scan_page(mm, pte, page, scan);
		else
			scan->none++;
	}
}

/* madvise asks for memory alone, khugepaged for signs that it is worth it. */
static int scan_decide(const struct mmsim *w, const struct collapse_scan *scan,
		       bool khugepaged)
{
	const unsigned *knobs = w->knobs;

	if (scan->rc || !(scan->present + scan->swapped))
		return -EINVAL;
	/* Until 6.17 something had to be writable. */
	if (!scan->writable && !feat(w, FEAT_COLLAPSE_READ_ONLY))
		return -EINVAL;
	if (!khugepaged)
		return 0;
	if (scan->none > knobs[KNOB_MAX_PTES_NONE] ||
	    scan->swapped > knobs[KNOB_MAX_PTES_SWAP] ||
	    scan->shared > knobs[KNOB_MAX_PTES_SHARED] || !scan->referenced)
		return -EINVAL;
	return 0;
}

static int scan_pmd(struct mmsim_mm *mm, vaddr_t addr, const u64 *ptep,
		    bool khugepaged)
{
	struct collapse_scan scan = { .rc = 0 };
	unsigned i;
	int rc;

	for (i = 0; i < HPAGE_PMD_NR; i++)
		scan_pte(mm, ptep + i, &scan);
	rc = scan_decide(mm->world, &scan, khugepaged);
	mm_trace(mm, EV_collapse_scan,
		 rc ? RULE_COLLAPSE_REFUSED : RULE_COLLAPSE, addr, scan.none,
		 scan.present);
	return rc;
}

/* What was swapped out comes back first: by faults that no access took. */
static int swap_in_extent(struct mmsim_mm *mm, struct vm_area_struct *vma,
			  vaddr_t start)
{
	struct vm_fault vmf = { .mm = mm, .vma = vma };
	unsigned rc;

	for (vmf.addr = start; vmf.addr < start + PMD_SIZE;
	     vmf.addr += PAGE_SIZE) {
		vmf.ptep = pte_find(mm, vmf.addr);
		if (!vmf.ptep)
			return -EAGAIN;
		vmf.orig = pte_raw(vmf.ptep);
		if (!is_slot_pte(mm, vmf.orig))
			continue;
		rc = do_swap_page(&vmf);
		if (rc & VM_FAULT_OOM)
			return -ENOMEM;
		if (rc & VM_FAULT_ERROR)
			return -EINVAL;
	}
	return 0;
}

/* Nothing but its mappings, and the swap cache, may refer to a page that is to
 * be copied. */
static bool page_is_free_to_go(const struct mmsim_mm *mm, struct page *page)
{
	const struct phys *phys = &mm->world->phys;
	pfn_t pfn = page_to_pfn(phys, page);
	const struct page *folio = folio_page(phys, pfn);
	u64 cached =
		page_test(folio, PG_swapcache) ? folio_nr_pages(phys, pfn) : 0;

	return (u64)folio->refcount == (u64)folio_mapcount(phys, pfn) + cached;
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

static int isolate_pages(struct mmsim_mm *mm, const u64 *ptep)
{
	struct page *page;
	unsigned i;

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

static int collapse_huge_page(struct mmsim_mm *mm, struct vm_area_struct *vma,
			      vaddr_t addr)
{
	pfn_t pfn = alloc_huge_folio(mm, vma, addr);
	u64 *ptep;

	if (pfn == PFN_NONE) {
		count_event(mm, EV_thp_collapse_alloc_failed);
		return -ENOMEM;
	}
	count_event(mm, EV_thp_collapse_alloc);
	tables_lock(mm);
	ptep = pte_find(mm, addr);
	if (!ptep || !copy_pages(mm, ptep, pfn)) {
		tables_unlock(mm);
		world_put_folio(mm->world, pfn, 1);
		return ptep ? -ENOMEM : -EAGAIN;
	}
	mm_trace(mm, EV_collapse_huge_page, RULE_COLLAPSE, addr, 0, pfn);
	ptep = pte_lock(mm, addr, ptep);
	replace_table(mm, vma, addr, ptep, pfn);
	tables_unlock(mm);
	return 0;
}

/* One extent: 0 if it is huge afterwards. */
static int collapse_extent(struct mmsim_mm *mm, struct vm_area_struct *vma,
			   vaddr_t addr, bool khugepaged)
{
	u64 *ptep = pte_find(mm, addr);
	int rc;

	if (huge_find(mm, addr))
		return 0;
	if (!ptep)
		return -EINVAL;
	rc = scan_pmd(mm, addr, ptep, khugepaged);
	if (!rc)
		rc = swap_in_extent(mm, vma, addr);
	if (!rc)
		rc = isolate_pages(mm, ptep);
	return rc ? rc : collapse_huge_page(mm, vma, addr);
}

/* The setting does not matter, only what the mapping itself forbids, and
 * whether a huge page fits into it at all. */
static bool may_collapse(const struct vm_area_struct *vma)
{
	return ARCH_HAS_THP && !(vma->vm_flags & VM_NOHUGEPAGE) &&
	       !vma_is_hugetlb(vma) &&
	       align_up(vma->vm_start, PMD_SIZE) + PMD_SIZE <= vma->vm_end;
}

/* All whole extents of a range; none is no error. */
static int collapse_range(struct mmsim_mm *mm, struct vm_area_struct *vma,
			  vaddr_t start, vaddr_t end)
{
	int rc = 0, last = 0;
	vaddr_t addr;

	for (addr = start; addr < end; addr += PMD_SIZE) {
		rc = collapse_extent(mm, vma, addr, false);
		if (mm->world->host.failed)
			return -ENOMEM;
		last = rc ? rc : last;
		if (rc == -ENOMEM)
			break;
	}
	return last;
}

mm_static int madvise_collapse(struct mmsim_mm *mm, struct vm_area_struct *vma,
			       vaddr_t start, vaddr_t end)
{
	vaddr_t first = align_up(start, PMD_SIZE);
	vaddr_t last = align_down(end, PMD_SIZE);

	/* Less than an extent, with no end of one in it. */
	if (!may_collapse(vma) || first > last)
		return -EINVAL;
	if (!vma_is_anonymous(vma)) {
		mm->world->unsupported = "a collapse of a file's pages";
		return -EOPNOTSUPP;
	}
	if (!vma->anon_vma)
		return -EINVAL;
	return collapse_range(mm, vma, first, last);
}

mm_static int khugepaged_scan(struct mmsim_mm *mm, struct vm_area_struct *vma,
			      u64 *nr)
{
	vaddr_t addr = align_up(vma->vm_start, PMD_SIZE);
	int rc = 0;

	if (!may_collapse(vma) || !vma->anon_vma || !thp_vma_allows_huge(vma))
		return 0;
	for (; addr + PMD_SIZE <= vma->vm_end && rc != -ENOMEM;
	     addr += PMD_SIZE) {
		if (huge_find(mm, addr))
			continue;
		rc = collapse_extent(mm, vma, addr, true);
		*nr += !rc;
	}
	return rc == -ENOMEM ? rc : 0;
}
