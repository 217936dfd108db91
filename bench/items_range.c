/* SPDX-License-Identifier: MIT */
/*
 * System calls over a large populated range, per 4K page or per entry.
 */
#include "bounds.h"
#include "common.h"

#include <sys/mman.h>

#define READ_ONLY MMSIM_PROT_READ
#define READ_WRITE (MMSIM_PROT_READ | MMSIM_PROT_WRITE)

static void setup(struct run *r)
{
	sim_create(r, r->pages, 0);
	r->at = sim_map(r, r->pages);
	sim_touch(r, r->at, r->pages, MMSIM_WRITE);
	r->native = native_map(r->pages);
	native_write(r->native, r->pages);
	r->rmw = rmw_create(r->pages);
}

static void teardown(struct run *r)
{
	sim_destroy(r);
	native_unmap(r->native, r->pages);
	rmw_destroy(r->rmw);
}

static double per_page(const struct run *r, double since)
{
	return (now_ns() - since) / (double)r->pages;
}

static double entries_bound(struct run *r)
{
	double since = now_ns();

	rmw_all(r->rmw);
	return per_page(r, since);
}

/* ---- fork ---- */

static double fork_sim(struct run *r)
{
	struct mmsim_mm *child;
	double since, ns;

	sim_touch(r, r->at, r->pages, MMSIM_WRITE);
	since = now_ns();
	must(r, mmsim_fork(r->mm, &child), "mmsim_fork");
	ns = per_page(r, since);
	mmsim_mm_exit(child);
	return ns;
}

static double time_fork(void)
{
	struct native_child child;
	double since = now_ns(), ns;

	native_fork(&child);
	ns = now_ns() - since;
	native_reap(&child);
	return ns;
}

/* What the rest of this program costs is taken off. */
static double fork_native(struct run *r)
{
	double with, without;

	native_write(r->native, r->pages);
	with = time_fork();
	madvise(r->native, r->pages * NATIVE_PAGE, MADV_DONTFORK);
	without = time_fork();
	madvise(r->native, r->pages * NATIVE_PAGE, MADV_DOFORK);
	return (with - without) / (double)r->pages;
}

/* ---- munmap ---- */

static double munmap_sim(struct run *r)
{
	double since, ns;

	sim_touch(r, r->at, r->pages, MMSIM_WRITE);
	since = now_ns();
	sim_unmap(r, r->at, r->pages);
	ns = per_page(r, since);
	r->at = sim_map(r, r->pages);
	return ns;
}

static double munmap_native(struct run *r)
{
	double since, ns;

	native_write(r->native, r->pages);
	since = now_ns();
	native_unmap(r->native, r->pages);
	ns = per_page(r, since);
	r->native = native_map(r->pages);
	return ns;
}

/* ---- mprotect ---- */

static double time_sim_protect(struct run *r, int prot)
{
	double since = now_ns();

	sim_protect(r, r->at, r->pages, prot);
	return per_page(r, since);
}

static double time_native_protect(struct run *r, int prot)
{
	double since = now_ns();

	native_protect(r->native, r->pages, prot);
	return per_page(r, since);
}

static double to_read_sim(struct run *r)
{
	double ns = time_sim_protect(r, READ_ONLY);

	sim_protect(r, r->at, r->pages, READ_WRITE);
	sim_touch(r, r->at, r->pages, MMSIM_WRITE);
	return ns;
}

static double to_write_sim(struct run *r)
{
	double ns;

	sim_protect(r, r->at, r->pages, READ_ONLY);
	ns = time_sim_protect(r, READ_WRITE);
	sim_touch(r, r->at, r->pages, MMSIM_WRITE);
	return ns;
}

static double to_read_native(struct run *r)
{
	double ns = time_native_protect(r, PROT_READ);

	native_protect(r->native, r->pages, PROT_READ | PROT_WRITE);
	native_write(r->native, r->pages);
	return ns;
}

static double to_write_native(struct run *r)
{
	double ns;

	native_protect(r->native, r->pages, PROT_READ);
	ns = time_native_protect(r, PROT_READ | PROT_WRITE);
	native_write(r->native, r->pages);
	return ns;
}

#define RANGE .pages = PAGES_PER_GIB, .quick_pages = 4096
#define SIDES .setup = setup, .bound = entries_bound, .teardown = teardown

const struct item range_items[] = {
	{ "fork", "ns", "per present entry", RANGE,
	  .first = { .bound = 15 / 0.75 }, .goal = { .bound = 6 / 0.75 },
	  .native_forks = true, SIDES, .sim = fork_sim,
	  .native = fork_native },
	{ "munmap", "ns", "per present entry", RANGE,
	  .first = { .bound = 12 / 0.75 }, .goal = { .bound = 4 / 0.75 },
	  SIDES, .sim = munmap_sim, .native = munmap_native },
	{ "mprotect-read", "ns", "RW to R, per entry", RANGE,
	  .first = { .native = 0.08, .bound = 8 },
	  .goal = { .native = 0.03, .bound = 3 }, SIDES, .sim = to_read_sim,
	  .native = to_read_native },
	{ "mprotect-write", "ns", "R to RW, per entry", RANGE,
	  .first = { .native = 0.08, .bound = 8 },
	  .goal = { .native = 0.03, .bound = 3 }, SIDES,
	  .sim = to_write_sim, .native = to_write_native },
	{ 0 }
};
