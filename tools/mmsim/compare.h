/* SPDX-License-Identifier: MIT */
/*
 * The comparison of two lines. A recorded one with our own: which fields are
 * compulsory, and what counts as equal (golden/README.md, "What must be
 * equal"). Lines of two worlds: what both worlds can have.
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

#define NO_PAGE (-1) /* a difference of no page */

/* The first field that differs; strings are released by compare_end(). */
struct difference {
	bool found;
	long long n, page; /* page: or NO_PAGE */
	char *who, *op, *field, *want, *got;
};

/* What of two worlds is compared. */
#define COMPARE_FACTS	0x1u /* what holds on any architecture */
#define COMPARE_ENTRIES 0x2u /* levels and raw entries */

/**
 * struct compare_side - a world as the comparison must know it.
 * @config, @info: it; for offsets of dumps and the layout of entries.
 * @soft_dirty: whether its kernel tracks soft-dirty pages.
 */
struct compare_side {
	const struct mmsim_config *config;
	struct mmsim_world_info info;
	bool soft_dirty;
};

typedef void (*compare_note_fn)(long long page, const char *field, void *user);

/**
 * struct compare - one scenario in one world, or in two.
 * @want, @got: the two sides; the same for a recording.
 * @worlds: these are two worlds, not a world and its recording.
 * @what: COMPARE_*.
 * @unstable: fields on which recordings did not agree: {"n:field": true};
 *	NULL: none.
 * @calls: names of functions whose calls count; NULL: none.
 * @note: called for each difference; NULL: only the first one is kept.
 * @no_frames: the recorder had no right to see map counts and page flags.
 * @ksm: whether the ksm flag of pages counts.
 * @slot_mask: bits of entries that are the occupancy of a hash table.
 * @fields: compulsory values compared so far.
 */
struct compare {
	struct compare_side want, got;
	bool worlds;
	unsigned what;
	const json_t *unstable;
	const json_t *calls;
	compare_note_fn note;
	void *user;
	bool no_frames, ksm;
	uint64_t slot_mask;
	uint64_t fields;
	struct difference first;

	/* Of the line at hand. */
	const json_t *line;
	/* Swap offsets, theirs to ours and back; folios; layouts. */
	struct rename_row *ours, *theirs;
	struct fold_row *folds;
	struct offset_mask *masks;
};

/** compare_functions() - of the traceable ones those whose calls must be equal;
 * release them. */
json_t *compare_functions(const json_t *traceable);

/** compare_begin() - start a scenario with a recording; @config is kept. */
void compare_begin(struct compare *c, const struct mmsim_config *config,
		   const struct mmsim_world_info *info);

/**
 * compare_begin_worlds() - start a scenario of two worlds.
 *
 * Raw entries differ if a field of them does; where a bit lies in each world,
 * and which slot a page was swapped to, is no difference. Addresses of
 * mappings are compared in pages if these are not of the same size; soft-dirty
 * is not compared between architectures if one has no such bit.
 */
void compare_begin_worlds(struct compare *c, const struct compare_side *want,
			  const struct compare_side *got, unsigned what);

/** compare_same_format() - whether raw entries of two worlds are comparable. */
bool compare_same_format(const struct mmsim_world_info *a,
			 const struct mmsim_world_info *b);

/** compare_line() - compare two lines of the same number; NULL: no line. */
void compare_line(struct compare *c, const json_t *want, const json_t *got);

/** compare_differ() - note a difference that no field shows. */
void compare_differ(struct compare *c, const char *field, const char *want,
		    const char *got);
void compare_end(struct compare *c);

#endif
