/* SPDX-License-Identifier: MIT */
#include "pte/batch.h"

#include "mm/lru.h"
#include "mm/mthp.h"

mm_static void folio_add_new_anon_ptes(struct mmsim_mm *mm,
				       struct vm_area_struct *vma, vaddr_t addr,
				       pfn_t pfn, unsigned nr)
{
	struct phys *phys = &mm->world->phys;
	struct page *head = pfn_to_page(phys, pfn);
	unsigned i;

	head->mapping = (u64)(uintptr_t)vma->anon_vma | PAGE_MAPPING_ANON;
	head->index = linear_page_index(vma, addr);
	head->refcount += (s32)nr - 1;
	page_set(head, PG_swapbacked);
	for (i = 0; i < nr; i++) {
		head[i].mapcount = 1;
		if (feat(mm->world, FEAT_ANON_EXCLUSIVE))
			page_set(&head[i], PG_anon_exclusive);
	}
	folio_mm_add(folio_counts(phys, pfn), mm->pid, (s32)nr);
	mthp_count(mm->world, page_order(head), MTHP_NR_ANON);
	mm->rss[MM_ANONPAGES] += nr;
	mm_trace(mm, EV_new_anon_rmap, RULE_NONE, addr, 0, pfn);
	folio_add_lru_large(mm->world, pfn);
}

static inline void dup_page(struct page *page)
{
	page->mapcount++;
	page_clear(page, PG_anon_exclusive);
}

/* Pages of a folio that one more process maps. */
static inline void dup_pages(struct page *page, unsigned nr)
{
	struct page *end = page + nr;

	for (; end - page >= 4; page += 4) {
		dup_page(page);
		dup_page(page + 1);
		dup_page(page + 2);
		dup_page(page + 3);
	}
	for (; page < end; page++)
		dup_page(page);
}

mm_static void folio_add_file_ptes(struct mmsim_mm *mm, struct page *page,
				   unsigned nr, vaddr_t addr,
				   enum sim_rule rule)
{
	const struct phys *phys = &mm->world->phys;
	pfn_t pfn = page_to_pfn(phys, page);
	struct page *folio = folio_page(phys, pfn);
	unsigned i;

	if (!page_is_large(page)) {
		folio_add_file_rmap(mm, page, addr, rule);
		return;
	}
	for (i = 0; i < nr; i++)
		page[i].mapcount++;
	folio->refcount += (s32)nr;
	folio_mm_add(folio_counts(phys, pfn), mm->pid, (s32)nr);
	count_rss(mm, folio, (int)nr);
	mm_trace(mm, EV_add_file_rmap, rule, addr, (u64)page->mapcount - 1,
		 (u64)page->mapcount);
}

mm_static void folio_dup_anon_pages(const struct mmsim_mm *dst,
				    struct page *head, struct page *page,
				    unsigned nr)
{
	dup_pages(page, nr);
	head->refcount += (s32)nr;
	folio_mm_add(&head[1].folio, dst->pid, (s32)nr);
}

mm_static void folio_dup_anon_ptes(struct mmsim_mm *dst, struct page *page,
				   unsigned nr, vaddr_t addr)
{
	folio_dup_anon_pages(dst, page_head(&dst->world->phys, page), page, nr);
	dst->rss[MM_ANONPAGES] += nr;
	mm_trace(dst, EV_dup_anon_rmap, RULE_FORK_SHARE, addr,
		 (u64)page->mapcount - 1, (u64)page->mapcount);
}

mm_static void deferred_split_folio(struct mmsim_mm *mm, pfn_t pfn,
				    vaddr_t addr)
{
	mm_trace(mm, EV_deferred_split, RULE_DEFERRED_SPLIT, addr, 0, pfn);
}

/*
 * Marked once, however often it loses another page; the call was made each
 * time. A folio in the swap cache is about to go as a whole: it is neither
 * marked nor queued.
 */
mm_static void folio_set_partially_mapped(struct mmsim_mm *mm, pfn_t pfn,
					  vaddr_t addr)
{
	struct phys *phys = &mm->world->phys;
	bool marked = folio_is_partially_mapped(phys, pfn);

	if (marked && feat(mm->world, FEAT_DEFERRED_ONCE))
		return;
	deferred_split_folio(mm, pfn, addr);
	if (marked || page_test(folio_page(phys, pfn), PG_swapcache))
		return;
	count_event(mm, EV_split_deferred);
	mthp_count(mm->world, folio_order(phys, pfn), MTHP_SPLIT_DEFERRED);
	mthp_count(mm->world, folio_order(phys, pfn),
		   MTHP_NR_ANON_PARTIALLY_MAPPED);
	folio_counts(phys, pfn)->mm_id[1] |= (u32)FOLIO_PARTIALLY_MAPPED;
	folio_wait_to_split(phys, pfn);
}

/* Pages of a folio are mapped once less: whether one of them is mapped no
 * more. */
static inline bool unmap_pages(struct page *page, unsigned nr)
{
	const struct page *end = page + nr;
	bool gone = false;

	for (; page < end; page++) {
		mm_assert(page->mapcount > 0);
		gone |= !--page->mapcount;
	}
	return gone;
}

mm_static void folio_remove_ptes(struct mmsim_mm *mm, struct page *page,
				 unsigned nr, vaddr_t addr, enum sim_rule rule)
{
	const struct phys *phys = &mm->world->phys;
	pfn_t pfn = page_to_pfn(phys, page);
	struct folio_counts *counts = folio_counts(phys, pfn);
	const struct page *folio = folio_page(phys, pfn);
	bool gone = unmap_pages(page, nr);

	folio_mm_del(counts, mm->pid, (s32)nr);
	count_rss(mm, folio, -(int)nr);
	mm_trace(mm, EV_remove_rmap, rule, addr, (u64)page->mapcount + 1,
		 (u64)page->mapcount);
	if (gone && PageAnon(folio) && counts->large_mapcount &&
	    !counts->entire_mapcount)
		folio_set_partially_mapped(mm, pfn, addr);
}

mm_static void folio_put_refs(struct mmsim_mm *mm, struct page *page,
			      unsigned nr)
{
	pfn_t pfn = page_to_pfn(&mm->world->phys, page);

	sim_step(mm->world, MMSIM_STEP_REF, pfn);
	world_put_folio(mm->world, pfn, (s32)nr);
}

mm_static bool folio_is_shared(const struct mmsim *w, pfn_t pfn)
{
	s32 mapped = folio_mapcount(&w->phys, pfn);

	/* Of hugetlb no part is mapped by itself. */
	if (mapped <= 1 || !folio_order(&w->phys, pfn) ||
	    page_test(folio_page(&w->phys, pfn), PG_hugetlb))
		return mapped > 1;
	if (feat(w, FEAT_LARGE_FOLIO_REUSE))
		return folio_counts(&w->phys, pfn)->mm_id[0] & FOLIO_SHARED;
	if (!feat(w, FEAT_NUMA_LIKELY_SHARED))
		return page_mapcount(&w->phys, pfn) > 1;
	/* An estimate: too many mappings for one process, or the first page
	 * is mapped twice. */
	return mapped > (s32)folio_nr_pages(&w->phys, pfn) ||
	       page_mapcount(&w->phys, folio_pfn(&w->phys, pfn)) > 1;
}
