/* SPDX-License-Identifier: MIT */
#include "phys/folio.h"

#include <string.h>

#include "core/assert.h"

/* What a folio's head says for all of its pages, contents aside. */
#define HEAD_FLAGS                                                            \
	((u32) ~(PG_FIRST_MASK | PG_CONTENT_MASK | PG_STAYS | PG_ORDER_MASK | \
		 PG_head | PG_tail | PG_hugetlb))

static u32 own_flags(const struct page *page)
{
	return page->flags & (u32)(PG_FIRST_MASK | PG_CONTENT_MASK | PG_STAYS);
}

void folio_spread(struct phys *phys, pfn_t pfn)
{
	struct block *block = pfn_to_block(phys, pfn);
	u64 order = (u64)phys->block_order << PG_ORDER_SHIFT;
	pfn_t head = folio_pfn(phys, pfn), i;
	struct page *page;

	if (!block_is_whole(block))
		return;
	page = pfn_to_page(phys, head);
	block->head.flags |= own_flags(page);
	*page = block->head;
	page->mapcount = 0;
	for (i = 1; i < block_pages(phys); i++) {
		page = pfn_to_page(phys, head + i);
		page->flags = (u32)(own_flags(page) | PG_tail | order);
		page->mapcount = 0;
	}
	pfn_to_page(phys, head + 1)->folio = block->counts;
	block->flags |= BLOCK_SPREAD;
}

void folio_break(struct phys *phys, pfn_t pfn)
{
	struct block *block = pfn_to_block(phys, pfn);
	u64 nr = folio_nr_pages(phys, pfn), i;
	struct page *head, *page;

	mm_assert(nr > 1 && !folio_counts(phys, pfn)->entire_mapcount);
	folio_spread(phys, pfn);
	phys->nr_large--;
	folio_waits_no_more(phys, pfn);
	head = pfn_to_page(phys, folio_pfn(phys, pfn));
	for (i = 1; i < nr; i++) {
		page = head + i;
		page->flags =
			own_flags(page) |
			(head->flags & HEAD_FLAGS & ~(u32)PG_anon_exclusive) |
			(page->flags & (u32)PG_anon_exclusive);
		page->refcount = 0;
		page->last_cpupid = head->last_cpupid;
		page->mapping = head->mapping;
		page->index = head->index + i;
	}
	head->flags &= ~(u32)(PG_head | PG_ORDER_MASK);
	block->flags &= ~(u32)(BLOCK_FOLIO | BLOCK_SPREAD | BLOCK_TAILS);
	if (!(block->flags & BLOCK_SPLIT)) {
		block->flags |= BLOCK_SPLIT;
		block->nr_free = 0;
	}
}

/* Single pages that nothing maps become a folio of the first one's. */
static void join_pages(struct phys *phys, pfn_t pfn, unsigned order)
{
	u64 bits = (u64)order << PG_ORDER_SHIFT, i;
	struct page *head = pfn_to_page(phys, pfn);

	if (!order)
		return;
	head->flags |= (u32)(PG_head | bits);
	for (i = 1; i < BIT_U64(order); i++)
		head[i].flags = (u32)(own_flags(&head[i]) | PG_tail | bits);
	head[1].folio = (struct folio_counts){ 0 };
	phys->nr_large++;
}

void folio_break_around(struct phys *phys, pfn_t at)
{
	unsigned order = folio_order(phys, at);
	pfn_t half;

	folio_break(phys, at);
	while (order--) {
		half = align_down(at, BIT_U64(order));
		join_pages(phys, half ^ BIT_U64(order), order);
	}
}

/* ---- all of them ---- */

/* Of a block that is split into smaller pieces. */
static void for_each_piece(const struct phys *phys, pfn_t first,
			   void (*fn)(pfn_t pfn, void *user), void *user)
{
	pfn_t pfn, end = first + block_pages(phys);
	const struct page *page;

	for (pfn = first; pfn < end; pfn += folio_nr_pages(phys, pfn)) {
		page = pfn_to_page(phys, pfn);
		if (page->refcount > 0 && !page_test(page, PG_table | PG_buddy))
			fn(pfn, user);
	}
}

static void for_each_in_node(const struct phys *phys,
			     const struct phys_node *node,
			     void (*fn)(pfn_t pfn, void *user), void *user)
{
	const struct block *block;
	pfn_t pfn;

	for (pfn = node->start; pfn < node->fresh; pfn += block_pages(phys)) {
		block = pfn_to_block(phys, pfn);
		if (block_is_folio(block))
			fn(pfn, user);
		else if (block->flags & BLOCK_SPLIT)
			for_each_piece(phys, pfn, fn, user);
	}
}

void phys_for_each_folio(const struct phys *phys,
			 void (*fn)(pfn_t pfn, void *user), void *user)
{
	unsigned n;

	for (n = 0; n < phys->nr_nodes; n++)
		for_each_in_node(phys, &phys->node[n], fn, user);
}

/* ---- whose mappings they are (semantics-rmap-swap.md 1.1) ---- */

static u32 slot_pid(const struct folio_counts *counts, unsigned i)
{
	return counts->mm_id[i] & (u32)FOLIO_MM_ID;
}

/* The slot of a process, or an empty one; 2: both are others'. */
static unsigned find_slot(const struct folio_counts *counts, u32 pid)
{
	unsigned i;

	for (i = 0; i < 2; i++)
		if (slot_pid(counts, i) == pid)
			return i;
	for (i = 0; i < 2; i++)
		if (!slot_pid(counts, i))
			return i;
	return 2;
}

static void set_slot(struct folio_counts *counts, unsigned i, u32 pid)
{
	counts->mm_id[i] = (counts->mm_id[i] & ~(u32)FOLIO_MM_ID) | pid;
}

static void decide_shared(struct folio_counts *counts)
{
	bool one = counts->mm_mapcount[0] == counts->large_mapcount ||
		   counts->mm_mapcount[1] == counts->large_mapcount;

	counts->mm_id[0] &= ~(u32)FOLIO_SHARED;
	if (!one)
		counts->mm_id[0] |= (u32)FOLIO_SHARED;
}

void folio_mm_add(struct folio_counts *counts, u32 pid, s32 nr)
{
	unsigned i = find_slot(counts, pid);

	counts->large_mapcount += nr;
	if (i < 2) {
		set_slot(counts, i, pid);
		counts->mm_mapcount[i] += nr;
	}
	decide_shared(counts);
}

void folio_mm_del(struct folio_counts *counts, u32 pid, s32 nr)
{
	unsigned i = find_slot(counts, pid);

	counts->large_mapcount -= nr;
	/*
	 * Mappings made while both slots were others' are in none: it may have
	 * fewer than go. It never has more than there are, so that it is free
	 * at the latest when the last one has gone.
	 */
	if (i < 2 && slot_pid(counts, i) == pid) {
		counts->mm_mapcount[i] -= nr;
		if (counts->mm_mapcount[i] <= 0) {
			counts->mm_mapcount[i] = 0;
			set_slot(counts, i, 0);
		}
	}
	decide_shared(counts);
}
