/* SPDX-License-Identifier: MIT */
/*
 * Mappings: one process with many of them that must not merge.
 */
#include "bounds.h"
#include "common.h"

#include <stdlib.h>
#include <sys/mman.h>

#define MANY 10000
#define FEW 1
#define VMA_PAGES 3	/* one in the middle can be cut out */
#define LOOKUPS ((size_t)1 << 19)
#define PAIRS 4096

#define READ_WRITE (MMSIM_PROT_READ | MMSIM_PROT_WRITE)

/* VMA i of a range is followed by a hole of its size. */
static uint64_t vma_at(const struct run *r, size_t i)
{
	return r->at + 2 * i * VMA_PAGES * r->page_size;
}

static char *native_at(const struct run *r, size_t i)
{
	return r->native + 2 * i * VMA_PAGES * NATIVE_PAGE;
}

static void sim_holes(struct run *r)
{
	size_t i;

	r->at = sim_map(r, 2 * MANY * VMA_PAGES);
	for (i = 0; i < MANY; i++)
		sim_unmap(r, vma_at(r, i) + VMA_PAGES * r->page_size,
			  VMA_PAGES);
}

static void native_holes(struct run *r)
{
	size_t i;

	r->native = native_map(2 * MANY * VMA_PAGES);
	for (i = 0; i < MANY; i++)
		native_unmap(native_at(r, i) + VMA_PAGES * NATIVE_PAGE,
			     VMA_PAGES);
}

static void setup_sim(struct run *r)
{
	sim_create(r, 2 * MANY * VMA_PAGES, 0);
	sim_holes(r);
}

static void setup_many(struct run *r)
{
	setup_sim(r);
	native_holes(r);
}

static void teardown_sim(struct run *r)
{
	sim_destroy(r);
}

static void teardown_many(struct run *r)
{
	sim_destroy(r);
	native_unmap(r->native, 2 * MANY * VMA_PAGES);
}

/* ---- lookup ---- */

static size_t nr_lookups(const struct run *r)
{
	return r->quick ? 16384 : LOOKUPS;
}

static void setup_lookup(struct run *r)
{
	size_t i;

	setup_sim(r);
	r->list = must_alloc(MANY, sizeof(*r->list));
	for (i = 0; i < MANY; i++)
		r->list[i] = vma_at(r, i);
}

static void teardown_lookup(struct run *r)
{
	sim_destroy(r);
	free(r->list);
}

static double lookup_sim(struct run *r)
{
	struct mmsim_vma vma = { .size = sizeof(vma) };
	size_t i, nr = nr_lookups(r);
	double since = now_ns();
	uint64_t state = 1;
	int rc = 0;

	for (i = 0; i < nr && !rc; i++)
		rc = mmsim_vma_next(r->mm,
				    vma_at(r, next_random(&state) % MANY),
				    &vma);
	must(r, rc, "mmsim_vma_next");
	return (now_ns() - since) / (double)nr;
}

static double lookup_bound(struct run *r)
{
	size_t i, nr = nr_lookups(r);
	double since = now_ns();
	uint64_t state = 1, sum = 0;

	for (i = 0; i < nr; i++)
		sum += search_sorted(r->list, MANY,
				     vma_at(r, next_random(&state) % MANY));
	keep(sum);
	return (now_ns() - since) / (double)nr;
}

/* ---- a page in the middle becomes read-only and writable again ---- */

static double split_sim(struct run *r)
{
	uint64_t state = 1, at;
	double since = now_ns();
	size_t i;

	for (i = 0; i < PAIRS; i++) {
		at = vma_at(r, next_random(&state) % MANY) + r->page_size;
		sim_protect(r, at, 1, MMSIM_PROT_READ);
		sim_protect(r, at, 1, READ_WRITE);
	}
	return (now_ns() - since) / PAIRS;
}

static double split_native(struct run *r)
{
	uint64_t state = 1;
	double since = now_ns();
	size_t i;
	char *at;

	for (i = 0; i < PAIRS; i++) {
		at = native_at(r, next_random(&state) % MANY) + NATIVE_PAGE;
		native_protect(at, 1, PROT_READ);
		native_protect(at, 1, PROT_READ | PROT_WRITE);
	}
	return (now_ns() - since) / PAIRS;
}

/* ---- mmap and munmap ---- */

/* Read-only, so that it merges with no neighbour and is always a VMA. */
static double pair_sim(struct run *r)
{
	const struct mmsim_mmap_args args = {
		.size = sizeof(args), .len = r->page_size,
		.prot = MMSIM_PROT_READ,
		.flags = MMSIM_MAP_PRIVATE | MMSIM_MAP_ANONYMOUS,
	};
	double since = now_ns();
	uint64_t at;
	size_t i;

	for (i = 0; i < PAIRS; i++) {
		must(r, mmsim_mmap(r->mm, &args, &at), "mmsim_mmap");
		sim_unmap(r, at, 1);
	}
	return (now_ns() - since) / PAIRS;
}

static double pair_native(struct run *r)
{
	double since = now_ns();
	size_t i;
	void *p;

	(void)r;
	for (i = 0; i < PAIRS; i++) {
		p = mmap(NULL, NATIVE_PAGE, PROT_READ,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (p == MAP_FAILED || munmap(p, NATIVE_PAGE))
			die("mmap and munmap failed");
	}
	return (now_ns() - since) / PAIRS;
}

static void setup_few(struct run *r)
{
	sim_create(r, VMA_PAGES, 0);
	r->at = sim_map(r, FEW * VMA_PAGES);
}

static void teardown_few(struct run *r)
{
	sim_destroy(r);
}

/* Both in one round, so that the ratio is of the same minute. */
static double growth_sim(struct run *r)
{
	struct run few = *r;
	double many, one;

	setup_few(&few);
	one = pair_sim(&few);
	one = pair_sim(&few);
	sim_destroy(&few);
	many = pair_sim(r);
	return many / one;
}

static double growth_native(struct run *r)
{
	double one = pair_native(r), many;

	native_holes(r);
	many = pair_native(r);
	native_unmap(r->native, 2 * MANY * VMA_PAGES);
	return many / one;
}

const struct item vma_items[] = {
	{ "vma-lookup-10k", "ns", "mmsim_vma_next() at random",
	  .first = { .value = 60 }, .goal = { .value = 30 },
	  .setup = setup_lookup, .sim = lookup_sim, .bound = lookup_bound,
	  .teardown = teardown_lookup },
	{ "vma-split-merge-10k", "ns", "mprotect of one page and back",
	  .first = { .value = 1200 }, .goal = { .value = 500 },
	  .setup = setup_many, .sim = split_sim, .native = split_native,
	  .teardown = teardown_many },
	{ "mmap-munmap-1", "ns", "a pair beside one mapping",
	  .first = { .value = 800 }, .goal = { .value = 300 },
	  .setup = setup_few, .sim = pair_sim, .native = pair_native,
	  .teardown = teardown_few },
	{ "mmap-munmap-10k", "ns", "a pair beside 10000 mappings",
	  .first = { .value = 800 }, .goal = { .value = 300 },
	  .setup = setup_many, .sim = pair_sim, .native = pair_native,
	  .teardown = teardown_many },
	{ "mmap-munmap-growth", "ratio", "10000 mappings against one",
	  .first = { .value = 2 }, .goal = { .value = 1.3 },
	  .setup = setup_sim, .sim = growth_sim, .native = growth_native,
	  .teardown = teardown_sim },
	{ 0 }
};
