/* SPDX-License-Identifier: MIT */
/*
 * The per-CPU folio batches in front of the LRU lists, and page references.
 *
 * A batch holds a reference to each of its pages. Whether a page has reached
 * the LRU, and whether MADV_FREE has taken effect, hang on when its batch was
 * drained.
 */
#ifndef MM_LRU_H
#define MM_LRU_H

#include "core/assert.h"
#include "core/world.h"

/* Pages that a CPU's batch holds in this release: 15 folios until 6.8, 31
 * since (recorded-behaviour.md section 5). */
static inline unsigned folio_batch_size(const struct mmsim *w)
{
	return w->folio_batch_size;
}

static inline void folio_batch_init(struct mmsim *w)
{
	w->folio_batch_size = feat(w, FEAT_FOLIO_BATCH_31) ? 31 : 15;
}

/* A new page enters the running CPU's add-batch. */
void folio_add_lru(struct mmsim *w, struct page *page);

/* Whether the next one makes the CPU's batch go: other pages may be freed. */
static inline bool folio_add_lru_drains(const struct mmsim *w)
{
	return w->lru_add[w->obs.cpu].nr + 1 >= folio_batch_size(w);
}

/* Pages that nobody simulates have filled the running CPU's add-batch. */
void lru_add_filled(struct mmsim *w);

/* MADV_FREE gave an anonymous page up: it enters the lazyfree batch. */
void folio_mark_lazyfree(struct mmsim *w, struct page *page);

/* The same of a large folio, by any of its frames: it takes effect at once. */
void folio_mark_lazyfree_large(struct mmsim *w, pfn_t pfn);

/*
 * The lists behind the batches. A folio with PG_lru is on one of them, once
 * they are kept; add and del do nothing before. Folios are named by any of
 * their frames unless it says "head".
 */

/* Keep lists from now on: false (host memory): they are not kept. */
bool lru_lists_begin(struct mmsim *w);
void lru_lists_end(struct mmsim *w);

/* As what was used last; or, on the inactive list, longest ago. */
void lru_list_add(struct mmsim *w, pfn_t pfn, bool active);
void lru_list_add_coldest(struct mmsim *w, pfn_t pfn);
void lru_list_del(struct mmsim *w, pfn_t pfn);

/* What it is backed by has changed: it is inactive on the other kind's. */
void lru_list_move(struct mmsim *w, pfn_t pfn);

/* A folio of nr pages that was broken up: what became of its other pages is
 * right behind its first. */
void lru_list_split(struct mmsim *w, pfn_t head, u64 nr);

/* The head of the folio used longest ago, or PFN_NONE. */
pfn_t lru_list_coldest(const struct mmsim *w, enum lru_list list);
u64 lru_list_pages(const struct mmsim *w, enum lru_list list);

/* The list that a head is on: enum lru_list, or -1. */
int lru_list_of(const struct mmsim *w, pfn_t pfn);
void lru_list_for_each(const struct mmsim *w, enum lru_list list,
		       void (*fn)(pfn_t pfn, void *user), void *user);

/* Drain the running CPU's batches. */
void lru_add_drain(struct mmsim *w);

/* Drain every CPU's. */
void lru_add_drain_all(struct mmsim *w);

/* Pages were faulted in on request. */
static inline void lru_drain_populated(struct mmsim *w)
{
	if (feat(w, FEAT_MLOCK_DRAINS_LRU))
		lru_add_drain(w);
}

/* Mapped pages are about to go: up to 6.13 none was to be kept by its place in
 * a batch. */
static inline void lru_drain_for_zap(struct mmsim *w)
{
	if (feat(w, FEAT_ZAP_DRAINS_LRU))
		lru_add_drain(w);
}

/* Free a page nobody refers to any more. */
void world_free_page(struct mmsim *w, struct page *page);

static inline void world_put_page(struct mmsim *w, struct page *page)
{
	mm_assert(!page_is_large(page));
	if (!--page->refcount)
		world_free_page(w, page);
}

/* A new large folio: it does not wait in the batch, and the batch is drained
 * on its way. */
void folio_add_lru_large(struct mmsim *w, pfn_t pfn);

/* Let references of a frame's folio go, whatever its size. */
void world_put_folio(struct mmsim *w, pfn_t pfn, s32 nr);

#endif
