/* SPDX-License-Identifier: MIT */
/*
 * Reclaim, on demand and because memory is short (docs/reclaim.md).
 */
#ifndef MM_RECLAIM_H
#define MM_RECLAIM_H

#include "core/world.h"

static inline u64 world_free_pages(const struct mmsim *w)
{
	u64 nr = 0;
	unsigned n;

	for (n = 0; n < w->phys.nr_nodes; n++)
		nr += w->phys.node[n].nr_free;
	return nr;
}

/* Whether no node has as many free pages as its low watermark. */
static inline bool world_is_short(const struct mmsim *w)
{
	const struct phys *phys = &w->phys;
	unsigned n;

	if (likely(phys->node[0].nr_free >= phys->low_pages))
		return false;
	for (n = 1; n < phys->nr_nodes; n++)
		if (phys->node[n].nr_free >= phys->low_pages)
			return false;
	return true;
}

void reclaim_room(struct mmsim *w);

/* There was no page for somebody who holds no lock: whether there is now. */
bool reclaim_for_page(struct mmsim *w);

/* The low watermark, when memory or its knob changes. */
void reclaim_set_watermarks(struct mmsim *w);

/**
 * do_reclaim() - free pages that were not used for longest, as writing to
 * memory.reclaim does.
 * @nr: pages.
 * @freed: how many they were.
 *
 * Return: 0; -EAGAIN: fewer than asked for, but what was freed is.
 */
int do_reclaim(struct mmsim *w, u64 nr, u64 *freed);

/**
 * mm_make_room() - called before something that takes a page or a few, while
 * nothing is half done: entries of any process may change.
 *
 * Below the low watermark kswapd's work is done here, at once; if next to
 * nothing is left the caller reclaims for itself.
 */
static inline void mm_make_room(struct mmsim *w)
{
	if (unlikely(world_is_short(w)))
		reclaim_room(w);
}

#endif
