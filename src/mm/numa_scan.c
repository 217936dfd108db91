/* SPDX-License-Identifier: MIT */
/*
 * The scanner that makes hinting entries.
 */
#include "mm/mm.h"

#include <errno.h>

#include "core/backend.h"
#include "core/sched.h"
#include "mm/mempolicy.h"
#include "tlb/gather.h"
#include "vma/vma_ops.h"

/* What the scanner passes over (semantics-mprotect.md 5). */
static bool scans_vma(const struct vm_area_struct *vma)
{
	if (vma->vm_flags & (VM_IO | VM_PFNMAP | VM_MIXEDMAP | VM_HUGETLB))
		return false;
	if (vma->vm_file && (vma->vm_flags & (VM_READ | VM_WRITE)) == VM_READ)
		return false;
	return vma->vm_flags & VM_ACCESS_FLAGS && vma_policy_mof(vma);
}

int do_numa_scan(struct mmsim_mm *mm, u64 *nr)
{
	const struct mmsim *w = mm->world;
	struct vm_area_struct *vma;
	struct mmu_gather tlb;
	vaddr_t addr = 0;

	*nr = 0;
	mmap_read_lock(mm);
	tlb_gather_mmu(&tlb, mm);
	mm->numa_scan_seq++;
	while ((vma = vma_tree_find(&mm->tree, addr)) && !w->unsupported) {
		addr = vma->vm_end;
		if (scans_vma(vma))
			*nr += w->be->change_protection(
				&tlb, vma, vma->vm_start, vma->vm_end,
				MM_CP_PROT_NUMA);
	}
	w->be->finish_mmu(&tlb);
	mmap_read_unlock(mm);
	return w->unsupported ? -EOPNOTSUPP : 0;
}
