/* SPDX-License-Identifier: MIT */
/*
 * What the benches share: cells, what each costs, and how they are shown.
 *
 * Counts are exact. Modelled times are sums of counts times relative costs,
 * with one scale per platform; only their ratios are claimed.
 */
#ifndef TOOLS_BENCH_H
#define TOOLS_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "worlds.h"

/* Counts of COMMAND.md's cell. */
enum bench_count {
	BENCH_PAGES,
	BENCH_FAULTS,
	BENCH_COPIES,
	BENCH_PTE_READS,
	BENCH_PTE_WRITES,
	BENCH_SPLITS,
	BENCH_FLUSHES,
	BENCH_TABLES,
	BENCH_FALLBACKS, /* faults that wanted a huge page and got none */
	BENCH_RSS,	 /* bytes of anonymous memory */
	BENCH_HINTS,	 /* NUMA hinting faults */
	BENCH_HINTS_LOCAL,
	BENCH_MOVED,	       /* pages that they moved */
	BENCH_READ_ONLY,       /* pages that a write would fault on */
	BENCH_READ_ONLY_MOVED, /* of them, those that were moved */
	BENCH_WRITE_FAULTS,    /* that found the page to be their own */
	BENCH_FOLIOS,
	BENCH_GATHERS,	 /* reads of an entry that look through its block */
	BENCH_PTE_LOADS, /* what all reads load */
	BENCH_UNFOLDS,
	BENCH_CLEARS,
	BENCH_TLBI,
	BENCH_WAITS,
	BENCH_SWAP_LOCKS,
	BENCH_SHARES,
	BENCH_RMAPS,
	BENCH_RSS_UPDATES,
	BENCH_SWAP_ENTRIES,
	NR_BENCH_COUNTS
};

/* What an operation is made of; bench_cost.c has the table. */
enum bench_cost {
	COST_CALL,	 /* what is timed besides the memory: calls, clock */
	COST_STORE,	 /* one store that hits */
	COST_STORE_PAGE, /* 4 KiB of stores by memset */
	COST_WALK,	 /* a TLB miss */
	COST_ANON_FAULT, /* a new page of 4 KiB, zeroed */
	COST_REUSE_FAULT,
	COST_ZERO_FAULT, /* the zero page, small or huge */
	COST_COPY_FAULT, /* a new page of 4 KiB over the zero page */
	COST_CLEAR,	 /* each further 4 KiB that a fault clears */
	COST_SPLIT,	 /* a split of a huge entry, per page */
	COST_PTE_READ,
	COST_ATOMIC,	/* an entry taken out */
	COST_TLBI,	/* arm64, powerpc: one is sent */
	COST_WAIT,	/* for those that were sent */
	COST_INVLPG,	/* x86: a page is flushed */
	COST_SLOT_LOCK, /* slots are counted up */
	COST_SHARE,	/* pages are made shareable */
	COST_RMAP,	/* pages are no longer mapped */
	COST_RSS,	/* a count of the process changes */
	COST_RECLAIM,	/* all else that is done for a folio */
	COST_SCAN,	/* 4 KiB looked through for zeroes */
	NR_COSTS
};

#define BENCH_KEYS 3

/* A modelled time over another, and what the costs' ranges make of it. */
struct bench_ratio {
	double nominal, low, high;
};

/* A part of a cell's "case": a number, or a word. */
struct bench_key {
	const char *name, *word;
	uint64_t number;
};

/* What the pages of a buffer are mapped by. */
enum bench_map {
	MAP_NONE,
	MAP_HUGE_ZERO,
	MAP_ZERO,
	MAP_PAGE,
	MAP_HUGE,
	NR_BENCH_MAPS
};

struct bench_cell {
	const char *bench;
	const struct world_spec *spec;
	struct bench_key key[BENCH_KEYS];
	const char *phase;
	unsigned counted; /* one bit per count that has a value */
	uint64_t count[NR_BENCH_COUNTS];
	double use[NR_COSTS]; /* how often each cost is paid */
	bool fitted;	      /* its published time sets the scale */
	double published;     /* ns; 0: none */
	double modelled, low, high;
	bool mapped; /* maps[] has pages */
	uint64_t maps[NR_BENCH_MAPS];
	struct bench_ratio ratio; /* to another cell of its world; 0: none */
	char entry[64];		  /* in words; "": not asked for */
	char *not_run;		  /* why nothing was counted, or NULL */
};

struct bench {
	struct bench_cell *cell;
	size_t nr, room;
	uint64_t pages; /* of each thread of a workload; 0: not said */
};

/** bench_cell_add() - a new cell, zeroed; valid until the next one. */
struct bench_cell *bench_cell_add(struct bench *bench);

/** bench_count_set() - give a cell a count. */
void bench_count_set(struct bench_cell *cell, enum bench_count count,
		     uint64_t value);

/**
 * bench_model() - fit the scales, predict, with intervals.
 *
 * An architecture's scale minimises the squared logarithms of modelled over
 * published times of its cells that are fitted; without one, none of its cells
 * has a modelled time. The interval is what all corners of the costs' ranges
 * give, each with a scale of its own.
 */
void bench_model(struct bench *bench);

/** bench_relative() - modelled time of @cell over that of @to: no scale. */
struct bench_ratio bench_relative(const struct bench_cell *cell,
				  const struct bench_cell *to);

/** bench_costs_print() - the relative costs that cells pay, with sources. */
void bench_costs_print(const struct bench *bench);

/** bench_json() - one JSON object per cell. */
void bench_json(const struct bench *bench);

/* One row of a plot. */
struct bench_point {
	double low, value, high;
	double ring; /* 0: none */
	bool filled;
	char name[96];
};

/* What a plot shows. */
struct bench_plot {
	const char *legend, *unit;
	const char *missing; /* what is not there if no cell is shown */
	/* false: the cell is not shown. */
	bool (*point)(const struct bench_cell *cell, struct bench_point *point);
};

/* Modelled against published times. */
extern const struct bench_plot bench_plot_times;

/**
 * bench_plot() - an SVG with a row for each cell that @plot shows.
 *
 * Return: 0, or STATUS_USAGE after one line on standard error.
 */
int bench_plot(const struct bench *bench, const struct bench_plot *plot,
	       const char *title, const char *path);

/** bench_case_text() - the parts of the cell's case, each with a blank. */
void bench_case_text(const struct bench_cell *cell, char *text, size_t size);

/** bench_any_fitted() - whether a cell sets a scale. */
bool bench_any_fitted(const struct bench *bench);

/** bench_times_print() - a table of the cells with a published time. */
void bench_times_print(const struct bench *bench);

/** bench_not_run_print() - each reason once, with the number of worlds. */
void bench_not_run_print(const struct bench *bench);

/** bench_reason() - why a scenario did not run, without the line of it. */
char *bench_reason(const char *error);

void bench_free(struct bench *bench);

/**
 * bench_refusal() - whether the simulated kernel refused an operation.
 * @line: its report.
 *
 * Return: "operation: errno", to be freed, or NULL.
 */
char *bench_refusal(const char *line);

/* ---- counters ---- */

/* The world's counters that cells hold, at one moment. */
struct bench_mark {
	uint64_t value[NR_BENCH_COUNTS];
};

/** bench_mark_now() - read them. */
struct bench_mark bench_mark_now(struct mmsim *world);

/** bench_mark_since() - give @cell what was counted since @then. */
void bench_mark_since(struct bench_cell *cell, struct mmsim *world,
		      const struct bench_mark *then);

/* ---- worlds ---- */

/* One default of a dimension: options, and what it is called. */
struct bench_default {
	const char *options, *name;
};

typedef int (*bench_world_fn)(struct bench *bench,
			      const struct world_spec *spec);

/**
 * bench_worlds() - a bench in each world that the command line names; else in
 * every rule on every platform that was built, of the others it says so.
 * @rules: ends with a row without options. Left out, if the user chose a
 *	kernel or features.
 * @run: its cells of one world.
 *
 * Return: 0, or STATUS_USAGE after one line on standard error.
 */
int bench_worlds(struct bench *bench, struct world_list *list,
		 const struct bench_default *rules, bench_world_fn run);

/* ---- the benches: cells into @bench, and their text ---- */

int bench_mprotect(struct bench *bench, struct world_list *list);
void bench_mprotect_text(const struct bench *bench);

int bench_pageout(struct bench *bench, struct world_list *list);
void bench_pageout_text(const struct bench *bench);

int bench_hugezero(struct bench *bench, struct world_list *list);
void bench_hugezero_text(const struct bench *bench);
extern const struct bench_plot bench_plot_hugezero;

int bench_autonuma(struct bench *bench, struct world_list *list);
void bench_autonuma_text(const struct bench *bench);
extern const struct bench_plot bench_plot_autonuma;

#endif
