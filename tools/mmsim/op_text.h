/* SPDX-License-Identifier: MIT */
/*
 * One line of a run as text.
 */
#ifndef TOOLS_OP_TEXT_H
#define TOOLS_OP_TEXT_H

#include <jansson.h>

/** op_text_print() - print one JSON line of the library for a reader. */
void op_text_print(json_t *line);

/** op_name_text() - "@C write A 0 1p"; the caller frees it. */
char *op_name_text(const json_t *line);

/** op_result_text() - "-1 EINVAL  min 3  done 3"; the caller frees it. */
char *op_result_text(json_t *line);

#define PAGES_TEXT 48

/** pages_text() - "3" or "3-5" in @buf, which is returned. */
const char *pages_text(char *buf, size_t len, json_int_t first,
		       json_int_t last);

#endif
