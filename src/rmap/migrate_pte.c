/* SPDX-License-Identifier: MIT */
#include "rmap/migrate.h"

#include "pmd/hugetlb.h"
#include "pmd/pmd.h"
#include "pte/batch.h"
#include "pte/migration.h"

/* ---- from a folio's entries to migration entries ---- */

static pte_t clear_for_migration(struct page_vma_mapped_walk *pvmw,
				 struct unmap *unmap)
{
	struct mmsim_mm *mm = pvmw->vma->vm_mm;
	pte_t old;

	if (!should_defer_flush(mm, unmap))
		return ptep_clear_flush(mm, pvmw->addr, pvmw->ptep,
					RULE_MIGRATE_UNMAP);
	old = ptep_get_and_clear(mm, pvmw->addr, pvmw->ptep,
				 RULE_MIGRATE_UNMAP);
	set_tlb_ubc_flush_pending(mm, unmap, pvmw->addr, 1, old);
	return old;
}

static void unmap_for_migration(struct page_vma_mapped_walk *pvmw,
				struct unmap *unmap)
{
	struct mmsim_mm *mm = pvmw->vma->vm_mm;
	pte_t old = ptep_get_counted(mm, pvmw->ptep);
	struct page *page = mm_page(mm, pte_pfn(old));
	bool exclusive = PageAnonExclusive(page);

	old = clear_for_migration(pvmw, unmap);
	if (pte_dirty(old))
		page_set(page_folio(mm, page), PG_dirty);
	if (exclusive)
		count_event(mm, EV_try_share);
	page_clear(page, PG_anon_exclusive);
	set_nonpresent_pte_at(mm, pvmw->addr, pvmw->ptep,
			      migration_pte(mm->world, old, exclusive),
			      RULE_MIGRATE_UNMAP);
	if (page_is_large(page))
		folio_remove_ptes(mm, page, 1, pvmw->addr, RULE_MIGRATE_UNMAP);
	else
		folio_remove_rmap(mm, page, pvmw->addr, RULE_MIGRATE_UNMAP);
	page_folio(mm, page)->refcount--;
}

static void split_for_migration(struct page_vma_mapped_walk *pvmw)
{
	struct mmsim_mm *mm = pvmw->vma->vm_mm;

	if (feat(mm->world, FEAT_MIGRATE_SPLIT_LOCKED))
		__split_huge_pmd_locked(mm, pvmw->vma, pvmw->pmdp, pvmw->addr,
					true);
	else
		__split_huge_pmd(mm, pvmw->vma, pvmw->pmdp, pvmw->addr, true);
	page_vma_mapped_walk_restart(pvmw);
}

/*
 * The huge entry stays, unusable for the CPUs, and stands for its migration
 * entry: nothing can look at it before it is restored.
 */
static void unmap_huge_for_migration(struct page_vma_mapped_walk *pvmw)
{
	struct mmsim_mm *mm = pvmw->vma->vm_mm;
	struct page *head = folio_page(&mm->world->phys, pvmw->pfn);
	pmd_t old;

	tables_lock(mm);
	old = pmdp_invalidate(mm, pvmw->addr, pvmw->pmdp, true,
			      RULE_MIGRATE_UNMAP);
	if (pmd_dirty(old))
		page_set(head, PG_dirty);
	folio_remove_rmap_pmd(mm, pvmw->pfn, pvmw->addr, RULE_MIGRATE_UNMAP);
	head->refcount--;
	tables_unlock(mm);
}

/* No flush waits, and no table was put aside. */
static void unmap_hugetlb_for_migration(struct page_vma_mapped_walk *pvmw)
{
	struct mmsim_mm *mm = pvmw->vma->vm_mm;
	struct page *head = folio_page(&mm->world->phys, pvmw->pfn);
	bool exclusive;
	pte_t entry;
	pmd_t old;

	if (!page_vma_mapped_lock_huge(pvmw))
		return;
	exclusive = PageAnonExclusive(head);
	old = huge_pmd_clear_flush(mm, pvmw->addr, pvmw->pmdp,
				   RULE_MIGRATE_UNMAP);
	if (pmd_dirty(old))
		page_set(head, PG_dirty);
	if (exclusive)
		count_event(mm, EV_try_share);
	page_clear(head, PG_anon_exclusive);
	entry = make_migration_pte(mm->world, pvmw->pfn,
				   migrated_of_pmd(mm->world, old), exclusive);
	set_huge_pmds(mm, pvmw->addr, pvmw->pmdp, __pmd(pte_val(entry)),
		      RULE_MIGRATE_UNMAP);
	hugetlb_remove_rmap(mm, pvmw->pfn, pvmw->addr);
	head->refcount--;
	tables_unlock(mm);
}

static bool try_to_migrate_one(struct mmsim *w, pfn_t pfn,
			       struct vm_area_struct *vma, vaddr_t addr,
			       void *arg)
{
	struct unmap *unmap = arg;
	/* A folio that is split must not be missed by a race. */
	bool sync = unmap->flags & TTU_SPLIT_HUGE_PMD;
	struct page_vma_mapped_walk pvmw =
		mapped_walk(w, pfn, vma, addr, sync ? PVMW_SYNC : 0);

	mm_trace(vma->vm_mm, EV_try_to_migrate_one, RULE_MIGRATE_UNMAP, addr, 0,
		 pfn);
	while (page_vma_mapped_walk(&pvmw)) {
		if (pvmw.ptep)
			unmap_for_migration(&pvmw, unmap);
		else if (vma_is_hugetlb(vma))
			unmap_hugetlb_for_migration(&pvmw);
		else if (unmap->flags & TTU_SPLIT_HUGE_PMD)
			split_for_migration(&pvmw);
		else
			unmap_huge_for_migration(&pvmw);
	}
	return true;
}

mm_static void try_to_migrate(struct mmsim *w, pfn_t pfn, struct unmap *unmap)
{
	const struct rmap_walk walk = {
		.one = try_to_migrate_one,
		.done = folio_not_mapped,
		.arg = unmap,
	};

	rmap_walk(w, folio_pfn(&w->phys, pfn), &walk);
}

/* ---- and back, to the same folio or to another one ---- */

static void map_migrated(struct mmsim_mm *mm, struct page *page, vaddr_t addr,
			 bool exclusive)
{
	struct phys *phys = &mm->world->phys;
	struct page *folio = page_folio(mm, page);

	page->mapcount++;
	folio->refcount++;
	if (page_is_large(page))
		folio_mm_add(folio_counts(phys, page_to_pfn(phys, page)),
			     mm->pid, 1);
	if (exclusive)
		page_set(page, PG_anon_exclusive);
	count_rss(mm, folio, 1);
	mm_trace(mm, PageAnon(folio) ? EV_add_anon_rmap : EV_add_file_rmap,
		 RULE_MIGRATE_RESTORE, addr, (u64)page->mapcount - 1,
		 (u64)page->mapcount);
}

static bool is_unused(const struct mmsim *w, const struct vm_area_struct *vma,
		      pfn_t pfn)
{
	return feat(w, FEAT_SPLIT_ZERO_PAGES) && !(vma->vm_flags & VM_LOCKED) &&
	       !page_test(pfn_to_page(&w->phys, pfn), PG_swapcache) &&
	       page_is_zero(&w->phys, pfn);
}

static void restore_zero(struct mmsim_mm *mm,
			 const struct page_vma_mapped_walk *pvmw,
			 struct migrated old)
{
	pte_t pte = pfn_pte(mm->world->zero_pfn, vma_prot(pvmw->vma));

	pte = pte_mkspecial(pte);
	if (old.soft_dirty)
		pte = pte_mksoft_dirty(pte);
	set_pte_at(mm, pvmw->addr, pvmw->ptep, pte, RULE_SPLIT_UNUSED);
}

struct restore {
	pfn_t to;
	unsigned flags;
};

static void remove_migration_pte(struct page_vma_mapped_walk *pvmw,
				 const struct restore *how)
{
	struct mmsim_mm *mm = pvmw->vma->vm_mm;
	const struct mmsim *w = mm->world;
	pte_t old = ptep_get(pvmw->ptep), pte;
	struct migrated says = migrated_of_entry(w, old);
	pfn_t from =
		swp_offset_pfn(pte_to_swp_entry(old, &w->rules), &w->rules);
	pfn_t to = how->to + (from - pvmw->pfn);
	struct page *page = mm_page(mm, to);

	pte = restored_pte(w, pvmw->vma, to, says);
	mm_trace(mm, EV_remove_migration_pte, RULE_MIGRATE_RESTORE, pvmw->addr,
		 pte_val(old), pte_val(pte));
	if (how->flags & RMP_USE_SHARED_ZEROPAGE &&
	    is_unused(w, pvmw->vma, to)) {
		restore_zero(mm, pvmw, says);
		return;
	}
	map_migrated(mm, page, pvmw->addr,
		     is_exclusive_entry(w, page_folio(mm, page), old));
	set_pte_at(mm, pvmw->addr, pvmw->ptep, pte, RULE_MIGRATE_RESTORE);
}

static pmd_t restored_pmd(const struct mmsim *w,
			  const struct vm_area_struct *vma, pfn_t pfn,
			  struct migrated m)
{
	pmd_t pmd = mk_huge_pmd(pfn, vma);

	if (!m.young)
		pmd = pmd_mkold(pmd);
	if (m.dirty)
		pmd = pmd_mkdirty(pmd);
	if (m.soft_dirty)
		pmd = pmd_mksoft_dirty(pmd);
	else
		pmd = pmd_clear_soft_dirty(pmd);
	if (m.write)
		pmd = pmd_mkwrite(pmd, &w->rules);
	return m.uffd_wp ? pmd_mkuffd_wp(pmd, &w->rules) : pmd;
}

static void remove_migration_pmd(struct page_vma_mapped_walk *pvmw,
				 const struct restore *how)
{
	const struct vm_area_struct *vma = pvmw->vma;
	struct mmsim_mm *mm = vma->vm_mm;
	struct mmsim *w = mm->world;
	pmd_t old = pmdp_get(pvmw->pmdp), pmd;

	pmd = how->flags & RMP_FRESH_HUGE
		      ? maybe_pmd_mkwrite(
				pmd_mkdirty(mk_huge_pmd(how->to, vma)), vma,
				&w->rules)
		      : restored_pmd(w, vma, how->to, migrated_of_pmd(w, old));
	folio_add_pmd(mm, how->to, pvmw->addr,
		      PageAnon(folio_page(&w->phys, how->to))
			      ? EV_add_anon_rmap
			      : EV_add_file_rmap,
		      RULE_MIGRATE_RESTORE);
	mm_trace(mm, EV_remove_migration_pmd, RULE_MIGRATE_RESTORE, pvmw->addr,
		 pmd_val(old), pmd_val(pmd));
	tables_lock(mm);
	set_pmd_at(mm, pvmw->addr, pvmw->pmdp, pmd, RULE_MIGRATE_RESTORE);
	tables_unlock(mm);
}

static void remove_migration_hugetlb(struct page_vma_mapped_walk *pvmw,
				     const struct restore *how)
{
	struct mmsim_mm *mm = pvmw->vma->vm_mm;
	const struct mmsim *w = mm->world;
	struct page *head = folio_page(&w->phys, how->to);
	bool anon = PageAnon(head);
	pte_t old, pte;
	pmd_t pmd;

	if (!page_vma_mapped_lock_huge(pvmw))
		return;
	old = __pte(pmd_val(pmdp_get(pvmw->pmdp)));
	pte = restored_pte(w, pvmw->vma, how->to, migrated_of_entry(w, old));
	pmd = pmd_mkhuge(__pmd(pte_val(pte)));
	mm_trace(mm, EV_remove_migration_pte, RULE_MIGRATE_RESTORE, pvmw->addr,
		 pte_val(old), pmd_val(pmd));
	hugetlb_add_rmap(mm, pvmw->addr, how->to,
			 anon ? EV_add_anon_rmap : EV_add_file_rmap,
			 RULE_MIGRATE_RESTORE);
	if (is_exclusive_entry(w, head, old))
		page_set(head, PG_anon_exclusive);
	set_huge_pmds(mm, pvmw->addr, pvmw->pmdp, pmd, RULE_MIGRATE_RESTORE);
	tables_unlock(mm);
}

static bool remove_migration_ptes_one(struct mmsim *w, pfn_t pfn,
				      struct vm_area_struct *vma, vaddr_t addr,
				      void *arg)
{
	struct page_vma_mapped_walk pvmw =
		mapped_walk(w, pfn, vma, addr, PVMW_MIGRATION);

	while (page_vma_mapped_walk(&pvmw)) {
		if (pvmw.ptep)
			remove_migration_pte(&pvmw, arg);
		else
			remove_migration_hugetlb(&pvmw, arg);
	}
	return true;
}

static bool remove_migration_pmds_one(struct mmsim *w, pfn_t pfn,
				      struct vm_area_struct *vma, vaddr_t addr,
				      void *arg)
{
	struct page_vma_mapped_walk pvmw = mapped_walk(w, pfn, vma, addr, 0);

	/* Of PTEs none is left but those that were restored in place. */
	while (page_vma_mapped_walk(&pvmw))
		if (!pvmw.ptep)
			remove_migration_pmd(&pvmw, arg);
	return true;
}

mm_static void remove_migration_ptes(struct mmsim *w, pfn_t from, pfn_t to,
				     unsigned flags)
{
	struct restore how = { .to = to, .flags = flags };
	const struct rmap_walk huge = {
		.one = remove_migration_pmds_one,
		.arg = &how,
	};
	const struct rmap_walk ptes = {
		.one = remove_migration_ptes_one,
		.arg = &how,
	};

	if (folio_order(&w->phys, from) == HPAGE_PMD_ORDER &&
	    !page_test(folio_page(&w->phys, from), PG_hugetlb))
		rmap_walk(w, from, &huge);
	rmap_walk(w, from, &ptes);
}
