/* SPDX-License-Identifier: MIT */
/*
 * mmsim bench hugezero - what does a write to the huge zero page cost?
 *
 * The posting of 2024 "Do not shatter hugezeropage on wp-fault" says that
 * reading first costs an application 512 further faults. Here its two orders,
 * and what the change does not reach, are scenarios that are run and counted
 * under the rule before it, under its own on the same release, and now.
 */
#include "bench.h"

#include "out.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALLOC_RULE "hugezero-wp-alloc"

static const struct bench_default rules[] = {
	{ "--kernel 6.12", NULL },
	{ "--kernel 6.12 --feature +" ALLOC_RULE, NULL },
	{ "--kernel 7.2", NULL },
	{ NULL, NULL },
};

/* The largest huge page is one of 512 MiB; two of them, and single pages. */
#define MEMORY "4G"

/* ---- what is run ---- */

#define MAX_STEPS 10

/* A line of a scenario; with a name, what it costs becomes a cell. */
struct step {
	const char *phase, *line;
};

#define BUFFER                                  \
	{ NULL, "mmap A 1h rw private anon" },  \
	{                                       \
		NULL, "madvise A 0 1h hugepage" \
	}
#define READ                          \
	{                             \
		"read", "read A 0 1h" \
	}
#define WRITE                           \
	{                               \
		"write", "write A 0 1h" \
	}
/* What comes above the entry is there, so that it is not what is refused. */
#define UPPER_TABLES                            \
	{ NULL, "read A 0 1p" },                \
	{                                       \
		NULL, "madvise A 0 1h dontneed" \
	}
/* The next page frame asked for is refused. */
#define REFUSE                     \
	{                          \
		NULL, "fail sim 1" \
	}

static const struct hugezero_case {
	const char *name, *what;
	bool asks; /* only where the write asks for a huge page */
	struct step step[MAX_STEPS];
} cases[] = {
	/* The first is what the others are compared with. */
	{ "write_all", "write all H pages", false, { BUFFER, WRITE } },
	{ "read_write_all",
	  "read, then write all",
	  false,
	  { BUFFER, READ, WRITE } },
	{ "read_write_one",
	  "read, then write one page",
	  false,
	  { BUFFER, READ, { "write", "write A 7p 1p" } } },
	{ "write_all_refused",
	  "write all, no huge page is free",
	  false,
	  { BUFFER, UPPER_TABLES, REFUSE, WRITE } },
	{ "read_write_all_refused",
	  "read, then write all, no huge page is free",
	  true,
	  { BUFFER, READ, REFUSE, WRITE } },
	{ "read_write_all_uffd_wp_async",
	  "the same, userfaultfd write-protects (async)",
	  false,
	  { { NULL, "uffd_open async" },
	    BUFFER,
	    { NULL, "uffd A 0 1h register" },
	    READ,
	    { NULL, "uffd A 0 1h wp" },
	    WRITE } },
	{ "read_write_all_uffd_wp_sync",
	  "the same, userfaultfd write-protects (sync)",
	  false,
	  { { NULL, "uffd_open sync" },
	    BUFFER,
	    { NULL, "uffd A 0 1h register" },
	    READ,
	    { NULL, "uffd A 0 1h wp" },
	    WRITE } },
	{ "read_unshare_write_all",
	  "read, pin one page to read (unshare), write all",
	  false,
	  { BUFFER, READ, { "unshare", "pin A 0 1p ro" }, WRITE } },
};

#define NR_CASES (sizeof(cases) / sizeof(*cases))

/* ---- counters besides those of cells ---- */

/* Kinds of faults, and what a model has to pay for each. */
enum kind {
	KIND_HUGE_ZERO,
	KIND_ZERO,
	KIND_PAGE,
	KIND_COPY,
	KIND_REUSE,
	KIND_HUGE,
	NR_KINDS
};

static const char *const kind_names[NR_KINDS] = {
	[KIND_HUGE_ZERO] = "fault_huge_zero", [KIND_ZERO] = "fault_anon_zero",
	[KIND_PAGE] = "fault_anon_write",     [KIND_COPY] = "fault_wp_copy",
	[KIND_REUSE] = "fault_wp_reuse",      [KIND_HUGE] = "fault_huge_anon",
};

struct kinds {
	uint64_t value[NR_KINDS];
};

static struct kinds kinds_now(struct mmsim *world)
{
	struct kinds kinds = { { 0 } };

	for (int i = 0; i < NR_KINDS; i++)
		mmsim_counter(world, kind_names[i], &kinds.value[i]);
	return kinds;
}

/* ---- one case ---- */

struct run {
	struct bench *bench;
	const struct world_spec *spec;
	struct mmsim *world;
	struct mmsim_scenario *scenario;
	const struct hugezero_case *of;
	uint64_t page_size, pmd_size, pages;
	char *refused; /* what an operation ended with, or NULL */
};

static char *case_text(const struct hugezero_case *of)
{
	char *text = xstrdup("");

	for (const struct step *step = of->step; step->line; step++) {
		char *longer = xasprintf("%s%s\n", text, step->line);

		free(text);
		text = longer;
	}
	return text;
}

/* An operation that the simulated kernel refuses ends the case. */
static void line_read(const char *line, void *user)
{
	struct run *run = user;

	if (!run->refused)
		run->refused = bench_refusal(line);
}

static enum bench_map entry_map(const struct mmsim_entry *entry)
{
	if (!(entry->flags & MMSIM_E_PRESENT))
		return MAP_NONE;
	if (entry->flags & MMSIM_E_ZERO)
		return entry->flags & MMSIM_E_HUGE ? MAP_HUGE_ZERO : MAP_ZERO;
	return entry->flags & MMSIM_E_HUGE ? MAP_HUGE : MAP_PAGE;
}

static void cell_maps(struct bench_cell *cell, const struct run *run)
{
	struct mmsim_status status = { .size = sizeof(status) };
	struct mmsim_mm *mm;
	uint64_t addr;

	if (mmsim_scenario_find(run->scenario, "P", "A", &mm, &addr, NULL))
		return;
	for (uint64_t i = 0; i < run->pages; i++) {
		struct mmsim_entry entry = { .size = sizeof(entry) };

		if (!mmsim_entry_get(mm, addr + i * run->page_size, &entry))
			cell->maps[entry_map(&entry)]++;
	}
	cell->mapped = true;
	if (!mmsim_status(mm, &status))
		bench_count_set(cell, BENCH_RSS,
				status.rss_anon * run->page_size);
}

/*
 * A fault's cost has the clearing of 4 KiB in it; what is larger pays for the
 * rest. A TLB miss goes with each fault.
 */
static void cell_use(struct bench_cell *cell, const struct run *run,
		     const struct kinds *then)
{
	double page = (double)run->page_size / 4096;
	double huge = (double)run->pmd_size / 4096;
	struct kinds now = kinds_now(run->world);
	double more[NR_KINDS];

	for (int i = 0; i < NR_KINDS; i++)
		more[i] = (double)(now.value[i] - then->value[i]);
	cell->use[COST_STORE] = (double)run->pages;
	cell->use[COST_WALK] = (double)cell->count[BENCH_FAULTS];
	cell->use[COST_ZERO_FAULT] = more[KIND_HUGE_ZERO] + more[KIND_ZERO];
	cell->use[COST_ANON_FAULT] = more[KIND_PAGE] + more[KIND_HUGE];
	cell->use[COST_COPY_FAULT] = more[KIND_COPY];
	cell->use[COST_REUSE_FAULT] = more[KIND_REUSE];
	cell->use[COST_CLEAR] =
		(page - 1) * (more[KIND_PAGE] + more[KIND_COPY]) +
		(huge - 1) * more[KIND_HUGE];
	cell->use[COST_SPLIT] =
		(double)(cell->count[BENCH_SPLITS] * run->pages);
}

static struct bench_cell *cell_new(const struct run *run, const char *phase)
{
	struct bench_cell *cell = bench_cell_add(run->bench);

	cell->bench = "hugezero";
	cell->spec = run->spec;
	cell->phase = phase;
	cell->key[0].name = "order";
	cell->key[0].word = run->of->name;
	cell->key[1].name = "h";
	cell->key[1].number = run->pages;
	return cell;
}

static void cell_add(struct bench_cell *to, const struct bench_cell *cell)
{
	for (int i = 0; i < NR_BENCH_COUNTS; i++) {
		bool adds =
			i != BENCH_TABLES && i != BENCH_RSS && i != BENCH_PAGES;

		to->count[i] = (adds ? to->count[i] : 0) + cell->count[i];
	}
	for (int i = 0; i < NR_COSTS; i++)
		to->use[i] += cell->use[i];
	memcpy(to->maps, cell->maps, sizeof(to->maps));
	to->counted |= cell->counted;
	to->mapped = cell->mapped;
}

/* The phases from @first on; @first itself if nothing was counted. */
static void total_add(const struct run *run, size_t first)
{
	struct bench_cell sum = { .bench = "hugezero" }, *total;

	for (size_t i = first; i < run->bench->nr; i++)
		cell_add(&sum, &run->bench->cell[i]);
	total = cell_new(run, "total");
	memcpy(total->count, sum.count, sizeof(sum.count));
	memcpy(total->use, sum.use, sizeof(sum.use));
	memcpy(total->maps, sum.maps, sizeof(sum.maps));
	total->counted = sum.counted;
	total->mapped = sum.mapped;
}

static int step_run(struct run *run, const struct step *step)
{
	struct bench_mark mark = bench_mark_now(run->world);
	struct kinds then = kinds_now(run->world);
	int rc = mmsim_scenario_step(run->scenario);
	struct bench_cell *cell;

	if (rc < 0 || run->refused || !step->phase)
		return rc < 0 ? rc : 0;
	cell = cell_new(run, step->phase);
	bench_mark_since(cell, run->world, &mark);
	bench_count_set(cell, BENCH_PAGES, run->pages);
	cell_maps(cell, run);
	cell_use(cell, run, &then);
	return 0;
}

static int steps_run(struct run *run)
{
	char *text = case_text(run->of);
	int rc = mmsim_scenario_open(run->world, text, strlen(text), line_read,
				     run, &run->scenario);

	free(text);
	for (const struct step *step = run->of->step;
	     step->line && !rc && !run->refused; step++)
		rc = step_run(run, step);
	mmsim_scenario_close(run->scenario);
	run->scenario = NULL;
	return rc;
}

/* A case that did not come to its end is one cell that says why. */
static void case_not_run(const struct run *run, size_t first, char *why)
{
	run->bench->nr = first;
	cell_new(run, "total")->not_run = why;
}

static int case_run(struct run *run)
{
	size_t first = run->bench->nr;
	int rc;

	run->world = world_make(&run->spec->config, run->spec->label);
	if (!run->world)
		return STATUS_USAGE;
	run->refused = NULL;
	rc = steps_run(run);
	if (rc == -EOPNOTSUPP)
		case_not_run(run, first,
			     bench_reason(mmsim_last_error(run->world)));
	else if (rc)
		out_error("%s: found %s: %s, expected %s to run",
			  run->spec->label, mmsim_errname(rc),
			  mmsim_last_error(run->world), run->of->name);
	else if (run->refused)
		case_not_run(run, first, run->refused);
	else
		total_add(run, first);
	mmsim_destroy(run->world);
	return rc && rc != -EOPNOTSUPP ? STATUS_USAGE : 0;
}

/* ---- one world ---- */

static int feature_is_on(const struct mmsim_list_item *item, void *user)
{
	bool *on = user;

	if (!strcmp(item->name, ALLOC_RULE))
		*on = item->on;
	return 0;
}

static bool write_asks(const struct world_spec *spec)
{
	bool on = false;

	mmsim_list("features", &spec->config, feature_is_on, &on);
	return on;
}

static int run_describe(struct run *run)
{
	struct mmsim_world_info info = { .size = sizeof(info) };
	struct mmsim *world = world_make(&run->spec->config, run->spec->label);

	if (!world)
		return STATUS_USAGE;
	mmsim_world_info(world, &info);
	mmsim_destroy(world);
	run->page_size = info.page_size;
	run->pmd_size = info.pmd_size;
	run->pages = info.pmd_size / info.page_size;
	return 0;
}

static int world_run(struct bench *bench, const struct world_spec *spec)
{
	struct run run = { .bench = bench, .spec = spec };
	bool asks = write_asks(spec), huge = true;
	size_t base = 0;
	int rc = run_describe(&run);

	for (size_t i = 0; i < NR_CASES && !rc; i++) {
		run.of = &cases[i];
		if (!huge)
			case_not_run(&run, bench->nr,
				     xstrdup("no huge page in this world"));
		else if (run.of->asks && !asks)
			case_not_run(&run, bench->nr,
				     xstrdup("the write asks for none"));
		else
			rc = case_run(&run);
		if (!i && !rc) {
			base = bench->nr - 1;
			huge = bench->cell[base].maps[MAP_HUGE] == run.pages;
		} else if (!rc && !bench->cell[bench->nr - 1].not_run) {
			bench->cell[bench->nr - 1].ratio =
				bench_relative(&bench->cell[bench->nr - 1],
					       &bench->cell[base]);
		}
	}
	return rc;
}

/* ---- text ---- */

static void phases_text(struct table *table, const struct bench_cell *first,
			const struct bench_cell *total, enum bench_count count)
{
	char text[96] = "";

	for (const struct bench_cell *cell = first; cell < total; cell++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			 "%s%llu", cell > first ? " + " : "",
			 (unsigned long long)cell->count[count]);
	table_cell(table, "%s", text);
}

static void maps_text(struct table *table, const struct bench_cell *cell)
{
	static const char *const names[NR_BENCH_MAPS] = {
		[MAP_NONE] = "not mapped",
		[MAP_HUGE_ZERO] = "huge zero page",
		[MAP_ZERO] = "zero page",
		[MAP_PAGE] = "single",
		[MAP_HUGE] = "in a huge page",
	};
	char text[96] = "";

	for (int i = NR_BENCH_MAPS - 1; i >= 0; i--)
		if (cell->maps[i])
			snprintf(text + strlen(text),
				 sizeof(text) - strlen(text), "%s%llu %s",
				 *text ? ", " : "",
				 (unsigned long long)cell->maps[i], names[i]);
	table_cell(table, "%s", text);
}

static void ratio_text(struct table *table, const struct bench_ratio *ratio)
{
	if (ratio->nominal > 0)
		table_cell(table, "%.2f (%.2f to %.2f)", ratio->nominal,
			   ratio->low, ratio->high);
	else
		table_cell(table, "1");
}

static void case_print(struct table *table, const struct bench_cell *first,
		       const struct bench_cell *total)
{
	table_cell(table, "  %s", total->key[0].word);
	phases_text(table, first, total, BENCH_FAULTS);
	phases_text(table, first, total, BENCH_SPLITS);
	phases_text(table, first, total, BENCH_FLUSHES);
	maps_text(table, total);
	table_cell(table, "%llu",
		   (unsigned long long)total->count[BENCH_TABLES]);
	table_cell(table, "%llu",
		   (unsigned long long)total->count[BENCH_RSS] / 1024);
	ratio_text(table, &total->ratio);
}

static void world_print(const struct bench *bench, size_t from, size_t to)
{
	static const char *const heads[] = {
		"faults", "splits", "flushes",	"the H pages afterwards",
		"tables", "KiB",    "modelled",
	};
	const struct bench_cell *first = &bench->cell[from];
	struct table *table = table_new("llllllrr");

	table_cell(table, "%s, H = %llu", first->spec->label,
		   (unsigned long long)first->key[1].number);
	for (size_t i = 0; i < sizeof(heads) / sizeof(*heads); i++)
		table_cell(table, "%s", heads[i]);
	for (size_t i = from; i < to; i++) {
		const struct bench_cell *cell = &bench->cell[i];

		if (strcmp(cell->phase, "total"))
			continue;
		if (!cell->not_run)
			case_print(table, first, cell);
		first = cell + 1;
	}
	table_print(table, 0);
	printf("\n");
}

void bench_hugezero_text(const struct bench *bench)
{
	size_t from = 0;

	for (size_t i = 0; i < NR_CASES; i++)
		printf("%-30s %s\n", cases[i].name, cases[i].what);
	printf("\nPhases are joined by \"+\": read + write. Modelled: time "
	       "over that of write_all in the same\nworld, with the interval "
	       "that the costs' ranges give.\n\n");
	for (size_t i = 1; i <= bench->nr; i++)
		if (i == bench->nr ||
		    bench->cell[i].spec != bench->cell[from].spec) {
			world_print(bench, from, i);
			from = i;
		}
	printf("Not run.\n\n");
	bench_not_run_print(bench);
	printf("\nRelative costs.\n\n");
	bench_costs_print(bench);
}

/* ---- plot ---- */

static bool hugezero_point(const struct bench_cell *cell,
			   struct bench_point *point)
{
	double faults = (double)cell->count[BENCH_FAULTS];

	if (strcmp(cell->phase, "total") || cell->not_run)
		return false;
	*point = (struct bench_point){ .low = faults,
				       .value = faults,
				       .high = faults,
				       .filled = write_asks(cell->spec) };
	snprintf(point->name, sizeof(point->name), "%s %s", cell->spec->label,
		 cell->key[0].word);
	return true;
}

const struct bench_plot bench_plot_hugezero = {
	.legend = "faults of all H pages, exact; filled: a write to the huge "
		  "zero page asks for a huge page",
	.unit = "",
	.missing = "case that ran",
	.point = hugezero_point,
};

int bench_hugezero(struct bench *bench, struct world_list *list)
{
	int rc = 0;

	/* A default like any other: a --with may say something else. */
	if (!list->common.value[WORLD_MEM])
		rc = world_option_add(&list->common, WORLD_MEM, MEMORY);
	if (!rc)
		rc = bench_worlds(bench, list, rules, world_run);
	return rc;
}
