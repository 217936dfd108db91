/* SPDX-License-Identifier: MIT */
/*
 * What the operations on ranges of PTEs ask of huge entries, which src/pmd
 * knows. Each is a huge_fn (pte/lock.h) unless it says otherwise.
 */
#ifndef PTE_HUGE_H
#define PTE_HUGE_H

#include "pte/pte.h"

/* ---- one entry (pmd/pmd.c) ---- */

/* Store a huge entry; what the architecture does not store is dropped. */
mm_static void set_pmd_at(struct mmsim_mm *mm, vaddr_t addr, u64 *pmdp,
			  pmd_t pmd, enum sim_rule rule);

/* Change one in place, as an atomic update does. */
mm_static void pmd_change(struct mmsim_mm *mm, vaddr_t addr, u64 *pmdp,
			  pmd_t pmd, enum sim_event_type ev,
			  enum sim_rule rule);

/**
 * pmdp_invalidate() - keep the CPUs from using a huge entry, which stays
 * present for software, and flush it.
 * @flush: false where the architecture needs none to change protection.
 *
 * Return: the entry as it was.
 */
mm_static pmd_t pmdp_invalidate(struct mmsim_mm *mm, vaddr_t addr, u64 *pmdp,
				bool flush, enum sim_rule rule);
mm_static pmd_t pmdp_huge_get_and_clear(struct mmsim_mm *mm, vaddr_t addr,
					u64 *pmdp, enum sim_rule rule);

static inline bool is_huge_zero_pmd(const struct mmsim_mm *mm, pmd_t pmd)
{
	return mm->world->huge_zero_pfn &&
	       pmd_pfn(pmd) == mm->world->huge_zero_pfn;
}

/* A table is put aside for a huge entry: of a file only where the MMU keeps
 * marks in it (arch-powerpc-book3s64.md 7). */
static inline bool pmd_has_deposit(struct mmsim_mm *mm, pmd_t pmd)
{
	return mm->world->mmu == MMSIM_MMU_HASH || is_huge_zero_pmd(mm, pmd) ||
	       PageAnon(folio_page(&mm->world->phys, pmd_pfn(pmd)));
}

/* The page that speaks for the folio of a huge entry; NULL: huge zero page. */
static inline struct page *vm_normal_huge(struct mmsim_mm *mm, pmd_t pmd)
{
	return is_huge_zero_pmd(mm, pmd)
		       ? NULL
		       : folio_page(&mm->world->phys, pmd_pfn(pmd));
}

/* ---- pmd/hugetlb.c ---- */

/* What a hugetlb entry is under another protection. */
mm_static pmd_t hugetlb_modify(const struct mmsim *w, pmd_t old, pgprot_t prot);

/* And one that is not present: of a page that moves, not to be written without
 * asking any more. */
mm_static void hugetlb_modify_nonpresent(struct mmsim_mm *mm, vaddr_t addr,
					 u64 *pmdp);

/* ---- pmd/split.c ---- */

/**
 * __split_huge_pmd() - map what a huge entry maps by PTEs; of a file nothing
 * is mapped then, nor is there a table.
 * @freeze: the folio is about to be split as well; else it stays whole.
 */
mm_static void __split_huge_pmd(struct mmsim_mm *mm, struct vm_area_struct *vma,
				u64 *pmdp, vaddr_t addr, bool freeze);

/* The same for walks of the reverse map, which have come to it: not counted as
 * __split_huge_pmd. */
mm_static void __split_huge_pmd_locked(struct mmsim_mm *mm,
				       struct vm_area_struct *vma, u64 *pmdp,
				       vaddr_t addr, bool freeze);

/*
 * The same for the entry that an address lies inside of, if the VMA may have a
 * huge one there: it is about to be cut at that address, and by then begins at
 * @floor. The kernel asks once the tables above are there.
 */
mm_static void split_huge_at(struct vm_area_struct *vma, vaddr_t floor,
			     vaddr_t addr);

/* ---- pmd/folio_split.c ---- */

/**
 * split_folio() - make single pages of a folio.
 * @pid: the process on whose behalf, or 0.
 * @pfn: any of its frames.
 *
 * Return: false if something but its mappings refers to it: nothing has
 * changed.
 */
mm_static bool split_folio_for(struct mmsim *w, u32 pid, pfn_t pfn);

/**
 * split_file_folio() - the same of a file's folio, whose entries go.
 * @at: one of its frames.
 * @uneven: only that page becomes single, the others stay folios as large as
 *	can be.
 */
mm_static bool split_file_folio(struct mmsim *w, u32 pid, pfn_t at,
				bool uneven);

static inline bool split_folio(struct mmsim_mm *mm, pfn_t pfn)
{
	return split_folio_for(mm->world, mm->pid, pfn);
}

/* ---- pmd/range.c ---- */

struct zap_huge {
	struct vm_area_struct *vma;
	struct zap_details details;
	struct mmu_gather *tlb;
};
mm_static bool zap_huge_pmd(struct mmsim_mm *mm, u64 *pmdp, vaddr_t addr,
			    vaddr_t next, void *zap_huge);

struct copy_huge {
	struct mmsim_mm *dst;
	struct vm_area_struct *dst_vma, *src_vma;
	int rc;
};
mm_static bool copy_huge_pmd(struct mmsim_mm *src, u64 *src_pmdp, vaddr_t addr,
			     vaddr_t next, void *copy_huge);

struct madvise_huge {
	struct vm_area_struct *vma;
	struct mmu_gather *tlb;
};
mm_static bool madvise_free_huge_pmd(struct mmsim_mm *mm, u64 *pmdp,
				     vaddr_t addr, vaddr_t next,
				     void *madvise_huge);
mm_static bool madvise_cold_huge_pmd(struct mmsim_mm *mm, u64 *pmdp,
				     vaddr_t addr, vaddr_t next,
				     void *madvise_huge);

/**
 * move_huge_pmd() - mremap of what a huge entry maps; no huge_fn.
 *
 * Return: true: moved; false: it was split, or there is no memory for the
 * target's tables (*oom).
 */
mm_static bool move_huge_pmd(struct mmsim_mm *mm, struct vm_area_struct *vma,
			     vaddr_t old, struct vm_area_struct *new_vma,
			     vaddr_t new, u64 len, bool *oom);

#endif
