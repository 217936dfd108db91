/* SPDX-License-Identifier: MIT */
/*
 * What the files of phys/ share about frames and what host memory holds for
 * them.
 *
 * Host memory behind a frame means something in two cases only: the page's
 * contents lie there (PG_CONTENT_BYTES, _PARTLY), or tables do (PG_table).
 * Behind all other frames it may be dropped at any time.
 */
#ifndef PHYS_FRAMES_H
#define PHYS_FRAMES_H

#include "phys/phys.h"

/* PG_CONTENT_* is two bits: where the bytes are, and if all are known. */
#define PG_CONTENT_HOST	 PG_CONTENT_BYTES
#define PG_CONTENT_VAGUE PG_CONTENT_UNKNOWN

/* What of a page's flags speaks of its contents. */
#define PG_CONTENTS ((u32)(PG_FIRST_MASK | PG_CONTENT_MASK))

/* Whether contents are known to be all zeroes, as far as they are in no host
 * memory. */
static inline bool contents_zero(u32 flags)
{
	return !(flags & (u32)(PG_FIRST_MASK | PG_CONTENT_VAGUE));
}

/* Whether its flags say all there is of its contents, as they mostly do. */
static inline bool contents_in_flags(u32 flags)
{
	return likely(!(flags & (u32)PG_CONTENT_HOST));
}

/* page_load_contents() into a new single page, of such contents. */
static inline void page_load_flags(struct page *page, u32 flags)
{
	page->flags = (page->flags & ~PG_CONTENTS) | flags;
}

static inline u64 phys_page_size(const struct phys *phys)
{
	return BIT_U64(phys->page_shift);
}

static inline u64 block_pages(const struct phys *phys)
{
	return BIT_U64(phys->block_order);
}

static inline struct block *pfn_to_block(const struct phys *phys, pfn_t pfn)
{
	if (HOST_RESERVES && likely(phys->blocks))
		return &phys->blocks[pfn >> phys->block_order];
	return &pfn_to_chunk(phys, pfn)->block;
}

static inline void *pfn_to_virt(const struct phys *phys, pfn_t pfn)
{
	return phys_to_virt(phys, pfn << phys->page_shift);
}

/* ---- where it all lies (phys/backing.c) ---- */

/**
 * backing_init() - set up the ranges, or the table of chunks.
 *
 * Return: 0, or -ENOMEM; backing_destroy() is to be called in both cases.
 */
int backing_init(struct phys *phys);
void backing_destroy(struct phys *phys);

/**
 * backing_commit() - ask for a block's memory; called once for each block.
 * @pfn: its first.
 *
 * Return: false if the host refuses, with nothing changed.
 */
bool backing_commit(struct phys *phys, pfn_t pfn);

/* See frame_commit(). */
bool chunk_commit_data(struct phys *phys, pfn_t pfn);

/**
 * frame_commit() - have host memory behind a frame; called before it is
 * written through phys_to_virt() for the first time.
 *
 * Return: false if the host refuses, with nothing changed.
 */
static inline bool frame_commit(struct phys *phys, pfn_t pfn)
{
	return (HOST_RESERVES && likely(phys->base)) ||
	       chunk_commit_data(phys, pfn);
}

/* ---- frames of tables (phys/phys.c) ---- */

/**
 * frame_alloc_table() - as phys_alloc() of one frame, near those of other
 * tables.
 */
pfn_t frame_alloc_table(struct phys *phys, unsigned node);

/* Its phys_free(); it serves the next table of its node first. */
void frame_free_table(struct phys *phys, pfn_t pfn);

static inline unsigned page_order(const struct page *page)
{
	return (unsigned)((page->flags & PG_ORDER_MASK) >> PG_ORDER_SHIFT);
}

static inline bool page_uses_host(const struct page *page)
{
	return page->flags & (PG_CONTENT_HOST | PG_table);
}

#endif
