/* SPDX-License-Identifier: MIT */
#include "mm/mm.h"

#include <errno.h>

#include "core/backend.h"
#include "core/sched.h"
#include "mm/hugetlb.h"
#include "mm/lru.h"
#include "tlb/gather.h"
#include "vma/vma_ops.h"

/* Cut a VMA that goes on over @start; *upper begins there, or is NULL. */
static int split_start(struct mmsim_mm *mm, vaddr_t start, vaddr_t end,
		       struct vm_area_struct **upper)
{
	struct vm_area_struct *vma = vma_tree_find(&mm->tree, start);

	*upper = NULL;
	if (!vma || vma->vm_start >= start)
		return 0;
	/* A hole in the middle makes one more mapping. */
	if (end < vma->vm_end &&
	    mm->tree.count >= mm->world->knobs[KNOB_MAX_MAP_COUNT])
		return -ENOMEM;
	mm->world->be->split_huge(vma, vma->vm_start, start);
	return split_vma(vma, start, upper);
}

/* Cut VMAs so that [start, end) begins and ends at VMA boundaries. */
static int split_ends(struct mmsim_mm *mm, vaddr_t start, vaddr_t end)
{
	struct vm_area_struct *vma, *upper;
	int rc;

	rc = split_start(mm, start, end, &upper);
	if (rc)
		return rc;
	vma = vma_tree_find(&mm->tree, end - 1);
	if (!vma || vma->vm_start >= end || end >= vma->vm_end)
		return 0;
	mm->world->be->split_huge(vma, vma->vm_start, end);
	return split_vma(vma, end, &upper);
}

/* Whether a VMA goes on over an address. */
static bool cuts(struct mmsim_mm *mm, vaddr_t addr)
{
	const struct vm_area_struct *vma = vma_tree_find(&mm->tree, addr);

	return vma && vma->vm_start < addr;
}

/* Take the VMAs of the range out; nothing is mapped in it afterwards. */
static void remove_vmas(struct mmu_gather *tlb, vaddr_t start, vaddr_t end)
{
	const struct zap_details details = { .drop_markers = true };
	struct mmsim_mm *mm = tlb->mm;
	struct vm_area_struct *vma, *next;

	for (vma = vma_tree_find(&mm->tree, start); vma && vma->vm_start < end;
	     vma = next) {
		next = vma_tree_next(&mm->tree, vma);
		mm->world->be->zap(tlb, vma, vma->vm_start, vma->vm_end,
				   details);
		if (vma_is_hugetlb(vma))
			hugetlb_unreserve(vma, vma->vm_start, vma->vm_end);
		vm_stat_account(mm, vma->vm_flags, vma_size(vma), -1);
		vma_remove(vma);
	}
}

/* All of it, tables included, is flushed once and freed then. */
static void unmap_gathered(struct mmu_gather *tlb, vaddr_t start, vaddr_t end)
{
	struct vm_area_struct *below, *above;
	struct mmsim_mm *mm = tlb->mm;

	remove_vmas(tlb, start, end);
	below = vma_tree_find_below(&mm->tree, start);
	above = vma_tree_find(&mm->tree, start);
	mm->world->be->free_tables(tlb, start, end, below ? below->vm_end : 0,
				   above ? above->vm_start
					 : mm->world->be->task_size);
	mm->world->be->finish_mmu(tlb);
}

int unmap_range(struct mmsim_mm *mm, vaddr_t start, vaddr_t end)
{
	const struct vm_area_struct *first = vma_tree_find(&mm->tree, start);
	struct mmu_gather tlb;
	int rc = 0;

	if (!first || first->vm_start >= end)
		return 0;
	/* Whole VMAs need no memory to go: exit cannot fail. */
	if (cuts(mm, start) || cuts(mm, end))
		rc = vma_reserve(mm, 2);
	if (!rc)
		rc = split_ends(mm, start, end);
	if (rc)
		return rc;
	lru_drain_for_zap(mm->world);
	tlb_gather_mmu(&tlb, mm);
	unmap_gathered(&tlb, start, end);
	mm_trace(mm, EV_munmap, RULE_NONE, start, start, end);
	return 0;
}

int unmap_up_to_seal(struct mmsim_mm *mm, vaddr_t start, vaddr_t end)
{
	const struct vm_area_struct *first = vma_tree_find(&mm->tree, start);
	struct vm_area_struct *upper;
	int rc;

	if (first->vm_start >= start || first->vm_flags & VM_SEALED)
		return 0;
	rc = vma_reserve(mm, 1);
	if (!rc)
		rc = split_start(mm, start, end, &upper);
	if (!rc)
		upper->kept_apart = true;
	return rc;
}

void exit_mmap(struct mmsim_mm *mm)
{
	struct mmu_gather tlb;

	lru_drain_for_zap(mm->world);
	tlb_gather_mmu_fullmm(&tlb, mm);
	unmap_gathered(&tlb, 0, mm->world->be->task_size);
}

int do_munmap(struct mmsim_mm *mm, vaddr_t start, u64 len)
{
	vaddr_t task_size = mm->world->be->task_size;
	int rc;

	if (!mm_page_aligned(mm, start) || start > task_size ||
	    len > task_size - start)
		return -EINVAL;
	len = mm_page_align(mm, len);
	if (!len)
		return -EINVAL;
	mmap_write_lock(mm);
	rc = unmap_unsealed(mm, start, min_u64(start + len, task_size));
	mmap_write_unlock(mm);
	return rc;
}
