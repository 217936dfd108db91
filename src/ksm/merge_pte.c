/* SPDX-License-Identifier: MIT */
/*
 * One page: looking for it, write-protecting it, mapping another one in its
 * place, and a page of its own again.
 */
#include "ksm/merge.h"

#include <errno.h>

#include "fault/fault.h"
#include "mm/lru.h"
#include "pte/huge.h"
#include "pte/swap.h"
#include "rmap/mapped_walk.h"

/* ---- finding ---- */

/* A mapping that offers its pages, and has some. */
static struct vm_area_struct *find_mergeable_vma(const struct mmsim_mm *mm,
						 vaddr_t addr)
{
	struct vm_area_struct *vma = vma_tree_find(&mm->tree, addr);

	if (!vma || vma->vm_start > addr || !(vma->vm_flags & VM_MERGEABLE) ||
	    !vma->anon_vma)
		return NULL;
	return vma;
}

/* The frame that an address maps, or PFN_NONE. */
static pfn_t mapped_pfn(struct mmsim_mm *mm, vaddr_t addr, bool hinted)
{
	u64 *ptep = pte_find(mm, addr), *pmdp;
	pte_t pte;

	if (ptep) {
		pte = ptep_get(ptep);
		if (!pte_present(pte) || pte_special(pte) ||
		    (!hinted && pte_protnone(pte)))
			return PFN_NONE;
		return pte_pfn(pte);
	}
	pmdp = huge_find(mm, addr);
	if (!pmdp || !vm_normal_huge(mm, pmdp_get(pmdp)))
		return PFN_NONE;
	return pmd_pfn(pmdp_get(pmdp)) + ((addr & ~PMD_MASK) >> PAGE_SHIFT);
}

mm_static bool ksm_get_page(struct ksm_target *t, bool hinted)
{
	struct phys *phys = &t->mm->world->phys;

	if (!find_mergeable_vma(t->mm, t->addr))
		return false;
	t->pfn = mapped_pfn(t->mm, t->addr, hinted);
	if (t->pfn == PFN_NONE || !PageAnon(folio_page(phys, t->pfn)))
		return false;
	folio_page(phys, t->pfn)->refcount++;
	return true;
}

mm_static void ksm_put_page(struct ksm_target *t)
{
	if (t->pfn != PFN_NONE)
		world_put_folio(t->mm->world, t->pfn, 1);
	t->pfn = PFN_NONE;
}

/* ---- write-protecting ---- */

/* A hinting entry may be writable behind its inaccessibility, up to 6.1. */
static bool hides_write(const struct mmsim *w, pte_t pte)
{
	return w->rules.savedwrite && pte_protnone(pte) && pte_savedwrite(pte);
}

static bool needs_protection(const struct mmsim *w, const struct page *page,
			     pte_t pte)
{
	return pte_write(pte) || pte_dirty(pte) || hides_write(w, pte) ||
	       PageAnonExclusive(page);
}

static pte_t protected_pte(const struct mmsim *w, pte_t pte)
{
	if (w->rules.savedwrite && pte_protnone(pte))
		return pte_mkclean(pte_clear_savedwrite(pte));
	return pte_mkclean(pte_wrprotect(pte));
}

/* Its mappings, the swap cache and the scanner refer to it, nobody else: who
 * writes to it without an entry would be missed. */
static bool only_mappings_refer(const struct page *page)
{
	return page->refcount ==
	       page->mapcount + 1 + !!page_test(page, PG_swapcache);
}

/*
 * The entry is flushed before the references are counted: nobody can get one
 * through it meanwhile. False: it is as it was.
 */
static bool write_protect_page(struct page_vma_mapped_walk *pvmw)
{
	struct mmsim_mm *mm = pvmw->vma->vm_mm;
	struct page *page = mm_page(mm, pvmw->pfn);
	pte_t pte = ptep_get(pvmw->ptep);

	if (!needs_protection(mm->world, page, pte))
		return true;
	pte = ptep_clear_flush(mm, pvmw->addr, pvmw->ptep, RULE_KSM_PROTECT);
	if (!only_mappings_refer(page)) {
		set_pte_at(mm, pvmw->addr, pvmw->ptep, pte, RULE_KSM_USED);
		return false;
	}
	if (pte_dirty(pte))
		page_set(page, PG_dirty);
	page_clear(page, PG_anon_exclusive);
	set_pte_at(mm, pvmw->addr, pvmw->ptep, protected_pte(mm->world, pte),
		   RULE_KSM_PROTECT);
	return true;
}

/* ---- another page in its place ---- */

/* From 6.6 on the entry says by its dirty bit that KSM made it. */
static pte_t zero_pte(const struct mmsim *w, const struct vm_area_struct *vma)
{
	pte_t pte = pte_mkspecial(pfn_pte(w->zero_pfn, vma_prot(vma)));

	return feat(w, FEAT_KSM_ZERO_MARKED) ? pte_mkdirty(pte) : pte;
}

/* The KSM page is mapped once more; the zero page is not counted. */
static pte_t map_ksm_page(const struct vm_area_struct *vma, vaddr_t addr,
			  pfn_t kpfn)
{
	struct mmsim_mm *mm = vma->vm_mm;
	struct page *page = mm_page(mm, kpfn);

	if (kpfn == mm->world->zero_pfn)
		return zero_pte(mm->world, vma);
	page->refcount++;
	page->mapcount++;
	count_rss(mm, page, 1);
	mm_trace(mm, EV_add_anon_rmap, RULE_KSM_REPLACE, addr,
		 (u64)page->mapcount - 1, (u64)page->mapcount);
	return pfn_pte(kpfn, vma_prot(vma));
}

static void replace_page(struct page_vma_mapped_walk *pvmw, pfn_t kpfn)
{
	struct vm_area_struct *vma = pvmw->vma;
	struct mmsim_mm *mm = vma->vm_mm;
	struct page *page = mm_page(mm, pvmw->pfn);
	enum sim_rule rule =
		kpfn == mm->world->zero_pfn ? RULE_KSM_ZERO : RULE_KSM_REPLACE;
	pte_t pte = map_ksm_page(vma, pvmw->addr, kpfn);

	mm_trace(mm, EV_ksm_replace, rule, pvmw->addr, pvmw->pfn, kpfn);
	ptep_clear_flush(mm, pvmw->addr, pvmw->ptep, rule);
	set_pte_at(mm, pvmw->addr, pvmw->ptep, pte, rule);
	folio_remove_rmap(mm, page, pvmw->addr, rule);
	put_unmapped(mm, page, 1);
}

/* The scanner's reference would keep the folio from being split. Its page may
 * go with it: from 6.12 on pages of zeroes do. */
static bool split_for_merge(struct ksm_target *t)
{
	struct phys *phys = &t->mm->world->phys;

	if (!folio_order(phys, t->pfn))
		return true;
	folio_page(phys, t->pfn)->refcount--;
	if (!split_folio(t->mm, t->pfn)) {
		folio_page(phys, t->pfn)->refcount++;
		return false;
	}
	if (mapped_pfn(t->mm, t->addr, true) != t->pfn) {
		t->pfn = PFN_NONE;
		return false;
	}
	pfn_to_page(phys, t->pfn)->refcount++;
	return true;
}

mm_static bool try_to_merge_one_page(struct ksm_target *t, pfn_t kpfn,
				     struct anon_vma **anon_vma)
{
	struct mmsim *w = t->mm->world;
	struct vm_area_struct *vma = find_mergeable_vma(t->mm, t->addr);
	struct page_vma_mapped_walk pvmw;
	bool merged = false;

	if (!vma || !split_for_merge(t))
		return false;
	pvmw = mapped_walk(w, t->pfn, vma, t->addr, 0);
	if (!page_vma_mapped_walk(&pvmw))
		return false;
	if (write_protect_page(&pvmw)) {
		merged = kpfn == t->pfn ||
			 page_same_contents(&w->phys, t->pfn, kpfn);
		if (merged && kpfn != t->pfn)
			replace_page(&pvmw, kpfn);
	}
	page_vma_mapped_walk_done(&pvmw);
	*anon_vma = vma->anon_vma;
	return merged;
}

/* ---- breaking ---- */

/* In 6.1 as move_pages() looks for pages, later by a walk of its own. */
static bool break_sees(const struct mmsim *w, pte_t pte)
{
	if (!pte_present(pte))
		return false;
	return !pte_protnone(pte) || feat(w, FEAT_KSM_UNSHARE) ||
	       !feat(w, FEAT_FOLLOW_STOPS);
}

/* A KSM page, or from 6.6 on the zero page in the place of one. */
static bool maps_ksm(struct mmsim_mm *mm, pte_t pte)
{
	struct page *page;

	if (!break_sees(mm->world, pte))
		return false;
	page = vm_normal_page(mm, pte);
	if (page)
		return PageKsm(page);
	return feat(mm->world, FEAT_KSM_ZERO_MARKED) && pte_dirty(pte) &&
	       pte_pfn(pte) == mm->world->zero_pfn;
}

/*
 * Up to 6.1 by a write, since 6.2 by a fault that asks for a page of its own
 * and nothing else. What userfaultfd protects cannot be written.
 */
static int break_one(struct mmsim_mm *mm, struct vm_area_struct *vma,
		     vaddr_t addr, bool count)
{
	bool unshare = feat(mm->world, FEAT_KSM_UNSHARE);
	unsigned rc;

	mm_trace(mm, EV_break_ksm,
		 unshare ? RULE_KSM_UNSHARE : RULE_KSM_BREAK_WRITE, addr, 0, 0);
	rc = handle_mm_fault(mm, vma, addr,
			     unshare ? FAULT_FLAG_UNSHARE : FAULT_FLAG_WRITE);
	if (rc & (VM_FAULT_OOM | VM_FAULT_HOST))
		return -ENOMEM;
	if (count && !(rc & VM_FAULT_ERROR))
		count_event(mm, EV_fault_minor);
	return 0;
}

mm_static int break_ksm(struct mmsim_mm *mm, struct vm_area_struct *vma,
			vaddr_t start, vaddr_t end, bool count)
{
	vaddr_t addr, next;
	u64 *table;
	int rc;

	for (addr = start; (table = pte_table_next(mm, &addr, end, &next));)
		for (; addr < next; addr += PAGE_SIZE) {
			if (!maps_ksm(mm,
				      ptep_get(&table[table_index(addr, 0)])))
				continue;
			rc = break_one(mm, vma, addr, count);
			if (rc)
				return rc;
		}
	return 0;
}

mm_static int unmerge_ksm_pages(struct mmsim_mm *mm, struct vm_area_struct *vma,
				vaddr_t start, vaddr_t end)
{
	return break_ksm(mm, vma, start, end, true);
}
