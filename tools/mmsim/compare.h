/* SPDX-License-Identifier: MIT */
/*
 * The comparison of a recorded line with our own: which fields are compulsory,
 * and what counts as equal (golden/README.md, "What must be equal").
 */
#ifndef TOOLS_COMPARE_H
#define TOOLS_COMPARE_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>
#include <mmsim/mmsim.h>

struct rename_row;
struct fold_row;
struct offset_mask;

/* The first field that differs; strings are released by compare_end(). */
struct difference {
	bool found;
	long long n, page; /* page -1: of no page */
	char *who, *op, *field, *want, *got;
};

/**
 * struct compare - one scenario in one world.
 * @config: of the world, for the layout of swap entries.
 * @page_size, @pmd_size: of the world, to read offsets of dumps.
 * @unstable: fields on which recordings did not agree: {"n:field": true};
 *	NULL: none.
 * @ksm: whether the ksm flag of pages counts.
 * @slot_mask: bits of entries that are the occupancy of a hash table.
 * @fields: compulsory values compared so far.
 */
struct compare {
	const struct mmsim_config *config;
	struct mmsim_world_info info;
	const json_t *unstable;
	bool ksm;
	uint64_t slot_mask;
	uint64_t fields;
	struct difference first;

	/* Of the line at hand. */
	const json_t *want;
	/* Swap offsets, theirs to ours and back; folios; layouts. */
	struct rename_row *ours, *theirs;
	struct fold_row *folds;
	struct offset_mask *masks;
};

/** compare_begin() - start a scenario; @config and @info are kept. */
void compare_begin(struct compare *c, const struct mmsim_config *config,
		   const struct mmsim_world_info *info);

/** compare_line() - compare two lines of the same number; NULL: no line. */
void compare_line(struct compare *c, const json_t *want, const json_t *got);

/** compare_differ() - note a difference that no field shows. */
void compare_differ(struct compare *c, const char *field, const char *want,
		    const char *got);
void compare_end(struct compare *c);

#endif
