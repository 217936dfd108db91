/* SPDX-License-Identifier: MIT */
/*
 * Swap readahead: how far it goes, and the neighbours by slot.
 *
 * vm.page-cluster and swap/vma_ra_enabled are documented; how far a read goes
 * was seen on 6.18 (docs/divergences.md).
 */
#include "core/config.h"
#include "swap/device.h"

#define HITS_AT_FIRST	 4 /* as good as any from 3 to 6 */
#define MAX_PAGE_CLUSTER 31

bool swap_ahead_by_vma(const struct mmsim *w)
{
	unsigned i;

	for (i = 0; i < w->swap->nr_types; i++)
		if (w->swap->dev[i].on && w->swap->dev[i].kind == SWAP_DISK)
			return false;
	return w->knobs[KNOB_SWAP_VMA_AHEAD];
}

bool swap_ahead_allowed(const struct mmsim *w, struct swap_ref at)
{
	return !swap_is_synchronous(w, at.type) ||
	       (!feat(w, FEAT_SWAP_COUNT_TABLE) && swap_count(w, at) > 1);
}

void swap_ahead_begin(struct swap_ahead *s)
{
	if (s->begun)
		return;
	s->begun = true;
	s->hits = HITS_AT_FIRST;
}

static unsigned power_from(unsigned nr)
{
	unsigned pages = 4;

	while (pages < nr)
		pages *= 2;
	return pages;
}

/* Two more than were of use; where none was, only beside the last one. */
static unsigned wanted(const struct swap_ahead *s, u64 at)
{
	if (s->hits)
		return power_from(s->hits + 2);
	return at == s->at + 1 || at + 1 == s->at ? 2 : 1;
}

unsigned swap_ahead_window(struct swap_ahead *s, u64 at, unsigned max)
{
	unsigned pages = wanted(s, at);

	if (pages > max)
		pages = max;
	/* It shrinks by halves. */
	if (pages < s->window / 2)
		pages = s->window / 2;
	s->window = pages;
	s->hits = 0;
	return pages;
}

void swap_ahead_read(struct mmsim *w, struct swap_ref at)
{
	if (!swap_in_use(w, at) || !swap_read_ahead(w, at))
		return;
	swap_slot(w, at, 0)->ahead = true;
	w->obs.events[EV_swap_ra]++;
}

/* The window round a slot. The slot itself counts as the last one only if no
 * hit decided. With vm.page-cluster 0 nothing is noted. */
static u64 cluster_window(struct mmsim *w, struct swap_ref at)
{
	u64 shift = min_u64(w->knobs[KNOB_PAGE_CLUSTER], MAX_PAGE_CLUSTER);
	struct swap_ahead *s = &w->swap->ahead;
	bool by_hits;
	u64 pages;

	if (!shift)
		return 1;
	swap_ahead_begin(s);
	by_hits = s->hits;
	pages = swap_ahead_window(s, at.offset, 1u << shift);
	if (!by_hits)
		s->at = at.offset;
	return pages;
}

void swap_ahead_cluster(struct mmsim *w, struct swap_ref at)
{
	u64 pages = cluster_window(w, at), first, end;
	struct swap_ref one = at;

	if (pages == 1)
		return;
	first = align_down(at.offset, pages);
	end = min_u64(first + pages, w->swap->dev[at.type].pages);
	for (one.offset = max_u64(first, 1); one.offset < end; one.offset++)
		if (one.offset != at.offset)
			swap_ahead_read(w, one);
}

bool swap_ahead_used(struct mmsim *w, struct swap_ref at)
{
	struct swap_slot *slot = swap_slot(w, at, 0);

	if (!slot->ahead)
		return false;
	slot->ahead = false;
	w->obs.events[EV_swap_ra_hit]++;
	return true;
}

void swap_ahead_cluster_used(struct mmsim *w, struct swap_ref at)
{
	if (!swap_ahead_used(w, at))
		return;
	swap_ahead_begin(&w->swap->ahead);
	w->swap->ahead.hits++;
}
