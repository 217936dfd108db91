/* SPDX-License-Identifier: MIT */
#include "mm/mm.h"

#include <errno.h>

#include "core/backend.h"
#include "core/sched.h"
#include "ksm/ksm.h"
#include "mm/lru.h"
#include "mm/numa_task.h"
#include "mm/pin.h"
#include "tlb/context.h"
#include "tlb/flush.h"
#include "vma/anon_vma.h"
#include "vma/vma_ops.h"

/* Room above the mappings for a stack, as mmap_base leaves it. */
#define STACK_ROOM ((u64)128 << 20)
/* powerpc's user space reaches further, but mappings without a hint stay
 * below this (DEFAULT_MAP_WINDOW). */
#define MAP_WINDOW ((vaddr_t)1 << 47)

static void layout(struct mmsim_mm *mm)
{
	vaddr_t top = mm->world->be->task_size;

	if (mm->world->arch == MMSIM_ARCH_PPC64)
		top = min_u64(top, MAP_WINDOW);
	mm->mmap_base =
		align_down(top - STACK_ROOM, world_page_size(mm->world));
	/* Two thirds up, where a position-independent program's heap is. */
	mm->brk_start = align_down(top / 3 * 2, (u64)1 << 30);
	mm->brk = mm->brk_start;
}

int mm_create(struct mmsim *w, struct mmsim_mm **out)
{
	struct mmsim_mm *mm = host_alloc(&w->host, sizeof(*mm));
	int rc;

	if (!mm)
		return -ENOMEM;
	mm->world = w;
	mm->pid = w->next_pid + 1;
	mm->numa_scan_wait = w->knobs[KNOB_NUMA_SCAN_DELAY];
	vma_tree_init(&mm->tree, &w->host);
	layout(mm);
	rc = w->be->mm_init(mm);
	if (rc) {
		host_free(&w->host, mm, sizeof(*mm));
		return rc;
	}
	w->next_pid++;
	LIST_INSERT_HEAD(&w->mms, mm, link);
	*out = mm;
	return 0;
}

void mm_exit(struct mmsim_mm *mm)
{
	struct mmsim *w = mm->world;

	mm_trace(mm, EV_exit, RULE_NONE, 0, 0, 0);
	mmap_write_lock(mm);
	exit_mmap(mm);
	mmap_write_unlock(mm);
	mm_wait(mm);
	ksm_exit(mm);
	do_unpin(mm);
	tlb_forget_mm(mm);
	w->uffd_waiting -= (unsigned)__builtin_popcountll(mm->uffd.waiting);
	w->obs.alert.waiting = w->uffd_waiting;
	w->be->mm_exit(mm);
	vma_tree_destroy(&mm->tree);
	LIST_REMOVE(mm, link);
	numa_tasks_free(mm);
	host_free(&w->host, mm, sizeof(*mm));
}

/* ---- fork ---- */

/* Who asked userfaultfd for its fork event watches the child as well. */
static vm_flags_t child_flags(const struct vm_area_struct *src)
{
	vm_flags_t drop = VM_LOCKED_MASK;

	if (!(src->vm_mm->uffd.features & MMSIM_UFFD_FEATURE_EVENT_FORK))
		drop |= VM_UFFD_ANY;
	return src->vm_flags & ~drop;
}

static int fork_vma(struct mmsim_mm *child, struct mmsim_mm *parent,
		    struct vm_area_struct *src)
{
	struct vm_area_struct *vma;
	int rc;

	rc = vma_reserve(child, 1);
	if (rc)
		return rc;
	vma = vma_alloc(child);
	vma->vm_start = src->vm_start;
	vma->vm_end = src->vm_end;
	vma->vm_flags = child_flags(src);
	vma->vm_pgoff = src->vm_pgoff;
	vma->vm_page_prot = src->vm_page_prot;
	vma->policy = src->policy;
	vma->swap_ahead = src->swap_ahead;
	vma_set_file(vma, src->vm_file);
	/* What needed to be told of writes may be gone. */
	if ((vma->vm_flags ^ src->vm_flags) & VM_UFFD_ANY)
		vma_set_page_prot(vma);
	/* fork merges nothing, not even what it wiped or what only a flag that
	 * the child does not get told apart. */
	vma->kept_apart = src->kept_apart || vma->vm_flags & VM_WIPEONFORK ||
			  vma->vm_flags != src->vm_flags;
	if (!(vma->vm_flags & VM_WIPEONFORK))
		rc = anon_vma_fork(vma, src);
	if (rc) {
		vma_free(vma);
		return rc;
	}
	vma_link(vma);
	vm_stat_account(child, vma->vm_flags, vma_size(vma), 1);
	if (!(vma->vm_flags & VM_WIPEONFORK))
		return parent->world->be->copy(child, parent, vma, src);
	mm_trace(parent, EV_copy_page_range, RULE_FORK_WIPE, src->vm_start, 0,
		 0);
	return 0;
}

static int fork_vmas(struct mmsim_mm *child, struct mmsim_mm *parent)
{
	struct vm_area_struct *src;
	int rc;

	for (src = vma_tree_find(&parent->tree, 0); src;
	     src = vma_tree_next(&parent->tree, src)) {
		if (src->vm_flags & VM_DONTCOPY) {
			mm_trace(parent, EV_copy_page_range, RULE_FORK_DONTCOPY,
				 src->vm_start, 0, 0);
			continue;
		}
		if (src->vm_flags & VM_ACCOUNT &&
		    vm_enough_memory(child, vma_size(src)))
			return -ENOMEM;
		rc = fork_vma(child, parent, src);
		if (rc)
			return rc;
	}
	return 0;
}

/* Both are locked, the child for form's sake: nobody else knows it yet. */
static int fork_locked(struct mmsim_mm *child, struct mmsim_mm *parent)
{
	int rc;

	mmap_write_lock(child);
	mmap_write_lock(parent);
	child->mmap_base = parent->mmap_base;
	child->brk_start = parent->brk_start;
	child->brk = parent->brk;
	child->policy = parent->policy;
	child->interleaved = parent->interleaved;
	child->uffd.stale = parent->uffd.stale;
	if (parent->uffd.features & MMSIM_UFFD_FEATURE_EVENT_FORK) {
		child->uffd = parent->uffd;
		child->uffd.waiting = 0;
	}
	mm_trace(parent, EV_fork, RULE_NONE, 0, parent->pid, child->pid);
	rc = ksm_fork(child, parent);
	/* It gets its parent's hinting entries, but none of its faults. */
	if (!rc && parent->numa)
		rc = numa_tasks_reserve(child);
	if (!rc)
		rc = fork_vmas(child, parent);
	/* Write-protected entries may still be writable in a TLB. */
	flush_tlb_mm(parent, RULE_FLUSH_FORK);
	mmap_write_unlock(parent);
	mmap_write_unlock(child);
	return rc;
}

int mm_fork(struct mmsim_mm *parent, struct mmsim_mm **out)
{
	struct mmsim_mm *child;
	int rc;

	rc = mm_create(parent->world, &child);
	if (rc)
		return rc;
	rc = fork_locked(child, parent);
	if (rc) {
		mm_exit(child);
		return rc;
	}
	*out = child;
	return 0;
}
