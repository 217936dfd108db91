/* SPDX-License-Identifier: MIT */
/*
 * Faults, per fault: the address is touched once, everything else is prepared
 * outside the clock.
 */
#include "bounds.h"
#include "common.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* ---- the three sides of most of them ---- */

static void setup_world(struct run *r)
{
	sim_create(r, r->pages, 0);
	r->proto = proto_create(r->pages, false);
}

static void setup_range(struct run *r)
{
	setup_world(r);
	r->at = sim_map(r, r->pages);
	sim_touch(r, r->at, r->pages, MMSIM_WRITE);
}

static void teardown(struct run *r)
{
	sim_destroy(r);
	proto_destroy(r->proto);
}

static double per_page(const struct run *r, double since)
{
	return (now_ns() - since) / (double)r->pages;
}

static void proto_touch(struct run *r, bool write)
{
	size_t i;

	for (i = 0; i < r->pages; i++)
		proto_access(r->proto, proto_addr(i), write);
}

static double timed_touch(struct run *r, enum mmsim_access kind)
{
	double since = now_ns();

	sim_touch(r, r->at, r->pages, kind);
	return per_page(r, since);
}

static double timed_proto(struct run *r, bool write)
{
	double since = now_ns();

	proto_touch(r, write);
	return per_page(r, since);
}

static double timed_write(struct run *r, char *p)
{
	double since = now_ns();

	native_write(p, r->pages);
	return per_page(r, since);
}

/* ---- anonymous memory ---- */

static double anon_sim(struct run *r)
{
	double ns;

	r->at = sim_map(r, r->pages);
	ns = timed_touch(r, MMSIM_WRITE);
	sim_unmap(r, r->at, r->pages);
	return ns;
}

static double anon_native(struct run *r)
{
	char *p = native_map(r->pages);
	double ns = timed_write(r, p);

	native_unmap(p, r->pages);
	return ns;
}

static double anon_bound(struct run *r)
{
	proto_clear(r->proto);
	return timed_proto(r, true);
}

#define LIST 1024

static void touch_many(struct run *r, enum mmsim_access kind)
{
	struct mmsim_ref list[LIST];
	uint64_t at = r->at;
	size_t left, nr, i;
	int rc = 0;

	for (left = r->pages; left && !rc; left -= nr) {
		nr = left < LIST ? left : LIST;
		for (i = 0; i < nr; i++, at += r->page_size)
			list[i] = (struct mmsim_ref){ at, 1, kind };
		rc = mmsim_access_many(r->mm, 0, list, nr, NULL, NULL);
	}
	must(r, rc, "mmsim_access_many");
}

static double anon_many_sim(struct run *r)
{
	double since, ns;

	r->at = sim_map(r, r->pages);
	since = now_ns();
	touch_many(r, MMSIM_WRITE);
	ns = per_page(r, since);
	sim_unmap(r, r->at, r->pages);
	return ns;
}

/* A new world each time: the host's own memory is touched first here. */
static double anon_cold_sim(struct run *r)
{
	double ns;

	sim_create(r, r->pages, 0);
	r->at = sim_map(r, r->pages);
	ns = timed_touch(r, MMSIM_WRITE);
	sim_destroy(r);
	return ns;
}

static double anon_cold_bound(struct run *r)
{
	double ns;

	r->proto = proto_create(r->pages, false);
	ns = timed_proto(r, true);
	proto_destroy(r->proto);
	return ns;
}

static double zero_sim(struct run *r)
{
	double ns;

	r->at = sim_map(r, r->pages);
	ns = timed_touch(r, MMSIM_READ);
	sim_unmap(r, r->at, r->pages);
	return ns;
}

static double zero_native(struct run *r)
{
	char *p = native_map(r->pages);
	double since = now_ns(), ns;

	native_read(p, r->pages);
	ns = per_page(r, since);
	native_unmap(p, r->pages);
	return ns;
}

static double zero_bound(struct run *r)
{
	proto_clear(r->proto);
	return timed_proto(r, false);
}

static double over_zero_sim(struct run *r)
{
	double ns;

	r->at = sim_map(r, r->pages);
	sim_touch(r, r->at, r->pages, MMSIM_READ);
	ns = timed_touch(r, MMSIM_WRITE);
	sim_unmap(r, r->at, r->pages);
	return ns;
}

static double over_zero_native(struct run *r)
{
	char *p = native_map(r->pages);
	double ns;

	native_read(p, r->pages);
	ns = timed_write(r, p);
	native_unmap(p, r->pages);
	return ns;
}

static double over_zero_bound(struct run *r)
{
	proto_clear(r->proto);
	proto_touch(r, false);
	return timed_proto(r, true);
}

/* ---- write-protect faults ---- */

static struct mmsim_mm *sim_fork(struct run *r)
{
	struct mmsim_mm *child;

	must(r, mmsim_fork(r->mm, &child), "mmsim_fork");
	return child;
}

static double reuse_sim(struct run *r)
{
	mmsim_mm_exit(sim_fork(r));
	return timed_touch(r, MMSIM_WRITE);
}

static double reuse_native(struct run *r)
{
	char *p = native_map(r->pages);
	struct native_child child;
	double ns;

	native_write(p, r->pages);
	native_fork(&child);
	native_reap(&child);
	ns = timed_write(r, p);
	native_unmap(p, r->pages);
	return ns;
}

static double reuse_bound(struct run *r)
{
	proto_touch(r, true);
	proto_share(r->proto, false);
	return timed_proto(r, true);
}

/*
 * Until 5.19 mprotect to PROT_READ and back left entries of private memory
 * read-only; the first write then reuses the page.
 */
static void setup_old(struct run *r)
{
	sim_create(r, r->pages, MMSIM_KERNEL(5, 10));
	r->at = sim_map(r, r->pages);
	sim_touch(r, r->at, r->pages, MMSIM_WRITE);
	r->proto = proto_create(r->pages, false);
}

static double reuse_old_sim(struct run *r)
{
	sim_protect(r, r->at, r->pages, MMSIM_PROT_READ);
	sim_protect(r, r->at, r->pages, MMSIM_PROT_READ | MMSIM_PROT_WRITE);
	return timed_touch(r, MMSIM_WRITE);
}

static double cow_sim(struct run *r)
{
	struct mmsim_mm *child = sim_fork(r);
	double ns = timed_touch(r, MMSIM_WRITE);

	mmsim_mm_exit(child);
	return ns;
}

static double cow_native(struct run *r)
{
	char *p = native_map(r->pages);
	struct native_child child;
	double ns;

	native_write(p, r->pages);
	native_fork(&child);
	ns = timed_write(r, p);
	native_reap(&child);
	native_unmap(p, r->pages);
	return ns;
}

static double cow_bound(struct run *r)
{
	proto_touch(r, true);
	proto_share(r->proto, true);
	return timed_proto(r, true);
}

/* ---- with contents ---- */

static void setup_contents(struct run *r)
{
	unsigned char *page;
	uint64_t i;
	int rc = 0;

	sim_create(r, r->pages, 0);
	r->proto = proto_create(r->pages, true);
	r->at = sim_map(r, r->pages);
	page = must_alloc(1, r->page_size);
	memset(page, 0x5a, r->page_size);
	for (i = 0; i < r->pages && !rc; i++)
		rc = mmsim_access(r->mm, 0, r->at + i * r->page_size,
				  r->page_size, MMSIM_WRITE, page, NULL);
	must(r, rc, "mmsim_access with contents");
	free(page);
}

static double cow_contents_once(struct run *r)
{
	struct mmsim_mm *child = sim_fork(r);
	uint64_t i, value = 1;
	double since = now_ns(), ns;
	int rc = 0;

	for (i = 0; i < r->pages && !rc; i++)
		rc = mmsim_access(r->mm, 0, r->at + i * r->page_size,
				  sizeof(value), MMSIM_WRITE, &value, NULL);
	ns = per_page(r, since);
	must(r, rc, "mmsim_access with contents");
	mmsim_mm_exit(child);
	return ns;
}

/*
 * The native side's fork made this process's own memory copy-on-write: two
 * passes pay the host for both halves of it, the third is the simulator's.
 */
static double cow_contents_sim(struct run *r)
{
	(void)cow_contents_once(r);
	(void)cow_contents_once(r);
	return cow_contents_once(r);
}

#define ONE_GIB	    .pages = PAGES_PER_GIB, .quick_pages = 4096
#define QUARTER_GIB .pages = PAGES_PER_GIB / 4, .quick_pages = 4096

const struct item fault_items[] = {
	{ "fault-anon", "ns", "write to a new page, 1 GiB one by one", ONE_GIB,
	  .first = { .native = 0.10, .bound = 10 },
	  .goal = { .native = 0.04, .bound = 4 }, .setup = setup_world,
	  .sim = anon_sim, .native = anon_native, .bound = anon_bound,
	  .teardown = teardown },
	{ "fault-anon-many", "ns", "the same by mmsim_access_many()", ONE_GIB,
	  .first = { .native = 0.10, .bound = 10 },
	  .goal = { .native = 0.04, .bound = 4 }, .setup = setup_world,
	  .sim = anon_many_sim, .native = anon_native, .bound = anon_bound,
	  .teardown = teardown },
	{ "fault-anon-cold", "ns", "the same in a world made for it", ONE_GIB,
	  .first = { .native = 0.10, .bound = 10 },
	  .goal = { .native = 0.04, .bound = 4 }, .sim = anon_cold_sim,
	  .native = anon_native, .bound = anon_cold_bound },
	{ "fault-zero", "ns", "read of a new page: the zero page", QUARTER_GIB,
	  .setup = setup_world, .sim = zero_sim, .native = zero_native,
	  .bound = zero_bound, .teardown = teardown },
	{ "fault-over-zero", "ns", "write over the zero page", QUARTER_GIB,
	  .setup = setup_world, .sim = over_zero_sim,
	  .native = over_zero_native, .bound = over_zero_bound,
	  .teardown = teardown },
	{ "fault-reuse", "ns", "write after fork and the child's end",
	  QUARTER_GIB, .first = { .native = 0.10 }, .goal = { .native = 0.05 },
	  .native_forks = true, .setup = setup_range, .sim = reuse_sim,
	  .native = reuse_native, .bound = reuse_bound, .teardown = teardown },
	{ "fault-reuse-mprotect", "ns",
	  "write after mprotect to R and back, 5.10 rules; native: after fork",
	  QUARTER_GIB, .first = { .native = 0.10 }, .goal = { .native = 0.05 },
	  .native_forks = true, .setup = setup_old, .sim = reuse_old_sim,
	  .native = reuse_native, .bound = reuse_bound, .teardown = teardown },
	{ "fault-cow", "ns", "write while a child shares, no contents",
	  QUARTER_GIB, .first = { .native = 0.06 }, .goal = { .native = 0.03 },
	  .native_forks = true, .setup = setup_range, .sim = cow_sim,
	  .native = cow_native, .bound = cow_bound, .teardown = teardown },
	{ "fault-cow-contents", "ns", "the same with 4K of contents",
	  .pages = PAGES_PER_GIB / 16, .quick_pages = 1024,
	  .first = { .bound = 1.5 }, .goal = { .bound = 1.2 },
	  .native_forks = true, .setup = setup_contents,
	  .sim = cow_contents_sim, .native = cow_native, .bound = cow_bound,
	  .teardown = teardown },
	{ 0 }
};
