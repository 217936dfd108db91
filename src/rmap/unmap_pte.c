/* SPDX-License-Identifier: MIT */
#include "rmap/unmap.h"

#include "mm/lru.h"
#include "mm/pin.h"
#include "pmd/hugetlb.h"
#include "pmd/pmd.h"
#include "pte/batch.h"
#include "pte/swap.h"
#include "swap/swap.h"

/* ---- flushes that wait (section 3.5) ---- */

mm_static bool should_defer_flush(const struct mmsim_mm *mm,
				  const struct unmap *unmap)
{
	return unmap->flags & TTU_BATCH_FLUSH && arch_tlbbatch_should_defer(mm);
}

/* A contiguous block or a batch is one flush, and put off page by page. */
mm_static void set_tlb_ubc_flush_pending(struct mmsim_mm *mm,
					 struct unmap *unmap, vaddr_t addr,
					 unsigned nr, pte_t pte)
{
	mm_trace(mm, EV_tlb_ubc_pending, RULE_UNMAP_DEFER, addr, pte_val(pte),
		 0);
	if (!pte_accessible(pte, false))
		return;
	arch_tlbbatch_add_pending(mm, addr, addr + nr * PAGE_SIZE,
				  &unmap->cpus);
	unmap->pending = true;
	unmap->dirty |= pte_dirty(pte);
}

mm_static void flush_unmapped(struct mmsim_mm *mm, struct unmap *unmap,
			      vaddr_t addr, unsigned nr, pte_t pte)
{
	if (should_defer_flush(mm, unmap)) {
		set_tlb_ubc_flush_pending(mm, unmap, addr, nr, pte);
	} else if (feat(mm->world, FEAT_LAZYFREE_BATCH)) {
		flush_tlb_range(mm, addr, addr + nr * PAGE_SIZE,
				RULE_FLUSH_NEEDED);
	} else {
		mm_trace(mm, EV_ptep_clear_flush, RULE_FLUSH_NEEDED, addr,
			 pte_val(pte), 0);
		flush_tlb_page(mm, addr, RULE_FLUSH_NEEDED);
	}
}

mm_static void flush_unmapped_each(struct mmsim_mm *mm, vaddr_t addr, u64 nr,
				   u64 pages)
{
	if (feat(mm->world, FEAT_LAZYFREE_BATCH)) {
		flush_tlb_range_each(mm, addr, nr, pages, RULE_FLUSH_NEEDED);
		return;
	}
	observe_count_many(&mm->world->obs, EV_ptep_clear_flush,
			   RULE_FLUSH_NEEDED, nr);
	for (; nr; nr--, addr += pages * PAGE_SIZE)
		flush_tlb_page(mm, addr, RULE_FLUSH_NEEDED);
}

mm_static void try_to_unmap_flush(struct mmsim *w, struct unmap *unmap)
{
	if (!unmap->pending)
		return;
	arch_tlbbatch_flush(w, unmap->cpus);
	unmap->pending = unmap->dirty = false;
	unmap->cpus = 0;
}

mm_static void try_to_unmap_flush_dirty(struct mmsim *w, struct unmap *unmap)
{
	if (unmap->dirty)
		try_to_unmap_flush(w, unmap);
}

/* ---- how many at once (section 3.2) ---- */

/* Entries of a kind of folio are unmapped as one from this release on. */
static bool may_batch(const struct mmsim *w, const struct page *folio)
{
	if (!PageAnon(folio))
		return feat(w, FEAT_UNMAP_BATCH_FILE);
	return feat(w, page_test(folio, PG_swapbacked) ? FEAT_UNMAP_BATCH_ANON
						       : FEAT_LAZYFREE_BATCH);
}

/*
 * Up to 6.15 a batch of given-up pages was looked for as far as the folio goes.
 * One that mremap laid over the end of a table has the rest of its entries in
 * another: what lies behind the first was read instead. It is not the folio's
 * here, so no batch comes of it; that it was read is remembered.
 */
static void look_past_table(const struct page_vma_mapped_walk *pvmw,
			    const struct page *page, unsigned nr)
{
	struct mmsim_mm *mm = pvmw->vma->vm_mm;
	u64 left = pvmw->nr - (page_to_pfn(&mm->world->phys, page) - pvmw->pfn);
	vaddr_t end = pvmw->addr + nr * PAGE_SIZE;

	if (feat(mm->world, FEAT_LAZYFREE_IN_TABLE) || nr == left ||
	    !is_aligned(end, PMD_SIZE) || mm->world->watch.overrun_pid)
		return;
	mm->world->watch.overrun = end;
	mm->world->watch.overrun_pid = mm->pid;
}

mm_static unsigned
folio_unmap_pte_batch(const struct page_vma_mapped_walk *pvmw,
		      struct page *page, pte_t pte)
{
	struct vm_area_struct *vma = pvmw->vma;
	const struct mmsim *w = vma->vm_mm->world;
	unsigned flags = 0, nr;
	vaddr_t end;

	if (!page_is_large(page) || vma->vm_flags & VM_UFFD_WP ||
	    !may_batch(w, page_folio(vma->vm_mm, page)))
		return 1;
	if (feat(w, FEAT_LAZYFREE_RESTORE))
		flags = FPB_RESPECT_WRITE | FPB_RESPECT_SOFT_DIRTY;
	end = pmd_addr_end(pvmw->addr, vma->vm_end);
	nr = folio_pte_batch(vma->vm_mm, page, pvmw->ptep, pte,
			     (end - pvmw->addr) >> PAGE_SHIFT, flags);
	if (PageAnon(page_folio(vma->vm_mm, page)) &&
	    !page_test(page_folio(vma->vm_mm, page), PG_swapbacked))
		look_past_table(pvmw, page, nr);
	/* At first all of a folio or one page. */
	return nr == pvmw->nr || feat(w, FEAT_LAZYFREE_PARTIAL) ? nr : 1;
}

/* ---- one batch ---- */

struct unmap_batch {
	struct mmsim_mm *mm;
	struct vm_area_struct *vma;
	struct unmap *unmap;
	struct page *page; /* the first */
	vaddr_t addr;
	u64 *ptep;
	pte_t pte; /* as it was, accessed and dirty of all */
	unsigned nr;
};

/* What was taken out comes back: no TLB can have it, it was flushed. */
static bool restore_ptes(const struct unmap_batch *b, unsigned from)
{
	set_ptes(b->mm, b->addr + from * PAGE_SIZE, b->ptep + from,
		 pte_advance_pfn(b->pte, from), b->nr - from,
		 RULE_UNMAP_RESTORE);
	return false;
}

/* The first n pages of what is left have no entry here any more. */
static void finish_unmap(const struct unmap_batch *b, unsigned from, unsigned n)
{
	struct page *page = b->page + from;
	vaddr_t addr = b->addr + from * PAGE_SIZE;

	if (page_is_large(page))
		folio_remove_ptes(b->mm, page, n, addr, RULE_UNMAP);
	else
		folio_remove_rmap(b->mm, page, addr, RULE_UNMAP);
	count_event(b->mm, EV_unmap_rss);
	folio_put_refs(b->mm, page, n);
}

mm_static pte_t unmapped_swp_pte(const struct arch_rules *r, pte_t old,
				 pte_t pte, bool exclusive)
{
	if (exclusive)
		pte = pte_swp_mkexclusive(pte, r);
	if (r->soft_dirty && pte_soft_dirty(old))
		pte = pte_swp_mksoft_dirty(pte, r);
	if (r->uffd_wp && pte_uffd_wp(old, r))
		pte = pte_swp_mkuffd_wp(pte, r);
	return pte;
}

/* Pages that are all exclusive, or none of them. */
static unsigned equal_run(const struct unmap_batch *b, unsigned from)
{
	bool exclusive = PageAnonExclusive(b->page + from);
	unsigned n = 1;

	while (from + n < b->nr &&
	       PageAnonExclusive(b->page + from + n) == exclusive)
		n++;
	return n;
}

/* What a device writes to must stay this process's. */
static bool is_pinned(const struct unmap_batch *b, unsigned from)
{
	const struct mmsim *w = b->mm->world;

	return folio_maybe_dma_pinned(w, page_to_pfn(&w->phys, b->page + from));
}

mm_static void set_swap_ptes(struct mmsim_mm *mm, vaddr_t addr, u64 *ptep,
			     pte_t old, struct swap_ref at, bool exclusive,
			     unsigned nr)
{
	const struct arch_rules *r = &mm->world->rules;
	pte_t first = swap_ref_pte(at, r), next = swap_ref_pte_next(at, r);

	set_nonpresent_ptes(
		mm, addr, ptep, unmapped_swp_pte(r, old, first, exclusive),
		unmapped_swp_pte(r, old, next, exclusive), nr, RULE_UNMAP_SWAP);
}

/* Section 3.3: n pages of equal exclusivity. */
static bool swap_out_run(const struct unmap_batch *b, unsigned from, unsigned n)
{
	struct mmsim *w = b->mm->world;
	pfn_t pfn = page_to_pfn(&w->phys, b->page + from);
	struct swap_ref at = folio_swap_ref(w, pfn);
	bool exclusive = PageAnonExclusive(b->page + from);
	unsigned i;

	if ((exclusive && is_pinned(b, from)) || !swap_dup(w, at, n))
		return restore_ptes(b, from);
	mm_trace(b->mm, EV_swap_dup, RULE_UNMAP_SWAP,
		 b->addr + from * PAGE_SIZE, at.offset, n);
	if (exclusive)
		count_event(b->mm, EV_try_share);
	for (i = 0; i < n; i++)
		page_clear(b->page + from + i, PG_anon_exclusive);
	set_swap_ptes(b->mm, b->addr + from * PAGE_SIZE, b->ptep + from, b->pte,
		      at, exclusive, n);
	w->obs.events[EV_set_swap_pte] += n;
	b->mm->rss[MM_SWAPENTS] += n;
	count_event(b->mm, EV_unmap_rss);
	finish_unmap(b, from, n);
	return true;
}

static bool swap_out(const struct unmap_batch *b)
{
	unsigned from, n;

	for (from = 0; from < b->nr; from += n) {
		n = equal_run(b, from);
		if (!swap_out_run(b, from, n))
			return false;
	}
	return true;
}

/*
 * Section 3.4. What was written since it was given up is the process's again;
 * what somebody else refers to stays. Up to 6.12 both made it swap-backed.
 */
static bool drop_lazyfree(const struct unmap_batch *b, struct page *folio)
{
	struct mmsim *w = b->mm->world;
	s32 mapped = folio_mapcount(&w->phys, page_to_pfn(&w->phys, b->page));
	bool dirty = page_test(folio, PG_dirty);
	bool used = folio->refcount != 1 + mapped;

	if (!dirty && !used) {
		mm_trace(b->mm, EV_lazyfree_drop, RULE_UNMAP_LAZYFREE, b->addr,
			 pte_val(b->pte), b->nr);
		finish_unmap(b, 0, b->nr);
		return true;
	}
	if (dirty || !feat(w, FEAT_LAZYFREE_DIRTY_ONLY))
		page_set(folio, PG_swapbacked);
	return restore_ptes(b, 0);
}

/* Section 3.1: single pages, which large folios were split into. */
static bool poison_entry(const struct unmap_batch *b)
{
	const struct mmsim *w = b->mm->world;
	pfn_t pfn = page_to_pfn(&w->phys, b->page);
	swp_entry_t entry = make_hwpoison_entry(pfn, &w->rules);

	set_nonpresent_pte_at(b->mm, b->addr, b->ptep,
			      swp_entry_to_pte(entry, &w->rules),
			      RULE_UNMAP_HWPOISON);
	finish_unmap(b, 0, 1);
	return true;
}

/* Of a file. What userfaultfd watches comes one by one. */
static bool drop_file_ptes(const struct unmap_batch *b)
{
	if (unlikely(uffd_wp_leaves_marker(b->vma, b->pte))) {
		mm_assert(b->nr == 1);
		set_nonpresent_pte_at(b->mm, b->addr, b->ptep,
				      uffd_wp_marker(b->mm), RULE_UFFD_ZAP);
	}
	finish_unmap(b, 0, b->nr);
	return true;
}

static bool unmap_batch(const struct unmap_batch *b)
{
	struct page *folio = page_folio(b->mm, b->page);

	if (pte_dirty(b->pte))
		page_set(folio, PG_dirty);
	flush_unmapped(b->mm, b->unmap, b->addr, b->nr, b->pte);
	if (b->unmap->flags & TTU_HWPOISON)
		return poison_entry(b);
	if (!PageAnon(folio))
		return drop_file_ptes(b);
	if (!page_test(folio, PG_swapbacked))
		return drop_lazyfree(b, folio);
	/* A folio without slots has nowhere to go. */
	if (!page_test(folio, PG_swapcache))
		return restore_ptes(b, 0);
	return swap_out(b);
}

/* True: go on with the walk, unless nothing is left of the folio here. */
static bool unmap_ptes(struct page_vma_mapped_walk *pvmw, struct unmap *unmap,
		       bool *all)
{
	struct mmsim_mm *mm = pvmw->vma->vm_mm;
	pte_t pte = ptep_get(pvmw->ptep);
	struct unmap_batch b = {
		.mm = mm,
		.vma = pvmw->vma,
		.unmap = unmap,
		.page = mm_page(mm, pte_pfn(pte)),
		.addr = pvmw->addr,
		.ptep = pvmw->ptep,
	};

	count_pte_reads(mm, pvmw->ptep, EV_rmap_read, 1);
	sim_step(mm->world, MMSIM_STEP_PTE, pvmw->addr);
	b.nr = folio_unmap_pte_batch(pvmw, b.page, pte);
	b.pte = get_and_clear_ptes(mm, b.addr, b.ptep, b.nr, RULE_UNMAP);
	page_vma_mapped_walk_skip(pvmw, b.nr);
	*all = b.nr == pvmw->nr;
	return unmap_batch(&b);
}

/* ---- huge entries ---- */

static bool drop_huge_lazyfree(struct page_vma_mapped_walk *pvmw)
{
	struct mmsim_mm *mm = pvmw->vma->vm_mm;
	struct page *head = folio_page(&mm->world->phys, pvmw->pfn);
	pmd_t pmd = pmdp_get(pvmw->pmdp);

	if (pmd_dirty(pmd))
		page_set(head, PG_dirty);
	if (page_test(head, PG_dirty)) {
		page_set(head, PG_swapbacked);
		return false;
	}
	if (head->refcount != 1 + folio_mapcount(&mm->world->phys, pvmw->pfn))
		return false;
	tables_lock(mm);
	pmdp_huge_get_and_clear(mm, pvmw->addr, pvmw->pmdp,
				RULE_UNMAP_LAZYFREE);
	mm_trace(mm, EV_pmd_clear_flush, RULE_UNMAP_LAZYFREE, pvmw->addr,
		 pmd_val(pmd), 0);
	flush_tlb_range(mm, pvmw->addr, pvmw->addr + PMD_SIZE,
			RULE_FLUSH_NEEDED);
	free_deposited_table(mm);
	tables_unlock(mm);
	folio_remove_rmap_pmd(mm, pvmw->pfn, pvmw->addr, RULE_UNMAP_LAZYFREE);
	world_put_folio(mm->world, pvmw->pfn, 1);
	return true;
}

/* Section 3.1: of hugetlb pages that break, and no others. */
static bool poison_hugetlb(struct page_vma_mapped_walk *pvmw,
			   const struct unmap *unmap)
{
	struct mmsim_mm *mm = pvmw->vma->vm_mm;
	const struct arch_rules *r = &mm->world->rules;
	struct page *head = folio_page(&mm->world->phys, pvmw->pfn);
	pmd_t entry = swp_entry_to_pmd(make_hwpoison_entry(pvmw->pfn, r), r);

	if (!(unmap->flags & TTU_HWPOISON))
		return false;
	if (!page_vma_mapped_lock_huge(pvmw))
		return true;
	if (pmd_dirty(huge_pmd_clear_flush(mm, pvmw->addr, pvmw->pmdp,
					   RULE_UNMAP_HWPOISON)))
		page_set(head, PG_dirty);
	set_huge_pmds(mm, pvmw->addr, pvmw->pmdp, entry, RULE_UNMAP_HWPOISON);
	hugetlb_remove_rmap(mm, pvmw->pfn, pvmw->addr);
	head->refcount--;
	tables_unlock(mm);
	return true;
}

/* True: go on with the walk. */
static bool unmap_huge(struct page_vma_mapped_walk *pvmw, struct unmap *unmap)
{
	struct mmsim_mm *mm = pvmw->vma->vm_mm;
	const struct page *head = folio_page(&mm->world->phys, pvmw->pfn);

	if (vma_is_hugetlb(pvmw->vma))
		return poison_hugetlb(pvmw, unmap);
	if (PageAnon(head) && !page_test(head, PG_swapbacked))
		return drop_huge_lazyfree(pvmw);
	if (!(unmap->flags & TTU_SPLIT_HUGE_PMD))
		return false;
	if (feat(mm->world, FEAT_UNMAP_SPLIT_LOCKED))
		__split_huge_pmd_locked(mm, pvmw->vma, pvmw->pmdp, pvmw->addr,
					false);
	else
		__split_huge_pmd(mm, pvmw->vma, pvmw->pmdp, pvmw->addr, false);
	page_vma_mapped_walk_restart(pvmw);
	return true;
}

/* ---- all of it ---- */

static bool try_to_unmap_one(struct mmsim *w, pfn_t pfn,
			     struct vm_area_struct *vma, vaddr_t addr,
			     void *arg)
{
	struct page_vma_mapped_walk pvmw = mapped_walk(w, pfn, vma, addr, 0);
	struct unmap *unmap = arg;
	bool go_on = true, all = false;

	if (pvmw.nr > 1)
		pvmw.flags = PVMW_SYNC;
	mm_trace(vma->vm_mm, EV_try_to_unmap_one, RULE_NONE, addr, 0, pfn);
	while (go_on && !all && page_vma_mapped_walk(&pvmw)) {
		if (vma->vm_flags & VM_LOCKED &&
		    !(unmap->flags & TTU_IGNORE_MLOCK))
			go_on = false;
		else if (pvmw.ptep)
			go_on = unmap_ptes(&pvmw, unmap, &all);
		else
			go_on = unmap_huge(&pvmw, unmap);
	}
	if (!go_on || all)
		page_vma_mapped_walk_done(&pvmw);
	return go_on;
}

mm_static bool folio_not_mapped(struct mmsim *w, pfn_t pfn, void *arg)
{
	(void)arg;
	return !folio_mapcount(&w->phys, pfn);
}

mm_static void try_to_unmap(struct mmsim *w, pfn_t pfn, struct unmap *unmap)
{
	const struct rmap_walk walk = {
		.one = try_to_unmap_one,
		.done = folio_not_mapped,
		.arg = unmap,
	};

	rmap_walk(w, pfn, &walk);
}
