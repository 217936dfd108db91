/* SPDX-License-Identifier: MIT */
/*
 * Relative costs, the scale, and what follows from them.
 */
#include "bench.h"

#include "out.h"

#include <math.h>
#include <stdio.h>

/*
 * In ns of an ordinary machine; as only one scale per platform is fitted, no
 * more than the ratios between the rows matter. [low, high] is what sources
 * disagree by, or what is assumed.
 */
static const struct {
	const char *name;
	double ns, low, high;
	const char *source;
} costs[NR_COSTS] = {
	[COST_CALL] = { "call and clock", 100, 60, 140,
			"assumed: two reads of a clock and a call" },
	[COST_STORE] = { "store", 1.5, 0.5, 3,
			 "a hit: 1.45 ns by throughput, 3.0 dependent" },
	[COST_STORE_PAGE] = { "memset of 4 KiB", 36, 24, 50,
			      "measured, in the cache: 36 ns" },
	[COST_WALK] = { "TLB miss", 12, 5, 30,
			"assumed: a walk with cached upper levels" },
	[COST_ANON_FAULT] = { "anonymous fault", 400, 350, 575,
			      "401 ns published; 575 ns the least of another" },
	[COST_REUSE_FAULT] = { "reuse fault", 220, 180, 260,
			       "0.55 of an anonymous fault, measured natively "
			       "(710 of 1288 ns)" },
	[COST_ZERO_FAULT] = { "zero page fault", 198, 160, 240,
			      "0.50 of an anonymous fault, measured natively "
			      "(638 of 1288 ns)" },
	[COST_COPY_FAULT] = { "fault over the zero page", 478, 400, 560,
			      "1.20 of an anonymous fault, measured natively "
			      "(1540 of 1288 ns)" },
	[COST_CLEAR] = { "4 KiB cleared by a fault", 53, 36, 99,
			 "36 ns in the cache, 99 ns in memory; a huge fault is "
			 "0.133 of an anonymous one per 4 KiB, measured "
			 "natively (88000 / 512 of 1288 ns)" },
	[COST_SPLIT] = { "PMD split, per page", 6, 2, 11,
			 "at most 0.027 of an anonymous fault, measured with "
			 "counts per page to move (17900 / 512 of 1288 ns); "
			 "without them assumed" },
	[COST_PTE_READ] = { "entry read", 1.5, 0.5, 3,
			    "a hit: 1.45 ns by throughput, 3.0 dependent" },
	[COST_ATOMIC] = { "entry taken out", 7, 5, 10,
			  "assumed: a locked exchange that hits" },
	[COST_TLBI] = { "TLBI sent", 30, 10, 100,
			"assumed: a tenth of one that is waited for" },
	[COST_WAIT] = { "wait for TLBI", 320, 200, 500,
			"350 ns published for one mprotect's flush (3.2 us "
			"with, 2.85 us without)" },
	[COST_INVLPG] = { "INVLPG", 100, 60, 200,
			  "about 100 ns by the kernel's ceiling of 33" },
	[COST_SLOT_LOCK] = { "slots counted up", 20, 10, 40,
			     "assumed: two locked operations and a search" },
	[COST_SHARE] = { "made shareable", 10, 4, 40, "assumed: two barriers" },
	[COST_RMAP] = { "rmap removal", 20, 10, 40,
			"assumed: two or three locked operations" },
	[COST_RSS] = { "count of a process", 2, 1, 7,
		       "assumed: a store, at most a locked one" },
	[COST_RECLAIM] = { "reclaim of a folio, the rest", 1000, 500, 3000,
			   "assumed: isolated, locked, given slots, freed" },
	[COST_SCAN] = { "4 KiB looked through", 50, 36, 99,
			"36 ns in the cache, 99 ns in memory, as to clear it" },
};

/* A bit for each cost that a cell pays. */
static unsigned costs_of(const struct bench_cell *cell)
{
	unsigned used = 0;

	for (int i = 0; i < NR_COSTS; i++)
		if (cell->use[i] > 0)
			used |= 1u << i;
	return used;
}

static unsigned costs_used(const struct bench *bench)
{
	unsigned used = 0;

	for (size_t i = 0; i < bench->nr; i++)
		used |= costs_of(&bench->cell[i]);
	return used;
}

/* The next corner of those costs: each at its least or at its most; 0: that
 * was the last one. */
static unsigned next_corner(unsigned corner, unsigned used)
{
	return (corner - used) & used;
}

static double cost_ns(int cost, unsigned corner)
{
	return corner & 1u << cost ? costs[cost].high : costs[cost].low;
}

/* The time of a cell before it is scaled. */
static double nominal(const struct bench_cell *cell)
{
	double sum = 0;

	for (int i = 0; i < NR_COSTS; i++)
		sum += cell->use[i] * costs[i].ns;
	return sum;
}

static double at_corner(const struct bench_cell *cell, unsigned corner)
{
	double sum = 0;

	for (int i = 0; i < NR_COSTS; i++)
		sum += cell->use[i] * cost_ns(i, corner);
	return sum;
}

/* No corner: the nominal costs. */
#define NOMINAL (~0u)

static double cell_time(const struct bench_cell *cell, unsigned corner)
{
	return corner == NOMINAL ? nominal(cell) : at_corner(cell, corner);
}

/* A platform is an architecture: one scale each. */
static enum mmsim_arch cell_platform(const struct bench_cell *cell)
{
	return cell->spec->config.arch;
}

/* The mean logarithm is where the squares are least. 0: nothing to fit. */
static double scale_fit(const struct bench *bench, enum mmsim_arch platform,
			unsigned corner)
{
	double sum = 0;
	size_t nr = 0;

	for (size_t i = 0; i < bench->nr; i++) {
		const struct bench_cell *cell = &bench->cell[i];

		if (!cell->fitted || cell_platform(cell) != platform)
			continue;
		sum += log(cell->published / cell_time(cell, corner));
		nr++;
	}
	return nr ? exp(sum / (double)nr) : 0;
}

static void corner_apply(struct bench *bench, enum mmsim_arch platform,
			 unsigned corner)
{
	double scale = scale_fit(bench, platform, corner);

	for (size_t i = 0; i < bench->nr; i++) {
		struct bench_cell *cell = &bench->cell[i];
		double ns = scale * cell_time(cell, corner);

		if (cell_platform(cell) != platform)
			continue;
		cell->modelled = corner == NOMINAL ? ns : cell->modelled;
		if (corner == NOMINAL || ns < cell->low)
			cell->low = ns;
		if (corner == NOMINAL || ns > cell->high)
			cell->high = ns;
	}
}

void bench_model(struct bench *bench)
{
	static const enum mmsim_arch platforms[] = { MMSIM_ARCH_X86_64,
						     MMSIM_ARCH_ARM64,
						     MMSIM_ARCH_PPC64 };
	const unsigned used = costs_used(bench);
	unsigned corner;

	for (size_t p = 0; p < sizeof(platforms) / sizeof(*platforms); p++) {
		if (scale_fit(bench, platforms[p], NOMINAL) <= 0)
			continue;
		corner_apply(bench, platforms[p], NOMINAL);
		corner = 0;
		do {
			corner_apply(bench, platforms[p], corner);
			corner = next_corner(corner, used);
		} while (corner);
	}
}

struct bench_ratio bench_relative(const struct bench_cell *cell,
				  const struct bench_cell *to)
{
	double nominal_ratio = nominal(cell) / nominal(to);
	struct bench_ratio ratio = { nominal_ratio, nominal_ratio,
				     nominal_ratio };
	const unsigned used = costs_of(cell) | costs_of(to);
	unsigned corner = 0;

	do {
		double at = at_corner(cell, corner) / at_corner(to, corner);

		ratio.low = fmin(ratio.low, at);
		ratio.high = fmax(ratio.high, at);
		corner = next_corner(corner, used);
	} while (corner);
	return ratio;
}

void bench_costs_print(const struct bench *bench)
{
	const unsigned used = costs_used(bench);
	struct table *table = table_new("lrrrl");

	table_cell(table, "cost");
	table_cell(table, "ns");
	table_cell(table, "least");
	table_cell(table, "most");
	table_cell(table, "source");
	for (int i = 0; i < NR_COSTS; i++) {
		if (!(used & 1u << i))
			continue;
		table_cell(table, "%s", costs[i].name);
		table_cell(table, "%g", costs[i].ns);
		table_cell(table, "%g", costs[i].low);
		table_cell(table, "%g", costs[i].high);
		table_cell(table, "%s", costs[i].source);
	}
	table_print(table, 0);
}
