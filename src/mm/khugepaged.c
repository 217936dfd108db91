/* SPDX-License-Identifier: MIT */
#include "mm/mm.h"

#include <errno.h>

#include "core/backend.h"
#include "core/sched.h"

int do_khugepaged(struct mmsim_mm *mm, u64 *nr)
{
	const struct mmsim *w = mm->world;
	struct vm_area_struct *vma;
	vaddr_t addr = 0;
	int rc = 0;

	*nr = 0;
	mmap_write_lock(mm);
	while (!rc && (vma = vma_tree_find(&mm->tree, addr))) {
		addr = vma->vm_end;
		rc = w->be->khugepaged(mm, vma, nr);
	}
	mmap_write_unlock(mm);
	/* Without memory it tries again another time. */
	if (w->unsupported)
		return -EOPNOTSUPP;
	return w->host.failed ? -ENOMEM : 0;
}
