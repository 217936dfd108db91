/* SPDX-License-Identifier: MIT */
#include "fault/fault.h"

#include "mm/lru.h"
#include "mm/mempolicy.h"
#include "mm/mthp.h"
#include "pmd/pmd.h"
#include "pte/batch.h"
#include "vma/anon_vma.h"

mm_static unsigned no_page(struct vm_fault *vmf)
{
	if (vmf->mm->world->host.failed)
		return VM_FAULT_HOST;
	vmf_tell(vmf);
	mm_trace(vmf->mm, EV_oom, RULE_OOM, vmf->addr, 0, 0);
	return VM_FAULT_OOM;
}

mm_static unsigned anon_vma_fault(struct vm_fault *vmf)
{
	if (likely(vmf->vma->anon_vma))
		return 0;
	vmf_tell(vmf);
	return anon_vma_prepare(vmf->vma) ? VM_FAULT_HOST : 0;
}

static inline pte_t new_anon_pte(const struct vm_fault *vmf, pfn_t pfn)
{
	const struct arch_rules *rules = &vmf->mm->world->rules;
	pte_t pte = pfn_pte(pfn, vma_prot(vmf->vma));

	pte = maybe_mkwrite(pte_mkdirty(pte_mkyoung(pte)), vmf->vma, rules);
	return pte_marked(vmf, pte);
}

static inline void set_new_anon(struct vm_fault *vmf, pfn_t pfn, pte_t pte,
				enum sim_rule rule)
{
	folio_add_new_anon_rmap(vmf->mm, vmf->vma, vmf->addr, pfn);
	sim_step(vmf->mm->world, MMSIM_STEP_PTE, vmf->addr);
	set_pte_at(vmf->mm, vmf->addr, vmf->ptep, pte, rule);
}

mm_static void map_new_anon(struct vm_fault *vmf, pfn_t pfn, enum sim_rule rule)
{
	set_new_anon(vmf, pfn, new_anon_pte(vmf, pfn), rule);
}

mm_static void map_unshared_anon(struct vm_fault *vmf, pfn_t pfn,
				 enum sim_rule rule)
{
	const struct arch_rules *r = &vmf->mm->world->rules;
	pte_t pte = pte_mkyoung(pfn_pte(pfn, vma_prot(vmf->vma)));

	if (r->soft_dirty && pte_soft_dirty(vmf->orig))
		pte = pte_mksoft_dirty(pte);
	if (r->uffd_wp && pte_uffd_wp(vmf->orig, r))
		pte = pte_mkuffd_wp(pte, r);
	set_new_anon(vmf, pfn, pte, rule);
}

/* A read maps the zero page: read-only, neither counted nor charged. */
static MMSIM_APART unsigned map_zero_page(struct vm_fault *vmf)
{
	pte_t pte = pfn_pte(vmf->mm->world->zero_pfn, vma_prot(vmf->vma));

	vmf_tell(vmf);
	if (!vmf_lock(vmf))
		return 0;
	mm_trace(vmf->mm, EV_do_anonymous_page, RULE_ANON_ZERO, vmf->addr, 0,
		 0);
	count_event(vmf->mm, EV_kind_anon_zero);
	set_pte_at(vmf->mm, vmf->addr, vmf->ptep,
		   pte_marked(vmf, pte_mkspecial(pte)), RULE_ANON_ZERO);
	vmf_unlock(vmf);
	return 0;
}

/* ---- folios of several pages (semantics-fault.md 3) ---- */

mm_static u64 mthp_orders(const struct vm_fault *vmf)
{
	if (!ARCH_HAS_THP || !vmf->mm->world->mthp_any ||
	    vmf->vma->vm_flags & VM_UFFD_ANY ||
	    !feat(vmf->mm->world, FEAT_MTHP))
		return 0;
	return thp_vma_allowable_orders(vmf->vma) &
	       (BIT_U64(HPAGE_PMD_ORDER) - 1);
}

/* The entries of the naturally aligned block around the fault. */
static u64 *block_ptep(const struct vm_fault *vmf, unsigned order)
{
	u64 index = (vmf->addr >> PAGE_SHIFT) & (BIT_U64(order) - 1);

	return vmf->ptep - index;
}

static bool range_none(const u64 *ptep, unsigned order)
{
	u64 i;

	for (i = 0; i < BIT_U64(order); i++)
		if (!pte_none(pte_raw(ptep + i)))
			return false;
	return true;
}

/* A folio of the largest order that fits, or of a lower one if there is no
 * memory for it: its order, 0: none. */
static unsigned alloc_anon_folio(struct vm_fault *vmf, pfn_t *pfn)
{
	u64 orders = mthp_orders(vmf);
	bool fits = false;
	unsigned order;

	for (order = HPAGE_PMD_ORDER - 1; orders && order; order--) {
		if (!(orders & BIT_U64(order)) ||
		    !thp_vma_suitable_order(vmf->vma, vmf->addr, order))
			continue;
		fits = fits || range_none(block_ptep(vmf, order), order);
		if (!fits)
			continue;
		sim_step(vmf->mm->world, MMSIM_STEP_ALLOC, order);
		*pfn = vma_alloc_folio(vmf->mm, vmf->vma, vmf->addr, order);
		if (*pfn != PFN_NONE) {
			mm_trace(vmf->mm, EV_page_alloc, RULE_NONE, 0, 0, *pfn);
			return order;
		}
		count_event(vmf->mm, EV_mthp_fault_fallback);
		mthp_count(vmf->mm->world, order, MTHP_FAULT_FALLBACK);
	}
	return 0;
}

/* Under the lock: another CPU may have mapped a page of the block. */
static void map_folio(struct vm_fault *vmf, pfn_t pfn, unsigned order)
{
	const struct arch_rules *rules = &vmf->mm->world->rules;
	vaddr_t addr = align_down(vmf->addr, PAGE_SIZE << order);
	pte_t pte = pfn_pte(pfn, vma_prot(vmf->vma));
	struct mmsim_mm *mm = vmf->mm;
	unsigned nr = 1u << order;

	mm_trace(mm, EV_do_anonymous_page, RULE_MTHP_NEW, vmf->addr, 0, pfn);
	count_event(mm, EV_mthp_fault_alloc);
	mthp_count(mm->world, order, MTHP_FAULT_ALLOC);
	count_event(mm, EV_kind_anon_write);
	folio_add_new_anon_ptes(mm, vmf->vma, addr, pfn, nr);
	pte = maybe_mkwrite(pte_mkdirty(pte_mkyoung(pte)), vmf->vma, rules);
	sim_step(mm->world, MMSIM_STEP_PTE, addr);
	set_ptes(mm, addr, block_ptep(vmf, order), pte, nr, RULE_MTHP_NEW);
}

/* VM_FAULT_FALLBACK: none of them, go on with a single page. */
static MMSIM_APART unsigned map_new_folio(struct vm_fault *vmf)
{
	unsigned order;
	bool same;
	pfn_t pfn;

	vmf_tell(vmf);
	order = alloc_anon_folio(vmf, &pfn);
	if (!order)
		return vmf->mm->world->host.failed ? VM_FAULT_HOST
						   : VM_FAULT_FALLBACK;
	same = vmf_lock(vmf);
	if (same && range_none(block_ptep(vmf, order), order)) {
		map_folio(vmf, pfn, order);
		vmf_unlock(vmf);
		return 0;
	}
	if (same)
		vmf_unlock(vmf);
	world_put_folio(vmf->mm->world, pfn, 1);
	return 0;
}

/* Another CPU's page is there: this one was not needed. */
static MMSIM_COLD unsigned drop_new_page(struct vm_fault *vmf, pfn_t pfn)
{
	put_page(vmf->mm, mm_page(vmf->mm, pfn));
	return 0;
}

/* Each step by itself, as other CPUs may run in between, or somebody is to
 * hear what else happens there. */
static MMSIM_APART unsigned map_new_page_stepwise(struct vm_fault *vmf)
{
	pfn_t pfn;

	vmf_tell(vmf);
	pfn = alloc_user_page(vmf->mm, vmf->vma, vmf->addr);
	if (pfn == PFN_NONE)
		return no_page(vmf);
	if (!vmf_lock(vmf))
		return drop_new_page(vmf, pfn);
	mm_trace(vmf->mm, EV_do_anonymous_page, RULE_ANON_NEW, vmf->addr, 0,
		 pfn);
	trace_new_anon_rmap(vmf->mm, vmf->addr, pfn);
	count_event(vmf->mm, EV_kind_anon_write);
	map_new_anon(vmf, pfn, RULE_ANON_NEW);
	vmf_unlock(vmf);
	return 0;
}

/* All of a first fault (observe_expand()). */
static inline void tell_new_page(const struct vm_fault *vmf, pfn_t pfn,
				 pte_t pte)
{
	observe_put(&vmf->mm->world->obs,
		    EVENT_WHAT(EVENTS_FIRST_FAULT, vmf->flags), vmf->mm->pid,
		    vmf->at, pfn, pte_val(pte));
}

static inline void count_new_page(struct observe *obs)
{
	observe_count(obs, EV_do_anonymous_page, RULE_ANON_NEW);
	observe_count(obs, EV_new_anon_rmap, RULE_NONE);
	observe_count(obs, EV_set_pte, RULE_ANON_NEW);
	obs->events[EV_kind_anon_write]++;
}

static inline __attribute__((always_inline)) unsigned
map_new_page(struct vm_fault *vmf, bool heard)
{
	struct mmsim_mm *mm = vmf->mm;
	pfn_t pfn = alloc_page_untold(mm, vmf->vma, vmf->addr);
	pte_t pte;

	if (pfn == PFN_NONE)
		return no_page(vmf);
	if (unlikely(!vmf_lock(vmf)))
		return drop_new_page(vmf, pfn);
	count_new_page(&mm->world->obs);
	folio_add_new_anon_rmap(mm, vmf->vma, vmf->addr, pfn);
	pte = set_pte_begin(mm, vmf->addr, vmf->ptep, new_anon_pte(vmf, pfn));
	if (heard)
		tell_new_page(vmf, pfn, pte);
	set_pte_end(mm, vmf->addr, vmf->ptep, pte);
	vmf_unlock(vmf);
	return heard ? vmf->flags & VM_FAULT_FILL : 0;
}

/* Others may run in between; or somebody hears of each step, for not one record
 * tells all, or the batch that a new page fills is told of as well. */
static inline bool steps_apart(const struct vm_fault *vmf, bool heard)
{
	const struct mmsim *w = vmf->mm->world;

	if (unlikely(w->sched.fn))
		return true;
	/* Where a marker was, it has been told. */
	mm_assert(!heard || vmf->told || !pte_val(vmf->orig));
	return heard && (vmf->told || !observe_alone(&w->obs) ||
			 folio_add_lru_drains(w));
}

static inline __attribute__((always_inline)) unsigned
anonymous_page(struct vm_fault *vmf, bool heard)
{
	unsigned rc;

	if (!vmf->write)
		return map_zero_page(vmf);
	if (unlikely(!vmf->vma->anon_vma)) {
		rc = anon_vma_fault(vmf);
		if (rc)
			return rc;
	}
	if (unlikely(mthp_orders(vmf))) {
		rc = map_new_folio(vmf);
		if (rc != VM_FAULT_FALLBACK)
			return rc;
	}
	if (unlikely(steps_apart(vmf, heard)))
		return map_new_page_stepwise(vmf);
	return map_new_page(vmf, heard);
}

mm_static unsigned do_anonymous_page(struct vm_fault *vmf)
{
	return anonymous_page(vmf, false);
}

mm_static unsigned do_anonymous_page_heard(struct vm_fault *vmf)
{
	return anonymous_page(vmf, true);
}
