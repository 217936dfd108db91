/* SPDX-License-Identifier: MIT */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "core/host.h"

#include <stdlib.h>
#include <string.h>

#if HOST_RESERVES
#include <sys/mman.h>
#include <unistd.h>
#endif

static bool host_may_have(struct host *host)
{
	if (likely(!host->fail_in))
		return true;
	if (--host->fail_in)
		return true;
	host->failed = true;
	return false;
}

struct host_block {
	_Alignas(max_align_t) struct host_block *prev;
	struct host_block *next;
};

static void block_link(struct host *host, struct host_block *block)
{
	block->prev = NULL;
	block->next = host->blocks;
	if (block->next)
		block->next->prev = block;
	host->blocks = block;
}

static void block_unlink(struct host *host, struct host_block *block)
{
	if (block->prev)
		block->prev->next = block->next;
	else
		host->blocks = block->next;
	if (block->next)
		block->next->prev = block->prev;
}

void *host_alloc(struct host *host, size_t size)
{
	struct host_block *block = NULL;

	if (!host_may_have(host))
		return NULL;
	if (size <= SIZE_MAX - sizeof(*block))
		block = calloc(1, sizeof(*block) + size);
	if (!block) {
		host->failed = true;
		return NULL;
	}
	block_link(host, block);
	host->live++;
	host->bytes += size;
	return block + 1;
}

void *host_alloc_aligned(struct host *host, size_t align, size_t size)
{
	void *ptr = NULL;

	if (!host_may_have(host))
		return NULL;
	if (posix_memalign(&ptr, align, size)) {
		host->failed = true;
		return NULL;
	}
	memset(ptr, 0, size);
	host->live++;
	host->bytes += size;
	return ptr;
}

void host_free_aligned(struct host *host, void *ptr, size_t size)
{
	if (!ptr)
		return;
	host->live--;
	host->bytes -= size;
	free(ptr);
}

void *host_realloc(struct host *host, void *old, size_t old_size,
		   size_t new_size)
{
	char *ptr = host_alloc(host, new_size);

	if (!ptr || !old)
		return ptr;
	memcpy(ptr, old, old_size < new_size ? old_size : new_size);
	host_free(host, old, old_size);
	return ptr;
}

void *host_grow(struct host *host, void *array, u64 *max, size_t size, u64 want)
{
	u64 more = max_u64(max_u64(8, want), 2 * *max);
	void *grown;

	if (array && want <= *max)
		return array;
	grown = host_realloc(host, array, (size_t)*max * size,
			     (size_t)more * size);
	if (grown)
		*max = more;
	return grown;
}

void host_free(struct host *host, void *ptr, size_t size)
{
	struct host_block *block = ptr;

	if (!ptr)
		return;
	host->live--;
	host->bytes -= size;
	block_unlink(host, --block);
	free(block);
}

#if HOST_RESERVES

static size_t host_round(size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	return (size + page - 1) / page * page;
}

/* A host without huge pages serves small ones. */
void host_advise_huge(void *ptr, size_t size)
{
	(void)madvise(ptr, size, MADV_HUGEPAGE);
}

struct host_range {
	struct host_range *next;
	void *ptr;
	size_t size;
};

/* NULL: no memory for the mapping, or for a note of it. */
static struct host_range *map_range(size_t size)
{
	struct host_range *range = calloc(1, sizeof(*range));

	if (!range)
		return NULL;
	range->size = size;
	range->ptr = mmap(NULL, size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (range->ptr != MAP_FAILED)
		return range;
	free(range);
	return NULL;
}

void *host_reserve(struct host *host, size_t size, bool huge)
{
	struct host_range *range;

	if (!host_may_have(host))
		return NULL;
	range = map_range(host_round(size));
	if (!range) {
		host->failed = true;
		return NULL;
	}
	if (huge)
		host_advise_huge(range->ptr, range->size);
	range->next = host->ranges;
	host->ranges = range;
	host->reserved += range->size;
	return range->ptr;
}

static void unmap_range(struct host *host, struct host_range **at)
{
	struct host_range *range = *at;

	*at = range->next;
	host->reserved -= range->size;
	(void)munmap(range->ptr, range->size);
	free(range);
}

void host_unreserve(struct host *host, void *ptr)
{
	struct host_range **at;

	if (!ptr)
		return;
	for (at = &host->ranges; *at; at = &(*at)->next) {
		if ((*at)->ptr == ptr) {
			unmap_range(host, at);
			return;
		}
	}
}

static void unreserve_all(struct host *host)
{
	while (host->ranges)
		unmap_range(host, &host->ranges);
}

void host_decommit(void *ptr, size_t size)
{
	/* On failure the memory stays and keeps its contents: zero it. */
	if (madvise(ptr, size, MADV_DONTNEED))
		memset(ptr, 0, size);
}

#else

void host_advise_huge(void *ptr, size_t size)
{
	(void)ptr;
	(void)size;
}

void *host_reserve(struct host *host, size_t size, bool huge)
{
	(void)size;
	(void)huge;
	host->failed = true;
	return NULL;
}

/* There is no range that one of these could be called with. */
void host_unreserve(struct host *host, void *ptr)
{
	(void)host;
	(void)ptr;
}

static void unreserve_all(struct host *host)
{
	(void)host;
}

void host_decommit(void *ptr, size_t size)
{
	(void)ptr;
	(void)size;
}

#endif

void host_free_all(struct host *host)
{
	struct host_block *block;

	while ((block = host->blocks)) {
		host->blocks = block->next;
		free(block);
	}
	unreserve_all(host);
}

bool host_commit(struct host *host)
{
	return host_may_have(host);
}
