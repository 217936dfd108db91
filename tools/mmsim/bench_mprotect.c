/* SPDX-License-Identifier: MIT */
/*
 * mmsim bench mprotect - does a page take a write fault after
 * mprotect(PROT_READ) and mprotect(PROT_READ | PROT_WRITE)?
 *
 * The two workloads, four sizes and four phases of the posting of 2022-04-01
 * that asked it, under the rules before it, its own, and the later ones.
 */
#include "bench.h"

#include "out.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum workload { MEMSET, BYTE_PER_PAGE, NR_WORKLOADS };
enum phase { FIRST, SECOND, AFTER_MPROTECT, AFTER_SOFT_DIRTY, NR_PHASES };

static const char *const workload_names[NR_WORKLOADS] = {
	[MEMSET] = "memset",
	[BYTE_PER_PAGE] = "byte_per_page",
};

static const char *const phase_names[NR_PHASES] = {
	[FIRST] = "first_write",
	[SECOND] = "second_write",
	[AFTER_MPROTECT] = "after_mprotect_r_rw",
	[AFTER_SOFT_DIRTY] = "after_softdirty_clear",
};

#define NR_SIZES 4

static const uint32_t sizes[NR_SIZES] = { 4096, 16384, 65536, 524288 };

/*
 * Averages of 1000 runs on a Ryzen 9 3900X under the posted rule, ns. The
 * second byte_per_page write of 512 KiB (1090, least 390) is the posting's own
 * outlier.
 */
static const double published[NR_WORKLOADS][NR_SIZES][NR_PHASES] = {
	[MEMSET] = { { 770, 158, 177, 454 },
		     { 1986, 249, 281, 1232 },
		     { 7068, 614, 715, 4367 },
		     { 55544, 5106, 5710, 34610 } },
	[BYTE_PER_PAGE] = { { 732, 129, 146, 416 },
			    { 1855, 132, 153, 1085 },
			    { 6637, 145, 184, 3759 },
			    { 51353, 1090, 675, 29521 } },
};

/* The posting stood on trees that had PageAnonExclusive; 5.19 is the first. */
#define POSTED "mprotect-upgrade-posted"

static const struct bench_default rules[] = {
	{ "--kernel 5.10", NULL }, { "--kernel 5.19 --feature +" POSTED, NULL },
	{ "--kernel 6.1", NULL },  { "--kernel 6.12", NULL },
	{ "--kernel 7.2", NULL },  { NULL, NULL },
};

static bool is_published(const struct world_spec *spec)
{
	return spec->config.arch == MMSIM_ARCH_X86_64 &&
	       spec->config.kernel == MMSIM_KERNEL(5, 19) &&
	       spec->config.features &&
	       strstr(spec->config.features, "+" POSTED);
}

/* One run of a workload in a process of its own. */
struct run {
	struct bench *bench;
	const struct world_spec *spec;
	struct mmsim *world;
	struct mmsim_mm *mm;
	enum workload workload;
	unsigned size;
	uint32_t page_size;
	uint64_t pages, addr;
};

static int write_all(const struct run *run)
{
	struct mmsim_fault fault = { .size = sizeof(fault) };
	int rc = 0;

	if (run->workload == MEMSET)
		return mmsim_access(run->mm, 0, run->addr, sizes[run->size],
				    MMSIM_WRITE, NULL, &fault);
	for (uint64_t i = 0; i < run->pages && !rc; i++)
		rc = mmsim_access(run->mm, 0, run->addr + i * run->page_size, 1,
				  MMSIM_WRITE, NULL, &fault);
	return rc;
}

static int protect_twice(const struct run *run)
{
	uint64_t len = run->pages * run->page_size;
	int rc = mmsim_mprotect(run->mm, run->addr, len, MMSIM_PROT_READ);

	return rc ? rc
		  : mmsim_mprotect(run->mm, run->addr, len,
				   MMSIM_PROT_READ | MMSIM_PROT_WRITE);
}

static int phase_run(const struct run *run, enum phase phase)
{
	int rc = 0;

	if (phase == AFTER_MPROTECT)
		rc = protect_twice(run);
	else if (phase == AFTER_SOFT_DIRTY)
		rc = mmsim_clear_refs(run->mm, 4);
	/* A kernel without soft-dirty takes no notice of clear_refs. */
	return rc && rc != -EINVAL ? rc : write_all(run);
}

/*
 * What was timed is the writing alone: a phase pays for its faults, and for a
 * TLB miss on each page that was flushed before it.
 */
static void cell_use(struct bench_cell *cell, const struct run *run,
		     enum phase phase)
{
	double faults = (double)cell->count[BENCH_FAULTS];
	double clears = (double)run->page_size / 4096 - 1;

	cell->use[COST_CALL] = 1;
	if (run->workload == MEMSET)
		cell->use[COST_STORE_PAGE] = (double)sizes[run->size] / 4096;
	else
		cell->use[COST_STORE] = (double)run->pages;
	if (phase != SECOND)
		cell->use[COST_WALK] = (double)run->pages;
	if (phase == FIRST) {
		cell->use[COST_ANON_FAULT] = faults;
		cell->use[COST_STORE_PAGE] += clears * faults;
	} else {
		cell->use[COST_REUSE_FAULT] = faults;
	}
}

static void cell_key(struct bench_cell *cell, const struct run *run)
{
	cell->key[0].name = "workload";
	cell->key[0].word = workload_names[run->workload];
	cell->key[1].name = "bytes";
	cell->key[1].number = sizes[run->size];
}

static int phase_cell(const struct run *run, enum phase phase)
{
	struct bench_mark mark = bench_mark_now(run->world);
	struct bench_cell *cell = bench_cell_add(run->bench);
	int rc = phase_run(run, phase);

	cell->bench = "mprotect";
	cell->spec = run->spec;
	cell->phase = phase_names[phase];
	cell_key(cell, run);
	bench_mark_since(cell, run->world, &mark);
	bench_count_set(cell, BENCH_PAGES, run->pages);
	cell_use(cell, run, phase);
	if (is_published(run->spec)) {
		cell->published = published[run->workload][run->size][phase];
		cell->fitted = phase == FIRST || phase == SECOND;
	}
	return rc;
}

static int case_run(struct run *run)
{
	struct mmsim_mmap_args args = {
		.size = sizeof(args),
		.len = run->pages * run->page_size,
		.prot = MMSIM_PROT_READ | MMSIM_PROT_WRITE,
		.flags = MMSIM_MAP_PRIVATE | MMSIM_MAP_ANONYMOUS,
	};
	int rc = mmsim_mm_create(run->world, &run->mm);

	if (rc)
		return rc;
	rc = mmsim_mmap(run->mm, &args, &run->addr);
	for (int phase = 0; phase < NR_PHASES && !rc; phase++)
		rc = phase_cell(run, (enum phase)phase);
	mmsim_mm_exit(run->mm);
	return rc;
}

static int world_run(struct bench *bench, const struct world_spec *spec)
{
	struct mmsim_world_info info = { .size = sizeof(info) };
	struct run run = { .bench = bench, .spec = spec };
	int rc = 0;

	run.world = world_make(&spec->config, spec->label);
	if (!run.world)
		return STATUS_USAGE;
	mmsim_world_info(run.world, &info);
	run.page_size = info.page_size;
	for (unsigned i = 0; i < NR_WORKLOADS * NR_SIZES && !rc; i++) {
		run.workload = (enum workload)(i / NR_SIZES);
		run.size = i % NR_SIZES;
		run.pages =
			(sizes[run.size] + run.page_size - 1) / run.page_size;
		rc = case_run(&run);
	}
	if (rc)
		out_error("%s: found %s: %s, expected a world with room for "
			  "512 KiB",
			  spec->label, mmsim_errname(rc),
			  mmsim_last_error(run.world));
	mmsim_destroy(run.world);
	return rc ? STATUS_USAGE : 0;
}

/* ---- text ---- */

#define CASES (NR_WORKLOADS * NR_SIZES)

static void phases_text(struct table *table, const struct bench_cell *cells,
			enum bench_count count)
{
	char text[96] = "";

	for (int i = 0; i < NR_PHASES; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			 "%s%llu", i ? " " : "",
			 (unsigned long long)cells[i].count[count]);
	table_cell(table, "%s", text);
}

static void heads(struct table *table, const char *const *heads)
{
	for (; *heads; heads++)
		table_cell(table, "%s", *heads);
}

static void counts_print(const struct bench *bench)
{
	static const char *const names[] = { "world",	       "bytes",
					     "pages",	       "faults",
					     "flushes",	       "PTE writes",
					     "mprotect/write", NULL };
	struct table *table = table_new("lrrlllr");

	printf("Faults, flushes and PTE writes: first write, second write, "
	       "after mprotect(R) + mprotect(RW),\nafter clearing soft-dirty; "
	       "memset. Last: modelled time after mprotect over second "
	       "write.\n\n");
	heads(table, names);
	for (size_t i = 0; i < bench->nr; i += NR_PHASES) {
		const struct bench_cell *cell = &bench->cell[i];

		if (cell->key[0].word != workload_names[MEMSET])
			continue;
		table_cell(table, "%s", cell->spec->label);
		table_cell(table, "%llu",
			   (unsigned long long)cell->key[1].number);
		table_cell(table, "%llu",
			   (unsigned long long)cell->count[BENCH_PAGES]);
		phases_text(table, cell, BENCH_FAULTS);
		phases_text(table, cell, BENCH_FLUSHES);
		phases_text(table, cell, BENCH_PTE_WRITES);
		table_cell(table, "%.2f",
			   bench_relative(&cell[AFTER_MPROTECT], &cell[SECOND])
				   .nominal);
	}
	table_print(table, 0);
}

static double ratio(const struct bench_cell *cells, enum phase over, bool model)
{
	const struct bench_cell *a = &cells[AFTER_MPROTECT], *b = &cells[over];

	return model ? a->modelled / b->modelled : a->published / b->published;
}

static void ratios_print(const struct bench *bench)
{
	static const char *const names[] = { "workload",
					     "bytes",
					     "mprotect/second",
					     "published",
					     "mprotect/soft-dirty",
					     "published",
					     NULL };
	struct table *table = table_new("lrrrrr");

	heads(table, names);
	for (size_t i = 0; i < bench->nr; i += NR_PHASES) {
		const struct bench_cell *cell = &bench->cell[i];

		if (!cell->fitted)
			continue;
		table_cell(table, "%s", cell->key[0].word);
		table_cell(table, "%llu",
			   (unsigned long long)cell->key[1].number);
		for (int over = SECOND; over <= AFTER_SOFT_DIRTY; over += 2) {
			table_cell(table, "%.3f",
				   ratio(cell, (enum phase)over, true));
			table_cell(table, "%.3f",
				   ratio(cell, (enum phase)over, false));
		}
	}
	table_print(table, 0);
}

void bench_mprotect_text(const struct bench *bench)
{
	counts_print(bench);
	if (!bench_any_fitted(bench))
		return;
	printf("\nThe posted rule on x86-64. The scale is fitted to first and "
	       "second writes (*); the others are\npredicted, with the "
	       "interval that the costs' ranges give.\n\n");
	bench_times_print(bench);
	printf("\nRatios, modelled and published.\n\n");
	ratios_print(bench);
	printf("\nRelative costs.\n\n");
	bench_costs_print(bench);
}

int bench_mprotect(struct bench *bench, struct world_list *list)
{
	return bench_worlds(bench, list, rules, world_run);
}
