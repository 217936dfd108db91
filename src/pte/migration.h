/* SPDX-License-Identifier: MIT */
/*
 * Migration entries: what they keep of an entry, and what becomes of it
 * (semantics-rmap-swap.md 4).
 */
#ifndef PTE_MIGRATION_H
#define PTE_MIGRATION_H

#include "pte/swap_entry.h"
#include "pte/walk.h"

/* What a migration entry says beside which page it stands for. */
struct migrated {
	bool write, young, dirty, soft_dirty, uffd_wp;
};

/* 5.10 forgot accessed and dirty. */
static inline struct migrated migrated_of_pte(const struct mmsim *w, pte_t old)
{
	bool keeps = feat(w, FEAT_MIGRATION_AD);

	return (struct migrated){
		.write = pte_write(old),
		.young = keeps && pte_young(old),
		.dirty = keeps && pte_dirty(old),
		.soft_dirty = w->rules.soft_dirty && pte_soft_dirty(old),
		.uffd_wp = pte_uffd_wp(old, &w->rules),
	};
}

/* The same of a huge entry. */
static inline struct migrated migrated_of_pmd(const struct mmsim *w, pmd_t old)
{
	bool keeps = feat(w, FEAT_MIGRATION_AD);

	return (struct migrated){
		.write = pmd_write(old),
		.young = keeps && pmd_young(old),
		.dirty = keeps && pmd_dirty(old),
		.soft_dirty = w->rules.soft_dirty && pmd_soft_dirty(old),
		.uffd_wp = pmd_uffd_wp(old, &w->rules),
	};
}

/* The entry that remove_migration_pte() makes. */
static inline pte_t restored_pte(const struct mmsim *w,
				 const struct vm_area_struct *vma, pfn_t pfn,
				 struct migrated m)
{
	pte_t pte = pfn_pte(pfn, vma_prot(vma));

	if (!m.young)
		pte = pte_mkold(pte);
	if (m.dirty)
		pte = pte_mkdirty(pte);
	if (m.soft_dirty)
		pte = pte_mksoft_dirty(pte);
	else
		pte = pte_clear_soft_dirty(pte);
	if (m.write)
		pte = pte_mkwrite(pte, &w->rules);
	else if (m.uffd_wp)
		pte = pte_mkuffd_wp(pte, &w->rules);
	return pte;
}

/* The migration entry that takes the place of a present one of a frame. */
static inline pte_t make_migration_pte(const struct mmsim *w, pfn_t pfn,
				       struct migrated m, bool exclusive)
{
	const struct arch_rules *r = &w->rules;
	swp_entry_t entry;
	pte_t pte;

	if (m.write)
		entry = make_writable_migration_entry(pfn, r);
	else if (exclusive)
		entry = make_readable_exclusive_migration_entry(pfn, r);
	else
		entry = make_readable_migration_entry(pfn, r);
	if (m.young)
		entry = make_migration_entry_young(entry, r);
	if (m.dirty)
		entry = make_migration_entry_dirty(entry, r);
	pte = swp_entry_to_pte(entry, r);
	if (m.soft_dirty)
		pte = pte_swp_mksoft_dirty(pte, r);
	return m.uffd_wp ? pte_swp_mkuffd_wp(pte, r) : pte;
}

static inline pte_t migration_pte(const struct mmsim *w, pte_t old,
				  bool exclusive)
{
	return make_migration_pte(w, pte_pfn(old), migrated_of_pte(w, old),
				  exclusive);
}

/* What the entry maps again is its process's alone. */
static inline bool is_exclusive_entry(const struct mmsim *w,
				      const struct page *folio, pte_t pte)
{
	const struct arch_rules *r = &w->rules;

	return feat(w, FEAT_ANON_EXCLUSIVE) && PageAnon(folio) &&
	       !is_readable_migration_entry(pte_to_swp_entry(pte, r), r);
}

static inline struct migrated migrated_of_entry(const struct mmsim *w,
						pte_t pte)
{
	const struct arch_rules *r = &w->rules;
	swp_entry_t entry = pte_to_swp_entry(pte, r);

	return (struct migrated){
		.write = is_writable_migration_entry(entry, r),
		.young = is_migration_entry_young(entry, r),
		.dirty = is_migration_entry_dirty(entry, r),
		.soft_dirty = pte_swp_soft_dirty(pte, r),
		.uffd_wp = pte_swp_uffd_wp(pte, r),
	};
}

#endif
