/* SPDX-License-Identifier: MIT */
/*
 * One line of a run as text.
 */
#ifndef TOOLS_OP_TEXT_H
#define TOOLS_OP_TEXT_H

#include <jansson.h>

/** op_text_print() - print one JSON line of the library for a reader. */
void op_text_print(json_t *line);

#endif
