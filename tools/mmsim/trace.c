/* SPDX-License-Identifier: MIT */
#include "trace_format.h"

#include "ahead.h"
#include "out.h"

#include <stdio.h>
#include <stdlib.h>

#define BUFFER_BYTES ((size_t)1 << 20)

/* The first whose detect() says yes is taken; lackey takes all. */
static const struct trace_format *const formats[] = {
	&trace_drmemtrace, &trace_champsim, &trace_perf,
	&trace_strace,	   &trace_lackey,
};

#define NR_FORMATS (sizeof(formats) / sizeof(*formats))

bool trace_format_known(const char *name)
{
	for (size_t i = 0; i < NR_FORMATS; i++)
		if (!strcmp(formats[i]->name, name))
			return true;
	return false;
}

struct trace *trace_open(const char *path, const char *format)
{
	struct trace *trace = xcalloc(1, sizeof(*trace));

	trace->in = ahead_open(path);
	trace->room = BUFFER_BYTES;
	trace->buf = xcalloc(trace->room, 1);
	for (size_t i = 0; format && i < NR_FORMATS; i++)
		if (!strcmp(formats[i]->name, format))
			trace->format = formats[i];
	return trace;
}

uint64_t trace_line(const struct trace *trace)
{
	return trace->line;
}

bool trace_truncated(const struct trace *trace)
{
	return trace->truncated;
}

const char *trace_error(const struct trace *trace)
{
	return trace->error;
}

void trace_close(struct trace *trace)
{
	trace_lackey_close(trace);
	free(trace->others);
	ahead_close(trace->in);
	free(trace->buf);
	free(trace);
}

/* ---- bytes ---- */

/* Get more bytes behind what is unread; false at the end or on an error. */
static bool trace_fill(struct trace *trace)
{
	ssize_t n;

	if (trace->pos) {
		memmove(trace->buf, trace->buf + trace->pos,
			trace->fill - trace->pos);
		trace->fill -= trace->pos;
		trace->pos = 0;
	}
	if (trace->fill == trace->room) {
		trace->room *= 2;
		trace->buf = xrealloc(trace->buf, trace->room, 1);
	}
	n = ahead_read(trace->in, trace->buf + trace->fill,
		       trace->room - trace->fill);
	if (n > 0) {
		trace->fill += (size_t)n;
		return true;
	}
	trace->end = true;
	if (n < 0)
		snprintf(trace->error, sizeof(trace->error), "%llu: %s",
			 (unsigned long long)trace->line + 1,
			 ahead_error(trace->in));
	return false;
}

bool trace_line_read(struct trace *trace, char **line, char **stop)
{
	size_t seen = trace->fill - trace->pos;

	while (!trace->end && trace_fill(trace)) {
		char *from = trace->buf + trace->pos;
		size_t len = trace->fill - trace->pos;

		*stop = memchr(from + seen, '\n', len - seen);
		if (*stop) {
			*line = from;
			trace->pos = (size_t)(*stop + 1 - trace->buf);
			trace->line++;
			return true;
		}
		seen = len;
	}
	/* What is left has no newline. */
	trace->truncated = !*trace->error && trace->fill > trace->pos;
	return false;
}

const unsigned char *trace_record_next(struct trace *trace, size_t size)
{
	const char *from;

	while (trace->fill - trace->pos < size)
		if (trace->end || !trace_fill(trace))
			break;
	if (trace->fill - trace->pos < size) {
		if (!*trace->error && trace->fill > trace->pos)
			snprintf(trace->error, sizeof(trace->error),
				 "%llu: found %zu bytes at the end, expected a "
				 "record of %zu",
				 (unsigned long long)trace->line + 1,
				 trace->fill - trace->pos, size);
		return NULL;
	}
	from = trace->buf + trace->pos;
	trace->pos += size;
	trace->line++;
	return (const unsigned char *)from;
}

/* ---- what lines are made of ---- */

/* The value of a hex digit, or a number above 15. */
const unsigned char trace_hex_digit[256] = {
#define X(c, v) [c] = (v) ^ 0x10
	X('0', 0),  X('1', 1),	X('2', 2),  X('3', 3),	X('4', 4),  X('5', 5),
	X('6', 6),  X('7', 7),	X('8', 8),  X('9', 9),	X('a', 10), X('b', 11),
	X('c', 12), X('d', 13), X('e', 14), X('f', 15), X('A', 10), X('B', 11),
	X('C', 12), X('D', 13), X('E', 14), X('F', 15),
#undef X
};

/* Digits of either base; false if there are none. */
bool trace_number(const char **p, uint64_t *value)
{
	const char *s = *p;
	bool hex = s[0] == '0' && (s[1] == 'x' || s[1] == 'X');
	bool minus = *s == '-';
	unsigned base = hex ? 16 : 10, digit;
	const char *from;

	*value = 0;
	s += hex ? 2 : minus;
	for (from = s; (digit = trace_hex(*s)) < base; s++)
		*value = *value * base + digit;
	if (minus)
		*value = -*value;
	*p = s;
	return s != from;
}

bool trace_remark(const char *line, const char *stop)
{
	size_t len = (size_t)(stop - line);

	return !len || (len == 1 && *line == '\r') ||
	       (len >= 2 && (!memcmp(line, "==", 2) || !memcmp(line, "--", 2) ||
			     !memcmp(line, "**", 2)));
}

/* ---- errors ---- */

enum trace_next trace_bad(struct trace *trace, const char *found,
			  const char *expected)
{
	snprintf(trace->error, sizeof(trace->error),
		 "%llu: found %.170s, expected %s",
		 (unsigned long long)trace->line, found, expected);
	trace->end = true;
	trace->pos = trace->fill = 0;
	return TRACE_BAD;
}

enum trace_next trace_bad_line(struct trace *trace, const char *line,
			       const char *stop, const char *expected)
{
	size_t len = (size_t)(stop - line);
	char *text = out_printable(line, len < 40 ? len : 40);
	char *found = xasprintf("'%s'", text);
	enum trace_next next = trace_bad(trace, found, expected);

	free(found);
	free(text);
	return next;
}

/* ---- processes ---- */

void trace_other_add(struct trace *trace, uint64_t id)
{
	trace->others = xrealloc(trace->others, trace->nr_others + 1,
				 sizeof(*trace->others));
	trace->others[trace->nr_others++] = id;
}

bool trace_is_other(const struct trace *trace, uint64_t id)
{
	for (size_t i = 0; i < trace->nr_others; i++)
		if (trace->others[i] == id)
			return true;
	return false;
}

/* ---- formats ---- */

/* NULL: the first line has to tell. */
static const struct trace_format *magic_format(struct trace *trace)
{
	while (trace->fill < TRACE_MAGIC && trace_fill(trace))
		;
	for (size_t i = 0; i < NR_FORMATS; i++)
		if (formats[i]->magic &&
		    formats[i]->magic(trace->buf, trace->fill))
			return formats[i];
	return NULL;
}

static const struct trace_format *line_format(const char *line,
					      const char *stop)
{
	size_t i = 0;

	while (!formats[i]->detect || !formats[i]->detect(line, stop))
		i++;
	return formats[i];
}

/* The first line that says something decides; what is read stays unread. */
static void format_find(struct trace *trace)
{
	const char *line, *stop, *end;

	trace->format = magic_format(trace);
	if (trace->format)
		return;
	while (!memchr(trace->buf, '\n', trace->fill) && trace_fill(trace))
		;
	end = trace->buf + trace->fill;
	trace->format = &trace_lackey;
	for (line = trace->buf; line < end; line = stop + 1) {
		stop = memchr(line, '\n', (size_t)(end - line));
		if (!stop)
			return;
		if (trace_remark(line, stop))
			continue;
		trace->format = line_format(line, stop);
		return;
	}
}

enum trace_next trace_next(struct trace *trace, struct mmsim_ref *refs,
			   size_t max, size_t *nr, struct trace_call *call)
{
	*nr = 0;
	if (!trace->format)
		format_find(trace);
	return trace->format->next(trace, refs, max, nr, call);
}
