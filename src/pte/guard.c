/* SPDX-License-Identifier: MIT */
/*
 * Guard regions: marker entries that make every access a SIGSEGV, without a
 * VMA of their own (recorded-behaviour.md 8).
 */
#include "pte/pte.h"

#include <errno.h>

#include "mm/lru.h"
#include "pte/lock.h"
#include "pte/swap_entry.h"

mm_static bool is_guard_pte(const struct mmsim_mm *mm, pte_t pte)
{
	const struct arch_rules *r = &mm->world->rules;

	return !pte_none(pte) && !pte_present(pte) &&
	       pte_marker_get(pte_to_swp_entry(pte, r), r) & PTE_MARKER_GUARD;
}

mm_static pte_t guard_pte(const struct mmsim_mm *mm)
{
	const struct arch_rules *r = &mm->world->rules;

	return swp_entry_to_pte(make_pte_marker_entry(PTE_MARKER_GUARD, r), r);
}

/* The table of one page, if what was there went: 0, -EAGAIN, -ENOMEM. */
static int guard_page(struct mmsim_mm *mm, vaddr_t addr)
{
	int rc = 0;
	u64 *ptep;

	if (pte_alloc(mm, addr, &ptep))
		return -ENOMEM;
	ptep = pte_lock(mm, addr, ptep);
	if (!ptep)
		return -EAGAIN;
	if (pte_none(ptep_get(ptep)))
		set_nonpresent_pte_at(mm, addr, ptep, guard_pte(mm),
				      RULE_GUARD_INSTALL);
	else if (!is_guard_pte(mm, ptep_get(ptep)))
		rc = -EAGAIN;
	pte_unlock(mm, addr);
	return rc;
}

/*
 * In a mapping of a file userfaultfd's markers outlive what is freed: the
 * kernel tries again for ever (seen on 6.18).
 */
static bool never_goes(struct mmsim_mm *mm, vaddr_t addr)
{
	const u64 *ptep = pte_find(mm, addr);

	if (!ptep || !is_uffd_wp_marker(mm, ptep_get(ptep)))
		return false;
	mm->world->unsupported =
		"a guard over a userfaultfd marker of a file (a kernel tries for ever)";
	return true;
}

static void zap_at_once(struct vm_area_struct *vma, vaddr_t start, vaddr_t end)
{
	const struct zap_details details = { .drop_tables = false };
	struct mmu_gather tlb;

	lru_drain_for_zap(vma->vm_mm->world);
	tlb_gather_mmu(&tlb, vma->vm_mm);
	zap_page_range(&tlb, vma, start, end, details);
	tlb_finish_mmu(&tlb);
}

mm_static int guard_install_range(struct mmsim_mm *mm,
				  struct vm_area_struct *vma, vaddr_t start,
				  vaddr_t end)
{
	vaddr_t addr;
	int rc;

	zap_at_once(vma, start, end);
	for (addr = start; addr < end; addr += PAGE_SIZE) {
		rc = guard_page(mm, addr);
		/* Another CPU was faster: its page goes too. */
		while (rc == -EAGAIN) {
			zap_at_once(vma, addr, addr + PAGE_SIZE);
			rc = guard_page(mm, addr);
			if (never_goes(mm, addr))
				rc = -EOPNOTSUPP;
		}
		if (rc)
			return rc;
	}
	return 0;
}

/* No CPU can have a marker in its TLB: nothing is flushed. */
mm_static void guard_remove_range(struct mmsim_mm *mm, vaddr_t start,
				  vaddr_t end)
{
	vaddr_t addr, next, from;
	u64 *table, *ptep;

	for (addr = start; (table = pte_table_lock_next(mm, &addr, end, &next));
	     addr = next) {
		for (from = addr; addr < next; addr += PAGE_SIZE) {
			ptep = &table[table_index(addr, 0)];
			if (is_guard_pte(mm, ptep_get(ptep)))
				ptep_get_and_clear(mm, addr, ptep,
						   RULE_GUARD_REMOVE);
		}
		pte_unlock(mm, from);
	}
}
