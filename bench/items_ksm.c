/* SPDX-License-Identifier: MIT */
/*
 * A pass of KSM, per page.
 */
#include "common.h"

#include <stdlib.h>

/* Pages that are written as a whole, so that each has bytes to be compared. */
static void fill(struct run *r, uint64_t at, size_t pages, uint64_t distinct)
{
	uint64_t *bytes = must_alloc((size_t)r->page_size, 1);
	struct mmsim_fault fault = MMSIM_FAULT_INIT;
	size_t i, j;

	for (i = 0; i < pages; i++) {
		for (j = 0; j < r->page_size / sizeof(*bytes); j++)
			bytes[j] = (i % distinct) * 0x9e3779b97f4a7c15u + j;
		must(r,
		     mmsim_access(r->mm, 0, at + i * r->page_size,
				  (size_t)r->page_size, MMSIM_WRITE, bytes,
				  &fault),
		     "mmsim_access");
	}
	free(bytes);
}

static void scan(struct run *r)
{
	static const char text[] = "ksm 1\n";

	must(r,
	     mmsim_run_scenario(r->world, text, sizeof(text) - 1, NULL, NULL),
	     "ksm");
}

static void offer(struct run *r, size_t pages)
{
	r->at = sim_map(r, pages);
	fill(r, r->at, pages, pages);
	must(r,
	     mmsim_madvise(r->mm, r->at, pages * r->page_size,
			   MMSIM_MADV_MERGEABLE),
	     "mmsim_madvise");
	/* The first pass only remembers what it saw. */
	scan(r);
}

static void setup(struct run *r)
{
	sim_create(r, r->pages, 0);
	offer(r, r->pages);
}

static double pass_sim(struct run *r)
{
	double since = now_ns();

	scan(r);
	return (now_ns() - since) / (double)r->pages;
}

/* Each word of a page once. */
static double pass_bound(struct run *r)
{
	size_t words = (size_t)r->page_size / sizeof(uint64_t), i;
	uint64_t *list = r->list, hash = 0;
	double since;

	if (!list)
		list = r->list = must_alloc(r->pages * words, sizeof(*list));
	since = now_ns();
	for (i = 0; i < r->pages * words; i++)
		hash = (hash ^ list[i]) * 0x9e3779b97f4a7c15u;
	keep(hash);
	return (now_ns() - since) / (double)r->pages;
}

static void teardown(struct run *r)
{
	sim_destroy(r);
	free(r->list);
	r->list = NULL;
}

/* ---- how it grows ---- */

/* Merging pages that are all equal, in a new world: the second pass. */
static double merge_equal(struct run *r, size_t pages)
{
	double since, ns;

	sim_create(r, pages, 0);
	r->at = sim_map(r, pages);
	fill(r, r->at, pages, 1);
	must(r,
	     mmsim_madvise(r->mm, r->at, pages * r->page_size,
			   MMSIM_MADV_MERGEABLE),
	     "mmsim_madvise");
	scan(r);
	since = now_ns();
	scan(r);
	ns = (now_ns() - since) / (double)pages;
	sim_destroy(r);
	return ns;
}

static double growth_sim(struct run *r)
{
	double few = merge_equal(r, r->pages / 8);

	return merge_equal(r, r->pages) / few;
}

#define PAGES .pages = 1u << 14, .quick_pages = 256

const struct item ksm_items[] = {
	{ "ksm-pass", "ns", "a pass over pages that differ, per page", PAGES,
	  .first = { .bound = 3 }, .goal = { .bound = 1.5 }, .setup = setup,
	  .sim = pass_sim, .bound = pass_bound, .teardown = teardown },
	{ "ksm-growth", "ratio",
	  "merging equal pages, each of 8 times as many against each", PAGES,
	  .first = { .value = 3 }, .goal = { .value = 1.5 },
	  .sim = growth_sim },
	{ 0 }
};
