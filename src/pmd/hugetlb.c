/* SPDX-License-Identifier: MIT */
#include "pmd/hugetlb.h"

#include <errno.h>

#include "mm/lru.h"
#include "mm/pin.h"
#include "pte/lock.h"
#include "pte/swap.h"

/* Built from the PTE's form: hash marks only THP besides (powerpc sheet 2). */
mm_static pmd_t make_huge_pmd(const struct vm_area_struct *vma, pfn_t pfn)
{
	return pmd_mkyoung(
		pmd_mkhuge(__pmd(pte_val(pfn_pte(pfn, vma_prot(vma))))));
}

/* The entry of a part of the page, from the first one's: one that is not
 * present names the frame in its offset. */
static pmd_t huge_pmd_part(const struct arch_rules *r, pmd_t pmd, u64 i)
{
	pte_t pte = __pte(pmd_val(pmd));
	swp_entry_t entry;

	if (!i)
		return pmd;
	if (!is_swap_pmd(pmd))
		return __pmd(pte_val(pte_advance_pfn(pte, i * HPAGE_PMD_NR)));
	entry = pmd_to_swp_entry(pmd, r);
	entry.offset += i * HPAGE_PMD_NR;
	return swp_entry_to_pmd(entry, r);
}

static void set_huge_part(struct mmsim_mm *mm, vaddr_t addr, u64 *pmdp,
			  pmd_t pmd, enum sim_rule rule)
{
	if (!is_swap_pmd(pmd)) {
		set_pmd_at(mm, addr, pmdp, pmd, rule);
		return;
	}
	mm_trace(mm, EV_set_pmd, rule, addr, arch_load(pmdp), pmd_val(pmd));
	arch_store(pmdp, pmd_val(pmd));
}

mm_static void set_huge_pmds(struct mmsim_mm *mm, vaddr_t haddr, u64 *pmdp,
			     pmd_t pmd, enum sim_rule rule)
{
	u64 i;

	for (i = 0; i < HPAGE_NR_PMDS; i++)
		set_huge_part(mm, haddr + i * PMD_SIZE, pmdp + i,
			      huge_pmd_part(&mm->world->rules, pmd, i), rule);
}

mm_static pmd_t clear_huge_pmds(struct mmsim_mm *mm, vaddr_t haddr, u64 *pmdp,
				enum sim_rule rule)
{
	pmd_t old = pmdp_huge_get_and_clear(mm, haddr, pmdp, rule);
	u64 i;

	for (i = 1; i < HPAGE_NR_PMDS; i++)
		pmdp_huge_get_and_clear(mm, haddr + i * PMD_SIZE, pmdp + i,
					rule);
	return old;
}

/* Dirty first, then the plain write bit: on x86 from 6.6 on the dirty bit
 * stays where a read-only entry keeps it. */
mm_static pmd_t huge_pmd_mkwrite_dirty(const struct mmsim *w, pmd_t pmd)
{
	return pmd_mkwrite_novma(pmd_mkdirty(pmd), &w->rules);
}

mm_static void hugetlb_add_new_anon_rmap(struct mmsim_mm *mm,
					 struct vm_area_struct *vma,
					 vaddr_t addr, pfn_t pfn)
{
	struct phys *phys = &mm->world->phys;
	struct page *head = folio_page(phys, pfn);

	head->mapping = (u64)(uintptr_t)vma->anon_vma | PAGE_MAPPING_ANON;
	head->index = linear_page_index(vma, addr);
	if (feat(mm->world, FEAT_ANON_EXCLUSIVE))
		page_set(head, PG_anon_exclusive);
	folio_counts(phys, pfn)->entire_mapcount = 1;
	folio_mm_add(folio_counts(phys, pfn), mm->pid, 1);
}

mm_static void hugetlb_add_rmap(struct mmsim_mm *mm, vaddr_t addr, pfn_t pfn,
				enum sim_event_type ev, enum sim_rule rule)
{
	struct folio_counts *counts = folio_counts(&mm->world->phys, pfn);

	folio_page(&mm->world->phys, pfn)->refcount++;
	counts->entire_mapcount++;
	folio_mm_add(counts, mm->pid, 1);
	mm_trace(mm, ev, rule, addr, (u64)counts->entire_mapcount - 1,
		 (u64)counts->entire_mapcount);
}

mm_static void hugetlb_remove_rmap(struct mmsim_mm *mm, pfn_t pfn, vaddr_t addr)
{
	struct folio_counts *counts = folio_counts(&mm->world->phys, pfn);

	mm_assert(counts->entire_mapcount > 0);
	counts->entire_mapcount--;
	folio_mm_del(counts, mm->pid, 1);
	mm_trace(mm, EV_hugetlb_remove_rmap, RULE_HUGETLB, addr,
		 (u64)counts->entire_mapcount + 1,
		 (u64)counts->entire_mapcount);
}

mm_static void zap_hugetlb(struct mmu_gather *tlb, struct vm_area_struct *vma,
			   u64 *pmdp, vaddr_t addr)
{
	struct mmsim_mm *mm = tlb->mm;
	bool broken = is_hwpoison_pte(mm, __pte(arch_load(pmdp)));
	pmd_t old;

	tables_lock(mm);
	old = clear_huge_pmds(mm, addr, pmdp,
			      broken ? RULE_ZAP_HWPOISON : RULE_HUGETLB);
	tables_unlock(mm);
	/* No CPU has it, and no page goes with it. */
	if (is_swap_pmd(old))
		return;
	tlb_flush_pte_range(tlb, addr, addr + HPAGE_SIZE);
	if (pmd_dirty(old))
		page_set(folio_page(&mm->world->phys, pmd_pfn(old)), PG_dirty);
	hugetlb_remove_rmap(mm, pmd_pfn(old), addr);
	hugetlb_restore(vma, addr, pmd_pfn(old));
	tlb_remove_pages(tlb, pmd_pfn(old), 1);
}

mm_static bool copy_huge_contents(struct mmsim *w, pfn_t copy, pfn_t old)
{
	u64 i;

	for (i = 0; i < HPAGE_NR; i++)
		if (page_copy_contents(&w->phys, copy + i, old + i))
			return false;
	return true;
}

/* From 5.12 on: until then a pinned huge page was shared like any other. */
static bool hugetlb_needs_copy_for_dma(const struct mmsim_mm *src,
				       const struct vm_area_struct *dst_vma,
				       pmd_t pmd)
{
	const struct mmsim *w = src->world;

	return feat(w, FEAT_HUGETLB_FORK_PINNED) && src->has_pinned &&
	       pmd_present(pmd) && is_cow_mapping(dst_vma->vm_flags) &&
	       folio_maybe_dma_pinned(w, pmd_pfn(pmd)) &&
	       (PageAnonExclusive(folio_page(&w->phys, pmd_pfn(pmd))) ||
		!feat(w, FEAT_ANON_EXCLUSIVE));
}

/* The child's own page, out of the pool. */
static int copy_pinned_hugetlb(struct mmsim_mm *dst,
			       struct vm_area_struct *dst_vma, u64 *dst_pmdp,
			       vaddr_t addr, pmd_t pmd)
{
	struct mmsim *w = dst->world;
	pfn_t copy = hugetlb_alloc(dst_vma, addr);

	if (copy == PFN_NONE)
		return -ENOMEM;
	mm_trace(dst, EV_page_alloc, RULE_NONE, 0, 0, copy);
	if (!copy_huge_contents(w, copy, pmd_pfn(pmd))) {
		world_put_folio(w, copy, 1);
		return -ENOMEM;
	}
	hugetlb_add_new_anon_rmap(dst, dst_vma, addr, copy);
	pmd = make_huge_pmd(dst_vma, copy);
	/* At first whatever the mapping allows. */
	if (dst_vma->vm_flags & VM_WRITE || !feat(w, FEAT_HUGETLB_FORK_RIGHTS))
		pmd = huge_pmd_mkwrite_dirty(w, pmd);
	set_huge_pmds(dst, addr, dst_pmdp, pmd, RULE_FORK_PINNED);
	return 0;
}

mm_static pmd_t huge_pmd_clear_flush(struct mmsim_mm *mm, vaddr_t addr,
				     u64 *pmdp, enum sim_rule rule)
{
	pmd_t old = clear_huge_pmds(mm, addr, pmdp, rule);
	bool own = mm->world->arch == MMSIM_ARCH_PPC64 ||
		   feat(mm->world, FEAT_ARM64_HUGETLB_FLUSH);

	mm_trace(mm, own ? EV_pmd_clear_flush : EV_ptep_clear_flush, rule, addr,
		 pmd_val(old), 0);
	flush_tlb_range(mm, addr, addr + HPAGE_SIZE, RULE_FLUSH_NEEDED);
	return old;
}

static void wrprotect_huge_pmds(struct mmsim_mm *mm, vaddr_t haddr, u64 *pmdp)
{
	u64 i;

	for (i = 0; i < HPAGE_NR_PMDS; i++)
		pmd_change(mm, haddr + i * PMD_SIZE, pmdp + i,
			   pmd_wrprotect(pmdp_get(pmdp + i)), EV_wrprotect,
			   RULE_HUGETLB);
}

/* A file's page: the child maps it as its parent does. */
static void share_hugetlb(struct mmsim_mm *dst, u64 *dst_pmdp, vaddr_t addr,
			  pmd_t pmd)
{
	hugetlb_add_file_rmap(dst, addr, pmd_pfn(pmd));
	set_huge_pmds(dst, addr, dst_pmdp, pmd, RULE_HUGETLB_FILE);
}

/* A migration entry of another type; any other entry as it is. */
static pmd_t migration_pmd_as(const struct mmsim *w, pmd_t pmd, unsigned type)
{
	const struct arch_rules *r = &w->rules;
	swp_entry_t old = pmd_to_swp_entry(pmd, r);
	u64 flags = pmd_val(pmd) ^ pmd_val(swp_entry_to_pmd(old, r));

	if (!is_migration_entry(old, r))
		return pmd;
	pmd = swp_entry_to_pmd(swp_entry(type, old.offset), r);
	return __pmd(pmd_val(pmd) ^ flags);
}

/* A page that moves is both processes' from now on. */
static void copy_nonpresent_hugetlb(struct mmsim_mm *dst, struct mmsim_mm *src,
				    const struct vm_area_struct *dst_vma,
				    u64 *dst_pmdp, u64 *src_pmdp, vaddr_t addr)
{
	const struct mmsim *w = src->world;
	pmd_t pmd = pmdp_get(src_pmdp), read = pmd;

	if (is_cow_mapping(dst_vma->vm_flags))
		read = migration_pmd_as(w, pmd, w->rules.types.migration_read);
	if (!pmd_same(read, pmd))
		set_huge_pmds(src, addr, src_pmdp, read, RULE_HUGETLB);
	set_huge_pmds(dst, addr, dst_pmdp, read,
		      is_hwpoison_pte(src, __pte(pmd_val(pmd)))
			      ? RULE_FORK_HWPOISON
			      : RULE_HUGETLB);
}

static void share_anon_hugetlb(struct mmsim_mm *dst, struct mmsim_mm *src,
			       u64 *dst_pmdp, u64 *src_pmdp, vaddr_t addr)
{
	pmd_t pmd = pmdp_get(src_pmdp);

	page_clear(folio_page(&src->world->phys, pmd_pfn(pmd)),
		   PG_anon_exclusive);
	hugetlb_add_rmap(dst, addr, pmd_pfn(pmd), EV_dup_anon_rmap,
			 RULE_HUGETLB);
	if (pmd_write(pmd))
		wrprotect_huge_pmds(src, addr, src_pmdp);
	set_huge_pmds(dst, addr, dst_pmdp, pmd_wrprotect(pmd), RULE_HUGETLB);
}

/* Both become read-only; unlike a THP's the child's entry keeps young. */
mm_static int copy_hugetlb(struct mmsim_mm *dst, struct mmsim_mm *src,
			   struct vm_area_struct *dst_vma, u64 *src_pmdp,
			   vaddr_t addr)
{
	struct phys *phys = &src->world->phys;
	u64 *dst_pmdp = pmd_alloc(dst, addr);
	pmd_t pmd;

	if (!dst_pmdp)
		return -ENOMEM;
	pmd = pmdp_get(src_pmdp);
	if (hugetlb_needs_copy_for_dma(src, dst_vma, pmd))
		return copy_pinned_hugetlb(dst, dst_vma, dst_pmdp, addr, pmd);
	tables_lock(src);
	pmd = pmdp_get(src_pmdp);
	if (is_swap_pmd(pmd))
		copy_nonpresent_hugetlb(dst, src, dst_vma, dst_pmdp, src_pmdp,
					addr);
	else if (PageAnon(folio_page(phys, pmd_pfn(pmd))))
		share_anon_hugetlb(dst, src, dst_pmdp, src_pmdp, addr);
	else
		share_hugetlb(dst, dst_pmdp, addr, pmd);
	tables_unlock(src);
	return 0;
}

mm_static void hugetlb_modify_nonpresent(struct mmsim_mm *mm, vaddr_t addr,
					 u64 *pmdp)
{
	const struct mmsim *w = mm->world;
	const struct arch_rules *r = &w->rules;
	pmd_t old = pmdp_get(pmdp);
	swp_entry_t entry = pmd_to_swp_entry(old, r);
	unsigned type = r->types.migration_read;

	if (!is_writable_migration_entry(entry, r))
		return;
	if (r->types.read_exclusive &&
	    PageAnon(folio_page(&w->phys, swp_offset_pfn(entry, r))))
		type = r->types.migration_read_exclusive;
	set_huge_part(mm, addr, pmdp, migration_pmd_as(w, old, type),
		      RULE_MPROTECT_MODIFY);
}

/* The write bit never comes back by mprotect, in any release. */
mm_static pmd_t hugetlb_modify(const struct mmsim *w, pmd_t old, pgprot_t prot)
{
	pte_t pte = pte_modify(__pte(pmd_val(old)), prot, &w->rules);

	return pmd_mkhuge(__pmd(pte_val(pte)));
}
