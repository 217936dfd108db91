/* SPDX-License-Identifier: MIT */
/*
 * mmsim/numa.h - which node pages are on.
 *
 * CPUs are spread over the nodes in order; the further two numbers are apart,
 * the further are the nodes. Sets of nodes are 64 bits, bit n for node n.
 */
#ifndef MMSIM_NUMA_H
#define MMSIM_NUMA_H

#include <mmsim/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * DOC: MMSIM_MPOL_* - memory policies, with Linux's values. The default: a
 * mapping follows its process, a process takes from the node of the CPU that
 * runs it. PREFERRED without a node and LOCAL are the latter too.
 * PREFERRED_MANY came in 5.15.
 */
#define MMSIM_MPOL_DEFAULT	  0
#define MMSIM_MPOL_PREFERRED	  1
#define MMSIM_MPOL_BIND		  2
#define MMSIM_MPOL_INTERLEAVE	  3
#define MMSIM_MPOL_LOCAL	  4
#define MMSIM_MPOL_PREFERRED_MANY 5

/**
 * DOC: MMSIM_MPOL_F_* - what may be added to a mode, with Linux's values.
 * NUMA_BALANCING (5.12+) lets hinting faults move pages inside the nodes of
 * BIND, from 6.10 on also of PREFERRED_MANY; RELATIVE_NODES counts from the
 * first node that the process may use, which is node 0 here. With
 * STATIC_NODES nothing differs, for the nodes of a world stay.
 */
#define MMSIM_MPOL_F_NUMA_BALANCING 0x2000
#define MMSIM_MPOL_F_RELATIVE_NODES 0x4000
#define MMSIM_MPOL_F_STATIC_NODES   0x8000

/**
 * DOC: MMSIM_MPOL_MF_* - flags of mmsim_mbind() and mmsim_move_pages(), with
 * Linux's values: fail with -EIO if a page lies elsewhere; move pages that
 * only this process maps; move others too.
 */
#define MMSIM_MPOL_MF_STRICT   1
#define MMSIM_MPOL_MF_MOVE     2
#define MMSIM_MPOL_MF_MOVE_ALL 4

/**
 * DOC: MMSIM_NUMA_FAULT_* - of a hinting fault, the second value of its event
 * task_numa_fault; the first is the node that the page is on when it is over.
 * MIGRATED: it was moved; MIGRATE_FAIL: it was to be; LOCAL: it was on the
 * node of the CPU that asked; SHARED: of a shared mapping, and mapped by others
 * too; NO_GROUP: the entry may not be writable, so that it does not count when
 * processes are grouped by what they share.
 */
#define MMSIM_NUMA_FAULT_MIGRATED     1
#define MMSIM_NUMA_FAULT_MIGRATE_FAIL 2
#define MMSIM_NUMA_FAULT_LOCAL	      4
#define MMSIM_NUMA_FAULT_SHARED	      8
#define MMSIM_NUMA_FAULT_NO_GROUP     16

/**
 * mmsim_mbind() - give [addr, addr + len) a memory policy.
 * @mode: MMSIM_MPOL_*, with MMSIM_MPOL_F_*.
 * @nodes: a set of nodes.
 * @flags: MMSIM_MPOL_MF_*.
 *
 * Shared memory (memfds, shared anonymous mappings) keeps the policy itself,
 * page by page, and all who map it follow it. Files of a file system ignore it
 * but for private copies: new pages of theirs go by the policy of the process.
 */
MMSIM_API int mmsim_mbind(struct mmsim_mm *mm, uint64_t addr, uint64_t len,
			  int mode, uint64_t nodes, unsigned flags);

/**
 * mmsim_set_mempolicy() - the policy of the process, which mappings without
 * one of their own follow, and page tables.
 */
MMSIM_API int mmsim_set_mempolicy(struct mmsim_mm *mm, int mode,
				  uint64_t nodes);

/**
 * mmsim_move_pages() - move single pages, or ask where they are.
 * @count: how many.
 * @pages: their addresses.
 * @nodes: where each goes; NULL: they stay.
 * @status: for each the node it is on, or a negative errno.
 * @flags: MMSIM_MPOL_MF_MOVE or MMSIM_MPOL_MF_MOVE_ALL.
 *
 * A node that does not exist ends the call: what came before it is done, the
 * rest of @status is as it was.
 *
 * Return: 0, a negative errno, or how many pages were not moved: some that were
 * taken to be moved together could not be, as something else refers to them,
 * and what follows them was not looked at. Their @status is as it was.
 */
MMSIM_API int mmsim_move_pages(struct mmsim_mm *mm, size_t count,
			       const uint64_t *pages, const int *nodes,
			       int *status, unsigned flags);

/**
 * mmsim_migrate_pages() - move all pages of a process that are on some nodes.
 * @from: nodes that they leave.
 * @to: where to: the n-th node of @from goes to the n-th of @to, from the
 *	first again when they are used up.
 * @stayed: how many pages could not be moved. Those that other processes map
 *	as well stay and are not counted.
 *
 * Return: 0 or a negative errno; -ENOMEM: a node is full, what came before is
 * done.
 */
MMSIM_API int mmsim_migrate_pages(struct mmsim_mm *mm, uint64_t from,
				  uint64_t to, uint64_t *stayed);

/**
 * mmsim_mm_threads() - say how many threads a process has: 1, if never said.
 *
 * The scanner passes over pages of the running CPU's node that only a process
 * with a single thread can ask for.
 */
MMSIM_API int mmsim_mm_threads(struct mmsim_mm *mm, unsigned threads);

/**
 * mmsim_numa_scan() - one pass of the hinting scanner over a process, from its
 * start and whether it is time or not.
 * @changed: how many entries it has made inaccessible.
 */
MMSIM_API int mmsim_numa_scan(struct mmsim_mm *mm, uint64_t *changed);

/** DOC: MMSIM_NUMA_ADVANCE_MAX - one hour, the most that may pass in a call. */
#define MMSIM_NUMA_ADVANCE_MAX 3600000

/**
 * mmsim_numa_advance() - a process runs for some time and is scanned for NUMA
 * hinting whenever it is time.
 * @ms: how long, in milliseconds; at most MMSIM_NUMA_ADVANCE_MAX.
 * @changed: how many entries were made inaccessible.
 *
 * The first scan comes when the process has run for the knob
 * "kernel.numa_balancing_scan_delay_ms", the others that much later each, but
 * all scans of a pass together take between "..._scan_period_min_ms" and
 * "..._scan_period_max_ms". One covers "..._scan_size_mb" of the mappings that
 * can be scanned, from where the last one ended, and never ends inside of what
 * a huge page may map. Faults do not change the time between scans, unlike in
 * a kernel. With "kernel.numa_balancing" 0 time passes and nothing is scanned.
 *
 * Time passes for this process alone.
 */
MMSIM_API int mmsim_numa_advance(struct mmsim_mm *mm, uint64_t ms,
				 uint64_t *changed);

/** DOC: MMSIM_NUMA_NODES - nodes that a world has at most. */
#define MMSIM_NUMA_NODES 64

/**
 * struct mmsim_numa_stats - what hinting faults have told of a task, with the
 * names of /proc/PID/sched.
 * @size: sizeof(struct mmsim_numa_stats).
 * @numa_scan_seq: passes of the scanner over the process.
 * @numa_preferred_nid: the node that the task has most faults of, -1: none.
 * @numa_pages_migrated: pages that its faults have moved.
 * @total_numa_faults: the sum of all that follow.
 * @task_private: by node: pages that nobody had asked for, or the task itself.
 * @task_shared: pages that another task had asked for last.
 *
 * Counted is where a page is after the fault. A task takes notice of a pass with
 * its first hinting fault after it: then the faults before that one are added to
 * half of what was there, rounded up, and a node is preferred. So the faults
 * after the first pass are not seen here before the second.
 */
struct mmsim_numa_stats {
	size_t size;
	uint32_t numa_scan_seq;
	int32_t numa_preferred_nid;
	uint64_t numa_pages_migrated;
	uint64_t total_numa_faults;
	uint64_t task_private[MMSIM_NUMA_NODES];
	uint64_t task_shared[MMSIM_NUMA_NODES];
};

/**
 * mmsim_numa_stats() - read the hinting statistics of a task.
 * @cpu: which thread, of a process that has several: that of this CPU. It is to
 *	be said before the scan how many a process has (mmsim_mm_threads()).
 *
 * No fault, move or allocation looks at them: groups of tasks, and what a
 * scheduler does with the preferred node, are not modelled.
 */
MMSIM_API int mmsim_numa_stats(const struct mmsim_mm *mm, unsigned cpu,
			       struct mmsim_numa_stats *stats);

#ifdef __cplusplus
}
#endif

#endif
