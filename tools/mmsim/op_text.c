/* SPDX-License-Identifier: MIT */
#include "op_text.h"

#include "out.h"

#include <stdio.h>
#include <string.h>

#define BODY_INDENT 8

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

/* A number or a text as the cell of a table; "" if it is not there. */
static void value_cell(struct table *table, const json_t *object,
		       const char *key)
{
	const json_t *value = json_object_get(object, key);

	if (json_is_integer(value))
		table_cell(table, "%lld", (long long)json_integer_value(value));
	else
		table_cell(table, "%s", text_of(object, key));
}

static void run_cells(struct table *table, const json_t *run)
{
	const json_t *range = json_object_get(run, "i");
	const char *swp = text_of(run, "swp");
	json_int_t first = json_integer_value(json_array_get(range, 0));
	json_int_t last = json_integer_value(json_array_get(range, 1));

	if (first == last)
		table_cell(table, "%lld", (long long)first);
	else
		table_cell(table, "%lld-%lld", (long long)first,
			   (long long)last);
	value_cell(table, run, "pm");
	value_cell(table, run, "mc");
	value_cell(table, run, "b");
	value_cell(table, run, "lvl");
	table_cell(table, "%s", *swp ? swp : text_of(run, "pte"));
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

/* "-> -1 EINVAL  min 3  done 3" */
static void result_print(json_t *line)
{
	const char *err = text_of(line, "err");
	const char *key;
	json_t *value;

	printf("-> %lld%s%s",
	       (long long)json_integer_value(json_object_get(line, "ret")),
	       *err ? " " : "", err);
	json_object_foreach(line, key, value) {
		if (is_heading(key))
			continue;
		if (json_is_integer(value))
			printf("  %s %lld", key,
			       (long long)json_integer_value(value));
		else if (json_is_string(value))
			printf("  %s %s", key, json_string_value(value));
	}
	putchar('\n');
}

void op_text_print(json_t *line)
{
	const char *who = text_of(line, "who");
	bool child = *who && strcmp(who, "P");
	json_t *part;

	printf("%5lld  %s%s%s%-*s ",
	       (long long)json_integer_value(json_object_get(line, "n")),
	       child ? "@" : "", child ? who : "", child ? " " : "",
	       child ? 36 - (int)strlen(who) : 38, text_of(line, "op"));
	result_print(line);
	part = json_object_get(line, "pages");
	if (json_is_array(part))
		pages_print(part);
	part = json_object_get(line, "vmas");
	if (json_is_array(part))
		vmas_print(part);
	calls_print(json_object_get(line, "calls"));
	seq_print(json_object_get(line, "seq"));
}
