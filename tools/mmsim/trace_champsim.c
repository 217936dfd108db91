/* SPDX-License-Identifier: MIT */
/*
 * ChampSim's instruction records: 64 bytes, least significant byte first: the
 * address of an instruction, is_branch, branch_taken, two and four register
 * numbers, two addresses it writes and four it reads; 0 is no address. They
 * tell no sizes, so each reference is one byte.
 */
#include "trace_format.h"

#include <stdio.h>

#define RECORD_BYTES 64
#define AT_IS_BRANCH 8
#define AT_TAKEN     9
#define AT_WRITES    16
#define AT_READS     32
#define NR_WRITES    2
#define NR_READS     4
#define MOST_REFS    (1 + NR_READS + NR_WRITES)

static uint64_t u64_at(const unsigned char *p)
{
	uint64_t value = 0;

	for (int i = 7; i >= 0; i--)
		value = value << 8 | p[i];
	return value;
}

static size_t refs_add(const unsigned char *p, size_t count, uint32_t kind,
		       struct mmsim_ref *refs)
{
	size_t nr = 0;

	for (size_t i = 0; i < count; i++) {
		uint64_t addr = u64_at(p + 8 * i);

		if (addr)
			refs[nr++] = (struct mmsim_ref){ .addr = addr,
							 .len = 1,
							 .kind = kind };
	}
	return nr;
}

/* An instruction is fetched, then it reads, then it writes. */
static size_t record_refs(const unsigned char *p, struct mmsim_ref *refs)
{
	size_t nr = refs_add(p, 1, MMSIM_EXEC, refs);

	nr += refs_add(p + AT_READS, NR_READS, MMSIM_READ, refs + nr);
	return nr + refs_add(p + AT_WRITES, NR_WRITES, MMSIM_WRITE, refs + nr);
}

static enum trace_next record_bad(struct trace *trace, const unsigned char *p)
{
	char found[80];

	snprintf(found, sizeof(found),
		 "is_branch %u and branch_taken %u in a record",
		 p[AT_IS_BRANCH], p[AT_TAKEN]);
	return trace_bad(trace, found, "0 or 1");
}

static enum trace_next champsim_next(struct trace *trace,
				     struct mmsim_ref *refs, size_t max,
				     size_t *nr, struct trace_call *call)
{
	(void)call;
	while (*nr + MOST_REFS <= max) {
		const unsigned char *p = trace_record_next(trace, RECORD_BYTES);

		if (!p)
			return trace_ended(trace);
		if (p[AT_IS_BRANCH] > 1 || p[AT_TAKEN] > 1)
			return record_bad(trace, p);
		*nr += record_refs(p, refs + *nr);
	}
	return TRACE_REFS;
}

const struct trace_format trace_champsim = {
	.name = "champsim",
	.expected = "a record of ChampSim",
	.next = champsim_next,
};
