/* SPDX-License-Identifier: MIT */
/*
 * The LRU lists are gone through (docs/reclaim.md): a growing part of each, from
 * what was used longest ago, until enough is free.
 */
#include "swap/reclaim.h"

#include "mm/lru.h"
#include "mm/reclaim.h"
#include "phys/folio.h"
#include "pte/huge.h"
#include "rmap/referenced.h"
#include "swap/swap.h"

#define DEF_PRIORITY	 12 /* a 4096th of a list at first, all of it at last */
#define SWAP_CLUSTER_MAX 32 /* pages at a time */

/* ---- active lists ---- */

/* Programs that run keep their code; all else that was used must show it anew
 * on the inactive list. */
static bool stays_active(struct shrink *sc, pfn_t pfn)
{
	const struct page *folio = folio_page(&sc->w->phys, pfn);
	u64 vm_flags = 0;
	unsigned used = folio_referenced(sc->w, pfn, &vm_flags);

	return used && vm_flags & VM_EXEC && !page_test(folio, PG_swapbacked);
}

/* How many pages were looked at. */
static u64 shrink_active(struct shrink *sc, enum lru_list list)
{
	pfn_t pfn = lru_list_coldest(sc->w, list);
	bool stays;

	if (pfn == PFN_NONE)
		return 0;
	stays = stays_active(sc, pfn);
	lru_list_del(sc->w, pfn);
	lru_list_add(sc->w, pfn, stays);
	if (!stays)
		sim_trace(&sc->w->obs, EV_pgdeactivate, RULE_RECLAIM_DEACTIVATE,
			  0, 0, 0, pfn);
	return folio_nr_pages(&sc->w->phys, pfn);
}

/* ---- inactive ones ---- */

static u64 shrink_inactive(struct shrink *sc, enum lru_list list)
{
	pfn_t pfn = lru_list_coldest(sc->w, list);
	u64 nr;

	if (pfn == PFN_NONE)
		return 0;
	nr = folio_nr_pages(&sc->w->phys, pfn);
	sc->w->obs.events[sc->kswapd ? EV_pgscan_kswapd : EV_pgscan] += nr;
	isolate_lru(sc->w, pfn);
	shrink_one(sc, pfn);
	return nr;
}

/* ---- all of them ---- */

static bool is_active(unsigned list)
{
	return list == LRU_ACTIVE_ANON || list == LRU_ACTIVE_FILE;
}

static bool is_anon(unsigned list)
{
	return list == LRU_INACTIVE_ANON || list == LRU_ACTIVE_ANON;
}

/* An active list is made shorter while it is the longer one. */
static bool inactive_is_low(const struct mmsim *w, unsigned active)
{
	return lru_list_pages(w, (enum lru_list)(active - 1)) <
	       lru_list_pages(w, (enum lru_list)active);
}

/* The share of a list's pages, in 200ths, that is looked at: as vm.swappiness
 * divides them while there is a choice. */
static u64 scan_share(const struct mmsim *w, unsigned list, unsigned priority)
{
	u64 swappiness = min_u64(w->knobs[KNOB_SWAPPINESS], 200);

	if (is_anon(list) && (!swap_has_room(w) || !swappiness))
		return 0;
	if (!priority || !swap_has_room(w))
		return 200;
	return is_anon(list) ? swappiness : 200 - swappiness;
}

static void scan_targets(const struct mmsim *w, unsigned priority, u64 *nr)
{
	unsigned list;

	for (list = 0; list < NR_LRU_LISTS; list++)
		nr[list] =
			(lru_list_pages(w, (enum lru_list)list) >> priority) *
			scan_share(w, list, priority) / 200;
}

static u64 shrink_some(struct shrink *sc, unsigned list)
{
	if (!is_active(list))
		return shrink_inactive(sc, (enum lru_list)list);
	return inactive_is_low(sc->w, list)
		       ? shrink_active(sc, (enum lru_list)list)
		       : 0;
}

/* Up to so many pages of a list: what is left of *nr then. */
static void scan_list(struct shrink *sc, unsigned list, u64 *nr, u64 goal)
{
	u64 batch = min_u64(*nr, SWAP_CLUSTER_MAX), done = 0, one;

	while (done < batch && sc->freed < goal && !sc->w->host.failed) {
		one = shrink_some(sc, list);
		if (!one) {
			*nr = 0;
			return;
		}
		done += one;
	}
	*nr -= min_u64(*nr, done);
	shrink_done(sc);
}

/* One round: each list in turn, as long as one of them has pages to look at. */
static void shrink_round(struct shrink *sc, unsigned priority, u64 goal)
{
	u64 nr[NR_LRU_LISTS];
	unsigned list;
	bool more = true;

	scan_targets(sc->w, priority, nr);
	while (more && sc->freed < goal && !sc->w->host.failed) {
		more = false;
		for (list = 0; list < NR_LRU_LISTS; list++) {
			if (nr[list])
				scan_list(sc, list, &nr[list], goal);
			more |= nr[list] && !is_active(list);
		}
	}
}

/* ---- folios that wait to be split ---- */

/* As many as are looked for at a time. */
#define MAX_WAITING 64

struct waiting {
	const struct phys *phys;
	u64 skip; /* before them: those that could not be split */
	unsigned nr;
	pfn_t pfn[MAX_WAITING];
};

static void note_waiting(pfn_t pfn, void *user)
{
	struct waiting *wait = user;

	if (!folio_order(wait->phys, pfn) || !folio_waits(wait->phys, pfn))
		return;
	if (wait->skip)
		wait->skip--;
	else if (wait->nr < MAX_WAITING)
		wait->pfn[wait->nr++] = pfn;
}

static struct waiting find_waiting(const struct mmsim *w, u64 skip)
{
	struct waiting wait = { .phys = &w->phys, .skip = skip };
	unsigned list;

	for (list = 0; list < NR_LRU_LISTS; list++)
		lru_list_for_each(w, (enum lru_list)list, note_waiting, &wait);
	return wait;
}

/* Pages of zeroes are as good as missing, of which khugepaged makes huge pages
 * as long as there are no more than that. */
static bool is_underused(const struct mmsim *w, pfn_t pfn)
{
	u64 may = w->knobs[KNOB_MAX_PTES_NONE], zero = 0, i;

	if (may >= HPAGE_PMD_NR - 1 ||
	    folio_order(&w->phys, pfn) != HPAGE_PMD_ORDER)
		return false;
	for (i = 0; i < HPAGE_PMD_NR && zero <= may; i++)
		zero += page_is_zero(&w->phys, pfn + i);
	return zero > may;
}

/* A huge page that is used is passed over once and for all. */
static void split_one_waiting(struct mmsim *w, pfn_t pfn)
{
	if (folio_is_partially_mapped(&w->phys, pfn)) {
		split_folio_for(w, 0, pfn);
		return;
	}
	if (is_underused(w, pfn) && split_folio_for(w, 0, pfn))
		w->obs.events[EV_underused_split]++;
	else
		folio_waits_no_more(&w->phys, pfn);
}

/*
 * What has lost the mappings of some of its pages is split, and those are free;
 * so is a huge page that holds little but zeroes. All such folios, once reclaim
 * has come to nothing before. Nothing of it counts as reclaimed. How many pages
 * became free.
 */
static u64 split_waiting(struct mmsim *w)
{
	u64 before = world_free_pages(w), kept = 0;
	struct waiting wait;
	unsigned i;

	if (!w->phys.nr_waiting)
		return 0;
	sim_trace(&w->obs, EV_deferred_scan, RULE_SPLIT_WAITING, 0, 0,
		  w->phys.nr_waiting, 0);
	do {
		wait = find_waiting(w, kept);
		for (i = 0; i < wait.nr && !w->host.failed; i++) {
			split_one_waiting(w, wait.pfn[i]);
			kept += folio_order(&w->phys, wait.pfn[i]) &&
				folio_waits(&w->phys, wait.pfn[i]);
		}
	} while (wait.nr == MAX_WAITING && !w->host.failed);
	return world_free_pages(w) - before;
}

/* kswapd wants pages to be free, whoever freed them. */
static void shrink_last_round(struct shrink *sc, u64 goal)
{
	u64 gained = split_waiting(sc->w);

	if (sc->kswapd)
		goal -= min_u64(goal, gained);
	if (sc->freed < goal)
		shrink_round(sc, 0, goal);
}

mm_static u64 shrink_lists(struct mmsim *w, u64 nr, bool kswapd)
{
	struct shrink sc = { .w = w, .aging = true, .kswapd = kswapd };
	unsigned priority;

	lru_add_drain(w);
	if (!lru_lists_begin(w))
		return 0;
	for (priority = DEF_PRIORITY; priority && sc.freed < nr; priority--)
		shrink_round(&sc, priority, nr);
	if (sc.freed < nr)
		shrink_last_round(&sc, nr);
	shrink_done(&sc);
	w->obs.events[kswapd ? EV_pgsteal_kswapd : EV_pgsteal] += sc.freed;
	return sc.freed;
}
