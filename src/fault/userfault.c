/* SPDX-License-Identifier: MIT */
/*
 * Faults that userfaultfd has a say in: writes to entries it has protected.
 *
 * A process that waits for its event runs no further: the access ends, and
 * when it is made again the fault is tried once more, whatever the entry has
 * become, as the sleeping fault would be.
 */
#include "fault/fault.h"

#include <mmsim/process.h>

#include "pmd/pmd.h"
#include "pte/pte.h"

static bool is_async(const struct vm_fault *vmf)
{
	return vmf->mm->uffd.features & MMSIM_UFFD_FEATURE_WP_ASYNC;
}

static unsigned handle_userfault(struct vm_fault *vmf, u64 entry)
{
	/* Who holds on to the mmap lock cannot wait. */
	if (!(vmf->flags & FAULT_FLAG_ALLOW_RETRY))
		return VM_FAULT_SIGBUS;
	mm_trace(vmf->mm, EV_handle_userfault, RULE_UFFD_EVENT, vmf->addr,
		 entry, 0);
	return VM_FAULT_USERFAULT;
}

mm_static unsigned userfaultfd_wp_fault(struct vm_fault *vmf)
{
	const struct arch_rules *r = &vmf->mm->world->rules;

	if (!r->uffd_wp || !pte_uffd_wp(vmf->orig, r))
		return 0;
	if (!is_async(vmf)) {
		vmf_unlock(vmf);
		return handle_userfault(vmf, pte_val(vmf->orig));
	}
	count_ptep_get(vmf->mm, vmf->ptep);
	vmf->orig = pte_clear_uffd_wp(vmf->orig);
	set_pte_at(vmf->mm, vmf->addr, vmf->ptep, vmf->orig, RULE_UFFD_ASYNC);
	vmf->orig = ptep_get(vmf->ptep);
	return 0;
}

mm_static unsigned userfaultfd_wp_huge(struct vm_fault *vmf, u64 *pmdp,
				       pmd_t pmd)
{
	const struct arch_rules *r = &vmf->mm->world->rules;

	if (!r->uffd_wp || !pmd_uffd_wp(pmd, r))
		return 0;
	if (!is_async(vmf))
		return handle_userfault(vmf, pmd_val(pmd));
	__split_huge_pmd(vmf->mm, vmf->vma, pmdp, vmf->addr, false);
	return VM_FAULT_FALLBACK;
}

mm_static pte_t pte_marked(const struct vm_fault *vmf, pte_t pte)
{
	if (likely(!vmf->uffd_wp))
		return pte;
	return pte_mkuffd_wp(pte_wrprotect(pte), &vmf->mm->world->rules);
}

mm_static bool userfault_resolve(struct vm_area_struct *vma, vaddr_t addr)
{
	struct mmsim_mm *mm = vma->vm_mm;

	addr &= PAGE_MASK;
	if (!mm->uffd.resolver)
		return false;
	(void)uffd_wp_range(mm, vma, addr, addr + PAGE_SIZE, false);
	return true;
}

/* A CPU begins or ends to wait. */
static void set_waiting(struct mmsim_mm *mm, unsigned cpu, bool waits)
{
	struct mmsim *w = mm->world;
	const u64 was = mm->uffd.waiting, bit = BIT_U64(cpu);

	mm->uffd.waiting = waits ? was | bit : was & ~bit;
	if (was != mm->uffd.waiting)
		w->uffd_waiting += waits ? 1u : ~0u;
	w->obs.alert.waiting = w->uffd_waiting;
}

mm_static void userfault_wait(struct mmsim_mm *mm, vaddr_t addr)
{
	unsigned cpu = mm->world->obs.cpu;

	set_waiting(mm, cpu, true);
	mm->uffd.addr[cpu] = addr & PAGE_MASK;
}

mm_static bool userfault_wake(struct mmsim_mm *mm, vaddr_t addr, unsigned kind)
{
	unsigned cpu = mm->world->obs.cpu;

	if (!(mm->uffd.waiting & BIT_U64(cpu)))
		return false;
	/* Whatever it does now, it waits no longer. */
	set_waiting(mm, cpu, false);
	return kind == MMSIM_WRITE && (addr & PAGE_MASK) == mm->uffd.addr[cpu];
}
