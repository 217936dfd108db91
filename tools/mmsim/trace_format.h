/* SPDX-License-Identifier: MIT */
/*
 * What the readers of traces share: bytes, lines and records of a file.
 */
#ifndef TOOLS_TRACE_FORMAT_H
#define TOOLS_TRACE_FORMAT_H

#include "trace.h"

#include <string.h>

struct trace_pending;

struct trace_format {
	const char *name;
	const char *expected; /* what each line or record is */
	/*
	 * Whether a first line is of this format; NULL where only --format
	 * can tell. @stop is its newline.
	 */
	bool (*detect)(const char *line, const char *stop);
	/* Whether the first bytes are of this format; NULL as well. */
	bool (*magic)(const char *bytes, size_t len);
	enum trace_next (*next)(struct trace *trace, struct mmsim_ref *refs,
				size_t max, size_t *nr,
				struct trace_call *call);
};

extern const struct trace_format trace_lackey, trace_strace, trace_perf,
	trace_champsim, trace_drmemtrace;

/*
 * The most that one reference may touch: no instruction moves more. What goes
 * past the end of all addresses is no reference either.
 */
#define TRACE_MOST_BYTES 65536u

static inline bool trace_ref_fits(uint64_t addr, uint32_t len)
{
	return len - 1 < TRACE_MOST_BYTES && addr + (len - 1) >= addr;
}

/* Enough for every magic(). */
#define TRACE_MAGIC 12

struct trace {
	const struct trace_format *format; /* NULL: not found out yet */
	struct ahead *in;
	char *buf;
	size_t room, pos, fill; /* unread bytes are [pos, fill) */
	uint64_t line;		/* lines or records */
	bool end, truncated;
	char error[256];

	/* lackey: the line of a system call that had no end; 0: none. */
	uint64_t open_call;
	struct trace_pending *pending;
	/* The one process that is followed; 0: not known yet. */
	uint64_t pid;
	/* strace: processes, drmemtrace: threads that are not of it. */
	uint64_t *others;
	size_t nr_others;
	bool gone; /* strace: the process has ended */
	/* drmemtrace: the thread that entries are of, and whether it is one of
	 * others; the last instruction; whether the footer was the last. */
	uint64_t tid, instr, instr_end;
	bool foreign, footer;
	/* strace: the start of a call that is not finished. */
	char unfinished[512];
};

/** trace_other_add() - a process or thread that is not followed. */
void trace_other_add(struct trace *trace, uint64_t id);
bool trace_is_other(const struct trace *trace, uint64_t id);

/** trace_line_read() - trace_line_next() when no whole line is there. */
bool trace_line_read(struct trace *trace, char **line, char **stop);

/** trace_line_next() - the next whole line; @stop is its newline. */
static inline bool trace_line_next(struct trace *trace, char **line,
				   char **stop)
{
	char *from = trace->buf + trace->pos;

	*stop = memchr(from, '\n', trace->fill - trace->pos);
	if (!*stop)
		return trace_line_read(trace, line, stop);
	*line = from;
	trace->pos = (size_t)(*stop + 1 - trace->buf);
	trace->line++;
	return true;
}

/**
 * trace_record_next() - the next @size bytes, NULL at the end. A record that
 * is cut off is an error.
 */
const unsigned char *trace_record_next(struct trace *trace, size_t size);

/** trace_bad_line() - @line is not what was expected. */
enum trace_next trace_bad_line(struct trace *trace, const char *line,
			       const char *stop, const char *expected);

/** trace_bad() - the last line or record is not of the format. */
enum trace_next trace_bad(struct trace *trace, const char *found,
			  const char *expected);

/** trace_ended() - what to return when no line or record is left. */
static inline enum trace_next trace_ended(const struct trace *trace)
{
	return *trace->error ? TRACE_BAD : TRACE_END;
}

/** trace_remark() - an empty line, or one that valgrind says itself. */
bool trace_remark(const char *line, const char *stop);

/** trace_lackey_close() - forget the calls that have not come back. */
void trace_lackey_close(struct trace *trace);

/* The value of a hex digit is this, exclusive or 0x10. */
extern const unsigned char trace_hex_digit[256];

static inline unsigned trace_hex(char c)
{
	return trace_hex_digit[(unsigned char)c] ^ 0x10u;
}

/** trace_number() - digits of either base; false if there are none. */
bool trace_number(const char **p, uint64_t *value);

#endif
