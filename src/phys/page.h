/* SPDX-License-Identifier: MIT */
/*
 * struct page: what the simulated kernel knows of one page frame.
 *
 * 32 bytes, hot fields only; an array of them is committed block by block
 * (phys.h). Counts start at 0, unlike the kernel's _mapcount.
 */
#ifndef PHYS_PAGE_H
#define PHYS_PAGE_H

#include "core/types.h"

/*
 * What is counted of a large folio as a whole. It stands in the place of what
 * a tail does not need: in its second struct page, or in its block.
 *
 * The two processes that mapped it first are told apart (6.15, CONFIG_MM_ID):
 * mm_id is their pid, 0 a free slot, mm_mapcount how much of large_mapcount
 * is theirs.
 */
struct folio_counts {
	s32 large_mapcount;  /* entries of all its pages, and PMDs */
	s32 entire_mapcount; /* PMDs */
	u32 mm_id[2];
	s32 mm_mapcount[2];
};

/* In mm_id[0] and mm_id[1], beside the pids. */
#define FOLIO_SHARED	       BIT_U64(31) /* [0]: no slot has all mappings */
#define FOLIO_PARTIALLY_MAPPED BIT_U64(31) /* [1]: not all of its pages are */
#define FOLIO_WAITS	       BIT_U64(30) /* [1]: on the list to be split */
#define FOLIO_MM_ID	       MASK_U64(29, 0)

struct page {
	u32 flags;    /* PG_*, content kind and first byte, see below */
	s32 mapcount; /* entries that map this page */
	union {
		struct {
			s32 refcount;
			u32 last_cpupid;
			/* What it belongs to: anon_vma | PAGE_MAPPING_ANON,
			 * file, or 0; next free block while PG_buddy. */
			u64 mapping;
			/* Page offset in its mapping; previous while
			 * PG_buddy. */
			u64 index;
		};
		struct folio_counts folio; /* of the second page of one */
	};
};

/* Flags that a dump shows carry the names of /proc/kpageflags. */
#define PG_anon_exclusive   BIT_U64(0)
#define PG_swapbacked	    BIT_U64(1)
#define PG_dirty	    BIT_U64(2)
#define PG_referenced	    BIT_U64(3)
#define PG_head		    BIT_U64(4)
#define PG_tail		    BIT_U64(5)
#define PG_ksm		    BIT_U64(6)
#define PG_swapcache	    BIT_U64(7)
#define PG_zero		    BIT_U64(8) /* the shared zero page */
#define PG_table	    BIT_U64(9) /* holds page tables */
#define PG_buddy	    BIT_U64(10) /* head of a free block in the buddy lists */
#define PG_hostdirty	    BIT_U64(11) /* host memory behind it is not all zero */
#define PG_reserved	    BIT_U64(12)
#define PG_lazyfree_pending BIT_U64(13) /* in a CPU's lazyfree batch */
#define PG_lru		    BIT_U64(14) /* has left its CPU's add-batch */

#define PG_queued BIT_U64(15) /* in phys->decommit */

/* What a frame remembers across its uses. */
#define PG_STAYS (PG_hostdirty | PG_queued)

/*
 * Contents. A page whose bytes are all zero but perhaps the first needs no
 * host memory: the first byte lies in the flags. That is exact for what
 * scenarios write (one byte at the start of each page).
 */
#define PG_FIRST_SHIFT	   16
#define PG_FIRST_MASK	   MASK_U64(23, 16)
#define PG_CONTENT_MASK	   MASK_U64(25, 24)
#define PG_CONTENT_FIRST   (0 * BIT_U64(24)) /* first byte in flags, rest zero */
#define PG_CONTENT_BYTES   (1 * BIT_U64(24)) /* in host memory */
#define PG_CONTENT_UNKNOWN (2 * BIT_U64(24)) /* touched without contents */
#define PG_CONTENT_PARTLY  (3 * BIT_U64(24)) /* host memory, partly unknown */

#define PG_ORDER_SHIFT 26 /* of a head, a tail or a free block */
#define PG_ORDER_MASK  MASK_U64(30, 26)

#define PG_hugetlb BIT_U64(31) /* of a head: belongs to hugetlb */

#define PAGE_MAPPING_ANON ((u64)1)

static inline bool page_test(const struct page *page, u64 flag)
{
	return page->flags & flag;
}

static inline void page_set(struct page *page, u64 flag)
{
	page->flags |= (u32)flag;
}

static inline void page_clear(struct page *page, u64 flag)
{
	page->flags &= ~(u32)flag;
}

/* A page of a large folio; the block of a huge one may not have said so yet
 * (phys/folio.h). */
static inline bool page_is_large(const struct page *page)
{
	return page_test(page, PG_head | PG_tail);
}

static inline bool PageAnon(const struct page *page)
{
	return page->mapping & PAGE_MAPPING_ANON;
}

static inline bool PageAnonExclusive(const struct page *page)
{
	return page_test(page, PG_anon_exclusive);
}

static inline bool PageKsm(const struct page *page)
{
	return page_test(page, PG_ksm);
}

#endif
