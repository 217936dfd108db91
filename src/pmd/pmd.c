/* SPDX-License-Identifier: MIT */
#include "pmd/pmd.h"

#include "mm/lru.h"
#include "mm/mempolicy.h"
#include "mm/mthp.h"
#include "pte/batch.h"

/* ---- storing ---- */

static pmd_t pmd_configured(const struct mmsim_mm *mm, pmd_t pmd)
{
	return likely(mm->world->rules.soft_dirty) ? pmd
						   : pmd_clear_soft_dirty(pmd);
}

/* As hash_flush(): also of all that it has put there of the page's parts. */
static void hash_flush_huge(struct mmsim_mm *mm, vaddr_t addr, pmd_t old)
{
	if (arch_pte_hashed(__pte(pmd_val(old))))
		flush_hash_huge(mm, addr, PMD_SIZE);
}

mm_static void set_pmd_at(struct mmsim_mm *mm, vaddr_t addr, u64 *pmdp,
			  pmd_t pmd, enum sim_rule rule)
{
	pmd = pmd_stored(pmd_configured(mm, pmd));
	mm_trace(mm, EV_set_pmd, rule, addr, arch_load(pmdp), pmd_val(pmd));
	hash_flush_huge(mm, addr, pmdp_get(pmdp));
	arch_store(pmdp, pmd_val(pmd));
}

mm_static void pmd_change(struct mmsim_mm *mm, vaddr_t addr, u64 *pmdp,
			  pmd_t pmd, enum sim_event_type ev, enum sim_rule rule)
{
	pmd = pmd_configured(mm, pmd);
	count_event(mm, EV_set_pmd);
	mm_trace(mm, ev, rule, addr, arch_load(pmdp), pmd_val(pmd));
	hash_flush_huge(mm, addr, pmdp_get(pmdp));
	arch_store(pmdp, pmd_val(pmd));
	if (ev == EV_pmd_access_flags)
		flush_tlb_relaxed(mm, addr, RULE_FLUSH_ACCESS);
}

mm_static pmd_t pmdp_invalidate(struct mmsim_mm *mm, vaddr_t addr, u64 *pmdp,
				bool flush, enum sim_rule rule)
{
	pmd_t old;

	sim_step(mm->world, MMSIM_STEP_PTE, addr);
	old = pmdp_get(pmdp);
	count_event(mm, EV_set_pmd);
	mm_trace(mm, EV_pmdp_invalidate, rule, addr, pmd_val(old),
		 pmd_val(pmd_mkinvalid(old)));
	hash_flush_huge(mm, addr, old);
	arch_store(pmdp, pmd_val(pmd_mkinvalid(old)));
	if (flush)
		flush_tlb_range(mm, addr, addr + PMD_SIZE, rule);
	return old;
}

mm_static pmd_t pmdp_huge_get_and_clear(struct mmsim_mm *mm, vaddr_t addr,
					u64 *pmdp, enum sim_rule rule)
{
	pmd_t old;

	sim_step(mm->world, MMSIM_STEP_PTE, addr);
	old = pmdp_get(pmdp);
	count_event(mm, EV_set_pmd);
	mm_trace(mm, EV_pmd_clear, rule, addr, pmd_val(old), 0);
	hash_flush_huge(mm, addr, old);
	arch_store(pmdp, 0);
	return old;
}

/* ---- counts ---- */

mm_static void folio_add_new_anon_pmd(struct mmsim_mm *mm,
				      struct vm_area_struct *vma, vaddr_t addr,
				      pfn_t pfn)
{
	struct phys *phys = &mm->world->phys;
	struct folio_counts *counts = folio_counts(phys, pfn);
	struct page *head = folio_page(phys, pfn);

	head->mapping = (u64)(uintptr_t)vma->anon_vma | PAGE_MAPPING_ANON;
	head->index = linear_page_index(vma, addr);
	page_set(head, PG_swapbacked);
	if (feat(mm->world, FEAT_ANON_EXCLUSIVE))
		page_set(head, PG_anon_exclusive);
	counts->entire_mapcount = 1;
	folio_mm_add(counts, mm->pid, 1);
	mthp_count(mm->world, HPAGE_PMD_ORDER, MTHP_NR_ANON);
	mm->rss[MM_ANONPAGES] += HPAGE_PMD_NR;
	mm_trace(mm, EV_new_anon_rmap, RULE_NONE, addr, 0, pfn);
	folio_add_lru_large(mm->world, pfn);
}

mm_static void folio_add_pmd(struct mmsim_mm *mm, pfn_t pfn, vaddr_t addr,
			     enum sim_event_type ev, enum sim_rule rule)
{
	struct phys *phys = &mm->world->phys;
	struct folio_counts *counts = folio_counts(phys, pfn);
	struct page *folio = folio_page(phys, pfn);

	folio->refcount++;
	counts->entire_mapcount++;
	folio_mm_add(counts, mm->pid, 1);
	count_rss(mm, folio, (int)HPAGE_PMD_NR);
	mm_trace(mm, ev, rule, addr, (u64)counts->entire_mapcount - 1,
		 (u64)counts->entire_mapcount);
}

mm_static void folio_dup_anon_pmd(struct mmsim_mm *dst, pfn_t pfn, vaddr_t addr)
{
	page_clear(folio_page(&dst->world->phys, pfn), PG_anon_exclusive);
	folio_add_pmd(dst, pfn, addr, EV_dup_anon_rmap, RULE_FORK_SHARE);
}

/* Pages that nothing maps any more, of an anonymous folio that something
 * maps. */
static bool partially_mapped(const struct phys *phys, pfn_t pfn)
{
	const struct folio_counts *counts = folio_counts(phys, pfn);
	u64 i;

	if (!PageAnon(folio_page(phys, pfn)) || counts->entire_mapcount ||
	    !counts->large_mapcount)
		return false;
	for (i = 0; i < folio_nr_pages(phys, pfn); i++)
		if (!page_pte_mapcount(phys, pfn + i))
			return true;
	return false;
}

mm_static void folio_remove_rmap_pmd(struct mmsim_mm *mm, pfn_t pfn,
				     vaddr_t addr, enum sim_rule rule)
{
	struct phys *phys = &mm->world->phys;
	struct folio_counts *counts = folio_counts(phys, pfn);

	mm_assert(counts->entire_mapcount > 0);
	counts->entire_mapcount--;
	folio_mm_del(counts, mm->pid, 1);
	count_rss(mm, folio_page(phys, pfn), -(int)HPAGE_PMD_NR);
	mm_trace(mm, EV_remove_rmap_pmd, rule, addr,
		 (u64)counts->entire_mapcount + 1,
		 (u64)counts->entire_mapcount);
	if (partially_mapped(phys, pfn))
		folio_set_partially_mapped(mm, pfn, addr);
}

mm_static void map_anon_folio_pmd(struct mmsim_mm *mm,
				  struct vm_area_struct *vma, vaddr_t addr,
				  u64 *pmdp, pfn_t pfn, enum sim_rule rule)
{
	const struct arch_rules *rules = &mm->world->rules;
	pmd_t pmd = pmd_mkdirty(mk_huge_pmd(pfn, vma));

	folio_add_new_anon_pmd(mm, vma, addr, pfn);
	sim_step(mm->world, MMSIM_STEP_PTE, addr);
	set_pmd_at(mm, addr, pmdp, maybe_pmd_mkwrite(pmd, vma, rules), rule);
	if (feat(mm->world, FEAT_THP_DEFERRED)) {
		deferred_split_folio(mm, pfn, addr);
		huge_folio_waits(mm->world, pfn);
	}
}

/* ---- getting one ---- */

mm_static pfn_t alloc_huge_folio(struct mmsim_mm *mm,
				 const struct vm_area_struct *vma, vaddr_t addr)
{
	pfn_t pfn;

	sim_step(mm->world, MMSIM_STEP_ALLOC, HPAGE_PMD_ORDER);
	pfn = vma_alloc_folio(mm, vma, addr, HPAGE_PMD_ORDER);
	if (pfn != PFN_NONE)
		mm_trace(mm, EV_page_alloc, RULE_NONE, 0, 0, pfn);
	return pfn;
}

mm_static pfn_t huge_zero_get(struct mmsim_mm *mm,
			      const struct vm_area_struct *vma, vaddr_t addr)
{
	struct mmsim *w = mm->world;
	pfn_t pfn = w->huge_zero_pfn;

	if (pfn)
		return pfn;
	pfn = alloc_huge_folio(mm, vma, addr);
	if (pfn == PFN_NONE) {
		count_event(mm, EV_thp_zero_page_alloc_failed);
		return pfn;
	}
	/* Another CPU's may have been faster. */
	if (w->huge_zero_pfn) {
		world_put_folio(w, pfn, 1);
		return w->huge_zero_pfn;
	}
	page_set(folio_page(&w->phys, pfn), PG_zero | PG_reserved);
	w->huge_zero_pfn = pfn;
	count_event(mm, EV_thp_zero_page_alloc);
	return pfn;
}
