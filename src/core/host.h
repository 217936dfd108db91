/* SPDX-License-Identifier: MIT */
/*
 * Host memory: the only way the library takes memory from its process.
 *
 * Every allocation and every commit of simulated memory passes here, so that
 * the n-th one can be made to fail (mmsim_fail_host) and a leak can be seen.
 */
#ifndef CORE_HOST_H
#define CORE_HOST_H

#include "core/types.h"

/*
 * Whether there are ranges that cost memory only where they are written. A
 * host of 32 bits has no room for them, and some have no such mappings: there
 * phys/ takes its memory by host_alloc(), in chunks.
 */
#if defined(MMSIM_CHUNKS_ONLY) || UINTPTR_MAX <= 0xffffffffu
#define HOST_RESERVES 0
#else
#define HOST_RESERVES 1
#endif

/* In front of every block of host_alloc(): the world's list of them. */
struct host_block;

/* A range of host_reserve(). */
struct host_range;

struct host {
	struct host_block *blocks;
	struct host_range *ranges;
	u64 fail_in;	 /* fail the fail_in-th request from now; 0: off */
	bool failed;	 /* a request failed; api_enter() clears it */
	bool chunks;	 /* do without reserved ranges; see host_chunks() */
	size_t live;	 /* blocks allocated and not freed */
	size_t bytes;	 /* their size */
	size_t reserved; /* address space taken by host_reserve() */
};

/* Whether physical memory is made of chunks; asked once for a world. */
static inline bool host_chunks(const struct host *host)
{
	return !HOST_RESERVES || host->chunks;
}

/**
 * host_alloc() - allocate zeroed host memory.
 * @host: where to account it.
 * @size: bytes, at least 1.
 *
 * Return: memory aligned for any type, or NULL with @host->failed set.
 */
void *host_alloc(struct host *host, size_t size);

/**
 * host_free_all() - give back every block of host_alloc() and every range of
 * host_reserve(), whoever holds it: the end of a world whose structures cannot
 * be trusted.
 */
void host_free_all(struct host *host);

/**
 * host_alloc_aligned() - host_alloc() at a multiple of @align; given back by
 * host_free_aligned() alone.
 * @align: a power of two, at least the size of a pointer.
 */
void *host_alloc_aligned(struct host *host, size_t align, size_t size);
void host_free_aligned(struct host *host, void *ptr, size_t size);

/**
 * host_realloc() - change the size of a block of host_alloc().
 * @old: NULL or a block of @old_size bytes; kept as it was on failure.
 * @new_size: bytes; what is added beyond @old_size is zeroed.
 *
 * Return: the block, or NULL with @host->failed set.
 */
void *host_realloc(struct host *host, void *old, size_t old_size,
		   size_t new_size);

/**
 * host_grow() - make room in an array.
 * @array: NULL or a block of *@max elements of @size bytes.
 * @max: what it holds, and will then: at least @want.
 *
 * Return: the array, which may have moved; NULL with @host->failed set: it is
 * as it was.
 */
void *host_grow(struct host *host, void *array, u64 *max, size_t size,
		u64 want);

/**
 * host_free() - give back a block of host_alloc() or host_alloc_aligned().
 * @ptr: NULL or a block of @size bytes.
 */
void host_free(struct host *host, void *ptr, size_t size);

/**
 * host_reserve() - take address space that reads as zeroes and costs memory
 * only where it is written. Refused where HOST_RESERVES is 0.
 * @size: bytes; rounded up to the host's page size.
 * @huge: advise the host to back it by huge pages.
 *
 * Return: the range, or NULL with @host->failed set.
 */
void *host_reserve(struct host *host, size_t size, bool huge);
void host_unreserve(struct host *host, void *ptr); /* or NULL */

/**
 * host_decommit() - give the memory behind a piece of a reserved range back;
 * it reads as zeroes afterwards.
 * @ptr: page aligned (host page).
 */
void host_decommit(void *ptr, size_t size);

/**
 * host_advise_huge() - a piece of a reserved range will be written all over:
 * the host may back it by huge pages. A hint.
 */
void host_advise_huge(void *ptr, size_t size);

/**
 * host_commit() - ask for leave to write a block of a reserved range for the
 * first time.
 *
 * With overcommitted memory nothing can be refused at this point; what it is
 * for is that mmsim_fail_host() reaches this place too.
 *
 * Return: false if the request fails, with @host->failed set.
 */
bool host_commit(struct host *host);

#endif
