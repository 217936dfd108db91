/* SPDX-License-Identifier: MIT */
/*
 * What `valgrind --tool=lackey --trace-mem=yes --trace-syscalls=yes` writes.
 */
#include "out.h"
#include "trace_format.h"

#include <stdlib.h>

/* A path with newlines in it has no more of them. */
#define MOST_TEXT_LINES 16

/* A system call that has begun and not come back; threads are few. */
struct trace_pending {
	struct trace_call call;
	struct trace_pending *next;
};

/* ---- references ---- */

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
	for (from = p; (digit = trace_hex(*p)) < 16; p++)
		addr = addr << 4 | digit;
	if (p == from || p - from > 16 || *p++ != ',')
		return false;
	for (from = p; (digit = (unsigned char)*p - (unsigned)'0') < 10; p++)
		len = len * 10 + digit;
	if (p - from > 9 || !trace_ref_fits(addr, len))
		return false;
	while (*p == ' ' || *p == '\r')
		p++;
	ref->addr = addr;
	ref->len = len;
	ref->kind = (uint32_t)kind;
	return *p == '\n';
}

/* Whether a line that is no reference looks like one. */
static bool ref_shaped(const char *p)
{
	const char *from;

	while (*p == ' ')
		p++;
	if (access_kind(*p) < 0 || p[1] != ' ')
		return false;
	for (p++; *p == ' '; p++)
		;
	for (from = p; trace_hex(*p) < 16; p++)
		;
	return p > from && *p == ',' && p[1] >= '0' && p[1] <= '9';
}

/* ---- system calls ---- */

/* "SYSCALL[pid,tid](nr) "; @p is left behind it. */
static bool call_head(const char **p, struct trace_call *call)
{
	uint64_t pid, tid, nr;

	*p += strlen("SYSCALL[");
	if (!trace_number(p, &pid) || *(*p)++ != ',' ||
	    !trace_number(p, &tid) || *(*p)++ != ']' || *(*p)++ != '(')
		return false;
	while (**p == ' ')
		++*p;
	if (!trace_number(p, &nr) || *(*p)++ != ')')
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
		    !trace_number(&p, &call->args[call->args_nr]))
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
	call->success = trace_number(&p, &call->result);
	return OUTCOME_BACK;
}

static const char *last_arrow(const char *from, const char *stop)
{
	const char *found = NULL, *p = from;

	while ((p = memmem(p, (size_t)(stop - p), "-->", 3)))
		found = p++;
	return found;
}

static struct trace_pending **pending_find(struct trace *trace,
					   const struct trace_call *call)
{
	struct trace_pending **at = &trace->pending;

	while (*at &&
	       ((*at)->call.pid != call->pid || (*at)->call.tid != call->tid))
		at = &(*at)->next;
	return at;
}

static void pending_put(struct trace *trace, const struct trace_call *call)
{
	struct trace_pending **at = pending_find(trace, call);

	if (!*at)
		*at = xcalloc(1, sizeof(**at));
	(*at)->call = *call;
}

/* The second part of a call in two parts: its arguments are in the first. */
static bool pending_take(struct trace *trace, struct trace_call *call)
{
	struct trace_pending **at = pending_find(trace, call), *first = *at;

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

	trace->open_call = arrow ? 0 : trace->line;
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
	if (last_arrow(line, stop))
		trace->open_call = 0;
}

/* What comes long after it is no text of a call that does not return. */
static bool call_is_open(const struct trace *trace)
{
	return trace->open_call &&
	       trace->line - trace->open_call <= MOST_TEXT_LINES;
}

void trace_lackey_close(struct trace *trace)
{
	struct trace_pending *p, *next;

	for (p = trace->pending; p; p = next) {
		next = p->next;
		free(p);
	}
}

/* ---- the whole ---- */

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
	} else if (trace_remark(line, stop)) {
		return TRACE_REFS;
	} else if (call_is_open(trace)) {
		call_continue(trace, line, stop);
		return TRACE_REFS;
	}
	return trace_bad_line(trace, line, stop,
			      ref_shaped(line) ? "1 to 65536 bytes below 2^64"
					       : trace->format->expected);
}

static enum trace_next lackey_next(struct trace *trace, struct mmsim_ref *refs,
				   size_t max, size_t *nr,
				   struct trace_call *call)
{
	char *line, *stop;

	*nr = 0;
	while (*nr < max) {
		enum trace_next next;

		if (!trace_line_next(trace, &line, &stop))
			return trace_ended(trace);
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

/* What is of no other format is held to be of this one. */
static bool lackey_detect(const char *line, const char *stop)
{
	(void)line;
	(void)stop;
	return true;
}

const struct trace_format trace_lackey = {
	.name = "lackey",
	.expected = "a line of valgrind's lackey",
	.detect = lackey_detect,
	.next = lackey_next,
};
