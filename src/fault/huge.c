/* SPDX-License-Identifier: MIT */
/*
 * Faults on huge entries, and where one might be mapped.
 */
#include "fault/collapse.h"
#include "fault/fault.h"

#include "mm/lru.h"
#include "mm/mthp.h"
#include "pmd/pmd.h"

static unsigned thp_fallback(struct vm_fault *vmf)
{
	if (vmf->mm->world->host.failed)
		return VM_FAULT_HOST;
	mm_trace(vmf->mm, EV_thp_fault_fallback, RULE_THP_FALLBACK, vmf->addr,
		 0, 0);
	return VM_FAULT_FALLBACK;
}

mm_static bool pmd_lock_same(struct vm_fault *vmf, u64 *pmdp, pmd_t pmd)
{
	tables_lock(vmf->mm);
	if (pmd_same(pmdp_get(pmdp), pmd))
		return true;
	tables_unlock(vmf->mm);
	return false;
}

/* A huge page to write to, or none: /proc/vmstat and the counts of its size. */
static unsigned thp_write_fallback(struct vm_fault *vmf)
{
	unsigned rc = thp_fallback(vmf);

	if (rc == VM_FAULT_FALLBACK)
		mthp_count(vmf->mm->world, HPAGE_PMD_ORDER,
			   MTHP_FAULT_FALLBACK);
	return rc;
}

static void count_thp_alloc(struct mmsim_mm *mm)
{
	count_event(mm, EV_thp_fault_alloc);
	mthp_count(mm->world, HPAGE_PMD_ORDER, MTHP_FAULT_ALLOC);
}

/* ---- missing ---- */

/* Only the zero page's entry; a table is put aside first. */
static unsigned map_huge_zero(struct vm_fault *vmf, u64 *pmdp)
{
	vaddr_t haddr = vmf->addr & PMD_MASK;
	struct mmsim_mm *mm = vmf->mm;
	pfn_t pfn;
	pmd_t pmd;

	if (!pgtable_trans_huge_deposit(mm))
		return no_page(vmf);
	pfn = huge_zero_get(mm, vmf->vma, vmf->addr);
	if (pfn == PFN_NONE || !pmd_lock_same(vmf, pmdp, __pmd(0))) {
		free_deposited_table(mm);
		return pfn == PFN_NONE ? thp_fallback(vmf) : 0;
	}
	count_event(mm, EV_kind_huge_zero);
	pmd = mk_huge_pmd(pfn, vmf->vma);
	if (feat(mm->world, FEAT_HUGEZERO_SPECIAL))
		pmd = pmd_mkspecial(pmd);
	set_pmd_at(mm, haddr, pmdp, pmd, RULE_THP_ZERO);
	tables_unlock(mm);
	return 0;
}

static unsigned map_huge_new(struct vm_fault *vmf, u64 *pmdp)
{
	struct mmsim_mm *mm = vmf->mm;
	pfn_t pfn = alloc_huge_folio(mm, vmf->vma, vmf->addr);

	if (pfn == PFN_NONE)
		return thp_write_fallback(vmf);
	count_thp_alloc(mm);
	if (!pgtable_trans_huge_deposit(mm)) {
		world_put_folio(mm->world, pfn, 1);
		return no_page(vmf);
	}
	if (!pmd_lock_same(vmf, pmdp, __pmd(0))) {
		free_deposited_table(mm);
		world_put_folio(mm->world, pfn, 1);
		return 0;
	}
	count_event(mm, EV_kind_huge_anon);
	map_anon_folio_pmd(mm, vmf->vma, vmf->addr & PMD_MASK, pmdp, pfn,
			   RULE_THP_NEW);
	tables_unlock(mm);
	return 0;
}

/* The VMA may be too short around the address: small pages then. */
static enum sim_rule huge_anon_rule(const struct vm_fault *vmf)
{
	if (!thp_vma_suitable_order(vmf->vma, vmf->addr, HPAGE_PMD_ORDER))
		return RULE_NONE;
	return !vmf->write && vmf->mm->world->knobs[KNOB_THP_USE_ZERO]
		       ? RULE_THP_ZERO
		       : RULE_THP_NEW;
}

static unsigned do_huge_pmd_anonymous_page(struct vm_fault *vmf)
{
	enum sim_rule rule = huge_anon_rule(vmf);
	unsigned rc;
	u64 *pmdp;

	mm_trace(vmf->mm, EV_huge_anon, rule, vmf->addr, 0, 0);
	if (rule == RULE_NONE)
		return VM_FAULT_FALLBACK;
	pmdp = pmd_alloc(vmf->mm, vmf->addr);
	if (!pmdp)
		return no_page(vmf);
	rc = anon_vma_fault(vmf);
	if (rc)
		return rc;
	khugepaged_enter_vma(vmf->vma, vmf->vma->vm_flags);
	if (rule == RULE_THP_ZERO)
		return map_huge_zero(vmf, pmdp);
	return map_huge_new(vmf, pmdp);
}

/* ---- write-protected ---- */

static unsigned wp_split(struct vm_fault *vmf, u64 *pmdp, enum sim_rule rule)
{
	mm_trace(vmf->mm, EV_huge_wp, rule, vmf->addr, arch_load(pmdp), 0);
	__split_huge_pmd(vmf->mm, vmf->vma, pmdp, vmf->addr, false);
	return VM_FAULT_FALLBACK;
}

/* A new huge page in place of the huge zero page: one flush, and the table
 * put aside stays so. */
static unsigned do_huge_zero_wp_pmd(struct vm_fault *vmf, u64 *pmdp, pmd_t pmd)
{
	vaddr_t haddr = vmf->addr & PMD_MASK;
	struct mmsim_mm *mm = vmf->mm;
	pfn_t pfn = alloc_huge_folio(mm, vmf->vma, vmf->addr);

	if (pfn == PFN_NONE)
		return thp_write_fallback(vmf);
	count_thp_alloc(mm);
	if (!pmd_lock_same(vmf, pmdp, pmd)) {
		world_put_folio(mm->world, pfn, 1);
		return 0;
	}
	count_event(mm, EV_huge_wp);
	mm_trace(mm, EV_huge_zero_wp, RULE_HUGEZERO_WP_ALLOC, vmf->addr,
		 pmd_val(pmd), pfn);
	pmdp_huge_get_and_clear(mm, haddr, pmdp, RULE_HUGEZERO_WP_ALLOC);
	mm_trace(mm, EV_pmd_clear_flush, RULE_HUGEZERO_WP_ALLOC, haddr,
		 pmd_val(pmd), 0);
	flush_tlb_range(mm, haddr, haddr + PMD_SIZE, RULE_FLUSH_NEEDED);
	count_event(mm, EV_kind_huge_anon);
	map_anon_folio_pmd(mm, vmf->vma, haddr, pmdp, pfn,
			   RULE_HUGEZERO_WP_ALLOC);
	tables_unlock(mm);
	return 0;
}

static unsigned wp_huge_zero(struct vm_fault *vmf, u64 *pmdp, pmd_t pmd)
{
	unsigned rc = VM_FAULT_FALLBACK;

	if (feat(vmf->mm->world, FEAT_HUGEZERO_WP_ALLOC))
		rc = do_huge_zero_wp_pmd(vmf, pmdp, pmd);
	if (rc != VM_FAULT_FALLBACK)
		return rc;
	return wp_split(vmf, pmdp, RULE_HUGEZERO_WP_SPLIT);
}

mm_static enum sim_rule huge_wp_decide(const struct page *head)
{
	if (PageAnonExclusive(head))
		return RULE_THP_REUSE_EXCLUSIVE;
	return head->refcount == 1 ? RULE_THP_REUSE_LAST : RULE_THP_WP_SPLIT;
}

static void huge_wp_reuse(struct vm_fault *vmf, u64 *pmdp, pmd_t pmd,
			  struct page *head, enum sim_rule rule)
{
	const struct mmsim *w = vmf->mm->world;
	pmd_t entry = pmd_mkdirty(pmd_mkyoung(pmd));

	if (feat(w, FEAT_ANON_EXCLUSIVE))
		page_set(head, PG_anon_exclusive);
	if (vmf->unshare) {
		mm_trace(vmf->mm, EV_huge_wp, RULE_UNSHARE, vmf->addr,
			 pmd_val(pmd), pmd_val(pmd));
		return;
	}
	entry = maybe_pmd_mkwrite(entry, vmf->vma, &w->rules);
	count_event(vmf->mm, EV_kind_huge_reuse);
	mm_trace(vmf->mm, EV_huge_wp, rule, vmf->addr, pmd_val(pmd),
		 pmd_val(entry));
	pmd_change(vmf->mm, vmf->addr & PMD_MASK, pmdp, entry,
		   EV_pmd_access_flags, rule);
}

static unsigned do_huge_pmd_wp_page(struct vm_fault *vmf, u64 *pmdp, pmd_t pmd)
{
	struct page *head = vm_normal_huge(vmf->mm, pmd);
	enum sim_rule rule;
	unsigned rc;

	/* Shared, it is mapped again as a whole; private, one page is copied. */
	if (head && !PageAnon(head))
		return wp_split(vmf, pmdp, RULE_THP_WP_FILE);
	if (!vmf->unshare && userfaultfd_wp(vmf->vma)) {
		rc = userfaultfd_wp_huge(vmf, pmdp, pmd);
		if (rc)
			return rc;
	}
	if (!head)
		return wp_huge_zero(vmf, pmdp, pmd);
	if (!pmd_lock_same(vmf, pmdp, pmd))
		return 0;
	rule = huge_wp_decide(head);
	if (rule != RULE_THP_WP_SPLIT)
		huge_wp_reuse(vmf, pmdp, pmd, head, rule);
	tables_unlock(vmf->mm);
	return rule == RULE_THP_WP_SPLIT ? wp_split(vmf, pmdp, rule) : 0;
}

/* ---- present ---- */

mm_static void huge_pmd_set_accessed(struct vm_fault *vmf, u64 *pmdp, pmd_t pmd)
{
	pmd_t entry = pmd_mkyoung(vmf->write ? pmd_mkdirty(pmd) : pmd);

	if (!pmd_lock_same(vmf, pmdp, pmd))
		return;
	if (pmd_same(entry, pmd)) {
		mm_trace(vmf->mm, EV_spurious_fault, RULE_FAULT_SPURIOUS,
			 vmf->addr, pmd_val(pmd), pmd_val(pmd));
		count_event(vmf->mm, EV_kind_spurious);
	} else {
		count_event(vmf->mm, EV_kind_access_flag);
		pmd_change(vmf->mm, vmf->addr & PMD_MASK, pmdp, entry,
			   EV_pmd_access_flags,
			   vmf->write ? RULE_FAULT_DIRTY : RULE_FAULT_YOUNG);
	}
	tables_unlock(vmf->mm);
}

/* A hash MMU loads what a user's fault mapped at once (powerpc sheet 7). */
mm_static void update_mmu_cache_pmd(struct vm_fault *vmf)
{
	u64 *pmdp = huge_find(vmf->mm, vmf->addr);
	pmd_t pmd, hashed;

	if (!pmdp || !(vmf->flags & FAULT_FLAG_USER) ||
	    !pmd_present(pmdp_get(pmdp)))
		return;
	pmd = pmdp_get(pmdp);
	hashed = __pmd(pte_val(arch_pte_preload(__pte(pmd_val(pmd)))));
	if (pmd_young(pmd) && pmd_val(pmd) != pmd_val(hashed))
		pmd_change(vmf->mm, vmf->addr & PMD_MASK, pmdp, hashed,
			   EV_hw_hash_fault, RULE_HW_HASH);
}

mm_static unsigned huge_fault(struct vm_fault *vmf)
{
	u64 *pmdp;
	unsigned rc = 0, miss;
	pmd_t pmd;

	if (!ARCH_HAS_THP)
		return VM_FAULT_FALLBACK;
	pmdp = pmd_find(vmf->mm, vmf->addr, &miss);
	pmd = pmdp ? pmdp_get(pmdp) : __pmd(0);
	if (pmd_none(pmd))
		rc = thp_vma_allows_huge(vmf->vma)
			     ? do_huge_pmd_anonymous_page(vmf)
			     : VM_FAULT_FALLBACK;
	else if (pmd_table(pmd))
		rc = VM_FAULT_FALLBACK;
	else if (pmd_protnone(pmd) && vma_is_accessible(vmf->vma))
		rc = do_huge_pmd_numa_page(vmf, pmdp, pmd);
	else if (vmf_breaks_cow(vmf) && !pmd_write(pmd))
		rc = do_huge_pmd_wp_page(vmf, pmdp, pmd);
	else
		huge_pmd_set_accessed(vmf, pmdp, pmd);
	if (!rc)
		update_mmu_cache_pmd(vmf);
	return rc;
}
