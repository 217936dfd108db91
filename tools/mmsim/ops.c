/* SPDX-License-Identifier: MIT */
#include "ops.h"

#include "out.h"

#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static void trim(const char **from, const char **to)
{
	while (*from < *to && is_blank(**from))
		++*from;
	while (*to > *from && is_blank((*to)[-1]))
		--*to;
}

static void op_fill(struct op *op, const char *from, const char *to)
{
	op->who = "P";
	op->who_len = 1;
	if (*from == '@') {
		op->who = ++from;
		while (from < to && !is_blank(*from))
			from++;
		op->who_len = (size_t)(from - op->who);
		trim(&from, &to);
	}
	op->text = from;
	op->text_len = (size_t)(to - from);
}

bool op_next(const char **text, const char *end, unsigned *line, struct op *op)
{
	while (*text < end) {
		const char *from = *text, *stop, *to;

		stop = memchr(from, '\n', (size_t)(end - from));
		*text = stop ? stop + 1 : end;
		stop = stop ? stop : end;
		++*line;
		to = memchr(from, '#', (size_t)(stop - from));
		to = to ? to : stop;
		trim(&from, &to);
		if (from == to)
			continue;
		op->line = *line;
		op_fill(op, from, to);
		return true;
	}
	return false;
}

bool op_verb_is(const char *text, const char *verb)
{
	size_t len = strlen(verb);

	return !strncmp(text, verb, len) && (!text[len] || text[len] == ' ');
}

static uint64_t unit_bytes(char unit, const struct mmsim_world_info *info)
{
	switch (unit) {
	case 'p':
		return info->page_size;
	case 'h':
		return info->pmd_size;
	case 'k':
		return 1024;
	case 'M':
		return 1024 * 1024;
	default:
		return 0;
	}
}

bool length_parse(const char *text, const struct mmsim_world_info *info,
		  uint64_t *bytes, const char **end)
{
	uint64_t unit, n = 0;

	if (!isdigit((unsigned char)*text))
		return false;
	for (; isdigit((unsigned char)*text); text++)
		if (__builtin_mul_overflow(n, 10, &n) ||
		    __builtin_add_overflow(n, (uint64_t)(*text - '0'), &n))
			return false;
	unit = unit_bytes(*text, info);
	if (unit && __builtin_mul_overflow(n, unit, &n))
		return false;
	*bytes = n;
	*end = text + (unit != 0);
	return true;
}

/*
 * A message of the library begins with its line, "line 3: "; @rest is what
 * follows.
 */
static unsigned message_line(const char *text, const char **rest)
{
	unsigned long line;
	char *end;

	*rest = text;
	if (strncmp(text, "line ", 5))
		return 0;
	line = strtoul(text + 5, &end, 10);
	if (end == text + 5 || *end != ':' || line > UINT_MAX)
		return 0;
	*rest = end + 1;
	return (unsigned)line;
}

unsigned scenario_error_line(const struct mmsim *world)
{
	const char *rest;

	return message_line(mmsim_last_error(world), &rest);
}

int scenario_error(const struct mmsim *world, const char *path, int rc)
{
	const char *text = mmsim_last_error(world), *rest;
	unsigned line = message_line(text, &rest);

	if (line)
		return out_error("%s:%u:%s", path, line, rest);
	return out_error("%s: %s", path, *text ? text : mmsim_errname(rc));
}
