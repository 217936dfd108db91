/* SPDX-License-Identifier: MIT */
#include "mm/lru.h"

#include "core/assert.h"
#include "core/backend.h"
#include "ksm/ksm.h"
#include "mm/hugetlb.h"
#include "mm/mthp.h"
#include "phys/folio.h"

void world_free_page(struct mmsim *w, struct page *page)
{
	pfn_t pfn = page_to_pfn(&w->phys, page);

	mm_assert(!page->mapcount);
	if (unlikely(PageKsm(page)))
		ksm_page_freed(w, page);
	if (unlikely(w->lru.on))
		lru_list_del(w, pfn);
	sim_trace(&w->obs, EV_page_free, RULE_NONE, 0, 0, pfn, 0);
	phys_free_page(&w->phys, pfn);
}

static void drain_add(struct mmsim *w, struct folio_batch *batch)
{
	unsigned i, nr = batch->nr;
	struct page *page;

	batch->nr = 0;
	for (i = 0; i < nr; i++) {
		page = pfn_to_page(&w->phys, batch->pfn[i]);
		page_set(page, PG_lru);
		if (unlikely(w->lru.on))
			lru_list_add(w, batch->pfn[i], false);
		world_put_page(w, page);
	}
}

static void drain_lazyfree(struct mmsim *w, struct folio_batch *batch)
{
	unsigned i, nr = batch->nr;
	struct page *page;

	batch->nr = 0;
	for (i = 0; i < nr; i++) {
		page = pfn_to_page(&w->phys, batch->pfn[i]);
		page_clear(page, PG_lazyfree_pending);
		/* Its last mapping may have gone while it waited. */
		if (page->refcount > 1) {
			page_clear(page, PG_swapbacked);
			w->lru.may_drop = true;
			lru_list_move(w, batch->pfn[i]);
			sim_trace(&w->obs, EV_lazyfree, RULE_MADV_FREE_BATCH, 0,
				  0, batch->pfn[i], 0);
		}
		world_put_page(w, page);
	}
}

static void drain_cpu(struct mmsim *w, unsigned cpu)
{
	drain_add(w, &w->lru_add[cpu]);
	drain_lazyfree(w, &w->lazyfree[cpu]);
}

void lru_add_drain(struct mmsim *w)
{
	drain_cpu(w, w->obs.cpu);
}

void lru_add_drain_all(struct mmsim *w)
{
	unsigned cpu;

	for (cpu = 0; cpu < w->cpus; cpu++)
		drain_cpu(w, cpu);
}

static bool batch_add(struct mmsim *w, struct folio_batch *batch,
		      struct page *page)
{
	page->refcount++;
	batch->pfn[batch->nr++] = page_to_pfn(&w->phys, page);
	return batch->nr >= folio_batch_size(w);
}

void folio_add_lru(struct mmsim *w, struct page *page)
{
	struct folio_batch *batch = &w->lru_add[w->obs.cpu];

	if (batch_add(w, batch, page))
		drain_add(w, batch);
}

void lru_add_filled(struct mmsim *w)
{
	drain_add(w, &w->lru_add[w->obs.cpu]);
}

void folio_add_lru_large(struct mmsim *w, pfn_t pfn)
{
	page_set(folio_page(&w->phys, pfn), PG_lru);
	lru_list_add(w, pfn, false);
	drain_add(w, &w->lru_add[w->obs.cpu]);
}

void world_put_folio(struct mmsim *w, pfn_t pfn, s32 nr)
{
	const struct folio_view f = folio_view(&w->phys, pfn);

	f.page->refcount -= nr;
	if (f.page->refcount)
		return;
	mm_assert(!folio_mapcount(&w->phys, f.pfn));
	if (f.order)
		mthp_anon_gone(w, &f);
	lru_list_del(w, f.pfn);
	sim_trace(&w->obs, EV_page_free, RULE_NONE, 0, 0, f.pfn, 0);
	if (page_test(f.page, PG_hugetlb))
		hugetlb_free(w, f.pfn);
	if (unlikely(PageKsm(f.page)))
		ksm_page_freed(w, f.page);
	phys_free_folio(&w->phys, f.pfn);
}

/*
 * What another process has locked, which maps it too, is on no list that
 * reclaim looks at: it is not given up. The caller's own mapping is not locked.
 */
static bool may_mark_lazyfree(struct mmsim *w, pfn_t pfn, u64 entries)
{
	const struct page *folio = folio_page(&w->phys, pfn);

	if (!PageAnon(folio) || !page_test(folio, PG_swapbacked) ||
	    page_test(folio, PG_swapcache) || !page_test(folio, PG_lru))
		return false;
	return (u64)folio_mapcount(&w->phys, pfn) <= entries ||
	       !w->be->mlocked(w, pfn);
}

void folio_mark_lazyfree(struct mmsim *w, struct page *page)
{
	struct folio_batch *batch = &w->lazyfree[w->obs.cpu];

	if (page_test(page, PG_lazyfree_pending) ||
	    !may_mark_lazyfree(w, page_to_pfn(&w->phys, page), 1))
		return;
	page_set(page, PG_lazyfree_pending);
	if (batch_add(w, batch, page))
		drain_lazyfree(w, batch);
}

void folio_mark_lazyfree_large(struct mmsim *w, pfn_t pfn)
{
	struct page *head = folio_page(&w->phys, pfn);

	if (!may_mark_lazyfree(w, pfn, folio_nr_pages(&w->phys, pfn)))
		return;
	drain_lazyfree(w, &w->lazyfree[w->obs.cpu]);
	page_clear(head, PG_swapbacked);
	w->lru.may_drop = true;
	lru_list_move(w, pfn);
	sim_trace(&w->obs, EV_lazyfree, RULE_MADV_FREE_BATCH, 0, 0,
		  folio_pfn(&w->phys, pfn), 0);
}
