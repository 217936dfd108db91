/* SPDX-License-Identifier: MIT */
#include "mm/mm.h"

#include "core/sched.h"
#include "vma/vma_ops.h"

static int grow(struct mmsim_mm *mm, vaddr_t from, vaddr_t to)
{
	struct mmsim_mmap_args args = {
		.size = sizeof(args),
		.addr = from,
		.len = to - from,
		.prot = MMSIM_PROT_READ | MMSIM_PROT_WRITE,
		.flags = MMSIM_MAP_PRIVATE | MMSIM_MAP_ANONYMOUS |
			 MMSIM_MAP_FIXED_NOREPLACE,
	};

	return do_mmap(mm, &args, &from);
}

/*
 * Like the system call it fails by not moving: the caller compares. Only host
 * failures are errors of the call.
 */
static int brk_locked(struct mmsim_mm *mm, vaddr_t addr, vaddr_t *now)
{
	vaddr_t old = mm_page_align(mm, mm->brk);
	vaddr_t new = mm_page_align(mm, addr);
	int rc = 0;

	*now = mm->brk;
	if (addr < mm->brk_start || new < addr)
		return 0;
	mm_trace(mm, EV_brk, RULE_NONE, addr, mm->brk, addr);
	if (new > old)
		rc = grow(mm, old, new);
	else if (new < old)
		rc = unmap_unsealed(mm, new, old);
	if (!rc)
		mm->brk = *now = addr;
	return mm->world->host.failed ? rc : 0;
}

int do_brk(struct mmsim_mm *mm, vaddr_t addr, vaddr_t *now)
{
	int rc;

	mmap_write_lock(mm);
	rc = brk_locked(mm, addr, now);
	mmap_write_unlock(mm);
	return rc;
}
