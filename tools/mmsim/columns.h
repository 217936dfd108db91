/* SPDX-License-Identifier: MIT */
/*
 * A scenario in several worlds, as columns side by side.
 */
#ifndef TOOLS_COLUMNS_H
#define TOOLS_COLUMNS_H

#include "compare.h"
#include "options.h"
#include "out.h"

struct column {
	const struct world_spec *spec;
	struct compare_side side;
	json_t *lines;
	size_t like; /* the first column of the same format */
	struct compare facts, entries;
	json_t *line; /* of the operation at hand, its runs cut */
};

/* A difference of the operation at hand. */
struct mark {
	long long page; /* the first of its run, or NO_PAGE */
	char field[48];
	size_t column;
};

struct comparing {
	const struct options *options;
	const char *path;
	char *text;
	size_t len;
	struct column *columns;
	size_t nr, nr_begun;
	size_t at; /* the column being compared */
	struct mark *marks;
	size_t nr_marks, room_marks;
	char *align;
	struct table *table;
	size_t operations, differing;
};

/** report_begin() - print nothing yet; a table is begun unless it is JSON. */
void report_begin(struct comparing *cmp);

/** report_operation() - the operation at hand, with its differences. */
void report_operation(struct comparing *cmp, size_t operation);

/** report_end() - print the table and its last line. */
void report_end(struct comparing *cmp);

#endif
