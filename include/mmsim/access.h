/* SPDX-License-Identifier: MIT */
/*
 * mmsim/access.h - loads, stores and fetches of a process.
 */
#ifndef MMSIM_ACCESS_H
#define MMSIM_ACCESS_H

#include <mmsim/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * enum mmsim_access - what a CPU does with memory.
 * @MMSIM_READ: a load.
 * @MMSIM_WRITE: a store.
 * @MMSIM_EXEC: an instruction fetch.
 */
enum mmsim_access { MMSIM_READ, MMSIM_WRITE, MMSIM_EXEC };

/**
 * enum mmsim_fault_kind - the signal that a process would get.
 * @MMSIM_FAULT_NONE: none; faults may have been taken and resolved.
 * @MMSIM_FAULT_SEGV_MAPERR: SIGSEGV, nothing is mapped there.
 * @MMSIM_FAULT_SEGV_ACCERR: SIGSEGV, the mapping forbids the access.
 * @MMSIM_FAULT_SEGV_PKUERR: SIGSEGV, a protection key; does not occur yet.
 * @MMSIM_FAULT_BUS: SIGBUS, past the end of a file, no page of the hugetlb
 *	pool left, or a swap device that cannot be read.
 * @MMSIM_FAULT_HWPOISON: SIGBUS, a broken page (%MMSIM_MADV_HWPOISON).
 * @MMSIM_FAULT_OOM: there was no page frame; a kernel would end a process.
 * @MMSIM_FAULT_USERFAULT: a page is write-protected by userfaultfd: resolve
 *	it and access again.
 */
enum mmsim_fault_kind {
	MMSIM_FAULT_NONE,
	MMSIM_FAULT_SEGV_MAPERR,
	MMSIM_FAULT_SEGV_ACCERR,
	MMSIM_FAULT_SEGV_PKUERR,
	MMSIM_FAULT_BUS,
	MMSIM_FAULT_HWPOISON,
	MMSIM_FAULT_OOM,
	MMSIM_FAULT_USERFAULT
};

/**
 * struct mmsim_fault - what became of an access.
 * @size: sizeof(struct mmsim_fault).
 * @kind: why it stopped; MMSIM_FAULT_NONE: it did not.
 * @addr: the first byte not accessed.
 * @minor, @major: faults this access took, as getrusage would count them.
 */
struct mmsim_fault {
	size_t size;
	enum mmsim_fault_kind kind;
	uint64_t addr;
	unsigned minor, major;
};
/**
 * DOC: MMSIM_FAULT_INIT - a struct mmsim_fault with its size set.
 */
#ifdef __cplusplus
#define MMSIM_FAULT_INIT                   \
	{                                  \
		sizeof(struct mmsim_fault) \
	}
#else
#define MMSIM_FAULT_INIT                           \
	{                                          \
		.size = sizeof(struct mmsim_fault) \
	}
#endif

/**
 * mmsim_access() - access [addr, addr + len) from a CPU.
 * @mm: the process.
 * @cpu: 0 to cpus - 1.
 * @addr: first byte.
 * @len: bytes; 0 does nothing.
 * @kind: load, store or fetch.
 * @buf: contents read or written; NULL: touch without contents. What was
 *	written so is unknown, equal to nothing, until real contents are
 *	written; unknown bytes read as 0.
 * @fault: may be NULL.
 *
 * Return: 0 even when the simulated access ended in a fault that a process
 * would see (@fault tells); a negative errno for a caller's mistake.
 */
MMSIM_API int mmsim_access(struct mmsim_mm *mm, unsigned cpu, uint64_t addr,
			   size_t len, enum mmsim_access kind, void *buf,
			   struct mmsim_fault *fault);

/**
 * struct mmsim_ref - one reference of a list.
 * @addr: first byte.
 * @len: bytes.
 * @kind: enum mmsim_access.
 *
 * Has no size, since arrays of it are passed: it never changes.
 */
struct mmsim_ref {
	uint64_t addr;
	uint32_t len;
	uint32_t kind; /* enum mmsim_access */
};

/**
 * mmsim_access_many() - touch a list of references without contents.
 * @mm: the process.
 * @cpu: 0 to cpus - 1.
 * @refs: what to touch, in this order.
 * @n: how many.
 * @done: how many were carried out whole.
 * @fault: minor and major are sums over all of them.
 *
 * Stops at the first that ends in a fault a process would see.
 */
MMSIM_API int mmsim_access_many(struct mmsim_mm *mm, unsigned cpu,
				const struct mmsim_ref *refs, size_t n,
				size_t *done, struct mmsim_fault *fault);

/**
 * mmsim_signal() - take the signal that a call has left for a process.
 * @mm: the process.
 * @fault: its kind and address; the counts are 0. MMSIM_FAULT_NONE: none waits.
 *
 * None does but %MMSIM_FAULT_HWPOISON, from 6.11 on: %MMSIM_MADV_HWPOISON of a
 * page that was dirty, or of a huge page that cannot be split. It waits until
 * it is taken, and no second one beside it.
 */
MMSIM_API int mmsim_signal(struct mmsim_mm *mm, struct mmsim_fault *fault);

#ifdef __cplusplus
}
#endif
#endif
