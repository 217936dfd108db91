/* SPDX-License-Identifier: MIT */
#include "fault/fault.h"

#include "mm/reclaim.h"
#include "pte/pte.h"
#include "pte/swap.h"

mm_static bool vmf_relock(struct vm_fault *vmf)
{
	vmf->ptep = ptl_lock(vmf->mm, vmf->addr);
	if (!vmf->ptep)
		return false;
	if (pte_same(ptep_get(vmf->ptep), vmf->orig))
		return true;
	vmf_unlock(vmf);
	return false;
}

/* The page of a fault that a TLB may have caused. */
static void arm64_flush_fault(const struct vm_fault *vmf, enum sim_rule rule)
{
	if (vmf->write)
		flush_tlb_relaxed(vmf->mm, vmf->addr, rule);
}

mm_static void ptep_set_access_flags(struct vm_fault *vmf, pte_t pte,
				     enum sim_rule rule)
{
	pte_update(vmf->mm, vmf->addr, vmf->ptep, pte, EV_set_access_flags,
		   rule);
	arm64_flush_fault(vmf, RULE_FLUSH_ACCESS);
}

/*
 * The entry allows the access as far as rights go: the fault makes it young,
 * and dirty for a write. Nothing to change: another fault was faster, or the
 * TLB was stale.
 */
static void fault_allowed(struct vm_fault *vmf)
{
	enum sim_rule rule = RULE_FAULT_YOUNG;
	pte_t pte = vmf->orig;

	if (vmf->write) {
		pte = pte_mkdirty(pte);
		rule = RULE_FAULT_DIRTY;
	}
	pte = pte_mkyoung(pte);
	if (pte_same(pte, vmf->orig)) {
		mm_trace(vmf->mm, EV_spurious_fault, RULE_FAULT_SPURIOUS,
			 vmf->addr, pte_val(pte), pte_val(pte));
		count_event(vmf->mm, EV_kind_spurious);
		arm64_flush_fault(vmf, RULE_FLUSH_SPURIOUS);
		return;
	}
	count_event(vmf->mm, EV_kind_access_flag);
	ptep_set_access_flags(vmf, pte, rule);
}

/* Nobody gets past a guard. */
static unsigned fault_guard(struct vm_fault *vmf)
{
	mm_trace(vmf->mm, EV_access_error, RULE_GUARD_FAULT, vmf->addr,
		 pte_val(vmf->orig), 0);
	return VM_FAULT_SIGSEGV;
}

static inline unsigned fault_missing(struct vm_fault *vmf)
{
	if (vma_is_anonymous(vmf->vma))
		return observe_heard(&vmf->mm->world->obs)
			       ? do_anonymous_page_heard(vmf)
			       : do_anonymous_page(vmf);
	vmf_tell(vmf);
	return do_fault(vmf);
}

/* Its mapping is registered no longer: it goes, the access is tried again. */
static unsigned fault_stale_marker(struct vm_fault *vmf)
{
	if (vmf_lock(vmf)) {
		ptep_get_and_clear(vmf->mm, vmf->addr, vmf->ptep,
				   RULE_UFFD_DROP);
		vmf_unlock(vmf);
	}
	return 0;
}

static unsigned fault_hwpoison(struct vm_fault *vmf)
{
	mm_trace(vmf->mm, EV_sigbus, RULE_FAULT_HWPOISON, vmf->addr,
		 pte_val(vmf->orig), 0);
	return VM_FAULT_HWPOISON;
}

/* Entries that are not present are of broken pages, or markers: guards, and protections by
 * userfaultfd that what is mapped now takes over. */
static MMSIM_COLD unsigned fault_marker(struct vm_fault *vmf)
{
	/* The kernel comes here by way of it. */
	count_event(vmf->mm, EV_do_swap_page);
	if (is_hwpoison_pte(vmf->mm, vmf->orig))
		return fault_hwpoison(vmf);
	if (is_guard_pte(vmf->mm, vmf->orig))
		return fault_guard(vmf);
	mm_assert(is_uffd_wp_marker(vmf->mm, vmf->orig));
	if (!userfaultfd_wp(vmf->vma))
		return fault_stale_marker(vmf);
	vmf->uffd_wp = true;
	return fault_missing(vmf);
}

/* Something is there that maps no page. */
static MMSIM_APART unsigned fault_absent(struct vm_fault *vmf)
{
	vmf_tell(vmf);
	if (likely(is_slot_pte(vmf->mm, vmf->orig)))
		return do_swap_page(vmf);
	return fault_marker(vmf);
}

/* A page is there. */
static MMSIM_APART unsigned fault_present(struct vm_fault *vmf)
{
	vmf_tell(vmf);
	if (!vmf_lock(vmf))
		return 0;
	/* KSM breaks up what nobody may access as well. */
	if (unlikely(pte_protnone(vmf->orig)) && vma_is_accessible(vmf->vma))
		return do_numa_page(vmf);
	if (vmf_breaks_cow(vmf) && !pte_write(vmf->orig))
		return do_wp_page(vmf);
	fault_allowed(vmf);
	vmf_unlock(vmf);
	return 0;
}

/* The entry, read without the lock of its table. */
static inline unsigned fault_entry(struct vm_fault *vmf)
{
	vmf->orig = ptep_get(vmf->ptep);
	if (pte_none(vmf->orig))
		return fault_missing(vmf);
	return pte_present(vmf->orig) ? fault_present(vmf) : fault_absent(vmf);
}

/* There is no table: one is made, unless a huge entry is all that it takes,
 * which a file's fault finds out later. */
static MMSIM_APART unsigned fault_without_table(struct vm_fault *vmf)
{
	unsigned rc;

	vmf_tell(vmf);
	rc = huge_fault(vmf);
	if (rc != VM_FAULT_FALLBACK)
		return rc;
	vmf->orig = __pte(0);
	if (file_fault_needs_no_table(vmf))
		return pmd_alloc(vmf->mm, vmf->addr) ? fault_missing(vmf)
						     : no_page(vmf);
	if (pte_alloc(vmf->mm, vmf->addr, &vmf->ptep))
		return no_page(vmf);
	return fault_entry(vmf);
}

mm_static void tell_fault(struct vm_fault *vmf)
{
	vmf->told = true;
	mm_tell(vmf->mm, EV_handle_mm_fault, RULE_NONE, vmf->at,
		vmf->flags & ~FAULT_FLAG_FILL, 0);
}

mm_inlined unsigned handle_fault_here(struct mmsim_mm *mm,
				      struct vm_area_struct *vma, vaddr_t addr,
				      unsigned flags)
{
	struct vm_fault vmf = {
		.mm = mm,
		.vma = vma,
		.addr = addr & PAGE_MASK,
		.at = addr,
		.flags = flags,
		.write = flags & FAULT_FLAG_WRITE,
		.unshare = flags & FAULT_FLAG_UNSHARE &&
			   is_cow_mapping(vma->vm_flags),
	};

	if (unlikely(world_is_short(mm->world))) {
		vmf_tell(&vmf);
		mm_make_room(mm->world);
	}
	if (unlikely(vma->vm_flags & VM_HUGETLB)) {
		vmf_tell(&vmf);
		return hugetlb_fault(&vmf);
	}
	vmf.ptep = pte_find(mm, vmf.addr);
	return likely(vmf.ptep) ? fault_entry(&vmf) : fault_without_table(&vmf);
}

mm_static unsigned handle_fault(struct mmsim_mm *mm, struct vm_area_struct *vma,
				vaddr_t addr, unsigned flags)
{
	return handle_fault_here(mm, vma, addr, flags);
}
