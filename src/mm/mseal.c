/* SPDX-License-Identifier: MIT */
/*
 * mseal: mappings whose place and rights can be changed no more (6.10+).
 */
#include "mm/mm.h"

#include <errno.h>

#include "core/backend.h"
#include "core/sched.h"
#include "vma/vma_ops.h"

/* A range without holes, before anything is sealed. */
static int check_mapped(struct mmsim_mm *mm, vaddr_t start, vaddr_t end)
{
	const struct vm_area_struct *vma;

	for (; start < end; start = vma->vm_end) {
		vma = vma_tree_find(&mm->tree, start);
		if (!vma || vma->vm_start > start)
			return -ENOMEM;
	}
	return 0;
}

static int seal_part(struct vm_area_struct **vma, vaddr_t start, vaddr_t end)
{
	int rc;

	if ((*vma)->vm_flags & VM_SEALED)
		return 0;
	rc = vma_reserve((*vma)->vm_mm, 2);
	if (rc)
		return rc;
	split_huge_ends(*vma, start, end);
	return vma_modify_flags(vma, start, end, (*vma)->vm_flags | VM_SEALED);
}

static int seal_range(struct mmsim_mm *mm, vaddr_t start, vaddr_t end)
{
	struct vm_area_struct *vma;
	vaddr_t next;
	int rc;

	rc = check_mapped(mm, start, end);
	for (; !rc && start < end; start = next) {
		vma = vma_tree_find(&mm->tree, start);
		next = min_u64(vma->vm_end, end);
		rc = seal_part(&vma, start, next);
	}
	return rc;
}

int do_mseal(struct mmsim_mm *mm, vaddr_t start, u64 len, u64 flags)
{
	u64 aligned = mm_page_align(mm, len);
	int rc;

	if (!feat(mm->world, FEAT_MSEAL))
		return -ENOSYS;
	if (flags || !mm_page_aligned(mm, start) || aligned < len ||
	    start + aligned < start)
		return -EINVAL;
	if (!len)
		return 0;
	mmap_write_lock(mm);
	mm_trace(mm, EV_mseal, RULE_SEAL, start, start, start + aligned);
	rc = seal_range(mm, start, start + aligned);
	mmap_write_unlock(mm);
	return rc;
}

int refuse_sealed(struct mmsim_mm *mm, vaddr_t start)
{
	mm_trace(mm, EV_sealed, RULE_SEALED, start, 0, 0);
	return -EPERM;
}

static bool range_is_sealed(struct mmsim_mm *mm, vaddr_t start, vaddr_t end)
{
	const struct vm_area_struct *vma;

	if (!feat(mm->world, FEAT_MSEAL))
		return false;
	for (vma = vma_tree_find(&mm->tree, start); vma && vma->vm_start < end;
	     vma = vma_tree_next(&mm->tree, vma))
		if (vma->vm_flags & VM_SEALED)
			return true;
	return false;
}

int unmap_unsealed(struct mmsim_mm *mm, vaddr_t start, vaddr_t end)
{
	int rc;

	if (likely(!range_is_sealed(mm, start, end)))
		return unmap_range(mm, start, end);
	rc = unmap_up_to_seal(mm, start, end);
	return rc ? rc : refuse_sealed(mm, start);
}
