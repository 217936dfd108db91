/* SPDX-License-Identifier: MIT */
/*
 * Huge entries under the operations on ranges. An operation that concerns a
 * part of one splits it and goes on with the PTEs.
 */
#include "pmd/hugetlb.h"
#include "pmd/pmd.h"

#include <errno.h>

#include "mm/lru.h"
#include "mm/pin.h"
#include "pte/batch.h"
#include "pte/lock.h"
#include "swap/swap.h"

/* ---- zap ---- */

static void zap_huge_folio(struct mmu_gather *tlb, pmd_t old, vaddr_t addr,
			   enum sim_rule rule)
{
	if (rule == RULE_ZAP_FILE) {
		remove_file_pmd(tlb->mm, old, addr, rule);
	} else {
		folio_remove_rmap_pmd(tlb->mm, pmd_pfn(old), addr, rule);
		free_swap_cache(tlb->mm->world, pmd_pfn(old));
	}
	tlb_remove_pages(tlb, pmd_pfn(old), 1);
}

/* What a huge entry maps, as the rule that a zap of it has. */
static enum sim_rule huge_rule(struct mmsim_mm *mm, pmd_t pmd)
{
	if (is_huge_zero_pmd(mm, pmd))
		return RULE_ZAP_ZERO;
	return PageAnon(vm_normal_huge(mm, pmd)) ? RULE_ZAP_ANON
						 : RULE_ZAP_FILE;
}

mm_static bool zap_huge_pmd(struct mmsim_mm *mm, u64 *pmdp, vaddr_t addr,
			    vaddr_t next, void *ctx)
{
	struct zap_huge *zap = ctx;
	enum sim_rule rule;
	pmd_t old;

	/* Of hugetlb a hole takes private copies along (seen on 6.18). */
	if (vma_is_hugetlb(zap->vma)) {
		zap_hugetlb(zap->tlb, zap->vma, pmdp, addr);
		return true;
	}
	rule = huge_rule(mm, pmdp_get(pmdp));
	if (zap->details.keep_cows && rule != RULE_ZAP_FILE)
		return true;
	if (next - addr != PMD_SIZE) {
		__split_huge_pmd(mm, zap->vma, pmdp, addr, false);
		return false;
	}
	tables_lock(mm);
	old = pmdp_huge_get_and_clear(mm, addr, pmdp, rule);
	mm_trace(mm, EV_zap_huge_pmd, rule, addr, pmd_val(old), 0);
	if (pmd_has_deposit(mm, old))
		free_deposited_table(mm);
	tables_unlock(mm);
	tlb_flush_pte_range(zap->tlb, addr, next);
	if (rule != RULE_ZAP_ZERO)
		zap_huge_folio(zap->tlb, old, addr, rule);
	return true;
}

/* ---- fork ---- */

static pmd_t child_pmd(const struct vm_area_struct *dst_vma, pmd_t pmd,
		       const struct arch_rules *rules)
{
	pmd = pmd_mkold(pmd_wrprotect(pmd));
	return rules->uffd_wp && !userfaultfd_wp(dst_vma)
		       ? pmd_clear_uffd_wp(pmd)
		       : pmd;
}

/* A pinned page stays the parent's: the child gets copies, page by page. */
static bool huge_needs_copy_for_dma(struct mmsim_mm *src, pmd_t pmd)
{
	const struct page *head = vm_normal_huge(src, pmd);

	return src->has_pinned && head &&
	       folio_maybe_dma_pinned(src->world, pmd_pfn(pmd)) &&
	       (PageAnonExclusive(head) ||
		!feat(src->world, FEAT_ANON_EXCLUSIVE));
}

mm_static bool copy_huge_pmd(struct mmsim_mm *src, u64 *src_pmdp, vaddr_t addr,
			     vaddr_t next, void *ctx)
{
	struct copy_huge *copy = ctx;
	u64 *dst_pmdp = NULL;
	enum sim_rule rule;
	pmd_t pmd;

	(void)next;
	if (copy->rc)
		return true;
	if (vma_is_hugetlb(copy->dst_vma)) {
		if (is_aligned(addr, HPAGE_SIZE))
			copy->rc = copy_hugetlb(copy->dst, src, copy->dst_vma,
						src_pmdp, addr);
		return true;
	}
	/* The child faults in what is a file's. */
	if (huge_rule(src, pmdp_get(src_pmdp)) == RULE_ZAP_FILE)
		return true;
	if (huge_needs_copy_for_dma(src, pmdp_get(src_pmdp))) {
		__split_huge_pmd(src, copy->src_vma, src_pmdp, addr, false);
		return false;
	}
	dst_pmdp = pmd_alloc(copy->dst, addr);
	if (!dst_pmdp || !pgtable_trans_huge_deposit(copy->dst)) {
		copy->rc = -ENOMEM;
		return true;
	}
	tables_lock(src);
	pmd = pmdp_get(src_pmdp);
	rule = is_huge_zero_pmd(src, pmd) ? RULE_FORK_ZERO : RULE_FORK_SHARE;
	mm_trace(src, EV_copy_huge_pmd, rule, addr, pmd_val(pmd), 0);
	if (rule == RULE_FORK_SHARE)
		folio_dup_anon_pmd(copy->dst, pmd_pfn(pmd), addr);
	if (pmd_write(pmd))
		pmd_change(src, addr, src_pmdp, pmd_wrprotect(pmd),
			   EV_wrprotect, rule);
	set_pmd_at(copy->dst, addr & PMD_MASK, dst_pmdp,
		   child_pmd(copy->dst_vma, pmd, &src->world->rules), rule);
	tables_unlock(src);
	return true;
}

/* ---- madvise ---- */

/* Part of a huge page is given up or made old: the folio itself is split,
 * unless others see it or its entry maps the huge zero page. */
static bool madvise_part(struct mmsim_mm *mm, pmd_t pmd)
{
	return !split_folio(mm, pmd_pfn(pmd));
}

static bool madvise_skips(struct mmsim_mm *mm, pmd_t pmd)
{
	if (is_huge_zero_pmd(mm, pmd))
		return true;
	/* One process may map a file's folio twice. */
	if (feat(mm->world, FEAT_LARGE_FOLIO_REUSE))
		return folio_is_shared(mm->world, pmd_pfn(pmd));
	return folio_mapcount(&mm->world->phys, pmd_pfn(pmd)) != 1;
}

mm_static bool madvise_free_huge_pmd(struct mmsim_mm *mm, u64 *pmdp,
				     vaddr_t addr, vaddr_t next, void *ctx)
{
	struct madvise_huge *how = ctx;
	pmd_t pmd = pmdp_get(pmdp);
	struct page *head = vm_normal_huge(mm, pmd);

	if (madvise_skips(mm, pmd))
		return true;
	if (next - addr != PMD_SIZE)
		return madvise_part(mm, pmd);
	page_clear(head, PG_dirty);
	count_event(mm, EV_madvise_free);
	if (pmd_young(pmd) || pmd_dirty(pmd)) {
		tables_lock(mm);
		pmd = pmdp_invalidate(mm, addr, pmdp, true, RULE_MADV_FREE);
		set_pmd_at(mm, addr, pmdp, pmd_mkclean(pmd_mkold(pmd)),
			   RULE_MADV_FREE);
		tables_unlock(mm);
		tlb_flush_pte_range(how->tlb, addr, next);
	}
	folio_mark_lazyfree_large(mm->world, pmd_pfn(pmd));
	return true;
}

mm_static bool madvise_cold_huge_pmd(struct mmsim_mm *mm, u64 *pmdp,
				     vaddr_t addr, vaddr_t next, void *ctx)
{
	struct madvise_huge *how = ctx;
	pmd_t pmd = pmdp_get(pmdp);

	if (madvise_skips(mm, pmd))
		return true;
	if (next - addr != PMD_SIZE)
		return madvise_part(mm, pmd);
	if (!pmd_young(pmd))
		return true;
	count_event(mm, EV_madvise_cold);
	tables_lock(mm);
	pmd = pmdp_invalidate(mm, addr, pmdp, true, RULE_MADV_COLD);
	set_pmd_at(mm, addr, pmdp, pmd_mkold(pmd), RULE_MADV_COLD);
	tables_unlock(mm);
	tlb_flush_pte_range(how->tlb, addr, next);
	return true;
}

/* ---- mremap ---- */

static pmd_t moved_pmd(const struct vm_area_struct *new_vma, pmd_t pmd,
		       const struct arch_rules *rules)
{
	if (rules->soft_dirty)
		pmd = pmd_mksoft_dirty(pmd);
	return rules->uffd_wp && mremap_clears_uffd_wp(new_vma)
		       ? pmd_clear_uffd_wp(pmd)
		       : pmd;
}

/* Nothing is marked, nothing is split. */
static bool move_hugetlb(struct mmsim_mm *mm, u64 *from, vaddr_t old,
			 vaddr_t new, bool *oom)
{
	u64 *to = pmd_alloc(mm, new);
	pmd_t pmd;

	*oom = !to;
	if (!to)
		return false;
	tables_lock(mm);
	pmd = clear_huge_pmds(mm, old, from, RULE_MREMAP_HUGE);
	mm_trace(mm, EV_move_huge_pmd, RULE_MREMAP_HUGE, old, old, new);
	set_huge_pmds(mm, new, to, pmd, RULE_MREMAP_HUGE);
	flush_tlb_range(mm, old, old + HPAGE_SIZE, RULE_FLUSH_NEEDED);
	tables_unlock(mm);
	return true;
}

mm_static bool move_huge_pmd(struct mmsim_mm *mm, struct vm_area_struct *vma,
			     vaddr_t old, struct vm_area_struct *new_vma,
			     vaddr_t new, u64 len, bool *oom)
{
	u64 *from = huge_find(mm, old), *to;
	pmd_t pmd;

	if (vma_is_hugetlb(vma))
		return move_hugetlb(mm, from, old, new, oom);
	to = len == PMD_SIZE ? pmd_alloc(mm, new) : NULL;
	*oom = len == PMD_SIZE && !to;
	if (*oom)
		return false;
	if (!to || !pmd_none(pmdp_get(to))) {
		__split_huge_pmd(mm, vma, from, old, false);
		return false;
	}
	tables_lock(mm);
	pmd = pmdp_huge_get_and_clear(mm, old, from, RULE_MREMAP_HUGE);
	mm_trace(mm, EV_move_huge_pmd, RULE_MREMAP_HUGE, old, old, new);
	set_pmd_at(mm, new, to, moved_pmd(new_vma, pmd, &mm->world->rules),
		   RULE_MREMAP_HUGE);
	flush_tlb_range(mm, old, old + PMD_SIZE, RULE_FLUSH_NEEDED);
	tables_unlock(mm);
	return true;
}
