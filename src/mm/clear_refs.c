/* SPDX-License-Identifier: MIT */
/*
 * /proc/PID/clear_refs (semantics-fault.md 14).
 */
#include "mm/mm.h"

#include <errno.h>

#include "core/backend.h"
#include "core/sched.h"
#include "tlb/flush.h"
#include "vma/vma_ops.h"

/*
 * From now on writes are tracked: shared mappings must fault on them too,
 * which their protection says.
 */
static void track_writes(struct vm_area_struct *vma)
{
	if (!(vma->vm_flags & VM_SOFTDIRTY))
		return;
	vma->vm_flags &= ~VM_SOFTDIRTY;
	vma_set_page_prot(vma);
}

static void clear_soft_dirty(struct mmsim_mm *mm)
{
	struct vm_area_struct *vma;

	mmap_write_lock(mm);
	mm_trace(mm, EV_clear_refs, RULE_NONE, 0, MMSIM_CLEAR_REFS_SOFT_DIRTY,
		 0);
	for (vma = vma_tree_find(&mm->tree, 0); vma;
	     vma = vma_tree_next(&mm->tree, vma)) {
		track_writes(vma);
		/* Without CONFIG_MEM_SOFT_DIRTY the call succeeds all the
		 * same, and finds nothing to do. */
		if (mm->world->rules.soft_dirty)
			mm->world->be->clear_refs(mm, vma, true);
	}
	flush_tlb_mm(mm, RULE_FLUSH_NEEDED);
	mmap_write_unlock(mm);
}

static bool wanted(const struct vm_area_struct *vma, unsigned value)
{
	return value == MMSIM_CLEAR_REFS_ALL ||
	       (value == MMSIM_CLEAR_REFS_MAPPED) == !!vma->vm_file;
}

/* Nothing is flushed: a CPU that has the entry may go on without a trace. */
static void clear_young(struct mmsim_mm *mm, unsigned value)
{
	struct vm_area_struct *vma;

	mmap_read_lock(mm);
	mm_trace(mm, EV_clear_refs, RULE_NONE, 0, value, 0);
	for (vma = vma_tree_find(&mm->tree, 0); vma;
	     vma = vma_tree_next(&mm->tree, vma))
		if (wanted(vma, value))
			mm->world->be->clear_refs(mm, vma, false);
	mmap_read_unlock(mm);
}

int do_clear_refs(struct mmsim_mm *mm, unsigned value)
{
	switch (value) {
	case MMSIM_CLEAR_REFS_ALL:
	case MMSIM_CLEAR_REFS_ANON:
	case MMSIM_CLEAR_REFS_MAPPED:
		clear_young(mm, value);
		return 0;
	case MMSIM_CLEAR_REFS_SOFT_DIRTY:
		clear_soft_dirty(mm);
		return 0;
	case MMSIM_CLEAR_REFS_PEAK_RSS:
		/* No peak is kept: there is nothing to reset. */
		return 0;
	default:
		return -EINVAL;
	}
}
