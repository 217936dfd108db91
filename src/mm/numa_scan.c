/* SPDX-License-Identifier: MIT */
/*
 * The scanner that makes hinting entries, and when it runs (sched-debug.rst).
 */
#include "mm/mm.h"

#include <errno.h>

#include "core/backend.h"
#include "core/sched.h"
#include "mm/mempolicy.h"
#include "mm/numa_task.h"
#include "tlb/gather.h"
#include "vma/vma_ops.h"

#define SCAN_EVERYTHING (~(u64)0)

/* What the scanner passes over (semantics-mprotect.md 5). */
static bool scans_vma(const struct vm_area_struct *vma)
{
	if (vma->vm_flags & (VM_IO | VM_PFNMAP | VM_MIXEDMAP | VM_HUGETLB))
		return false;
	if (vma->vm_file && (vma->vm_flags & (VM_READ | VM_WRITE)) == VM_READ)
		return false;
	return vma->vm_flags & VM_ACCESS_FLAGS && vma_policy_mof(vma);
}

/* Where a scan of so many bytes ends in a VMA: no huge page is cut. */
static vaddr_t scan_end(const struct vm_area_struct *vma, vaddr_t addr,
			u64 bytes)
{
	u64 pmd_size = (u64)1 << vma->vm_mm->world->be->pmd_shift;

	if (bytes >= vma->vm_end - addr)
		return vma->vm_end;
	return min_u64(align_up(addr + bytes, pmd_size), vma->vm_end);
}

/* Scan from where the last scan ended, to where this one does: the number of
 * entries changed. */
static u64 scan_range(struct mmu_gather *tlb, vaddr_t *addr, u64 bytes)
{
	struct mmsim_mm *mm = tlb->mm;
	const struct mmsim *w = mm->world;
	struct vm_area_struct *vma;
	vaddr_t start;
	u64 nr = 0;

	while (bytes && !w->unsupported &&
	       (vma = vma_tree_find(&mm->tree, *addr))) {
		start = max_u64(*addr, vma->vm_start);
		*addr = vma->vm_end;
		if (!scans_vma(vma))
			continue;
		*addr = scan_end(vma, start, bytes);
		nr += w->be->change_protection(tlb, vma, start, *addr,
					       MM_CP_PROT_NUMA);
		bytes -= min_u64(bytes, *addr - start);
	}
	return nr;
}

/* One scan: 0, -ENOMEM (host) or -EOPNOTSUPP. Behind the last VMA a pass is over. */
static int scan(struct mmsim_mm *mm, u64 bytes, u64 *nr)
{
	vaddr_t addr = mm->numa_scan_offset;
	struct mmu_gather tlb;
	int rc = numa_tasks_reserve(mm);

	if (rc)
		return rc;
	mmap_read_lock(mm);
	/* What the last scan left may be gone. */
	if (!vma_tree_find(&mm->tree, addr))
		addr = 0;
	tlb_gather_mmu(&tlb, mm);
	*nr += scan_range(&tlb, &addr, bytes);
	mm->world->be->finish_mmu(&tlb);
	if (!vma_tree_find(&mm->tree, addr)) {
		mm->numa_scan_seq++;
		addr = 0;
	}
	mm->numa_scan_offset = addr;
	mmap_read_unlock(mm);
	return mm->world->unsupported ? -EOPNOTSUPP : 0;
}

int do_numa_scan(struct mmsim_mm *mm, u64 *nr)
{
	*nr = 0;
	mm->numa_scan_offset = 0;
	return scan(mm, SCAN_EVERYTHING, nr);
}

/* ---- when ---- */

/* What one scan covers: whole huge pages. */
static u64 scan_bytes(const struct mmsim *w)
{
	return align_up((u64)w->knobs[KNOB_NUMA_SCAN_SIZE] << 20,
			(u64)1 << w->be->pmd_shift);
}

/* How many scans a pass takes. */
static u64 scans_per_pass(const struct mmsim_mm *mm)
{
	u64 bytes = scan_bytes(mm->world), all = 0;
	const struct vm_area_struct *vma;

	for (vma = vma_tree_find(&mm->tree, 0); vma;
	     vma = vma_tree_next(&mm->tree, vma))
		if (scans_vma(vma))
			all += vma_size(vma);
	return max_u64(1, all / bytes + (all % bytes != 0));
}

/* Milliseconds from one scan to the next: the delay, which the period of the
 * whole pass limits. Never 0, so that time that passes comes to its end. */
static u64 scan_interval(const struct mmsim_mm *mm)
{
	const unsigned *knobs = mm->world->knobs;
	u64 scans = scans_per_pass(mm);
	u64 ms = knobs[KNOB_NUMA_SCAN_DELAY];

	ms = min_u64(ms, knobs[KNOB_NUMA_SCAN_PERIOD_MAX] / scans);
	ms = max_u64(ms, knobs[KNOB_NUMA_SCAN_PERIOD_MIN] / scans);
	return max_u64(ms, 1);
}

static bool scanner_is_on(const struct mmsim *w)
{
	return w->knobs[KNOB_NUMA_BALANCING] && scan_bytes(w);
}

int do_numa_advance(struct mmsim_mm *mm, u64 ms, u64 *nr)
{
	const struct mmsim *w = mm->world;
	int rc = 0;

	*nr = 0;
	while (!rc && ms && ms >= mm->numa_scan_wait && scanner_is_on(w)) {
		ms -= mm->numa_scan_wait;
		rc = scan(mm, scan_bytes(w), nr);
		mm->numa_scan_wait = scan_interval(mm);
	}
	mm->numa_scan_wait -= min_u64(ms, mm->numa_scan_wait);
	return rc;
}
