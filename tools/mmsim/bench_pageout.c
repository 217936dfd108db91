/* SPDX-License-Identifier: MIT */
/*
 * mmsim bench pageout - what does MADV_PAGEOUT of large folios cost?
 *
 * The posting of 2026-05-26 "Optimize anonymous large folio unmapping" swaps
 * out 256 MiB in folios of 64 KiB and finds that taking a folio's entries out
 * in one go halves the time on arm64 and hardly changes it on x86-64. Here
 * what either does is counted, in such folios and in single pages. All of it
 * is zeroes, so from 6.12 on nothing is written to the device.
 */
#include "bench.h"

#include "out.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BATCH "unmap-batch-anon"

static const struct bench_default rules[] = {
	{ "--kernel 6.12", NULL },
	{ "--kernel 7.2", NULL },
	{ "--kernel 7.2 --feature +" BATCH, NULL },
	{ NULL, NULL },
};

#define BYTES  ((uint64_t)256 << 20)
#define LARGE  ((uint64_t)64 << 10)
#define MEMORY "1G"

/* The device has a header: two of them, so that all of it finds room. */
#define SETUP                           \
	"swapon zram\n"                 \
	"swapon zram\n"                 \
	"mmap A 256M rw private anon\n" \
	"write A 0 256M 0\n"            \
	"drain\n"                       \
	"madvise A 0 256M pageout\n"
#define STEPS 6

/* Means of the posting, ns. */
static const struct published {
	enum mmsim_arch arch;
	double vanilla, patched;
} published[] = {
	{ MMSIM_ARCH_ARM64, 37401913, 17420282 },
	{ MMSIM_ARCH_X86_64, 54986286, 51930795 },
};

/* ---- what is counted ---- */

/* Each count is a sum of the world's counters. */
static const struct counted {
	enum bench_count count;
	const char *head;
	const char *counter[4];
} counted[] = {
	{ BENCH_PTE_READS,
	  "ptep_get",
	  { "rmap_pte_read", "folio_pte_batch_read" } },
	{ BENCH_GATHERS, "gathers", { "contpte_ptep_get" } },
	{ BENCH_PTE_LOADS,
	  "loads",
	  { "rmap_pte_read", "folio_pte_batch_read", "contpte_pte_load" } },
	{ BENCH_UNFOLDS, "unfolds", { "__contpte_try_unfold" } },
	{ BENCH_CLEARS, "clears", { "ptep_get_and_clear" } },
	{ BENCH_TLBI,
	  "TLBI",
	  { "hw_tlbi", "hw_tlbie", "hw_tlbiel", "nr_tlb_local_flush_one" } },
	{ BENCH_WAITS,
	  "waits",
	  { "hw_dsb", "hw_tlbie", "nr_tlb_remote_flush" } },
	{ BENCH_SWAP_LOCKS, "slot locks", { "folio_dup_swap" } },
	{ BENCH_SHARES, "shares", { "folio_try_share_anon_rmap_pte" } },
	{ BENCH_RMAPS, "rmap", { "folio_remove_rmap_ptes" } },
	{ BENCH_RSS_UPDATES, "counters", { "unmap_rss_update" } },
	{ BENCH_SWAP_ENTRIES, "swap entries", { "set_swap_pte" } },
};

#define NR_COUNTED (sizeof(counted) / sizeof(*counted))

static uint64_t counter_sum(struct mmsim *world, const struct counted *row)
{
	uint64_t sum = 0, value;

	for (int i = 0; i < 4 && row->counter[i]; i++)
		if (!mmsim_counter(world, row->counter[i], &value))
			sum += value;
	return sum;
}

static void counts_read(struct mmsim *world, uint64_t *value)
{
	for (size_t i = 0; i < NR_COUNTED; i++)
		value[i] = counter_sum(world, &counted[i]);
}

/* ---- one case ---- */

struct run {
	struct bench *bench;
	const struct world_spec *spec;
	struct mmsim *world;
	uint32_t page_size;
	uint64_t folio;
	char *refused;
};

/*
 * An invalidation costs what the architecture's does; an unfolding takes each
 * entry out and stores it again.
 */
static void cell_use(struct bench_cell *cell, const struct run *run)
{
	bool x86 = run->spec->config.arch == MMSIM_ARCH_X86_64;
	const uint64_t *n = cell->count;
	double unfolded = 16.0 * (double)n[BENCH_UNFOLDS];

	cell->use[COST_PTE_READ] = (double)n[BENCH_PTE_LOADS];
	cell->use[COST_ATOMIC] = (double)n[BENCH_CLEARS] + unfolded;
	cell->use[COST_STORE] = (double)n[BENCH_SWAP_ENTRIES] + unfolded;
	cell->use[x86 ? COST_INVLPG : COST_TLBI] = (double)n[BENCH_TLBI];
	cell->use[COST_WAIT] = (double)n[BENCH_WAITS];
	cell->use[COST_SLOT_LOCK] = (double)n[BENCH_SWAP_LOCKS];
	cell->use[COST_SHARE] = (double)n[BENCH_SHARES];
	cell->use[COST_RMAP] = (double)n[BENCH_RMAPS];
	cell->use[COST_RSS] = (double)n[BENCH_RSS_UPDATES];
	cell->use[COST_RECLAIM] = (double)n[BENCH_FOLIOS];
	cell->use[COST_SCAN] = (double)BYTES / 4096;
}

static bool is_batched(const struct world_spec *spec)
{
	return spec->config.features &&
	       strstr(spec->config.features, "+" BATCH);
}

/* The posting's tree lay between 7.1 and 7.2; neither batches. */
static void cell_publish(struct bench_cell *cell, const struct run *run)
{
	const struct mmsim_config *config = &run->spec->config;
	bool vanilla = !config->features || !*config->features;

	if (run->folio != LARGE || run->page_size != 4096 ||
	    config->kernel != MMSIM_KERNEL(7, 2))
		return;
	for (size_t i = 0; i < sizeof(published) / sizeof(*published); i++) {
		if (published[i].arch != config->arch)
			continue;
		if (vanilla)
			cell->published = published[i].vanilla;
		else if (is_batched(run->spec))
			cell->published = published[i].patched;
		cell->fitted = vanilla;
	}
}

static void cell_fill(struct bench_cell *cell, const struct run *run,
		      const uint64_t *then)
{
	uint64_t now[NR_COUNTED];

	counts_read(run->world, now);
	for (size_t i = 0; i < NR_COUNTED; i++)
		bench_count_set(cell, counted[i].count, now[i] - then[i]);
	bench_count_set(cell, BENCH_PAGES, BYTES / run->page_size);
	bench_count_set(cell, BENCH_FOLIOS, BYTES / run->folio);
	cell_use(cell, run);
	cell_publish(cell, run);
}

static struct bench_cell *cell_new(const struct run *run)
{
	struct bench_cell *cell = bench_cell_add(run->bench);

	cell->bench = "pageout";
	cell->spec = run->spec;
	cell->phase = "pageout";
	cell->key[0].name = "folio";
	cell->key[0].number = run->folio;
	return cell;
}

static void line_read(const char *line, void *user)
{
	struct run *run = user;

	if (!run->refused)
		run->refused = bench_refusal(line);
}

/* A page of 64 KiB is no folio to ask for. */
static char *case_text(const struct run *run)
{
	bool large = run->folio > run->page_size;

	return xasprintf("%s" SETUP, large ? "mthp 64 always\n" : "drain\n");
}

/* The last step is what is counted. */
static int steps_run(struct run *run, struct mmsim_scenario *scenario)
{
	uint64_t then[NR_COUNTED];
	struct bench_mark mark;
	struct bench_cell *cell;
	int rc = 0;

	for (int step = 0; step <= STEPS && rc >= 0 && !run->refused; step++) {
		mark = bench_mark_now(run->world);
		counts_read(run->world, then);
		rc = mmsim_scenario_step(scenario);
	}
	if (rc < 0)
		return rc;
	cell = cell_new(run);
	if (run->refused) {
		cell->not_run = run->refused;
		return 0;
	}
	bench_mark_since(cell, run->world, &mark);
	cell_fill(cell, run, then);
	return 0;
}

static int case_run(struct run *run)
{
	struct mmsim_scenario *scenario;
	char *text = case_text(run);
	int rc;

	run->refused = NULL;
	run->world = world_make(&run->spec->config, run->spec->label);
	if (!run->world) {
		free(text);
		return STATUS_USAGE;
	}
	rc = mmsim_scenario_open(run->world, text, strlen(text), line_read, run,
				 &scenario);
	free(text);
	if (!rc) {
		rc = steps_run(run, scenario);
		mmsim_scenario_close(scenario);
	}
	if (rc)
		out_error("%s: found %s: %s, expected a world with room for "
			  "256 MiB",
			  run->spec->label, mmsim_errname(rc),
			  mmsim_last_error(run->world));
	mmsim_destroy(run->world);
	return rc ? STATUS_USAGE : 0;
}

/* ---- one world ---- */

/* In folios of 64 KiB if they are larger than a page, and in pages. */
static int world_run(struct bench *bench, const struct world_spec *spec)
{
	struct mmsim_world_info info = { .size = sizeof(info) };
	struct run run = { .bench = bench, .spec = spec };
	int rc = 0;

	run.world = world_make(&spec->config, spec->label);
	if (!run.world)
		return STATUS_USAGE;
	mmsim_world_info(run.world, &info);
	mmsim_destroy(run.world);
	run.page_size = info.page_size;
	run.folio = LARGE;
	if (run.folio > run.page_size)
		rc = case_run(&run);
	run.folio = run.page_size;
	return rc ? rc : case_run(&run);
}

/* What a world with batches is compared with: the same but for them. */
static bool is_base(const struct bench_cell *base,
		    const struct bench_cell *cell)
{
	const struct mmsim_config *a = &base->spec->config;
	const struct mmsim_config *b = &cell->spec->config;

	return !is_batched(base->spec) && a->arch == b->arch &&
	       a->mmu == b->mmu && a->page_size == b->page_size &&
	       a->kernel == b->kernel && !base->not_run &&
	       base->key[0].number == cell->key[0].number;
}

static void ratios_set(struct bench *bench)
{
	for (size_t i = 0; i < bench->nr; i++) {
		struct bench_cell *cell = &bench->cell[i];

		if (!is_batched(cell->spec) || cell->not_run)
			continue;
		for (size_t k = 0; k < bench->nr; k++)
			if (is_base(&bench->cell[k], cell))
				cell->ratio =
					bench_relative(cell, &bench->cell[k]);
	}
}

/* ---- text ---- */

static bool is_large(const struct bench_cell *cell)
{
	return cell->key[0].number == LARGE &&
	       cell->count[BENCH_PAGES] > cell->count[BENCH_FOLIOS];
}

static void row_print(struct table *table, const struct bench_cell *cell,
		      bool each)
{
	uint64_t folios = cell->count[BENCH_FOLIOS];

	table_cell(table, "%s", cell->spec->label);
	for (size_t i = 0; i < NR_COUNTED; i++)
		table_cell(table, "%.4g",
			   (double)cell->count[counted[i].count] /
				   (each ? (double)folios : 1));
	if (!each)
		return;
	if (cell->ratio.nominal > 0)
		table_cell(table, "%.2f (%.2f to %.2f)", cell->ratio.nominal,
			   cell->ratio.low, cell->ratio.high);
	else
		table_cell(table, "-");
}

static void counts_print(const struct bench *bench, bool large, bool each)
{
	struct table *table =
		table_new(each ? "lrrrrrrrrrrrrr" : "lrrrrrrrrrrrr");

	table_cell(table, "world");
	for (size_t i = 0; i < NR_COUNTED; i++)
		table_cell(table, "%s", counted[i].head);
	if (each)
		table_cell(table, "time");
	for (size_t i = 0; i < bench->nr; i++)
		if (!bench->cell[i].not_run &&
		    is_large(&bench->cell[i]) == large)
			row_print(table, &bench->cell[i], each);
	table_print(table, 0);
	printf("\n");
}

static bool any(const struct bench *bench, bool large)
{
	for (size_t i = 0; i < bench->nr; i++)
		if (!bench->cell[i].not_run &&
		    is_large(&bench->cell[i]) == large)
			return true;
	return false;
}

void bench_pageout_text(const struct bench *bench)
{
	printf("MADV_PAGEOUT of 256 MiB of zeroes: what it does to the "
	       "entries. ptep_get: reads of an entry;\ngathers: those that "
	       "look through a contiguous block; loads: what both load; TLBI: "
	       "invalidations\nof one page or range, INVLPG on x86; waits: "
	       "for other CPUs; slot locks: times that slots are\ncounted up; "
	       "shares: pages or runs made shareable; rmap: removals; "
	       "counters: of the process.\nTime: modelled, over the same world "
	       "without " BATCH ".\n\n");
	for (int large = 1; large >= 0; large--) {
		if (!any(bench, large))
			continue;
		printf(large ? "Folios of 64 KiB: per folio, then in all.\n\n"
			     : "Single pages: per page, then in all.\n\n");
		counts_print(bench, large, true);
		counts_print(bench, large, false);
	}
	for (size_t i = 0; i < bench->nr; i++)
		if (bench->cell[i].not_run)
			printf("Not run: %s: %s.\n", bench->cell[i].spec->label,
			       bench->cell[i].not_run);
	if (bench_any_fitted(bench)) {
		printf("The scale of each platform is fitted to its own time "
		       "without " BATCH " (*); with\nit the time is "
		       "predicted, with the interval that the costs' ranges "
		       "give.\n\n");
		bench_times_print(bench);
		printf("\n");
	}
	printf("Relative costs.\n\n");
	bench_costs_print(bench);
}

int bench_pageout(struct bench *bench, struct world_list *list)
{
	int rc = 0;

	/* A default like any other: a --with may say something else. */
	if (!list->common.value[WORLD_MEM])
		rc = world_option_add(&list->common, WORLD_MEM, MEMORY);
	if (!rc)
		rc = bench_worlds(bench, list, rules, world_run);
	ratios_set(bench);
	return rc;
}
