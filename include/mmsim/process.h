/* SPDX-License-Identifier: MIT */
/*
 * mmsim/process.h - processes, mappings and files.
 *
 * What is called like a system call does what the chosen release does,
 * including the errno. A call that returns an error has changed nothing unless
 * the kernel's own has (mprotect over a hole changes what lies before it).
 */
#ifndef MMSIM_PROCESS_H
#define MMSIM_PROCESS_H

#include <mmsim/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * DOC: MMSIM_PROT_* - rights of a mapping, with Linux's values.
 */
#define MMSIM_PROT_READ	     1
#define MMSIM_PROT_WRITE     2
#define MMSIM_PROT_EXEC	     4
#define MMSIM_PROT_SEM	     8
#define MMSIM_PROT_GROWSDOWN 0x01000000
#define MMSIM_PROT_GROWSUP   0x02000000

/**
 * DOC: MMSIM_MAP_* - flags of struct mmsim_mmap_args, with Linux's values on
 * x86-64 and arm64; powerpc worlds take the same.
 */
#define MMSIM_MAP_SHARED	  0x01
#define MMSIM_MAP_PRIVATE	  0x02
#define MMSIM_MAP_FIXED		  0x10
#define MMSIM_MAP_ANONYMOUS	  0x20
#define MMSIM_MAP_GROWSDOWN	  0x0100
#define MMSIM_MAP_LOCKED	  0x2000
#define MMSIM_MAP_NORESERVE	  0x4000
#define MMSIM_MAP_POPULATE	  0x8000
#define MMSIM_MAP_NONBLOCK	  0x10000
#define MMSIM_MAP_STACK		  0x20000
#define MMSIM_MAP_HUGETLB	  0x40000
#define MMSIM_MAP_FIXED_NOREPLACE 0x100000

/**
 * DOC: MMSIM_MADV_* - what mmsim_madvise() may say, with Linux's values.
 */
#define MMSIM_MADV_NORMAL	   0
#define MMSIM_MADV_RANDOM	   1
#define MMSIM_MADV_SEQUENTIAL	   2
#define MMSIM_MADV_WILLNEED	   3
#define MMSIM_MADV_DONTNEED	   4
#define MMSIM_MADV_FREE		   8
#define MMSIM_MADV_REMOVE	   9
#define MMSIM_MADV_DONTFORK	   10
#define MMSIM_MADV_DOFORK	   11
#define MMSIM_MADV_MERGEABLE	   12
#define MMSIM_MADV_UNMERGEABLE	   13
#define MMSIM_MADV_HUGEPAGE	   14
#define MMSIM_MADV_NOHUGEPAGE	   15
#define MMSIM_MADV_DONTDUMP	   16
#define MMSIM_MADV_DODUMP	   17
#define MMSIM_MADV_WIPEONFORK	   18
#define MMSIM_MADV_KEEPONFORK	   19
#define MMSIM_MADV_COLD		   20
#define MMSIM_MADV_PAGEOUT	   21
#define MMSIM_MADV_POPULATE_READ   22
#define MMSIM_MADV_POPULATE_WRITE  23
#define MMSIM_MADV_DONTNEED_LOCKED 24
#define MMSIM_MADV_COLLAPSE	   25
#define MMSIM_MADV_HWPOISON	   100
#define MMSIM_MADV_GUARD_INSTALL   102
#define MMSIM_MADV_GUARD_REMOVE	   103

/**
 * DOC: MMSIM_MREMAP_* - flags of mmsim_mremap(), with Linux's values.
 */
#define MMSIM_MREMAP_MAYMOVE   1
#define MMSIM_MREMAP_FIXED     2
#define MMSIM_MREMAP_DONTUNMAP 4

/**
 * mmsim_mm_create() - make a process with an empty address space.
 * @world: the world.
 * @mm: the process; NULL on failure.
 */
MMSIM_API int mmsim_mm_create(struct mmsim *world, struct mmsim_mm **mm);

/**
 * mmsim_fork() - copy an address space as fork does.
 * @parent: the process to copy.
 * @child: the copy; NULL on failure.
 *
 * Return: 0; -ENOMEM if the simulated kernel has no memory for it: @parent is
 * then as it would be after a failed fork.
 */
MMSIM_API int mmsim_fork(struct mmsim_mm *parent, struct mmsim_mm **child);

/** mmsim_mm_exit() - end a process; @mm must not be used again. */
MMSIM_API void mmsim_mm_exit(struct mmsim_mm *mm);

/** mmsim_mm_pid() - its number in this world, from 1. */
MMSIM_API uint32_t mmsim_mm_pid(const struct mmsim_mm *mm);

/**
 * struct mmsim_mmap_args - arguments of mmap.
 * @size: sizeof(struct mmsim_mmap_args).
 * @addr: hint, or the address with MMSIM_MAP_FIXED.
 * @len: bytes; rounded up to pages.
 * @offset: bytes into @file; a multiple of the page size.
 * @prot: MMSIM_PROT_*.
 * @flags: MMSIM_MAP_*.
 * @file: NULL with MMSIM_MAP_ANONYMOUS. The mapping holds its own reference.
 */
struct mmsim_mmap_args {
	size_t size;
	uint64_t addr, len, offset;
	int prot, flags;
	struct mmsim_file *file;
};

/**
 * mmsim_mmap() - make a mapping.
 * @mm: the process.
 * @args: what mmap is given.
 * @addr: where the mapping is.
 */
MMSIM_API int mmsim_mmap(struct mmsim_mm *mm,
			 const struct mmsim_mmap_args *args, uint64_t *addr);

/**
 * mmsim_munmap() - remove what is mapped in [addr, addr + len).
 */
MMSIM_API int mmsim_munmap(struct mmsim_mm *mm, uint64_t addr, uint64_t len);

/**
 * mmsim_mprotect() - change the rights of [addr, addr + len).
 * @prot: MMSIM_PROT_*.
 *
 * What lies before a hole has been changed when it returns -ENOMEM.
 */
MMSIM_API int mmsim_mprotect(struct mmsim_mm *mm, uint64_t addr, uint64_t len,
			     int prot);

/**
 * mmsim_madvise() - advise the kernel about [addr, addr + len).
 * @advice: MMSIM_MADV_*.
 */
MMSIM_API int mmsim_madvise(struct mmsim_mm *mm, uint64_t addr, uint64_t len,
			    int advice);

/**
 * mmsim_mremap() - grow, shrink or move a mapping.
 * @new_addr: on entry with MMSIM_MREMAP_FIXED the target, with DONTUNMAP a
 *	hint that is refused if a target would be; where the mapping is on
 *	success.
 */
MMSIM_API int mmsim_mremap(struct mmsim_mm *mm, uint64_t addr, uint64_t old_len,
			   uint64_t new_len, int flags, uint64_t *new_addr);

/**
 * mmsim_brk() - move the end of the heap.
 * @addr: 0 asks only.
 * @now: the end afterwards; like the system call, not moving is no error.
 */
MMSIM_API int mmsim_brk(struct mmsim_mm *mm, uint64_t addr, uint64_t *now);

/**
 * mmsim_mlock() - lock or unlock the pages of [addr, addr + len).
 * @on: 1 mlock, 0 munlock.
 */
MMSIM_API int mmsim_mlock(struct mmsim_mm *mm, uint64_t addr, uint64_t len,
			  int on);

/**
 * mmsim_mseal() - seal the mappings of [addr, addr + len) (6.10+).
 * @flags: 0.
 *
 * They can no more be unmapped, moved, resized, replaced or given other
 * rights: -EPERM.
 */
MMSIM_API int mmsim_mseal(struct mmsim_mm *mm, uint64_t addr, uint64_t len,
			  uint64_t flags);

/**
 * DOC: MMSIM_CLEAR_REFS_* - what may be written to /proc/PID/clear_refs, with
 * Linux's values: forget accesses to all pages, to pages of mappings without
 * or with a file; forget writes; reset the peak of the resident set.
 */
#define MMSIM_CLEAR_REFS_ALL	    1
#define MMSIM_CLEAR_REFS_ANON	    2
#define MMSIM_CLEAR_REFS_MAPPED	    3
#define MMSIM_CLEAR_REFS_SOFT_DIRTY 4
#define MMSIM_CLEAR_REFS_PEAK_RSS   5

/**
 * mmsim_clear_refs() - write a number to /proc/PID/clear_refs.
 * @value: MMSIM_CLEAR_REFS_*.
 *
 * Where the kernel has no soft-dirty bit (arm64) SOFT_DIRTY succeeds and
 * changes nothing; PEAK_RSS never changes anything here.
 */
MMSIM_API int mmsim_clear_refs(struct mmsim_mm *mm, unsigned value);

/**
 * DOC: MMSIM_UFFD_FEATURE_* - what mmsim_uffd_open() may ask for, with Linux's
 * values. Which of them a release knows depends on it and on the architecture.
 */
#define MMSIM_UFFD_FEATURE_PAGEFAULT_FLAG_WP  0x1
#define MMSIM_UFFD_FEATURE_EVENT_FORK	      0x2
#define MMSIM_UFFD_FEATURE_EVENT_REMAP	      0x4
#define MMSIM_UFFD_FEATURE_EVENT_REMOVE	      0x8
#define MMSIM_UFFD_FEATURE_MISSING_HUGETLBFS  0x10
#define MMSIM_UFFD_FEATURE_MISSING_SHMEM      0x20
#define MMSIM_UFFD_FEATURE_EVENT_UNMAP	      0x40
#define MMSIM_UFFD_FEATURE_SIGBUS	      0x80
#define MMSIM_UFFD_FEATURE_THREAD_ID	      0x100
#define MMSIM_UFFD_FEATURE_MINOR_HUGETLBFS    0x200
#define MMSIM_UFFD_FEATURE_MINOR_SHMEM	      0x400
#define MMSIM_UFFD_FEATURE_EXACT_ADDRESS      0x800
#define MMSIM_UFFD_FEATURE_WP_HUGETLBFS_SHMEM 0x1000
#define MMSIM_UFFD_FEATURE_WP_UNPOPULATED     0x2000
#define MMSIM_UFFD_FEATURE_POISON	      0x4000
#define MMSIM_UFFD_FEATURE_WP_ASYNC	      0x8000
#define MMSIM_UFFD_FEATURE_MOVE		      0x10000

/**
 * mmsim_uffd_open() - the process opens a userfaultfd (UFFDIO_API).
 * @features: MMSIM_UFFD_FEATURE_*.
 *
 * With WP_ASYNC a write takes the protection of its page away by itself;
 * without, the access ends with MMSIM_FAULT_USERFAULT: take the protection
 * away with mmsim_uffd_writeprotect(), then make the access again. The events
 * of fork and remap change what happens to the entries; no message is queued.
 */
MMSIM_API int mmsim_uffd_open(struct mmsim_mm *mm, uint64_t features);

/**
 * DOC: MMSIM_UFFD_REGISTER_MODE_* - modes of mmsim_uffd_register(), with
 * Linux's values. Only WP is supported.
 */
#define MMSIM_UFFD_REGISTER_MODE_MISSING 1
#define MMSIM_UFFD_REGISTER_MODE_WP	 2
#define MMSIM_UFFD_REGISTER_MODE_MINOR	 4

/**
 * mmsim_uffd_register() - watch the mappings of [addr, addr + len).
 * @mode: MMSIM_UFFD_REGISTER_MODE_*.
 */
MMSIM_API int mmsim_uffd_register(struct mmsim_mm *mm, uint64_t addr,
				  uint64_t len, uint64_t mode);

/**
 * mmsim_uffd_unregister() - no longer; from 6.1 on what was protected is not
 *	any more.
 */
MMSIM_API int mmsim_uffd_unregister(struct mmsim_mm *mm, uint64_t addr,
				    uint64_t len);

/**
 * DOC: MMSIM_UFFD_WRITEPROTECT_MODE_* - with Linux's values. Nobody sleeps
 * here, so DONTWAKE changes nothing.
 */
#define MMSIM_UFFD_WRITEPROTECT_MODE_WP	      1
#define MMSIM_UFFD_WRITEPROTECT_MODE_DONTWAKE 2

/**
 * mmsim_uffd_writeprotect() - protect the pages of a registered range.
 * @mode: MMSIM_UFFD_WRITEPROTECT_MODE_*; without WP the protection is taken
 *	away, which is how an event is resolved.
 */
MMSIM_API int mmsim_uffd_writeprotect(struct mmsim_mm *mm, uint64_t addr,
				      uint64_t len, uint64_t mode);

/**
 * DOC: MMSIM_FILE_* - kinds of files.
 */
#define MMSIM_FILE_MEMFD       0
#define MMSIM_FILE_HUGETLB     1
#define MMSIM_FILE_WRITENOTIFY 2

/**
 * mmsim_file_create() - make a file of @bytes zeroes.
 * @kind: MMSIM_FILE_*; WRITENOTIFY is a file of a file system that wants to be
 *	told before a page is written to; HUGETLB one whose pages are of the
 *	pool of huge pages: its size is a multiple of theirs.
 *
 * The caller holds a reference until mmsim_file_put().
 */
MMSIM_API int mmsim_file_create(struct mmsim *world, uint64_t bytes,
				unsigned kind, struct mmsim_file **file);

/**
 * mmsim_file_truncate() - make a file longer or shorter.
 *
 * Pages past the end are unmapped from everybody.
 */
MMSIM_API int mmsim_file_truncate(struct mmsim_file *file, uint64_t bytes);

/**
 * mmsim_file_writeback() - write dirty pages back.
 *
 * What shared mappings map of them becomes clean and read-only: the next write
 * faults. Files in memory have nowhere to be written to: nothing changes.
 */
MMSIM_API int mmsim_file_writeback(struct mmsim_file *file);

/**
 * mmsim_file_put() - give the caller's reference back; NULL is allowed.
 *
 * Mappings go on holding the file; the caller must not use it again.
 */
MMSIM_API void mmsim_file_put(struct mmsim_file *file);

#ifdef __cplusplus
}
#endif
#endif
