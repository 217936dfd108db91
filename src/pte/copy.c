/* SPDX-License-Identifier: MIT */
#include "pte/pte.h"

#include <errno.h>

#include "pte/lock.h"

/* What the child's entry is, given the parent's as it is after the fork. */
static pte_t child_pte(const struct vm_area_struct *src_vma, pte_t pte,
		       const struct arch_rules *rules)
{
	if (src_vma->vm_flags & VM_SHARED)
		pte = pte_mkclean(pte);
	pte = pte_mkold(pte);
	if (rules->uffd_wp)
		pte = pte_clear_uffd_wp(pte);
	return pte;
}

static enum sim_rule copy_rule(const struct page *page)
{
	if (!page)
		return RULE_FORK_ZERO;
	return PageAnon(page) ? RULE_FORK_SHARE : RULE_FORK_FILE;
}

static void copy_present_pte(struct mmsim_mm *dst, struct mmsim_mm *src,
			     const struct vm_area_struct *src_vma, vaddr_t addr,
			     u64 *dst_ptep, u64 *src_ptep)
{
	const struct arch_rules *rules = &src->world->rules;
	enum sim_rule rule;
	struct page *page;
	pte_t pte;

	sim_step(src->world, MMSIM_STEP_PTE, addr);
	pte = ptep_get(src_ptep);
	page = vm_normal_page(src, pte);
	rule = copy_rule(page);
	if (page && PageAnon(page))
		folio_dup_anon_rmap(src, page, addr);
	else if (page)
		folio_add_file_rmap(dst, page, addr, rule);
	if (page && PageAnon(page))
		count_rss(dst, page, 1);
	if (is_cow_mapping(src_vma->vm_flags) && pte_write(pte)) {
		pte = pte_wrprotect(pte);
		pte_update(src, addr, src_ptep, pte, EV_wrprotect, rule);
	}
	set_pte_at(dst, addr, dst_ptep, child_pte(src_vma, pte, rules), rule);
}

static int copy_pte_range(struct mmsim_mm *dst, struct mmsim_mm *src,
			  const struct vm_area_struct *src_vma, u64 *src_table,
			  vaddr_t start, vaddr_t end)
{
	u64 *dst_ptep, *src_ptep = &src_table[table_index(start, 0)];
	vaddr_t addr;
	int rc;

	rc = pte_alloc(dst, start, &dst_ptep);
	if (rc)
		return rc;
	dst_ptep = pte_lock(dst, start, dst_ptep);
	src_ptep = pte_lock(src, start, src_ptep);
	for (addr = start; addr < end;
	     addr += PAGE_SIZE, dst_ptep++, src_ptep++) {
		if (pte_present(ptep_get(src_ptep)))
			copy_present_pte(dst, src, src_vma, addr, dst_ptep,
					 src_ptep);
		else if (unlikely(is_guard_pte(src, ptep_get(src_ptep))))
			set_nonpresent_pte_at(dst, addr, dst_ptep,
					      ptep_get(src_ptep),
					      RULE_FORK_GUARD);
	}
	pte_unlock(src, start);
	pte_unlock(dst, start);
	return 0;
}

mm_static int copy_page_range(struct mmsim_mm *dst, struct mmsim_mm *src,
			      struct vm_area_struct *dst_vma,
			      struct vm_area_struct *src_vma)
{
	vaddr_t addr, next, end = src_vma->vm_end;
	u64 *table;
	int rc;

	/* What has no anonymous page of its own the child faults in itself. */
	if (!src_vma->anon_vma && !(src_vma->vm_flags & VM_MAYBE_GUARD)) {
		mm_trace(src, EV_copy_page_range, RULE_FORK_SKIP,
			 src_vma->vm_start, 0, 0);
		return 0;
	}
	(void)dst_vma;
	mm_trace(src, EV_copy_page_range, RULE_NONE, src_vma->vm_start, 0, 0);
	for (addr = src_vma->vm_start;
	     (table = pte_table_next(src, &addr, end, &next)); addr = next) {
		rc = copy_pte_range(dst, src, src_vma, table, addr, next);
		if (rc)
			return rc;
	}
	return 0;
}
