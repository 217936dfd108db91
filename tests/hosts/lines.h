/* SPDX-License-Identifier: MIT */
/*
 * Whether a line of ours agrees with a recorded one: the compulsory fields of
 * operations that need no swap, as `mmsim check` compares them.
 */
#ifndef HOSTS_LINES_H
#define HOSTS_LINES_H

#include "json_scan.h"

/**
 * struct lines - how lines are compared.
 * @ksm: whether the ksm flag of pages counts.
 * @slot_mask: bits of entries that are the occupancy of a hash table.
 * @fields: compared so far.
 * @differing: of them; the first few are printed.
 */
struct lines {
	const char *world, *scenario;
	bool ksm;
	uint64_t slot_mask;
	unsigned long fields, differing;
};

void lines_compare(struct lines *lines, struct value want, struct value got);

/** lines_differ() - count and print a difference. */
void lines_differ(struct lines *lines, struct value line, const char *field,
		  struct value want, struct value got);

#endif
