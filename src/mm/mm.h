/* SPDX-License-Identifier: MIT */
/*
 * The system calls of a simulated process: VMA bookkeeping by vma/, page-table
 * work through the backend. Arguments are as the user gave them; results are
 * the kernel's errno.
 */
#ifndef MM_MM_H
#define MM_MM_H

#include "core/backend.h"
#include "core/world.h"

#include <mmsim/process.h>

/* 0, or -ENOMEM (simulated: the top-level table; or host). */
int mm_create(struct mmsim *w, struct mmsim_mm **mm);
int mm_fork(struct mmsim_mm *parent, struct mmsim_mm **child);
void mm_exit(struct mmsim_mm *mm);

int do_mmap(struct mmsim_mm *mm, const struct mmsim_mmap_args *args,
	    vaddr_t *addr);
int do_munmap(struct mmsim_mm *mm, vaddr_t start, u64 len);
int do_mprotect(struct mmsim_mm *mm, vaddr_t start, u64 len, int prot);
int do_madvise(struct mmsim_mm *mm, vaddr_t start, u64 len, int advice);
int do_mremap(struct mmsim_mm *mm, vaddr_t addr, u64 old_len, u64 new_len,
	      int flags, vaddr_t *new_addr);
int do_brk(struct mmsim_mm *mm, vaddr_t addr, vaddr_t *now);
int do_uffd_open(struct mmsim_mm *mm, u64 features);
int do_uffd_register(struct mmsim_mm *mm, vaddr_t start, u64 len, u64 mode);
int do_uffd_unregister(struct mmsim_mm *mm, vaddr_t start, u64 len);
int do_uffd_writeprotect(struct mmsim_mm *mm, vaddr_t start, u64 len, u64 mode);
int do_clear_refs(struct mmsim_mm *mm, unsigned value);
int do_mseal(struct mmsim_mm *mm, vaddr_t start, u64 len, u64 flags);
int do_mlock(struct mmsim_mm *mm, vaddr_t start, u64 len, bool on);

/**
 * do_move_pages() - move_pages() of a range of this process, MPOL_MF_MOVE.
 * @first: what became of the first page: its node, or a negative errno.
 *
 * Return: 0; -ENODEV: no such node; -ENOMEM: it is full, what came before is
 * moved; greater than 0: pages that were to be moved stayed, so many, with
 * those that were not looked at after them.
 */
int do_move_pages(struct mmsim_mm *mm, vaddr_t start, u64 len, unsigned node,
		  int *first);

/* ksmd's passes over all that processes offer (MADV_MERGEABLE): 0 or -ENOMEM
 * (host). */
int do_ksm_scan(struct mmsim *w, u64 nr);
/**
 * do_move_page_list() - move_pages() as the system call has it.
 * @nodes: NULL: only ask.
 * @status: of each page its node, or a negative errno.
 *
 * Return: 0; -EINVAL: flags; -ENODEV, -ENOMEM and a number as above: the rest
 * of @status is as it was.
 */
int do_move_page_list(struct mmsim_mm *mm, size_t nr, const u64 *pages,
		      const int *nodes, int *status, unsigned flags);

/* mbind(), set_mempolicy() and migrate_pages(): the kernel's errno. */
int do_mbind(struct mmsim_mm *mm, vaddr_t start, u64 len, int mode, u64 nodes,
	     unsigned flags);
int do_set_mempolicy(struct mmsim_mm *mm, int mode, u64 nodes);
int do_migrate_pages(struct mmsim_mm *mm, u64 from, u64 to, u64 *stayed);

/* The node of a page, or what move_pages() says instead. */
int node_of_addr(struct mmsim_mm *mm, vaddr_t addr);

/* One pass of the hinting scanner over all of the process, from its start: the
 * number of entries changed in *nr. */
int do_numa_scan(struct mmsim_mm *mm, u64 *nr);

/* The process runs for some milliseconds and is scanned when it is time. */
int do_numa_advance(struct mmsim_mm *mm, u64 ms, u64 *nr);

/* One pass of khugepaged over all of the process: the number of extents that it
 * collapsed in *nr. */
int do_khugepaged(struct mmsim_mm *mm, u64 *nr);

/* ---- between them ---- */

static inline u64 mm_page_align(const struct mmsim_mm *mm, u64 len)
{
	return align_up(len, world_page_size(mm->world));
}

static inline bool mm_page_aligned(const struct mmsim_mm *mm, u64 addr)
{
	return is_aligned(addr, world_page_size(mm->world));
}

/* Where a mapping of len bytes goes if nothing else is asked: ~0: nowhere. */
vaddr_t get_unmapped_area(struct mmsim_mm *mm, vaddr_t hint, u64 len);

/**
 * split_huge_ends() - a VMA that covers the range is about to be cut at its
 * ends: a huge entry that maps both sides is split first, while the VMA still
 * has its protection.
 */
static inline void split_huge_ends(struct vm_area_struct *vma, vaddr_t start,
				   vaddr_t end)
{
	const struct mm_backend *be = vma->vm_mm->world->be;

	if (start > vma->vm_start)
		be->split_huge(vma, vma->vm_start, start);
	if (end < vma->vm_end)
		be->split_huge(vma, start, end);
}

/**
 * unmap_range() - take [start, end) out of the address space.
 *
 * Return: 0, or -ENOMEM at the limit of mappings, nothing changed.
 */
int unmap_range(struct mmsim_mm *mm, vaddr_t start, vaddr_t end);

/**
 * unmap_unsealed() - the same for what a user asked for.
 *
 * Return: also -EPERM if a sealed mapping is in the way: nothing is unmapped.
 */
int unmap_unsealed(struct mmsim_mm *mm, vaddr_t start, vaddr_t end);

/**
 * unmap_up_to_seal() - what is done before a seal is found.
 *
 * The first mapping of [start, end) is looked at and cut before the others are
 * looked at, and stays in two parts (seen on 6.18). Something is sealed there.
 *
 * Return: 0, or -ENOMEM at the limit of mappings.
 */
int unmap_up_to_seal(struct mmsim_mm *mm, vaddr_t start, vaddr_t end);

/* Refuse to change a sealed mapping: -EPERM. */
int refuse_sealed(struct mmsim_mm *mm, vaddr_t start);

/* Take everything out of it: the process ends. */
void exit_mmap(struct mmsim_mm *mm);

/* Populate [start, end) as mlock and MAP_POPULATE do (0), or while the mmap
 * lock is held for writing (POPULATE_NOWAIT); errors of GUP. */
int mm_populate_range(struct mmsim_mm *mm, vaddr_t start, vaddr_t end,
		      unsigned how);

#endif
