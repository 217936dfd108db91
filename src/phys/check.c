/* SPDX-License-Identifier: MIT */
/*
 * Invariants of the buddy allocator. What is written once per frame is looked
 * at in split blocks only; those are few in a large world.
 */
#include "phys/phys.h"

#include "phys/frames.h"

#include <stdio.h>

struct phys_check {
	const struct phys *phys;
	void (*report)(const char *, void *);
	void *user;
	int broken;
	u64 listed; /* pages on the lists of this node */
	u64 marked; /* pages of PG_buddy and BLOCK_FREE blocks of it */
	u64 tables; /* frames of all nodes */
};

static void check_that(struct phys_check *c, bool ok, const char *what,
		       pfn_t pfn)
{
	char line[96];

	if (ok)
		return;
	c->broken++;
	snprintf(line, sizeof(line), "phys: %s, pfn %#llx", what,
		 (unsigned long long)pfn);
	c->report(line, c->user);
}

static bool in_used_part(const struct phys_node *node, pfn_t pfn)
{
	return pfn && pfn >= node->start && pfn < node->fresh;
}

/* ---- lists ---- */

static void check_whole_list(struct phys_check *c, const struct phys_node *node)
{
	const struct phys *phys = c->phys;
	pfn_t pfn = node->free[phys->block_order];
	const struct block *block;

	for (; pfn; pfn = block->next) {
		block = pfn_to_block(phys, pfn);
		check_that(c,
			   in_used_part(node, pfn) &&
				   is_aligned(pfn, block_pages(phys)),
			   "listed block is not of the node", pfn);
		check_that(c, (block->flags & ~BLOCK_COMMITTED) == BLOCK_FREE,
			   "listed block is not free", pfn);
		c->listed += block_pages(phys);
		/* A loop would not end. */
		if (!in_used_part(node, pfn) || c->listed > phys->node_pages)
			return;
	}
}

static void check_free_piece(struct phys_check *c, pfn_t pfn, unsigned order)
{
	const struct phys *phys = c->phys;
	const struct page *page = pfn_to_page(phys, pfn);
	const struct page *buddy = pfn_to_page(phys, pfn ^ BIT_U64(order));

	check_that(c, page_test(page, PG_buddy) && page_order(page) == order,
		   "listed frame is not free", pfn);
	check_that(c, is_aligned(pfn, BIT_U64(order)),
		   "free piece is not aligned", pfn);
	check_that(c, !page_test(buddy, PG_buddy) || page_order(buddy) != order,
		   "buddies are not merged", pfn);
	check_that(c, pfn_to_block(phys, pfn)->flags & BLOCK_SPLIT,
		   "free piece of a block that is not split", pfn);
}

static void check_piece_list(struct phys_check *c, const struct phys_node *node,
			     unsigned order)
{
	const struct phys *phys = c->phys;
	pfn_t pfn = node->free[order], prev = 0;

	for (; pfn; prev = pfn, pfn = pfn_to_page(phys, pfn)->mapping) {
		check_that(c, in_used_part(node, pfn),
			   "listed frame is not of the node", pfn);
		c->listed += BIT_U64(order);
		if (!in_used_part(node, pfn) || c->listed > phys->node_pages)
			return;
		check_free_piece(c, pfn, order);
		check_that(c, pfn_to_page(phys, pfn)->index == prev,
			   "free list is not linked", pfn);
	}
}

static void check_kept_frame(struct phys_check *c, const struct phys_node *node,
			     pfn_t pfn)
{
	const struct page *page;

	if (!in_used_part(node, pfn)) {
		check_that(c, false, "pcp frame is not of the node", pfn);
		return;
	}
	page = pfn_to_page(c->phys, pfn);
	check_that(c,
		   !page->refcount && !page->mapcount &&
			   !(page->flags & ~(u32)PG_STAYS),
		   "pcp frame is in use", pfn);
	c->listed++;
}

static void check_stack(struct phys_check *c, const struct phys_node *node)
{
	const pfn_t *stack = node->pcp;
	unsigned nr = node->nr_pcp, i, j;

	check_that(c, nr <= PHYS_PCP_SIZE, "pcp stack overflows", node->start);
	for (i = 0; i < nr && i < PHYS_PCP_SIZE; i++) {
		check_kept_frame(c, node, stack[i]);
		for (j = 0; j < i; j++)
			check_that(c, stack[i] != stack[j], "pcp frame twice",
				   stack[i]);
	}
}

static void check_pcp(struct phys_check *c, const struct phys_node *node)
{
	pfn_t pfn;

	check_stack(c, node);
	for (pfn = node->table_next; pfn < node->table_end; pfn++)
		check_kept_frame(c, node, pfn);
	/* A loop would not end. */
	for (pfn = node->tables; pfn && c->listed <= c->phys->node_pages;
	     pfn = pfn_to_page(c->phys, pfn)->mapping) {
		check_kept_frame(c, node, pfn);
		if (!in_used_part(node, pfn))
			return;
	}
}

/* ---- blocks ---- */

/* The frames of a free piece; its head is known to be PG_buddy. */
static void check_free_frames(struct phys_check *c, pfn_t pfn, unsigned order)
{
	pfn_t end = pfn + BIT_U64(order);
	u64 allowed = PG_STAYS | PG_buddy | PG_ORDER_MASK;
	const struct page *page;

	for (; pfn < end; pfn++) {
		page = pfn_to_page(c->phys, pfn);
		check_that(c, !page->refcount && !(page->flags & ~allowed),
			   "free frame is in use", pfn);
		allowed = PG_STAYS;
	}
}

static void check_split_block(struct phys_check *c, pfn_t start)
{
	const struct phys *phys = c->phys;
	pfn_t pfn = start, end = start + block_pages(phys);
	const struct page *page;
	u64 nr_free = 0;

	while (pfn < end) {
		page = pfn_to_page(phys, pfn);
		if (page_test(page, PG_buddy) &&
		    page_order(page) < phys->block_order) {
			check_free_frames(c, pfn, page_order(page));
			nr_free += BIT_U64(page_order(page));
			pfn += BIT_U64(page_order(page));
			continue;
		}
		check_that(c, !page_test(page, PG_buddy), "bad order", pfn);
		c->tables += page_test(page, PG_table);
		pfn++;
	}
	check_that(c, nr_free == pfn_to_block(phys, start)->nr_free,
		   "wrong number of free pages in a block", start);
	c->marked += nr_free;
}

static void check_block(struct phys_check *c, pfn_t pfn)
{
	const struct phys *phys = c->phys;
	const struct block *block = pfn_to_block(phys, pfn);

	check_that(c, block->flags & BLOCK_COMMITTED,
		   "block in use without the host's leave", pfn);
	if (block->flags & BLOCK_SPLIT) {
		check_that(c, !(block->flags & BLOCK_FREE),
			   "split block is free", pfn);
		check_split_block(c, pfn);
	} else if (block->flags & BLOCK_FREE) {
		c->marked += block_pages(phys);
	} else if (page_test(pfn_to_page(phys, pfn), PG_table)) {
		c->tables += block_pages(phys);
	}
}

static void check_node(struct phys_check *c, const struct phys_node *node)
{
	const struct phys *phys = c->phys;
	u64 fresh = node->end - node->fresh;
	u64 reserved = node->start ? 0 : 1;
	unsigned order;
	pfn_t pfn;

	c->listed = c->marked = 0;
	for (order = 0; order < phys->block_order; order++)
		check_piece_list(c, node, order);
	check_whole_list(c, node);
	for (pfn = node->start; pfn < node->fresh; pfn += block_pages(phys))
		check_block(c, pfn);
	check_that(c, c->listed == c->marked, "free frame is on no list",
		   node->start);
	check_pcp(c, node);
	check_that(c, c->listed + fresh == node->nr_free,
		   "wrong number of free pages", node->start);
	check_that(c,
		   node->nr_free + node->nr_alloc + reserved ==
			   phys->node_pages,
		   "free and used are not all pages", node->start);
}

int phys_check(const struct phys *phys, void (*report)(const char *, void *),
	       void *user)
{
	struct phys_check c = {
		.phys = phys,
		.report = report,
		.user = user,
	};
	const struct page *zero;
	unsigned i;

	for (i = 0; i < phys->nr_nodes; i++)
		check_node(&c, &phys->node[i]);
	zero = pfn_to_page(phys, 0);
	check_that(&c, page_test(zero, PG_reserved) && zero->refcount == 1,
		   "frame 0 is not reserved", 0);
	check_that(&c, c.tables == phys->nr_table_pages,
		   "wrong number of table frames", 0);
	check_that(&c,
		   !phys->nr_decommit ||
			   phys->nr_decommit < phys->decommit_size,
		   "the decommit queue is full", 0);
	return c.broken;
}
