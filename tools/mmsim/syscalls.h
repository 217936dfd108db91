/* SPDX-License-Identifier: MIT */
/*
 * System calls of x86-64 in traces: their numbers, and which of their
 * arguments point to memory that the kernel fills.
 */
#ifndef TOOLS_SYSCALLS_H
#define TOOLS_SYSCALLS_H

#include "trace.h"

enum syscall_number {
	SYS_OPEN = 2,
	SYS_CLOSE = 3,
	SYS_MMAP = 9,
	SYS_MPROTECT = 10,
	SYS_MUNMAP = 11,
	SYS_BRK = 12,
	SYS_IOCTL = 16,
	SYS_MREMAP = 25,
	SYS_MADVISE = 28,
	SYS_DUP = 32,
	SYS_DUP2 = 33,
	SYS_CREAT = 85,
	SYS_MLOCK = 149,
	SYS_MUNLOCK = 150,
	SYS_OPENAT = 257,
	SYS_DUP3 = 292,
	SYS_MEMFD_CREATE = 319,
	SYS_PKEY_MPROTECT = 329,
	SYS_OPENAT2 = 437
};

#define MOST_BUFFERS 4

struct buffer {
	uint64_t addr, len;
};

/**
 * syscall_buffers() - the memory that a successful call filled.
 * @buffers: room for MOST_BUFFERS.
 *
 * Return: how many there are.
 */
size_t syscall_buffers(const struct trace_call *call, struct buffer *buffers);

#endif
