/* SPDX-License-Identifier: MIT */
/*
 * Swapping out by MADV_PAGEOUT, and in again by reading, per 4K page; and what
 * walks of the reverse map cost.
 */
#include "common.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif

#define BATCHED " --feature +unmap-batch-anon"

/* ---- a scenario whose last line is timed, and accesses after it ---- */

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
		 "madvise A 0 %zup pageout\n",
		 folios ? "always" : "never", r->pages, r->pages, r->pages);
	return text;
}

/* Its lines: how long the last one took, in ns. */
static double scenario_lines(struct run *r, struct mmsim_scenario *scenario)
{
	double since, ns = 0;
	int rc;

	do {
		since = now_ns();
		rc = mmsim_scenario_step(scenario);
		must(r, rc < 0 ? rc : 0, "mmsim_scenario_step");
		if (rc)
			ns = now_ns() - since;
	} while (rc);
	return ns;
}

/* Each page comes back by an access without contents, as in other items. */
static double come_back(struct run *r, struct mmsim_scenario *scenario)
{
	double since;

	must(r, mmsim_scenario_find(scenario, "P", "A", &r->mm, &r->at, NULL),
	     "mmsim_scenario_find");
	since = now_ns();
	sim_touch(r, r->at, r->pages, MMSIM_READ);
	return now_ns() - since;
}

static double time_swap(struct run *r, bool folios, bool in)
{
	char *text = scenario_text(r, folios);
	struct mmsim_scenario *scenario;
	double ns;

	must(r,
	     mmsim_scenario_open(r->world, text, strlen(text), NULL, NULL,
				 &scenario),
	     "mmsim_scenario_open");
	ns = scenario_lines(r, scenario);
	if (in)
		ns = come_back(r, scenario);
	mmsim_scenario_close(scenario);
	free(text);
	return ns / (double)r->pages;
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

static double swap_round(struct run *r, bool folios, bool in)
{
	double ns;

	sim_create(r, r->pages, 0);
	ns = time_swap(r, folios, in);
	swap_check(r, "set_swap_pte");
	if (in)
		swap_check(r, "do_swap_page");
	sim_destroy(r);
	return ns;
}

static double swap_out_sim(struct run *r)
{
	return swap_round(r, false, false);
}

static double swap_in_sim(struct run *r)
{
	return swap_round(r, false, true);
}

/* A round in a world with more options. */
static double with_options(struct run *r, const char *more,
			   double (*round)(struct run *r))
{
	const char *options = r->options;
	size_t size = strlen(options) + strlen(more) + 1;
	char *both = must_alloc(1, size);
	double figure;

	snprintf(both, size, "%s%s", options, more);
	r->options = both;
	figure = round(r);
	r->options = options;
	free(both);
	return figure;
}

static double folios_round(struct run *r)
{
	return swap_round(r, true, false);
}

static double swap_out_folios_sim(struct run *r)
{
	return with_options(r, BATCHED, folios_round);
}

/* ---- the host's own swap device ---- */

/* What follows a line's name in a file of /proc, or -1. */
static long proc_number(const char *path, const char *name)
{
	FILE *f = fopen(path, "r");
	long value = -1;
	char line[256];

	while (f && value < 0 && fgets(line, sizeof(line), f))
		if (!strncmp(line, name, strlen(name)))
			value = strtol(line + strlen(name), NULL, 10);
	if (f)
		fclose(f);
	return value;
}

static void native_setup(struct run *r)
{
	long free_kib = proc_number("/proc/meminfo", "SwapFree:");

	if (free_kib >= (long)(r->pages * NATIVE_PAGE / 1024))
		r->native = native_map(r->pages);
	else
		fprintf(stderr,
			"mmsim-bench: %s: no native side: %ld KiB of swap "
			"free\n",
			r->item->name, free_kib);
}

static void native_teardown(struct run *r)
{
	if (r->native)
		native_unmap(r->native, r->pages);
	r->native = NULL;
}

/* Not a number if the kernel kept more than a tenth of it. */
static double native_out(struct run *r)
{
	double since, ns;
	long swapped;

	if (!r->native)
		return (double)NAN;
	native_write(r->native, r->pages);
	since = now_ns();
	if (madvise(r->native, r->pages * NATIVE_PAGE, MADV_PAGEOUT))
		return (double)NAN;
	ns = (now_ns() - since) / (double)r->pages;
	swapped = proc_number("/proc/self/status", "VmSwap:") * 1024;
	if (swapped < (long)(r->pages * NATIVE_PAGE) / 10 * 9)
		return (double)NAN;
	return ns;
}

static double native_in(struct run *r)
{
	double since;

	if (isnan(native_out(r)))
		return (double)NAN;
	since = now_ns();
	native_read(r->native, r->pages);
	return (now_ns() - since) / (double)r->pages;
}

/* ---- a large device ---- */

#define PIECES 64

static void sim_swapon(struct run *r, size_t pages)
{
	int rc = mmsim_swapon(r->world, MMSIM_SWAP_ZRAM,
			      (pages + 1) * r->page_size, 0);

	must(r, rc < 0 ? rc : 0, "mmsim_swapon");
}

/* So much in pieces, one after the other, which all find the same memory. */
static double out_in_pieces(struct run *r, size_t pieces)
{
	size_t pages = r->pages / PIECES, i;
	double since, ns = 0;
	uint64_t at;

	sim_create(r, pages, 0);
	sim_swapon(r, pages * pieces);
	at = sim_map_sparse(r, pages * pieces);
	for (i = 0; i < pieces; i++, at += pages * r->page_size) {
		sim_touch(r, at, pages, MMSIM_WRITE);
		since = now_ns();
		must(r,
		     mmsim_madvise(r->mm, at, pages * r->page_size,
				   MMSIM_MADV_PAGEOUT),
		     "mmsim_madvise");
		ns += now_ns() - since;
	}
	r->pages = pages * pieces;
	swap_check(r, "set_swap_pte");
	r->pages = pages * PIECES;
	sim_destroy(r);
	return ns / (double)(pages * pieces);
}

static double swap_size_sim(struct run *r)
{
	double few = out_in_pieces(r, 1);

	return out_in_pieces(r, PIECES) / few;
}

/* ---- the reverse map ---- */

#define TWO_NODES " --nodes 2"

/* Move what so many processes map to the other node: each page is looked for
 * in all of them, to be unmapped and to be mapped again; per mapping. */
static double move_shared(struct run *r, size_t processes)
{
	size_t pages = r->pages / processes, i;
	uint64_t *list = must_alloc(pages, sizeof(*list));
	int *nodes = must_alloc(pages, sizeof(*nodes));
	int *status = must_alloc(pages, sizeof(*status));
	struct mmsim_mm *child;
	double since;

	sim_create(r, r->pages, 0);
	r->at = sim_map(r, pages);
	sim_touch(r, r->at, pages, MMSIM_WRITE);
	for (i = 1; i < processes; i++)
		must(r, mmsim_fork(r->mm, &child), "mmsim_fork");
	for (i = 0; i < pages; i++) {
		list[i] = r->at + i * r->page_size;
		nodes[i] = 1;
	}
	since = now_ns();
	must(r,
	     mmsim_move_pages(r->mm, pages, list, nodes, status,
			      MMSIM_MPOL_MF_MOVE_ALL),
	     "mmsim_move_pages");
	since = now_ns() - since;
	for (i = 0; i < pages; i++)
		if (status[i] != 1)
			die("%s: a page did not move: %d", r->item->name,
			    status[i]);
	sim_destroy(r);
	free(list);
	free(nodes);
	free(status);
	return since / (double)(pages * processes);
}

static double ten_round(struct run *r)
{
	return move_shared(r, 10);
}

static double hundred_round(struct run *r)
{
	return move_shared(r, 100);
}

static double thousand_round(struct run *r)
{
	return move_shared(r, 1000);
}

static double rmap_10_sim(struct run *r)
{
	return with_options(r, TWO_NODES, ten_round);
}

static double rmap_100_sim(struct run *r)
{
	return with_options(r, TWO_NODES, hundred_round);
}

static double rmap_1000_sim(struct run *r)
{
	return with_options(r, TWO_NODES, thousand_round);
}

static double rmap_growth_sim(struct run *r)
{
	double few = rmap_10_sim(r);

	return rmap_1000_sim(r) / few;
}

/* ---- the table ---- */

#define PAGES ((size_t)32768)
#define QUICK ((size_t)1024)
#define RMAP(nm, wh) \
	.name = (nm), .what = (wh), .pages = 65536, .quick_pages = 2000

const struct item swap_items[] = {
	{ .name = "swap-out",
	  .unit = "ns",
	  .what = "MADV_PAGEOUT of single pages",
	  .pages = PAGES,
	  .quick_pages = QUICK,
	  .first = { .value = 25 },
	  .goal = { .value = 25 },
	  .setup = native_setup,
	  .sim = swap_out_sim,
	  .native = native_out,
	  .teardown = native_teardown },
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
	  .setup = native_setup,
	  .sim = swap_in_sim,
	  .native = native_in,
	  .teardown = native_teardown },
	{ .name = "swap-size-64g",
	  .unit = "ratio",
	  .what = "swap-out, each page of 64 GiB against each of 1 GiB",
	  .pages = PIECES * PAGES_PER_GIB,
	  .quick_pages = PIECES * QUICK,
	  .first = { .value = 1.2 },
	  .goal = { .value = 1.2 },
	  .sim = swap_size_sim },
	{ RMAP("rmap-10", "a page of 10 processes is moved, per mapping"),
	  .unit = "ns", .sim = rmap_10_sim },
	{ RMAP("rmap-100", "a page of 100 processes is moved, per mapping"),
	  .unit = "ns", .sim = rmap_100_sim },
	{ RMAP("rmap-1000", "a page of 1000 processes is moved, per mapping"),
	  .unit = "ns", .sim = rmap_1000_sim },
	{ RMAP("rmap-growth", "each mapping of 1000 against each of 10"),
	  .unit = "ratio", .first = { .value = 2 }, .goal = { .value = 1.5 },
	  .sim = rmap_growth_sim },
	{ .name = NULL },
};
