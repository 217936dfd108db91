/* SPDX-License-Identifier: MIT */
#include "bench.h"

#include "out.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *json, *counter;
} count_rows[NR_BENCH_COUNTS] = {
	[BENCH_PAGES] = { "pages", NULL },
	[BENCH_FAULTS] = { "faults", "pgfault" },
	[BENCH_COPIES] = { "copies", "wp_page_copy" },
	[BENCH_PTE_READS] = { "pte_reads", NULL },
	[BENCH_PTE_WRITES] = { "pte_writes", "pte_write" },
	[BENCH_SPLITS] = { "splits", "__split_huge_pmd" },
	[BENCH_FLUSHES] = { "flushes", "tlb_flush" },
	[BENCH_TABLES] = { "tables", "nr_page_table_pages" },
	[BENCH_FALLBACKS] = { "fallbacks", "thp_fault_fallback" },
	[BENCH_RSS] = { "rss", NULL },
	[BENCH_HINTS] = { "hint_faults", NULL },
	[BENCH_HINTS_LOCAL] = { "hint_faults_local", NULL },
	[BENCH_MOVED] = { "moved", NULL },
	[BENCH_READ_ONLY] = { "read_only", NULL },
	[BENCH_READ_ONLY_MOVED] = { "read_only_moved", NULL },
	[BENCH_WRITE_FAULTS] = { "write_faults", NULL },
	[BENCH_FOLIOS] = { "folios", NULL },
	[BENCH_GATHERS] = { "gathers", NULL },
	[BENCH_PTE_LOADS] = { "pte_loads", NULL },
	[BENCH_UNFOLDS] = { "unfolds", NULL },
	[BENCH_CLEARS] = { "clears", NULL },
	[BENCH_TLBI] = { "tlbi", NULL },
	[BENCH_WAITS] = { "waits", NULL },
	[BENCH_SWAP_LOCKS] = { "swap_locks", NULL },
	[BENCH_SHARES] = { "shares", NULL },
	[BENCH_RMAPS] = { "rmap_updates", NULL },
	[BENCH_RSS_UPDATES] = { "counter_updates", NULL },
	[BENCH_SWAP_ENTRIES] = { "swap_entries", NULL },
};

static const char *const map_names[NR_BENCH_MAPS] = {
	[MAP_NONE] = "none", [MAP_HUGE_ZERO] = "huge_zero", [MAP_ZERO] = "zero",
	[MAP_PAGE] = "page", [MAP_HUGE] = "huge",
};

struct bench_cell *bench_cell_add(struct bench *bench)
{
	struct bench_cell *cell;

	if (bench->nr == bench->room) {
		bench->room = bench->room ? 2 * bench->room : 64;
		bench->cell = xrealloc(bench->cell, bench->room,
				       sizeof(*bench->cell));
	}
	cell = &bench->cell[bench->nr++];
	memset(cell, 0, sizeof(*cell));
	return cell;
}

void bench_count_set(struct bench_cell *cell, enum bench_count count,
		     uint64_t value)
{
	cell->counted |= 1u << count;
	cell->count[count] = value;
}

/* ---- counters ---- */

struct bench_mark bench_mark_now(struct mmsim *world)
{
	struct bench_mark mark = { { 0 } };

	for (int i = 0; i < NR_BENCH_COUNTS; i++)
		if (count_rows[i].counter)
			mmsim_counter(world, count_rows[i].counter,
				      &mark.value[i]);
	return mark;
}

void bench_mark_since(struct bench_cell *cell, struct mmsim *world,
		      const struct bench_mark *then)
{
	for (int i = 0; i < NR_BENCH_COUNTS; i++) {
		uint64_t value = 0;

		if (!count_rows[i].counter ||
		    mmsim_counter(world, count_rows[i].counter, &value))
			continue;
		if (i != BENCH_TABLES)
			value -= then->value[i];
		bench_count_set(cell, (enum bench_count)i, value);
	}
}

/* ---- worlds ---- */

static const struct bench_default platforms[] = {
	{ "--arch x86_64", NULL },
	{ "--arch arm64 --page-size 4k", NULL },
	{ "--arch arm64 --page-size 16k", NULL },
	{ "--arch arm64 --page-size 64k", NULL },
	{ "--arch ppc64 --mmu radix --page-size 4k", NULL },
	{ "--arch ppc64 --mmu radix --page-size 64k", NULL },
	{ "--arch ppc64 --mmu hash --page-size 4k", NULL },
	{ "--arch ppc64 --mmu hash --page-size 64k", NULL },
	{ NULL, NULL },
};

/* What the user chose himself takes the place of all defaults. */
static const struct bench_default chosen[] = { { "", NULL }, { NULL, NULL } };

static bool platform_is_chosen(const struct world_options *o)
{
	return o->value[WORLD_ARCH] || o->value[WORLD_PAGE_SIZE] ||
	       o->value[WORLD_MMU];
}

static bool rules_are_chosen(const struct world_options *o)
{
	return o->value[WORLD_KERNEL] || o->value[WORLD_FEATURE];
}

/* A platform of ours that was not built is left out; the user's own is not. */
static int platform_add(struct world_list *list, const char *platform,
			const struct bench_default *rules)
{
	size_t missing = 0, nr = 0;
	int rc = 0;

	for (; rules->options && !rc; rules++, nr++) {
		char *text = xasprintf("%s %s", platform, rules->options);

		if (*platform && !world_is_built(text))
			missing++;
		else
			rc = world_list_with(list, text);
		free(text);
	}
	if (missing)
		out_error("left out %zu of %zu worlds of %s: this library was "
			  "built without them",
			  missing, nr, platform);
	return rc;
}

/* What the command line names; else every rule on every platform. */
static int worlds_choose(struct world_list *list,
			 const struct bench_default *rules)
{
	const struct bench_default *p = platforms;
	int rc = 0;

	if (list->nr_with)
		return world_list_build(list);
	if (platform_is_chosen(&list->common))
		p = chosen;
	if (rules_are_chosen(&list->common))
		rules = chosen;
	for (; p->options && !rc; p++)
		rc = platform_add(list, p->options, rules);
	if (!rc && !list->nr_with)
		rc = out_error("found none of the formats in this library, "
			       "expected one");
	return rc ? rc : world_list_build(list);
}

int bench_worlds(struct bench *bench, struct world_list *list,
		 const struct bench_default *rules, bench_world_fn run)
{
	int rc = worlds_choose(list, rules);

	for (size_t i = 0; i < list->nr && !rc; i++) {
		out_progress("%s", list->v[i].label);
		rc = run(bench, &list->v[i]);
	}
	out_progress("%s", "");
	return rc;
}

/* ---- output ---- */

static json_t *case_json(const struct bench_cell *cell)
{
	json_t *value = json_object();

	for (int i = 0; i < BENCH_KEYS && cell->key[i].name; i++)
		json_object_set_new(value, cell->key[i].name,
				    cell->key[i].word
					    ? out_text(cell->key[i].word)
					    : out_u64(cell->key[i].number));
	return value;
}

static json_t *maps_json(const struct bench_cell *cell)
{
	json_t *value = json_object();

	for (int i = 0; i < NR_BENCH_MAPS; i++)
		if (cell->maps[i])
			json_object_set_new(value, map_names[i],
					    out_u64(cell->maps[i]));
	return value;
}

static void ratio_json(json_t *line, const struct bench_ratio *ratio)
{
	json_object_set_new(line, "modelled_ratio", json_real(ratio->nominal));
	json_object_set_new(line, "modelled_ratio_interval",
			    json_pack("[f,f]", ratio->low, ratio->high));
}

static void times_json(json_t *line, const struct bench_cell *cell)
{
	if (cell->modelled > 0) {
		json_object_set_new(line, "modelled_ns",
				    json_real(cell->modelled));
		json_object_set_new(line, "modelled_interval_ns",
				    json_pack("[f,f]", cell->low, cell->high));
	}
	if (cell->published > 0)
		json_object_set_new(line, "published_ns",
				    json_real(cell->published));
	if (cell->modelled > 0 && cell->published > 0)
		json_object_set_new(
			line, "error",
			json_real(cell->modelled / cell->published - 1));
}

static void cell_json(const struct bench_cell *cell)
{
	int len;
	const char *features =
		world_option_in(cell->spec->options, "--feature ", &len);
	json_t *line = json_object();

	json_object_set_new(line, "bench", out_text(cell->bench));
	json_object_set_new(line, "world", out_text(cell->spec->label));
	if (len)
		json_object_set_new(line, "features",
				    json_stringn(features, (size_t)len));
	json_object_set_new(line, "case", case_json(cell));
	json_object_set_new(line, "phase", out_text(cell->phase));
	for (int i = 0; i < NR_BENCH_COUNTS; i++)
		if (cell->counted & 1u << i)
			json_object_set_new(line, count_rows[i].json,
					    out_u64(cell->count[i]));
	if (*cell->entry)
		json_object_set_new(line, "entry", out_text(cell->entry));
	if (cell->mapped)
		json_object_set_new(line, "maps", maps_json(cell));
	if (cell->ratio.nominal > 0)
		ratio_json(line, &cell->ratio);
	times_json(line, cell);
	if (cell->not_run)
		json_object_set_new(line, "not_run", out_text(cell->not_run));
	out_json(line);
}

void bench_json(const struct bench *bench)
{
	for (size_t i = 0; i < bench->nr; i++)
		cell_json(&bench->cell[i]);
}

/* ---- text ---- */

void bench_case_text(const struct bench_cell *cell, char *text, size_t size)
{
	*text = 0;
	for (int i = 0; i < BENCH_KEYS && cell->key[i].name; i++) {
		size_t len = strlen(text);

		if (cell->key[i].word)
			snprintf(text + len, size - len, "%s ",
				 cell->key[i].word);
		else
			snprintf(text + len, size - len, "%llu ",
				 (unsigned long long)cell->key[i].number);
	}
}

static void time_row(struct table *table, const struct bench_cell *cell)
{
	char text[96];

	bench_case_text(cell, text, sizeof(text));
	table_cell(table, "%s", cell->spec->label);
	table_cell(table, "%s", text);
	table_cell(table, "%s%s", cell->phase, cell->fitted ? " *" : "");
	table_cell(table, "%.0f", cell->modelled);
	table_cell(table, "%.0f to %.0f", cell->low, cell->high);
	table_cell(table, "%.0f", cell->published);
	table_cell(table, "%+.0f %%",
		   100 * (cell->modelled / cell->published - 1));
}

void bench_times_print(const struct bench *bench)
{
	struct table *table = table_new("lllrrrr");

	table_cell(table, "world");
	table_cell(table, "case");
	table_cell(table, "phase");
	table_cell(table, "modelled ns");
	table_cell(table, "interval");
	table_cell(table, "published");
	table_cell(table, "error");
	for (size_t i = 0; i < bench->nr; i++)
		if (bench->cell[i].published > 0 && bench->cell[i].modelled > 0)
			time_row(table, &bench->cell[i]);
	table_print(table, 0);
}

static bool same_reason(const struct bench_cell *a, const struct bench_cell *b)
{
	return a->not_run && b->not_run && a->key[0].word == b->key[0].word &&
	       !strcmp(a->not_run, b->not_run);
}

void bench_not_run_print(const struct bench *bench)
{
	struct table *table = table_new("lll");

	for (size_t i = 0; i < bench->nr; i++) {
		const struct bench_cell *cell = &bench->cell[i];
		size_t worlds = 0, before = 0;

		for (size_t k = 0; k < bench->nr; k++) {
			bool same = same_reason(cell, &bench->cell[k]);

			worlds += same;
			before += same && k < i;
		}
		if (!worlds || before)
			continue;
		table_cell(table, "%s", cell->key[0].word);
		table_cell(table, "%zu world%s", worlds, worlds > 1 ? "s" : "");
		table_cell(table, "%s", cell->not_run);
	}
	table_print(table, 0);
}

/* "line 1: ..." is a line of a text that nobody sees. */
char *bench_reason(const char *error)
{
	const char *reason = strstr(error, ": ");

	return xstrdup(reason ? reason + 2 : error);
}

bool bench_any_fitted(const struct bench *bench)
{
	for (size_t i = 0; i < bench->nr; i++)
		if (bench->cell[i].fitted)
			return true;
	return false;
}

char *bench_refusal(const char *line)
{
	json_t *value = json_loads(line, 0, NULL);
	char *text = NULL;

	if (json_integer_value(json_object_get(value, "ret")))
		text = xasprintf(
			"%s: %s",
			json_string_value(json_object_get(value, "op")),
			json_string_value(json_object_get(value, "err")));
	json_decref(value);
	return text;
}

void bench_free(struct bench *bench)
{
	for (size_t i = 0; i < bench->nr; i++)
		free(bench->cell[i].not_run);
	free(bench->cell);
}
