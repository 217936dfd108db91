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

/* Pages that a CPU's batch holds in this release. */
unsigned folio_batch_size(const struct mmsim *w);

/* A new page enters the running CPU's add-batch. */
void folio_add_lru(struct mmsim *w, struct page *page);

/* MADV_FREE gave an anonymous page up: it enters the lazyfree batch. */
void folio_mark_lazyfree(struct mmsim *w, struct page *page);

/* The same of a large folio, by any of its frames: it takes effect at once. */
void folio_mark_lazyfree_large(struct mmsim *w, pfn_t pfn);

/* Drain the running CPU's batches. */
void lru_add_drain(struct mmsim *w);

/* Drain every CPU's. */
void lru_add_drain_all(struct mmsim *w);

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
void folio_add_lru_large(struct mmsim *w, struct page *head);

/* Let references of a frame's folio go, whatever its size. */
void world_put_folio(struct mmsim *w, pfn_t pfn, s32 nr);

#endif
