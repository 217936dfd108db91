/* SPDX-License-Identifier: MIT */
/*
 * What is tracked in entries: protection by userfaultfd, and soft-dirty.
 */
#include "observe/check_parts.h"

static void check_uffd(struct check *c, vaddr_t addr,
		       const struct vm_area_struct *vma,
		       const struct mmsim_entry *e)
{
	const u32 both = MMSIM_E_PRESENT | MMSIM_E_WRITE;

	/* mremap left bits where nothing is registered, and so does
	 * unregistering. */
	if (c->mm->uffd.stale ||
	    (!(vma->vm_flags & VM_UFFD_WP) &&
	     (!feat(c->w, FEAT_MREMAP_CLEARS_UFFD) ||
	      !feat(c->w, FEAT_UFFD_UNREG_CLEARS))))
		return;
	if ((e->flags & both) == both)
		check_broken(c, INV_UFFD_RO, "pid %u, 0x%llx: raw 0x%llx",
			     c->mm->pid, ADDR(addr), ADDR(e->raw));
	if (!(vma->vm_flags & VM_UFFD_WP))
		check_broken(c, INV_UFFD_REGISTERED,
			     "pid %u, 0x%llx: raw 0x%llx", c->mm->pid,
			     ADDR(addr), ADDR(e->raw));
}

/*
 * Up to 5.19 mprotect gave the write bit back in spite of tracking, and up to
 * 6.18 a merge could lose the flag that says that nothing is tracked. Pinned
 * pages are passed over when it begins.
 */
static bool is_tracked(const struct check *c, const struct vm_area_struct *vma)
{
	return c->w->rules.soft_dirty && !c->mm->has_pinned &&
	       !(vma->vm_flags & (VM_SOFTDIRTY | VM_HUGETLB)) &&
	       feat(c->w, FEAT_SOFT_DIRTY_CHECK) &&
	       feat(c->w, FEAT_MERGE_STICKY);
}

void check_track(struct check *c, vaddr_t addr,
		 const struct vm_area_struct *vma, const struct mmsim_entry *e)
{
	const u32 wanted = MMSIM_E_PRESENT | MMSIM_E_WRITE;
	const u32 all = wanted | MMSIM_E_SOFT_DIRTY;

	if (e->flags & MMSIM_E_UFFD_WP)
		check_uffd(c, addr, vma, e);
	if ((e->flags & all) == wanted && is_tracked(c, vma))
		check_broken(c, INV_SOFT_DIRTY, "pid %u, 0x%llx: raw 0x%llx",
			     c->mm->pid, ADDR(addr), ADDR(e->raw));
}
