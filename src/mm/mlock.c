/* SPDX-License-Identifier: MIT */
#include "mm/hugetlb.h"
#include "mm/lru.h"
#include "mm/mm.h"

#include <errno.h>

#include "core/backend.h"
#include "core/sched.h"
#include "vma/vma_ops.h"

/*
 * How a range is brought in: writable private memory as by a write, so that
 * no copy is left to make; everything else as by a read.
 */
static bool populate_writes(const struct vm_area_struct *vma)
{
	return (vma->vm_flags & (VM_WRITE | VM_SHARED)) == VM_WRITE;
}

static int populate_vma(struct mmsim_mm *mm, struct vm_area_struct *vma,
			vaddr_t start, vaddr_t end, unsigned how)
{
	int rc = -EFAULT;

	/* Nothing may be read there, so nothing can be faulted in. */
	if (!vma_is_accessible(vma)) {
		if (!feat(mm->world, FEAT_POPULATE_SKIPS_NONE))
			lru_drain_populated(mm->world);
		return rc;
	}
	if (populate_writes(vma))
		how |= POPULATE_WRITE;
	if (vma->vm_flags & VM_LOCKED)
		how |= POPULATE_LOCKED;
	rc = mm->world->be->populate(mm, vma, start, end, how);
	lru_drain_populated(mm->world);
	return rc;
}

int mm_populate_range(struct mmsim_mm *mm, vaddr_t start, vaddr_t end,
		      unsigned how)
{
	struct vm_area_struct *vma;
	vaddr_t next;
	int rc;

	for (; (vma = vma_tree_part(&mm->tree, &start, end, &next));
	     start = next) {
		rc = populate_vma(mm, vma, start, next, how);
		if (rc)
			return rc;
	}
	return 0;
}

static int mlock_fixup(struct mmsim_mm *mm, struct vm_area_struct **vmap,
		       vaddr_t start, vaddr_t end, bool on)
{
	vm_flags_t old = (*vmap)->vm_flags;
	vm_flags_t new = on ? old | VM_LOCKED : old & ~VM_LOCKED;
	u64 pages = (end - start) >> mm->world->phys.page_shift;
	int rc;

	/* Huge pages of hugetlbfs are never reclaimed, and never said to be
	 * locked (recorded on 6.1 and 7.2). */
	if (new == old || vma_is_hugetlb(*vmap))
		return 0;
	rc = vma_reserve(mm, 2);
	if (rc)
		return rc;
	split_huge_ends(*vmap, start, end);
	rc = vma_modify_flags(vmap, start, end, new);
	if (rc)
		return rc;
	vma_set_page_prot(*vmap);
	/* Its pages go to another list, or come from there: the batches of
	 * this CPU are done with first. */
	if (feat(mm->world, FEAT_MLOCK_DRAINS_LRU))
		lru_add_drain(mm->world);
	mm->locked_vm += on ? pages : (u64)0 - pages;
	return 0;
}

static int apply_lock(struct mmsim_mm *mm, vaddr_t start, vaddr_t end, bool on)
{
	struct vm_area_struct *vma;
	vaddr_t next;
	int rc;

	for (; start < end; start = next) {
		vma = vma_tree_find(&mm->tree, start);
		if (!vma || vma->vm_start > start)
			return -ENOMEM;
		next = min_u64(vma->vm_end, end);
		rc = mlock_fixup(mm, &vma, start, next, on);
		if (rc)
			return rc;
		next = max_u64(next, vma->vm_end);
	}
	return 0;
}

/* What mlock says where populating failed (POSIX). */
static int posix_error(const struct mmsim *w, int rc)
{
	if (w->host.failed || rc == -EOPNOTSUPP)
		return rc;
	if (rc == -EFAULT)
		return -ENOMEM;
	return rc == -ENOMEM ? -EAGAIN : rc;
}

int do_mlock(struct mmsim_mm *mm, vaddr_t start, u64 len, bool on)
{
	u64 offset = start & (world_page_size(mm->world) - 1);
	vaddr_t end;
	int rc;

	start -= offset;
	len = mm_page_align(mm, len + offset);
	end = start + len;
	if (end < start)
		return -EINVAL;
	if (end == start)
		return 0;
	mm_trace(mm, EV_mlock, RULE_NONE, start, on, end);
	mmap_write_lock(mm);
	rc = apply_lock(mm, start, end, on);
	mmap_write_unlock(mm);
	if (rc || !on)
		return rc;
	mmap_read_lock(mm);
	rc = mm_populate_range(mm, start, end, 0);
	mmap_read_unlock(mm);
	return posix_error(mm->world, rc);
}
