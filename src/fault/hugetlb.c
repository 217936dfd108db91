/* SPDX-License-Identifier: MIT */
/*
 * Faults of hugetlb mappings.
 */
#include "fault/fault.h"

#include "mm/file.h"
#include "mm/lru.h"
#include "mm/poison.h"
#include "pmd/hugetlb.h"
#include "pmd/pmd.h"
#include "pte/gather.h"
#include "pte/lock.h"
#include "pte/swap.h"

mm_static enum sim_rule hugetlb_wp_decide(const struct mmsim *w, pmd_t pmd)
{
	pfn_t pfn = pmd_pfn(pmd);

	if (!PageAnon(folio_page(&w->phys, pfn)))
		return RULE_HUGETLB_COPY;
	if (PageAnonExclusive(folio_page(&w->phys, pfn)))
		return RULE_HUGETLB_REUSE;
	return folio_mapcount(&w->phys, pfn) == 1 ? RULE_HUGETLB_REUSE
						  : RULE_HUGETLB_COPY;
}

static unsigned hugetlb_wp(struct vm_fault *vmf, u64 *pmdp, pmd_t pmd);

/* No page of the pool is left: the access gets SIGBUS. */
static unsigned hugetlb_page(struct vm_fault *vmf, pfn_t *pfn)
{
	*pfn = hugetlb_alloc(vmf->vma, vmf->addr & HPAGE_MASK);
	if (*pfn != PFN_NONE) {
		mm_trace(vmf->mm, EV_page_alloc, RULE_NONE, 0, 0, *pfn);
		return 0;
	}
	if (vmf->mm->world->host.failed)
		return VM_FAULT_HOST;
	mm_trace(vmf->mm, EV_sigbus, RULE_HUGETLB_EMPTY, vmf->addr, 0, 0);
	return VM_FAULT_SIGBUS;
}

static void hugetlb_reuse(struct vm_fault *vmf, u64 *pmdp)
{
	const struct mmsim *w = vmf->mm->world;
	vaddr_t haddr = vmf->addr & HPAGE_MASK;
	pfn_t pfn = pmd_pfn(pmdp_get(pmdp));
	u64 i;

	if (feat(w, FEAT_ANON_EXCLUSIVE))
		page_set(folio_page(&w->phys, pfn), PG_anon_exclusive);
	if (vmf->unshare)
		return;
	count_event(vmf->mm, EV_kind_huge_reuse);
	for (i = 0; i < HPAGE_NR_PMDS; i++)
		pmd_change(vmf->mm, haddr + i * PMD_SIZE, pmdp + i,
			   huge_pmd_mkwrite_dirty(
				   w, pmd_mkyoung(pmdp_get(pmdp + i))),
			   EV_pmd_access_flags, RULE_HUGETLB_REUSE);
}

static bool past_file(const struct vm_fault *vmf)
{
	u64 end = vmf->vma->vm_file->size >> PAGE_SHIFT;

	return linear_page_index(vmf->vma, vmf->addr) >= end;
}

/* What nobody can get a page for any more. */
static unsigned hugetlb_refused(struct vm_fault *vmf)
{
	enum sim_rule rule = RULE_NONE;

	if (vmf->vma->hugetlb_lost)
		rule = RULE_HUGETLB_LOST;
	else if (past_file(vmf))
		rule = RULE_FILE_EOF;
	if (rule == RULE_NONE)
		return 0;
	mm_trace(vmf->mm, EV_sigbus, rule, vmf->addr, 0, 0);
	return VM_FAULT_SIGBUS;
}

/* Lock the entry if nothing has come there meanwhile. */
static bool hugetlb_lock_none(struct vm_fault *vmf, const u64 *pmdp)
{
	tables_lock(vmf->mm);
	if (pmd_none(pmdp_get(pmdp)))
		return true;
	tables_unlock(vmf->mm);
	return false;
}

/* Map a page; a write then finds it exclusive, in the same fault. */
static unsigned hugetlb_map_anon(struct vm_fault *vmf, u64 *pmdp)
{
	vaddr_t haddr = vmf->addr & HPAGE_MASK;
	unsigned rc = anon_vma_fault(vmf);
	pfn_t pfn;

	if (!rc)
		rc = hugetlb_page(vmf, &pfn);
	if (rc)
		return rc;
	if (!hugetlb_lock_none(vmf, pmdp)) {
		world_put_folio(vmf->mm->world, pfn, 1);
		return 0;
	}
	mm_trace(vmf->mm, EV_hugetlb_fault, RULE_HUGETLB, vmf->addr, 0, pfn);
	hugetlb_add_new_anon_rmap(vmf->mm, vmf->vma, haddr, pfn);
	set_huge_pmds(vmf->mm, haddr, pmdp, make_huge_pmd(vmf->vma, pfn),
		      RULE_HUGETLB);
	if (vmf->write)
		hugetlb_reuse(vmf, pmdp);
	tables_unlock(vmf->mm);
	return 0;
}

static pmd_t make_file_pmd(const struct vm_area_struct *vma, pfn_t pfn)
{
	const vm_flags_t both = VM_SHARED | VM_WRITE;
	pmd_t pmd = make_huge_pmd(vma, pfn);

	/* Written or not: it may be at any time without anybody's notice. */
	return (vma->vm_flags & both) == both
		       ? huge_pmd_mkwrite_dirty(vma->vm_mm->world, pmd)
		       : pmd;
}

/* A page of the file: a private mapping copies it before it writes. */
static unsigned hugetlb_map_file(struct vm_fault *vmf, u64 *pmdp, pfn_t pfn)
{
	vaddr_t haddr = vmf->addr & HPAGE_MASK;
	pmd_t pmd = make_file_pmd(vmf->vma, pfn);

	if (!hugetlb_lock_none(vmf, pmdp))
		return 0;
	/* It has moved meanwhile, or does. */
	if (file_find_page(vmf->vma->vm_file,
			   linear_page_index(vmf->vma, haddr)) != pfn ||
	    hugetlb_is_moving(vmf->mm->world, pfn)) {
		tables_unlock(vmf->mm);
		return 0;
	}
	mm_trace(vmf->mm, EV_hugetlb_fault, RULE_HUGETLB_FILE, vmf->addr, 0,
		 pfn);
	hugetlb_add_file_rmap(vmf->mm, haddr, pfn);
	set_huge_pmds(vmf->mm, haddr, pmdp, pmd, RULE_HUGETLB_FILE);
	tables_unlock(vmf->mm);
	return vmf->write && !(vmf->vma->vm_flags & VM_SHARED)
		       ? hugetlb_wp(vmf, pmdp, pmdp_get(pmdp))
		       : 0;
}

static unsigned hugetlb_poisoned(struct vm_fault *vmf, pmd_t pmd, pfn_t pfn)
{
	mm_trace(vmf->mm, EV_sigbus, RULE_FAULT_HWPOISON, vmf->addr,
		 pmd_val(pmd), pfn);
	return VM_FAULT_HWPOISON;
}

/* The fault is tried again when the page has arrived. */
static unsigned hugetlb_wait(const struct vm_fault *vmf)
{
	sched_wait(vmf->mm->world, vmf->addr);
	return 0;
}

static unsigned hugetlb_no_page(struct vm_fault *vmf, u64 *pmdp)
{
	u64 index = linear_page_index(vmf->vma, vmf->addr & HPAGE_MASK);
	unsigned rc = hugetlb_refused(vmf);
	pfn_t pfn;

	if (rc)
		return rc;
	pfn = file_find_page(vmf->vma->vm_file, index);
	if (pfn == PFN_NONE && !(vmf->vma->vm_flags & VM_SHARED))
		return hugetlb_map_anon(vmf, pmdp);
	if (pfn != PFN_NONE && folio_is_poisoned(vmf->mm->world, pfn))
		return hugetlb_poisoned(vmf, __pmd(0), pfn);
	if (pfn != PFN_NONE && hugetlb_is_moving(vmf->mm->world, pfn))
		return hugetlb_wait(vmf);
	if (pfn == PFN_NONE)
		rc = hugetlb_page(vmf, &pfn);
	return rc ? rc : hugetlb_map_file(vmf, pmdp, pfn);
}

static void install_copy(struct vm_fault *vmf, u64 *pmdp, pfn_t copy)
{
	vaddr_t haddr = vmf->addr & HPAGE_MASK;
	struct mmsim_mm *mm = vmf->mm;
	pmd_t old = huge_pmd_clear_flush(mm, haddr, pmdp, RULE_HUGETLB_COPY);
	pmd_t new = make_huge_pmd(vmf->vma, copy);

	hugetlb_add_new_anon_rmap(mm, vmf->vma, haddr, copy);
	if (!vmf->unshare)
		new = huge_pmd_mkwrite_dirty(mm->world, new);
	set_huge_pmds(mm, haddr, pmdp, new, RULE_HUGETLB_COPY);
	hugetlb_remove_rmap(mm, pmd_pfn(old), haddr);
	world_put_folio(mm->world, pmd_pfn(old), 1);
}

/* ---- the pool is empty ---- */

/* Where a mapping of the same file has the huge page of a fault; 0: nowhere. */
static vaddr_t other_address(const struct vm_fault *vmf,
			     const struct vm_area_struct *vma)
{
	u64 index = linear_page_index(vmf->vma, vmf->addr & HPAGE_MASK);
	vaddr_t addr;

	if (index < vma->vm_pgoff)
		return 0;
	addr = vma->vm_start + ((index - vma->vm_pgoff) << PAGE_SHIFT);
	return addr < vma->vm_end ? addr : 0;
}

/* What is missing from a child's mapping is an error from now on, lest it look
 * like zeroes. */
static void unmap_from_child(struct vm_area_struct *vma, vaddr_t addr,
			     pfn_t pfn)
{
	struct mmsim_mm *mm = vma->vm_mm;
	u64 *pmdp = huge_find(mm, addr);
	struct mmu_gather tlb;

	if (!pmdp || is_swap_pmd(pmdp_get(pmdp)) ||
	    pmd_pfn(pmdp_get(pmdp)) != pfn)
		return;
	mm_trace(mm, EV_hugetlb_wp, RULE_HUGETLB_TAKE_BACK, addr,
		 arch_load(pmdp), 0);
	vma->hugetlb_lost = true;
	tlb_gather_mmu(&tlb, mm);
	zap_hugetlb(&tlb, vma, pmdp, addr);
	tlb_finish_mmu(&tlb);
}

static void take_back(const struct vm_fault *vmf, pfn_t pfn)
{
	struct vm_area_struct *vma;
	vaddr_t addr;

	LIST_FOREACH(vma, &vmf->vma->vm_file->vmas, file_link) {
		if (vma->hugetlb_owner || vma->vm_flags & VM_SHARED)
			continue;
		addr = other_address(vmf, vma);
		if (addr)
			unmap_from_child(vma, addr, pfn);
	}
}

/* ---- write-protected ---- */

/*
 * A page for the copy; or none, and *rule is to reuse the old one: the owner of
 * a reservation takes it from its children.
 */
static unsigned hugetlb_copy(struct vm_fault *vmf, pmd_t pmd,
			     enum sim_rule *rule, pfn_t *copy)
{
	struct mmsim *w = vmf->mm->world;
	unsigned rc = anon_vma_fault(vmf);

	if (!rc)
		rc = hugetlb_page(vmf, copy);
	if (rc == VM_FAULT_SIGBUS && vmf->vma->hugetlb_owner) {
		take_back(vmf, pmd_pfn(pmd));
		*rule = hugetlb_wp_decide(w, pmd);
		return *rule == RULE_HUGETLB_REUSE ? 0 : rc;
	}
	if (rc || copy_huge_contents(w, *copy, pmd_pfn(pmd)))
		return rc;
	world_put_folio(w, *copy, 1);
	return VM_FAULT_HOST;
}

static unsigned reuse_or_copy(struct vm_fault *vmf, u64 *pmdp, pmd_t pmd)
{
	enum sim_rule rule = hugetlb_wp_decide(vmf->mm->world, pmd);
	unsigned rc = 0;
	pfn_t copy = PFN_NONE;

	mm_trace(vmf->mm, EV_hugetlb_wp, rule, vmf->addr, pmd_val(pmd), 0);
	if (rule == RULE_HUGETLB_COPY)
		rc = hugetlb_copy(vmf, pmd, &rule, &copy);
	if (rc)
		return rc;
	tables_lock(vmf->mm);
	if (!pmd_same(pmdp_get(pmdp), pmd))
		rule = RULE_NONE;
	if (rule == RULE_HUGETLB_REUSE)
		hugetlb_reuse(vmf, pmdp);
	else if (rule == RULE_HUGETLB_COPY)
		install_copy(vmf, pmdp, copy);
	tables_unlock(vmf->mm);
	if (rule == RULE_NONE && copy != PFN_NONE)
		world_put_folio(vmf->mm->world, copy, 1);
	return 0;
}

/* The page stays where it is meanwhile. */
static unsigned hugetlb_wp(struct vm_fault *vmf, u64 *pmdp, pmd_t pmd)
{
	struct mmsim *w = vmf->mm->world;
	unsigned rc;

	if (hugetlb_is_moving(w, pmd_pfn(pmd)))
		return hugetlb_wait(vmf);
	folio_page(&w->phys, pmd_pfn(pmd))->refcount++;
	rc = reuse_or_copy(vmf, pmdp, pmd);
	world_put_folio(w, pmd_pfn(pmd), 1);
	return rc;
}

/* Of the entries of a page the one that maps the address. */
static u64 *part_of(const struct vm_fault *vmf, u64 *pmdp)
{
	return pmdp + ((vmf->addr & ~HPAGE_MASK) >> PMD_SHIFT);
}

/* A page that moves has its entry back soon; one that broke never. */
static unsigned hugetlb_nonpresent(struct vm_fault *vmf, pmd_t pmd)
{
	if (is_hwpoison_pte(vmf->mm, __pte(pmd_val(pmd))))
		return hugetlb_poisoned(vmf, pmd, 0);
	return hugetlb_wait(vmf);
}

mm_static unsigned hugetlb_fault(struct vm_fault *vmf)
{
	u64 *pmdp = pmd_alloc(vmf->mm, vmf->addr & HPAGE_MASK), *part;
	unsigned rc = 0;
	pmd_t pmd;

	if (!pmdp)
		return no_page(vmf);
	pmd = pmdp_get_settled(vmf->mm, pmdp);
	part = part_of(vmf, pmdp);
	if (is_swap_pmd(pmd))
		return hugetlb_nonpresent(vmf, pmd);
	if (pmd_none(pmd))
		rc = hugetlb_no_page(vmf, pmdp);
	else if (vmf_breaks_cow(vmf) && !pmd_write(pmd))
		rc = hugetlb_wp(vmf, pmdp, pmd);
	else
		huge_pmd_set_accessed(vmf, part, pmdp_get(part));
	if (!rc)
		update_mmu_cache_pmd(vmf);
	return rc;
}
