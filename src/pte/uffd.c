/* SPDX-License-Identifier: MIT */
/*
 * userfaultfd write-protection of a range of entries. A protected entry is
 * never writable; where there is none, a marker remembers the protection:
 * in mappings of files, and in anonymous ones if that was asked for.
 */
#include "pte/pte.h"

#include <errno.h>
#include <mmsim/process.h>

#include "pte/huge.h"
#include "pte/lock.h"
#include "pte/swap_entry.h"
#include "vma/vma_ops.h"

mm_static bool is_uffd_wp_marker(const struct mmsim_mm *mm, pte_t pte)
{
	const struct arch_rules *r = &mm->world->rules;

	return !pte_none(pte) && !pte_present(pte) &&
	       pte_marker_get(pte_to_swp_entry(pte, r), r) & PTE_MARKER_UFFD_WP;
}

mm_static pte_t uffd_wp_marker(const struct mmsim_mm *mm)
{
	const struct arch_rules *r = &mm->world->rules;

	return swp_entry_to_pte(make_pte_marker_entry(PTE_MARKER_UFFD_WP, r),
				r);
}

mm_static bool uffd_wp_wants_markers(const struct vm_area_struct *vma)
{
	const struct mmsim_mm *mm = vma->vm_mm;

	if (!feat(mm->world, FEAT_UFFD_MARKERS))
		return false;
	return !vma_is_anonymous(vma) ||
	       mm->uffd.features & MMSIM_UFFD_FEATURE_WP_UNPOPULATED;
}

/* Markers lie in tables: 0, or -ENOMEM with *end where they end. */
static int alloc_tables(struct mmsim_mm *mm, struct vm_area_struct *vma,
			vaddr_t start, vaddr_t *end)
{
	u64 *ptep, *pmdp;
	vaddr_t addr;

	for (addr = start; addr < *end; addr = pmd_addr_end(addr, *end)) {
		pmdp = huge_find(mm, addr);
		if (pmdp && vma_is_anonymous(vma))
			continue;
		/* Of a file's page each gets its own marker. */
		if (pmdp)
			__split_huge_pmd(mm, vma, pmdp, addr, false);
		if (!pte_alloc(mm, addr, &ptep))
			continue;
		*end = addr;
		return -ENOMEM;
	}
	return 0;
}

/* Taking the protection away may give the write bit back at once, by the
 * rules that mprotect has (from 6.2 on). */
static unsigned resolve_flags(const struct vm_area_struct *vma)
{
	unsigned flags = MM_CP_UFFD_WP_RESOLVE;

	if (feat(vma->vm_mm->world, FEAT_UPGRADE_CLEAN) &&
	    vma_wants_manual_pte_write_upgrade(vma))
		flags |= MM_CP_TRY_CHANGE_WRITABLE;
	return flags;
}

mm_static int uffd_wp_range(struct mmsim_mm *mm, struct vm_area_struct *vma,
			    vaddr_t start, vaddr_t end, bool enable)
{
	unsigned flags = enable ? MM_CP_UFFD_WP : resolve_flags(vma);
	struct mmu_gather tlb;
	int rc = 0;

	if (enable && uffd_wp_wants_markers(vma))
		rc = alloc_tables(mm, vma, start, &end);
	if (start == end)
		return rc;
	tlb_gather_mmu(&tlb, mm);
	change_protection(&tlb, vma, start, end, flags);
	tlb_finish_mmu(&tlb);
	return rc;
}
