/* SPDX-License-Identifier: MIT */
#include "fail/balance.h"

#include <sys/mman.h>
#include <sys/types.h>

/* Counts what the wrappers see; tests run in one thread. */
static struct balance now;

struct balance balance_now(void)
{
	return now;
}

/* The linker's names for the C library's functions, and for ours. */
void *__real_calloc(size_t nr, size_t size);
int __real_posix_memalign(void **ptr, size_t align, size_t size);
void __real_free(void *ptr);
void *__real_mmap(void *addr, size_t len, int prot, int flags, int fd,
		  off_t offset);
int __real_munmap(void *addr, size_t len);
void *__wrap_calloc(size_t nr, size_t size);
int __wrap_posix_memalign(void **ptr, size_t align, size_t size);
void __wrap_free(void *ptr);
void *__wrap_mmap(void *addr, size_t len, int prot, int flags, int fd,
		  off_t offset);
int __wrap_munmap(void *addr, size_t len);

void *__wrap_calloc(size_t nr, size_t size)
{
	void *ptr = __real_calloc(nr, size);

	now.blocks += ptr != NULL;
	return ptr;
}

int __wrap_posix_memalign(void **ptr, size_t align, size_t size)
{
	int rc = __real_posix_memalign(ptr, align, size);

	now.blocks += !rc;
	return rc;
}

void __wrap_free(void *ptr)
{
	now.blocks -= ptr != NULL;
	__real_free(ptr);
}

void *__wrap_mmap(void *addr, size_t len, int prot, int flags, int fd,
		  off_t offset)
{
	void *ptr = __real_mmap(addr, len, prot, flags, fd, offset);

	now.mapped += ptr == MAP_FAILED ? 0 : len;
	return ptr;
}

int __wrap_munmap(void *addr, size_t len)
{
	int rc = __real_munmap(addr, len);

	now.mapped -= rc ? 0 : len;
	return rc;
}
