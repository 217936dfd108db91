/* SPDX-License-Identifier: MIT */
#include "fault/fault.h"

#include "pte/pte.h"
#include "vma/anon_vma.h"

mm_static unsigned no_page(const struct vm_fault *vmf)
{
	if (vmf->mm->world->host.failed)
		return VM_FAULT_HOST;
	mm_trace(vmf->mm, EV_oom, RULE_OOM, vmf->addr, 0, 0);
	return VM_FAULT_OOM;
}

mm_static unsigned anon_vma_fault(struct vm_fault *vmf)
{
	if (likely(vmf->vma->anon_vma))
		return 0;
	return anon_vma_prepare(vmf->vma) ? VM_FAULT_HOST : 0;
}

mm_static void map_new_anon(struct vm_fault *vmf, pfn_t pfn, enum sim_rule rule)
{
	const struct arch_rules *rules = &vmf->mm->world->rules;
	pte_t pte = pfn_pte(pfn, vma_prot(vmf->vma));

	folio_add_new_anon_rmap(vmf->mm, vmf->vma, vmf->addr, pfn);
	pte = maybe_mkwrite(pte_mkdirty(pte_mkyoung(pte)), vmf->vma, rules);
	sim_step(vmf->mm->world, MMSIM_STEP_PTE, vmf->addr);
	set_pte_at(vmf->mm, vmf->addr, vmf->ptep, pte, rule);
}

/* A read maps the zero page: read-only, neither counted nor charged. */
static void map_zero_page(struct vm_fault *vmf)
{
	pte_t pte = pfn_pte(vmf->mm->world->zero_pfn, vma_prot(vmf->vma));

	if (!vmf_lock(vmf))
		return;
	mm_trace(vmf->mm, EV_do_anonymous_page, RULE_ANON_ZERO, vmf->addr, 0,
		 0);
	count_event(vmf->mm, EV_kind_anon_zero);
	set_pte_at(vmf->mm, vmf->addr, vmf->ptep, pte_mkspecial(pte),
		   RULE_ANON_ZERO);
	vmf_unlock(vmf);
}

mm_static unsigned do_anonymous_page(struct vm_fault *vmf)
{
	unsigned rc;
	pfn_t pfn;

	if (!vmf->write) {
		map_zero_page(vmf);
		return 0;
	}
	rc = anon_vma_fault(vmf);
	if (rc)
		return rc;
	pfn = alloc_user_page(vmf->mm);
	if (pfn == PFN_NONE)
		return no_page(vmf);
	/* Another CPU's page is there: this one was not needed. */
	if (!vmf_lock(vmf)) {
		put_page(vmf->mm, mm_page(vmf->mm, pfn));
		return 0;
	}
	mm_trace(vmf->mm, EV_do_anonymous_page, RULE_ANON_NEW, vmf->addr, 0,
		 pfn);
	count_event(vmf->mm, EV_kind_anon_write);
	map_new_anon(vmf, pfn, RULE_ANON_NEW);
	vmf_unlock(vmf);
	return 0;
}
