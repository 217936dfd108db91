/* SPDX-License-Identifier: MIT */
#include "fault/fault.h"

#include "mm/lru.h"
#include "pte/batch.h"
#include "pte/swap.h"

/* Until 5.17: one mapping, one reference; a batch or the swap cache counts. */
static bool single_user(const struct page *page)
{
	return page->mapcount == 1 && page->refcount == 1;
}

/*
 * wp_can_reuse_anon_folio() from 5.18 on: what the LRU batches hold was
 * drained before, and the swap cache would be freed.
 */
static bool last_reference(const struct page *page)
{
	return page->refcount == 1;
}

/*
 * From 6.15 on: at least two of the folio's pages are mapped (a single one is
 * copied, so that the rest can be freed), by this process alone, and nothing
 * but the mappings refers to it.
 */
static bool can_reuse_large_folio(const struct folio_counts *counts,
				  const struct page *head)
{
	return counts->large_mapcount >= 2 &&
	       !(counts->mm_id[0] & FOLIO_SHARED) &&
	       counts->large_mapcount == head->refcount;
}

/* A page of a folio that PTEs map. Up to 6.8 the whole of it counted as one
 * page does: the last one left was reused. */
static enum sim_rule wp_decide_large(const struct mmsim *w,
				     const struct page *page)
{
	pfn_t pfn = page_to_pfn(&w->phys, page);
	const struct page *head = folio_page(&w->phys, pfn);

	if (w->own.can_reuse_anon_page)
		return RULE_OWN;
	if (PageAnonExclusive(page))
		return RULE_WP_REUSE_EXCLUSIVE;
	if (feat(w, FEAT_LARGE_FOLIO_REUSE))
		return can_reuse_large_folio(folio_counts(&w->phys, pfn), head)
			       ? RULE_WP_REUSE_LARGE
			       : RULE_WP_COPY_ANON;
	if (feat(w, FEAT_LARGE_NEVER_REUSED) || head->refcount != 1)
		return RULE_WP_COPY_ANON;
	return feat(w, FEAT_WP_REUSE_DRAIN) ? RULE_WP_REUSE_LAST
					    : RULE_WP_REUSE_SINGLE;
}

mm_static enum sim_rule wp_decide(const struct mmsim *w,
				  const struct vm_area_struct *vma,
				  const struct page *page)
{
	if (vma->vm_flags & (VM_SHARED | VM_MAYSHARE))
		return RULE_WP_REUSE_SHARED;
	if (!page)
		return RULE_WP_COPY_ZERO;
	if (page_is_large(page))
		return PageAnon(folio_page(&w->phys,
					   page_to_pfn(&w->phys, page)))
			       ? wp_decide_large(w, page)
			       : RULE_WP_COPY_FILE;
	if (!PageAnon(page))
		return RULE_WP_COPY_FILE;
	if (w->own.can_reuse_anon_page)
		return RULE_OWN;
	if (PageAnonExclusive(page))
		return RULE_WP_REUSE_EXCLUSIVE;
	if (PageKsm(page))
		return RULE_WP_COPY_ANON;
	if (feat(w, FEAT_WP_REUSE_DRAIN))
		return last_reference(page) ? RULE_WP_REUSE_LAST
					    : RULE_WP_COPY_ANON;
	return single_user(page) ? RULE_WP_REUSE_SINGLE : RULE_WP_COPY_ANON;
}

/* A large folio that could be reused but for its place in the swap cache. */
static void wp_prepare_large(struct mmsim *w, const struct page *page)
{
	pfn_t pfn = page_to_pfn(&w->phys, page);
	const struct folio_counts *counts = folio_counts(&w->phys, pfn);

	if (feat(w, FEAT_LARGE_FOLIO_REUSE) && counts->large_mapcount >= 2 &&
	    !(counts->mm_id[0] & FOLIO_SHARED) && !PageAnonExclusive(page))
		(void)folio_free_swap(w, pfn);
}

/* A page still in this CPU's add-batch has a reference too many, one in the
 * swap cache may leave it. */
static void wp_prepare(const struct vm_fault *vmf, const struct page *page)
{
	struct mmsim *w = vmf->mm->world;

	if (page && page_is_large(page)) {
		if (PageAnon(folio_page(&w->phys, page_to_pfn(&w->phys, page))))
			wp_prepare_large(w, page);
		return;
	}

	if (page && PageAnon(page) && !PageAnonExclusive(page) &&
	    feat(w, FEAT_WP_REUSE_DRAIN) && page->refcount <= 3) {
		if (!page_test(page, PG_lru))
			lru_add_drain(w);
		if (page_test(page, PG_swapcache) && page->refcount == 2)
			(void)folio_free_swap(w, page_to_pfn(&w->phys, page));
	}
}

/* The page is this process's alone from now on. */
static void wp_take_page(const struct vm_fault *vmf, struct page *page,
			 enum sim_rule rule)
{
	const struct mmsim *w = vmf->mm->world;

	if (page && rule != RULE_OWN && !page_is_large(page) && PageAnon(page))
		page->mapping =
			(u64)(uintptr_t)vmf->vma->anon_vma | PAGE_MAPPING_ANON;
	if (page && PageAnon(page_folio(vmf->mm, page)) &&
	    feat(w, FEAT_ANON_EXCLUSIVE))
		page_set(page, PG_anon_exclusive);
}

/* An unshare fault wants no more than the page: the entry stays as it is. */
static void wp_page_reuse(struct vm_fault *vmf, struct page *page,
			  enum sim_rule rule)
{
	const struct mmsim *w = vmf->mm->world;
	pte_t pte = pte_mkdirty(pte_mkyoung(vmf->orig));

	wp_take_page(vmf, page, rule);
	if (vmf->unshare) {
		mm_trace(vmf->mm, EV_wp_page_reuse, RULE_UNSHARE, vmf->addr,
			 pte_val(vmf->orig), pte_val(vmf->orig));
		return;
	}
	pte = maybe_mkwrite(pte, vmf->vma, &w->rules);
	count_event(vmf->mm, EV_kind_wp_reuse);
	mm_trace(vmf->mm, EV_wp_page_reuse, rule, vmf->addr, pte_val(vmf->orig),
		 pte_val(pte));
	ptep_set_access_flags(vmf, pte, rule);
}

/* The new page with its contents; VM_FAULT_* if there is none. */
static unsigned wp_copy_contents(struct vm_fault *vmf, pfn_t *copy)
{
	struct mmsim *w = vmf->mm->world;
	pfn_t old = pte_pfn(vmf->orig);

	*copy = alloc_user_page(vmf->mm, vmf->vma, vmf->addr);
	if (*copy == PFN_NONE)
		return no_page(vmf);
	if (old == w->zero_pfn || !page_copy_contents(&w->phys, *copy, old))
		return 0;
	put_page(vmf->mm, mm_page(vmf->mm, *copy));
	return VM_FAULT_HOST;
}

/*
 * The old entry goes and is flushed before the copy is mapped: no CPU may
 * still read the old page once another can write the new one.
 */
static void wp_install_copy(struct vm_fault *vmf, pfn_t copy,
			    enum sim_rule rule)
{
	count_event(vmf->mm, EV_kind_wp_copy);
	sim_step(vmf->mm->world, MMSIM_STEP_PTE, vmf->addr);
	ptep_clear_flush(vmf->mm, vmf->addr, vmf->ptep, RULE_FLUSH_COW);
	trace_new_anon_rmap(vmf->mm, vmf->addr, copy);
	if (vmf->unshare)
		map_unshared_anon(vmf, copy, rule);
	else
		map_new_anon(vmf, copy, rule);
}

static void unmap_old_page(struct vm_fault *vmf, struct page *page,
			   enum sim_rule rule)
{
	if (page_is_large(page))
		folio_remove_ptes(vmf->mm, page, 1, vmf->addr, rule);
	else
		folio_remove_rmap(vmf->mm, page, vmf->addr, rule);
	put_unmapped(vmf->mm, page, 1);
}

/* Whether the entry is the one that the page was copied for. It is not where a
 * whole folio was swapped in just now that became a contiguous block. */
static bool wp_lock_again(struct vm_fault *vmf)
{
	if (!vmf_lock(vmf))
		return false;
	if (ARCH_CONT_PTES == 1 ||
	    likely(pte_same(ptep_get(vmf->ptep), vmf->orig)))
		return true;
	vmf_unlock(vmf);
	return false;
}

/*
 * The copy is made without the lock. The fault's own reference keeps the page,
 * and whoever else maps it from taking it for theirs alone meanwhile.
 */
static unsigned wp_page_copy(struct vm_fault *vmf, struct page *page,
			     enum sim_rule rule)
{
	unsigned rc;
	pfn_t copy;

	if (page)
		page_folio(vmf->mm, page)->refcount++;
	vmf_unlock(vmf);
	rc = anon_vma_fault(vmf);
	if (!rc)
		rc = wp_copy_contents(vmf, &copy);
	if (rc)
		goto out;
	mm_trace(vmf->mm, EV_wp_page_copy, rule, vmf->addr, pte_pfn(vmf->orig),
		 copy);
	if (!wp_lock_again(vmf)) {
		put_page(vmf->mm, mm_page(vmf->mm, copy));
		goto out;
	}
	wp_install_copy(vmf, copy, rule);
	if (page)
		unmap_old_page(vmf, page, rule);
	vmf_unlock(vmf);
out:
	if (page)
		folio_put_refs(vmf->mm, page, 1);
	return rc;
}

/* The file is told without the lock; whether the entry is still the one. */
static bool wp_page_mkwrite(struct vm_fault *vmf, struct page *page)
{
	bool same;

	page_folio(vmf->mm, page)->refcount++;
	vmf_unlock(vmf);
	do_page_mkwrite(vmf, pte_pfn(vmf->orig));
	same = vmf_lock(vmf);
	folio_put_refs(vmf->mm, page, 1);
	return same;
}

static unsigned wp_shared(struct vm_fault *vmf, struct page *page)
{
	unsigned rc = 0;

	if (page && !wp_page_mkwrite(vmf, page))
		return 0;
	wp_page_reuse(vmf, NULL, RULE_WP_REUSE_SHARED);
	if (page)
		rc = dirty_shared_page(vmf, page_folio(vmf->mm, page));
	vmf_unlock(vmf);
	return rc;
}

/* The caller's rule: may the page be written as it is? */
static bool own_reuse(struct vm_fault *vmf)
{
	struct mmsim *w = vmf->mm->world;

	return ask_rule(vmf->mm, vmf->vma, vmf->addr, vmf->orig,
			w->own.can_reuse_anon_page);
}

mm_static unsigned do_wp_page(struct vm_fault *vmf)
{
	struct page *page = vm_normal_page(vmf->mm, vmf->orig);
	enum sim_rule rule;
	unsigned rc;

	/* It asks whether the entry is protected, of every VMA. */
	count_ptep_get(vmf->mm, vmf->ptep);
	if (!vmf->unshare && userfaultfd_wp(vmf->vma)) {
		rc = userfaultfd_wp_fault(vmf);
		if (rc) {
			count_event(vmf->mm, EV_do_wp_page);
			return rc;
		}
	}
	wp_prepare(vmf, page);
	rule = wp_decide(vmf->mm->world, vmf->vma, page);
	if (rule == RULE_OWN && !own_reuse(vmf))
		rule = RULE_WP_COPY_ANON;
	mm_trace(vmf->mm, EV_do_wp_page, rule, vmf->addr, pte_val(vmf->orig),
		 0);
	switch (rule) {
	case RULE_WP_REUSE_SHARED:
		return wp_shared(vmf, page);
	case RULE_OWN:
	case RULE_WP_REUSE_EXCLUSIVE:
	case RULE_WP_REUSE_LAST:
	case RULE_WP_REUSE_SINGLE:
	case RULE_WP_REUSE_LARGE:
		wp_page_reuse(vmf, page, rule);
		vmf_unlock(vmf);
		return 0;
	default:
		if (page && PageKsm(page))
			count_event(vmf->mm, EV_cow_ksm);
		return wp_page_copy(vmf, page,
				    vmf->unshare ? RULE_UNSHARE : rule);
	}
}
