/* SPDX-License-Identifier: MIT */
/*
 * Huge entries: a PMD that maps a whole folio, or the huge zero page.
 */
#ifndef PMD_PMD_H
#define PMD_PMD_H

#include "pte/huge.h"

static inline pmd_t mk_huge_pmd(pfn_t pfn, const struct vm_area_struct *vma)
{
	return pmd_mkhuge(pfn_pmd(pfn, vma_prot(vma)));
}

static inline pmd_t maybe_pmd_mkwrite(pmd_t pmd,
				      const struct vm_area_struct *vma,
				      const struct arch_rules *rules)
{
	return vma->vm_flags & VM_WRITE ? pmd_mkwrite(pmd, rules) : pmd;
}

/* ---- pmd/pmd.c: the counts that go with a huge entry ---- */

/* A new folio's mapping: exclusive, on the LRU. */
mm_static void folio_add_new_anon_pmd(struct mmsim_mm *mm,
				      struct vm_area_struct *vma, vaddr_t addr,
				      pfn_t pfn);
mm_static void folio_dup_anon_pmd(struct mmsim_mm *dst, pfn_t pfn,
				  vaddr_t addr);
/* One more huge entry, of a folio that stays as exclusive as it is. */
mm_static void folio_add_pmd(struct mmsim_mm *mm, pfn_t pfn, vaddr_t addr,
			     enum sim_event_type ev, enum sim_rule rule);
mm_static void folio_remove_rmap_pmd(struct mmsim_mm *mm, pfn_t pfn,
				     vaddr_t addr, enum sim_rule rule);

/* A file's huge entry was taken out: what it knew is the folio's now. The
 * reference is the caller's. */
mm_static void remove_file_pmd(struct mmsim_mm *mm, pmd_t old, vaddr_t addr,
			       enum sim_rule rule);

/* Map a new folio for write: the entry was empty, a table is put aside. */
mm_static void map_anon_folio_pmd(struct mmsim_mm *mm,
				  struct vm_area_struct *vma, vaddr_t addr,
				  u64 *pmdp, pfn_t pfn, enum sim_rule rule);

/* A zeroed folio of the PMD's size for a mapping; PFN_NONE: none. */
mm_static pfn_t alloc_huge_folio(struct mmsim_mm *mm,
				 const struct vm_area_struct *vma,
				 vaddr_t addr);

/* The huge zero page, allocated when it is first asked for; PFN_NONE. */
mm_static pfn_t huge_zero_get(struct mmsim_mm *mm,
			      const struct vm_area_struct *vma, vaddr_t addr);

/* ---- pmd/orders.c: which sizes a mapping may have (semantics-fault.md 3) */

/* Orders as bits, of those up to the PMD's; block and VMA are not looked at. */
mm_static u64 thp_vma_allowable_orders(const struct vm_area_struct *vma);

/* Of them, whether the PMD's is one. */
mm_static bool thp_vma_allows_huge(const struct vm_area_struct *vma);

/* The same of a page that shared memory is to get for a mapping
 * (docs/shmem-thp.md). */
mm_static u64 shmem_allowable_orders(const struct vm_area_struct *vma,
				     vaddr_t addr);

/* Whether the naturally aligned block of an order around addr lies inside, and
 * in a file is aligned there as well. */
static inline bool thp_vma_suitable_order(const struct vm_area_struct *vma,
					  vaddr_t addr, unsigned order)
{
	u64 size = PAGE_SIZE << order;
	vaddr_t start = align_down(addr, size);

	if (!vma_is_anonymous(vma) &&
	    !is_aligned((vma->vm_start >> PAGE_SHIFT) - vma->vm_pgoff,
			BIT_U64(order)))
		return false;
	return start >= vma->vm_start && start + size <= vma->vm_end;
}

#endif
