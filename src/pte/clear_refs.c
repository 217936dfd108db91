/* SPDX-License-Identifier: MIT */
#include "pte/pte.h"

#include "mm/pin.h"
#include "pte/huge.h"
#include "pte/lock.h"
#include "pte/swap_entry.h"

static bool is_pinned_cow(struct mmsim_mm *mm, const struct vm_area_struct *vma,
			  pte_t pte)
{
	struct page *page = vm_normal_page(mm, pte);

	return mm->has_pinned && is_cow_mapping(vma->vm_flags) &&
	       pte_write(pte) && page && PageAnon(page_folio(mm, page)) &&
	       folio_maybe_dma_pinned(mm->world, pte_pfn(pte));
}

/*
 * The write bit goes with the soft-dirty bit, so that the next write faults
 * and sets both again. The entry is taken out and stored anew: a hash MMU
 * forgets its slot (recorded-behaviour.md 2).
 */
static void clear_soft_dirty(struct mmsim_mm *mm,
			     const struct vm_area_struct *vma, vaddr_t addr,
			     u64 *ptep)
{
	pte_t old = ptep_get_counted(mm, ptep);

	if (!pte_present(old)) {
		set_nonpresent_pte_at(
			mm, addr, ptep,
			pte_swp_clear_soft_dirty(old, &mm->world->rules),
			RULE_CLEAR_SOFT_DIRTY);
		return;
	}
	/* Write-protecting it would not stop the device. */
	if (is_pinned_cow(mm, vma, old))
		return;
	/* ptep_modify_prot_start and _commit are a store each. */
	count_event(mm, EV_set_pte);
	set_pte_at(mm, addr, ptep, pte_clear_soft_dirty(pte_wrprotect(old)),
		   RULE_CLEAR_SOFT_DIRTY);
}

/* Only pages that are counted; the zero page has nobody to ask. */
static void clear_young(struct mmsim_mm *mm, vaddr_t addr, u64 *ptep)
{
	pte_t old = ptep_get_counted(mm, ptep);
	struct page *page;

	if (!pte_present(old))
		return;
	page = vm_normal_page(mm, old);
	if (!page)
		return;
	if (pte_young(old))
		pte_update(mm, addr, ptep, pte_mkold(old), EV_clear_young,
			   RULE_CLEAR_YOUNG);
	page_clear(page_folio(mm, page), PG_referenced);
}

/* A huge entry keeps accessed and dirty while it loses the other two: it is
 * made invalid meanwhile (semantics-fault.md 14). */
static bool clear_refs_huge(struct mmsim_mm *mm, u64 *pmdp, vaddr_t addr,
			    vaddr_t next, void *ctx)
{
	const bool soft_dirty = *(const bool *)ctx;
	pmd_t pmd;

	(void)next;
	tables_lock(mm);
	pmd = pmdp_get(pmdp);
	if (soft_dirty) {
		pmd = pmdp_invalidate(mm, addr, pmdp, true,
				      RULE_CLEAR_SOFT_DIRTY);
		set_pmd_at(mm, addr, pmdp,
			   pmd_clear_soft_dirty(pmd_wrprotect(pmd)),
			   RULE_CLEAR_SOFT_DIRTY);
	} else if (pmd_young(pmd)) {
		pmd_change(mm, addr, pmdp, pmd_mkold(pmd), EV_clear_young,
			   RULE_CLEAR_YOUNG);
	}
	tables_unlock(mm);
	return true;
}

mm_static void clear_refs_range(struct mmsim_mm *mm, struct vm_area_struct *vma,
				bool soft_dirty)
{
	vaddr_t addr = vma->vm_start, next, from;
	u64 *table, *ptep;

	/* Entries of hugetlb are passed over. */
	if (vma->vm_flags & VM_HUGETLB)
		return;
	for (; (table = range_lock_next(mm, &addr, vma->vm_end, &next,
					clear_refs_huge, &soft_dirty));
	     addr = next) {
		for (from = addr; addr < next; addr += PAGE_SIZE) {
			ptep = &table[table_index(addr, 0)];
			if (pte_none(pte_raw(ptep)))
				continue;
			sim_step(mm->world, MMSIM_STEP_PTE, addr);
			if (soft_dirty)
				clear_soft_dirty(mm, vma, addr, ptep);
			else
				clear_young(mm, addr, ptep);
		}
		pte_unlock(mm, from);
	}
}
