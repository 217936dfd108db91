/* SPDX-License-Identifier: MIT */
#include "pmd/pmd.h"

#include "mm/lru.h"
#include "pte/batch.h"
#include "pte/lock.h"
#include "pte/migration.h"

/*
 * The write bit. Before dirty was handed on, a mapping that may be written got
 * it first and lost it again: where mkwrite makes an entry dirty (arm64, 5.10)
 * that leaves it dirty, as the recordings show.
 */
static pte_t split_write(const struct mmsim *w,
			 const struct vm_area_struct *vma, pte_t pte,
			 bool write)
{
	if (write)
		return pte_mkwrite(pte, &w->rules);
	if (feat(w, FEAT_SPLIT_KEEPS_DIRTY))
		return pte;
	return pte_wrprotect(maybe_mkwrite(pte, vma, &w->rules));
}

/* What every PTE of a split entry is, with the first page's frame. If the
 * folio is to be split too they become migration entries, which keep more. */
static pte_t split_pte(const struct mmsim *w, const struct vm_area_struct *vma,
		       pmd_t old, bool freeze)
{
	enum feature keeps =
		freeze ? FEAT_MIGRATION_AD : FEAT_SPLIT_KEEPS_DIRTY;
	const struct arch_rules *r = &w->rules;
	pte_t pte = pfn_pte(pmd_pfn(old), vma_prot(vma));

	if (feat(w, keeps) && pmd_dirty(old))
		pte = pte_mkdirty(pte);
	pte = split_write(w, vma, pte, pmd_write(old));
	if (!pmd_young(old))
		pte = pte_mkold(pte);
	if (pmd_soft_dirty(old))
		pte = pte_mksoft_dirty(pte);
	if (pmd_uffd_wp(old, r))
		pte = pte_mkuffd_wp(pte, r);
	return pte;
}

/* The table that was put aside takes the entry's place. */
static u64 *install_table(struct mmsim_mm *mm, u64 *pmdp, vaddr_t addr)
{
	return pmd_populate(mm, pmdp, addr, pgtable_trans_huge_withdraw(mm));
}

/* The mapping by the huge entry is gone. */
static void split_unmap(struct mmsim_mm *mm, struct folio_counts *counts)
{
	counts->entire_mapcount--;
	folio_mm_del(counts, mm->pid, 1);
	if (feat(mm->world, FEAT_SPLIT_REMOVES_RMAP))
		mm_trace(mm, EV_remove_rmap_pmd, RULE_SPLIT_PMD, 0,
			 (u64)counts->entire_mapcount + 1,
			 (u64)counts->entire_mapcount);
}

/* Every page of the folio is mapped once more, then the whole once less. */
static void split_counts(struct mmsim_mm *mm, pfn_t pfn)
{
	struct phys *phys = &mm->world->phys;
	struct folio_counts *counts = folio_counts(phys, pfn);
	struct page *head = folio_page(phys, pfn);
	bool exclusive = PageAnonExclusive(head);
	pfn_t i;

	head->refcount += (s32)HPAGE_PMD_NR - 1;
	for (i = 0; i < HPAGE_PMD_NR; i++) {
		head[i].mapcount++;
		if (exclusive)
			page_set(&head[i], PG_anon_exclusive);
	}
	folio_mm_add(counts, mm->pid, (s32)HPAGE_PMD_NR);
	split_unmap(mm, counts);
}

/* Nothing is mapped any more: what the head said of all pages, the migration
 * entries say. Before split_unmap() had its function each of them took a
 * mapping away. */
static void freeze_counts(struct mmsim_mm *mm, pfn_t pfn)
{
	struct phys *phys = &mm->world->phys;
	struct page *head = folio_page(phys, pfn);

	page_clear(head, PG_anon_exclusive);
	head->refcount--;
	mm->rss[MM_ANONPAGES] -= HPAGE_PMD_NR;
	split_unmap(mm, folio_counts(phys, pfn));
	if (!feat(mm->world, FEAT_SPLIT_REMOVES_RMAP))
		mm->world->obs.events[EV_remove_rmap] += HPAGE_PMD_NR;
}

static void set_migration_ptes(struct mmsim_mm *mm, vaddr_t addr, u64 *ptep,
			       pte_t pte, bool exclusive)
{
	const struct mmsim *w = mm->world;
	unsigned i;

	for (i = 0; i < HPAGE_PMD_NR; i++)
		set_nonpresent_pte_at(
			mm, addr + i * PAGE_SIZE, ptep + i,
			migration_pte(w, pte_advance_pfn(pte, i), exclusive),
			RULE_MIGRATE_UNMAP);
}

static void split_anon(struct mmsim_mm *mm, struct vm_area_struct *vma,
		       u64 *pmdp, vaddr_t addr, bool freeze)
{
	pmd_t old = pmdp_invalidate(mm, addr, pmdp, true, RULE_SPLIT_PMD);
	struct page *head = folio_page(&mm->world->phys, pmd_pfn(old));
	pte_t pte = split_pte(mm->world, vma, old, freeze);
	bool exclusive = PageAnonExclusive(head);
	u64 *ptep;

	folio_spread(&mm->world->phys, pmd_pfn(old));
	head = folio_page(&mm->world->phys, pmd_pfn(old));
	if (pmd_dirty(old))
		page_set(head, PG_dirty);
	if (freeze)
		freeze_counts(mm, pmd_pfn(old));
	else
		split_counts(mm, pmd_pfn(old));
	ptep = install_table(mm, pmdp, addr);
	ptep = pte_lock(mm, addr, ptep);
	if (freeze)
		set_migration_ptes(mm, addr, ptep, pte, exclusive);
	else
		set_ptes(mm, addr, ptep, pte, HPAGE_PMD_NR, RULE_SPLIT_PMD);
	pte_unlock(mm, addr);
}

/* The huge zero page has no counts; each PTE maps the small one. */
static void split_huge_zero(struct mmsim_mm *mm, struct vm_area_struct *vma,
			    u64 *pmdp, vaddr_t addr)
{
	const struct arch_rules *r = &mm->world->rules;
	pte_t pte = pte_mkspecial(pfn_pte(mm->world->zero_pfn, vma_prot(vma)));
	pmd_t old =
		pmdp_huge_get_and_clear(mm, addr, pmdp, RULE_SPLIT_HUGEZERO);
	u64 *ptep, i;

	mm_trace(mm, EV_pmd_clear_flush, RULE_SPLIT_HUGEZERO, addr,
		 pmd_val(old), 0);
	flush_tlb_range(mm, addr, addr + PMD_SIZE, RULE_FLUSH_NEEDED);
	if (feat(mm->world, FEAT_SPLIT_KEEPS_UFFD) && pmd_uffd_wp(old, r))
		pte = pte_mkuffd_wp(pte, r);
	ptep = install_table(mm, pmdp, addr);
	ptep = pte_lock(mm, addr, ptep);
	for (i = 0; i < HPAGE_PMD_NR; i++)
		set_pte_at(mm, addr + i * PAGE_SIZE, ptep + i, pte,
			   RULE_SPLIT_HUGEZERO);
	pte_unlock(mm, addr);
}

mm_static void remove_file_pmd(struct mmsim_mm *mm, pmd_t old, vaddr_t addr,
			       enum sim_rule rule)
{
	struct page *head = vm_normal_huge(mm, old);

	if (pmd_dirty(old))
		page_set(head, PG_dirty);
	if (pmd_young(old))
		page_set(head, PG_referenced);
	folio_remove_rmap_pmd(mm, pmd_pfn(old), addr, rule);
}

/* Its pages are found again through the file: nothing is mapped instead. */
static void split_file(struct mmsim_mm *mm, u64 *pmdp, vaddr_t addr)
{
	pmd_t old = pmdp_huge_get_and_clear(mm, addr, pmdp, RULE_SPLIT_FILE);

	mm_trace(mm, EV_pmd_clear_flush, RULE_SPLIT_FILE, addr, pmd_val(old),
		 0);
	flush_tlb_range(mm, addr, addr + PMD_SIZE, RULE_FLUSH_NEEDED);
	if (pmd_has_deposit(mm, old))
		free_deposited_table(mm);
	remove_file_pmd(mm, old, addr, RULE_SPLIT_FILE);
	world_put_folio(mm->world, pmd_pfn(old), 1);
}

mm_static void __split_huge_pmd_locked(struct mmsim_mm *mm,
				       struct vm_area_struct *vma, u64 *pmdp,
				       vaddr_t addr, bool freeze)
{
	pmd_t pmd;

	addr &= PMD_MASK;
	tables_lock(mm);
	pmd = pmdp_get(pmdp);
	if (pmd_trans_huge(pmd)) {
		count_event(mm, EV_thp_split_pmd);
		if (is_huge_zero_pmd(mm, pmd))
			split_huge_zero(mm, vma, pmdp, addr);
		else if (!PageAnon(vm_normal_huge(mm, pmd)))
			split_file(mm, pmdp, addr);
		else
			split_anon(mm, vma, pmdp, addr, freeze);
	}
	tables_unlock(mm);
}

mm_static void __split_huge_pmd(struct mmsim_mm *mm, struct vm_area_struct *vma,
				u64 *pmdp, vaddr_t addr, bool freeze)
{
	mm_trace(mm, EV_split_huge_pmd, RULE_SPLIT_PMD, addr & PMD_MASK,
		 arch_load(pmdp), 0);
	__split_huge_pmd_locked(mm, vma, pmdp, addr, freeze);
}

/* Such a VMA refuses to be cut inside a page; others only have huge entries
 * where they cover all that those map. */
mm_static void split_huge_at(struct vm_area_struct *vma, vaddr_t floor,
			     vaddr_t addr)
{
	vaddr_t extent = addr & PMD_MASK;
	unsigned miss;
	u64 *pmdp;

	if (vma->vm_flags & VM_HUGETLB || addr == extent || extent < floor ||
	    extent + PMD_SIZE > vma->vm_end)
		return;
	pmdp = pmd_find(vma->vm_mm, addr, &miss);
	if (pmdp)
		__split_huge_pmd(vma->vm_mm, vma, pmdp, addr, false);
}
