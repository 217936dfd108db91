/* SPDX-License-Identifier: MIT */
/*
 * Swapping out by MADV_PAGEOUT, and in again by reading, per 4K page, without
 * contents: all of it is zeroes.
 */
#include "common.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BATCHED " --feature +unmap-batch-anon"

/* ---- a scenario, one of whose lines is timed ---- */

enum timed { TIME_OUT = 5, TIME_IN };

static char *scenario_text(const struct run *r, bool folios)
{
	size_t size = 256;
	char *text = must_alloc(1, size);

	snprintf(text, size,
		 "mthp 64 %s\n"
		 "swapon zram\n"
		 "mmap A %zup rw private anon\n"
		 "write A 0 %zup 0\n"
		 "drain\n"
		 "madvise A 0 %zup pageout\n"
		 "read A 0 %zup\n",
		 folios ? "always" : "never", r->pages, r->pages, r->pages,
		 r->pages);
	return text;
}

static double time_step(struct run *r, bool folios, enum timed timed)
{
	char *text = scenario_text(r, folios);
	struct mmsim_scenario *scenario;
	double since = 0, ns;
	int rc;

	must(r,
	     mmsim_scenario_open(r->world, text, strlen(text), NULL, NULL,
				 &scenario),
	     "mmsim_scenario_open");
	for (int step = 0; step <= (int)timed; step++) {
		since = now_ns();
		rc = mmsim_scenario_step(scenario);
		must(r, rc < 0 ? rc : 0, "mmsim_scenario_step");
	}
	ns = (now_ns() - since) / (double)r->pages;
	mmsim_scenario_close(scenario);
	free(text);
	return ns;
}

/* What is timed must have happened to each page. */
static void swap_check(struct run *r, const char *counter)
{
	uint64_t value = 0;

	must(r, mmsim_counter(r->world, counter, &value), counter);
	if (value < r->pages)
		die("%s: only %llu of %zu in this world: %s", r->item->name,
		    (unsigned long long)value, r->pages, counter);
}

static double swap_round(struct run *r, bool folios, enum timed timed)
{
	double ns;

	sim_create(r, r->pages, 0);
	ns = time_step(r, folios, timed);
	swap_check(r, "set_swap_pte");
	if (timed == TIME_IN)
		swap_check(r, "do_swap_page");
	sim_destroy(r);
	return ns;
}

static double swap_out_sim(struct run *r)
{
	return swap_round(r, false, TIME_OUT);
}

static double swap_in_sim(struct run *r)
{
	return swap_round(r, false, TIME_IN);
}

static double swap_out_folios_sim(struct run *r)
{
	const char *options = r->options;
	size_t size = strlen(options) + sizeof(BATCHED);
	char *more = must_alloc(1, size);
	double ns;

	snprintf(more, size, "%s" BATCHED, options);
	r->options = more;
	ns = swap_round(r, true, TIME_OUT);
	r->options = options;
	free(more);
	return ns;
}

/* ---- the table ---- */

#define PAGES ((size_t)32768)
#define QUICK ((size_t)1024)

const struct item swap_items[] = {
	{ .name = "swap-out",
	  .unit = "ns",
	  .what = "MADV_PAGEOUT of single pages",
	  .pages = PAGES,
	  .quick_pages = QUICK,
	  .first = { .value = 25 },
	  .goal = { .value = 25 },
	  .sim = swap_out_sim },
	{ .name = "swap-out-folios",
	  .unit = "ns",
	  .what = "MADV_PAGEOUT of folios of 16 pages, unmapped in one go, "
		  "per page",
	  .pages = PAGES,
	  .quick_pages = QUICK,
	  .first = { .value = 15 },
	  .goal = { .value = 15 },
	  .sim = swap_out_folios_sim },
	{ .name = "swap-in",
	  .unit = "ns",
	  .what = "a read of a page that was swapped out",
	  .pages = PAGES,
	  .quick_pages = QUICK,
	  .first = { .value = 60 },
	  .goal = { .value = 60 },
	  .sim = swap_in_sim },
	{ .name = NULL },
};
