/* SPDX-License-Identifier: MIT */
/*
 * The operations of a scenario as lines of text, and lengths in its language.
 */
#ifndef TOOLS_OPS_H
#define TOOLS_OPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mmsim/mmsim.h>

/* One operation; the texts are not zero-terminated. */
struct op {
	unsigned line;
	const char *who, *text;
	size_t who_len, text_len;
};

/**
 * op_next() - the next operation of a scenario.
 * @text, @end: what is left of it; @text is moved on.
 * @line: number of the last line read; 0 at the start.
 *
 * Return: false at the end.
 */
bool op_next(const char **text, const char *end, unsigned *line, struct op *op);

/** op_verb_is() - whether the operation begins with this word. */
bool op_verb_is(const char *text, const char *verb);

/**
 * length_parse() - a size or offset of the language: N, Np, Nh, Nk or NM.
 * @end: receives what follows it.
 */
bool length_parse(const char *text, const struct mmsim_world_info *info,
		  uint64_t *bytes, const char **end);

/** scenario_error_line() - the line that a world's message is about, or 0. */
unsigned scenario_error_line(const struct mmsim *world);

/**
 * scenario_error() - print what a world says about a scenario it refused.
 *
 * Return: STATUS_USAGE.
 */
int scenario_error(const struct mmsim *world, const char *path, int rc);

#endif
