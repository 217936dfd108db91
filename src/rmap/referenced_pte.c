/* SPDX-License-Identifier: MIT */
#include "rmap/referenced.h"

#include "pmd/pmd.h"
#include "pte/batch.h"

struct referenced {
	unsigned vmas;
	u64 *vm_flags;
};

/*
 * Only arm64 tells the TLBs, and does not wait for them: elsewhere what they
 * hold is used without a mark until it is replaced. (arch-arm64.md 6,
 * arch-x86.md 10)
 */
static void flush_young(struct mmsim_mm *mm, vaddr_t addr, const u64 *ptep)
{
	unsigned nr = contpte_block(pte_raw(ptep)) ? ARCH_CONT_PTES : 1;

	if (mm->world->arch == MMSIM_ARCH_ARM64)
		flush_tlb_nosync(mm, align_down(addr, nr * PAGE_SIZE),
				 nr * PAGE_SIZE, RULE_REFERENCED);
}

/* A contiguous block becomes old as a whole. */
static bool clear_flush_young(const struct page_vma_mapped_walk *pvmw)
{
	struct mmsim_mm *mm = pvmw->vma->vm_mm;
	pte_t pte = ptep_get(pvmw->ptep);

	if (!pte_young(pte))
		return false;
	sim_step(mm->world, MMSIM_STEP_PTE, pvmw->addr);
	pte_update(mm, pvmw->addr, pvmw->ptep, pte_mkold(pte), EV_clear_young,
		   RULE_REFERENCED);
	flush_young(mm, pvmw->addr, pvmw->ptep);
	return true;
}

static bool clear_flush_young_huge(const struct page_vma_mapped_walk *pvmw)
{
	struct mmsim_mm *mm = pvmw->vma->vm_mm;
	vaddr_t addr = pvmw->addr & PMD_MASK;
	pmd_t pmd;
	bool young;

	tables_lock(mm);
	pmd = pmdp_get(pvmw->pmdp);
	young = pmd_young(pmd);
	if (young)
		pmd_change(mm, addr, pvmw->pmdp, pmd_mkold(pmd), EV_clear_young,
			   RULE_REFERENCED);
	tables_unlock(mm);
	if (young)
		flush_tlb_range(mm, addr, addr + PMD_SIZE, RULE_REFERENCED);
	return young;
}

static bool referenced_one(struct mmsim *w, pfn_t pfn,
			   struct vm_area_struct *vma, vaddr_t addr, void *arg)
{
	struct page_vma_mapped_walk pvmw = mapped_walk(w, pfn, vma, addr, 0);
	struct referenced *ref = arg;
	bool young = false;

	while (page_vma_mapped_walk(&pvmw)) {
		if (vma->vm_flags & VM_LOCKED) {
			*ref->vm_flags |= VM_LOCKED;
			page_vma_mapped_walk_done(&pvmw);
			return false;
		}
		if (pvmw.ptep)
			young |= clear_flush_young(&pvmw);
		else
			young |= clear_flush_young_huge(&pvmw);
	}
	if (young) {
		ref->vmas++;
		*ref->vm_flags |= vma->vm_flags;
	}
	return true;
}

mm_static unsigned folio_referenced(struct mmsim *w, pfn_t pfn, u64 *vm_flags)
{
	struct referenced ref = { .vm_flags = vm_flags };
	const struct rmap_walk walk = { .one = referenced_one, .arg = &ref };

	if (folio_mapcount(&w->phys, pfn))
		rmap_walk(w, pfn, &walk);
	return ref.vmas;
}

/* ---- locked ---- */

/* Whether the entry of an address maps a frame. */
static bool addr_maps(struct mmsim_mm *mm, vaddr_t addr, pfn_t pfn)
{
	const u64 *ptep = pte_find(mm, addr);
	const u64 *pmdp = ptep ? NULL : huge_find(mm, addr);

	if (ptep)
		return pte_present(pte_raw(ptep)) &&
		       pte_pfn(pte_raw(ptep)) == pfn;
	return pmdp && pmd_present(pmdp_get(pmdp)) &&
	       pmd_pfn(pmdp_get(pmdp)) == pfn;
}

/* A large folio of which a part alone lies in the VMA is not locked. */
static bool mlocked_one(struct mmsim *w, pfn_t pfn, struct vm_area_struct *vma,
			vaddr_t addr, void *arg)
{
	const struct folio_view f = folio_view(&w->phys, pfn);
	u64 bytes = PAGE_SIZE << f.order;
	bool *locked = arg;

	if (vma->vm_flags & VM_LOCKED && addr + bytes <= vma->vm_end)
		*locked = addr_maps(vma->vm_mm, addr, f.pfn);
	return !*locked;
}

mm_static bool folio_mlocked(struct mmsim *w, pfn_t pfn)
{
	bool locked = false;
	const struct rmap_walk walk = { .one = mlocked_one, .arg = &locked };

	if (folio_mapcount(&w->phys, pfn))
		rmap_walk(w, pfn, &walk);
	return locked;
}
