/* SPDX-License-Identifier: MIT */
/*
 * Frames that hold page tables. Whoever has one writes it through
 * phys_to_virt(), so its host memory counts as dirty from the beginning.
 *
 * A page cut into fragments counts in its refcount the fragments in use, and
 * itself as long as it is being cut; its index says whether some fragment was
 * not zero when it was freed. A fragment that was freed is not handed out
 * again before its page is, as in powerpc's kernels: a process that allocates
 * and frees one table again and again uses up its page and lets go of it.
 */
#include "phys/phys.h"

#include "core/assert.h"
#include "phys/frames.h"

#include <errno.h>
#include <string.h>

static unsigned table_order(const struct phys *phys, u64 bytes)
{
	unsigned order = 0;

	while (phys_page_size(phys) << order < bytes)
		order++;
	return order;
}

static bool frame_make_table(struct phys *phys, pfn_t pfn)
{
	struct page *page = pfn_to_page(phys, pfn);

	if (!frame_commit(phys, pfn))
		return false;
	if (page_test(page, PG_hostdirty))
		memset(pfn_to_virt(phys, pfn), 0, (size_t)phys_page_size(phys));
	page_set(page, PG_table | PG_hostdirty);
	return true;
}

static void pages_free(struct phys *phys, pfn_t pfn, unsigned order)
{
	pfn_to_page(phys, pfn)->refcount = 0;
	if (order)
		phys_free(phys, pfn, order);
	else
		frame_free_table(phys, pfn);
}

/* The pages from the first to that one, of an allocation, are none after all. */
static void table_pages_undo(struct phys *phys, pfn_t pfn, pfn_t end,
			     unsigned order)
{
	pfn_t i;

	/* What was made a table is zero. */
	for (i = pfn; i < end; i++)
		page_clear(pfn_to_page(phys, i), PG_table | PG_hostdirty);
	pages_free(phys, pfn, order);
}

static int table_pages_make(struct phys *phys, pfn_t pfn, unsigned order,
			    paddr_t *table)
{
	pfn_t i, nr = BIT_U64(order);

	if (pfn == PFN_NONE)
		return -ENOMEM;
	if (order == phys->block_order)
		pfn_to_block(phys, pfn)->flags |= BLOCK_TAILS;
	for (i = 0; i < nr; i++) {
		if (!frame_make_table(phys, pfn + i)) {
			table_pages_undo(phys, pfn, pfn + i, order);
			return -ENOMEM;
		}
	}
	phys->nr_table_pages += nr;
	*table = pfn << phys->page_shift;
	return 0;
}

/* They are no tables any more; their frames are the caller's to free. */
static pfn_t table_pages_clear(struct phys *phys, paddr_t table, unsigned order,
			       bool zeroed)
{
	pfn_t pfn = table >> phys->page_shift;
	pfn_t i, nr = BIT_U64(order);
	u64 clear = zeroed ? PG_table | PG_hostdirty : PG_table;

	for (i = 0; i < nr; i++)
		page_clear(pfn_to_page(phys, pfn + i), clear);
	phys->nr_table_pages -= nr;
	return pfn;
}

static void table_pages_free(struct phys *phys, paddr_t table, unsigned order,
			     bool zeroed)
{
	pages_free(phys, table_pages_clear(phys, table, order, zeroed), order);
}

static int table_pages_alloc(struct phys *phys, unsigned order, unsigned node,
			     paddr_t *table)
{
	pfn_t pfn = order ? phys_alloc(phys, order, node)
			  : frame_alloc_table(phys, node);

	return table_pages_make(phys, pfn, order, table);
}

/* ---- fragments ---- */

static struct page *frag_page(const struct phys *phys, paddr_t frag)
{
	return pfn_to_page(phys, frag >> phys->page_shift);
}

static void frag_put(struct phys *phys, paddr_t frag)
{
	struct page *page = frag_page(phys, frag);

	if (--page->refcount)
		return;
	table_pages_free(phys, align_down(frag, phys_page_size(phys)), 0,
			 !page->index);
}

/* Stop cutting a page: what is in use of it holds it from now on. */
static void cache_release(struct phys *phys, struct table_cache *cache)
{
	paddr_t frag = cache->frag;

	cache->frag = 0;
	cache->next = 0;
	frag_put(phys, frag);
}

static int frag_alloc(struct phys *phys, struct table_cache *cache, u64 bytes,
		      unsigned node, paddr_t *table)
{
	int rc;

	if (!cache->frag) {
		rc = table_pages_alloc(phys, 0, node, &cache->frag);
		if (rc)
			return rc;
		cache->next = 0;
	}
	mm_assert(is_aligned(cache->next, bytes));
	*table = cache->frag + cache->next;
	frag_page(phys, cache->frag)->refcount++;
	cache->next += (u32)bytes;
	if (cache->next + bytes > phys_page_size(phys))
		cache_release(phys, cache);
	return 0;
}

static void frag_free(struct phys *phys, paddr_t frag, bool zeroed)
{
	if (!zeroed)
		frag_page(phys, frag)->index = 1;
	frag_put(phys, frag);
}

/* ---- what others call ---- */

int phys_table_alloc(struct phys *phys, struct table_cache *cache, u64 bytes,
		     unsigned node, paddr_t *table)
{
	if (bytes < phys_page_size(phys))
		return frag_alloc(phys, cache, bytes, node, table);
	return table_pages_alloc(phys, table_order(phys, bytes), node, table);
}

int phys_table_alloc_idle(struct phys *phys, struct table_cache *cache,
			  u64 bytes, unsigned node, paddr_t *table)
{
	unsigned order = table_order(phys, bytes);

	if (bytes < phys_page_size(phys))
		return frag_alloc(phys, cache, bytes, node, table);
	return table_pages_make(phys, phys_alloc(phys, order, node), order,
				table);
}

void phys_table_free_idle(struct phys *phys, struct table_cache *cache,
			  paddr_t table, u64 bytes)
{
	unsigned order = table_order(phys, bytes);
	pfn_t pfn;

	if (bytes < phys_page_size(phys)) {
		phys_table_free(phys, cache, table, bytes, true);
		return;
	}
	pfn = table_pages_clear(phys, table, order, true);
	pfn_to_page(phys, pfn)->refcount = 0;
	phys_free(phys, pfn, order);
}

void phys_table_free(struct phys *phys, struct table_cache *cache,
		     paddr_t table, u64 bytes, bool zeroed)
{
	/* A fragment needs no cache to find its page. */
	(void)cache;
	if (bytes < phys_page_size(phys))
		frag_free(phys, table, zeroed);
	else
		table_pages_free(phys, table, table_order(phys, bytes), zeroed);
}

void phys_table_cache_drop(struct phys *phys, struct table_cache *cache)
{
	if (cache->frag)
		cache_release(phys, cache);
}
