/* SPDX-License-Identifier: MIT */
/*
 * The lowest per-instance layer: tables and ranges of entries.
 */
#ifndef PTE_PTE_H
#define PTE_PTE_H

#include "core/backend.h"
#include "pte/gather.h"
#include "pte/walk.h"

/* ---- pte/table.c ---- */

mm_static int mm_pgd_init(struct mmsim_mm *mm);
mm_static void mm_pgd_exit(struct mmsim_mm *mm);

/**
 * pte_alloc() - the PTE of an address, with the tables that lead to it.
 *
 * Return: 0; -ENOMEM: upper tables may have been allocated, as in the kernel;
 * they go with the mapping.
 */
mm_static int pte_alloc(struct mmsim_mm *mm, vaddr_t addr, u64 **ptep);

/* The PMD entry of an address, with the tables above it; NULL: no memory. */
mm_static u64 *pmd_alloc(struct mmsim_mm *mm, vaddr_t addr);

/*
 * A huge entry has an empty table of PTEs put aside for it, so that splitting
 * it needs no memory. Which one does not matter: a process has a list.
 *
 * deposit: false: no memory. deposit_table: one that is there and empty.
 * withdraw: the table, off the list.
 */
mm_static bool pgtable_trans_huge_deposit(struct mmsim_mm *mm);
mm_static void pgtable_trans_huge_deposit_table(struct mmsim_mm *mm,
						paddr_t table);
mm_static paddr_t pgtable_trans_huge_withdraw(struct mmsim_mm *mm);
mm_static void free_deposited_table(struct mmsim_mm *mm);

/* Hang an empty table of PTEs into a PMD entry: its first entry. */
mm_static u64 *pmd_populate(struct mmsim_mm *mm, u64 *pmdp, vaddr_t addr,
			    paddr_t table);

/* Take a table of PTEs out of its PMD entry: the table. */
mm_static paddr_t pmd_depopulate(struct mmsim_mm *mm, u64 *pmdp);

mm_static void free_pgtables(struct mmu_gather *tlb, vaddr_t start, vaddr_t end,
			     vaddr_t floor, vaddr_t ceiling);

/* Free the PTE table of an extent if all of it is empty (PT_RECLAIM). */
mm_static void try_to_free_pte_table(struct mmu_gather *tlb, vaddr_t addr);

/* Free a table of a level that nothing leads to any more. @zeroed: every entry
 * was cleared, which leaves zero bytes. */
mm_static void table_free(struct mmsim_mm *mm, unsigned level, paddr_t table,
			  bool zeroed);

/* Move a PTE table as a whole; @new has none yet. False: no memory. */
mm_static bool move_normal_pmd(struct mmsim_mm *mm, vaddr_t old, vaddr_t new);

mm_static void count_tables(struct mmsim_mm *mm, u64 *nr, u64 *bytes);

/* ---- pte/rmap.c: the counts that go with an entry ---- */

/* A frame for contents of a mapping, by its memory policy, refcount 1;
 * PFN_NONE: simulated or host failure. */
mm_static pfn_t alloc_user_page(struct mmsim_mm *mm,
				const struct vm_area_struct *vma, vaddr_t addr);

/* The same where nobody else runs; the caller tells of it. */
mm_inlined pfn_t alloc_page_untold(struct mmsim_mm *mm,
				   const struct vm_area_struct *vma,
				   vaddr_t addr);
mm_static void put_page(struct mmsim_mm *mm, struct page *page);

/* The first mapping of a new anonymous page: exclusive, on the LRU. The event
 * is the caller's, who has at hand what it says anyhow. */
mm_static void folio_add_new_anon_rmap(struct mmsim_mm *mm,
				       struct vm_area_struct *vma, vaddr_t addr,
				       pfn_t pfn);
#define trace_new_anon_rmap(mm, addr, pfn) \
	mm_trace_often(mm, EV_new_anon_rmap, RULE_NONE, addr, 0, pfn)

mm_static void folio_add_file_rmap(struct mmsim_mm *mm, struct page *page,
				   vaddr_t addr, enum sim_rule rule);
mm_static void folio_dup_anon_rmap(struct mmsim_mm *mm, struct page *page,
				   vaddr_t addr);
mm_static void folio_remove_rmap(struct mmsim_mm *mm, struct page *page,
				 vaddr_t addr, enum sim_rule rule);
mm_static void count_rss(struct mmsim_mm *mm, const struct page *page, int nr);

/* ---- pte/rules.c ---- */

typedef int (*own_rule_fn)(const struct mmsim_rule_ctx *ctx, void *user);

/**
 * ask_rule() - the answer of a rule that the caller of mmsim_create() gave.
 * @pte: the entry as it would become.
 */
mm_static int ask_rule(struct mmsim_mm *mm, const struct vm_area_struct *vma,
		       vaddr_t addr, pte_t pte, own_rule_fn rule);

/* ---- ranges ---- */

mm_static void zap_page_range(struct mmu_gather *tlb,
			      struct vm_area_struct *vma, vaddr_t start,
			      vaddr_t end, struct zap_details details);
mm_static int copy_page_range(struct mmsim_mm *dst, struct mmsim_mm *src,
			      struct vm_area_struct *dst_vma,
			      struct vm_area_struct *src_vma);
mm_static u64 change_protection(struct mmu_gather *tlb,
				struct vm_area_struct *vma, vaddr_t start,
				vaddr_t end, unsigned cp_flags);

/**
 * pte_may_be_writable() - can_change_pte_writable() as a hinting fault asks.
 * @pte: the entry as it would become, read-only.
 * @page: its page, if the caller has found it, or NULL.
 */
mm_static bool pte_may_be_writable(struct mmsim_mm *mm,
				   const struct vm_area_struct *vma,
				   vaddr_t addr, pte_t pte,
				   const struct page *page);
mm_static bool pmd_may_be_writable(struct mmsim_mm *mm,
				   const struct vm_area_struct *vma, pmd_t pmd);

mm_static u64 move_page_tables(struct mmsim_mm *mm, struct vm_area_struct *vma,
			       vaddr_t old, struct vm_area_struct *new_vma,
			       vaddr_t new, u64 len);
mm_static void madvise_free_range(struct mmu_gather *tlb,
				  struct vm_area_struct *vma, vaddr_t start,
				  vaddr_t end);
mm_static void madvise_cold_range(struct mmu_gather *tlb,
				  struct vm_area_struct *vma, vaddr_t start,
				  vaddr_t end);

/**
 * clear_refs_range() - make the entries of a VMA old, or with @soft_dirty not
 * soft-dirty and read-only. Does not flush.
 */
mm_static void clear_refs_range(struct mmsim_mm *mm, struct vm_area_struct *vma,
				bool soft_dirty);

/* ---- pte/mkclean.c ---- */

/* Whether the entry was dirty or writable; it is neither now. */
mm_static bool page_mkclean_one(struct mmsim_mm *mm, vaddr_t addr);

/* ---- pte/uffd.c ---- */

static inline bool userfaultfd_wp(const struct vm_area_struct *vma)
{
	return unlikely(vma->vm_flags & VM_UFFD_WP);
}

/* Whether entries that mremap moves there lose userfaultfd's protection. */
static inline bool mremap_clears_uffd_wp(const struct vm_area_struct *new_vma)
{
	return !userfaultfd_wp(new_vma) &&
	       feat(new_vma->vm_mm->world, FEAT_MREMAP_CLEARS_UFFD);
}

/* A marker in the place of an entry that is protected. */
mm_static bool is_uffd_wp_marker(const struct mmsim_mm *mm, pte_t pte);
mm_static pte_t uffd_wp_marker(const struct mmsim_mm *mm);

/* In a mapping of a file the protection outlives the page. */
static inline bool uffd_wp_leaves_marker(const struct vm_area_struct *vma,
					 pte_t pte)
{
	const struct mmsim *w = vma->vm_mm->world;

	return userfaultfd_wp(vma) && !vma_is_anonymous(vma) &&
	       feat(w, FEAT_UFFD_MARKERS) && pte_uffd_wp(pte, &w->rules);
}

/* Whether what is not mapped is protected as well. */
mm_static bool uffd_wp_wants_markers(const struct vm_area_struct *vma);

mm_static int uffd_wp_range(struct mmsim_mm *mm, struct vm_area_struct *vma,
			    vaddr_t start, vaddr_t end, bool enable);

/* ---- pte/guard.c ---- */

mm_static bool is_guard_pte(const struct mmsim_mm *mm, pte_t pte);

/** guard_pte() - the marker of a guard, with no other bit. */
mm_static pte_t guard_pte(const struct mmsim_mm *mm);
mm_static int guard_install_range(struct mmsim_mm *mm,
				  struct vm_area_struct *vma, vaddr_t start,
				  vaddr_t end);
mm_static void guard_remove_range(struct mmsim_mm *mm, vaddr_t start,
				  vaddr_t end);

/* ---- pte/entry.c: looking ---- */

mm_static u64 entry_mask_pfn(u64 raw, const struct arch_rules *rules);
mm_static void entry_get(struct mmsim_mm *mm, vaddr_t addr,
			 struct mmsim_entry *entry);
mm_static unsigned walk_get(struct mmsim_mm *mm, vaddr_t addr,
			    struct mmsim_walk_step *steps, unsigned max);
mm_static int entry_decode(u64 raw, unsigned shift,
			   const struct arch_rules *rules,
			   struct mmsim_entry *entry);
mm_static void entry_helpers(u64 raw, unsigned shift,
			     const struct arch_rules *rules,
			     void (*fn)(const char *name, void *user),
			     void *user);
mm_static void for_each_entry(struct mmsim_mm *mm,
			      void (*fn)(vaddr_t addr,
					 const struct mmsim_entry *entry,
					 void *user),
			      void *user);

#endif
