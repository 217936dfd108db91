/* SPDX-License-Identifier: MIT */
#include "swap/reclaim.h"

#include "mm/file.h"
#include "mm/lru.h"
#include "mm/mthp.h"
#include "mm/pin.h"
#include "pte/huge.h"
#include "rmap/referenced.h"
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

/* It had PG_lru. */
static void take_off_lru(struct mmsim *w, const struct folio_view *f)
{
	if (unlikely(w->lru.on))
		lru_list_del(w, f->pfn);
	page_clear(f->page, PG_lru);
	f->page->refcount++;
}

mm_static void isolate_lru(struct mmsim *w, pfn_t pfn)
{
	const struct folio_view f = folio_view(&w->phys, pfn);

	take_off_lru(w, &f);
}

mm_static void folio_isolate_lru(struct mmsim *w, struct reclaim_list *list,
				 const struct folio_view *f)
{
	mm_assert(list->nr < list->max);
	page_clear(f->page, PG_referenced);
	take_off_lru(w, f);
	list->pfn[list->nr++] = f->pfn;
}

mm_static void folio_putback_lru(struct mmsim *w, pfn_t pfn)
{
	if (folio_order(&w->phys, pfn))
		folio_add_lru_large(w, pfn);
	else
		folio_add_lru(w, folio_page(&w->phys, pfn));
	world_put_folio(w, pfn, 1);
}

/* ---- one folio ---- */

/* What becomes of one: it is freed; it stays, as one that is not used or as
 * one that is; it stays until it is written; it is split first. */
enum fate { FATE_FREED, FATE_KEPT, FATE_BUSY, FATE_WRITTEN, FATE_SPLIT };

/* References that the swap cache and the caller have: nobody else's may be. */
static bool only_ours(const struct folio_view *f)
{
	u64 cache = page_test(f->page, PG_swapcache) ? BIT_U64(f->order) : 0;

	return (u64)f->page->refcount == 1 + cache;
}

/* A CPU may write to them until they are flushed. */
static void free_batch(struct shrink *sc)
{
	unsigned i;

	try_to_unmap_flush(sc->w, &sc->unmap);
	for (i = 0; i < sc->nr_batch; i++)
		world_put_folio(sc->w, sc->batch[i], 1);
	sc->nr_batch = 0;
}

/* Freed, by the caller's reference, which is the last; with others, while a
 * flush is put off. */
static bool free_folio(struct shrink *sc, const struct folio_view *f)
{
	if (!only_ours(f))
		return false;
	if (page_test(f->page, PG_swapcache))
		swap_cache_del(sc->w, f->pfn);
	sc->batch[sc->nr_batch++] = f->pfn;
	if (!sc->unmap.pending || sc->nr_batch == FOLIO_BATCH_MAX)
		free_batch(sc);
	return true;
}

static void shrink_trace(struct shrink *sc, enum sim_event_type ev,
			 enum sim_rule rule, pfn_t pfn)
{
	sim_trace(&sc->w->obs, ev, rule, sc->pid, 0, 0, pfn);
}

static void count_swpout(struct mmsim *w, unsigned order)
{
	w->obs.events[EV_pswpout] += BIT_U64(order);
	w->obs.events[EV_thp_swpout] += order == HPAGE_PMD_ORDER;
	mthp_count(w, order, MTHP_SWPOUT);
}

/*
 * Write a folio that nothing maps any more. Zeroes need no device from 6.12
 * on; a synchronous one is done when it returns; any other is still at it, so
 * the folio stays where it is.
 */
static enum fate pageout(struct shrink *sc, const struct folio_view *f)
{
	struct mmsim *w = sc->w;
	bool zero;

	if (!only_ours(f))
		return FATE_KEPT;
	try_to_unmap_flush_dirty(w, &sc->unmap);
	if (swap_write_folio(w, f->pfn, &zero))
		return FATE_KEPT;
	page_clear(f->page, PG_dirty);
	shrink_trace(sc, EV_swap_writepage,
		     zero ? RULE_SWAPOUT_ZERO : RULE_SWAPOUT, f->pfn);
	if (zero) {
		w->obs.events[EV_swpout_zero] += BIT_U64(f->order);
		return FATE_FREED;
	}
	count_swpout(w, f->order);
	return swap_is_synchronous(w, folio_swap_ref(w, f->pfn).type)
		       ? FATE_FREED
		       : FATE_WRITTEN;
}

static s32 view_mapcount(const struct mmsim *w, const struct folio_view *f)
{
	return f->order ? folio_counts(&w->phys, f->pfn)->large_mapcount
			: f->page->mapcount;
}

/* A huge entry that is split on the way spreads the folio. */
static bool unmap_folio(struct shrink *sc, struct folio_view *f)
{
	struct mmsim *w = sc->w;

	sc->unmap.flags = TTU_BATCH_FLUSH;
	if (f->order == HPAGE_PMD_ORDER)
		sc->unmap.flags |= TTU_SPLIT_HUGE_PMD;
	if (!view_mapcount(w, f))
		return true;
	try_to_unmap(w, f->pfn, &sc->unmap);
	*f = folio_view(&w->phys, f->pfn);
	return !view_mapcount(w, f);
}

/*
 * Slots for a page of shared memory. Where a large folio has to wait for the
 * device, does not get them as a whole, or reaches beyond the end of its file,
 * what comes next is not modelled.
 */
static bool give_shmem_slots(struct mmsim *w, pfn_t pfn)
{
	bool large = folio_order(&w->phys, pfn), got = false;

	if (!large || !file_folio_past_end(w, pfn))
		got = folio_alloc_swap(w, pfn);
	if (!large ||
	    (got && swap_is_synchronous(w, folio_swap_ref(w, pfn).type)))
		return got;
	if (got || swap_has_room(w))
		w->unsupported = "a folio of shared memory on this swap device";
	if (got)
		(void)folio_free_swap(w, pfn);
	return false;
}

/*
 * Shared memory: what was written goes to a swap device, and its file has the
 * slot instead; what was only read holds zeroes and goes.
 *
 * Return: whether its file has let go of the page.
 */
static bool leave_file(struct shrink *sc, const struct folio_view *f)
{
	struct mmsim *w = sc->w;

	if ((u64)f->page->refcount != 1 + BIT_U64(f->order))
		return false;
	if (!page_test(f->page, PG_swapbacked))
		return file_drop_clean(w, f->pfn);
	if (!page_test(f->page, PG_dirty)) {
		file_forget_folio(w, f->pfn);
		return true;
	}
	if (!give_shmem_slots(w, f->pfn))
		return false;
	shrink_trace(sc, EV_add_to_swap, RULE_SWAPOUT, f->pfn);
	file_swap_out(w, f->pfn);
	return true;
}

/* It has slots, or needs none. */
static enum fate reclaim_with_slots(struct shrink *sc, struct folio_view *f)
{
	enum fate fate = FATE_FREED;

	if (!unmap_folio(sc, f))
		return FATE_BUSY;
	if (f->page->mapping && !PageAnon(f->page) && !leave_file(sc, f))
		return FATE_KEPT;
	if (page_test(f->page, PG_swapbacked) && page_test(f->page, PG_dirty))
		fate = pageout(sc, f);
	if (fate != FATE_FREED)
		return fate;
	return free_folio(sc, f) ? FATE_FREED : FATE_KEPT;
}

/* Up to 6.9 only what one huge entry maps was swapped out whole; since then
 * all but what has lost the mappings of some of its pages. */
static bool whole_allowed(const struct mmsim *w, const struct folio_view *f)
{
	if (!f->order)
		return true;
	if (feat(w, FEAT_SWAPOUT_LARGE))
		return !folio_is_partially_mapped(&w->phys, f->pfn);
	return folio_counts(&w->phys, f->pfn)->entire_mapcount;
}

/* Slots for what is in no swap cache yet: FATE_FREED: it has them. */
static enum fate give_slots(struct shrink *sc, const struct folio_view *f)
{
	struct mmsim *w = sc->w;

	if (folio_maybe_dma_pinned(w, f->pfn))
		return FATE_KEPT;
	if (!whole_allowed(w, f))
		return FATE_SPLIT;
	if (folio_alloc_swap(w, f->pfn)) {
		shrink_trace(sc, EV_add_to_swap, RULE_SWAPOUT, f->pfn);
		return FATE_FREED;
	}
	if (!f->order || w->host.failed)
		return FATE_BUSY;
	mthp_count(w, f->order, MTHP_SWPOUT_FALLBACK);
	w->obs.events[EV_thp_swpout_fallback] += f->order == HPAGE_PMD_ORDER;
	return FATE_SPLIT;
}

/* ---- use (docs/reclaim.md) ---- */

static bool is_swapped(const struct page *folio)
{
	return PageAnon(folio) && page_test(folio, PG_swapbacked);
}

/*
 * What was used since somebody looked: once, it stays for another round;
 * twice or through two mappings it is active. What cannot be unmapped because
 * it is locked stays too.
 */
static enum fate folio_check_references(struct shrink *sc, pfn_t pfn)
{
	struct page *folio = folio_page(&sc->w->phys, pfn);
	bool before = page_test(folio, PG_referenced);
	u64 vm_flags = 0;
	unsigned used = folio_referenced(sc->w, pfn, &vm_flags);

	page_clear(folio, PG_referenced);
	if (vm_flags & VM_LOCKED)
		return FATE_BUSY;
	if (!used)
		return FATE_FREED;
	page_set(folio, PG_referenced);
	if (before || used > 1 ||
	    (vm_flags & VM_EXEC && !page_test(folio, PG_swapbacked)))
		return FATE_BUSY;
	shrink_trace(sc, EV_reclaim_keep, RULE_RECLAIM_USED, pfn);
	return FATE_KEPT;
}

/* Until shared memory was swapped out in large folios, those were split before
 * anything else. */
static bool splits_file_first(const struct mmsim *w, const struct folio_view *f)
{
	return f->order && f->page->mapping && !PageAnon(f->page) &&
	       !feat(w, FEAT_SHMEM_SWAP_LARGE);
}

static enum fate shrink_folio(struct shrink *sc, struct folio_view *f)
{
	enum fate fate = FATE_FREED;

	if (sc->aging)
		fate = folio_check_references(sc, f->pfn);
	if (fate == FATE_FREED && splits_file_first(sc->w, f))
		return FATE_SPLIT;
	if (fate == FATE_FREED && is_swapped(f->page) &&
	    !page_test(f->page, PG_swapcache))
		fate = give_slots(sc, f);
	return fate == FATE_FREED ? reclaim_with_slots(sc, f) : fate;
}

/* A page of a folio that has been split is still used: it is mapped, or its
 * file has it. */
static bool is_left(const struct page *page)
{
	return page->mapcount ||
	       (page->refcount && page->mapping && !PageAnon(page));
}

/*
 * The pages of a folio that has been split, those that are left of it.
 * Slots are handed out from the first page up until 6.19, since then from the
 * last one down behind the first.
 */
static void shrink_pages(struct shrink *sc, pfn_t head, u64 nr)
{
	bool from_end = feat(sc->w, FEAT_SPLIT_FROM_END);
	struct page *page;
	u64 i, at;

	for (i = 0; i < nr; i++) {
		at = from_end && i ? nr - i : i;
		page = pfn_to_page(&sc->w->phys, head + at);
		if (!is_left(page))
			continue;
		page->refcount++;
		shrink_one(sc, head + at);
	}
}

/* What was written is done with at once, and next. */
static void putback_folio(struct shrink *sc, pfn_t pfn, enum fate fate)
{
	struct mmsim *w = sc->w;

	if (!sc->aging) {
		folio_putback_lru(w, pfn);
		return;
	}
	page_set(folio_page(&w->phys, pfn), PG_lru);
	if (fate == FATE_WRITTEN)
		lru_list_add_coldest(w, pfn);
	else
		lru_list_add(w, pfn, fate == FATE_BUSY);
	if (fate == FATE_BUSY)
		shrink_trace(sc, EV_pgactivate, RULE_RECLAIM_ACTIVATE, pfn);
	world_put_folio(w, pfn, 1);
}

/* The reference that keeps it would keep it from being split. */
static void split_and_shrink(struct shrink *sc, pfn_t pfn)
{
	struct page *folio = folio_page(&sc->w->phys, pfn);
	u64 nr = folio_nr_pages(&sc->w->phys, pfn);

	folio->refcount--;
	if (split_folio_for(sc->w, sc->pid, pfn)) {
		shrink_pages(sc, pfn, nr);
		return;
	}
	folio->refcount++;
	putback_folio(sc, pfn, FATE_BUSY);
}

mm_static void shrink_one(struct shrink *sc, pfn_t pfn)
{
	struct folio_view f = folio_view(&sc->w->phys, pfn);
	enum fate fate = shrink_folio(sc, &f);

	if (fate == FATE_FREED)
		sc->freed += BIT_U64(f.order);
	else if (fate == FATE_SPLIT)
		split_and_shrink(sc, pfn);
	else
		putback_folio(sc, pfn, fate);
}

mm_static void shrink_done(struct shrink *sc)
{
	free_batch(sc);
}

mm_static void reclaim_pages(struct vm_area_struct *vma,
			     struct reclaim_list *list)
{
	struct shrink sc = { .w = vma->vm_mm->world, .pid = vma->vm_mm->pid };
	unsigned i, n;

	for (i = 0; i < list->nr; i += n) {
		n = shrink_row(&sc, vma, &list->pfn[i], list->nr - i);
		if (n)
			continue;
		shrink_one(&sc, list->pfn[i]);
		n = 1;
	}
	shrink_done(&sc);
	list->nr = 0;
}
