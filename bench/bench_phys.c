/* SPDX-License-Identifier: MIT */
/*
 * bench_phys [pages [rounds]]: what frames cost, one JSON object per line.
 */
#include "phys/phys.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct bench {
	struct host host;
	struct phys phys;
	pfn_t *pfn;
	size_t nr;
	unsigned rounds;
};

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void result(const char *what, double ns, size_t nr)
{
	printf("{\"bench\": \"phys\", \"op\": \"%s\", \"ns\": %.2f}\n", what,
	       ns / (double)nr);
}

static int alloc_all(struct bench *b)
{
	size_t i;

	for (i = 0; i < b->nr; i++) {
		b->pfn[i] = phys_alloc(&b->phys, 0, 0);
		if (b->pfn[i] == PFN_NONE)
			return 1;
	}
	return 0;
}

static void free_all(struct bench *b)
{
	size_t i;

	for (i = 0; i < b->nr; i++) {
		pfn_to_page(&b->phys, b->pfn[i])->refcount = 0;
		phys_free(&b->phys, b->pfn[i], 0);
	}
}

/* The first pass pays for the host's memory behind the struct pages. */
static int bench_many(struct bench *b)
{
	double since, alloc_ns = 0, free_ns = 0;
	unsigned i;

	for (i = 0; i <= b->rounds; i++) {
		since = now_ns();
		if (alloc_all(b))
			return 1;
		if (i)
			alloc_ns += now_ns() - since;
		else
			result("alloc_first", now_ns() - since, b->nr);
		since = now_ns();
		free_all(b);
		free_ns += now_ns() - since;
	}
	result("alloc", alloc_ns, b->rounds * b->nr);
	result("free", free_ns, (b->rounds + 1) * b->nr);
	return 0;
}

static int bench_pair(struct bench *b)
{
	size_t i, nr = b->rounds * b->nr;
	double since = now_ns();
	pfn_t pfn;

	for (i = 0; i < nr; i++) {
		pfn = phys_alloc(&b->phys, 0, 0);
		if (pfn == PFN_NONE)
			return 1;
		pfn_to_page(&b->phys, pfn)->refcount = 0;
		phys_free(&b->phys, pfn, 0);
	}
	result("alloc_free_hot", now_ns() - since, nr);
	return 0;
}

static int bench_table(struct bench *b)
{
	size_t i, nr = b->rounds * b->nr / 4 + 1;
	double since = now_ns();
	paddr_t table;

	for (i = 0; i < nr; i++) {
		if (phys_table_alloc(&b->phys, NULL, 4096, 0, &table))
			return 1;
		phys_table_free(&b->phys, NULL, table, 4096, true);
	}
	result("table_alloc_free_zeroed", now_ns() - since, nr);
	return 0;
}

static int bench_init(struct bench *b)
{
	double since = now_ns();
	int rc = phys_init(&b->phys, &b->host, 12, 9, 1,
			   ((u64)b->nr + 1024) * 4096);

	result("init", now_ns() - since, 1);
	return rc;
}

int main(int argc, char **argv)
{
	struct bench b = { .nr = 100000, .rounds = 20 };
	int rc = 1;

	if (argc > 1)
		b.nr = strtoul(argv[1], NULL, 0);
	if (argc > 2)
		b.rounds = (unsigned)strtoul(argv[2], NULL, 0);
	if (!b.nr || !b.rounds)
		return 2;
	b.pfn = calloc(b.nr, sizeof(*b.pfn));
	if (b.pfn && !bench_init(&b)) {
		rc = bench_many(&b) || bench_pair(&b) || bench_table(&b);
		phys_destroy(&b.phys);
	}
	free(b.pfn);
	return rc;
}
