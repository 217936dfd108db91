/* SPDX-License-Identifier: MIT */
/*
 * Values of the knobs that take words: the index of the word.
 */
#ifndef CORE_KNOBS_H
#define CORE_KNOBS_H

#include "core/host.h"

enum { OVERCOMMIT_GUESS, OVERCOMMIT_ALWAYS, OVERCOMMIT_NEVER };
enum { THP_ALWAYS, THP_MADVISE, THP_NEVER };
enum { MTHP_ALWAYS, MTHP_INHERIT, MTHP_MADVISE, MTHP_NEVER };

/* The sizes that have a knob: 2^14 bytes, from KNOB_MTHP_16K on, to 2^29. */
#define MTHP_MIN_SHIFT 14
#define MTHP_MAX_SHIFT 29

enum {
	SHMEM_ALWAYS,
	SHMEM_WITHIN_SIZE,
	SHMEM_ADVISE,
	SHMEM_NEVER,
	SHMEM_DENY,
	SHMEM_FORCE
};
enum {
	SHMEM_SIZE_ALWAYS,
	SHMEM_SIZE_INHERIT,
	SHMEM_SIZE_WITHIN_SIZE,
	SHMEM_SIZE_ADVISE,
	SHMEM_SIZE_NEVER
};

/* Of shared memory two pages are a size: from KNOB_SHMEM_8K on. */
#define SHMEM_MIN_SHIFT 13
enum { HOST_MEMORY_RESERVED, HOST_MEMORY_CHUNKS };
enum { DEBUG_CHECK_OFF, DEBUG_CHECK_CHEAP, DEBUG_CHECK_ALL };

/* A build that stops on bugs of ours looks for them, too. */
#ifdef MMSIM_ASSERT
#define DEBUG_CHECK_WORDS "off [cheap] all"
#else
#define DEBUG_CHECK_WORDS "[off] cheap all"
#endif

/* The words of host.memory; which one is first depends on the host. */
#if HOST_RESERVES
#define HOST_MEMORY_WORDS "[reserved] chunks"
#else
#define HOST_MEMORY_WORDS "!reserved [chunks]"
#endif

#endif
