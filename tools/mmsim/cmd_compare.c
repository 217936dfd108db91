/* SPDX-License-Identifier: MIT */
/*
 * mmsim compare - one scenario in several worlds: operations as rows, worlds
 * as columns.
 *
 * Each world is compared with the first one, by what holds on any
 * architecture, and with the first one of its own page-table format by raw
 * entries as well.
 */
#include "columns.h"
#include "input.h"
#include "lines.h"
#include "ops.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- running ---- */

static void column_line(const char *line, void *user)
{
	json_t *value = json_loads(line, 0, NULL);

	/* What a scenario expects is of one world. */
	if (line_is(value, "expect"))
		json_decref(value);
	else
		json_array_append_new(user, value);
}

static int soft_dirty_take(const struct mmsim_list_item *item, void *user)
{
	bool *on = user;

	if (!strcmp(item->name, "soft-dirty"))
		*on = item->on > 0;
	return 0;
}

static int column_run(const struct comparing *cmp, struct column *column,
		      const struct world_spec *spec)
{
	struct mmsim *world = world_make(&spec->config, spec->label);
	int rc;

	if (!world)
		return STATUS_USAGE;
	out_progress("%s", spec->label);
	column->spec = spec;
	column->side.config = &spec->config;
	column->side.info.size = sizeof(column->side.info);
	mmsim_world_info(world, &column->side.info);
	mmsim_list("features", &spec->config, soft_dirty_take,
		   &column->side.soft_dirty);
	column->lines = json_array();
	rc = mmsim_run_scenario(world, cmp->text, cmp->len, column_line,
				column->lines);
	rc = rc && rc != -EPROTO ? scenario_error(world, cmp->path, rc) : 0;
	mmsim_destroy(world);
	return rc;
}

/* ---- differences ---- */

static void mark_add(long long page, const char *field, void *user)
{
	struct comparing *cmp = user;
	struct mark *mark;

	if (cmp->nr_marks == cmp->room_marks) {
		cmp->room_marks = cmp->room_marks ? 2 * cmp->room_marks : 64;
		cmp->marks = xrealloc(cmp->marks, cmp->room_marks,
				      sizeof(*cmp->marks));
	}
	mark = &cmp->marks[cmp->nr_marks++];
	mark->page = page;
	snprintf(mark->field, sizeof(mark->field), "%s", field);
	mark->column = cmp->at;
}

static int mark_order(const void *a, const void *b)
{
	const struct mark *x = a, *y = b;
	int order = (x->page > y->page) - (x->page < y->page);

	if (!order)
		order = strcmp(x->field, y->field);
	return order ? order
		     : (x->column > y->column) - (x->column < y->column);
}

static void column_begin(struct comparing *cmp, size_t i)
{
	struct column *column = &cmp->columns[i], *first = cmp->columns;

	while (!compare_same_format(&cmp->columns[column->like].side.info,
				    &column->side.info))
		column->like++;
	compare_begin_worlds(&column->facts, &first->side, &column->side,
			     column->like ? COMPARE_FACTS
					  : COMPARE_FACTS | COMPARE_ENTRIES);
	compare_begin_worlds(&column->entries, &cmp->columns[column->like].side,
			     &column->side, COMPARE_ENTRIES);
	column->facts.note = column->entries.note = mark_add;
	column->facts.user = column->entries.user = cmp;
}

static void marks_find(struct comparing *cmp)
{
	struct column *columns = cmp->columns;

	cmp->nr_marks = 0;
	for (size_t i = 1; i < cmp->nr; i++) {
		cmp->at = i;
		compare_line(&columns[i].facts, columns[0].line,
			     columns[i].line);
		if (columns[i].like && columns[i].like != i)
			compare_line(&columns[i].entries,
				     columns[columns[i].like].line,
				     columns[i].line);
	}
	if (cmp->nr_marks)
		qsort(cmp->marks, cmp->nr_marks, sizeof(*cmp->marks),
		      mark_order);
}

/* ---- runs of pages, cut where any world's runs end ---- */

struct cuts {
	json_int_t *v;
	size_t nr;
};

static int cut_order(const void *a, const void *b)
{
	const json_int_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void cuts_find(const struct comparing *cmp, size_t operation,
		      struct cuts *cuts)
{
	for (size_t i = 0; i < cmp->nr; i++) {
		const json_t *pages = json_object_get(
			json_array_get(cmp->columns[i].lines, operation),
			"pages");
		size_t nr = json_array_size(pages);

		cuts->v = xrealloc(cuts->v, cuts->nr + nr, sizeof(*cuts->v));
		for (size_t r = 0; r < nr; r++)
			cuts->v[cuts->nr++] =
				run_end(json_array_get(pages, r), 0);
	}
	qsort(cuts->v, cuts->nr, sizeof(*cuts->v), cut_order);
}

static json_t *run_part(json_t *run, json_int_t first, json_int_t last)
{
	json_t *part = json_copy(run);

	json_object_set_new(part, "i", json_pack("[I,I]", first, last));
	return part;
}

static json_t *pages_cut(const json_t *pages, const struct cuts *cuts)
{
	json_t *parts = json_array(), *run;
	size_t i, at = 0;

	json_array_foreach(pages, i, run) {
		json_int_t first = run_end(run, 0), last = run_end(run, 1);

		for (; at < cuts->nr && cuts->v[at] <= last; at++) {
			if (cuts->v[at] <= first)
				continue;
			json_array_append_new(
				parts, run_part(run, first, cuts->v[at] - 1));
			first = cuts->v[at];
		}
		json_array_append_new(parts, run_part(run, first, last));
	}
	return parts;
}

static void lines_cut(struct comparing *cmp, size_t operation)
{
	struct cuts cuts = { NULL, 0 };

	cuts_find(cmp, operation, &cuts);
	for (size_t i = 0; i < cmp->nr; i++) {
		struct column *column = &cmp->columns[i];
		const json_t *pages;

		column->line =
			json_copy(json_array_get(column->lines, operation));
		pages = json_object_get(column->line, "pages");
		if (pages)
			json_object_set_new(column->line, "pages",
					    pages_cut(pages, &cuts));
	}
	free(cuts.v);
}

static void lines_end(struct comparing *cmp)
{
	for (size_t i = 0; i < cmp->nr; i++) {
		json_decref(cmp->columns[i].line);
		cmp->columns[i].line = NULL;
	}
}

/* ---- the command ---- */

static void operation_compare(struct comparing *cmp, size_t operation)
{
	lines_cut(cmp, operation);
	marks_find(cmp);
	cmp->operations++;
	cmp->differing += cmp->nr_marks > 0;
	report_operation(cmp, operation);
	lines_end(cmp);
}

static int compare_all(struct comparing *cmp)
{
	const struct world_list *list = &cmp->options->list;
	size_t nr;

	for (; cmp->nr < list->nr; cmp->nr++)
		if (column_run(cmp, &cmp->columns[cmp->nr], &list->v[cmp->nr]))
			return STATUS_USAGE;
	out_progress("%s", "");
	for (; cmp->nr_begun < cmp->nr; cmp->nr_begun++)
		column_begin(cmp, cmp->nr_begun);
	report_begin(cmp);
	nr = json_array_size(cmp->columns[0].lines);
	for (size_t k = 0; k < nr; k++)
		operation_compare(cmp, k);
	report_end(cmp);
	return cmp->differing ? STATUS_FAILED : STATUS_DONE;
}

static void comparing_free(struct comparing *cmp)
{
	for (size_t i = 0; i < cmp->options->list.nr; i++)
		json_decref(cmp->columns[i].lines);
	for (size_t i = 0; i < cmp->nr_begun; i++) {
		compare_end(&cmp->columns[i].facts);
		compare_end(&cmp->columns[i].entries);
	}
	free(cmp->columns);
	free(cmp->marks);
	free(cmp->text);
}

int cmd_compare(struct options *o)
{
	struct comparing cmp = { .options = o, .path = o->operands.v[0] };
	int status;

	if (o->list.nr_with < 2)
		return out_error("compare: found %zu --with, expected at least "
				 "two worlds",
				 o->list.nr_with);
	status = world_list_build(&o->list);
	if (status)
		return status;
	cmp.columns = xcalloc(o->list.nr, sizeof(*cmp.columns));
	cmp.text = input_slurp(cmp.path, &cmp.len);
	status = cmp.text ? compare_all(&cmp) : STATUS_USAGE;
	comparing_free(&cmp);
	return status;
}
