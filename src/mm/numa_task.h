/* SPDX-License-Identifier: MIT */
/*
 * What hinting faults tell of each task, as /proc/PID/sched shows it.
 */
#ifndef MM_NUMA_TASK_H
#define MM_NUMA_TASK_H

#include "core/world.h"

/* Pages of hinting faults: up to the last pass that the task took notice of,
 * of which half is forgotten with each, and since. */
struct numa_faults {
	u64 kept, fresh;
};

enum numa_sharing { NUMA_PRIVATE, NUMA_SHARED, NR_NUMA_SHARING };

/*
 * A task: a process with a single thread, or the thread of a process that runs
 * on a CPU.
 */
struct numa_task {
	u32 seq; /* passes that it took notice of */
	s32 preferred;
	u64 total, migrated;
	struct numa_faults faults[PHYS_MAX_NODES][NR_NUMA_SHARING];
};

/* Those of a process, by CPU if it has several threads. */
struct numa_tasks {
	unsigned nr;
	struct numa_task task[];
};

/**
 * numa_tasks_reserve() - room for the statistics of all tasks of a process;
 * called before it gets hinting entries.
 *
 * Return: 0 or -ENOMEM (host).
 */
int numa_tasks_reserve(struct mmsim_mm *mm);
void numa_tasks_free(struct mmsim_mm *mm);

/* The task of a process that runs on a CPU; NULL: nothing is known of it. */
const struct numa_task *numa_task_on(const struct mmsim_mm *mm, unsigned cpu);

/**
 * task_numa_fault() - account a hinting fault of the running task.
 * @sharing: whether another task asked for the page last.
 * @node: where the page is now.
 * @migrated: it came there by this fault.
 *
 * The first one after a pass of the scanner settles what came before: half of
 * the older faults is forgotten, and the task prefers the node that it has
 * most of.
 */
void task_numa_fault(struct mmsim_mm *mm, enum numa_sharing sharing,
		     unsigned node, u64 nr, bool migrated);

/* ---- who asked for a page last: process and CPU; 0: nobody yet ---- */

#define CPUPID_SET	 BIT_U64(7)
#define CPUPID_PID_SHIFT 8

static inline u32 make_cpupid(const struct mmsim_mm *mm)
{
	return mm->pid << CPUPID_PID_SHIFT | (u32)CPUPID_SET |
	       mm->world->obs.cpu;
}

static inline unsigned cpupid_to_cpu(u32 cpupid)
{
	return cpupid & (CPUPID_SET - 1);
}

/* The running task did. */
static inline bool cpupid_match_task(const struct mmsim_mm *mm, u32 cpupid)
{
	u32 other = cpupid ^ make_cpupid(mm);

	return !(mm->threads > 1 ? other : other >> CPUPID_PID_SHIFT);
}

#endif
