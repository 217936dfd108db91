/* SPDX-License-Identifier: MIT */
#include "trace.h"

#include "input.h"
#include "out.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUFFER_BYTES ((size_t)1 << 20)

/* A system call that has begun and not come back; threads are few. */
struct pending {
	struct trace_call call;
	struct pending *next;
};

struct trace {
	struct input *in;
	char *buf;
	size_t room, pos, fill; /* unread bytes are [pos, fill) */
	uint64_t line;
	bool end, truncated;
	/* The line before was a system call that had no end yet. */
	bool open_call;
	struct pending *pending;
	char error[256];
};

struct trace *trace_open(const char *path)
{
	struct trace *trace = xcalloc(1, sizeof(*trace));

	trace->in = input_open(path);
	trace->room = BUFFER_BYTES;
	trace->buf = xcalloc(trace->room, 1);
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
	struct pending *p, *next;

	for (p = trace->pending; p; p = next) {
		next = p->next;
		free(p);
	}
	input_close(trace->in);
	free(trace->buf);
	free(trace);
}

/* ---- lines ---- */

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
	n = input_read(trace->in, trace->buf + trace->fill,
		       trace->room - trace->fill);
	if (n > 0) {
		trace->fill += (size_t)n;
		return true;
	}
	trace->end = true;
	trace->truncated = n == 0 && trace->fill > 0;
	if (n < 0)
		snprintf(trace->error, sizeof(trace->error), "%llu: %s",
			 (unsigned long long)trace->line + 1,
			 input_error(trace->in));
	return false;
}

/* The next whole line; @stop is its newline. False at the end. */
static bool line_next(struct trace *trace, char **line, char **stop)
{
	size_t seen = 0;

	for (;;) {
		char *from = trace->buf + trace->pos;
		size_t len = trace->fill - trace->pos;

		*stop = len > seen ? memchr(from + seen, '\n', len - seen)
				   : NULL;
		if (*stop) {
			*line = from;
			trace->pos = (size_t)(*stop + 1 - trace->buf);
			trace->line++;
			return true;
		}
		seen = len;
		if (trace->end || !trace_fill(trace))
			return false;
	}
}

/* ---- references ---- */

/* The value of a hex digit, or a number above 15. */
static const unsigned char hex_digit[256] = {
#define X(c, v) [c] = (v) ^ 0x10
	X('0', 0),  X('1', 1),	X('2', 2),  X('3', 3),	X('4', 4),  X('5', 5),
	X('6', 6),  X('7', 7),	X('8', 8),  X('9', 9),	X('a', 10), X('b', 11),
	X('c', 12), X('d', 13), X('e', 14), X('f', 15), X('A', 10), X('B', 11),
	X('C', 12), X('D', 13), X('E', 14), X('F', 15),
#undef X
};

static inline unsigned hex_of(char c)
{
	return hex_digit[(unsigned char)c] ^ 0x10u;
}

static inline int access_kind(char c)
{
	switch (c) {
	case 'I':
		return MMSIM_EXEC;
	case 'L':
		return MMSIM_READ;
	case 'S':
	case 'M':
		return MMSIM_WRITE;
	default:
		return -1;
	}
}

/* "I  addr,size" or " L addr,size"; every line ends in a newline. */
static inline bool ref_parse(const char *p, struct mmsim_ref *ref)
{
	uint64_t addr = 0;
	uint32_t len = 0;
	const char *from;
	unsigned digit;
	int kind;

	while (*p == ' ')
		p++;
	kind = access_kind(*p++);
	if (kind < 0 || *p != ' ')
		return false;
	while (*p == ' ')
		p++;
	for (from = p; (digit = hex_of(*p)) < 16; p++)
		addr = addr << 4 | digit;
	if (p == from || p - from > 16 || *p++ != ',')
		return false;
	for (from = p; (digit = (unsigned char)*p - (unsigned)'0') < 10; p++)
		len = len * 10 + digit;
	if (!len || p - from > 9)
		return false;
	while (*p == ' ' || *p == '\r')
		p++;
	ref->addr = addr;
	ref->len = len;
	ref->kind = (uint32_t)kind;
	return *p == '\n';
}

/* ---- system calls ---- */

/* Digits of either base; false if there are none. */
static bool number_parse(const char **p, uint64_t *value)
{
	const char *s = *p;
	bool hex = s[0] == '0' && (s[1] == 'x' || s[1] == 'X');
	bool minus = *s == '-';
	unsigned base = hex ? 16 : 10, digit;
	const char *from;

	*value = 0;
	s += hex ? 2 : minus;
	for (from = s; (digit = hex_of(*s)) < base; s++)
		*value = *value * base + digit;
	if (minus)
		*value = -*value;
	*p = s;
	return s != from;
}

/* "SYSCALL[pid,tid](nr) "; @p is left behind it. */
static bool call_head(const char **p, struct trace_call *call)
{
	uint64_t pid, tid, nr;

	*p += strlen("SYSCALL[");
	if (!number_parse(p, &pid) || *(*p)++ != ',' ||
	    !number_parse(p, &tid) || *(*p)++ != ']' || *(*p)++ != '(')
		return false;
	while (**p == ' ')
		++*p;
	if (!number_parse(p, &nr) || *(*p)++ != ')')
		return false;
	call->pid = (uint32_t)pid;
	call->tid = (uint32_t)tid;
	call->nr = nr > UINT32_MAX ? UINT32_MAX : (unsigned)nr;
	return true;
}

/* A text in brackets goes to the ")" that "," or " )" follows. */
static const char *text_skip(const char *p, const char *stop, char *path)
{
	const char *from = p + 1, *to = from;

	while (to < stop && !(*to == ')' && (to[1] == ',' || to[1] == ' ')))
		to++;
	if (path && !*path && to > from && to - from < TRACE_PATH)
		memcpy(path, from, (size_t)(to - from));
	return to < stop ? to + 1 : to;
}

/* What stands between "( " and " )". */
static void call_args(const char *p, const char *stop, struct trace_call *call)
{
	p = memchr(p, '(', (size_t)(stop - p));
	if (!p)
		return;
	p++;
	while (p < stop && call->args_nr < TRACE_ARGS) {
		while (p < stop && (*p == ' ' || *p == ','))
			p++;
		if (p == stop || *p == ')' ||
		    !number_parse(&p, &call->args[call->args_nr]))
			return;
		call->args_nr++;
		if (*p == '(')
			p = text_skip(p, stop, call->path);
		while (p < stop && *p != ',' && *p != ')')
			p++;
	}
}

enum outcome { OUTCOME_NONE, OUTCOME_PENDING, OUTCOME_BACK };

/* What follows the last "-->" of the line. */
static enum outcome call_outcome(const char *arrow, const char *stop,
				 struct trace_call *call)
{
	const char *p = arrow + 3;

	while (p < stop && *p == ' ')
		p++;
	if (*p == '[')
		while (p < stop && *p++ != ']')
			;
	while (p < stop && *p == ' ')
		p++;
	if (stop - p >= 3 && !memcmp(p, "...", 3))
		return OUTCOME_PENDING;
	call->success = stop - p > 8 && !memcmp(p, "Success(", 8);
	if (!call->success)
		return OUTCOME_BACK;
	p += 8;
	/* "Success(0xHIGH:0xLOW)" on some hosts. */
	if (memchr(p, ':', (size_t)(stop - p)))
		p = (const char *)memchr(p, ':', (size_t)(stop - p)) + 1;
	call->success = number_parse(&p, &call->result);
	return OUTCOME_BACK;
}

static const char *last_arrow(const char *from, const char *stop)
{
	const char *found = NULL, *p = from;

	while ((p = memmem(p, (size_t)(stop - p), "-->", 3)))
		found = p++;
	return found;
}

static struct pending **pending_find(struct trace *trace,
				     const struct trace_call *call)
{
	struct pending **at = &trace->pending;

	while (*at &&
	       ((*at)->call.pid != call->pid || (*at)->call.tid != call->tid))
		at = &(*at)->next;
	return at;
}

static void pending_put(struct trace *trace, const struct trace_call *call)
{
	struct pending **at = pending_find(trace, call);

	if (!*at)
		*at = xcalloc(1, sizeof(**at));
	(*at)->call = *call;
}

/* The second part of a call in two parts: its arguments are in the first. */
static bool pending_take(struct trace *trace, struct trace_call *call)
{
	struct pending **at = pending_find(trace, call), *first = *at;

	if (!first || first->call.nr != call->nr)
		return false;
	first->call.success = call->success;
	first->call.result = call->result;
	*call = first->call;
	*at = first->next;
	free(first);
	return true;
}

/* True if a call came back whose arguments are known. */
static bool call_parse(struct trace *trace, const char *p, const char *stop,
		       struct trace_call *call)
{
	const char *arrow = last_arrow(p, stop);
	bool second = !strncmp(p, " ...", 4);

	trace->open_call = !arrow;
	if (!second)
		call_args(p, arrow ? arrow : stop, call);
	if (!arrow) {
		pending_put(trace, call);
		return false;
	}
	if (call_outcome(arrow, stop, call) == OUTCOME_PENDING) {
		pending_put(trace, call);
		return false;
	}
	return !second || pending_take(trace, call);
}

/*
 * The rest of a call whose text had a newline in it; valgrind itself puts one
 * before the outcome of a call it does not know.
 */
static void call_continue(struct trace *trace, const char *line,
			  const char *stop)
{
	trace->open_call = !last_arrow(line, stop);
}

/* ---- other lines ---- */

static bool line_is_remark(const char *line, const char *stop)
{
	size_t len = (size_t)(stop - line);

	return !len || (len == 1 && *line == '\r') ||
	       (len >= 2 && (!memcmp(line, "==", 2) || !memcmp(line, "--", 2) ||
			     !memcmp(line, "**", 2)));
}

static void line_bad(struct trace *trace, const char *line, const char *stop)
{
	size_t len = (size_t)(stop - line);
	char *text = out_printable(line, len < 40 ? len : 40);

	snprintf(trace->error, sizeof(trace->error),
		 "%llu: found '%.160s', expected a line of valgrind's lackey",
		 (unsigned long long)trace->line, text);
	free(text);
}

/* A line that is no reference. */
static enum trace_next line_other(struct trace *trace, char *line, char *stop,
				  struct trace_call *call)
{
	const char *p = line;

	if (stop - line > 8 && !memcmp(line, "SYSCALL[", 8)) {
		memset(call, 0, sizeof(*call));
		if (call_head(&p, call))
			return call_parse(trace, p, stop, call) ? TRACE_CALL
								: TRACE_REFS;
	} else if (line_is_remark(line, stop)) {
		return TRACE_REFS;
	} else if (trace->open_call) {
		call_continue(trace, line, stop);
		return TRACE_REFS;
	}
	line_bad(trace, line, stop);
	trace->end = true;
	trace->pos = trace->fill = 0;
	return TRACE_BAD;
}

enum trace_next trace_next(struct trace *trace, struct mmsim_ref *refs,
			   size_t max, size_t *nr, struct trace_call *call)
{
	char *line, *stop;

	*nr = 0;
	while (*nr < max) {
		enum trace_next next;

		if (!line_next(trace, &line, &stop))
			return *trace->error ? TRACE_BAD : TRACE_END;
		if (ref_parse(line, &refs[*nr])) {
			++*nr;
			continue;
		}
		next = line_other(trace, line, stop, call);
		if (next != TRACE_REFS)
			return next;
	}
	return TRACE_REFS;
}
