/* SPDX-License-Identifier: MIT */
#include "mm/mm.h"

#include <errno.h>

#include "core/backend.h"
#include "core/sched.h"
#include "tlb/gather.h"
#include "vma/vma_ops.h"

#define PROT_RIGHTS (MMSIM_PROT_READ | MMSIM_PROT_WRITE | MMSIM_PROT_EXEC)
#define GROWS	    (MMSIM_PROT_GROWSDOWN | MMSIM_PROT_GROWSUP)

/* Charged only once it may be written (semantics-mprotect.md 2.3). */
static bool newly_accountable(vm_flags_t old, vm_flags_t new)
{
	return new &VM_WRITE && !(old & (VM_ACCOUNT | VM_WRITE | VM_HUGETLB |
					 VM_SHARED | VM_NORESERVE));
}

/* From 6.7 on a mapping that nobody has written gives its charge back. */
static bool no_longer_accountable(const struct vm_area_struct *vma,
				  vm_flags_t new)
{
	return feat(vma->vm_mm->world, FEAT_MPROTECT_UNACCOUNT) &&
	       vma->vm_flags & VM_ACCOUNT && vma_is_anonymous(vma) &&
	       !vma->anon_vma && !(new &VM_WRITE);
}

/*
 * Form B asks what form C does, but for the soft-dirty test, which was not
 * fixed yet (semantics-mprotect.md 3).
 */
static bool upgrades(const struct mmsim *w)
{
	return feat(w, FEAT_MPROTECT_UPGRADE) || feat(w, FEAT_MPROTECT_POSTED);
}

/* Whether the entries themselves may get their write bit at once. */
static unsigned cp_flags_for(const struct vm_area_struct *vma)
{
	if (!vma_wants_manual_pte_write_upgrade(vma))
		return 0;
	if (upgrades(vma->vm_mm->world))
		return MM_CP_TRY_CHANGE_WRITABLE;
	return vma->vm_flags & VM_SHARED ? MM_CP_DIRTY_ACCT : 0;
}

static void account_change(struct mmsim_mm *mm, vm_flags_t old, vm_flags_t new,
			   u64 len)
{
	u64 pages = len >> mm->world->phys.page_shift;

	if (new & ~old & VM_ACCOUNT)
		mm->world->committed += pages;
	if (old & ~new &VM_ACCOUNT)
		mm->world->committed -= pages;
}

/* One VMA's part of the range. *vma covers it afterwards. */
static int mprotect_fixup(struct mmu_gather *tlb, struct vm_area_struct **vmap,
			  vaddr_t start, vaddr_t end, vm_flags_t new)
{
	struct mmsim_mm *mm = tlb->mm;
	struct vm_area_struct *vma = *vmap;
	vm_flags_t old = vma->vm_flags;
	int rc = 0;

	if (old & VM_SEALED)
		return refuse_sealed(mm, start);
	if (new == old) {
		mm_trace(mm, EV_mprotect, RULE_MPROTECT_SAME, start, start,
			 end);
		return 0;
	}
	if (newly_accountable(old, new)) {
		rc = vm_enough_memory(mm, end - start);
		new |= VM_ACCOUNT;
	} else if (no_longer_accountable(vma, new)) {
		mm_trace(mm, EV_mprotect, RULE_MPROTECT_UNACCOUNT, start, start,
			 end);
		new &= ~VM_ACCOUNT;
	}
	if (!rc)
		rc = vma_reserve(mm, 2);
	if (rc)
		return rc;
	split_huge_ends(vma, start, end);
	rc = vma_modify_flags(vmap, start, end, new);
	if (rc)
		return rc;
	vma = *vmap;
	account_change(mm, old, new, end - start);
	vma_set_page_prot(vma);
	mm->world->be->change_protection(tlb, vma, start, end,
					 cp_flags_for(vma));
	/* Locked private memory that may now be written is copied at once. */
	if (old & VM_LOCKED && !(old & (VM_WRITE | VM_SHARED)) && new &VM_WRITE)
		rc = mm_populate_range(mm, start, end, POPULATE_NOWAIT);
	return mm->world->host.failed || rc == -EOPNOTSUPP ? rc : 0;
}

static vm_flags_t new_flags(const struct vm_area_struct *vma, int prot)
{
	vm_flags_t flags = vma->vm_flags & ~VM_ACCESS_FLAGS;

	if (prot & MMSIM_PROT_READ)
		flags |= VM_READ;
	if (prot & MMSIM_PROT_WRITE)
		flags |= VM_WRITE;
	if (prot & MMSIM_PROT_EXEC)
		flags |= VM_EXEC;
	return flags;
}

/* Every right needs its MAY right: they are four bits apart. */
static bool may_have(vm_flags_t flags)
{
	return !((flags & ~(flags >> 4)) & VM_ACCESS_FLAGS);
}

static int mprotect_range(struct mmu_gather *tlb, vaddr_t start, vaddr_t end,
			  int prot)
{
	struct mmsim_mm *mm = tlb->mm;
	struct vm_area_struct *vma;
	vaddr_t next;
	vm_flags_t flags;
	int rc;

	for (; start < end; start = next) {
		vma = vma_tree_seek(&mm->tree, start);
		/* What lies before a hole stays changed. */
		if (!vma || vma->vm_start > start)
			return -ENOMEM;
		flags = new_flags(vma, prot);
		if (!may_have(flags))
			return -EACCES;
		next = min_u64(vma->vm_end, end);
		rc = mprotect_fixup(tlb, &vma, start, next, flags);
		if (rc)
			return rc;
		/* It may have merged with what comes next. */
		next = max_u64(next, vma->vm_end);
	}
	return 0;
}

/* PROT_GROWSUP: no mapping of these architectures does. */
static int grow_end(struct mmsim_mm *mm, vaddr_t start)
{
	const struct vm_area_struct *vma = vma_tree_find(&mm->tree, start);

	return !vma || vma->vm_start > start ? -ENOMEM : -EINVAL;
}

/* PROT_GROWSDOWN: down to the start of a mapping that grows down. */
static int grow_start(struct mmsim_mm *mm, vaddr_t *start, vaddr_t end)
{
	const struct vm_area_struct *vma = vma_tree_find(&mm->tree, *start);

	if (!vma || vma->vm_start >= end)
		return -ENOMEM;
	if (!(vma->vm_flags & VM_GROWSDOWN))
		return -EINVAL;
	*start = vma->vm_start;
	return 0;
}

static int mprotect_locked(struct mmsim_mm *mm, vaddr_t start, vaddr_t end,
			   int prot)
{
	struct mmu_gather tlb;
	int rc;

	if (prot & MMSIM_PROT_GROWSUP)
		return grow_end(mm, start);
	if (prot & MMSIM_PROT_GROWSDOWN) {
		rc = grow_start(mm, &start, end);
		if (rc)
			return rc;
	}
	mm_trace(mm, EV_mprotect, RULE_NONE, start, start, end);
	tlb_gather_mmu(&tlb, mm);
	rc = mprotect_range(&tlb, start, end, prot);
	mm->world->be->finish_mmu(&tlb);
	return rc;
}

int do_mprotect(struct mmsim_mm *mm, vaddr_t start, u64 len, int prot)
{
	vaddr_t end;
	int rc;

	if ((prot & GROWS) == GROWS || !mm_page_aligned(mm, start))
		return -EINVAL;
	if (!len)
		return 0;
	end = start + mm_page_align(mm, len);
	if (end <= start)
		return -ENOMEM;
	/* PROT_SEM is for atomic operations, which all memory has. */
	if (prot & ~(PROT_RIGHTS | MMSIM_PROT_SEM | GROWS))
		return -EINVAL;
	mmap_write_lock(mm);
	rc = mprotect_locked(mm, start, end, prot);
	mmap_write_unlock(mm);
	return rc;
}
