/* SPDX-License-Identifier: MIT */
/*
 * Counts that do not fit where a slot has its own (semantics-rmap-swap.md 6.2).
 *
 * Up to 6.19 a slot has a byte of the map, which counts to 0x3e. A page beside
 * each page of the map gives each of its slots another digit, to base 128; the
 * byte is then one to base 63. From 7.0 on a slot has four bits, the greatest
 * of which says that the count is in a table beside the cluster's.
 *
 * What was added stays until the device goes.
 */
#include "mm/lru.h"
#include "swap/device.h"

#define MAP_BASE      63 /* 0 to 0x3e */
#define MAP_MORE_BASE 128
#define TABLE_BASE    15
#define TABLE_MORE    BIT_U64(32)

_Static_assert(MAP_BASE < SLOT_MANY, "what is greater comes here first");

/* Slots whose counts grow together. */
static u64 group_of(const struct mmsim *w, const struct swap_device *dev,
		    u64 offset)
{
	return feat(w, FEAT_SWAP_COUNT_TABLE) ? offset >> dev->cluster_order
					      : offset >> w->phys.page_shift;
}

u32 swap_count_max(const struct mmsim *w)
{
	return (feat(w, FEAT_SWAP_COUNT_TABLE) ? TABLE_BASE : MAP_BASE) - 1;
}

/* The greatest count with so many pages beside. */
static u64 max_with(const struct mmsim *w, unsigned pages)
{
	u64 base = MAP_BASE;

	if (feat(w, FEAT_SWAP_COUNT_TABLE))
		return pages ? TABLE_MORE - 1 : TABLE_BASE - 1;
	for (; pages && base < TABLE_MORE; pages--)
		base *= MAP_MORE_BASE;
	return min_u64(base, TABLE_MORE) - 1;
}

static unsigned group_pages(const struct swap_device *dev, u64 group)
{
	const struct swap_more *more;
	unsigned nr = 0;

	LIST_FOREACH(more, &dev->more, link)
		nr += more->group == group;
	return nr;
}

static bool add_page(struct mmsim *w, struct swap_device *dev, u64 group)
{
	struct swap_more *more = host_alloc(&w->host, sizeof(*more));

	if (!more)
		return false;
	more->group = group;
	more->pfn = phys_alloc(&w->phys, 0, 0);
	if (more->pfn == PFN_NONE) {
		host_free(&w->host, more, sizeof(*more));
		return false;
	}
	sim_trace(&w->obs, EV_page_alloc, RULE_NONE, 0, 0, 0, more->pfn);
	LIST_INSERT_HEAD(&dev->more, more, link);
	return true;
}

bool swap_extend(struct mmsim *w, struct swap_ref at)
{
	struct swap_device *dev = &w->swap->dev[at.type];
	u64 group = group_of(w, dev, at.offset);
	u64 max = max_with(w, group_pages(dev, group));
	u32 count = swap_count(w, at);

	return (count + 1 < SLOT_MANY || swap_may_count(w, at)) &&
	       (count < max || add_page(w, dev, group));
}

void swap_more_drop(struct mmsim *w, struct swap_device *dev)
{
	struct swap_more *more;

	while ((more = LIST_FIRST(&dev->more))) {
		LIST_REMOVE(more, link);
		world_put_folio(w, more->pfn, 1);
		host_free(&w->host, more, sizeof(*more));
	}
}

void swap_for_each_more(const struct mmsim *w,
			void (*fn)(pfn_t pfn, void *user), void *user)
{
	const struct swap_more *more;
	int type;

	for (type = swap_next_type(w, 0); type >= 0;
	     type = swap_next_type(w, (unsigned)type + 1))
		LIST_FOREACH(more, &w->swap->dev[type].more, link)
			fn(more->pfn, user);
}
