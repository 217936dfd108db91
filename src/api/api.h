/* SPDX-License-Identifier: MIT */
/*
 * What every public entry point does first and last.
 */
#ifndef API_API_H
#define API_API_H

#include <errno.h>

#include "core/backend.h"
#include "core/world.h"

/**
 * api_enter() - begin a call that may change the world.
 *
 * Return: 0; -ENOTRECOVERABLE for a broken world; -EBUSY inside a callback.
 */
int api_enter(struct mmsim *w);

/* The same for an access of a CPU in a world that is neither broken nor inside
 * a callback, and where no CPU is stepped, after observe_begin_on(). */
static inline void api_enter_failing(struct mmsim *w)
{
	w->host.failed = false;
	w->unsupported = NULL;
}

/* The same for a system call: the running CPU runs the process. -EINVAL for
 * NULL, too. */
int api_enter_mm(struct mmsim_mm *mm);

/**
 * api_access() - one access of the running CPU, inside a call.
 *
 * It does not matter to what happens, nor to what is counted, whether it goes
 * the short way.
 *
 * Return: 0, with a->fault_kind set if the process gets a signal; -EINVAL: its
 * range wraps; another negative errno for what is no fault of the process.
 */
int api_access(struct mmsim_mm *mm, struct access *a);

/* mmsim.access_rest(): what an instance's access_walk() leaves. */
int api_access_rest(struct tlb_cpu *cpu, vaddr_t addr, size_t len,
		    unsigned kind, struct mmsim_fault *fault);

/**
 * api_leave() - end it.
 * @what: for mmsim_last_error(): the call.
 *
 * A host failure in the middle of a change leaves a broken world; a call that
 * needs what is not modelled yet says so.
 *
 * Return: @rc, or what it becomes.
 */
int api_leave(struct mmsim *w, int rc, const char *what);

/* The same for a call that changes nothing when the host has no memory. */
int api_leave_unchanged(struct mmsim *w, int rc, const char *what);

/* A struct that the caller fills: its size must be at least that of the
 * first version, and what lies beyond ours zero. 0, -EINVAL or -E2BIG. */
int api_check_struct(const void *s, size_t size, size_t first, size_t ours);

/* Hand a struct out that the caller may know only the beginning of; the
 * caller's size stays. */
void api_copy_out(void *dst, size_t dst_size, const void *src, size_t src_size);

#endif
