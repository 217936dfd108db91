/* SPDX-License-Identifier: MIT */
#include "op_text.h"

#include "lines.h"
#include "out.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BODY_INDENT 8

/* A number or a text as the cell of a table; "" if it is not there. */
static void value_cell(struct table *table, const json_t *object,
		       const char *key)
{
	const json_t *value = json_object_get(object, key);

	if (json_is_integer(value))
		table_cell(table, "%lld", (long long)json_integer_value(value));
	else
		table_cell(table, "%s", line_text(object, key));
}

const char *pages_text(char *buf, size_t len, json_int_t first, json_int_t last)
{
	if (first == last)
		snprintf(buf, len, "%lld", (long long)first);
	else
		snprintf(buf, len, "%lld-%lld", (long long)first,
			 (long long)last);
	return buf;
}

static void run_cells(struct table *table, const json_t *run)
{
	char text[PAGES_TEXT];
	const char *swp = line_text(run, "swp");

	table_cell(table, "%s",
		   pages_text(text, sizeof(text), run_end(run, 0),
			      run_end(run, 1)));
	value_cell(table, run, "pm");
	value_cell(table, run, "mc");
	value_cell(table, run, "b");
	value_cell(table, run, "lvl");
	table_cell(table, "%s", *swp ? swp : line_text(run, "pte"));
	value_cell(table, run, "fl");
	value_cell(table, run, "kpf");
}

static void pages_print(const json_t *pages)
{
	static const char *const heads[] = { "pages", "pm",    "mc",   "b",
					     "lvl",   "entry", "bits", "page" };
	struct table *table = table_new("rlrrrlll");
	const json_t *run;
	size_t i;

	for (i = 0; i < sizeof(heads) / sizeof(*heads); i++)
		table_cell(table, "%s", heads[i]);
	json_array_foreach(pages, i, run)
		run_cells(table, run);
	table_print(table, BODY_INDENT);
}

static void vmas_print(const json_t *vmas)
{
	static const char *const keys[] = { "start", "end", "perm", "off",
					    "flags" };
	struct table *table = table_new("rrlrl");
	const json_t *vma;
	size_t i;

	for (size_t k = 0; k < 5; k++)
		table_cell(table, "%s", keys[k]);
	json_array_foreach(vmas, i, vma)
		for (size_t k = 0; k < 5; k++)
			value_cell(table, vma, keys[k]);
	table_print(table, BODY_INDENT);
}

static void calls_print(json_t *calls)
{
	const char *name;
	json_t *count;

	if (!json_object_size(calls))
		return;
	printf("%*scalls:", BODY_INDENT, "");
	json_object_foreach(calls, name, count)
		printf(" %s %lld", name, (long long)json_integer_value(count));
	putchar('\n');
}

static void seq_print(const json_t *seq)
{
	const json_t *name;
	size_t i;

	if (!json_array_size(seq))
		return;
	printf("%*sin order:", BODY_INDENT, "");
	json_array_foreach(seq, i, name)
		printf(" %s", json_string_value(name));
	putchar('\n');
}

static bool is_heading(const char *key)
{
	return !strcmp(key, "n") || !strcmp(key, "who") || !strcmp(key, "op") ||
	       !strcmp(key, "ret") || !strcmp(key, "err");
}

char *op_result_text(json_t *line)
{
	const char *err = line_text(line, "err"), *key;
	char *text = xasprintf("%lld%s%s", line_number(line, "ret"),
			       *err ? " " : "", err);
	json_t *value;

	json_object_foreach(line, key, value) {
		char *before = text;

		if (is_heading(key))
			continue;
		if (json_is_integer(value))
			text = xasprintf("%s  %s %lld", before, key,
					 line_number(line, key));
		else if (json_is_string(value))
			text = xasprintf("%s  %s %s", before, key,
					 json_string_value(value));
		if (text != before)
			free(before);
	}
	return text;
}

char *op_name_text(const json_t *line)
{
	const char *who = line_text(line, "who"), *op = line_text(line, "op");

	return *who && strcmp(who, "P") ? xasprintf("@%s %s", who, op)
					: xstrdup(op);
}

void op_text_print(json_t *line)
{
	char *name = op_name_text(line), *result = op_result_text(line);
	json_t *part;

	printf("%5lld  %-38s -> %s\n", line_number(line, "n"), name, result);
	free(name);
	free(result);
	part = json_object_get(line, "pages");
	if (json_is_array(part))
		pages_print(part);
	part = json_object_get(line, "vmas");
	if (json_is_array(part))
		vmas_print(part);
	calls_print(json_object_get(line, "calls"));
	seq_print(json_object_get(line, "seq"));
}
