/* SPDX-License-Identifier: MIT */
/*
 * Splitting a folio: its entries become migration entries, the folio breaks
 * up, and the entries are restored one by one. Nothing can look in between, so
 * what is stored is the result.
 */
#include "pmd/pmd.h"

#include "mm/lru.h"
#include "pte/batch.h"
#include "pte/lock.h"
#include "vma/vma_ops.h"

/* What remove_migration_pte() makes of an entry: 5.10 forgot accessed and
 * dirty. */
static pte_t restored_pte(const struct mmsim *w,
			  const struct vm_area_struct *vma, pte_t old)
{
	bool keeps = feat(w, FEAT_MIGRATION_AD);
	pte_t pte = pfn_pte(pte_pfn(old), vma_prot(vma));

	if (!keeps || !pte_young(old))
		pte = pte_mkold(pte);
	if (keeps && pte_dirty(old))
		pte = pte_mkdirty(pte);
	if (pte_soft_dirty(old))
		pte = pte_mksoft_dirty(pte);
	else
		pte = pte_clear_soft_dirty(pte);
	if (pte_write(old))
		pte = pte_mkwrite(pte, &w->rules);
	else if (pte_uffd_wp(old, &w->rules))
		pte = pte_mkuffd_wp(pte, &w->rules);
	return pte;
}

/* Where a VMA would map a page of an anonymous folio; 0: nowhere. */
static vaddr_t vma_address(const struct vm_area_struct *vma, u64 index)
{
	if (!vma->anon_vma || index < vma->vm_pgoff ||
	    index - vma->vm_pgoff >= vma_size(vma) >> PAGE_SHIFT)
		return 0;
	return vma->vm_start + ((index - vma->vm_pgoff) << PAGE_SHIFT);
}

typedef void (*mapping_fn)(struct mmsim_mm *mm, struct vm_area_struct *vma,
			   vaddr_t addr, u64 *entry);

/* The entry that maps one page of a folio in a VMA: huge or not; or NULL. */
static u64 *mapping_of(struct mmsim_mm *mm, vaddr_t addr, pfn_t pfn, bool huge)
{
	u64 *entry;
	pte_t pte;

	if (huge) {
		entry = huge_find(mm, addr);
		return entry && pmd_pfn(pmdp_get(entry)) == pfn ? entry : NULL;
	}
	entry = pte_find(mm, addr);
	if (!entry)
		return NULL;
	pte = pte_raw(entry);
	return pte_present(pte) && !pte_special(pte) && pte_pfn(pte) == pfn
		       ? entry
		       : NULL;
}

/* Each entry of one process that maps a page of the folio. */
static void for_mappings(struct mmsim_mm *mm, pfn_t head, u64 index, u64 nr,
			 bool huge, mapping_fn fn)
{
	struct vm_area_struct *vma;
	vaddr_t addr;
	u64 *entry, i;

	for (vma = vma_tree_find(&mm->tree, 0); vma;
	     vma = vma_tree_next(&mm->tree, vma)) {
		for (i = 0; i < nr; i++) {
			addr = vma_address(vma, index + i);
			entry = addr ? mapping_of(mm, addr, head + i, huge)
				     : NULL;
			if (entry)
				fn(mm, vma, addr, entry);
		}
	}
}

static void unhuge(struct mmsim_mm *mm, struct vm_area_struct *vma,
		   vaddr_t addr, u64 *entry)
{
	__split_huge_pmd(mm, vma, entry, addr, true);
}

/* A page of zeroes that one may as well read from the zero page: from 6.12 on,
 * in a mapping that is not locked. */
static bool is_unused(const struct mmsim *w, const struct vm_area_struct *vma,
		      pfn_t pfn)
{
	return feat(w, FEAT_SPLIT_ZERO_PAGES) && !(vma->vm_flags & VM_LOCKED) &&
	       page_is_zero(&w->phys, pfn);
}

static void restore_zero(struct mmsim_mm *mm, struct vm_area_struct *vma,
			 vaddr_t addr, u64 *entry, pte_t old)
{
	struct page *page = mm_page(mm, pte_pfn(old));
	pte_t pte = pte_mkspecial(pfn_pte(mm->world->zero_pfn, vma_prot(vma)));

	if (pte_soft_dirty(old))
		pte = pte_mksoft_dirty(pte);
	set_pte_at(mm, addr, entry, pte, RULE_SPLIT_UNUSED);
	page->mapcount--;
	count_rss(mm, page, -1);
}

static void restore(struct mmsim_mm *mm, struct vm_area_struct *vma,
		    vaddr_t addr, u64 *entry)
{
	pte_t pte;

	entry = pte_lock(mm, addr, entry);
	pte = restored_pte(mm->world, vma, ptep_get(entry));
	ptep_get_and_clear(mm, addr, entry, RULE_SPLIT_FOLIO);
	if (is_unused(mm->world, vma, pte_pfn(pte))) {
		restore_zero(mm, vma, addr, entry, pte);
	} else {
		mm_page(mm, pte_pfn(pte))->refcount++;
		set_pte_at(mm, addr, entry, pte, RULE_SPLIT_FOLIO);
	}
	pte_unlock(mm, addr);
}

/* Only the folio's mappings refer to it. */
static bool can_split_folio(const struct mmsim *w, pfn_t head)
{
	return folio_page(&w->phys, head)->refcount ==
	       folio_mapcount(&w->phys, head);
}

/* Pages that nothing mapped: they are not needed. */
static void free_unmapped(struct mmsim *w, pfn_t head, u64 nr)
{
	struct page *page;
	u64 i;

	for (i = 0; i < nr; i++) {
		page = pfn_to_page(&w->phys, head + i);
		if (!page->refcount)
			world_free_page(w, page);
	}
}

mm_static bool split_folio(struct mmsim_mm *mm, pfn_t pfn)
{
	struct mmsim *w = mm->world;
	pfn_t head = folio_pfn(&w->phys, pfn);
	u64 nr = folio_nr_pages(&w->phys, head), index;
	struct mmsim_mm *other;

	if (!can_split_folio(w, head))
		return false;
	index = folio_page(&w->phys, head)->index;
	mm_trace(mm, EV_split_folio, RULE_SPLIT_FOLIO, 0, 0, head);
	if (nr == HPAGE_PMD_NR)
		count_event(mm, EV_thp_split_page);
	LIST_FOREACH(other, &w->mms, link)
		for_mappings(other, head, index, 1, true, unhuge);
	folio_break(&w->phys, head);
	pfn_to_page(&w->phys, head)->refcount = 0;
	LIST_FOREACH(other, &w->mms, link)
		for_mappings(other, head, index, nr, false, restore);
	free_unmapped(w, head, nr);
	return true;
}
