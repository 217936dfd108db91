/* SPDX-License-Identifier: MIT */
/*
 * The state of the simulated kernel's locks, and of what the running CPU does
 * between two steps. The operations are in core/sched.h.
 */
#ifndef CORE_LOCKS_H
#define CORE_LOCKS_H

#include "core/types.h"

#include <mmsim/sys/sched.h>

struct mmsim_mm;

/* Many readers, or one CPU that writes. */
struct sim_lock {
	u16 readers;
	u16 writer; /* CPU + 1; 0: nobody */
	u16 depth;  /* of the writer: brk maps through mmap */
};

static inline bool lock_is_held(const struct sim_lock *lock)
{
	return lock->readers || lock->writer;
}

#define SCHED_MAX_CPUS 64

struct sched {
	mmsim_step_fn fn; /* NULL: nobody else runs */
	void *user;
	u64 suspended; /* CPUs in the middle of a step, a bit each */
	u64 switches;  /* how often another CPU ran in between */
	u64 blocked;   /* fruitless steps in a row */
	bool stuck;    /* a lock never came free */
	struct sim_lock files;
	unsigned walks; /* of the reverse map, under way */
	const struct mmsim_mm *mm[SCHED_MAX_CPUS]; /* a CPU's call is about */
};

#endif
