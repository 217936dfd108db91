/* SPDX-License-Identifier: MIT */
/*
 * Entries of hugetlb mappings: always huge, no table is put aside for them,
 * and their pages are in no count of a process. One page takes HPAGE_NR_PMDS
 * entries that lie side by side; what is done to it is done to all of them, by
 * the address and entry of the first.
 */
#ifndef PMD_HUGETLB_H
#define PMD_HUGETLB_H

#include "mm/hugetlb.h"
#include "pte/huge.h"

mm_static pmd_t make_huge_pmd(const struct vm_area_struct *vma, pfn_t pfn);
/* Store entries, present or not. */
mm_static void set_huge_pmds(struct mmsim_mm *mm, vaddr_t haddr, u64 *pmdp,
			     pmd_t pmd, enum sim_rule rule);
/* Return: what the first one was. */
mm_static pmd_t clear_huge_pmds(struct mmsim_mm *mm, vaddr_t haddr, u64 *pmdp,
				enum sim_rule rule);
mm_static pmd_t huge_pmd_mkwrite_dirty(const struct mmsim *w, pmd_t pmd);
mm_static void hugetlb_add_new_anon_rmap(struct mmsim_mm *mm,
					 struct vm_area_struct *vma,
					 vaddr_t addr, pfn_t pfn);
/* One more entry of a page, with a reference. */
mm_static void hugetlb_add_rmap(struct mmsim_mm *mm, vaddr_t addr, pfn_t pfn,
				enum sim_event_type ev, enum sim_rule rule);

/* The same of a page of the file. */
static inline void hugetlb_add_file_rmap(struct mmsim_mm *mm, vaddr_t addr,
					 pfn_t pfn)
{
	hugetlb_add_rmap(mm, addr, pfn, EV_add_file_rmap, RULE_HUGETLB_FILE);
}

mm_static void hugetlb_remove_rmap(struct mmsim_mm *mm, pfn_t pfn,
				   vaddr_t addr);

/* huge_ptep_clear_flush(): most take a huge entry out like a small one, some
 * architectures by a function of their own. */
mm_static pmd_t huge_pmd_clear_flush(struct mmsim_mm *mm, vaddr_t addr,
				     u64 *pmdp, enum sim_rule rule);

/* What the operations on ranges do with one entry. */
mm_static void zap_hugetlb(struct mmu_gather *tlb, struct vm_area_struct *vma,
			   u64 *pmdp, vaddr_t addr);
mm_static int copy_hugetlb(struct mmsim_mm *dst, struct mmsim_mm *src,
			   struct vm_area_struct *dst_vma, u64 *src_pmdp,
			   vaddr_t addr);

/* Contents of a huge page; false: the host has no memory. */
mm_static bool copy_huge_contents(struct mmsim *w, pfn_t copy, pfn_t old);

#endif
