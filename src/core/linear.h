/* SPDX-License-Identifier: MIT */
/*
 * Linear tables of PTEs: every entry grants the same, of frames one behind the
 * other. Pages touched in order have such tables, while memory is not in pieces.
 *
 * What such a table holds follows from its first entry. A walk that knows it
 * to be linear need not read its entry, which in a large process lies where the
 * host's caches have nothing. Which are is remembered by address, for as long
 * as the table of PMDs is in its slot of mmsim.ptw:
 *
 *	| generation of the slot | frame of the first entry | rights, as the TLB's |
 *
 * and forgotten, by new generations, before anything may change an entry or a
 * table: world_may_change() in calls that are no access, and in accesses that
 * do more than read an entry. Only the others, which read alone, find linear
 * tables and look for them.
 */
#ifndef CORE_LINEAR_H
#define CORE_LINEAR_H

#include "core/types.h"

/* Walks without a change until tables are looked at, and from one look to the
 * next. A look reads one table: what it takes, if all was for nothing, is little
 * beside the walks. */
#ifdef MMSIM_ASSERT /* where each use is checked: tests come to it soon */
#define LINEAR_QUIET 8
#define LINEAR_NEXT  2
#else
#define LINEAR_QUIET 4096
#define LINEAR_NEXT  16
#endif

#define LINEAR_GEN_SHIFT 44
#define LINEAR_GEN	 BIT_U64(LINEAR_GEN_SHIFT)

struct mmsim;

#define PTW_SLOTS 128 /* of mmsim.ptw */

struct linear {
	u64 *tables;  /* by address; made when first needed */
	u64 mask;     /* how many, less 1 */
	u64 gen;      /* the last one: a multiple of LINEAR_GEN, not 0 */
	u64 due;      /* the walk, by number, that looks at a table */
	bool looked;  /* some were since all was forgotten */
	u64 no_table; /* until they are made */
	u64 gen_of[PTW_SLOTS];
};

/* What is known of the table that maps an extent: less than LINEAR_GEN once the
 * slot's generation is taken out; then 0 if it is not linear. */
static inline u64 *linear_of(const struct linear *l, u64 extent)
{
	return &l->tables[extent & l->mask];
}

void linear_init(struct mmsim *w);
void linear_destroy(struct mmsim *w);

/* Make room for that many, a power of two; false: the host has no memory,
 * which fails nothing. */
bool linear_make(struct mmsim *w, size_t nr);

/* The generation of a slot that is taken. */
u64 linear_new_gen(struct mmsim *w);

/* Of all slots. */
void linear_forget(struct mmsim *w);

#endif
