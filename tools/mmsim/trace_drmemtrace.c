/* SPDX-License-Identifier: MIT */
/*
 * Entries of DynamoRIO's drmemtrace, as its post-processed files hold them: 12
 * bytes, least significant first: what the entry is, a size, and an address.
 * The numbers are those of trace_type_t in DynamoRIO's public header
 * drmemtrace/trace_entry.h up to format version 5; its page "Offline Trace
 * Debugging" shows the beginning of such a file.
 *
 * Mappings are not in them. A prefetch never faults and is no reference.
 */
#include "trace_format.h"

#include "out.h"

#include <stdio.h>

#define ENTRY_BYTES 12
#define AT_SIZE	    2
#define AT_ADDR	    4

/* An instruction of x86 has at most 15 bytes. */
#define MOST_INSTRUCTION 15
#define BUNDLE_LENGTHS	 8

enum entry_kind {
	ENTRY_READ = 0,
	ENTRY_WRITE = 1,
	ENTRY_PREFETCH = 2, /* and further ones */
	ENTRY_INSTR = 10,   /* and jumps, calls, returns */
	ENTRY_INSTR_RETURN = 16,
	ENTRY_INSTR_BUNDLE = 17,
	ENTRY_INSTR_FLUSH = 18, /* and of data */
	ENTRY_THREAD = 22,
	ENTRY_THREAD_EXIT = 23,
	ENTRY_PID = 24,
	ENTRY_HEADER = 25,
	ENTRY_FOOTER = 26,
	ENTRY_HARDWARE_PREFETCH = 27,
	ENTRY_MARKER = 28,
	ENTRY_INSTR_NO_FETCH = 29,
	ENTRY_INSTR_MAYBE_FETCH = 30,
	ENTRY_INSTR_SYSENTER = 31,
	ENTRY_PREFETCH_READ_L1_NT = 32, /* and further ones */
	ENTRY_ENCODING = 47,
	ENTRY_INSTR_TAKEN_JUMP = 48,
	ENTRY_INSTR_UNTAKEN_JUMP = 49,
	NR_ENTRY_KINDS
};

struct entry {
	unsigned kind, size;
	uint64_t addr;
	const unsigned char *bytes; /* of addr */
};

static uint64_t number_at(const unsigned char *p, int bytes)
{
	uint64_t value = 0;

	while (bytes--)
		value = value << 8 | p[bytes];
	return value;
}

static struct entry entry_at(const unsigned char *p)
{
	return (struct entry){ .kind = (unsigned)number_at(p, 2),
			       .size = (unsigned)number_at(p + AT_SIZE, 2),
			       .addr = number_at(p + AT_ADDR, 8),
			       .bytes = p + AT_ADDR };
}

static bool is_instruction(unsigned kind)
{
	return (kind >= ENTRY_INSTR && kind <= ENTRY_INSTR_RETURN) ||
	       kind == ENTRY_INSTR_MAYBE_FETCH ||
	       kind == ENTRY_INSTR_SYSENTER || kind == ENTRY_INSTR_TAKEN_JUMP ||
	       kind == ENTRY_INSTR_UNTAKEN_JUMP;
}

static bool is_reference(unsigned kind)
{
	return kind == ENTRY_READ || kind == ENTRY_WRITE ||
	       is_instruction(kind);
}

static enum trace_next entry_bad(struct trace *trace, const char *what,
				 unsigned number, const char *expected)
{
	char found[64];

	snprintf(found, sizeof(found), "%s %u", what, number);
	return trace_bad(trace, found, expected);
}

/* Only the process that comes first is followed, with all its threads. */
static void pid_note(struct trace *trace, uint64_t pid)
{
	if (!trace->pid)
		trace->pid = pid;
	trace->foreign = pid != trace->pid;
	if (trace->foreign && !trace_is_other(trace, trace->tid))
		trace_other_add(trace, trace->tid);
}

static void thread_note(struct trace *trace, uint64_t tid)
{
	trace->tid = tid;
	trace->foreign = trace_is_other(trace, tid);
}

/* One instruction, from where the one before ended or from its address. */
static size_t fetch_add(struct trace *trace, uint64_t addr, unsigned size,
			struct mmsim_ref *refs)
{
	trace->instr = addr;
	trace->instr_end = addr + size;
	refs->addr = addr;
	refs->len = size;
	refs->kind = MMSIM_EXEC;
	return 1;
}

static size_t bundle_add(struct trace *trace, const struct entry *entry,
			 struct mmsim_ref *refs)
{
	for (unsigned i = 0; i < entry->size; i++)
		fetch_add(trace, trace->instr_end, entry->bytes[i], refs + i);
	return entry->size;
}

/*
 * A size of 0 in an instruction says only where data references come from; a
 * repeated string instruction is fetched once.
 */
static size_t instruction_add(struct trace *trace, const struct entry *entry,
			      struct mmsim_ref *refs)
{
	if (!entry->size || (entry->kind == ENTRY_INSTR_MAYBE_FETCH &&
			     trace->instr == entry->addr))
		return 0;
	return fetch_add(trace, entry->addr, entry->size, refs);
}

/* Data whose size the tool did not know is one byte of it. */
static size_t data_add(const struct entry *entry, struct mmsim_ref *refs)
{
	refs->addr = entry->addr;
	refs->len = entry->size ? entry->size : 1;
	refs->kind = entry->kind == ENTRY_WRITE ? MMSIM_WRITE : MMSIM_READ;
	return 1;
}

static bool bundle_fits(const struct entry *entry)
{
	if (entry->size > BUNDLE_LENGTHS)
		return false;
	for (unsigned i = 0; i < entry->size; i++)
		if (!entry->bytes[i] || entry->bytes[i] > MOST_INSTRUCTION)
			return false;
	return true;
}

/* TRACE_REFS if the entry can be one. */
static enum trace_next entry_judge(struct trace *trace,
				   const struct entry *entry)
{
	if (trace->line == 1 && entry->kind != ENTRY_HEADER)
		return entry_bad(trace, "entry kind", entry->kind,
				 "25, the header of a post-processed trace of "
				 "drmemtrace");
	if (entry->kind >= NR_ENTRY_KINDS)
		return entry_bad(trace, "entry kind", entry->kind, "0 to 49");
	if (is_instruction(entry->kind) && entry->size > MOST_INSTRUCTION)
		return entry_bad(trace, "an instruction of size", entry->size,
				 "at most 15");
	if (is_reference(entry->kind) && entry->size &&
	    !trace_ref_fits(entry->addr, entry->size))
		return entry_bad(trace, "an address past the end, of size",
				 entry->size, "one below 2^64");
	if (entry->kind == ENTRY_INSTR_BUNDLE && !bundle_fits(entry))
		return entry_bad(trace, "a bundle of instructions", entry->size,
				 "at most 8 of them, of 1 to 15 bytes");
	return TRACE_REFS;
}

static size_t entry_refs(struct trace *trace, const struct entry *entry,
			 struct mmsim_ref *refs)
{
	trace->footer = entry->kind == ENTRY_FOOTER;
	if (entry->kind == ENTRY_THREAD)
		thread_note(trace, entry->addr);
	else if (entry->kind == ENTRY_PID)
		pid_note(trace, entry->addr);
	if (trace->foreign)
		return 0;
	if (entry->kind == ENTRY_READ || entry->kind == ENTRY_WRITE)
		return data_add(entry, refs);
	if (entry->kind == ENTRY_INSTR_BUNDLE)
		return bundle_add(trace, entry, refs);
	return is_instruction(entry->kind) ? instruction_add(trace, entry, refs)
					   : 0;
}

static enum trace_next drmemtrace_next(struct trace *trace,
				       struct mmsim_ref *refs, size_t max,
				       size_t *nr, struct trace_call *call)
{
	(void)call;
	while (*nr + BUNDLE_LENGTHS <= max) {
		const unsigned char *p = trace_record_next(trace, ENTRY_BYTES);
		struct entry entry;

		if (!p) {
			/* A whole file ends with its footer. */
			trace->truncated = !trace->footer;
			return trace_ended(trace);
		}
		entry = entry_at(p);
		if (entry_judge(trace, &entry) != TRACE_REFS)
			return TRACE_BAD;
		*nr += entry_refs(trace, &entry, refs + *nr);
	}
	return TRACE_REFS;
}

/* A header whose version is no larger than a byte. */
static bool drmemtrace_magic(const char *bytes, size_t len)
{
	static const char header[] = { ENTRY_HEADER, 0, 0, 0 };
	static const char zeros[ENTRY_BYTES - AT_ADDR - 1] = { 0 };

	return len >= ENTRY_BYTES && !memcmp(bytes, header, sizeof(header)) &&
	       !memcmp(bytes + AT_ADDR + 1, zeros, sizeof(zeros));
}

const struct trace_format trace_drmemtrace = {
	.name = "drmemtrace",
	.expected = "an entry of drmemtrace",
	.magic = drmemtrace_magic,
	.next = drmemtrace_next,
};
