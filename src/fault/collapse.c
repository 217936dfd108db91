/* SPDX-License-Identifier: MIT */
/*
 * Collapse: the pages of one PMD's extent are copied into a new huge page.
 */
#include "fault/collapse.h"

#include <errno.h>
#include <mmsim/process.h>

#include "fault/fault.h"
#include "mm/file.h"
#include "mm/hugetlb.h"
#include "mm/lru.h"
#include "pmd/pmd.h"
#include "pte/batch.h"
#include "pte/lock.h"
#include "pte/swap.h"
#include "rmap/unmap.h"

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

/* ---- shared memory (docs/shmem-thp.md) ---- */

/* Where an extent lies in the file. */
struct collapse_file {
	struct vm_area_struct *vma;
	vaddr_t addr;
	u64 first;
};

/* khugepaged has its limits; whether a page was referenced it does not ask. */
static int scan_file(const struct collapse_file *c, bool khugepaged)
{
	struct mmsim_mm *mm = c->vma->vm_mm;
	const unsigned *knobs = mm->world->knobs;
	struct file_extent e;
	u64 none;
	int rc = 0;

	lru_add_drain_all(mm->world);
	e = file_look_at_extent(c->vma->vm_file, c->first, HPAGE_PMD_NR);
	none = HPAGE_PMD_NR - e.present - e.swapped;
	if (e.busy)
		rc = -EAGAIN;
	else if (khugepaged && (none > knobs[KNOB_MAX_PTES_NONE] ||
				e.swapped > knobs[KNOB_MAX_PTES_SWAP]))
		rc = -EINVAL;
	mm_trace(mm, EV_collapse_scan,
		 rc ? RULE_COLLAPSE_REFUSED : RULE_COLLAPSE_FILE, c->addr, none,
		 e.present);
	return rc;
}

/* Nobody maps any of the first nr pages any more. */
static void unmap_extent(const struct collapse_file *c, u64 nr)
{
	struct unmap unmap = { .flags = TTU_IGNORE_MLOCK | TTU_BATCH_FLUSH };
	struct mmsim *w = c->vma->vm_mm->world;
	pfn_t pfn;
	u64 i;

	for (i = 0; i < nr; i++) {
		pfn = file_find_page(c->vma->vm_file, c->first + i);
		if (pfn != PFN_NONE && folio_mapcount(&w->phys, pfn))
			try_to_unmap(w, pfn, &unmap);
	}
	try_to_unmap_flush(w, &unmap);
}

/* In releases that do not drain the batches, the first page that is read from
 * a device is busy in one: what comes before it has lost its mappings. */
static int stop_at_swapped(const struct collapse_file *c)
{
	struct mmsim_file *file = c->vma->vm_file;
	u64 i = 0;
	int rc;

	while (!file_look_at_extent(file, c->first + i, 1).swapped)
		i++;
	unmap_extent(c, i);
	rc = file_swap_in_extent(file, c->first + i, 1);
	return rc ? rc : -EAGAIN;
}

/* An extent without a page is not worth a folio, which is seen only now. */
static int fill_folio(const struct collapse_file *c, pfn_t pfn)
{
	struct mmsim_file *file = c->vma->vm_file;
	struct mmsim *w = c->vma->vm_mm->world;
	struct file_extent e =
		file_look_at_extent(file, c->first, HPAGE_PMD_NR);
	int rc;

	if (!(e.present + e.swapped))
		return -EINVAL;
	if (e.swapped && !feat(w, FEAT_COLLAPSE_DRAIN))
		return stop_at_swapped(c);
	rc = file_swap_in_extent(file, c->first, HPAGE_PMD_NR);
	if (rc)
		return rc;
	lru_add_drain_all(w);
	unmap_extent(c, HPAGE_PMD_NR);
	return file_collapse(file, c->first, pfn);
}

static int collapse_pages(const struct collapse_file *c)
{
	struct mmsim_mm *mm = c->vma->vm_mm;
	pfn_t pfn = alloc_huge_folio(mm, c->vma, c->addr);
	int rc;

	if (pfn == PFN_NONE) {
		count_event(mm, EV_thp_collapse_alloc_failed);
		return -ENOMEM;
	}
	count_event(mm, EV_thp_collapse_alloc);
	rc = fill_folio(c, pfn);
	if (rc)
		world_put_folio(mm->world, pfn, 1);
	else
		mm_trace(mm, EV_collapse_huge_page, RULE_COLLAPSE_FILE, c->addr,
			 0, pfn);
	return rc;
}

/* A table over an extent maps nothing but pages of one folio, each in its
 * place, or nothing. */
static bool table_is_redundant(struct mmsim_mm *mm, const u64 *ptep, pfn_t head)
{
	unsigned i;
	pte_t pte;

	for (i = 0; i < HPAGE_PMD_NR; i++) {
		pte = ptep_get(ptep + i);
		if (!pte_none(pte) &&
		    (!pte_present(pte) || !vm_normal_page(mm, pte) ||
		     pte_pfn(pte) != head + i))
			return false;
	}
	return true;
}

/* Take what is left in a table out, and the table. */
static void drop_table(struct vm_area_struct *vma, vaddr_t addr)
{
	const struct zap_details details = { 0 };
	struct mmsim_mm *mm = vma->vm_mm;
	struct mmu_gather tlb;
	unsigned miss;

	tlb_gather_mmu(&tlb, mm);
	zap_page_range(&tlb, vma, addr, addr + PMD_SIZE, details);
	tlb_finish_mmu(&tlb);
	tables_lock(mm);
	flush_tlb_range(mm, addr, addr + PMD_SIZE, RULE_COLLAPSE_FILE);
	table_free(mm, 0, pmd_depopulate(mm, pmd_find(mm, addr, &miss)), true);
	tables_unlock(mm);
}

/* Empty tables go, so that the next fault maps the folio as a whole; not those
 * of mappings that have pages of their own. */
static void retract_tables(const struct collapse_file *c)
{
	unsigned shift = PAGE_SHIFT;
	struct vm_area_struct *vma;
	vaddr_t addr;

	LIST_FOREACH(vma, &c->vma->vm_file->vmas, file_link) {
		if (c->first < vma->vm_pgoff || vma->anon_vma)
			continue;
		addr = vma->vm_start + ((c->first - vma->vm_pgoff) << shift);
		if (is_aligned(addr, PMD_SIZE) &&
		    addr + PMD_SIZE <= vma->vm_end &&
		    pte_find(vma->vm_mm, addr) && !userfaultfd_wp(vma))
			drop_table(vma, addr);
	}
}

/* The caller's own mapping gets a huge entry, if its table maps nothing
 * else. */
static int map_collapsed(const struct collapse_file *c)
{
	struct mmsim_mm *mm = c->vma->vm_mm;
	pfn_t head = file_find_page(c->vma->vm_file, c->first);
	struct vm_fault vmf = { .mm = mm, .vma = c->vma, .addr = c->addr };
	u64 *ptep = pte_find(mm, c->addr);

	if (ptep && !table_is_redundant(mm, ptep, head))
		return -EINVAL;
	if (ptep)
		drop_table(c->vma, c->addr);
	return do_set_pmd(&vmf, head, RULE_FILE_READ) ? -ENOMEM : 0;
}

/* Up to 6.1 a mapping without a table over the extent is not mapped anew, and
 * told that it failed. */
static bool maps_new_folio(const struct collapse_file *c)
{
	const struct mmsim_mm *mm = c->vma->vm_mm;

	return feat(mm->world, FEAT_COLLAPSE_RETRACT) ||
	       pte_find(c->vma->vm_mm, c->addr);
}

static int collapse_file_extent(const struct collapse_file *c, bool khugepaged)
{
	struct mmsim_mm *mm = c->vma->vm_mm;
	struct file_extent e =
		file_look_at_extent(c->vma->vm_file, c->first, HPAGE_PMD_NR);
	bool map = true;
	int rc;

	if (huge_find(mm, c->addr))
		return 0;
	if (!e.huge) {
		rc = scan_file(c, khugepaged);
		if (!rc)
			rc = collapse_pages(c);
		if (rc)
			return rc;
		map = maps_new_folio(c);
		if (feat(mm->world, FEAT_COLLAPSE_RETRACT))
			retract_tables(c);
	}
	if (khugepaged)
		return 0;
	return map ? map_collapsed(c) : -EINVAL;
}

/* Whether what is done here is what a kernel does. */
static bool file_unsupported(const struct collapse_file *c)
{
	return c->vma->vm_file->kind != MMSIM_FILE_MEMFD ||
	       c->vma->vm_flags & VM_UFFD_ANY;
}

/* All whole extents of a range of a file's mapping. The first that cannot be
 * collapsed ends it, unless it was only busy. */
static int collapse_file_range(struct vm_area_struct *vma, vaddr_t start,
			       vaddr_t end)
{
	struct collapse_file c = { .vma = vma, .addr = start };
	struct mmsim *w = vma->vm_mm->world;
	int rc = 0, last = 0;

	for (; c.addr < end; c.addr += PMD_SIZE) {
		c.first = linear_page_index(vma, c.addr);
		if (file_unsupported(&c)) {
			w->unsupported = "this collapse of a file's pages";
			return -EOPNOTSUPP;
		}
		rc = collapse_file_extent(&c, false);
		last = rc ? rc : last;
		if (w->host.failed || (rc && rc != -EAGAIN))
			break;
	}
	return last;
}

static int khugepaged_file(struct vm_area_struct *vma, u64 *nr)
{
	struct collapse_file c = { .vma = vma };
	int rc = 0;

	c.addr = align_up(vma->vm_start, PMD_SIZE);
	for (; c.addr + PMD_SIZE <= vma->vm_end && rc != -ENOMEM;
	     c.addr += PMD_SIZE) {
		c.first = linear_page_index(vma, c.addr);
		if (file_order_at(vma->vm_file, c.first) == HPAGE_PMD_ORDER ||
		    !(shmem_allowable_orders(vma, c.addr) &
		      BIT_U64(HPAGE_PMD_ORDER)) ||
		    file_unsupported(&c))
			continue;
		rc = collapse_file_extent(&c, true);
		*nr += !rc;
	}
	return rc == -ENOMEM ? rc : 0;
}

/* ---- a range ---- */

/* The setting does not matter, only what the mapping itself forbids, and
 * whether a huge page fits into it at all. */
static bool may_collapse(const struct vm_area_struct *vma)
{
	return ARCH_HAS_THP && !(vma->vm_flags & VM_NOHUGEPAGE) &&
	       !vma_is_hugetlb(vma) &&
	       align_up(vma->vm_start, PMD_SIZE) + PMD_SIZE <= vma->vm_end &&
	       thp_vma_suitable_order(vma, align_up(vma->vm_start, PMD_SIZE),
				      HPAGE_PMD_ORDER);
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

	if (!may_collapse(vma) || (vma_is_anonymous(vma) && !vma->anon_vma))
		return -EINVAL;
	/* Less than an extent, with no end of one in it. */
	if (first > last)
		return feat(mm->world, FEAT_COLLAPSE_NOTHING) ? 0 : -EINVAL;
	return vma_is_anonymous(vma) ? collapse_range(mm, vma, first, last)
				     : collapse_file_range(vma, first, last);
}

/*
 * It sleeps until it hears of a first process. Up to 6.12 it then began by
 * draining every CPU's batches; after its pass it sleeps for as long as the
 * settings say, whoever else it hears of.
 */
mm_static void khugepaged_enter_vma(const struct vm_area_struct *vma,
				    vm_flags_t flags)
{
	struct mmsim *w = vma->vm_mm->world;
	struct vm_area_struct asked = *vma;

	if (w->khugepaged_awake || !vma_is_anonymous(vma) || !vma->anon_vma)
		return;
	asked.vm_flags = flags;
	if (!may_collapse(&asked) || !thp_vma_allows_huge(&asked))
		return;
	w->khugepaged_awake = true;
	if (feat(w, FEAT_KHUGEPAGED_DRAINS_LRU))
		lru_add_drain_all(w);
}

mm_static int khugepaged_scan(struct mmsim_mm *mm, struct vm_area_struct *vma,
			      u64 *nr)
{
	vaddr_t addr = align_up(vma->vm_start, PMD_SIZE);
	int rc = 0;

	if (may_collapse(vma) && !vma_is_anonymous(vma))
		return khugepaged_file(vma, nr);
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
