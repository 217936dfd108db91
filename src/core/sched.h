/* SPDX-License-Identifier: MIT */
/*
 * Steps of a simulated CPU, and the locks of the simulated kernel.
 *
 * A step is announced right before what it is about; from there to the next
 * one the CPU runs alone. So a value read before a step may be stale after it,
 * and so may a pointer into a table unless the table's lock is held.
 *
 * Without a hook no CPU is ever in the middle of anything: then a step is one
 * branch, and no lock is taken. Debug builds take them all the same, so that
 * an entry changed without its lock shows.
 *
 * Order: mmap_lock, files, walks of the reverse map, upper tables, PTEs.
 */
#ifndef CORE_SCHED_H
#define CORE_SCHED_H

#include "core/assert.h"
#include "core/locks.h"
#include "core/types.h"
#include "core/world.h"

/* Nobody waits that long while the holder makes progress. */
#define SCHED_PATIENCE ((u64)1 << 20)

#define sched_slow static __attribute__((noinline, cold, unused))

/* Whether locks have to be taken. */
static inline bool sched_on(const struct mmsim *w)
{
#ifdef MMSIM_ASSERT
	(void)w;
	return true;
#else
	return unlikely(w->sched.fn != NULL);
#endif
}

/* Another CPU may run here; what belongs to the running one is kept. */
sched_slow void sched_step(struct mmsim *w, enum mmsim_step_kind kind, u64 what)
{
	struct sched *s = &w->sched;
	const char *unsupported = w->unsupported;
	const bool failed = w->host.failed;
	const struct observe_when when = w->obs.when;
	const struct mmsim_step step = { .size = sizeof(step),
					 .kind = kind,
					 .cpu = when.cpu,
					 .what = what };

	s->blocked = kind == MMSIM_STEP_BLOCKED ? s->blocked + 1 : 0;
	s->suspended |= BIT_U64(when.cpu);
	s->fn(&step, s->user);
	s->suspended &= ~BIT_U64(when.cpu);
	s->switches += w->obs.cpu != when.cpu;
	w->obs.when = when;
	w->host.failed = failed;
	w->unsupported = unsupported;
}

/**
 * sim_step() - the running CPU is about to do something that others notice.
 * @what: see enum mmsim_step_kind.
 */
static inline void sim_step(struct mmsim *w, enum mmsim_step_kind kind,
			    u64 what)
{
	if (unlikely(w->sched.fn))
		sched_step(w, kind, what);
}

/**
 * sched_wait() - another CPU holds the lock.
 *
 * Return: false if it never comes free, by a hook that lets only waiting CPUs
 * run: then the lock is taken from its holder, and the world is broken.
 */
sched_slow bool sched_wait(struct mmsim *w, u64 what)
{
	/* Without a hook nobody else is there to hold it. */
	mm_assert(w->sched.fn || w->obs.alert.broken);
	if (w->sched.fn && w->sched.blocked < SCHED_PATIENCE &&
	    !w->obs.alert.broken) {
		sched_step(w, MMSIM_STEP_BLOCKED, what);
		return true;
	}
	w->sched.stuck = true;
	w->obs.alert.broken = true;
	return false;
}

/* ---- sleeping locks ---- */

static inline u16 sched_self(const struct mmsim *w)
{
	return (u16)(w->obs.cpu + 1);
}

sched_slow void lock_read(struct mmsim *w, struct sim_lock *lock,
			  enum mmsim_step_kind kind, u64 what)
{
	sim_step(w, kind, what);
	while (lock->writer && sched_wait(w, what))
		;
	lock->readers++;
}

sched_slow void lock_write(struct mmsim *w, struct sim_lock *lock,
			   enum mmsim_step_kind kind, u64 what)
{
	if (lock->writer == sched_self(w)) {
		lock->depth++;
		return;
	}
	sim_step(w, kind, what);
	while ((lock->writer || lock->readers) && sched_wait(w, what))
		;
	lock->writer = sched_self(w);
	lock->depth = 1;
}

sched_slow void unlock_read(struct mmsim *w, struct sim_lock *lock, u64 what)
{
	sim_step(w, MMSIM_STEP_UNLOCK, what);
	mm_assert(lock->readers || w->obs.alert.broken);
	if (lock->readers)
		lock->readers--;
}

sched_slow void unlock_write(struct mmsim *w, struct sim_lock *lock, u64 what)
{
	mm_assert(lock->writer == sched_self(w) || w->obs.alert.broken);
	if (lock->depth > 1) {
		lock->depth--;
		return;
	}
	sim_step(w, MMSIM_STEP_UNLOCK, what);
	lock->writer = 0;
	lock->depth = 0;
}

/* ---- the locks there are ---- */

/* Faults, and system calls that change entries but no VMA. */
static inline void mmap_read_lock(struct mmsim_mm *mm)
{
	struct mmsim *w = mm->world;

	if (!sched_on(w))
		return;
	w->sched.mm[w->obs.cpu] = mm;
	lock_read(w, &mm->mmap_lock, MMSIM_STEP_LOCK_MMAP, mm->pid);
}

static inline void mmap_read_unlock(struct mmsim_mm *mm)
{
	if (sched_on(mm->world))
		unlock_read(mm->world, &mm->mmap_lock, mm->pid);
}

/*
 * Whoever may change VMAs also keeps others from walking the lists of who maps
 * a file: one lock of the world, where the kernel has an i_mmap_rwsem per file
 * and takes it for each change.
 */
static inline void mmap_write_lock(struct mmsim_mm *mm)
{
	struct mmsim *w = mm->world;

	if (!sched_on(w))
		return;
	w->sched.mm[w->obs.cpu] = mm;
	lock_write(w, &mm->mmap_lock, MMSIM_STEP_LOCK_MMAP, mm->pid);
	if (mm->mmap_lock.depth == 1)
		lock_read(w, &w->sched.files, MMSIM_STEP_LOCK_FILES, 0);
}

static inline void mmap_write_unlock(struct mmsim_mm *mm)
{
	struct mmsim *w = mm->world;

	if (!sched_on(w))
		return;
	if (mm->mmap_lock.depth == 1)
		unlock_read(w, &w->sched.files, 0);
	unlock_write(w, &mm->mmap_lock, mm->pid);
}

/* Truncation and holes: entries of every process that maps the file. */
static inline void files_lock(struct mmsim *w)
{
	if (sched_on(w))
		lock_write(w, &w->sched.files, MMSIM_STEP_LOCK_FILES, 0);
}

static inline void files_unlock(struct mmsim *w)
{
	if (sched_on(w))
		unlock_write(w, &w->sched.files, 0);
}

/* A table is hung into another, or taken out of it. */
static inline void tables_lock(struct mmsim_mm *mm)
{
	if (sched_on(mm->world))
		lock_write(mm->world, &mm->page_table_lock,
			   MMSIM_STEP_LOCK_TABLES, mm->pid);
}

static inline void tables_unlock(struct mmsim_mm *mm)
{
	if (sched_on(mm->world))
		unlock_write(mm->world, &mm->page_table_lock, mm->pid);
}

/* ---- calls ---- */

/* A call that names its CPU begins; what it may not do api_enter() finds. */
static inline void sched_run_on(struct mmsim *w, unsigned cpu)
{
	if (unlikely(w->sched.fn) && !w->obs.alert.busy && cpu < w->cpus)
		w->obs.cpu = cpu;
}

/* The running CPU begins a call about a process. */
static inline void sched_uses(const struct mmsim_mm *mm)
{
	struct mmsim *w = mm->world;

	if (unlikely(w->sched.fn))
		w->sched.mm[w->obs.cpu] = mm;
}

/* Whether another CPU is in the middle of a call about a process. */
static inline bool sched_in_use(const struct mmsim_mm *mm)
{
	const struct sched *s = &mm->world->sched;
	u64 cpus = s->suspended;
	unsigned cpu;

	for (cpu = 0; cpus; cpu++, cpus >>= 1)
		if (cpus & 1 && s->mm[cpu] == mm)
			return true;
	return false;
}

/*
 * Walks of the reverse map keep the VMAs in its lists, as the kernel's locks of
 * anon_vmas and files do: who takes one out waits until all walks are over.
 */
static inline void rmap_lock_read(struct mmsim *w)
{
	w->sched.walks++;
}

static inline void rmap_unlock_read(struct mmsim *w)
{
	w->sched.walks--;
}

static inline void rmap_wait(struct mmsim *w, u64 what)
{
	while (unlikely(w->sched.walks) && sched_wait(w, what))
		;
}

/* Nor does a process go while a call that goes through all of them has it. */
static inline void mm_wait(struct mmsim_mm *mm)
{
	while (unlikely(mm->users) && sched_wait(mm->world, mm->pid))
		;
}

#endif
