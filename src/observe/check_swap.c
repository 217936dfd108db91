/* SPDX-License-Identifier: MIT */
#include "observe/check_parts.h"

#include <stdlib.h>

#include "mm/file.h"
#include "phys/folio.h"
#include "swap/swap.h"

static struct swap_ref entry_slot(const struct check *c, u64 raw, u64 offset)
{
	const struct swp_layout *l = &c->w->rules.swp;

	return (struct swap_ref){
		(unsigned)(raw >> l->type_shift) & ((1u << l->type_bits) - 1),
		offset,
	};
}

static void note_swapped(struct check *c, struct swap_ref at, bool exclusive)
{
	size_t max = c->max_swapped ? 2 * c->max_swapped : 256;
	struct swapped *grown;

	if (c->nr_swapped == c->max_swapped) {
		grown = host_realloc(&c->w->host, c->swapped,
				     c->max_swapped * sizeof(*grown),
				     max * sizeof(*grown));
		if (!grown) {
			c->no_memory = true;
			return;
		}
		c->swapped = grown;
		c->max_swapped = max;
	}
	c->swapped[c->nr_swapped++] = (struct swapped){
		.at = at,
		.exclusive = exclusive,
	};
}

void check_swap_entry(struct check *c, const struct mmsim_entry *e)
{
	note_swapped(c, entry_slot(c, e->raw, e->pfn),
		     e->flags & MMSIM_E_EXCLUSIVE);
}

static void file_slot(struct swap_ref at, void *user)
{
	note_swapped(user, at, false);
}

static int compare_slots(struct swap_ref a, struct swap_ref b)
{
	if (a.type != b.type)
		return a.type < b.type ? -1 : 1;
	return a.offset < b.offset ? -1 : a.offset > b.offset;
}

static int slot_order(const void *a, const void *b)
{
	return compare_slots(((const struct swapped *)a)->at,
			     ((const struct swapped *)b)->at);
}

/* The entries of one slot, which come next: how many. */
static unsigned slot_entries(struct check *c, struct swap_ref at)
{
	unsigned nr = 0;
	bool exclusive = false;

	for (; c->swap_pos < c->nr_swapped &&
	       !compare_slots(c->swapped[c->swap_pos].at, at);
	     c->swap_pos++, nr++)
		exclusive |= c->swapped[c->swap_pos].exclusive;
	if (exclusive && nr > 1)
		check_broken(
			c, INV_SWAP_EXCLUSIVE,
			"device %u, slot %llu: exclusive, and in %u entries",
			at.type, ADDR(at.offset), nr);
	return nr;
}

/* An entry of a slot that is free. */
static void stray_entries(struct check *c, struct swap_ref before, bool all)
{
	for (; c->swap_pos < c->nr_swapped &&
	       (all || compare_slots(c->swapped[c->swap_pos].at, before) < 0);
	     c->swap_pos++)
		check_broken(c, INV_SWAP_COUNT,
			     "device %u, slot %llu: free, and in an entry",
			     c->swapped[c->swap_pos].at.type,
			     ADDR(c->swapped[c->swap_pos].at.offset));
}

static void check_cached(struct check *c, struct swap_ref at, pfn_t pfn)
{
	const struct page *folio = folio_page(&c->w->phys, pfn);
	struct swap_ref own;

	add_use(c, pfn, USE_OTHER);
	if (!page_test(folio, PG_swapcache)) {
		check_broken(c, INV_SWAP_CACHE,
			     "device %u, slot %llu: pfn 0x%llx is not marked",
			     at.type, ADDR(at.offset), ADDR(pfn));
		return;
	}
	own = folio_swap_ref(c->w, pfn);
	if (compare_slots(own, at))
		check_broken(
			c, INV_SWAP_CACHE,
			"device %u, slot %llu: pfn 0x%llx has slot %llu of %u",
			at.type, ADDR(at.offset), ADDR(pfn), ADDR(own.offset),
			own.type);
}

static void check_slot(struct swap_ref at, unsigned count, pfn_t cache,
		       void *user)
{
	struct check *c = user;
	unsigned found;

	stray_entries(c, at, false);
	found = slot_entries(c, at);
	if (found != count)
		check_broken(c, INV_SWAP_COUNT,
			     "device %u, slot %llu: count %u, found %u",
			     at.type, ADDR(at.offset), count, found);
	if (!count && cache == PFN_NONE)
		check_broken(c, INV_SWAP_COUNT,
			     "device %u, slot %llu: in use for nothing",
			     at.type, ADDR(at.offset));
	if (cache != PFN_NONE)
		check_cached(c, at, cache);
}

static void check_more(pfn_t pfn, void *user)
{
	add_use(user, pfn, USE_OTHER);
}

void check_swap(struct check *c)
{
	struct swap_ref none = { 0, 0 };
	const struct mmsim_file *file;

	LIST_FOREACH(file, &c->w->files, link)
		file_for_each_slot(file, file_slot, c);

	if (c->nr_swapped)
		qsort(c->swapped, c->nr_swapped, sizeof(*c->swapped),
		      slot_order);
	swap_for_each_slot(c->w, check_slot, c);
	stray_entries(c, none, true);
	swap_for_each_more(c->w, check_more, c);
}
