/* SPDX-License-Identifier: MIT */
#include "rmap/migrate.h"

#include "pmd/pmd.h"
#include "pte/batch.h"
#include "pte/migration.h"

/* ---- from a folio's entries to migration entries ---- */

static pte_t clear_for_migration(struct page_vma_mapped_walk *pvmw,
				 struct unmap *unmap)
{
	struct mmsim_mm *mm = pvmw->vma->vm_mm;
	pte_t old;

	if (!should_defer_flush(mm->world, unmap))
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

static bool try_to_migrate_one(struct mmsim *w, pfn_t pfn,
			       struct vm_area_struct *vma, vaddr_t addr,
			       void *arg)
{
	struct page_vma_mapped_walk pvmw = mapped_walk(w, pfn, vma, addr, 0);

	mm_trace(vma->vm_mm, EV_try_to_migrate_one, RULE_MIGRATE_UNMAP, addr, 0,
		 pfn);
	while (page_vma_mapped_walk(&pvmw)) {
		if (pvmw.ptep)
			unmap_for_migration(&pvmw, arg);
		else
			split_for_migration(&pvmw);
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

static bool is_exclusive_entry(const struct mmsim *w, const struct page *folio,
			       pte_t pte)
{
	const struct arch_rules *r = &w->rules;

	return feat(w, FEAT_ANON_EXCLUSIVE) && PageAnon(folio) &&
	       !is_readable_migration_entry(pte_to_swp_entry(pte, r), r);
}

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
	mm_trace(mm, EV_add_anon_rmap, RULE_MIGRATE_RESTORE, addr,
		 (u64)page->mapcount - 1, (u64)page->mapcount);
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

static bool remove_migration_ptes_one(struct mmsim *w, pfn_t pfn,
				      struct vm_area_struct *vma, vaddr_t addr,
				      void *arg)
{
	struct page_vma_mapped_walk pvmw =
		mapped_walk(w, pfn, vma, addr, PVMW_MIGRATION);

	while (page_vma_mapped_walk(&pvmw))
		remove_migration_pte(&pvmw, arg);
	return true;
}

mm_static void remove_migration_ptes(struct mmsim *w, pfn_t from, pfn_t to,
				     unsigned flags)
{
	struct restore how = { .to = to, .flags = flags };
	const struct rmap_walk walk = {
		.one = remove_migration_ptes_one,
		.arg = &how,
	};

	rmap_walk(w, from, &walk);
}
