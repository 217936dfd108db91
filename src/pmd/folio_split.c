/* SPDX-License-Identifier: MIT */
/*
 * Splitting a folio: its entries become migration entries, the folio breaks
 * up, and the entries are restored one by one. Nothing can look in between, so
 * what is stored is the result.
 */
#include "pmd/pmd.h"

#include "mm/lru.h"
#include "mm/mthp.h"
#include "pte/batch.h"
#include "pte/migration.h"
#include "rmap/mapped_walk.h"
#include "swap/swap.h"

/*
 * What one VMA maps by a huge entry it maps by PTEs then. A dirty entry makes
 * the folio dirty, as it becomes a migration entry: before 6.1 that forgets it.
 */
static bool unhuge(struct mmsim *w, pfn_t pfn, struct vm_area_struct *vma,
		   vaddr_t addr, void *arg)
{
	struct page_vma_mapped_walk pvmw = mapped_walk(w, pfn, vma, addr, 0);

	(void)arg;
	while (page_vma_mapped_walk(&pvmw)) {
		if (!pvmw.ptep) {
			__split_huge_pmd(vma->vm_mm, vma, pvmw.pmdp, pvmw.addr,
					 true);
			page_vma_mapped_walk_restart(&pvmw);
		} else if (pte_dirty(ptep_get(pvmw.ptep))) {
			page_set(folio_page(&w->phys, pfn), PG_dirty);
		}
	}
	return true;
}

/* A page of zeroes that one may as well read from the zero page: from 6.12 on,
 * in a mapping that is not locked. */
static bool is_unused(const struct mmsim *w, const struct vm_area_struct *vma,
		      pfn_t pfn)
{
	return feat(w, FEAT_SPLIT_ZERO_PAGES) && !(vma->vm_flags & VM_LOCKED) &&
	       !page_test(pfn_to_page(&w->phys, pfn), PG_swapcache) &&
	       page_is_zero(&w->phys, pfn);
}

static void restore_zero(struct mmsim_mm *mm, struct vm_area_struct *vma,
			 vaddr_t addr, u64 *entry, pte_t old)
{
	struct page *page = mm_page(mm, pte_pfn(old));
	pte_t pte = pte_mkspecial(pfn_pte(mm->world->zero_pfn, vma_prot(vma)));

	if (pte_soft_dirty(old))
		pte = pte_mksoft_dirty(pte);
	set_pte_at(mm, addr, entry, pte, RULE_SPLIT_UNUSED);
	page->mapcount--;
	count_rss(mm, page, -1);
}

static void restore(struct mmsim_mm *mm, struct vm_area_struct *vma,
		    vaddr_t addr, u64 *entry)
{
	pte_t old = ptep_get(entry);
	pte_t pte = restored_pte(mm->world, vma, pte_pfn(old),
				 migrated_of_pte(mm->world, old));

	ptep_get_and_clear(mm, addr, entry, RULE_SPLIT_FOLIO);
	if (is_unused(mm->world, vma, pte_pfn(pte))) {
		restore_zero(mm, vma, addr, entry, pte);
	} else {
		mm_page(mm, pte_pfn(pte))->refcount++;
		set_pte_at(mm, addr, entry, pte, RULE_SPLIT_FOLIO);
	}
}

static bool restore_in_vma(struct mmsim *w, pfn_t pfn,
			   struct vm_area_struct *vma, vaddr_t addr, void *arg)
{
	struct page_vma_mapped_walk pvmw = mapped_walk(w, pfn, vma, addr, 0);

	(void)arg;
	if (page_vma_mapped_walk(&pvmw)) {
		restore(vma->vm_mm, vma, pvmw.addr, pvmw.ptep);
		page_vma_mapped_walk_done(&pvmw);
	}
	return true;
}

/* The folio is no more: each of its pages has entries of its own. */
static void restore_pages(struct mmsim *w, pfn_t head, u64 nr)
{
	const struct rmap_walk walk = { .one = restore_in_vma };
	u64 i;

	for (i = 0; i < nr; i++)
		if (pfn_to_page(&w->phys, head + i)->mapcount)
			rmap_walk(w, head + i, &walk);
}

/* Only the folio's mappings refer to it, and the swap cache. */
static bool can_split_folio(const struct mmsim *w, pfn_t head, bool cached)
{
	u64 cache = cached ? folio_nr_pages(&w->phys, head) : 0;

	return (u64)folio_page(&w->phys, head)->refcount ==
	       (u64)folio_mapcount(&w->phys, head) + cache;
}

/* Pages that nothing mapped: they are not needed, but what was swapped out of
 * them may be. */
static void free_unmapped(struct mmsim *w, pfn_t head, u64 nr)
{
	struct page *page;
	u64 i;

	for (i = 0; i < nr; i++) {
		page = pfn_to_page(&w->phys, head + i);
		if (page_test(page, PG_swapcache))
			free_swap_cache(w, head + i);
		else if (!page->refcount)
			world_free_page(w, page);
	}
}

mm_static bool split_folio(struct mmsim_mm *mm, pfn_t pfn)
{
	const struct rmap_walk split_entries = { .one = unhuge };
	struct mmsim *w = mm->world;
	pfn_t head = folio_pfn(&w->phys, pfn);
	u64 nr = folio_nr_pages(&w->phys, head), i;
	bool cached;

	cached = page_test(folio_page(&w->phys, head), PG_swapcache);
	if (!can_split_folio(w, head, cached) ||
	    (cached && !swap_cache_split(w, head, nr)))
		return false;
	mm_trace(mm, EV_split_folio, RULE_SPLIT_FOLIO, 0, 0, head);
	if (nr == HPAGE_PMD_NR)
		count_event(mm, EV_thp_split_page);
	mthp_count(w, folio_order(&w->phys, head), MTHP_SPLIT);
	rmap_walk(w, head, &split_entries);
	folio_break(&w->phys, head);
	for (i = 0; i < nr; i++)
		pfn_to_page(&w->phys, head + i)->refcount = cached;
	restore_pages(w, head, nr);
	free_unmapped(w, head, nr);
	return true;
}
