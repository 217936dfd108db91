/* SPDX-License-Identifier: MIT */
/*
 * Splitting a folio: its entries become migration entries, the folio breaks
 * up, and the entries are restored one by one.
 */
#include "pmd/pmd.h"

#include "mm/lru.h"
#include "mm/mthp.h"
#include "pte/batch.h"
#include "rmap/migrate.h"
#include "swap/swap.h"

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

static void count_split_failed(struct mmsim *w, pfn_t head)
{
	unsigned order = folio_order(&w->phys, head);

	w->obs.events[EV_thp_split_page_failed] += order == HPAGE_PMD_ORDER;
	mthp_count(w, order, MTHP_SPLIT_FAILED);
}

static void count_anon_gone(struct mmsim *w, pfn_t head)
{
	const struct folio_view f = folio_view(&w->phys, head);

	mthp_anon_gone(w, &f);
}

mm_static bool split_folio_for(struct mmsim *w, u32 pid, pfn_t pfn)
{
	struct unmap unmap = { .flags = TTU_SPLIT_HUGE_PMD | TTU_BATCH_FLUSH };
	pfn_t head = folio_pfn(&w->phys, pfn);
	u64 nr = folio_nr_pages(&w->phys, head), i;
	bool cached;

	cached = page_test(folio_page(&w->phys, head), PG_swapcache);
	if (!can_split_folio(w, head, cached)) {
		count_split_failed(w, head);
		return false;
	}
	if (cached && !swap_cache_split(w, head, nr))
		return false;
	sim_trace(&w->obs, EV_split_folio, RULE_SPLIT_FOLIO, pid, 0, 0, head);
	w->obs.events[EV_thp_split_page] += nr == HPAGE_PMD_NR;
	mthp_count(w, folio_order(&w->phys, head), MTHP_SPLIT);
	try_to_migrate(w, head, &unmap);
	try_to_unmap_flush(w, &unmap);
	count_anon_gone(w, head);
	folio_break(&w->phys, head);
	lru_list_split(w, head, nr);
	for (i = 0; i < nr; i++)
		pfn_to_page(&w->phys, head + i)->refcount = cached;
	for (i = 0; i < nr; i++)
		remove_migration_ptes(w, head + i, head + i,
				      RMP_USE_SHARED_ZEROPAGE);
	free_unmapped(w, head, nr);
	return true;
}
