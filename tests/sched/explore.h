/* SPDX-License-Identifier: MIT */
/*
 * Running two CPUs' calls in every order of their steps.
 *
 * Each CPU is a coroutine that gives way at every step. A schedule says who
 * goes on wherever both could; all schedules with at most a given number of
 * preemptions (a CPU that could have gone on gives way) are run, each in a
 * world of its own, and each twice.
 */
#ifndef SCHED_EXPLORE_H
#define SCHED_EXPLORE_H

#include "arena.h"

#define MAX_CALLS  3
#define ANY_NUMBER (~0u)

typedef void (*call_fn)(struct arena *a, unsigned cpu);

struct two_cpus {
	const char *name;
	void (*prepare)(struct arena *a);
	call_fn calls[NR_CPUS][MAX_CALLS];
	/* Appends what the processes hold at the end. */
	void (*show)(struct arena *a, char *buf, size_t len);
	bool small;	     /* few enough steps for every schedule there is */
	bool apart;	     /* the CPUs have no lock in common */
	const char *options; /* of the world, besides; or NULL */
	/* A counter that some schedule raises above every serial order, as a
	 * lost race does; NULL: none has to. */
	const char *race;
};

/**
 * explore() - run a case in one world and hold every schedule to the serial
 * orders of its calls: results and contents are those of one of them, all of
 * them occur, no invariant breaks, and a second run is the same event by
 * event.
 * @options: of the world; one that this library has no format for is passed
 *	over.
 * @preemptions: at most so many in a schedule, or ANY_NUMBER.
 *
 * Return: how often a CPU had to wait for the other.
 */
uint64_t explore(const struct two_cpus *c, const char *options,
		 unsigned preemptions);

#endif
