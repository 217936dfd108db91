/* SPDX-License-Identifier: MIT */
#include "swap/swap.h"

#include <errno.h>

#include "core/assert.h"
#include "mm/lru.h"
#include "phys/folio.h"
#include "swap/device.h"

/* ---- counts (section 6.2) ---- */

bool swap_dup(struct mmsim *w, struct swap_ref at, u64 nr)
{
	const u32 max = w->swap->dev[at.type].count_max;
	struct swap_slot *slot = swap_slots(w, at);
	struct swap_ref one = at;
	u64 i;

	for (i = 0; i < nr; i++, one.offset++)
		if (unlikely(slot[i].count >= max) && !swap_extend(w, one))
			return false;
	for (i = 0; i < nr; i++, at.offset++) {
		if (likely(slot[i].count < max))
			slot[i].count++;
		else
			swap_count_set(w, at, swap_count(w, at) + 1);
	}
	return true;
}

void swap_put(struct mmsim *w, struct swap_ref at, u64 nr)
{
	unsigned count;

	for (; nr; nr--, at.offset++) {
		count = swap_count(w, at);
		mm_assert(count);
		swap_count_set(w, at, --count);
		if (!count && swap_cache_find(w, at) == PFN_NONE)
			swap_slot_free(w, at.type, at.offset);
	}
}

bool swap_in_use(const struct mmsim *w, struct swap_ref at)
{
	const struct swap_device *dev = &w->swap->dev[at.type];

	return dev->on && dev->clusters[at.offset >> dev->cluster_order] &&
	       swap_slots(w, at)->taken;
}

void swap_put_and_cache(struct mmsim *w, struct swap_ref at, u64 nr)
{
	struct swap_ref one;
	pfn_t pfn;
	u64 i;

	for (i = 0; i < nr; i++) {
		one = (struct swap_ref){ at.type, at.offset + i };
		pfn = swap_cache_find(w, one);
		swap_put(w, one, 1);
		if (pfn != PFN_NONE)
			free_swap_cache(w, pfn);
	}
}

/* ---- the swap cache ---- */

struct swap_ref folio_swap_ref(const struct mmsim *w, pfn_t pfn)
{
	struct folio_view f = folio_view(&w->phys, pfn);
	struct swap_ref ref = swap_ref_of(w, f.pfn);

	ref.offset += pfn - f.pfn;
	return ref;
}

pfn_t swap_cache_find(const struct mmsim *w, struct swap_ref at)
{
	const struct swap_cluster *cluster = swap_cluster(w, at);
	pfn_t pfn = cluster->cache ? cluster->cache[swap_index(w, at)] : 0;

	return pfn ? pfn : PFN_NONE;
}

bool swap_cache_add(struct mmsim *w, pfn_t pfn, struct swap_ref at)
{
	struct folio_view f = folio_view(&w->phys, pfn);
	u64 nr = BIT_U64(f.order), i;
	pfn_t *cache;

	if (!swap_may_cache(w, at) || !swap_ref_set(w, pfn, at))
		return false;
	cache = swap_cached(w, at);
	for (i = 0; i < nr; i++) {
		mm_assert(!cache[i]);
		cache[i] = pfn + i;
	}
	page_set(f.page, PG_swapcache);
	f.page->refcount += (s32)nr;
	return true;
}

bool folio_alloc_swap(struct mmsim *w, pfn_t pfn)
{
	unsigned order = folio_order(&w->phys, pfn);
	struct swap_ref at;

	if (!swap_alloc_slots(w, order, &at))
		return false;
	if (swap_cache_add(w, pfn, at)) {
		page_set(folio_page(&w->phys, pfn), PG_dirty);
		return true;
	}
	swap_free_slots(w, at, BIT_U64(order));
	return false;
}

bool swap_cache_replace(struct mmsim *w, pfn_t from, pfn_t to)
{
	struct page *old = folio_page(&w->phys, from);
	struct page *new = folio_page(&w->phys, to);
	u64 nr = folio_nr_pages(&w->phys, from), i;
	struct swap_ref at = swap_ref_of(w, from);
	pfn_t *cache = swap_cached(w, at);

	if (!swap_ref_set(w, to, at))
		return false;
	for (i = 0; i < nr; i++)
		cache[i] = to + i;
	swap_ref_clear(w, from);
	page_clear(old, PG_swapcache);
	page_set(new, PG_swapcache);
	old->refcount -= (s32)nr;
	new->refcount += (s32)nr;
	return true;
}

void swap_cache_del(struct mmsim *w, pfn_t pfn)
{
	struct folio_view f = folio_view(&w->phys, pfn);
	struct swap_ref at = swap_ref_of(w, f.pfn);
	u64 nr = BIT_U64(f.order), i;
	struct swap_slot *slot;

	for (i = 0; i < nr; i++, at.offset++) {
		slot = swap_slots(w, at);
		mm_assert(*swap_cached(w, at) == f.pfn + i);
		*swap_cached(w, at) = 0;
		slot->ahead = false;
		if (!slot->count)
			swap_slot_free(w, at.type, at.offset);
	}
	swap_ref_clear(w, f.pfn);
	page_clear(f.page, PG_swapcache);
	world_put_folio(w, f.pfn, (s32)nr);
}

bool swap_cache_split(struct mmsim *w, pfn_t head, u64 nr)
{
	struct swap_ref at = swap_ref_of(w, head), one;
	u64 i;

	for (i = 1; i < nr; i++) {
		one = (struct swap_ref){ at.type, at.offset + i };
		if (!swap_ref_set(w, head + i, one))
			return false;
	}
	return true;
}

static bool entries_refer_to(const struct mmsim *w, const struct folio_view *f)
{
	const struct swap_slot *slot = swap_slots(w, swap_ref_of(w, f->pfn));
	u64 i;

	for (i = 0; i < BIT_U64(f->order); i++)
		if (slot[i].count)
			return true;
	return false;
}

bool folio_free_swap(struct mmsim *w, pfn_t pfn)
{
	struct folio_view f = folio_view(&w->phys, pfn);

	if (!page_test(f.page, PG_swapcache) || entries_refer_to(w, &f))
		return false;
	sim_trace(&w->obs, EV_swap_free, RULE_NONE, 0, 0, pfn, 0);
	page_set(f.page, PG_dirty);
	swap_cache_del(w, pfn);
	return true;
}

void free_swap_cache(struct mmsim *w, pfn_t pfn)
{
	if (!folio_mapcount(&w->phys, folio_pfn(&w->phys, pfn)))
		(void)folio_free_swap(w, pfn);
}

/* ---- input and output ---- */

static bool slot_is_zero(const struct mmsim *w, struct swap_ref at)
{
	u32 flags = slot_flags(swap_slots(w, at));
	struct saved_contents saved;

	if (!contents_zero(flags) || contents_in_flags(flags))
		return contents_zero(flags);
	saved = swap_slot_saved(w, at);
	return saved_is_zero(&w->phys, &saved);
}

/* A folio needs no output if all of it is zeroes, not a part. */
static bool needs_no_output(const struct mmsim *w, struct swap_ref at, u64 nr)
{
	u64 i;

	if (!feat(w, FEAT_SWAP_ZEROMAP))
		return false;
	for (i = 0; i < nr; i++, at.offset++)
		if (!slot_is_zero(w, at))
			return false;
	return true;
}

/* What the slot held before is replaced. */
static int save_page(struct mmsim *w, pfn_t pfn, struct swap_ref at)
{
	struct saved_contents saved = swap_slot_saved(w, at);
	int rc = page_save_contents(&w->phys, pfn, &saved);

	if (rc)
		return rc;
	if (swap_slot_save(w, at, &saved))
		return 0;
	saved_contents_drop(&w->phys, &saved);
	return -ENOMEM;
}

/* The pages' contents: the struct pages of most folios speak of them. */
static int save_folio(struct mmsim *w, const struct folio_view *f,
		      struct swap_ref at)
{
	bool whole = block_is_whole(pfn_to_block(&w->phys, f->pfn));
	const struct page *page = pfn_to_page(&w->phys, f->pfn);
	struct swap_slot *slot = swap_slots(w, at);
	u64 i;
	int rc;

	for (i = 0; i < BIT_U64(f->order); i++, at.offset++) {
		if (!whole && contents_in_flags(page[i].flags) &&
		    contents_in_flags(slot_flags(&slot[i]))) {
			slot[i].contents = slot_contents(page[i].flags);
			continue;
		}
		rc = save_page(w, f->pfn + i, at);
		if (rc)
			return rc;
	}
	return 0;
}

int swap_write_folio(struct mmsim *w, pfn_t pfn, bool *zero)
{
	struct folio_view f = folio_view(&w->phys, pfn);
	struct swap_ref at = swap_ref_of(w, f.pfn);
	struct swap_slot *slot = swap_slots(w, at);
	u64 nr = BIT_U64(f.order), i;
	int rc = save_folio(w, &f, at);

	if (rc)
		return rc;
	*zero = needs_no_output(w, at, nr);
	for (i = 0; i < nr; i++)
		slot[i].zero = *zero;
	return 0;
}

int swap_read(struct mmsim *w, struct swap_ref at, pfn_t pfn, u64 nr)
{
	struct saved_contents saved;
	u64 i;
	int rc;

	for (i = 0; i < nr; i++, at.offset++) {
		saved = swap_slot_saved(w, at);
		rc = page_load_contents(&w->phys, pfn + i, &saved);
		if (rc)
			return rc;
	}
	return 0;
}

pfn_t swap_read_page(struct mmsim *w, struct swap_ref at)
{
	pfn_t pfn = phys_alloc(&w->phys, 0, numa_node_id(w));
	struct page *page;

	if (pfn == PFN_NONE)
		return pfn;
	page = pfn_to_page(&w->phys, pfn);
	if (swap_read(w, at, pfn, 1)) {
		world_put_page(w, page);
		return PFN_NONE;
	}
	sim_trace(&w->obs, EV_page_alloc, RULE_NONE, 0, 0, 0, pfn);
	w->obs.events[swap_is_zero(w, at) ? EV_swpin_zero : EV_pswpin]++;
	page_set(page, PG_swapbacked);
	folio_add_lru(w, page);
	return pfn;
}

bool swap_read_ahead(struct mmsim *w, struct swap_ref at)
{
	pfn_t pfn;
	bool added;

	if (swap_cache_find(w, at) != PFN_NONE)
		return false;
	pfn = swap_read_page(w, at);
	if (pfn == PFN_NONE)
		return false;
	added = swap_cache_add(w, pfn, at);
	world_put_folio(w, pfn, 1);
	return added;
}

bool swap_is_zero(const struct mmsim *w, struct swap_ref at)
{
	return swap_slot(w, at, 0)->zero;
}
