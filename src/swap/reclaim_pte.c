/* SPDX-License-Identifier: MIT */
#include "swap/reclaim.h"

#include "mm/file.h"
#include "mm/lru.h"
#include "mm/mthp.h"
#include "mm/pin.h"
#include "pte/huge.h"
#include "rmap/unmap.h"
#include "swap/swap.h"

mm_static bool reclaim_list_init(struct mmsim *w, struct reclaim_list *list,
				 unsigned max)
{
	*list = (struct reclaim_list){ .max = max };
	list->pfn = host_alloc(&w->host, max * sizeof(*list->pfn));
	return list->pfn;
}

mm_static void reclaim_list_done(struct mmsim *w, struct reclaim_list *list)
{
	host_free(&w->host, list->pfn, list->max * sizeof(*list->pfn));
}

mm_static void folio_isolate_lru(struct mmsim *w, struct reclaim_list *list,
				 pfn_t pfn)
{
	struct page *folio = folio_page(&w->phys, pfn);

	mm_assert(list->nr < list->max);
	page_clear(folio, PG_lru | PG_referenced);
	folio->refcount++;
	list->pfn[list->nr++] = folio_pfn(&w->phys, pfn);
}

mm_static void folio_putback_lru(struct mmsim *w, pfn_t pfn)
{
	struct page *folio = folio_page(&w->phys, pfn);

	if (folio_order(&w->phys, pfn))
		folio_add_lru_large(w, folio);
	else
		folio_add_lru(w, folio);
	world_put_folio(w, pfn, 1);
}

/* ---- one folio ---- */

/* References that the swap cache and the caller have: nobody else's may be. */
static bool only_ours(const struct mmsim *w, pfn_t pfn)
{
	const struct page *folio = folio_page(&w->phys, pfn);
	u64 cache = page_test(folio, PG_swapcache)
			    ? folio_nr_pages(&w->phys, pfn)
			    : 0;

	return (u64)folio->refcount == 1 + cache;
}

/* Freed, by the caller's reference, which is the last. */
static bool free_folio(struct mmsim_mm *mm, pfn_t pfn, struct unmap *unmap)
{
	struct mmsim *w = mm->world;

	if (!only_ours(w, pfn))
		return false;
	try_to_unmap_flush(w, unmap);
	if (page_test(folio_page(&w->phys, pfn), PG_swapcache))
		swap_cache_del(w, pfn);
	world_put_folio(w, pfn, 1);
	return true;
}

static bool folio_is_zero(const struct mmsim *w, pfn_t pfn)
{
	u64 i;

	for (i = 0; i < folio_nr_pages(&w->phys, pfn); i++)
		if (!page_is_zero(&w->phys, pfn + i))
			return false;
	return true;
}

static void count_swpout(struct mmsim_mm *mm, pfn_t pfn)
{
	unsigned order = folio_order(&mm->world->phys, pfn);

	mm->world->obs.events[EV_pswpout] += BIT_U64(order);
	if (order == HPAGE_PMD_ORDER)
		count_event(mm, EV_thp_swpout);
	mthp_count(mm->world, order, MTHP_SWPOUT);
}

/*
 * Write a folio that nothing maps any more. Zeroes need no device from 6.12
 * on; a synchronous one is done when it returns; any other is still at it, so
 * the folio stays where it is.
 *
 * Return: whether it can be freed.
 */
static bool pageout(struct mmsim_mm *mm, pfn_t pfn, struct unmap *unmap)
{
	struct mmsim *w = mm->world;
	struct page *folio = folio_page(&w->phys, pfn);
	bool zero = feat(w, FEAT_SWAP_ZEROMAP) && folio_is_zero(w, pfn);

	if (!only_ours(w, pfn))
		return false;
	try_to_unmap_flush_dirty(w, unmap);
	if (swap_write_folio(w, pfn))
		return false;
	page_clear(folio, PG_dirty);
	mm_trace(mm, EV_swap_writepage, zero ? RULE_SWAPOUT_ZERO : RULE_SWAPOUT,
		 0, 0, pfn);
	if (zero) {
		w->obs.events[EV_swpout_zero] += folio_nr_pages(&w->phys, pfn);
		return true;
	}
	count_swpout(mm, pfn);
	return swap_is_synchronous(w, folio_swap_ref(w, pfn).type);
}

static bool unmap_folio(struct mmsim *w, pfn_t pfn, struct unmap *unmap)
{
	unmap->flags = TTU_BATCH_FLUSH;
	if (folio_order(&w->phys, pfn) == HPAGE_PMD_ORDER)
		unmap->flags |= TTU_SPLIT_HUGE_PMD;
	if (folio_mapcount(&w->phys, pfn))
		try_to_unmap(w, pfn, unmap);
	return !folio_mapcount(&w->phys, pfn);
}

/*
 * Shared memory: what was written goes to a swap device, and its file has the
 * slot instead; what was only read holds zeroes and goes.
 *
 * Return: whether its file has let go of the page.
 */
static bool leave_file(struct mmsim_mm *mm, pfn_t pfn, const struct page *page)
{
	struct mmsim *w = mm->world;

	if (page->refcount != 2)
		return false;
	if (!page_test(page, PG_dirty)) {
		file_forget_page(w, pfn);
		return true;
	}
	if (!folio_alloc_swap(w, pfn))
		return false;
	mm_trace(mm, EV_add_to_swap, RULE_SWAPOUT, 0, 0, pfn);
	file_swap_out(w, pfn);
	return true;
}

/* It has slots, or needs none. */
static bool reclaim_with_slots(struct mmsim_mm *mm, pfn_t pfn,
			       struct unmap *unmap)
{
	struct page *folio = folio_page(&mm->world->phys, pfn);

	if (!unmap_folio(mm->world, pfn, unmap))
		return false;
	if (folio->mapping && !PageAnon(folio) && !leave_file(mm, pfn, folio))
		return false;
	if (page_test(folio, PG_swapbacked) && page_test(folio, PG_dirty) &&
	    !pageout(mm, pfn, unmap))
		return false;
	return free_folio(mm, pfn, unmap);
}

/* Up to 6.9 only what one huge entry maps was swapped out whole. */
static bool whole_allowed(const struct mmsim *w, pfn_t pfn)
{
	return !folio_order(&w->phys, pfn) || feat(w, FEAT_SWAPOUT_LARGE) ||
	       folio_counts(&w->phys, pfn)->entire_mapcount;
}

enum fate { FATE_KEPT, FATE_FREED, FATE_SPLIT };

static enum fate shrink_folio(struct mmsim_mm *mm, pfn_t pfn,
			      struct unmap *unmap)
{
	struct mmsim *w = mm->world;
	struct page *folio = folio_page(&w->phys, pfn);
	unsigned order = folio_order(&w->phys, pfn);

	if (PageAnon(folio) && page_test(folio, PG_swapbacked) &&
	    !page_test(folio, PG_swapcache)) {
		if (!swap_any(w) || folio_maybe_dma_pinned(w, pfn))
			return FATE_KEPT;
		if (!whole_allowed(w, pfn))
			return FATE_SPLIT;
		if (!folio_alloc_swap(w, pfn)) {
			if (!order || w->host.failed)
				return FATE_KEPT;
			mthp_count(w, order, MTHP_SWPOUT_FALLBACK);
			if (order == HPAGE_PMD_ORDER)
				count_event(mm, EV_thp_swpout_fallback);
			return FATE_SPLIT;
		}
		mm_trace(mm, EV_add_to_swap, RULE_SWAPOUT, 0, 0, pfn);
	}
	return reclaim_with_slots(mm, pfn, unmap) ? FATE_FREED : FATE_KEPT;
}

static void shrink_one(struct mmsim_mm *mm, struct reclaim_list *list,
		       pfn_t pfn, struct unmap *unmap);

/*
 * The pages of a folio that has been split, those that something still maps.
 * Slots are handed out from the first page up until 6.19, since then from the
 * last one down behind the first.
 */
static void shrink_pages(struct mmsim_mm *mm, struct reclaim_list *list,
			 pfn_t head, u64 nr, struct unmap *unmap)
{
	bool from_end = feat(mm->world, FEAT_SPLIT_FROM_END);
	struct page *page;
	u64 i, at;

	for (i = 0; i < nr; i++) {
		at = from_end && i ? nr - i : i;
		page = mm_page(mm, head + at);
		if (!page->mapcount)
			continue;
		page->refcount++;
		shrink_one(mm, list, head + at, unmap);
	}
}

/* The reference that keeps it would keep it from being split. */
static void split_and_shrink(struct mmsim_mm *mm, struct reclaim_list *list,
			     pfn_t pfn, struct unmap *unmap)
{
	struct page *folio = folio_page(&mm->world->phys, pfn);
	u64 nr = folio_nr_pages(&mm->world->phys, pfn);

	folio->refcount--;
	if (split_folio(mm, pfn)) {
		shrink_pages(mm, list, pfn, nr, unmap);
		return;
	}
	folio->refcount++;
	folio_putback_lru(mm->world, pfn);
}

static void shrink_one(struct mmsim_mm *mm, struct reclaim_list *list,
		       pfn_t pfn, struct unmap *unmap)
{
	u64 nr = folio_nr_pages(&mm->world->phys, pfn);

	switch (shrink_folio(mm, pfn, unmap)) {
	case FATE_FREED:
		list->freed += nr;
		break;
	case FATE_SPLIT:
		split_and_shrink(mm, list, pfn, unmap);
		break;
	default:
		folio_putback_lru(mm->world, pfn);
	}
}

mm_static void reclaim_pages(struct mmsim_mm *mm, struct reclaim_list *list)
{
	struct unmap unmap = { .flags = TTU_BATCH_FLUSH };
	unsigned i;

	for (i = 0; i < list->nr; i++)
		shrink_one(mm, list, list->pfn[i], &unmap);
	try_to_unmap_flush(mm->world, &unmap);
	list->nr = 0;
}
