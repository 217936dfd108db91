/* SPDX-License-Identifier: MIT */
/*
 * Physical memory of a world: frames, their metadata, the buddy allocator,
 * contents and page-table frames.
 *
 * One reserved host range stands for all of it, like a kernel's direct map:
 * host address = base + physical address. It is committed where touched. On a
 * host without such ranges (host_chunks()) a table of chunks takes its place
 * and that of the metadata's ranges, behind the same functions; then only
 * what lies in one page, or in one piece of data_shift, is contiguous.
 * Node n has the physical addresses [n << node_shift, + node_memory).
 *
 * Metadata has two levels: a struct block per PMD-sized piece, and an array
 * of struct page (vmemmap) that is written for a block only once the block is
 * split into something smaller.
 */
#ifndef PHYS_PHYS_H
#define PHYS_PHYS_H

#include "core/host.h"
#include "core/types.h"
#include "phys/page.h"

#define PHYS_MAX_NODES	64
#define PHYS_MAX_ORDERS 20
#define PHYS_PCP_SIZE	64
#define PHYS_TABLE_MAX	BIT_U64(20) /* more than any table has */

/* One PMD-sized, PMD-aligned piece of memory. */
struct block {
	u32 flags;   /* BLOCK_* */
	u32 nr_free; /* free pages in it while it is split */
	union {
		pfn_t next;		  /* while free as a whole */
		struct {		  /* while BLOCK_FOLIO */
			struct page head; /* until BLOCK_SPREAD */
			struct folio_counts counts;
		};
	};
};

#define BLOCK_FREE	1u /* free as a whole, on its node's list */
#define BLOCK_SPLIT	2u /* its struct pages are valid */
#define BLOCK_COMMITTED 4u /* host_commit() was asked for its memory */
#define BLOCK_TAILS \
	8u		 /* of a huge folio: struct pages behind its head
				 * were written, phys_free() has to look */
#define BLOCK_FOLIO  16u /* one folio: phys/folio.h */
#define BLOCK_SPREAD 32u /* its struct pages say so themselves */

/*
 * All there is of one block in a world of chunks. It is allocated when the
 * block is committed, at a multiple of phys->chunk_align, which is not less
 * than its size: so a struct page leads to it.
 */
struct chunk {
	pfn_t first;
	struct block block;
	char **data; /* pieces of 2^data_shift bytes; NULL: never written */
	struct page page[];
};

struct phys_node {
	pfn_t start, end; /* [start, end) */
	pfn_t fresh;	  /* [fresh, end) was never handed out; blocks */
	u64 nr_free;	  /* pages, those in pcp and fresh included */
	u64 nr_alloc;	  /* pages in use */
	pfn_t free[PHYS_MAX_ORDERS]; /* heads of the buddy lists */
	unsigned nr_pcp;
	pfn_t pcp[PHYS_PCP_SIZE]; /* stack of free order-0 pages */
	/*
	 * Free frames that are kept for page tables, in nr_free as well: a
	 * piece that is used up in order, and what was given back, the last
	 * one first, linked by page->mapping. Tables that lie together cost the
	 * host fewer tables of its own, and fewer misses of its TLB; those that
	 * were used before have host memory.
	 */
	pfn_t table_next, table_end;
	pfn_t tables;
};

struct phys {
	struct host *host;
	char *base;	      /* direct map */
	struct page *pages;   /* vmemmap, indexed by pfn */
	struct block *blocks; /* indexed by pfn >> block_order */
	/* Instead of the three, which are NULL then; by pfn >> block_order. */
	struct chunk **chunks;
	size_t chunk_align;
	u8 data_shift;
	u8 page_shift, block_order, node_shift;
	u8 host_page_shift; /* of the host's own pages */
	unsigned nr_nodes;
	u64 node_pages;
	u64 low_pages; /* low watermark of each node (mm/reclaim.h) */
	pfn_t max_pfn;
	u64 fail_in;		 /* fail the fail_in-th allocation; 0: off */
	u64 nr_table_pages;	 /* frames that hold page tables */
	u64 nr_allocs, nr_fails; /* of pages, since the beginning */
	u64 nr_large;		 /* folios of more than one page */
	u64 nr_waiting;		 /* of them FOLIO_WAITS */
	/* Freed frames with host memory, oldest first: kept for a while, for
	 * a page that the host has to find again costs more than the copy. */
	pfn_t *decommit;
	unsigned decommit_size, decommit_head, nr_decommit;
	struct phys_node node[PHYS_MAX_NODES];
};

/**
 * phys_init() - set up physical memory.
 * @page_shift: log2 of the page size.
 * @block_order: log2 of pages per PMD-sized block, below PHYS_MAX_ORDERS.
 * @nr_nodes: 1 to PHYS_MAX_NODES.
 * @node_memory: bytes per node; rounded up to a whole number of blocks.
 *
 * Frame 0 is never handed out: an all-zero entry must stay "none".
 *
 * Return: 0; -EINVAL for sizes that cannot be (52 bits of physical address in
 * all); -ENOMEM if the host refuses.
 * Context: reads host_chunks(@host).
 */
int phys_init(struct phys *phys, struct host *host, unsigned page_shift,
	      unsigned block_order, unsigned nr_nodes, u64 node_memory);
void phys_destroy(struct phys *phys);

/**
 * phys_alloc() - allocate 2^order frames, naturally aligned.
 * @order: 0 to block_order.
 * @node: preferred; the others are tried in ascending distance (index).
 *
 * All fields of the head's struct page are zero afterwards but refcount = 1
 * and PG_hostdirty; contents are PG_CONTENT_FIRST with first byte 0. Only the
 * head's struct page is initialised; order > 0 gets PG_head and its order.
 *
 * Return: the first pfn, or PFN_NONE: a simulated failure (out of memory, or
 * phys->fail_in), or a host failure if phys->host->failed is set.
 */
pfn_t phys_alloc(struct phys *phys, unsigned order, unsigned node);

/**
 * phys_free() - give frames back; refcount must be 0.
 * @pfn: as returned by phys_alloc().
 * @order: the same order.
 */
void phys_free(struct phys *phys, pfn_t pfn, unsigned order);

/* The same for a single frame; and for several, one after the other. */
void phys_free_page(struct phys *phys, pfn_t pfn);
void phys_free_pages(struct phys *phys, const pfn_t *pfn, u64 nr);

/*
 * ---- chunks ----
 *
 * Inline although they are the rarer way: a call would cost its callers on the
 * usual way registers to save.
 */

static inline struct chunk *pfn_to_chunk(const struct phys *phys, pfn_t pfn)
{
	return phys->chunks[pfn >> phys->block_order];
}

static inline struct page *chunk_pfn_to_page(const struct phys *phys, pfn_t pfn)
{
	pfn_t in_block = pfn & (BIT_U64(phys->block_order) - 1);

	return &pfn_to_chunk(phys, pfn)->page[in_block];
}

static inline pfn_t chunk_page_to_pfn(const struct phys *phys,
				      const struct page *page)
{
	uintptr_t at = (uintptr_t)page & ~(uintptr_t)(phys->chunk_align - 1);
	const struct chunk *chunk = (const struct chunk *)at;

	return chunk->first + (pfn_t)(page - chunk->page);
}

void *chunk_phys_to_virt(const struct phys *phys, paddr_t pa);

/* ---- where a frame and its struct page are ---- */

/* The block of the frame must have been committed: all that was ever handed
 * out is. */
static inline struct page *pfn_to_page(const struct phys *phys, pfn_t pfn)
{
	if (HOST_RESERVES && likely(phys->pages))
		return phys->pages + pfn;
	return chunk_pfn_to_page(phys, pfn);
}

static inline pfn_t page_to_pfn(const struct phys *phys,
				const struct page *page)
{
	if (HOST_RESERVES && likely(phys->pages))
		return (pfn_t)(page - phys->pages);
	return chunk_page_to_pfn(phys, page);
}

/*
 * The host address of a physical address. Nothing is committed by asking:
 * NULL in a world of chunks if nothing near was ever written.
 */
static inline void *phys_to_virt(const struct phys *phys, paddr_t pa)
{
	if (HOST_RESERVES && likely(phys->base))
		return phys->base + pa;
	return chunk_phys_to_virt(phys, pa);
}

static inline unsigned pfn_to_node(const struct phys *phys, pfn_t pfn)
{
	return (unsigned)(pfn >> (phys->node_shift - phys->page_shift));
}

/* ---- page tables (phys/table.c) ---- */

/* Where a process takes tables smaller than a page from (powerpc). */
struct table_cache {
	paddr_t frag; /* page being cut up, or 0 */
	u32 next;     /* bytes of it already handed out */
};

/**
 * phys_table_alloc() - allocate a zeroed page table.
 * @bytes: a power of two: below the page size a fragment of a page that only
 * tables of @cache share, above it whole pages, contiguous in host memory up
 * to PHYS_TABLE_MAX bytes.
 *
 * Return: 0 with *@table set; -ENOMEM (simulated, or host if host->failed).
 */
int phys_table_alloc(struct phys *phys, struct table_cache *cache, u64 bytes,
		     unsigned node, paddr_t *table);

/* The same for a table that nobody writes for now. One of whole pages does not
 * lie with those in use, whose host memory comes in pieces larger than they. */
int phys_table_alloc_idle(struct phys *phys, struct table_cache *cache,
			  u64 bytes, unsigned node, paddr_t *table);

/* Give one back that nobody has written since. */
void phys_table_free_idle(struct phys *phys, struct table_cache *cache,
			  paddr_t table, u64 bytes);

/**
 * phys_table_free() - give a table back.
 * @zeroed: the caller has seen that every byte of it is zero.
 */
void phys_table_free(struct phys *phys, struct table_cache *cache,
		     paddr_t table, u64 bytes, bool zeroed);

/**
 * phys_table_cache_drop() - let go of the page being cut up. Called when a
 * process ends, after its last table was freed.
 */
void phys_table_cache_drop(struct phys *phys, struct table_cache *cache);

/* ---- contents (phys/contents.c) ---- */

/**
 * page_write_bytes() - store bytes into a page.
 * @offset, @len: within the page.
 *
 * Writing one byte at offset 0 of a page without host memory only changes its
 * flags. A whole-page write makes an unknown page known.
 *
 * Return: 0, or -ENOMEM with nothing changed if the host refuses memory.
 */
int page_write_bytes(struct phys *phys, pfn_t pfn, u64 offset, const void *buf,
		     u64 len);

/* Read bytes; what is unknown reads as zero. Never fails. */
void page_read_bytes(const struct phys *phys, pfn_t pfn, u64 offset, void *buf,
		     u64 len);

/* A store of unknown bytes somewhere in the page. */
void page_write_unknown(struct phys *phys, pfn_t pfn);

/* Make dst's contents those of src: 0 or -ENOMEM (host). */
int page_copy_contents(struct phys *phys, pfn_t dst, pfn_t src);

/* Zero part of a page (truncation, partly written tails): 0 or -ENOMEM. */
int page_zero_bytes(struct phys *phys, pfn_t pfn, u64 offset, u64 len);

/* Whether two pages are known to be equal; a page is not equal to itself if
 * any of it is unknown. */
bool page_same_contents(const struct phys *phys, pfn_t a, pfn_t b);

/* 0 to 255; -ENODATA: nothing is known of the page: touched without
 * contents. */
int page_first_byte(const struct phys *phys, pfn_t pfn);
/**
 * page_hash() - a hash of a page's contents: equal pages have equal ones.
 *
 * Return: false: not all of the page is known, so it is equal to nothing.
 */
bool page_hash(const struct phys *phys, pfn_t pfn, u64 *hash);

/* Whether nothing is known of the page: touched without contents. */
bool page_is_unknown(const struct phys *phys, pfn_t pfn);

/* What a page held, kept elsewhere: on a swap device. */
struct saved_contents {
	u32 flags;   /* PG_FIRST_MASK and PG_CONTENT_MASK of the page */
	void *bytes; /* a page of host memory, if they are in host memory */
};

/**
 * page_save_contents() - keep what a page holds.
 * @saved: zeroed, or what was kept last, which is replaced.
 *
 * Return: 0, or -ENOMEM (host) with nothing changed.
 */
int page_save_contents(struct phys *phys, pfn_t pfn,
		       struct saved_contents *saved);

/* Make a page hold what was kept, which stays: 0 or -ENOMEM (host). */
int page_load_contents(struct phys *phys, pfn_t pfn,
		       const struct saved_contents *saved);

/* Whether what was kept is known to be all zeroes. */
bool saved_is_zero(const struct phys *phys, const struct saved_contents *saved);

/* Forget what was kept. */
void saved_contents_drop(struct phys *phys, struct saved_contents *saved);

/* Whether the page is known to be all zeroes. */
bool page_is_zero(const struct phys *phys, pfn_t pfn);

/**
 * phys_check() - the allocator's own invariants: lists linked both ways,
 * buddies merged, no free frame referenced, counts as stated.
 * @report: called with one line for each that is broken.
 *
 * Return: how many are broken.
 */
int phys_check(const struct phys *phys, void (*report)(const char *, void *),
	       void *user);

#endif
