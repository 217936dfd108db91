/* SPDX-License-Identifier: MIT */
/*
 * The reader of traces: references and system calls, one after another.
 */
#ifndef TOOLS_TRACE_H
#define TOOLS_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mmsim/mmsim.h>

#define TRACE_ARGS 6
#define TRACE_PATH 512

/* A system call that came back. */
struct trace_call {
	uint32_t pid, tid;
	unsigned nr;
	unsigned args_nr;
	uint64_t args[TRACE_ARGS];
	bool success;
	uint64_t result;
	char path[TRACE_PATH]; /* the first text among the arguments */
};

enum trace_next {
	TRACE_REFS, /* only references */
	TRACE_CALL, /* references, then a system call */
	TRACE_END,  /* references, then the end */
	TRACE_BAD   /* references, then an error: trace_error() */
};

/* Of one record, at most. */
#define TRACE_LEAST_REFS 16

struct trace;

/** trace_format_known() - whether @name is one that trace_open() takes. */
bool trace_format_known(const char *name);

/**
 * trace_open() - never NULL; errors come with the first trace_next().
 * @format: NULL: the first line tells.
 */
struct trace *trace_open(const char *path, const char *format);

/**
 * trace_next() - read on.
 * @refs: room for @max references, TRACE_LEAST_REFS or more; @nr: how many
 *	were read. A line that both
 *	loads and stores is one write, as a processor that is about to store
 *	checks for that at once.
 * @call: filled with TRACE_CALL.
 */
enum trace_next trace_next(struct trace *trace, struct mmsim_ref *refs,
			   size_t max, size_t *nr, struct trace_call *call);

/** trace_line() - number of the last whole line or record that was read. */
uint64_t trace_line(const struct trace *trace);

/** trace_truncated() - whether the trace ended in the middle of a line. */
bool trace_truncated(const struct trace *trace);

/** trace_error() - "LINE: found ..., expected ...", or "found ...". */
const char *trace_error(const struct trace *trace);
void trace_close(struct trace *trace);

#endif
