/* SPDX-License-Identifier: MIT */
/*
 * Folios: frames that are allocated, mapped and freed as one.
 *
 *   order 0               one frame, one struct page
 *   up to block_order     head and tails say so in their struct pages; the
 *                         second one holds the folio's counts
 *   block_order (huge)    BLOCK_FOLIO: head and counts lie in the struct block
 *                         and no struct page is written, until something maps
 *                         single pages of it: then folio_spread() writes them
 *                         all (BLOCK_SPREAD), and it is like the others
 *                         (contents of its first page: in the head as well,
 *                         until another page's are written)
 *
 * So a mapping by PMDs costs its struct block, and whoever finds a page through
 * a table of PTEs may look at its struct page alone. What lies in a struct page
 * of its own in each state is the page's contents.
 */
#ifndef PHYS_FOLIO_H
#define PHYS_FOLIO_H

#include "phys/frames.h"
#include "phys/phys.h"

/**
 * phys_alloc_folio() - a folio, naturally aligned; as phys_alloc(), but all
 * of its pages belong to it and its counts are zero.
 * @order: 0 to block_order.
 */
pfn_t phys_alloc_folio(struct phys *phys, unsigned order, unsigned node);

/* The same from some nodes only, as bits; PFN_NONE if those have none. */
pfn_t phys_alloc_nodes(struct phys *phys, unsigned order, unsigned node,
		       u64 allowed);
/* The head of every folio in use that is no page table, in order of frames.
 * @fn must not allocate or free any. */
void phys_for_each_folio(const struct phys *phys,
			 void (*fn)(pfn_t pfn, void *user), void *user);

/* Give it back by its first frame; refcount and map counts must be 0. */
void phys_free_folio(struct phys *phys, pfn_t pfn);

/* Let every struct page of a huge folio speak for itself; does nothing to one
 * that did already. */
void folio_spread(struct phys *phys, pfn_t pfn);

/**
 * folio_break() - make single pages of a folio that nobody maps as a whole.
 *
 * Each keeps flags, map count and contents of its own and gets what the head
 * said of all of them; its references are the caller's to set.
 */
void folio_break(struct phys *phys, pfn_t pfn);

/**
 * folio_break_around() - the same, but only the page at becomes single: the
 * others stay folios, as large as can be without it.
 *
 * Nothing maps any page. References are the caller's to set, of each folio.
 */
void folio_break_around(struct phys *phys, pfn_t at);

/* A process mapped or unmapped nr pages or PMDs of a folio: its counts. */
void folio_mm_add(struct folio_counts *counts, u32 pid, s32 nr);
void folio_mm_del(struct folio_counts *counts, u32 pid, s32 nr);

static inline bool block_is_folio(const struct block *block)
{
	return block->flags & BLOCK_FOLIO;
}

/* A huge folio whose head and counts lie in its block. */
static inline bool block_is_whole(const struct block *block)
{
	return (block->flags & (BLOCK_FOLIO | BLOCK_SPREAD)) == BLOCK_FOLIO;
}

/* What its struct page says; that of a whole block says nothing. */
static inline unsigned folio_order_of_page(const struct page *page)
{
	return page_is_large(page) ? page_order(page) : 0;
}

/* The first of a large folio whose struct pages say so; its counts lie in the
 * next one. */
static inline struct page *page_head(const struct phys *phys, struct page *page)
{
	return page -
	       (page_to_pfn(phys, page) & (BIT_U64(page_order(page)) - 1));
}

static inline unsigned folio_order(const struct phys *phys, pfn_t pfn)
{
	if (unlikely(block_is_whole(pfn_to_block(phys, pfn))))
		return phys->block_order;
	return folio_order_of_page(pfn_to_page(phys, pfn));
}

static inline u64 folio_nr_pages(const struct phys *phys, pfn_t pfn)
{
	return BIT_U64(folio_order(phys, pfn));
}

/* The first frame of the folio that a frame is of. */
static inline pfn_t folio_pfn(const struct phys *phys, pfn_t pfn)
{
	return align_down(pfn, folio_nr_pages(phys, pfn));
}

/* What is said of the folio as a whole: refcount, mapping, index and flags. */
static inline struct page *folio_page(const struct phys *phys, pfn_t pfn)
{
	struct block *block = pfn_to_block(phys, pfn);
	struct page *page;

	if (unlikely(block_is_whole(block)))
		return &block->head;
	page = pfn_to_page(phys, pfn);
	if (likely(!page_test(page, PG_tail)))
		return page;
	return page - (pfn & (BIT_U64(page_order(page)) - 1));
}

/**
 * struct folio_view - a folio, looked up once for many questions.
 * @pfn: its first frame.
 * @page: see folio_page().
 *
 * It holds until the folio is spread, broken up or freed.
 */
struct folio_view {
	pfn_t pfn;
	struct page *page;
	unsigned order;
};

static inline struct folio_view folio_view(const struct phys *phys, pfn_t pfn)
{
	struct folio_view f = { .pfn = pfn, .page = folio_page(phys, pfn) };

	f.order = folio_order(phys, pfn);
	f.pfn = align_down(pfn, BIT_U64(f.order));
	return f;
}

/* Of a large folio. */
static inline struct folio_counts *folio_counts(const struct phys *phys,
						pfn_t pfn)
{
	struct block *block = pfn_to_block(phys, pfn);

	if (block_is_whole(block))
		return &block->counts;
	return &pfn_to_page(phys, folio_pfn(phys, pfn) + 1)->folio;
}

/*
 * Folios wait to be split when memory is short: those that have lost the
 * mappings of some of their pages, and from 6.12 on huge pages as such.
 */
static inline bool folio_waits(const struct phys *phys, pfn_t pfn)
{
	return phys->nr_waiting &&
	       folio_counts(phys, pfn)->mm_id[1] & FOLIO_WAITS;
}

static inline bool folio_is_partially_mapped(const struct phys *phys, pfn_t pfn)
{
	return phys->nr_waiting &&
	       folio_counts(phys, pfn)->mm_id[1] & FOLIO_PARTIALLY_MAPPED;
}

static inline void folio_wait_to_split(struct phys *phys, pfn_t pfn)
{
	struct folio_counts *counts = folio_counts(phys, pfn);

	phys->nr_waiting += !(counts->mm_id[1] & FOLIO_WAITS);
	counts->mm_id[1] |= (u32)FOLIO_WAITS;
}

static inline void folio_waits_no_more(struct phys *phys, pfn_t pfn)
{
	if (!folio_waits(phys, pfn))
		return;
	phys->nr_waiting--;
	folio_counts(phys, pfn)->mm_id[1] &= ~(u32)FOLIO_WAITS;
}

/* Mappings of one page by PTEs. */
static inline s32 page_pte_mapcount(const struct phys *phys, pfn_t pfn)
{
	if (block_is_whole(pfn_to_block(phys, pfn)))
		return 0;
	return pfn_to_page(phys, pfn)->mapcount;
}

/* Mappings of one page, as kpagecount shows them. */
static inline s32 page_mapcount(const struct phys *phys, pfn_t pfn)
{
	s32 n = page_pte_mapcount(phys, pfn);

	if (folio_order(phys, pfn))
		n += folio_counts(phys, pfn)->entire_mapcount;
	return n;
}

/* Mappings of a folio: of its page, or of all pages and the whole. */
static inline s32 folio_mapcount(const struct phys *phys, pfn_t pfn)
{
	if (!folio_order(phys, pfn))
		return pfn_to_page(phys, pfn)->mapcount;
	return folio_counts(phys, pfn)->large_mapcount;
}

#endif
