/* SPDX-License-Identifier: MIT */
/*
 * What the files of the comparison share: compare.c has results, mappings and
 * pages, compare_entry.c has raw entries.
 */
#ifndef TOOLS_COMPARE_PARTS_H
#define TOOLS_COMPARE_PARTS_H

#include "compare.h"

/* A dump: whose, of what, and where its first page lies in the mapping. */
struct dump {
	char who[64], name[64];
	uint64_t base; /* pages */
	/* Offsets of the page before, UINT64_MAX if it was not swapped. */
	uint64_t want_before, got_before;
};

/* A part of a dump on which both sides have one value each. */
struct segment {
	json_int_t first, last;
	const json_t *want, *got;
};

/** counts() - count @times values; false if the field is not compared. */
bool counts(struct compare *c, const char *field, uint64_t times);

/** differ_values() - note a difference of two values; NULL is "none". */
void differ_values(struct compare *c, long long page, const char *field,
		   const json_t *want, const json_t *got);

/** hex_value() - a "0x..." text, or the number 0 of an empty entry. */
bool hex_value(const json_t *value, uint64_t *raw);

/** dump_read() - what the operation of a recorded line dumps. */
void dump_read(const struct compare *c, const json_t *want, struct dump *dump);

/** compare_entries() - compare level and raw entries of a segment. */
void compare_entries(struct compare *c, struct dump *dump,
		     const struct segment *s);

/** folds_learn() - remember the folios a dump shows, for swap entries. */
void folds_learn(struct compare *c, const struct dump *dump,
		 const json_t *pages);

/** entries_end() - release what the functions above remembered. */
void entries_end(struct compare *c);

#endif
