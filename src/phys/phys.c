/* SPDX-License-Identifier: MIT */
/*
 * The buddy allocator.
 *
 *   phys_alloc -> pcp -> lists of smaller orders -> free blocks -> fresh
 *
 * A free block of an order below block_order is linked through the struct page
 * of its head, a whole block through its struct block; 0 ends a list, because
 * frame 0 is never free. The struct page of a free frame has no flag but
 * PG_hostdirty, and PG_buddy with its order if it is the head of a block.
 */
#include "phys/phys.h"

#include "core/assert.h"
#include "phys/folio.h"
#include "phys/frames.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* How many pages go between a pcp stack and the lists at once: 2^5. */
#define PCP_BATCH_ORDER 5u
#define PCP_BATCH	BIT_U64(PCP_BATCH_ORDER)

#define PHYS_ADDRESS_BITS 52
#define MIN_PAGE_SHIFT	  12
#define MAX_PAGE_SHIFT	  30

#define ANY_NODE (~(u64)0)

enum take { TAKE_OK, TAKE_EMPTY, TAKE_REFUSED };

/* ---- lists ---- */

static void whole_push(struct phys *phys, struct phys_node *node, pfn_t pfn)
{
	pfn_t *head = &node->free[phys->block_order];
	struct block *block = pfn_to_block(phys, pfn);

	block->flags = (block->flags & BLOCK_COMMITTED) | BLOCK_FREE;
	block->nr_free = 0;
	block->next = *head;
	*head = pfn;
}

/* The next one is on its way when it is asked for. */
static void whole_pop(struct phys *phys, struct phys_node *node)
{
	pfn_t *head = &node->free[phys->block_order];
	struct block *block = pfn_to_block(phys, *head);

	block->flags &= ~BLOCK_FREE;
	*head = block->next;
	if (*head)
		__builtin_prefetch(pfn_to_block(phys, *head), 1);
}

static void buddy_push(struct phys *phys, struct phys_node *node, pfn_t pfn,
		       unsigned order)
{
	struct page *page = pfn_to_page(phys, pfn);
	struct block *block = pfn_to_block(phys, pfn);
	pfn_t *head = &node->free[order];

	page->flags = (u32)((page->flags & PG_STAYS) | PG_buddy |
			    ((u64)order << PG_ORDER_SHIFT));
	page->refcount = 0;
	page->mapping = *head;
	page->index = 0;
	if (*head)
		pfn_to_page(phys, *head)->index = pfn;
	*head = pfn;
	/* A huge folio that was split and is freed in pieces comes here too. */
	block->flags |= BLOCK_SPLIT;
	block->nr_free += 1u << order;
}

static void buddy_unlink(struct phys *phys, struct phys_node *node, pfn_t pfn,
			 unsigned order)
{
	struct page *page = pfn_to_page(phys, pfn);

	if (page->index)
		pfn_to_page(phys, page->index)->mapping = page->mapping;
	else
		node->free[order] = page->mapping;
	if (page->mapping)
		pfn_to_page(phys, page->mapping)->index = page->index;
	page->flags &= (u32)PG_STAYS;
	page->mapping = page->index = 0;
	pfn_to_block(phys, pfn)->nr_free -= 1u << order;
}

static bool buddy_is_free(const struct phys *phys, pfn_t pfn, unsigned order)
{
	const struct page *page = pfn_to_page(phys, pfn);

	return page_test(page, PG_buddy) && page_order(page) == order;
}

/* Give a block back, merged with its buddies as far as they are free. */
static void buddy_free(struct phys *phys, struct phys_node *node, pfn_t pfn,
		       unsigned order)
{
	pfn_t buddy;

	for (; order < phys->block_order; order++) {
		buddy = pfn ^ BIT_U64(order);
		if (!buddy_is_free(phys, buddy, order))
			break;
		buddy_unlink(phys, node, buddy, order);
		pfn &= ~BIT_U64(order);
	}
	if (order == phys->block_order)
		whole_push(phys, node, pfn);
	else
		buddy_push(phys, node, pfn, order);
}

/* ---- taking ---- */

/* Asked once for each block, when it stops being fresh. */
static bool block_commit(struct phys *phys, pfn_t pfn)
{
	if (!backing_commit(phys, pfn))
		return false;
	pfn_to_block(phys, pfn)->flags |= BLOCK_COMMITTED;
	return true;
}

/* A whole block: one that was used before, else a fresh one. */
static enum take take_whole(struct phys *phys, struct phys_node *node,
			    pfn_t *pfn)
{
	pfn_t used = node->free[phys->block_order];

	if (used) {
		*pfn = used;
		whole_pop(phys, node);
		return TAKE_OK;
	}
	if (node->fresh == node->end)
		return TAKE_EMPTY;
	*pfn = node->fresh;
	if (!block_commit(phys, *pfn))
		return TAKE_REFUSED;
	node->fresh += block_pages(phys);
	return TAKE_OK;
}

/* The smallest piece of a split block of at least @order, and its order. */
static bool take_piece(struct phys *phys, struct phys_node *node,
		       unsigned order, pfn_t *pfn, unsigned *got)
{
	for (; order < phys->block_order; order++) {
		*pfn = node->free[order];
		if (*pfn) {
			buddy_unlink(phys, node, *pfn, order);
			*got = order;
			return true;
		}
	}
	return false;
}

/* Cut a block of order @from down: the first 2^to pages are kept. */
static void split_down(struct phys *phys, struct phys_node *node, pfn_t pfn,
		       unsigned from, unsigned to)
{
	while (from > to) {
		from--;
		buddy_push(phys, node, pfn + BIT_U64(from), from);
	}
}

static enum take take_order(struct phys *phys, struct phys_node *node,
			    unsigned order, pfn_t *pfn)
{
	unsigned got = phys->block_order;
	enum take rc;

	if (!take_piece(phys, node, order, pfn, &got)) {
		rc = take_whole(phys, node, pfn);
		if (rc != TAKE_OK)
			return rc;
	}
	split_down(phys, node, *pfn, got, order);
	return TAKE_OK;
}

/* ---- the pcp stack ---- */

static void pcp_reverse(struct phys_node *node)
{
	unsigned i, j;
	pfn_t tmp;

	for (i = 0, j = node->nr_pcp; i + 1 < j; i++) {
		j--;
		tmp = node->pcp[i];
		node->pcp[i] = node->pcp[j];
		node->pcp[j] = tmp;
	}
}

static void pcp_push_chunk(struct phys *phys, struct phys_node *node, pfn_t pfn,
			   unsigned order)
{
	unsigned keep = order < PCP_BATCH_ORDER ? order : PCP_BATCH_ORDER;
	pfn_t end = pfn + BIT_U64(keep);

	split_down(phys, node, pfn, order, keep);
	pfn_to_block(phys, pfn)->flags |= BLOCK_SPLIT;
	/* A write first: the host then maps its memory in one step. */
	pfn_to_page(phys, pfn)->refcount = 0;
	while (pfn < end)
		node->pcp[node->nr_pcp++] = pfn++;
}

/*
 * Fill an empty stack with a batch, in chunks as large as the free pieces
 * allow, so that it pops ascending frames. A whole block is cut only if there
 * is no piece at all: an allocation that can be served asks the host nothing.
 */
static enum take pcp_refill(struct phys *phys, struct phys_node *node)
{
	enum take rc;
	unsigned got;
	pfn_t pfn;

	while (node->nr_pcp < PCP_BATCH &&
	       take_piece(phys, node, 0, &pfn, &got))
		pcp_push_chunk(phys, node, pfn, got);
	if (!node->nr_pcp) {
		rc = take_whole(phys, node, &pfn);
		if (rc != TAKE_OK)
			return rc;
		pcp_push_chunk(phys, node, pfn, phys->block_order);
	}
	pcp_reverse(node);
	return TAKE_OK;
}

/* The largest aligned chunk that begins at @i of the stack, below @nr. */
static unsigned pcp_chunk_order(const struct phys *phys,
				const struct phys_node *node, unsigned i,
				unsigned nr)
{
	const pfn_t *pfn = &node->pcp[i];
	unsigned order = 0, run = 1;

	while (order < phys->block_order && 2u << order <= nr - i &&
	       is_aligned(pfn[0], 2u << order)) {
		while (run < 2u << order && pfn[run] == pfn[0] + run)
			run++;
		if (run < 2u << order)
			break;
		order++;
	}
	return order;
}

/*
 * Give the @nr pages that were freed first back to the lists: ranges that
 * were freed in order, as a zap does, in chunks.
 */
static void pcp_drain(struct phys *phys, struct phys_node *node, unsigned nr)
{
	unsigned i, order;

	for (i = 0; i < nr; i += 1u << order) {
		order = pcp_chunk_order(phys, node, i, nr);
		buddy_free(phys, node, node->pcp[i], order);
	}
	node->nr_pcp -= nr;
	memmove(node->pcp, node->pcp + nr, node->nr_pcp * sizeof(pfn_t));
}

/* ---- allocation ---- */

static enum take node_take(struct phys *phys, struct phys_node *node,
			   unsigned order, pfn_t *pfn)
{
	enum take rc;

	if (!order) {
		rc = node->nr_pcp ? TAKE_OK : pcp_refill(phys, node);
		if (rc == TAKE_OK)
			*pfn = node->pcp[--node->nr_pcp];
		return rc;
	}
	rc = order == phys->block_order ? take_whole(phys, node, pfn)
					: take_order(phys, node, order, pfn);
	if (rc != TAKE_EMPTY || !node->nr_pcp)
		return rc;
	/* Pages on the stack may be what keeps buddies apart. */
	pcp_drain(phys, node, node->nr_pcp);
	return take_order(phys, node, order, pfn);
}

static pfn_t tables_pop(struct phys *phys, struct phys_node *node)
{
	pfn_t pfn = node->tables;

	node->tables = pfn_to_page(phys, pfn)->mapping;
	return pfn;
}

/* What is kept for tables is given to whoever needs it. False: nothing was. */
static bool tables_drain(struct phys *phys, struct phys_node *node)
{
	bool any = node->tables || node->table_next < node->table_end;

	while (node->tables)
		buddy_free(phys, node, tables_pop(phys, node), 0);
	while (node->table_next < node->table_end)
		buddy_free(phys, node, node->table_next++, 0);
	return any;
}

static enum take take_from(struct phys *phys, unsigned order, u64 allowed,
			   unsigned at, pfn_t *pfn)
{
	struct phys_node *node;
	enum take rc;

	if (at >= phys->nr_nodes || !(allowed & BIT_U64(at)))
		return TAKE_EMPTY;
	node = &phys->node[at];
	rc = node_take(phys, node, order, pfn);
	if (unlikely(rc == TAKE_EMPTY) && tables_drain(phys, node))
		rc = node_take(phys, node, order, pfn);
	return rc;
}

/* The node, then the others: nearest first, the lower of two first. */

static enum take phys_take(struct phys *phys, unsigned order, unsigned near,
			   u64 allowed, pfn_t *pfn)
{
	enum take rc = take_from(phys, order, allowed, near, pfn);
	unsigned d;

	for (d = 1; d < phys->nr_nodes && rc == TAKE_EMPTY; d++) {
		if (d <= near)
			rc = take_from(phys, order, allowed, near - d, pfn);
		if (rc == TAKE_EMPTY)
			rc = take_from(phys, order, allowed, near + d, pfn);
	}
	return rc;
}

static inline void page_init(struct page *page, u64 flags)
{
	page->refcount = 1;
	page->flags = (u32)((page->flags & PG_STAYS) | flags);
	page->mapcount = 0;
	page->last_cpupid = 0;
	page->mapping = 0;
	page->index = 0;
}

static bool alloc_must_fail(struct phys *phys)
{
	return phys->fail_in && !--phys->fail_in;
}

/* ---- frames for tables ---- */

/* A piece as large as all tables so far, up to a block: a small world stays
 * small, a large one has its tables in whole blocks. */
static bool tables_refill(struct phys *phys, struct phys_node *node)
{
	unsigned order = 0;
	pfn_t pfn;

	while (order < phys->block_order &&
	       BIT_U64(order + 1) <= phys->nr_table_pages)
		order++;
	if (take_order(phys, node, order, &pfn) != TAKE_OK)
		return false;
	pfn_to_block(phys, pfn)->flags |= BLOCK_SPLIT;
	node->table_next = pfn;
	node->table_end = pfn + BIT_U64(order);
	/* Of larger tables only a part is written: the rest costs nothing. */
	if (order == phys->block_order && phys->base &&
	    phys->page_shift <= phys->host_page_shift)
		host_advise_huge(phys_to_virt(phys, pfn << phys->page_shift),
				 (size_t)phys_page_size(phys) << order);
	return true;
}

static bool table_take(struct phys *phys, struct phys_node *node, pfn_t *pfn)
{
	if (node->tables)
		*pfn = tables_pop(phys, node);
	else if (node->table_next < node->table_end ||
		 tables_refill(phys, node))
		*pfn = node->table_next++;
	else
		return false;
	return true;
}

/* ---- either ---- */

/* Frames with nothing said about them yet. */
static pfn_t take_frames(struct phys *phys, unsigned order, unsigned near,
			 u64 allowed)
{
	struct phys_node *node;
	enum take rc;
	pfn_t pfn;

	rc = phys_take(phys, order, near, allowed, &pfn);
	if (rc != TAKE_OK) {
		phys->nr_fails += rc == TAKE_EMPTY;
		return PFN_NONE;
	}
	node = &phys->node[pfn_to_node(phys, pfn)];
	node->nr_free -= BIT_U64(order);
	node->nr_alloc += BIT_U64(order);
	phys->nr_allocs++;
	return pfn;
}

static pfn_t alloc_slow(struct phys *phys, unsigned order, unsigned near,
			u64 allowed)
{
	pfn_t pfn = take_frames(phys, order, near, allowed);
	u64 flags = 0;

	if (pfn == PFN_NONE)
		return pfn;
	if (order)
		flags = PG_head | (u64)order << PG_ORDER_SHIFT;
	page_init(pfn_to_page(phys, pfn), flags);
	return pfn;
}

pfn_t phys_alloc(struct phys *phys, unsigned order, unsigned node)
{
	struct phys_node *n = &phys->node[node];
	pfn_t pfn;

	mm_assert(node < phys->nr_nodes && order <= phys->block_order);
	if (unlikely(alloc_must_fail(phys))) {
		phys->nr_fails++;
		return PFN_NONE;
	}
	if (unlikely(order || !n->nr_pcp))
		return alloc_slow(phys, order, node, ANY_NODE);
	pfn = n->pcp[--n->nr_pcp];
	n->nr_free--;
	n->nr_alloc++;
	phys->nr_allocs++;
	page_init(pfn_to_page(phys, pfn), 0);
	return pfn;
}

pfn_t frame_alloc_table(struct phys *phys, unsigned node)
{
	struct phys_node *n = &phys->node[node];
	pfn_t pfn;

	if (unlikely(alloc_must_fail(phys))) {
		phys->nr_fails++;
		return PFN_NONE;
	}
	if (unlikely(!table_take(phys, n, &pfn)))
		return alloc_slow(phys, 0, node, ANY_NODE);
	n->nr_free--;
	n->nr_alloc++;
	phys->nr_allocs++;
	page_init(pfn_to_page(phys, pfn), 0);
	return pfn;
}

/* ---- large folios ---- */

/* The tails of a folio smaller than a block know their head by its order. */
static void folio_init_pages(struct phys *phys, pfn_t pfn, unsigned order)
{
	u64 flags = PG_tail | (u64)order << PG_ORDER_SHIFT;
	struct page *page = pfn_to_page(phys, pfn);
	pfn_t i;

	page_init(page, PG_head | (u64)order << PG_ORDER_SHIFT);
	for (i = 1; i < BIT_U64(order); i++) {
		page = pfn_to_page(phys, pfn + i);
		page->flags = (u32)((page->flags & PG_STAYS) | flags);
		page->mapcount = 0;
	}
	page = pfn_to_page(phys, pfn + 1);
	memset(&page->folio, 0, sizeof(page->folio));
}

/* Of a huge one nothing is written but its block. */
static void folio_init_block(struct phys *phys, pfn_t pfn)
{
	struct block *block = pfn_to_block(phys, pfn);

	block->flags |= BLOCK_FOLIO;
	block->head.flags = 0;
	page_init(&block->head,
		  PG_head | (u64)phys->block_order << PG_ORDER_SHIFT);
	memset(&block->counts, 0, sizeof(block->counts));
}

pfn_t phys_alloc_nodes(struct phys *phys, unsigned order, unsigned node,
		       u64 allowed)
{
	pfn_t pfn;

	mm_assert(node < phys->nr_nodes && order <= phys->block_order);
	if (unlikely(alloc_must_fail(phys))) {
		phys->nr_fails++;
		return PFN_NONE;
	}
	if (!order)
		return alloc_slow(phys, 0, node, allowed);
	pfn = take_frames(phys, order, node, allowed);
	if (pfn == PFN_NONE)
		return pfn;
	phys->nr_large++;
	if (order == phys->block_order)
		folio_init_block(phys, pfn);
	else
		folio_init_pages(phys, pfn, order);
	return pfn;
}

pfn_t phys_alloc_folio(struct phys *phys, unsigned order, unsigned node)
{
	if (!order)
		return phys_alloc(phys, 0, node);
	return phys_alloc_nodes(phys, order, node, ANY_NODE);
}

/* ---- giving host memory back ---- */

/* Frames that are given back at a time: runs of them cost one call each. */
#define DECOMMIT_BATCH 64
/* Host bytes that freed frames may keep: as many as a fork-heavy program turns
 * over between two pauses. */
#define DECOMMIT_KEEP ((u64)256 << 20)

static void decommit_sort(pfn_t *batch, unsigned nr)
{
	unsigned i, j;
	pfn_t pfn;

	for (i = 1; i < nr; i++) {
		pfn = batch[i];
		for (j = i; j && batch[j - 1] > pfn; j--)
			batch[j] = batch[j - 1];
		batch[j] = pfn;
	}
}

/* It may be in use again, and with contents; then its memory stays. */
static bool frame_wastes_host(const struct phys *phys, pfn_t pfn)
{
	const struct page *page = pfn_to_page(phys, pfn);

	return page_test(page, PG_hostdirty) && !page_uses_host(page);
}

/* The host takes whole pages of its own; they can be larger than ours. */
static void decommit_run(struct phys *phys, pfn_t start, pfn_t end)
{
	u64 host_page = BIT_U64(phys->host_page_shift);
	paddr_t from = align_up(start << phys->page_shift, host_page);
	paddr_t to = align_down(end << phys->page_shift, host_page);
	pfn_t pfn;

	if (from >= to)
		return;
	host_decommit(phys_to_virt(phys, from), (size_t)(to - from));
	for (pfn = from >> phys->page_shift; pfn < to >> phys->page_shift;
	     pfn++)
		page_clear(pfn_to_page(phys, pfn), PG_hostdirty);
}

/* The frames that have waited longest. */
static unsigned decommit_take(struct phys *phys, pfn_t *batch)
{
	unsigned nr;

	for (nr = 0; nr < DECOMMIT_BATCH && phys->nr_decommit; nr++) {
		batch[nr] = phys->decommit[phys->decommit_head];
		page_clear(pfn_to_page(phys, batch[nr]), PG_queued);
		phys->decommit_head =
			(phys->decommit_head + 1) % phys->decommit_size;
		phys->nr_decommit--;
	}
	return nr;
}

static void decommit_oldest(struct phys *phys)
{
	pfn_t batch[DECOMMIT_BATCH], start = 0, end = 0;
	unsigned i, nr = decommit_take(phys, batch);

	decommit_sort(batch, nr);
	for (i = 0; i < nr; i++) {
		if (!frame_wastes_host(phys, batch[i]))
			continue;
		if (batch[i] > end) {
			decommit_run(phys, start, end);
			start = batch[i];
		}
		end = batch[i] + 1;
	}
	decommit_run(phys, start, end);
}

/* Chunks are kept: what is freed stays dirty, and is zeroed for its next use. */
static void decommit_add(struct phys *phys, pfn_t pfn)
{
	struct page *page = pfn_to_page(phys, pfn);
	unsigned at;

	if (phys->chunks || page_test(page, PG_queued))
		return;
	page_set(page, PG_queued);
	at = (phys->decommit_head + phys->nr_decommit++) % phys->decommit_size;
	phys->decommit[at] = pfn;
	if (phys->nr_decommit == phys->decommit_size)
		decommit_oldest(phys);
}

static int decommit_init(struct phys *phys)
{
	if (phys->chunks)
		return 0;
	phys->decommit_size = (unsigned)max_u64(
		DECOMMIT_KEEP >> phys->page_shift, 2 * DECOMMIT_BATCH);
	phys->decommit =
		host_alloc(phys->host, phys->decommit_size * sizeof(pfn_t));
	return phys->decommit ? 0 : -ENOMEM;
}

/* ---- freeing ---- */

/* Forget all but whether host memory has to be zeroed. */
static inline void page_reset(struct phys *phys, struct page *page)
{
	page->flags &= (u32)PG_STAYS;
	if (unlikely(page->flags & PG_hostdirty))
		decommit_add(phys, page_to_pfn(phys, page));
}

static inline void frame_reset(struct phys *phys, pfn_t pfn)
{
	page_reset(phys, pfn_to_page(phys, pfn));
}

/* Behind the head of a whole block only if somebody wrote there. */
static void frames_reset(struct phys *phys, pfn_t pfn, unsigned order)
{
	const struct block *block = pfn_to_block(phys, pfn);
	struct page *page = pfn_to_page(phys, pfn), *end;

	page_reset(phys, page);
	if (order == phys->block_order &&
	    !(block->flags & (BLOCK_TAILS | BLOCK_SPLIT | BLOCK_SPREAD)))
		return;
	/* Those of a block lie side by side. Most were never written to: do
	 * not begin with it. */
	for (end = page++ + BIT_U64(order); page < end; page++)
		if (page->flags)
			page_reset(phys, page);
}

/* The same where somebody has written to all of them. */
static void written_frames_reset(struct phys *phys, pfn_t pfn, unsigned order)
{
	struct page *first = pfn_to_page(phys, pfn), *page;
	struct page *end = first + BIT_U64(order);
	u32 stays = 0;

	for (page = first; page < end; page++)
		stays |= page->flags &= (u32)PG_STAYS;
	if (likely(!(stays & PG_hostdirty)))
		return;
	for (page = first; page < end; page++)
		page_reset(phys, page);
}

static inline void free_page(struct phys *phys, pfn_t pfn)
{
	struct phys_node *node = &phys->node[pfn_to_node(phys, pfn)];

	mm_assert(!pfn_to_page(phys, pfn)->refcount);
	node->nr_free++;
	node->nr_alloc--;
	frame_reset(phys, pfn);
	if (unlikely(node->nr_pcp == PHYS_PCP_SIZE))
		pcp_drain(phys, node, PCP_BATCH);
	node->pcp[node->nr_pcp++] = pfn;
}

void phys_free_page(struct phys *phys, pfn_t pfn)
{
	free_page(phys, pfn);
}

void phys_free_pages(struct phys *phys, const pfn_t *pfn, u64 nr)
{
	u64 i;

	for (i = 0; i < nr; i++)
		free_page(phys, pfn[i]);
}

void phys_free(struct phys *phys, pfn_t pfn, unsigned order)
{
	struct phys_node *node = &phys->node[pfn_to_node(phys, pfn)];

	if (!order) {
		phys_free_page(phys, pfn);
		return;
	}
	mm_assert(!pfn_to_page(phys, pfn)->refcount);
	mm_assert(is_aligned(pfn, BIT_U64(order)));
	node->nr_free += BIT_U64(order);
	node->nr_alloc -= BIT_U64(order);
	frames_reset(phys, pfn, order);
	buddy_free(phys, node, pfn, order);
}

void frame_free_table(struct phys *phys, pfn_t pfn)
{
	struct phys_node *node = &phys->node[pfn_to_node(phys, pfn)];

	node->nr_free++;
	node->nr_alloc--;
	frame_reset(phys, pfn);
	pfn_to_page(phys, pfn)->mapping = node->tables;
	node->tables = pfn;
}

/* The struct pages of a huge folio that nobody wrote are as they were. */
static void folio_reset(struct phys *phys, pfn_t pfn, unsigned order)
{
	struct block *block = pfn_to_block(phys, pfn);
	bool huge = order == phys->block_order;
	struct page *second;

	if (!huge || block->flags & BLOCK_SPREAD) {
		second = pfn_to_page(phys, pfn + 1);
		memset(&second->folio, 0, sizeof(second->folio));
		pfn_to_page(phys, pfn)->refcount = 0;
	}
	if (!huge)
		written_frames_reset(phys, pfn, order);
	else if (block->flags & (BLOCK_SPREAD | BLOCK_TAILS))
		frames_reset(phys, pfn, order);
	block->flags &= ~(u32)(BLOCK_FOLIO | BLOCK_SPREAD);
}

void phys_free_folio(struct phys *phys, pfn_t pfn)
{
	struct phys_node *node = &phys->node[pfn_to_node(phys, pfn)];
	unsigned order = folio_order(phys, pfn);

	if (!order) {
		phys_free(phys, pfn, 0);
		return;
	}
	mm_assert(!folio_page(phys, pfn)->refcount);
	node->nr_free += BIT_U64(order);
	node->nr_alloc -= BIT_U64(order);
	phys->nr_large--;
	folio_waits_no_more(phys, pfn);
	folio_reset(phys, pfn, order);
	buddy_free(phys, node, pfn, order);
}

/* ---- beginning and end ---- */

/* log2, rounded up. */
static unsigned order_up(u64 x)
{
	unsigned order = 0;

	while (order < 63 && BIT_U64(order) < x)
		order++;
	return order;
}

static int phys_set_sizes(struct phys *phys, unsigned page_shift,
			  unsigned block_order, unsigned nr_nodes,
			  u64 node_memory)
{
	u64 most = BIT_U64(PHYS_ADDRESS_BITS);
	unsigned node_shift;

	if (page_shift < MIN_PAGE_SHIFT || page_shift > MAX_PAGE_SHIFT ||
	    !block_order || block_order >= PHYS_MAX_ORDERS || !nr_nodes ||
	    nr_nodes > PHYS_MAX_NODES || !node_memory || node_memory > most)
		return -EINVAL;
	node_memory = align_up(node_memory, BIT_U64(page_shift + block_order));
	node_shift = order_up(node_memory);
	if (node_shift + order_up(nr_nodes) > PHYS_ADDRESS_BITS)
		return -EINVAL;
	phys->page_shift = (u8)page_shift;
	phys->block_order = (u8)block_order;
	phys->node_shift = (u8)node_shift;
	phys->host_page_shift = (u8)order_up((u64)sysconf(_SC_PAGESIZE));
	phys->nr_nodes = nr_nodes;
	phys->node_pages = node_memory >> page_shift;
	phys->max_pfn = ((nr_nodes - 1ull) << (node_shift - page_shift)) +
			phys->node_pages;
	return 0;
}

static void nodes_init(struct phys *phys)
{
	struct phys_node *node;
	unsigned i;

	for (i = 0; i < phys->nr_nodes; i++) {
		node = &phys->node[i];
		node->start = (u64)i << (phys->node_shift - phys->page_shift);
		node->end = node->start + phys->node_pages;
		node->fresh = node->start;
		node->nr_free = phys->node_pages;
	}
}

/* Frame 0 is taken: its block is split, 1 + 2 + 4 + ... pages are free. */
static int frame_zero_init(struct phys *phys)
{
	struct phys_node *node = &phys->node[0];
	struct page *page;

	if (!block_commit(phys, 0))
		return -ENOMEM;
	node->fresh += block_pages(phys);
	node->nr_free--;
	split_down(phys, node, 0, phys->block_order, 0);
	page = pfn_to_page(phys, 0);
	page_set(page, PG_reserved);
	page->refcount = 1;
	return 0;
}

int phys_init(struct phys *phys, struct host *host, unsigned page_shift,
	      unsigned block_order, unsigned nr_nodes, u64 node_memory)
{
	int rc;

	memset(phys, 0, sizeof(*phys));
	phys->host = host;
	rc = phys_set_sizes(phys, page_shift, block_order, nr_nodes,
			    node_memory);
	if (rc)
		return rc;
	nodes_init(phys);
	rc = backing_init(phys);
	if (!rc)
		rc = decommit_init(phys);
	if (!rc)
		rc = frame_zero_init(phys);
	if (rc)
		phys_destroy(phys);
	return rc;
}

void phys_destroy(struct phys *phys)
{
	host_free(phys->host, phys->decommit,
		  phys->decommit_size * sizeof(pfn_t));
	phys->decommit = NULL;
	backing_destroy(phys);
}
