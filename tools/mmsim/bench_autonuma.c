/* SPDX-License-Identifier: MIT */
/*
 * mmsim bench autonuma - what is a page's entry after a NUMA hinting fault?
 *
 * The posting of 2022 "mm/autonuma: replace savedwrite infrastructure" asks
 * again whether an entry may be writable where the write bit was stashed
 * before. Here each kind of page meets each end that a hinting fault can have,
 * under the rules of 6.1, of 6.2 and of now: what its entry is then, and
 * whether the next write faults.
 */
#include "bench_autonuma.h"

#include "out.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct bench_default rules[] = {
	{ "--kernel 6.1", NULL },
	{ "--kernel 6.2", NULL },
	{ "--kernel 7.2", NULL },
	{ NULL, NULL },
};

/* A huge page of 512 MiB, and the one that it moves to. */
#define MEMORY "2G"

/* ---- what is run ---- */

/*
 * What the last CPU touches first lies on its node. The scanner of CPU 0
 * marks it, unless the release passes over such a page.
 */
static const struct page_case {
	const char *name, *what;
	const char *setup;
	const char *after; /* once the pages are on the LRU, or should be */
	const char *not_run;
	const char *on_lru; /* why it cannot be elsewhere */
	bool huge;
} pages[] = {
	{ .name = "exclusive_dirty",
	  .what = "private, written",
	  .setup = "mmap A 1p rw private anon\nwrite A 0 1p\n" },
	{ .name = "exclusive_clean",
	  .what = "private, written, then given up by MADV_FREE",
	  .setup = "mmap A 1p rw private anon\nwrite A 0 1p\n",
	  .after = "madvise A 0 1p free\n",
	  .on_lru = "to give it up puts it on the LRU" },
	{ .name = "shared_by_fork",
	  .what = "private, written, then fork; the child lives",
	  .setup = "mmap A 1p rw private anon\nwrite A 0 1p\nfork C\n" },
	{ .name = "zero_page",
	  .what = "private, read",
	  .setup = "mmap A 1p rw private anon\nread A 0 1p\n" },
	{ .name = "ksm_page",
	  .what = "private, merged with an equal one",
	  .setup = "mmap A 2p rw private anon\nwrite A 0 1p 5\n"
		   "write A 1p 1p 5\n",
	  .after = "madvise A 0 2p mergeable\nksm 2\n",
	  .on_lru = "ksmd puts it on the LRU" },
	{ .name = "shared_memory",
	  .what = "shared mapping of a file in memory, written; its "
		  "policy asks for balancing",
	  .setup = "memfd F 1p\nmmap A 1p rw shared memfd F 0\n"
		   "write A 0 1p\n"
		   "mbind A 0 1p bind+balancing:0-1\n" },
	{ .name = "writenotify_dirty",
	  .what = "shared mapping of a file that is told of writes, written",
	  .setup = "file F 1p writenotify\nmmap A 1p rw shared memfd F 0\n"
		   "write A 0 1p\n" },
	{ .name = "writenotify_clean",
	  .what = "the same, read",
	  .setup = "file F 1p writenotify\nmmap A 1p rw shared memfd F 0\n"
		   "read A 0 1p\n" },
	{ .name = "thp",
	  .what = "private, a huge page, written",
	  .setup = "mmap A 1h rw private anon\nmadvise A 0 1h hugepage\n"
		   "write A 0 1p\n",
	  .on_lru = "a huge page is on the LRU at once",
	  .huge = true },
};

#define NR_PAGES (sizeof(pages) / sizeof(*pages))

static const struct outcome {
	const char *name, *what;
	bool waits; /* the page is in its CPU's add-batch, not on the LRU */
	bool far;   /* the CPU that has it asks for it */
	const char *before, *after;
} outcomes[] = {
	{ .name = "stays",
	  .what = "the page is asked for from its own node",
	  .far = true },
	{ .name = "moved", .what = "the page moves to the node that asks" },
	{ .name = "refused",
	  .what = "the page is not on the LRU: it cannot be taken off",
	  .waits = true },
	{ .name = "failed",
	  .what = "the node that asks has no memory for it",
	  .before = "fail sim 1\n",
	  .after = "fail sim 0\n" },
};

#define NR_OUTCOMES (sizeof(outcomes) / sizeof(*outcomes))

static char *case_text(const struct page_case *page,
		       const struct outcome *outcome, unsigned last_cpu)
{
	const char *drain = outcome->waits ? "" : "drain\n";

	return xasprintf("cpu %u\n%s%s%s%scpu 0\nnuma_scan 1\ncpu %u\n%s"
			 "read A 0 1p\n%swrite A 0 1p\n",
			 last_cpu, page->setup, drain,
			 page->after ? page->after : "", drain,
			 outcome->far ? last_cpu : 0,
			 outcome->before ? outcome->before : "",
			 outcome->after ? outcome->after : "");
}

/* ---- one case ---- */

struct run {
	struct bench *bench;
	const struct world_spec *spec;
	struct mmsim *world;
	struct mmsim_scenario *scenario;
	const struct page_case *page;
	const struct outcome *outcome;
};

static struct bench_cell *cell_new(const struct run *run, const char *phase)
{
	struct bench_cell *cell = bench_cell_add(run->bench);

	cell->bench = "autonuma";
	cell->spec = run->spec;
	cell->phase = phase;
	cell->key[0].name = "page";
	cell->key[0].word = run->page->name;
	cell->key[1].name = "outcome";
	cell->key[1].word = run->outcome->name;
	return cell;
}

static struct mmsim_entry entry_now(const struct run *run)
{
	struct mmsim_entry entry = { .size = sizeof(entry) };
	struct mmsim_mm *mm;
	uint64_t addr;

	if (!mmsim_scenario_find(run->scenario, "P", "A", &mm, &addr, NULL))
		mmsim_entry_get(mm, addr, &entry);
	return entry;
}

/* The entry as words; the scanner's mark is one. */
static void entry_text(const struct mmsim_entry *entry, char *text, size_t size)
{
	snprintf(text, size, "%s%s%s%s%s node %u",
		 entry->flags & MMSIM_E_PROTNONE ? "hint"
		 : entry->flags & MMSIM_E_WRITE	 ? "rw"
						 : "r",
		 entry->flags & MMSIM_E_DIRTY ? " dirty" : "",
		 entry->flags & MMSIM_E_YOUNG ? " young" : "",
		 entry->flags & MMSIM_E_EXCLUSIVE ? " exclusive" : "",
		 entry->flags & MMSIM_E_HUGE ? " huge" : "", entry->node);
}

static void line_read(const char *line, void *user)
{
	(void)line;
	(void)user;
}

static unsigned nr_lines(const char *text)
{
	unsigned nr = 0;

	while (text && (text = strchr(text, '\n'))) {
		text++;
		nr++;
	}
	return nr;
}

static int steps(struct run *run, unsigned nr)
{
	int rc = 0;

	while (nr-- && rc >= 0)
		rc = mmsim_scenario_step(run->scenario);
	return rc;
}

/* Some steps whose last one is measured. */
static int phase_run(struct run *run, const char *phase, unsigned nr)
{
	struct bench_mark mark;
	struct bench_cell *cell;
	struct mmsim_entry entry;
	int rc = steps(run, nr - 1);

	if (rc < 0)
		return rc;
	mark = bench_mark_now(run->world);
	rc = steps(run, 1);
	if (rc < 0)
		return rc;
	cell = cell_new(run, phase);
	bench_mark_since(cell, run->world, &mark);
	bench_count_set(cell, BENCH_PAGES, 1);
	entry = entry_now(run);
	entry_text(&entry, cell->entry, sizeof(cell->entry));
	return 0;
}

/* It is on the last node. */
static unsigned last_cpu(const struct mmsim *world)
{
	struct mmsim_world_info info = { .size = sizeof(info) };

	mmsim_world_info(world, &info);
	return info.cpus - 1;
}

/* The scanner's pass, the read that takes the hinting fault, a write. */
static int phases_run(struct run *run)
{
	char *text = case_text(run->page, run->outcome, last_cpu(run->world));
	unsigned before = nr_lines(run->outcome->before);
	unsigned after = nr_lines(run->outcome->after);
	unsigned scan = nr_lines(text) - before - after - 3;
	int rc = mmsim_scenario_open(run->world, text, strlen(text), line_read,
				     run, &run->scenario);

	free(text);
	if (!rc)
		rc = phase_run(run, "scan", scan);
	if (!rc)
		rc = phase_run(run, "hint", before + 2);
	if (!rc)
		rc = phase_run(run, "write", after + 1);
	mmsim_scenario_close(run->scenario);
	run->scenario = NULL;
	return rc;
}

static void not_run(const struct run *run, size_t first, char *why)
{
	run->bench->nr = first;
	cell_new(run, "hint")->not_run = why;
}

static int case_run(struct run *run)
{
	size_t first = run->bench->nr;
	struct bench_cell *scan;
	int rc;

	run->world = world_make(&run->spec->config, run->spec->label);
	if (!run->world)
		return STATUS_USAGE;
	rc = phases_run(run);
	scan = &run->bench->cell[first];
	if (rc == -EOPNOTSUPP)
		not_run(run, first, bench_reason(mmsim_last_error(run->world)));
	else if (rc)
		out_error("%s: found %s: %s, expected %s to run",
			  run->spec->label, mmsim_errname(rc),
			  mmsim_last_error(run->world), run->page->name);
	else if (run->page->huge && !strstr(scan->entry, "huge"))
		not_run(run, first, xstrdup("no huge page in this world"));
	mmsim_destroy(run->world);
	return rc && rc != -EOPNOTSUPP ? STATUS_USAGE : 0;
}

static int world_run(struct bench *bench, const struct world_spec *spec)
{
	struct run run = { .bench = bench, .spec = spec };
	int rc = 0;

	for (size_t i = 0; i < NR_PAGES * NR_OUTCOMES && !rc; i++) {
		run.page = &pages[i / NR_OUTCOMES];
		run.outcome = &outcomes[i % NR_OUTCOMES];
		if (run.page->not_run)
			not_run(&run, bench->nr, xstrdup(run.page->not_run));
		else if (run.outcome->waits && run.page->on_lru)
			not_run(&run, bench->nr, xstrdup(run.page->on_lru));
		else
			rc = case_run(&run);
	}
	return rc;
}

/* ---- text ---- */

static const struct bench_cell *cell_find(const struct bench *bench,
					  const struct world_spec *spec,
					  const char *page, const char *outcome,
					  const char *phase)
{
	for (size_t i = 0; i < bench->nr; i++) {
		const struct bench_cell *cell = &bench->cell[i];

		if (cell->spec == spec && cell->key[0].word == page &&
		    cell->key[1].word == outcome && !strcmp(cell->phase, phase))
			return cell;
	}
	return NULL;
}

/* "rw, 0": writable after the hinting fault, no fault at the next write. */
static void outcome_print(struct table *table, const struct bench *bench,
			  const struct world_spec *spec, const char *page,
			  const char *outcome)
{
	const struct bench_cell *scan, *hint, *write;

	scan = cell_find(bench, spec, page, outcome, "scan");
	hint = cell_find(bench, spec, page, outcome, "hint");
	write = cell_find(bench, spec, page, outcome, "write");
	if (!scan || !write)
		table_cell(table, "-");
	else
		table_cell(table, "%s%.*s, %llu",
			   strncmp(scan->entry, "hint", 4) ? "not marked, "
							   : "",
			   (int)strcspn(hint->entry, " "), hint->entry,
			   (unsigned long long)write->count[BENCH_FAULTS]);
}

static void world_print(const struct bench *bench,
			const struct world_spec *spec)
{
	struct table *table = table_new("lllll");

	table_cell(table, "%s", spec->label);
	for (size_t i = 0; i < NR_OUTCOMES; i++)
		table_cell(table, "%s", outcomes[i].name);
	for (size_t i = 0; i < NR_PAGES; i++) {
		table_cell(table, "  %s", pages[i].name);
		for (size_t k = 0; k < NR_OUTCOMES; k++)
			outcome_print(table, bench, spec, pages[i].name,
				      outcomes[k].name);
	}
	table_print(table, 0);
	printf("\n");
}

void bench_autonuma_text(const struct bench *bench)
{
	const struct world_spec *last = NULL;

	for (size_t i = 0; i < NR_PAGES; i++)
		printf("%-20s %s\n", pages[i].name, pages[i].what);
	printf("\n");
	for (size_t i = 0; i < NR_OUTCOMES; i++)
		printf("%-20s %s\n", outcomes[i].name, outcomes[i].what);
	printf("\nEach cell: the entry after the hinting fault, which a read "
	       "takes, and the faults of the next\nwrite. Not marked: the "
	       "scanner passes over such a page.\n\n");
	for (size_t i = 0; i < bench->nr; i++) {
		if (bench->cell[i].spec != last)
			world_print(bench, bench->cell[i].spec);
		last = bench->cell[i].spec;
	}
	bench_not_run_print(bench);
	printf("\n");
	autonuma_work_text(bench);
}

/* ---- plot ---- */

/* Logarithmic: one more than the faults of the read and the write. */
static bool autonuma_point(const struct bench_cell *cell,
			   struct bench_point *point)
{
	double faults = (double)cell->count[BENCH_FAULTS] + 1;

	if (strcmp(cell->phase, "write") || cell->not_run)
		return false;
	*point = (struct bench_point){ .low = faults,
				       .value = faults,
				       .high = faults,
				       .filled = cell->entry[0] == 'r' };
	snprintf(point->name, sizeof(point->name), "%s %s %s",
		 cell->spec->label, cell->key[0].word, cell->key[1].word);
	return true;
}

const struct bench_plot bench_plot_autonuma = {
	.legend = "1 + faults of the first write after a hinting fault, exact",
	.unit = "",
	.missing = "case that ran",
	.point = autonuma_point,
};

static int world_and_work(struct bench *bench, const struct world_spec *spec)
{
	int rc = world_run(bench, spec);

	return rc ? rc : autonuma_work(bench, spec);
}

int bench_autonuma(struct bench *bench, struct world_list *list)
{
	static const struct {
		unsigned option;
		const char *value;
	} defaults[] = {
		{ WORLD_NODES, "2" },
		{ WORLD_CPUS, "4" },
		{ WORLD_MEM, MEMORY },
	};
	int rc = 0;

	for (size_t i = 0; i < sizeof(defaults) / sizeof(*defaults); i++)
		if (!list->common.value[defaults[i].option] && !rc)
			rc = world_option_add(&list->common, defaults[i].option,
					      defaults[i].value);
	if (!rc)
		rc = bench_worlds(bench, list, rules, world_and_work);
	return rc;
}
