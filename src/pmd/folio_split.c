/* SPDX-License-Identifier: MIT */
/*
 * Splitting a folio: its entries become migration entries, the folio breaks
 * up, and the entries are restored one by one. Those of a file just go: its
 * pages are found again.
 */
#include "pmd/pmd.h"

#include "mm/file.h"
#include "mm/lru.h"
#include "mm/mthp.h"
#include "pte/batch.h"
#include "rmap/migrate.h"
#include "swap/swap.h"

/* Only the folio's mappings refer to it, and the swap cache or its file. */
static bool can_split_folio(const struct mmsim *w, pfn_t head, bool cached)
{
	bool anon = PageAnon(folio_page(&w->phys, head));
	u64 cache = cached || !anon ? folio_nr_pages(&w->phys, head) : 0;

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

static void split_trace(struct mmsim *w, u32 pid, pfn_t head,
			enum sim_rule rule)
{
	unsigned order = folio_order(&w->phys, head);

	sim_trace(&w->obs, EV_split_folio, rule, pid, 0, 0, head);
	w->obs.events[EV_thp_split_page] += order == HPAGE_PMD_ORDER;
	mthp_count(w, order, MTHP_SPLIT);
}

mm_static bool split_file_folio(struct mmsim *w, u32 pid, pfn_t at, bool uneven)
{
	struct unmap unmap = { .flags = TTU_SPLIT_HUGE_PMD | TTU_IGNORE_MLOCK |
					TTU_BATCH_FLUSH };
	pfn_t head = folio_pfn(&w->phys, at), pfn;
	u64 nr = folio_nr_pages(&w->phys, head);

	if (!can_split_folio(w, head, false))
		return false;
	try_to_unmap(w, head, &unmap);
	try_to_unmap_flush(w, &unmap);
	/* Another CPU's fault may have mapped it again meanwhile. */
	if (folio_mapcount(&w->phys, head) || !can_split_folio(w, head, false))
		return false;
	split_trace(w, pid, head, RULE_SPLIT_FILE_FOLIO);
	if (uneven)
		folio_break_around(&w->phys, at);
	else
		folio_break(&w->phys, head);
	lru_list_split(w, head, nr);
	for (pfn = head; pfn < head + nr; pfn += folio_nr_pages(&w->phys, pfn))
		folio_page(&w->phys, pfn)->refcount =
			(s32)folio_nr_pages(&w->phys, pfn);
	file_drop_past_end(w, head, nr);
	return true;
}

mm_static bool split_folio_for(struct mmsim *w, u32 pid, pfn_t pfn)
{
	struct unmap unmap = { .flags = TTU_SPLIT_HUGE_PMD | TTU_BATCH_FLUSH };
	pfn_t head = folio_pfn(&w->phys, pfn);
	u64 nr = folio_nr_pages(&w->phys, head), i;
	bool cached;

	if (!PageAnon(folio_page(&w->phys, head)))
		return split_file_folio(w, pid, head, false);
	cached = page_test(folio_page(&w->phys, head), PG_swapcache);
	if (!can_split_folio(w, head, cached)) {
		count_split_failed(w, head);
		return false;
	}
	if (cached && !swap_cache_split(w, head, nr))
		return false;
	split_trace(w, pid, head, RULE_SPLIT_FOLIO);
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
