/* SPDX-License-Identifier: MIT */
#include "mm/reclaim.h"

#include <errno.h>

#include "core/backend.h"
#include "swap/swap.h"

/* In vain as often as this, and it is given up. */
#define MAX_RETRIES 16

static u64 reclaim_until(struct mmsim *w, u64 nr)
{
	unsigned tries = 0;
	u64 freed = 0, one;

	while (freed < nr && tries < MAX_RETRIES && !w->host.failed) {
		one = w->be->reclaim(w, nr - freed, false);
		freed += one;
		tries = one ? 0 : tries + 1;
	}
	return freed;
}

int do_reclaim(struct mmsim *w, u64 nr, u64 *freed)
{
	sim_trace(&w->obs, EV_reclaim, RULE_NONE, 0, 0, nr, 0);
	*freed = reclaim_until(w, nr);
	if (w->unsupported)
		return -EOPNOTSUPP;
	return *freed < nr ? -EAGAIN : 0;
}

/* ---- because memory is short ---- */

/* What a fault takes at most: tables of each level, a page, and its copy. */
#define ROOM_PAGES 8
#define SCALE_UNIT 10000u

void reclaim_set_watermarks(struct mmsim *w)
{
	u64 scale = min_u64(w->knobs[KNOB_WATERMARK_SCALE], 1000);

	w->phys.low_pages =
		max_u64(w->phys.node_pages * scale / SCALE_UNIT, ROOM_PAGES);
}

/* Without a device, or anything that needs none, there is nothing to do. */
static bool may_reclaim(const struct mmsim *w)
{
	return w->lru.may_drop || w->phys.nr_waiting || swap_has_room(w);
}

/* Up to the high watermark; after a while in vain only others free pages. */
static void run_kswapd(struct mmsim *w)
{
	u64 high = 2 * w->phys.low_pages * w->phys.nr_nodes, freed;

	if (w->lru.failures >= MAX_RETRIES)
		return;
	sim_trace(&w->obs, EV_kswapd, RULE_KSWAPD, 0, 0, world_free_pages(w),
		  high);
	freed = w->be->reclaim(w, high - world_free_pages(w), true);
	w->lru.failures = freed ? 0 : w->lru.failures + 1;
}

bool reclaim_for_page(struct mmsim *w)
{
	if (w->host.failed || world_free_pages(w))
		return false;
	sim_trace(&w->obs, EV_allocstall, RULE_DIRECT_RECLAIM, 0, 0, 0, 0);
	if (may_reclaim(w))
		reclaim_until(w, ROOM_PAGES);
	/* Splitting frees pages, but counts for nothing. */
	return world_free_pages(w);
}

void reclaim_room(struct mmsim *w)
{
	bool may = may_reclaim(w);

	if (may)
		run_kswapd(w);
	if (world_free_pages(w) >= ROOM_PAGES || w->host.failed)
		return;
	sim_trace(&w->obs, EV_allocstall, RULE_DIRECT_RECLAIM, 0, 0,
		  world_free_pages(w), 0);
	if (may && reclaim_until(w, ROOM_PAGES))
		w->lru.failures = 0;
}
