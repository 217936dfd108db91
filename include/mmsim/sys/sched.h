/* SPDX-License-Identifier: MIT */
/*
 * mmsim/sys/sched.h - which simulated CPU goes on next. Less stable than the
 * rest: kinds of steps are added as the simulated kernel gets finer.
 *
 * A call into the library runs on one simulated CPU. Everything it does that
 * another CPU could notice is a step: the hook is called right before it, and
 * what lies between two steps happens at once. A hook that puts the running
 * call aside (a coroutine) and lets another CPU's call go on makes both run at
 * the same time, in an order of its own choice.
 */
#ifndef MMSIM_SYS_SCHED_H
#define MMSIM_SYS_SCHED_H

#include <mmsim/base.h>
#include <mmsim/world.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * enum mmsim_step_kind - what is about to happen.
 * @MMSIM_STEP_LOCK_MMAP: an address space is locked; what: its pid.
 * @MMSIM_STEP_LOCK_FILES: the lists of who maps a file are locked; what: 0.
 * @MMSIM_STEP_LOCK_TABLES: the upper tables of an address space; what: pid.
 * @MMSIM_STEP_LOCK_PTES: a table of PTEs; what: an address it maps.
 * @MMSIM_STEP_UNLOCK: one of these is let go; what: as of the lock.
 * @MMSIM_STEP_BLOCKED: another CPU holds the lock that this one waits for;
 *	what: as of the lock. Comes again until it is free.
 * @MMSIM_STEP_PTE: an entry changes; what: its address.
 * @MMSIM_STEP_REF: a page loses a reference; what: its page frame number.
 * @MMSIM_STEP_ALLOC: a page or a table is allocated; what: for which address.
 * @MMSIM_STEP_FLUSH: TLBs are told to drop entries; what: first address.
 * @MMSIM_STEP_FLUSH_DONE: they all have; what: as of the flush.
 * @MMSIM_STEP_ACCESS: the CPU walks the tables for one page of an access, sets
 *	bits in the entry and moves data; what: the address.
 */
enum mmsim_step_kind {
	MMSIM_STEP_LOCK_MMAP,
	MMSIM_STEP_LOCK_FILES,
	MMSIM_STEP_LOCK_TABLES,
	MMSIM_STEP_LOCK_PTES,
	MMSIM_STEP_UNLOCK,
	MMSIM_STEP_BLOCKED,
	MMSIM_STEP_PTE,
	MMSIM_STEP_REF,
	MMSIM_STEP_ALLOC,
	MMSIM_STEP_FLUSH,
	MMSIM_STEP_FLUSH_DONE,
	MMSIM_STEP_ACCESS
};

/**
 * struct mmsim_step - a step that is about to be made.
 * @size: sizeof(struct mmsim_step).
 * @kind: what it is.
 * @cpu: the simulated CPU.
 * @what: its object, as enum mmsim_step_kind says.
 */
struct mmsim_step {
	size_t size;
	enum mmsim_step_kind kind;
	unsigned cpu;
	uint64_t what;
};

/**
 * mmsim_step_fn - called before each step.
 */
typedef void (*mmsim_step_fn)(const struct mmsim_step *step, void *user);

/**
 * mmsim_on_step() - call @fn before every step; NULL ends it.
 *
 * Unlike other callbacks it may call into the same world, on a CPU that is not
 * in the middle of a call itself (such a call is -EBUSY): either for good, or
 * to be put aside in its turn. At MMSIM_STEP_BLOCKED the CPU that holds the
 * lock has to go on some time; after a million such steps in a row, on
 * whichever CPU, the waiting call gives up: it returns -ENOTRECOVERABLE and
 * the world accepts only mmsim_destroy(), once no call is put aside any more.
 *
 * Return: 0; -EBUSY while a call is put aside.
 */
MMSIM_API int mmsim_on_step(struct mmsim *world, mmsim_step_fn fn, void *user);

/**
 * mmsim_run_on() - the CPU of the calls that do not name one: system calls run
 * on the CPU that was named last, here or by an access.
 *
 * Return: 0, or -EINVAL if the world has no such CPU.
 */
MMSIM_API int mmsim_run_on(struct mmsim *world, unsigned cpu);

/**
 * mmsim_step_name() - the name of a kind: "lock_mmap"; "?" if there is none.
 * @kind: of struct mmsim_step.
 */
MMSIM_API const char *mmsim_step_name(enum mmsim_step_kind kind);

#ifdef __cplusplus
}
#endif
#endif
