/* SPDX-License-Identifier: MIT */
/*
 * Physical memory: the buddy allocator, host memory behind frames, table
 * frames and contents; each alone and at random against a naive model.
 */
#include "phys/folio.h"
#include "phys/phys.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#if defined(__SANITIZE_ADDRESS__)
#define SMALL_HOST 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
	__has_feature(memory_sanitizer)
#define SMALL_HOST 1
#endif
#endif
#ifndef SMALL_HOST
#define SMALL_HOST 0
#endif

#define MIB ((u64)1 << 20)
#define TIB ((u64)1 << 40)

/* Whether this round is about chunks; see main(). */
static bool use_chunks = !HOST_RESERVES;

static struct host new_host(u64 fail_in)
{
	return (struct host){ .chunks = use_chunks, .fail_in = fail_in };
}

/* A world's memory: 4K pages, 2M blocks unless a test says otherwise. */
struct fixture {
	struct host host;
	struct phys phys;
	u64 seed;
};

static u32 next_random(struct fixture *f)
{
	f->seed = f->seed * 6364136223846793005u + 1442695040888963407u;
	return (u32)(f->seed >> 33);
}

static void print_broken(const char *line, void *user)
{
	(void)user;
	print_error("%s\n", line);
}

static void count_broken(const char *line, void *user)
{
	assert_true(strlen(line) > 0);
	++*(int *)user;
}

static void assert_sound(const struct phys *phys)
{
	assert_int_equal(phys_check(phys, print_broken, NULL), 0);
}

static void start(struct fixture *f, unsigned shift, unsigned order,
		  unsigned nodes, u64 memory)
{
	memset(f, 0, sizeof(*f));
	f->host = new_host(0);
	f->seed = 1;
	assert_int_equal(
		phys_init(&f->phys, &f->host, shift, order, nodes, memory), 0);
	assert_sound(&f->phys);
}

static void finish(struct fixture *f)
{
	assert_sound(&f->phys);
	phys_destroy(&f->phys);
	assert_int_equal(f->host.live, 0);
	assert_int_equal(f->host.bytes, 0);
	assert_int_equal(f->host.reserved, 0);
}

static struct page *frame(struct fixture *f, pfn_t pfn)
{
	return pfn_to_page(&f->phys, pfn);
}

static pfn_t take(struct fixture *f, unsigned order, unsigned node)
{
	pfn_t pfn = phys_alloc(&f->phys, order, node);

	assert_true(pfn != PFN_NONE);
	return pfn;
}

static void give(struct fixture *f, pfn_t pfn, unsigned order)
{
	frame(f, pfn)->refcount = 0;
	phys_free(&f->phys, pfn, order);
}

static bool frame_is_zero(struct fixture *f, pfn_t pfn)
{
	u64 i, size = (u64)1 << f->phys.page_shift;
	const char *p = phys_to_virt(&f->phys, pfn << f->phys.page_shift);

	/* Nothing was ever written near it. */
	if (!p)
		return use_chunks;
	for (i = 0; i < size; i++)
		if (p[i])
			return false;
	return true;
}

/* ---- beginning ---- */

static void init_refuses_impossible_sizes(void **state)
{
	struct host host = new_host(0);
	struct phys phys;

	(void)state;
	assert_int_equal(phys_init(&phys, &host, 11, 9, 1, MIB), -EINVAL);
	assert_int_equal(phys_init(&phys, &host, 12, 0, 1, MIB), -EINVAL);
	assert_int_equal(phys_init(&phys, &host, 12, PHYS_MAX_ORDERS, 1, MIB),
			 -EINVAL);
	assert_int_equal(phys_init(&phys, &host, 12, 9, 0, MIB), -EINVAL);
	assert_int_equal(
		phys_init(&phys, &host, 12, 9, PHYS_MAX_NODES + 1, MIB),
		-EINVAL);
	assert_int_equal(phys_init(&phys, &host, 12, 9, 1, 0), -EINVAL);
	assert_int_equal(phys_init(&phys, &host, 12, 9, 1, ~(u64)0), -EINVAL);
	assert_int_equal(phys_init(&phys, &host, 12, 9, 1, 4096 * TIB + 1),
			 -EINVAL);
	assert_int_equal(phys_init(&phys, &host, 12, 9, 64, 65 * TIB), -EINVAL);
	assert_int_equal(host.reserved, 0);
	/* Harmless after a failed beginning. */
	phys_destroy(&phys);
}

static void init_rounds_nodes_up_to_blocks(void **state)
{
	struct fixture f;

	(void)state;
	start(&f, 12, 9, 3, 5 * MIB);
	assert_int_equal(f.phys.node_pages, 3 * 512);
	assert_int_equal(f.phys.node_shift, 23);
	assert_int_equal(f.phys.node[2].start, 2 * 2048);
	assert_int_equal(f.phys.max_pfn, 2 * 2048 + 3 * 512);
	assert_int_equal(f.phys.node[0].nr_free, 3 * 512 - 1);
	assert_int_equal(f.phys.node[1].nr_free, 3 * 512);
	finish(&f);
}

static void init_without_host_memory_leaves_nothing(void **state)
{
	struct host host;
	struct phys phys;
	u64 n, nr;

	(void)state;
	/* Three ranges or a table; then block 0. */
	nr = use_chunks ? 2 : 4;
	for (n = 1; n <= nr; n++) {
		host = new_host(n);
		assert_int_equal(phys_init(&phys, &host, 12, 9, 2, 4 * MIB),
				 -ENOMEM);
		assert_true(host.failed);
		assert_int_equal(host.reserved, 0);
		assert_int_equal(host.live, 0);
		assert_int_equal(host.bytes, 0);
	}
}

static void a_64_tib_world_starts_at_once(void **state)
{
	struct fixture f;
	pfn_t last;

	(void)state;
	if (SMALL_HOST || !HOST_RESERVES)
		skip();
	start(&f, 12, 9, 1, 64 * TIB);
	assert_int_equal(f.phys.node[0].nr_free, 64 * TIB / 4096 - 1);
	last = take(&f, 0, 0);
	assert_int_equal(page_write_bytes(&f.phys, last, 9, "x", 1), 0);
	give(&f, last, 0);
	finish(&f);
	start(&f, 12, 9, 64, TIB);
	last = take(&f, 9, 63);
	assert_int_equal(last, 63 * (TIB / 4096));
	finish(&f);
}

/* ---- allocating ---- */

static void frame_zero_is_never_handed_out(void **state)
{
	struct fixture f;
	pfn_t pfn;
	u64 nr = 0;

	(void)state;
	start(&f, 12, 5, 1, 4096 * 64);
	while ((pfn = phys_alloc(&f.phys, 0, 0)) != PFN_NONE) {
		assert_true(pfn > 0 && pfn < 64);
		nr++;
	}
	assert_int_equal(nr, 63);
	assert_false(f.host.failed);
	assert_int_equal(f.phys.nr_fails, 1);
	assert_int_equal(f.phys.nr_allocs, 63);
	finish(&f);
}

static void alloc_initialises_the_head_only(void **state)
{
	struct fixture f;
	struct page *page;
	pfn_t pfn;

	(void)state;
	start(&f, 12, 9, 1, 8 * MIB);
	pfn = take(&f, 0, 0);
	page = frame(&f, pfn);
	*page = (struct page){ .flags = (u32)(PG_dirty | PG_swapbacked),
			       .mapcount = 3,
			       .last_cpupid = 7,
			       .mapping = 9,
			       .index = 11 };
	give(&f, pfn, 0);
	assert_int_equal(take(&f, 0, 0), pfn);
	assert_int_equal(page->flags, 0);
	assert_int_equal(page->refcount, 1);
	assert_int_equal(page->mapcount, 0);
	assert_int_equal(page->last_cpupid, 0);
	assert_true(!page->mapping && !page->index);
	pfn = take(&f, 4, 0);
	assert_int_equal(pfn % 16, 0);
	assert_int_equal(frame(&f, pfn)->flags,
			 PG_head | (u64)4 << PG_ORDER_SHIFT);
	assert_int_equal(frame(&f, pfn)->refcount, 1);
	assert_int_equal(frame(&f, pfn + 1)->refcount, 0);
	finish(&f);
}

static void freed_page_is_reused_first(void **state)
{
	struct fixture f;
	pfn_t a, b;

	(void)state;
	start(&f, 12, 9, 1, 8 * MIB);
	a = take(&f, 0, 0);
	b = take(&f, 0, 0);
	give(&f, a, 0);
	give(&f, b, 0);
	assert_int_equal(take(&f, 0, 0), b);
	assert_int_equal(take(&f, 0, 0), a);
	finish(&f);
}

static void pages_of_a_fresh_block_come_in_order(void **state)
{
	struct fixture f;
	pfn_t first, i;

	(void)state;
	start(&f, 12, 9, 2, 8 * MIB);
	first = take(&f, 0, 1);
	for (i = 1; i < 1024; i++)
		assert_int_equal(take(&f, 0, 1), first + i);
	finish(&f);
}

static void buddies_merge_to_whole_blocks(void **state)
{
	struct fixture f;
	pfn_t pfn[1024];
	unsigned i;

	(void)state;
	start(&f, 12, 9, 2, 4 * MIB);
	for (i = 0; i < 1024; i++)
		pfn[i] = take(&f, 0, 1);
	assert_int_equal(f.phys.node[1].nr_free, 0);
	assert_int_equal(f.phys.node[1].nr_alloc, 1024);
	for (i = 0; i < 1024; i++)
		give(&f, pfn[i * 37 % 1024], 0);
	assert_sound(&f.phys);
	/* The stack is emptied before a large request fails. */
	assert_int_equal(take(&f, 9, 1) & 511, 0);
	assert_int_equal(take(&f, 9, 1) & 511, 0);
	assert_int_equal(f.phys.node[1].nr_free, 0);
	finish(&f);
}

static void range_freed_in_order_goes_back_in_chunks(void **state)
{
	struct fixture f;
	pfn_t pfn;
	unsigned order;

	(void)state;
	for (order = 1; order < 8; order++) {
		start(&f, 12, order, 1, 4096 * 512);
		for (pfn = 1; pfn < 512; pfn++)
			assert_int_equal(take(&f, 0, 0), pfn);
		for (pfn = 1; pfn < 512; pfn++)
			give(&f, pfn, 0);
		assert_sound(&f.phys);
		/* All but block 0 is whole again. */
		for (pfn = 1u << order; pfn < 512; pfn += 1u << order)
			take(&f, order, 0);
		assert_int_equal(f.phys.node[0].nr_free, (1u << order) - 1);
		finish(&f);
	}
}

static void other_nodes_help_nearest_first(void **state)
{
	struct fixture f;
	unsigned i;
	static const unsigned order[] = { 2, 1, 3, 0, 4 };

	(void)state;
	start(&f, 12, 9, 5, 2 * MIB);
	/* Block 0 is never whole; node 0 has 256 pages at once. */
	for (i = 0; i < 5; i++)
		assert_int_equal(
			pfn_to_node(&f.phys, take(&f, order[i] ? 9 : 8, 2)),
			order[i]);
	for (i = 0; i < 255; i++)
		assert_int_equal(pfn_to_node(&f.phys, take(&f, 0, 2)), 0);
	assert_int_equal(phys_alloc(&f.phys, 0, 4), PFN_NONE);
	assert_false(f.host.failed);
	finish(&f);
}

static void simulated_failure_hits_the_nth(void **state)
{
	struct fixture f;

	(void)state;
	start(&f, 12, 9, 1, 8 * MIB);
	f.phys.fail_in = 3;
	take(&f, 0, 0);
	take(&f, 3, 0);
	assert_int_equal(phys_alloc(&f.phys, 0, 0), PFN_NONE);
	assert_false(f.host.failed);
	assert_int_equal(f.phys.nr_fails, 1);
	take(&f, 0, 0);
	assert_int_equal(f.phys.nr_allocs, 3);
	finish(&f);
}

static void host_is_asked_once_per_block(void **state)
{
	struct fixture f;
	unsigned i;
	pfn_t pfn;

	(void)state;
	start(&f, 12, 9, 1, 8 * MIB);
	/* Block 0 is paid for; the next question would be refused. */
	f.host.fail_in = 1;
	for (i = 0; i < 511; i++)
		take(&f, 0, 0);
	assert_false(f.host.failed);
	assert_int_equal(phys_alloc(&f.phys, 0, 0), PFN_NONE);
	assert_true(f.host.failed);
	assert_int_equal(f.phys.nr_fails, 0);
	assert_int_equal(f.phys.nr_allocs, 511);
	f.host.failed = false;
	f.host.fail_in = 1;
	assert_int_equal(phys_alloc(&f.phys, 9, 0), PFN_NONE);
	assert_true(f.host.failed);
	f.host.failed = false;
	assert_sound(&f.phys);
	pfn = take(&f, 9, 0);
	f.host.fail_in = 1;
	give(&f, pfn, 9);
	assert_int_equal(take(&f, 9, 0), pfn);
	assert_false(f.host.failed);
	f.host.fail_in = 0;
	finish(&f);
}

static void host_refusal_does_not_fall_back(void **state)
{
	struct fixture f;

	(void)state;
	start(&f, 12, 9, 2, 2 * MIB);
	f.host.fail_in = 1;
	assert_int_equal(phys_alloc(&f.phys, 0, 1), PFN_NONE);
	assert_true(f.host.failed);
	assert_int_equal(f.phys.node[0].nr_alloc, 0);
	finish(&f);
}

static void split_huge_folio_is_freed_in_pieces(void **state)
{
	struct fixture f;
	pfn_t pfn;
	unsigned i;

	(void)state;
	start(&f, 12, 9, 1, 8 * MIB);
	pfn = take(&f, 9, 0);
	for (i = 0; i < 512; i++)
		*frame(&f, pfn + i) = (struct page){ .refcount = 1 };
	for (i = 0; i < 512; i++) {
		give(&f, pfn + i, 0);
		assert_sound(&f.phys);
	}
	finish(&f);
}

/* ---- large folios ---- */

static pfn_t take_folio(struct fixture *f, unsigned order)
{
	pfn_t pfn = phys_alloc_folio(&f->phys, order, 0);

	assert_true(pfn != PFN_NONE);
	assert_int_equal(folio_order(&f->phys, pfn), order);
	assert_int_equal(folio_page(&f->phys, pfn)->refcount, 1);
	assert_sound(&f->phys);
	return pfn;
}

static void give_folio(struct fixture *f, pfn_t pfn)
{
	folio_page(&f->phys, pfn)->refcount = 0;
	phys_free_folio(&f->phys, pfn);
	assert_sound(&f->phys);
}

static void tails_know_their_head(void **state)
{
	unsigned order;
	struct fixture f;
	pfn_t pfn, i;

	(void)state;
	start(&f, 12, 9, 1, 8 * MIB);
	for (order = 1; order <= 9; order++) {
		pfn = take_folio(&f, order);
		for (i = 0; i < (pfn_t)1 << order; i++) {
			assert_int_equal(folio_pfn(&f.phys, pfn + i), pfn);
			assert_int_equal(folio_order(&f.phys, pfn + i), order);
			assert_ptr_equal(folio_page(&f.phys, pfn + i),
					 folio_page(&f.phys, pfn));
		}
		give_folio(&f, pfn);
		assert_int_equal(folio_order(&f.phys, pfn + 1), 0);
	}
	finish(&f);
}

static void huge_folio_writes_no_struct_page(void **state)
{
	struct page none = { .flags = 0 };
	struct fixture f;
	pfn_t pfn, i;

	(void)state;
	start(&f, 12, 9, 1, 8 * MIB);
	/* All that it costs. */
	assert_true(sizeof(struct block) <= 64);
	pfn = take_folio(&f, 9);
	folio_mm_add(folio_counts(&f.phys, pfn), 7, 1);
	/* Nor does what is known of its first page. */
	page_write_bytes(&f.phys, pfn, 0, "x", 1);
	page_write_unknown(&f.phys, pfn);
	for (i = 0; i < 512; i++)
		assert_memory_equal(frame(&f, pfn + i), &none, sizeof(none));
	give_folio(&f, pfn);
	finish(&f);
}

/* More than what the host is asked for huge pages for, on both nodes, up to
 * the end of what there is. */
static void every_huge_folio_of_many(void **state)
{
	const u64 nr = 2 * 40000;
	struct fixture f;
	pfn_t pfn, i;

	(void)state;
	if (use_chunks)
		return; /* a chunk each */
	start(&f, 12, 9, 2, nr * MIB);
	for (i = 0; i < nr - 1; i++) {
		pfn = phys_alloc_folio(&f.phys, 9, 0);
		assert_int_not_equal(pfn, PFN_NONE);
		folio_counts(&f.phys, pfn)->large_mapcount = (s32)i;
	}
	assert_int_equal(phys_alloc_folio(&f.phys, 9, 0), PFN_NONE);
	assert_int_equal(folio_counts(&f.phys, 512)->large_mapcount, 0);
	assert_int_equal(folio_counts(&f.phys, pfn)->large_mapcount, nr - 2);
	assert_sound(&f.phys);
	phys_destroy(&f.phys);
}

/* What was said in the block, and the contents, are found in struct pages. */
static void spread_folio_says_the_same(void **state)
{
	struct fixture f;
	char byte;
	pfn_t pfn;

	(void)state;
	start(&f, 12, 9, 1, 8 * MIB);
	pfn = take_folio(&f, 9);
	folio_page(&f.phys, pfn)->refcount = 5;
	folio_page(&f.phys, pfn)->index = 77;
	folio_counts(&f.phys, pfn)->entire_mapcount = 3;
	page_write_bytes(&f.phys, pfn, 0, "a", 1);
	page_write_bytes(&f.phys, pfn + 9, 0, "b", 1);
	folio_spread(&f.phys, pfn + 5);
	assert_ptr_equal(folio_page(&f.phys, pfn + 5), frame(&f, pfn));
	assert_int_equal(frame(&f, pfn)->refcount, 5);
	assert_int_equal(frame(&f, pfn)->index, 77);
	assert_int_equal(folio_counts(&f.phys, pfn + 8)->entire_mapcount, 3);
	assert_true(page_is_large(frame(&f, pfn + 511)));
	page_read_bytes(&f.phys, pfn, 0, &byte, 1);
	assert_int_equal(byte, 'a');
	page_read_bytes(&f.phys, pfn + 9, 0, &byte, 1);
	assert_int_equal(byte, 'b');
	give_folio(&f, pfn);
	assert_true(page_is_zero(&f.phys, pfn + 9));
	finish(&f);
}

/* Whoever moves the contents of the first page out of the block. */
static void contents_of_a_huge_head_move(void **state)
{
	struct fixture f;
	pfn_t pfn, single;
	char bytes[2];
	unsigned how;

	(void)state;
	start(&f, 12, 9, 1, 8 * MIB);
	single = take(&f, 0, 0);
	page_write_bytes(&f.phys, single, 0, "yz", 2);
	for (how = 0; how < 4; how++) {
		pfn = take_folio(&f, 9);
		page_write_bytes(&f.phys, pfn, 0, "x", 1);
		bytes[1] = 0;
		if (how == 0)
			folio_spread(&f.phys, pfn);
		else if (how == 1)
			page_write_bytes(&f.phys, pfn + 3, 0, "b", 1);
		else if (how == 2)
			page_write_bytes(&f.phys, pfn, 1, "z", 1);
		else
			page_copy_contents(&f.phys, pfn, single);
		page_read_bytes(&f.phys, pfn, 0, bytes, 2);
		assert_int_equal(bytes[0], how == 3 ? 'y' : 'x');
		assert_int_equal(bytes[1], how >= 2 ? 'z' : 0);
		folio_spread(&f.phys, pfn);
		page_read_bytes(&f.phys, pfn, 0, bytes, 2);
		assert_int_equal(bytes[0], how == 3 ? 'y' : 'x');
		give_folio(&f, pfn);
		assert_true(page_is_zero(&f.phys, pfn));
	}
	give(&f, single, 0);
	finish(&f);
}

static void broken_up_folio_is_single_pages(void **state)
{
	struct fixture f;
	unsigned order;
	pfn_t pfn, i;

	(void)state;
	start(&f, 12, 9, 1, 8 * MIB);
	for (order = 2; order <= 9; order += 7) {
		pfn = take_folio(&f, order);
		folio_page(&f.phys, pfn)->index = 100;
		page_set(folio_page(&f.phys, pfn), PG_swapbacked);
		folio_break(&f.phys, pfn);
		for (i = 0; i < (pfn_t)1 << order; i++) {
			assert_int_equal(folio_order(&f.phys, pfn + i), 0);
			assert_int_equal(frame(&f, pfn + i)->index, 100 + i);
			assert_true(
				page_test(frame(&f, pfn + i), PG_swapbacked));
			give(&f, pfn + i, 0);
		}
		assert_sound(&f.phys);
	}
	finish(&f);
}

static bool shared(const struct folio_counts *counts)
{
	return counts->mm_id[0] & FOLIO_SHARED;
}

/* semantics-rmap-swap.md 1.1: exclusive iff one slot has all mappings. */
static void two_processes_are_told_apart(void **state)
{
	struct folio_counts counts = { 0 };

	(void)state;
	folio_mm_add(&counts, 1, 16);
	assert_false(shared(&counts));
	folio_mm_add(&counts, 2, 16);
	assert_true(shared(&counts));
	assert_int_equal(counts.large_mapcount, 32);
	folio_mm_del(&counts, 1, 16);
	assert_false(shared(&counts));
	/* A third finds the slot of the first. */
	folio_mm_add(&counts, 3, 1);
	folio_mm_add(&counts, 4, 1);
	assert_true(shared(&counts));
	folio_mm_del(&counts, 2, 16);
	folio_mm_del(&counts, 3, 1);
	/* The fourth had no slot: it is not known to be alone. */
	assert_int_equal(counts.large_mapcount, 1);
	assert_true(shared(&counts));
	folio_mm_del(&counts, 4, 1);
	assert_int_equal(counts.large_mapcount, 0);
}

/* ---- the check itself ---- */

static int broken(struct fixture *f)
{
	int lines = 0, nr = phys_check(&f->phys, count_broken, &lines);

	assert_int_equal(nr, lines);
	return nr;
}

static void check_finds_what_is_broken(void **state)
{
	struct fixture f;
	pfn_t pfn, head;

	(void)state;
	start(&f, 12, 9, 1, 8 * MIB);
	pfn = take(&f, 0, 0);
	head = f.phys.node[0].free[8];
	f.phys.node[0].nr_free++;
	assert_true(broken(&f));
	f.phys.node[0].nr_free--;
	f.phys.nr_table_pages++;
	assert_true(broken(&f));
	f.phys.nr_table_pages--;
	frame(&f, head + 3)->refcount = 1;
	assert_true(broken(&f));
	frame(&f, head + 3)->refcount = 0;
	frame(&f, head)->index = 5;
	assert_true(broken(&f));
	frame(&f, head)->index = 0;
	f.phys.node[0].free[8] = 0;
	assert_true(broken(&f));
	f.phys.node[0].free[8] = head;
	frame(&f, f.phys.node[0].pcp[0])->refcount = 1;
	assert_true(broken(&f));
	frame(&f, f.phys.node[0].pcp[0])->refcount = 0;
	frame(&f, 0)->flags = 0;
	assert_true(broken(&f));
	page_set(frame(&f, 0), PG_reserved);
	give(&f, pfn, 0);
	finish(&f);
}

/* ---- host memory ---- */

static void freed_contents_go_back_in_batches(void **state)
{
	struct fixture f;
	pfn_t pfn[200];
	unsigned i, kept, dirty = 0;

	(void)state;
	start(&f, 12, 9, 1, 8 * MIB);
	/* Room for 128 of them, in place of 256 MiB. */
	kept = f.phys.decommit_size;
	f.phys.decommit_size = use_chunks ? kept : 128;
	for (i = 0; i < 200; i++) {
		pfn[i] = take(&f, 0, 0);
		page_write_bytes(&f.phys, pfn[i], 100, "abc", 3);
		assert_true(page_test(frame(&f, pfn[i]), PG_hostdirty));
	}
	for (i = 0; i < 200; i++)
		give(&f, pfn[i], 0);
	for (i = 0; i < 200; i++) {
		if (page_test(frame(&f, pfn[i]), PG_hostdirty))
			dirty++;
		else
			assert_true(frame_is_zero(&f, pfn[i]));
	}
	if (use_chunks) {
		/* They keep what they have. */
		assert_int_equal(dirty, 200);
		finish(&f);
		return;
	}
	/* Two batches went; a host with larger pages keeps edges. */
	assert_true(dirty >= 200 - 128);
	assert_true(dirty <= 128 || f.phys.host_page_shift > 12);
	assert_sound(&f.phys);
	f.phys.decommit_size = kept;
	finish(&f);
}

static void frame_in_use_again_keeps_its_contents(void **state)
{
	struct fixture f;
	pfn_t pfn, again, other;
	char byte;
	unsigned i;

	(void)state;
	start(&f, 12, 9, 1, 8 * MIB);
	pfn = take(&f, 0, 0);
	page_write_bytes(&f.phys, pfn, 1, "old", 3);
	give(&f, pfn, 0);
	again = take(&f, 0, 0);
	assert_int_equal(again, pfn);
	assert_true(page_is_zero(&f.phys, again));
	page_write_bytes(&f.phys, again, 2, "N", 1);
	/* Its first life comes up in a batch while the second goes on. */
	for (i = 0; i < 130; i++) {
		other = take(&f, 0, 0);
		page_write_bytes(&f.phys, other, 7, "x", 1);
		give(&f, other, 0);
	}
	page_read_bytes(&f.phys, again, 2, &byte, 1);
	assert_int_equal(byte, 'N');
	page_read_bytes(&f.phys, again, 1, &byte, 1);
	assert_int_equal(byte, 0);
	finish(&f);
}

static void contents_behind_a_huge_head_are_dropped(void **state)
{
	struct fixture f;
	pfn_t pfn;
	unsigned i;

	(void)state;
	start(&f, 12, 9, 1, 4 * MIB);
	pfn = take(&f, 9, 0);
	for (i = 0; i < 512; i += 3)
		page_write_bytes(&f.phys, pfn + i, i, "huge", 4);
	page_write_bytes(&f.phys, pfn + 1, 0, "1", 1);
	give(&f, pfn, 9);
	assert_int_equal(take(&f, 9, 0), pfn);
	for (i = 0; i < 512; i++)
		assert_true(page_is_zero(&f.phys, pfn + i));
	give(&f, pfn, 9);
	finish(&f);
}

/* ---- tables ---- */

static void tables_are_zero_and_counted(void **state)
{
	struct fixture f;
	struct table_cache cache = { 0 };
	paddr_t a, b;

	(void)state;
	start(&f, 12, 9, 1, 8 * MIB);
	assert_int_equal(phys_table_alloc(&f.phys, &cache, 4096, 0, &a), 0);
	assert_int_equal(phys_table_alloc(&f.phys, &cache, 65536, 0, &b), 0);
	assert_int_equal(b % 65536, 0);
	assert_int_equal(f.phys.nr_table_pages, 17);
	memset(phys_to_virt(&f.phys, a), 0x5a, 4096);
	memset(phys_to_virt(&f.phys, b), 0x5a, 65536);
	phys_table_free(&f.phys, &cache, a, 4096, false);
	phys_table_free(&f.phys, &cache, b, 65536, false);
	assert_int_equal(f.phys.nr_table_pages, 0);
	assert_sound(&f.phys);
	assert_int_equal(phys_table_alloc(&f.phys, &cache, 4096, 0, &a), 0);
	assert_true(frame_is_zero(&f, a >> 12));
	assert_true(page_test(frame(&f, a >> 12), PG_table));
	/* Seen to be zero: nothing has to be done for it. */
	phys_table_free(&f.phys, &cache, a, 4096, true);
	assert_false(page_test(frame(&f, a >> 12), PG_hostdirty));
	finish(&f);
}

/* The host's memory for tables comes in pieces: what is not written for a long
 * time lies elsewhere. */
static void idle_tables_lie_apart(void **state)
{
	struct fixture f;
	struct table_cache cache = { 0 };
	paddr_t used[32], idle[32];
	unsigned i;

	(void)state;
	start(&f, 12, 9, 1, 8 * MIB);
	for (i = 0; i < ARRAY_SIZE(used); i++) {
		assert_int_equal(
			phys_table_alloc(&f.phys, &cache, 4096, 0, &used[i]),
			0);
		assert_int_equal(phys_table_alloc_idle(&f.phys, &cache, 4096, 0,
						       &idle[i]),
				 0);
		assert_true(frame_is_zero(&f, idle[i] >> 12));
	}
	/* The first ones lie where there was room. */
	for (i = ARRAY_SIZE(used) / 2; i < ARRAY_SIZE(used); i++)
		assert_int_equal(used[i], used[i - 1] + 4096);
	assert_int_equal(f.phys.nr_table_pages, 2 * ARRAY_SIZE(used));
	for (i = 0; i < ARRAY_SIZE(used); i++) {
		phys_table_free(&f.phys, &cache, used[i], 4096, true);
		phys_table_free_idle(&f.phys, &cache, idle[i], 4096);
	}
	assert_int_equal(f.phys.nr_table_pages, 0);
	assert_sound(&f.phys);
	/* What was in use is used again, the last one first. */
	for (i = ARRAY_SIZE(used); i-- > 0;) {
		assert_int_equal(
			phys_table_alloc(&f.phys, &cache, 4096, 0, &idle[i]),
			0);
		assert_int_equal(idle[i], used[i]);
	}
	for (i = 0; i < ARRAY_SIZE(used); i++)
		phys_table_free(&f.phys, &cache, used[i], 4096, true);
	assert_sound(&f.phys);
	finish(&f);
}

/* What tables leave on a node is used before another node's memory. */
static void what_tables_leave_is_used_first(void **state)
{
	struct table_cache cache = { 0 };
	paddr_t table[1024];
	struct fixture f;
	unsigned i;

	(void)state;
	start(&f, 12, 9, 2, 8 * MIB);
	for (i = 0; i < ARRAY_SIZE(table); i++)
		assert_int_equal(
			phys_table_alloc(&f.phys, &cache, 4096, 0, &table[i]),
			0);
	for (i = 0; i < ARRAY_SIZE(table); i++)
		phys_table_free(&f.phys, &cache, table[i], 4096, true);
	assert_sound(&f.phys);
	/* All but frame 0. */
	for (i = 1; i < 2048; i++)
		assert_int_equal(
			pfn_to_node(&f.phys, phys_alloc(&f.phys, 0, 0)), 0);
	assert_int_equal(pfn_to_node(&f.phys, phys_alloc(&f.phys, 0, 0)), 1);
	assert_sound(&f.phys);
	phys_destroy(&f.phys);
}

static void table_as_large_as_a_block(void **state)
{
	struct fixture f;
	struct table_cache cache = { 0 };
	paddr_t a;

	(void)state;
	start(&f, 12, 3, 1, MIB);
	assert_int_equal(phys_table_alloc(&f.phys, &cache, 32768, 0, &a), 0);
	memset(phys_to_virt(&f.phys, a), 1, 32768);
	assert_sound(&f.phys);
	phys_table_free(&f.phys, &cache, a, 32768, false);
	/* The frames behind the first are found as well. */
	assert_int_equal(f.phys.nr_decommit, use_chunks ? 0 : 8);
	assert_int_equal(phys_table_alloc(&f.phys, &cache, 32768, 0, &a), 0);
	assert_true(frame_is_zero(&f, a >> 12));
	assert_true(frame_is_zero(&f, (a >> 12) + 7));
	phys_table_free(&f.phys, &cache, a, 32768, true);
	finish(&f);
}

static void fragments_share_a_page_of_one_cache(void **state)
{
	struct fixture f;
	struct table_cache mine = { 0 }, theirs = { 0 };
	paddr_t t[17], other;
	unsigned i;

	(void)state;
	start(&f, 16, 5, 1, 64 * MIB);
	for (i = 0; i < 16; i++) {
		assert_int_equal(
			phys_table_alloc(&f.phys, &mine, 4096, 0, &t[i]), 0);
		assert_int_equal(t[i], t[0] + i * 4096);
		memset(phys_to_virt(&f.phys, t[i]), (int)i + 1, 4096);
	}
	assert_int_equal(f.phys.nr_table_pages, 1);
	assert_int_equal(phys_table_alloc(&f.phys, &theirs, 4096, 0, &other),
			 0);
	assert_true(other >> 16 != t[0] >> 16);
	assert_int_equal(phys_table_alloc(&f.phys, &mine, 4096, 0, &t[16]), 0);
	assert_true(t[16] >> 16 != t[0] >> 16);
	assert_int_equal(f.phys.nr_table_pages, 3);
	for (i = 0; i < 16; i++) {
		assert_int_equal(f.phys.nr_table_pages, 3);
		phys_table_free(&f.phys, &mine, t[i], 4096, i != 7);
	}
	/* Fully cut and all freed; one was not zero. */
	assert_int_equal(f.phys.nr_table_pages, 2);
	assert_true(page_test(frame(&f, t[0] >> 16), PG_hostdirty));
	phys_table_free(&f.phys, &mine, t[16], 4096, true);
	phys_table_free(&f.phys, &theirs, other, 4096, true);
	/* Both pages are still being cut. */
	assert_int_equal(f.phys.nr_table_pages, 2);
	phys_table_cache_drop(&f.phys, &mine);
	phys_table_cache_drop(&f.phys, &theirs);
	phys_table_cache_drop(&f.phys, &theirs);
	assert_int_equal(f.phys.nr_table_pages, 0);
	assert_int_equal(f.phys.node[0].nr_alloc, 0);
	finish(&f);
}

static void one_fragment_again_and_again_does_not_grow(void **state)
{
	struct fixture f;
	struct table_cache cache = { 0 };
	paddr_t t;
	unsigned i;

	(void)state;
	start(&f, 16, 5, 1, 64 * MIB);
	for (i = 0; i < 1000; i++) {
		assert_int_equal(phys_table_alloc(&f.phys, &cache, 8192, 0, &t),
				 0);
		assert_int_equal(*(char *)phys_to_virt(&f.phys, t), 0);
		*(char *)phys_to_virt(&f.phys, t) = 1;
		assert_true(f.phys.nr_table_pages <= 1);
		phys_table_free(&f.phys, &cache, t, 8192, false);
	}
	phys_table_cache_drop(&f.phys, &cache);
	assert_int_equal(f.phys.node[0].nr_alloc, 0);
	finish(&f);
}

static void failed_table_changes_nothing(void **state)
{
	struct fixture f;
	struct table_cache cache = { 0 };
	paddr_t t = 1;

	(void)state;
	start(&f, 16, 5, 1, 64 * MIB);
	f.phys.fail_in = 1;
	assert_int_equal(phys_table_alloc(&f.phys, &cache, 4096, 0, &t),
			 -ENOMEM);
	f.phys.fail_in = 1;
	assert_int_equal(phys_table_alloc(&f.phys, &cache, 65536, 0, &t),
			 -ENOMEM);
	assert_true(t == 1 && !cache.frag && !f.phys.nr_table_pages);
	finish(&f);
}

/* ---- contents ---- */

static bool uses_host(struct fixture *f, pfn_t pfn)
{
	return page_test(frame(f, pfn), PG_CONTENT_BYTES);
}

static char byte_at(struct fixture *f, pfn_t pfn, u64 offset)
{
	char byte = 'E';

	page_read_bytes(&f->phys, pfn, offset, &byte, 1);
	return byte;
}

static void first_byte_needs_no_host_memory(void **state)
{
	struct fixture f;
	pfn_t a, b;

	(void)state;
	start(&f, 12, 9, 1, 8 * MIB);
	a = take(&f, 0, 0);
	b = take(&f, 0, 0);
	assert_int_equal(page_write_bytes(&f.phys, a, 0, "A", 1), 0);
	assert_false(uses_host(&f, a) || page_test(frame(&f, a), PG_hostdirty));
	assert_int_equal(byte_at(&f, a, 0), 'A');
	assert_int_equal(byte_at(&f, a, 1), 0);
	assert_false(page_is_zero(&f.phys, a));
	assert_false(page_same_contents(&f.phys, a, b));
	assert_int_equal(page_write_bytes(&f.phys, a, 0, "\0\0", 2), 0);
	assert_true(page_is_zero(&f.phys, a));
	assert_true(page_same_contents(&f.phys, a, b));
	/* Bytes elsewhere do, and keep the first. */
	assert_int_equal(page_write_bytes(&f.phys, a, 0, "F", 1), 0);
	assert_int_equal(page_write_bytes(&f.phys, a, 4095, "L", 1), 0);
	assert_true(uses_host(&f, a) && page_test(frame(&f, a), PG_hostdirty));
	assert_int_equal(byte_at(&f, a, 0), 'F');
	assert_int_equal(byte_at(&f, a, 4095), 'L');
	finish(&f);
}

static void unknown_is_equal_to_nothing(void **state)
{
	struct fixture f;
	char page[4096] = "whole";
	pfn_t a;

	(void)state;
	start(&f, 12, 9, 1, 8 * MIB);
	a = take(&f, 0, 0);
	assert_true(page_same_contents(&f.phys, a, a));
	page_write_unknown(&f.phys, a);
	assert_int_equal(frame(&f, a)->flags, PG_CONTENT_UNKNOWN);
	assert_false(page_same_contents(&f.phys, a, a));
	assert_false(page_is_zero(&f.phys, a));
	assert_int_equal(byte_at(&f, a, 5), 0);
	page_write_bytes(&f.phys, a, 10, "k", 1);
	assert_int_equal(frame(&f, a)->flags & PG_CONTENT_MASK,
			 PG_CONTENT_PARTLY);
	assert_false(page_same_contents(&f.phys, a, a));
	page_write_bytes(&f.phys, a, 0, page, 4096);
	assert_int_equal(frame(&f, a)->flags & PG_CONTENT_MASK,
			 PG_CONTENT_BYTES);
	assert_true(page_same_contents(&f.phys, a, a));
	page_write_unknown(&f.phys, a);
	assert_int_equal(frame(&f, a)->flags & PG_CONTENT_MASK,
			 PG_CONTENT_PARTLY);
	page_zero_bytes(&f.phys, a, 0, 4096);
	assert_true(page_is_zero(&f.phys, a));
	assert_false(uses_host(&f, a));
	page_write_bytes(&f.phys, a, 10, "k", 1);
	memset(page + 1, 0, 4095);
	page_write_bytes(&f.phys, a, 0, page, 4096);
	assert_false(uses_host(&f, a));
	assert_int_equal(byte_at(&f, a, 0), 'w');
	assert_int_equal(byte_at(&f, a, 10), 0);
	finish(&f);
}

static void equal_contents_in_different_places_are_equal(void **state)
{
	struct fixture f;
	pfn_t a, b;

	(void)state;
	start(&f, 12, 9, 1, 8 * MIB);
	a = take(&f, 0, 0);
	b = take(&f, 0, 0);
	page_write_bytes(&f.phys, a, 0, "Q", 1);
	page_write_bytes(&f.phys, b, 0, "Qx", 2);
	page_zero_bytes(&f.phys, b, 1, 1);
	assert_true(!uses_host(&f, a) && uses_host(&f, b));
	assert_true(page_same_contents(&f.phys, a, b));
	assert_true(page_same_contents(&f.phys, b, a));
	page_zero_bytes(&f.phys, b, 0, 1);
	assert_true(page_is_zero(&f.phys, b));
	assert_false(page_same_contents(&f.phys, a, b));
	finish(&f);
}

static void copy_takes_over_everything_known_or_not(void **state)
{
	struct fixture f;
	pfn_t a, b;

	(void)state;
	start(&f, 12, 9, 1, 8 * MIB);
	a = take(&f, 0, 0);
	b = take(&f, 0, 0);
	page_write_bytes(&f.phys, a, 40, "copy", 4);
	page_write_bytes(&f.phys, b, 90, "gone", 4);
	assert_int_equal(page_copy_contents(&f.phys, b, a), 0);
	assert_true(page_same_contents(&f.phys, a, b));
	assert_int_equal(byte_at(&f, b, 43), 'y');
	assert_int_equal(byte_at(&f, b, 90), 0);
	assert_int_equal(page_copy_contents(&f.phys, a, a), 0);
	assert_int_equal(byte_at(&f, a, 43), 'y');
	page_zero_bytes(&f.phys, a, 0, 4096);
	page_write_bytes(&f.phys, a, 0, "1", 1);
	page_write_unknown(&f.phys, a);
	assert_int_equal(page_copy_contents(&f.phys, b, a), 0);
	assert_false(uses_host(&f, b));
	assert_int_equal(byte_at(&f, b, 0), '1');
	assert_int_equal(byte_at(&f, b, 43), 0);
	assert_false(page_same_contents(&f.phys, b, b));
	/* What lies in b's host memory does not come back. */
	page_write_bytes(&f.phys, b, 41, "-", 1);
	assert_int_equal(byte_at(&f, b, 43), 0);
	assert_int_equal(byte_at(&f, b, 0), '1');
	finish(&f);
}

#define MODEL_PAGES 24

struct content_model {
	pfn_t pfn[MODEL_PAGES];
	u8 bytes[MODEL_PAGES][4096];
	bool unknown[MODEL_PAGES];
};

static void model_write(struct fixture *f, struct content_model *m, unsigned i)
{
	u64 offset = next_random(f) % 4 ? 0 : next_random(f) % 4096;
	u64 len = next_random(f) % 8 ? next_random(f) % 9 : 4096;
	u8 buf[4096] = { 0 };
	unsigned j;

	if (next_random(f) % 3)
		for (j = 0; j < 8; j++)
			buf[j] = (u8)next_random(f);
	if (len > 4096 - offset)
		len = 4096 - offset;
	assert_int_equal(
		page_write_bytes(&f->phys, m->pfn[i], offset, buf, len), 0);
	memcpy(m->bytes[i] + offset, buf, (size_t)len);
	if (len == 4096)
		m->unknown[i] = false;
}

static void model_zero(struct fixture *f, struct content_model *m, unsigned i)
{
	u64 offset = next_random(f) % 3 ? 0 : next_random(f) % 4096;
	u64 len = next_random(f) % 3 ? 4096 - offset : 1;

	page_zero_bytes(&f->phys, m->pfn[i], offset, len);
	memset(m->bytes[i] + offset, 0, (size_t)len);
	if (len == 4096)
		m->unknown[i] = false;
}

static void model_renew(struct fixture *f, struct content_model *m, unsigned i)
{
	give(f, m->pfn[i], 0);
	m->pfn[i] = take(f, 0, 0);
	memset(m->bytes[i], 0, 4096);
	m->unknown[i] = false;
}

static void model_copy(struct fixture *f, struct content_model *m, unsigned i,
		       unsigned j)
{
	page_copy_contents(&f->phys, m->pfn[i], m->pfn[j]);
	memmove(m->bytes[i], m->bytes[j], 4096);
	m->unknown[i] = m->unknown[j];
}

static void model_step(struct fixture *f, struct content_model *m)
{
	unsigned i = next_random(f) % MODEL_PAGES;

	switch (next_random(f) % 12) {
	case 0:
		page_write_unknown(&f->phys, m->pfn[i]);
		m->unknown[i] = true;
		break;
	case 1:
	case 2:
		model_copy(f, m, i, next_random(f) % MODEL_PAGES);
		break;
	case 3:
		model_zero(f, m, i);
		break;
	case 4:
	case 5:
		model_renew(f, m, i);
		break;
	default:
		model_write(f, m, i);
	}
}

static void model_compare(struct fixture *f, const struct content_model *m)
{
	static const u8 zero[4096];
	unsigned i = next_random(f) % MODEL_PAGES;
	unsigned j = next_random(f) % MODEL_PAGES;
	u8 buf[4096];

	page_read_bytes(&f->phys, m->pfn[i], 0, buf, 4096);
	assert_memory_equal(buf, m->bytes[i], 4096);
	assert_int_equal(page_same_contents(&f->phys, m->pfn[i], m->pfn[j]),
			 !m->unknown[i] && !m->unknown[j] &&
				 !memcmp(m->bytes[i], m->bytes[j], 4096));
	assert_int_equal(page_is_zero(&f->phys, m->pfn[i]),
			 !m->unknown[i] && !memcmp(m->bytes[i], zero, 4096));
}

static void random_contents_follow_the_model(void **state)
{
	static struct content_model m;
	struct fixture f;
	unsigned i;

	(void)state;
	start(&f, 12, 9, 1, 8 * MIB);
	memset(&m, 0, sizeof(m));
	for (i = 0; i < MODEL_PAGES; i++)
		m.pfn[i] = take(&f, 0, 0);
	for (i = 0; i < 40000; i++) {
		model_step(&f, &m);
		model_compare(&f, &m);
	}
	finish(&f);
}

/* ---- allocation at random ---- */

#define MODEL_FRAMES	4096
#define MODEL_ALLOCS	1500
#define MAX_TABLE_SHIFT 20 /* of PHYS_TABLE_MAX */

struct alloc_model {
	bool used[MODEL_FRAMES];
	struct {
		pfn_t pfn;
		unsigned order;
		bool table;
	} a[MODEL_ALLOCS];
	unsigned nr;
	u64 tables;
};

static void model_take(struct alloc_model *m, pfn_t pfn, unsigned order,
		       bool table)
{
	u64 i;

	assert_true(pfn > 0 && pfn + ((u64)1 << order) <= MODEL_FRAMES);
	assert_int_equal(pfn & (((u64)1 << order) - 1), 0);
	for (i = 0; i < (u64)1 << order; i++) {
		assert_false(m->used[pfn + i]);
		m->used[pfn + i] = true;
	}
	m->a[m->nr].pfn = pfn;
	m->a[m->nr].order = order;
	m->a[m->nr++].table = table;
	m->tables += table ? (u64)1 << order : 0;
}

static bool model_has_room(const struct fixture *f, const struct alloc_model *m,
			   unsigned order)
{
	u64 i, j, nr = (u64)1 << order, shift;
	const struct phys *phys = &f->phys;
	unsigned n;

	shift = phys->node_shift - phys->page_shift;
	for (n = 0; n < phys->nr_nodes; n++)
		for (i = 0; i + nr <= phys->node_pages; i += nr) {
			for (j = 0; j < nr; j++)
				if (m->used[((u64)n << shift) + i + j])
					break;
			if (j == nr)
				return true;
		}
	return false;
}

static void model_alloc_table(struct fixture *f, struct alloc_model *m,
			      unsigned order, unsigned node)
{
	u64 i, bytes = (u64)1 << (order + f->phys.page_shift);
	paddr_t table;
	char *p;

	if (phys_table_alloc(&f->phys, NULL, bytes, node, &table)) {
		assert_false(model_has_room(f, m, order));
		return;
	}
	p = phys_to_virt(&f->phys, table);
	for (i = 0; i < bytes; i += 512) {
		assert_int_equal(p[i], 0);
		p[i] = 1;
	}
	model_take(m, table >> f->phys.page_shift, order, true);
}

static void model_alloc(struct fixture *f, struct alloc_model *m)
{
	unsigned order = next_random(f) % 3
				 ? 0
				 : next_random(f) % (f->phys.block_order + 1u);
	unsigned node = next_random(f) % f->phys.nr_nodes;
	pfn_t pfn;

	if (m->nr == MODEL_ALLOCS)
		return;
	if (next_random(f) % 4 == 0 &&
	    order + f->phys.page_shift <= MAX_TABLE_SHIFT) {
		model_alloc_table(f, m, order, node);
		return;
	}
	pfn = phys_alloc(&f->phys, order, node);
	if (pfn == PFN_NONE) {
		assert_false(model_has_room(f, m, order));
		return;
	}
	model_take(m, pfn, order, false);
	pfn += next_random(f) & (((u64)1 << order) - 1);
	assert_true(page_is_zero(&f->phys, pfn));
	if (next_random(f) % 2)
		page_write_bytes(&f->phys, pfn, 512, "content", 7);
}

static void model_free(struct fixture *f, struct alloc_model *m)
{
	unsigned shift = f->phys.page_shift, i, order;
	bool zeroed = next_random(f) % 2;
	u64 bytes, j;
	pfn_t pfn;

	if (!m->nr)
		return;
	i = next_random(f) % m->nr;
	pfn = m->a[i].pfn;
	order = m->a[i].order;
	bytes = (u64)1 << (order + shift);
	for (j = 0; j < (u64)1 << order; j++)
		m->used[pfn + j] = false;
	if (m->a[i].table) {
		m->tables -= (u64)1 << order;
		if (zeroed)
			memset(phys_to_virt(&f->phys, pfn << shift), 0,
			       (size_t)bytes);
		phys_table_free(&f->phys, NULL, pfn << shift, bytes, zeroed);
	} else {
		give(f, pfn, order);
	}
	m->a[i] = m->a[--m->nr];
}

/* A frame that does not admit dirty host memory has none. */
static void assert_hostdirty_is_honest(struct fixture *f)
{
	pfn_t pfn, i;
	unsigned n;

	for (n = 0; n < f->phys.nr_nodes; n++)
		for (i = 0; i < f->phys.node_pages; i++) {
			pfn = f->phys.node[n].start + i;
			/* What was never handed out has no struct page. */
			if (pfn >= f->phys.node[n].fresh)
				break;
			if (!page_test(frame(f, pfn), PG_hostdirty))
				assert_true(frame_is_zero(f, pfn));
		}
}

static void run_alloc_model(unsigned shift, unsigned order, unsigned nodes,
			    u64 memory, unsigned steps)
{
	static struct alloc_model m;
	struct fixture f;
	unsigned i, grow;

	memset(&m, 0, sizeof(m));
	start(&f, shift, order, nodes, memory);
	assert_true(f.phys.max_pfn <= MODEL_FRAMES);
	m.used[0] = true;
	for (i = 0; i < steps; i++) {
		/* In waves: nearly empty, nearly full. */
		grow = i / 1500 % 2 ? 30 : 70;
		if (next_random(&f) % 100 < grow)
			model_alloc(&f, &m);
		else
			model_free(&f, &m);
		assert_int_equal(f.phys.nr_table_pages, m.tables);
		if (i % 64 == 0)
			assert_sound(&f.phys);
		if (i % 4096 == 0)
			assert_hostdirty_is_honest(&f);
	}
	while (m.nr)
		model_free(&f, &m);
	assert_hostdirty_is_honest(&f);
	for (i = 0; i < nodes; i++)
		assert_int_equal(f.phys.node[i].nr_alloc, 0);
	finish(&f);
}

static void random_allocation_4k(void **state)
{
	(void)state;
	run_alloc_model(12, 9, 2, 6 * MIB, 30000);
}

static void random_allocation_16k(void **state)
{
	(void)state;
	run_alloc_model(14, 11, 1, 64 * MIB, 6000);
}

static void random_allocation_64k(void **state)
{
	(void)state;
	run_alloc_model(16, 5, 3, 8 * MIB, 8000);
	run_alloc_model(16, 8, 1, 32 * MIB, 4000);
}

static void random_allocation_small_blocks(void **state)
{
	(void)state;
	run_alloc_model(12, 1, 2, 4096 * 50, 5000);
	run_alloc_model(13, 2, 5, 8192 * 60, 8000);
}

static void blocks_of_512_mib(void **state)
{
	struct fixture f;
	pfn_t pfn;

	(void)state;
	/* 512 MiB blocks of 64K pages. */
	start(&f, 16, 13, 2, 1024 * MIB);
	pfn = take(&f, 13, 0);
	assert_int_equal(pfn, 8192);
	give(&f, pfn, 13);
	assert_int_equal(take(&f, 0, 1), 16384);
	finish(&f);
}

/* ---- the n-th host request fails ---- */

/* A fixed sequence; false if something failed on the way. */
static bool run_sequence(struct fixture *f)
{
	static const unsigned orders[] = { 0, 9, 3, 9, 0, 8, 9, 1 };
	struct table_cache cache = { 0 };
	pfn_t pfn[8];
	paddr_t table;
	unsigned i;
	bool ok = true;

	for (i = 0; i < 8; i++) {
		pfn[i] = phys_alloc(&f->phys, orders[i], i % 2);
		assert_true(pfn[i] != PFN_NONE || f->host.failed);
		ok = ok && pfn[i] != PFN_NONE;
		assert_sound(&f->phys);
	}
	if (!phys_table_alloc(&f->phys, &cache, 1024, 0, &table))
		phys_table_free(&f->phys, &cache, table, 1024, true);
	else
		ok = false;
	phys_table_cache_drop(&f->phys, &cache);
	for (i = 0; i < 8; i++)
		if (pfn[i] != PFN_NONE)
			give(f, pfn[i], orders[i]);
	assert_int_equal(f->phys.node[0].nr_alloc, 0);
	assert_int_equal(f->phys.node[1].nr_alloc, 0);
	return ok;
}

static void every_host_failure_is_survived(void **state)
{
	struct fixture f = { 0 };
	bool ok = false;
	u64 n;
	int rc;

	(void)state;
	for (n = 1; !ok && n < 100; n++) {
		f.host = new_host(n);
		rc = phys_init(&f.phys, &f.host, 12, 9, 2, 8 * MIB);
		assert_int_equal(rc, f.host.failed ? -ENOMEM : 0);
		if (!rc) {
			ok = run_sequence(&f);
			assert_int_equal(ok, !f.host.failed);
			assert_sound(&f.phys);
			phys_destroy(&f.phys);
		}
		assert_int_equal(f.host.live, 0);
		assert_int_equal(f.host.bytes, 0);
		assert_int_equal(f.host.reserved, 0);
	}
	/* Ranges or a table, block 0, and some blocks of each node. */
	assert_true(ok && n > 8);
}

/* ---- chunks alone ---- */

/* Whatever becomes of it, page_to_pfn() undoes pfn_to_page(). */
static void every_page_leads_to_its_pfn(void **state)
{
	static const unsigned orders[] = { 1, 5, 9, 13 };
	struct fixture f;
	pfn_t pfn, i;
	unsigned o;

	(void)state;
	for (o = 0; o < ARRAY_SIZE(orders); o++) {
		start(&f, 12, orders[o], 2, (u64)4096 * 3 << orders[o]);
		while ((pfn = phys_alloc(&f.phys, orders[o], 0)) != PFN_NONE)
			for (i = 0; i < (u64)1 << orders[o]; i++)
				assert_int_equal(
					page_to_pfn(&f.phys,
						    frame(&f, pfn + i)),
					pfn + i);
		finish(&f);
	}
}

/* Contents need memory of the host one by one, and a refusal is no change. */
static void refused_piece_changes_nothing(void **state)
{
	struct fixture f;
	struct table_cache cache = { 0 };
	char page[4096] = "whole page";
	paddr_t table = 1;
	pfn_t a, b;

	(void)state;
	if (!use_chunks)
		skip();
	start(&f, 12, 9, 1, 8 * MIB);
	a = take(&f, 0, 0);
	page_write_bytes(&f.phys, a, 0, "F", 1);
	page_write_unknown(&f.phys, a);
	f.host.fail_in = 1;
	assert_int_equal(page_write_bytes(&f.phys, a, 0, page, 4096), -ENOMEM);
	assert_true(f.host.failed);
	assert_int_equal(byte_at(&f, a, 0), 'F');
	assert_int_equal(frame(&f, a)->flags & PG_CONTENT_MASK,
			 PG_CONTENT_UNKNOWN);
	f.host.fail_in = 1;
	assert_int_equal(phys_table_alloc(&f.phys, &cache, 65536, 0, &table),
			 -ENOMEM);
	assert_true(table == 1 && !f.phys.nr_table_pages);
	assert_int_equal(f.phys.node[0].nr_alloc, 1);
	f.host.fail_in = 1;
	assert_int_equal(phys_table_alloc(&f.phys, &cache, 1024, 0, &table),
			 -ENOMEM);
	assert_true(table == 1 && !cache.frag && !f.phys.nr_table_pages);
	assert_int_equal(page_write_bytes(&f.phys, a, 0, page, 4096), 0);
	/* Another block, so another piece. */
	b = take(&f, 9, 0);
	f.host.fail_in = 1;
	assert_int_equal(page_copy_contents(&f.phys, b, a), -ENOMEM);
	assert_true(page_is_zero(&f.phys, b));
	assert_int_equal(page_copy_contents(&f.phys, b, a), 0);
	assert_true(page_same_contents(&f.phys, a, b));
	finish(&f);
}

/* A table that lies across what could be had and what could not. */
static void half_a_table_is_undone(void **state)
{
	struct fixture f;
	paddr_t table = 1;

	(void)state;
	if (!use_chunks)
		skip();
	/* Pages of 2 MiB, pieces as large: a table of two takes two. */
	start(&f, 21, 3, 1, 64 * MIB);
	f.host.fail_in = 2;
	assert_int_equal(phys_table_alloc(&f.phys, NULL, 4 * MIB, 0, &table),
			 -ENOMEM);
	assert_true(f.host.failed && table == 1);
	assert_int_equal(f.phys.nr_table_pages, 0);
	assert_int_equal(f.phys.node[0].nr_alloc, 0);
	assert_sound(&f.phys);
	assert_int_equal(phys_table_alloc(&f.phys, NULL, 4 * MIB, 0, &table),
			 0);
	assert_true(frame_is_zero(&f, table >> 21));
	assert_true(frame_is_zero(&f, (table >> 21) + 1));
	phys_table_free(&f.phys, NULL, table, 4 * MIB, true);
	finish(&f);
}

/* A block of 512 MiB costs what is used of it. */
static void chunks_cost_what_is_used(void **state)
{
	struct fixture f;
	pfn_t pfn;

	(void)state;
	if (!use_chunks)
		skip();
	start(&f, 16, 13, 2, 1024 * MIB);
	pfn = take(&f, 0, 1);
	assert_int_equal(f.host.reserved, 0);
	assert_true(f.host.bytes < MIB);
	page_write_bytes(&f.phys, pfn, 0, "0", 1);
	assert_true(f.host.bytes < MIB);
	page_write_bytes(&f.phys, pfn, 1, "1", 1);
	assert_true(f.host.bytes >= MIB && f.host.bytes < 2 * MIB);
	finish(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(init_refuses_impossible_sizes),
		cmocka_unit_test(init_rounds_nodes_up_to_blocks),
		cmocka_unit_test(init_without_host_memory_leaves_nothing),
		cmocka_unit_test(a_64_tib_world_starts_at_once),
		cmocka_unit_test(frame_zero_is_never_handed_out),
		cmocka_unit_test(alloc_initialises_the_head_only),
		cmocka_unit_test(freed_page_is_reused_first),
		cmocka_unit_test(pages_of_a_fresh_block_come_in_order),
		cmocka_unit_test(buddies_merge_to_whole_blocks),
		cmocka_unit_test(range_freed_in_order_goes_back_in_chunks),
		cmocka_unit_test(other_nodes_help_nearest_first),
		cmocka_unit_test(simulated_failure_hits_the_nth),
		cmocka_unit_test(host_is_asked_once_per_block),
		cmocka_unit_test(host_refusal_does_not_fall_back),
		cmocka_unit_test(split_huge_folio_is_freed_in_pieces),
		cmocka_unit_test(tails_know_their_head),
		cmocka_unit_test(huge_folio_writes_no_struct_page),
		cmocka_unit_test(every_huge_folio_of_many),
		cmocka_unit_test(spread_folio_says_the_same),
		cmocka_unit_test(contents_of_a_huge_head_move),
		cmocka_unit_test(broken_up_folio_is_single_pages),
		cmocka_unit_test(two_processes_are_told_apart),
		cmocka_unit_test(check_finds_what_is_broken),
		cmocka_unit_test(freed_contents_go_back_in_batches),
		cmocka_unit_test(frame_in_use_again_keeps_its_contents),
		cmocka_unit_test(contents_behind_a_huge_head_are_dropped),
		cmocka_unit_test(tables_are_zero_and_counted),
		cmocka_unit_test(idle_tables_lie_apart),
		cmocka_unit_test(what_tables_leave_is_used_first),
		cmocka_unit_test(table_as_large_as_a_block),
		cmocka_unit_test(fragments_share_a_page_of_one_cache),
		cmocka_unit_test(one_fragment_again_and_again_does_not_grow),
		cmocka_unit_test(failed_table_changes_nothing),
		cmocka_unit_test(first_byte_needs_no_host_memory),
		cmocka_unit_test(unknown_is_equal_to_nothing),
		cmocka_unit_test(equal_contents_in_different_places_are_equal),
		cmocka_unit_test(copy_takes_over_everything_known_or_not),
		cmocka_unit_test(random_contents_follow_the_model),
		cmocka_unit_test(random_allocation_4k),
		cmocka_unit_test(random_allocation_16k),
		cmocka_unit_test(random_allocation_64k),
		cmocka_unit_test(random_allocation_small_blocks),
		cmocka_unit_test(blocks_of_512_mib),
		cmocka_unit_test(every_host_failure_is_survived),
		cmocka_unit_test(every_page_leads_to_its_pfn),
		cmocka_unit_test(refused_piece_changes_nothing),
		cmocka_unit_test(half_a_table_is_undone),
		cmocka_unit_test(chunks_cost_what_is_used),
	};
	int failed = 0;

	/* Everything holds for both kinds of host. */
	if (HOST_RESERVES)
		failed = cmocka_run_group_tests_name("reserved", tests, NULL,
						     NULL);
	use_chunks = true;
	failed += cmocka_run_group_tests_name("chunks", tests, NULL, NULL);
	return failed;
}
