/* SPDX-License-Identifier: MIT */
/*
 * MADV_GUARD_INSTALL and MADV_GUARD_REMOVE for one VMA.
 */
#include "mm/guard.h"

#include <errno.h>

#include "core/backend.h"
#include "vma/anon_vma.h"

/* Mappings of files came later than anonymous ones. */
static bool may_have_guards(const struct vm_area_struct *vma)
{
	const vm_flags_t special =
		VM_PFNMAP | VM_IO | VM_MIXEDMAP | VM_DONTEXPAND | VM_HUGETLB;

	if (vma->vm_flags & special)
		return false;
	return vma_is_anonymous(vma) ||
	       feat(vma->vm_mm->world, FEAT_GUARD_FILE);
}

/*
 * fork must copy the markers. It copies what has an anon_vma, so anonymous
 * memory gets one; a file's mapping is known by the flag (seen on 6.18).
 */
static int remember_guards(struct vm_area_struct *vma)
{
	if (feat(vma->vm_mm->world, FEAT_GUARD_FLAG))
		vma->vm_flags |= VM_MAYBE_GUARD;
	return vma_is_anonymous(vma) ? anon_vma_prepare(vma) : 0;
}

int guard_install(struct vm_area_struct *vma, vaddr_t start, vaddr_t end)
{
	struct mmsim_mm *mm = vma->vm_mm;
	int rc;

	if (!may_have_guards(vma) || vma->vm_flags & VM_LOCKED)
		return -EINVAL;
	rc = remember_guards(vma);
	return rc ? rc : mm->world->be->guard_install(mm, vma, start, end);
}

int guard_remove(struct vm_area_struct *vma, vaddr_t start, vaddr_t end)
{
	struct mmsim_mm *mm = vma->vm_mm;

	if (!may_have_guards(vma))
		return -EINVAL;
	mm->world->be->guard_remove(mm, start, end);
	return 0;
}
