/* SPDX-License-Identifier: MIT */
/*
 * Accesses that fault no more, per access, through the public calls.
 */
#include "bounds.h"
#include "common.h"

#define ACCESSES  ((size_t)1 << 21)
#define HOT_PAGES 64

static size_t nr_accesses(const struct run *r)
{
	return r->quick ? 65536 : ACCESSES;
}

static double per_access(const struct run *r, double since)
{
	return (now_ns() - since) / (double)nr_accesses(r);
}

static void setup_hot(struct run *r)
{
	sim_create(r, HOT_PAGES, 0);
	r->at = sim_map(r, HOT_PAGES);
	sim_touch(r, r->at, HOT_PAGES, MMSIM_WRITE);
}

static void teardown_hot(struct run *r)
{
	sim_destroy(r);
}

static double hit_sim(struct run *r)
{
	size_t i, nr = nr_accesses(r);
	double since = now_ns();
	int rc = 0;

	for (i = 0; i < nr && !rc; i++)
		rc = mmsim_access(r->mm, 0,
				  r->at + i % HOT_PAGES * r->page_size, 8,
				  MMSIM_READ, NULL, NULL);
	must(r, rc, "mmsim_access");
	return per_access(r, since);
}

static double hit_many_sim(struct run *r)
{
	struct mmsim_ref refs[HOT_PAGES];
	size_t i, nr = nr_accesses(r);
	double since;
	int rc = 0;

	for (i = 0; i < HOT_PAGES; i++)
		refs[i] = (struct mmsim_ref){ r->at + i * r->page_size, 8,
					      MMSIM_READ };
	since = now_ns();
	for (i = 0; i < nr && !rc; i += HOT_PAGES)
		rc = mmsim_access_many(r->mm, 0, refs, HOT_PAGES, NULL, NULL);
	must(r, rc, "mmsim_access_many");
	return per_access(r, since);
}

static double hit_bound(struct run *r)
{
	double since = now_ns();

	keep(tlb_hits(nr_accesses(r)));
	return per_access(r, since);
}

/* ---- random pages of a large range ---- */

static void setup_random(struct run *r)
{
	sim_create(r, r->pages, 0);
	r->at = sim_map(r, r->pages);
	sim_touch(r, r->at, r->pages, MMSIM_WRITE);
	r->walker = walker_create(r->pages);
}

/* No neighbours' frames lie side by side: tables are not linear. */
static void setup_mixed(struct run *r)
{
	const size_t step = 0x9e3779b1 % r->pages | 1;
	size_t i, page = 0;

	sim_create(r, r->pages, 0);
	r->at = sim_map(r, r->pages);
	for (i = 0; i < r->pages; i++, page = (page + step) % r->pages)
		sim_touch(r, r->at + page * r->page_size, 1, MMSIM_WRITE);
	r->walker = walker_create(r->pages);
}

static void teardown_random(struct run *r)
{
	sim_destroy(r);
	walker_destroy(r->walker);
}

static double random_sim(struct run *r)
{
	size_t i, nr = nr_accesses(r);
	uint64_t state = 1;
	double since = now_ns();
	int rc = 0;

	for (i = 0; i < nr && !rc; i++)
		rc = mmsim_access(r->mm, 0,
				  r->at + next_random(&state) % r->pages *
						  r->page_size,
				  8, MMSIM_READ, NULL, NULL);
	must(r, rc, "mmsim_access");
	return per_access(r, since);
}

#define RANDOM_REFS 256

static double random_many_sim(struct run *r)
{
	struct mmsim_ref refs[RANDOM_REFS];
	size_t i, k, nr = nr_accesses(r);
	uint64_t state = 1;
	double since = now_ns();
	int rc = 0;

	for (i = 0; i < nr && !rc; i += RANDOM_REFS) {
		for (k = 0; k < RANDOM_REFS; k++)
			refs[k] = (struct mmsim_ref){
				r->at + next_random(&state) % r->pages *
						r->page_size,
				8, MMSIM_READ
			};
		rc = mmsim_access_many(r->mm, 0, refs, RANDOM_REFS, NULL, NULL);
	}
	must(r, rc, "mmsim_access_many");
	return per_access(r, since);
}

static double random_bound(struct run *r)
{
	double since = now_ns();

	keep(walker_random(r->walker, nr_accesses(r)));
	return per_access(r, since);
}

const struct item access_items[] = {
	{ "access-hit", "ns", "64 pages that stay mapped",
	  .first = { .bound = 8 / 1.45 }, .goal = { .bound = 4 / 1.45 },
	  .setup = setup_hot, .sim = hit_sim, .bound = hit_bound,
	  .teardown = teardown_hot },
	{ "access-hit-many", "ns", "the same by mmsim_access_many()",
	  .first = { .bound = 8 / 1.45 }, .goal = { .bound = 4 / 1.45 },
	  .setup = setup_hot, .sim = hit_many_sim, .bound = hit_bound,
	  .teardown = teardown_hot },
	{ "access-random-1g", "ns", "random pages of 1 GiB",
	  .pages = PAGES_PER_GIB, .quick_pages = 4096,
	  .first = { .bound = 20 / 4.5 }, .goal = { .bound = 10 / 4.5 },
	  .setup = setup_random, .sim = random_sim, .bound = random_bound,
	  .teardown = teardown_random },
	{ "access-random-1g-many", "ns", "the same by mmsim_access_many()",
	  .pages = PAGES_PER_GIB, .quick_pages = 4096,
	  .first = { .bound = 20 / 4.5 }, .goal = { .bound = 10 / 4.5 },
	  .setup = setup_random, .sim = random_many_sim, .bound = random_bound,
	  .teardown = teardown_random },
	{ "access-random-64g", "ns", "random pages of 64 GiB",
	  .pages = 64 * PAGES_PER_GIB, .quick_pages = 8192,
	  .first = { .bound = 80.0 / 36 }, .goal = { .bound = 1.3 },
	  .setup = setup_random, .sim = random_sim, .bound = random_bound,
	  .teardown = teardown_random },
	{ "access-random-64g-mixed", "ns",
	  "the same, first touched in no order", .pages = 64 * PAGES_PER_GIB,
	  .quick_pages = 8192, .setup = setup_mixed, .sim = random_sim,
	  .bound = random_bound, .teardown = teardown_random },
	{ "access-random-64g-many", "ns",
	  "in order again, by mmsim_access_many()", .pages = 64 * PAGES_PER_GIB,
	  .quick_pages = 8192, .first = { .bound = 80.0 / 36 },
	  .goal = { .bound = 1.3 }, .setup = setup_random,
	  .sim = random_many_sim, .bound = random_bound,
	  .teardown = teardown_random },
	{ 0 }
};
