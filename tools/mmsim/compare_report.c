/* SPDX-License-Identifier: MIT */
/*
 * What mmsim compare prints: a table, or JSON lines.
 */
#include "columns.h"

#include "lines.h"
#include "op_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The run that begins with a page, or NULL. */
static json_t *run_at(const struct column *column, long long page)
{
	json_t *pages = json_object_get(column->line, "pages");
	size_t from = 0, to = json_array_size(pages);

	while (from < to) {
		size_t middle = from + (to - from) / 2;
		json_t *run = json_array_get(pages, middle);

		if (run_end(run, 0) == page)
			return run;
		if (run_end(run, 0) < page)
			from = middle + 1;
		else
			to = middle;
	}
	return NULL;
}

/* ---- JSON ---- */

/* The value of a field, as the comparison names it; NULL if it is absent. */
static json_t *field_value(const struct column *column, const struct mark *mark)
{
	size_t i;
	char key[16];

	if (mark->page != NO_PAGE)
		return json_object_get(run_at(column, mark->page), mark->field);
	if (sscanf(mark->field, "vmas[%zu].%15s", &i, key) == 2)
		return json_object_get(
			json_array_get(json_object_get(column->line, "vmas"),
				       i),
			key);
	return json_object_get(column->line, mark->field);
}

static bool same_place(const struct mark *a, const struct mark *b)
{
	return a->page == b->page && !strcmp(a->field, b->field);
}

static json_t *difference_json(const struct comparing *cmp,
			       const struct mark *mark)
{
	json_t *difference = json_pack("{s:s}", "field", mark->field);
	json_t *values = json_array(), *run = NULL;

	for (size_t i = 0; i < cmp->nr; i++) {
		json_t *value = field_value(&cmp->columns[i], mark);

		if (!run && mark->page != NO_PAGE)
			run = run_at(&cmp->columns[i], mark->page);
		json_array_append_new(values,
				      value ? json_incref(value) : json_null());
	}
	if (run)
		json_object_set(difference, "pages", json_object_get(run, "i"));
	json_object_set_new(difference, "values", values);
	return difference;
}

static json_t *column_json(const struct column *column, size_t operation)
{
	static const char *const common[] = { "n", "who", "op" };
	json_t *value = json_object(), *line;

	json_object_set_new(value, "world", out_text(column->spec->label));
	line = json_copy(json_array_get(column->lines, operation));
	for (size_t k = 0; k < sizeof(common) / sizeof(*common); k++)
		json_object_del(line, common[k]);
	json_object_update(value, line);
	json_decref(line);
	return value;
}

static void operation_json(const struct comparing *cmp, size_t operation)
{
	const json_t *line = cmp->columns[0].line;
	json_t *differences = json_array(), *worlds = json_array();

	for (size_t m = 0; m < cmp->nr_marks; m++)
		if (!m || !same_place(&cmp->marks[m - 1], &cmp->marks[m]))
			json_array_append_new(
				differences,
				difference_json(cmp, &cmp->marks[m]));
	for (size_t i = 0; i < cmp->nr; i++)
		json_array_append_new(worlds,
				      column_json(&cmp->columns[i], operation));
	out_json(json_pack("{s:I,s:o,s:o,s:b,s:o,s:o}", "n",
			   (json_int_t)line_number(line, "n"), "who",
			   out_text(line_text(line, "who")), "op",
			   out_text(line_text(line, "op")), "differs",
			   cmp->nr_marks > 0, "differences", differences,
			   "worlds", worlds));
}

/* ---- text ---- */

/* What a row of the table shows: all it takes to tell its marks from others. */
enum row { ROW_RESULT, ROW_MAPPING, ROW_PAGE, ROW_ENTRY };

static bool is_entry_field(const char *field)
{
	return !strcmp(field, "lvl") || !strcmp(field, "pte") ||
	       !strcmp(field, "swp");
}

static bool mark_is_of(const struct mark *mark, enum row row, long long which)
{
	char prefix[32];

	switch (row) {
	case ROW_RESULT:
		return mark->page == NO_PAGE &&
		       strncmp(mark->field, "vmas[", 5) != 0;
	case ROW_MAPPING:
		snprintf(prefix, sizeof(prefix), "vmas[%lld].", which);
		return !strncmp(mark->field, prefix, strlen(prefix));
	case ROW_PAGE:
		return mark->page == which && !is_entry_field(mark->field);
	case ROW_ENTRY:
		return mark->page == which && is_entry_field(mark->field);
	}
	return false;
}

static bool is_marked(const struct mark *marks, size_t nr, size_t column,
		      enum row row, long long which)
{
	for (size_t m = 0; m < nr; m++)
		if (marks[m].column == column &&
		    mark_is_of(&marks[m], row, which))
			return true;
	return false;
}

static char *mapping_text(const struct column *column, long long which)
{
	const json_t *vma = json_array_get(
		json_object_get(column->line, "vmas"), (size_t)which);

	if (!vma)
		return xstrdup("-");
	return xasprintf("%s-%s %s %s %s", line_text(vma, "start"),
			 line_text(vma, "end"), line_text(vma, "perm"),
			 line_text(vma, "off"), line_text(vma, "flags"));
}

/* " mc 1"; what is absent takes no room. */
static char *number_text(const json_t *run, const char *key)
{
	if (!json_object_get(run, key))
		return xstrdup("");
	return xasprintf(" %s %lld", key, line_number(run, key));
}

static char *page_text(const json_t *run)
{
	char *mc = number_text(run, "mc"), *b = number_text(run, "b"), *text;
	const char *pm = line_text(run, "pm"), *kpf = line_text(run, "kpf");

	text = xasprintf("%s%s%s%s%s", *pm ? pm : "-", mc, b, *kpf ? " " : "",
			 kpf);
	free(mc);
	free(b);
	return text;
}

static char *entry_text(const json_t *run)
{
	const char *swp = line_text(run, "swp"), *pte = line_text(run, "pte");
	char *lvl = number_text(run, "lvl"), *text;

	text = xasprintf("%s%s", *swp ? swp : *pte ? pte : "0", lvl);
	free(lvl);
	return text;
}

static char *cell_text(const struct column *column, enum row row,
		       long long which)
{
	switch (row) {
	case ROW_RESULT:
		return op_result_text(column->line);
	case ROW_MAPPING:
		return mapping_text(column, which);
	case ROW_PAGE:
		return page_text(run_at(column, which));
	case ROW_ENTRY:
		return entry_text(run_at(column, which));
	}
	return xstrdup("");
}

/* The cells of a row; @marks are those of its operation, or of its pages. */
static void row_cells(struct comparing *cmp, const struct mark *marks,
		      size_t nr, enum row row, long long which)
{
	for (size_t i = 0; i < cmp->nr; i++) {
		char *text = cell_text(&cmp->columns[i], row, which);

		table_cell(cmp->table, "%c%s",
			   is_marked(marks, nr, i, row, which) ? '*' : ' ',
			   text);
		free(text);
	}
}

static void row_head(struct comparing *cmp, const char *what)
{
	table_cell(cmp->table, "%s", "");
	table_cell(cmp->table, "%s", "");
	table_cell(cmp->table, "  %s", what);
}

static size_t most_mappings(const struct comparing *cmp)
{
	size_t most = 0;

	for (size_t i = 0; i < cmp->nr; i++) {
		size_t nr = json_array_size(
			json_object_get(cmp->columns[i].line, "vmas"));

		most = nr > most ? nr : most;
	}
	return most;
}

static void mapping_rows(struct comparing *cmp)
{
	size_t nr = most_mappings(cmp);

	for (size_t k = 0; k < nr; k++) {
		bool any = false;
		char head[32];

		for (size_t m = 0; m < cmp->nr_marks && !any; m++)
			any = mark_is_of(&cmp->marks[m], ROW_MAPPING,
					 (long long)k);
		if (!any)
			continue;
		snprintf(head, sizeof(head), "mapping %zu", k);
		row_head(cmp, head);
		row_cells(cmp, cmp->marks, cmp->nr_marks, ROW_MAPPING,
			  (long long)k);
	}
}

/* The pages that @marks, which are all of the same ones, are about. */
static void page_row(struct comparing *cmp, const struct mark *marks, size_t nr)
{
	long long page = marks->page;
	char text[PAGES_TEXT], head[PAGES_TEXT + 8];
	const json_t *run = NULL;

	for (size_t i = 0; i < cmp->nr && !run; i++)
		run = run_at(&cmp->columns[i], page);
	pages_text(text, sizeof(text), page, run_end(run, 1));
	snprintf(head, sizeof(head), "page %s", text);
	row_head(cmp, head);
	row_cells(cmp, marks, nr, ROW_PAGE, page);
	row_head(cmp, "entry");
	row_cells(cmp, marks, nr, ROW_ENTRY, page);
}

static void page_rows(struct comparing *cmp)
{
	size_t from = 0, to;

	for (; from < cmp->nr_marks; from = to) {
		for (to = from + 1; to < cmp->nr_marks; to++)
			if (cmp->marks[to].page != cmp->marks[from].page)
				break;
		if (cmp->marks[from].page != NO_PAGE)
			page_row(cmp, &cmp->marks[from], to - from);
	}
}

static void operation_rows(struct comparing *cmp)
{
	const json_t *line = cmp->columns[0].line;
	char *name = op_name_text(line);

	table_cell(cmp->table, "%s", cmp->nr_marks ? "!" : "");
	table_cell(cmp->table, "%lld", line_number(line, "n"));
	table_cell(cmp->table, "%s", name);
	free(name);
	row_cells(cmp, cmp->marks, cmp->nr_marks, ROW_RESULT, NO_PAGE);
	mapping_rows(cmp);
	page_rows(cmp);
}

/* ---- the report ---- */

void report_begin(struct comparing *cmp)
{
	if (cmp->options->json)
		return;
	cmp->align = xcalloc(cmp->nr + 4, 1);
	memset(cmp->align, 'l', cmp->nr + 3);
	cmp->align[1] = 'r';
	cmp->table = table_new(cmp->align);
	table_cell(cmp->table, "%s", "");
	table_cell(cmp->table, "line");
	table_cell(cmp->table, "operation");
	for (size_t i = 0; i < cmp->nr; i++)
		table_cell(cmp->table, " %s", cmp->columns[i].spec->label);
}

void report_operation(struct comparing *cmp, size_t operation)
{
	if (cmp->table)
		operation_rows(cmp);
	else
		operation_json(cmp, operation);
}

void report_end(struct comparing *cmp)
{
	if (!cmp->table)
		return;
	table_print(cmp->table, 0);
	free(cmp->align);
	printf("operations %zu, differing %zu\n", cmp->operations,
	       cmp->differing);
}
