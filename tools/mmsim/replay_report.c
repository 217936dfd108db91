/* SPDX-License-Identifier: MIT */
#include "replay.h"

#include "out.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum figure {
	FIGURE_REFS,
	FIGURE_MINOR,
	FIGURE_MAJOR,
	FIGURE_KINDS, /* one row per kind of fault */
	FIGURE_TLB_HITS,
	FIGURE_TLB_MISSES,
	FIGURE_TABLES,
	FIGURE_PAGES,
	FIGURE_PTE_WRITES,
	FIGURE_FLUSHES,
	FIGURE_ROUNDED,
	FIGURE_TRUNCATED,
	FIGURE_SIGNALS,
	FIGURE_SKIPPED,
	FIGURE_SPEED,
	NR_FIGURES
};

static const struct {
	const char *text, *json;
} figure_rows[NR_FIGURES] = {
	[FIGURE_REFS] = { "references", "refs" },
	[FIGURE_MINOR] = { "minor faults", NULL },
	[FIGURE_MAJOR] = { "major faults", NULL },
	[FIGURE_KINDS] = { NULL, NULL },
	[FIGURE_TLB_HITS] = { "TLB hits", NULL },
	[FIGURE_TLB_MISSES] = { "TLB misses", NULL },
	[FIGURE_TABLES] = { "page-table pages", "tables" },
	[FIGURE_PAGES] = { "pages in use", "pages" },
	[FIGURE_PTE_WRITES] = { "PTE writes", "pte_writes" },
	[FIGURE_FLUSHES] = { "flushes", "flushes" },
	[FIGURE_ROUNDED] = { "operations rounded", "rounded" },
	[FIGURE_TRUNCATED] = { "cut off in a line", "truncated" },
	[FIGURE_SIGNALS] = { "signals", "signals" },
	[FIGURE_SKIPPED] = { "operations skipped", "skipped" },
	[FIGURE_SPEED] = { "references a second", NULL },
};

static double speed(const struct replay *replay, const struct replica *r)
{
	return r->seconds > 0 ? (double)replay->refs / r->seconds : 0;
}

uint64_t replay_pages(const struct replica *r)
{
	struct mmsim_status status = { .size = sizeof(status) };

	mmsim_status(r->layout.mm, &status);
	return status.rss_anon + status.rss_file + status.rss_shmem;
}

uint64_t replay_tables(const struct replica *r)
{
	uint64_t value = 0;

	mmsim_counter(r->layout.world, "nr_page_table_pages", &value);
	return value;
}

static uint64_t figure_value(const struct replay *replay,
			     const struct replica *r, enum figure figure)
{
	switch (figure) {
	case FIGURE_REFS:
		return replay->refs;
	case FIGURE_MINOR:
		return r->minor;
	case FIGURE_MAJOR:
		return r->major;
	case FIGURE_TLB_HITS:
		return layout_counter(&r->layout, COUNTER_TLB_HITS);
	case FIGURE_TLB_MISSES:
		return layout_counter(&r->layout, COUNTER_TLB_MISSES);
	case FIGURE_TABLES:
		return replay_tables(r);
	case FIGURE_PAGES:
		return replay_pages(r);
	case FIGURE_PTE_WRITES:
		return layout_counter(&r->layout, COUNTER_PTE_WRITES);
	case FIGURE_FLUSHES:
		return layout_counter(&r->layout, COUNTER_FLUSHES);
	case FIGURE_ROUNDED:
		return r->layout.rounded;
	case FIGURE_TRUNCATED:
		return trace_truncated(replay->trace);
	case FIGURE_SIGNALS:
		return r->signals;
	case FIGURE_SKIPPED:
		return r->skipped;
	case FIGURE_SPEED:
		return (uint64_t)speed(replay, r);
	default:
		return 0;
	}
}

static json_t *faults_json(const struct replica *r)
{
	json_t *kinds = json_object();

	for (int k = 0; k < NR_FAULT_COUNTERS; k++) {
		enum layout_counter kind = (enum layout_counter)k;

		if (!layout_counter_known(&r->layout, kind))
			continue;
		json_object_set_new(kinds, layout_counter_name(kind),
				    out_u64(layout_counter(&r->layout, kind)));
	}
	return json_pack("{s:o,s:o,s:o}", "minor", out_u64(r->minor), "major",
			 out_u64(r->major), "by kind", kinds);
}

static json_t *tlb_json(const struct replica *r)
{
	const struct layout *l = &r->layout;

	return json_pack("{s:o,s:o,s:o}", "hits",
			 out_u64(layout_counter(l, COUNTER_TLB_HITS)), "misses",
			 out_u64(layout_counter(l, COUNTER_TLB_MISSES)),
			 "walks", out_u64(layout_counter(l, COUNTER_WALKS)));
}

static void replica_json(const struct replay *replay, const struct replica *r)
{
	json_t *line = json_object();

	json_object_set_new(line, "world", out_text(r->spec->label));
	for (int f = 0; f < NR_FIGURES; f++) {
		if (f == FIGURE_KINDS)
			json_object_set_new(line, "faults", faults_json(r));
		if (f == FIGURE_TABLES)
			json_object_set_new(line, "tlb", tlb_json(r));
		if (!figure_rows[f].json)
			continue;
		json_object_set_new(
			line, figure_rows[f].json,
			out_u64(figure_value(replay, r, (enum figure)f)));
	}
	json_object_set_new(line, "seconds", json_real(r->seconds));
	json_object_set_new(line, "refs_per_second",
			    json_real(speed(replay, r)));
	out_json(line);
}

static void kind_cells(struct table *table, const struct replay *replay)
{
	for (int k = 0; k < NR_FAULT_COUNTERS; k++) {
		enum layout_counter kind = (enum layout_counter)k;

		if (!layout_counter_known(&replay->replicas[0].layout, kind))
			continue;
		table_cell(table, "  %s", layout_counter_name(kind));
		for (size_t i = 0; i < replay->nr; i++)
			table_cell(table, "%llu",
				   (unsigned long long)layout_counter(
					   &replay->replicas[i].layout, kind));
	}
}

static void figure_cells(struct table *table, const struct replay *replay,
			 enum figure figure)
{
	table_cell(table, "%s", figure_rows[figure].text);
	for (size_t i = 0; i < replay->nr; i++)
		table_cell(table, "%llu",
			   (unsigned long long)figure_value(
				   replay, &replay->replicas[i], figure));
}

static void report_table(const struct replay *replay)
{
	char *align = xcalloc(replay->nr + 2, 1);
	struct table *table;

	memset(align, 'r', replay->nr + 1);
	align[0] = 'l';
	table = table_new(align);
	table_cell(table, "%s", "");
	for (size_t i = 0; i < replay->nr; i++)
		table_cell(table, "%s", replay->replicas[i].spec->label);
	for (int f = 0; f < NR_FIGURES; f++) {
		if (f == FIGURE_KINDS)
			kind_cells(table, replay);
		else
			figure_cells(table, replay, (enum figure)f);
	}
	table_print(table, 0);
	free(align);
}

void replay_report(const struct replay *replay, bool json)
{
	out_progress("%s", "");
	if (!json) {
		report_table(replay);
		return;
	}
	for (size_t i = 0; i < replay->nr; i++)
		replica_json(replay, &replay->replicas[i]);
}
