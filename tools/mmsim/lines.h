/* SPDX-License-Identifier: MIT */
/*
 * The JSON lines of a run: one object per operation (golden/README.md, "The
 * lines").
 */
#ifndef TOOLS_LINES_H
#define TOOLS_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

/** line_text() - a text member, "" if there is none. */
const char *line_text(const json_t *object, const char *key);

/** line_number() - a number member, 0 if there is none. */
long long line_number(const json_t *object, const char *key);

/** line_is() - whether the operation begins with this word. */
bool line_is(const json_t *line, const char *verb);

/** run_end() - the first (0) or last (1) page of a run of equal pages. */
json_int_t run_end(const json_t *run, size_t which);

/** has_word() - whether the words of @text, apart by blanks, have @word. */
bool has_word(const char *text, const char *word);

/** scalar_equal() - absent is the same as 0, and for texts as "". */
bool scalar_equal(const json_t *want, const json_t *got);

#endif
