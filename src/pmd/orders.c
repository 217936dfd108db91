/* SPDX-License-Identifier: MIT */
#include "pmd/pmd.h"

/* Whether the setting above all sizes lets a mapping have huge pages. */
static bool thp_enabled(const struct vm_area_struct *vma)
{
	switch (vma->vm_mm->world->knobs[KNOB_THP_ENABLED]) {
	case THP_ALWAYS:
		return true;
	case THP_MADVISE:
		return vma->vm_flags & VM_HUGEPAGE;
	default:
		return false;
	}
}

static bool order_enabled(const struct vm_area_struct *vma, unsigned order)
{
	unsigned shift = PAGE_SHIFT + order;

	if (shift < MTHP_MIN_SHIFT || shift > MTHP_MAX_SHIFT)
		return order == HPAGE_PMD_ORDER && thp_enabled(vma);
	switch (vma->vm_mm->world
			->knobs[KNOB_MTHP_16K + shift - MTHP_MIN_SHIFT]) {
	case MTHP_ALWAYS:
		return true;
	case MTHP_MADVISE:
		return vma->vm_flags & VM_HUGEPAGE;
	case MTHP_INHERIT:
		return thp_enabled(vma);
	default:
		return false;
	}
}

static bool may_have_thp(const struct vm_area_struct *vma)
{
	return ARCH_HAS_THP && !(vma->vm_flags & VM_NOHUGEPAGE) &&
	       vma_is_anonymous(vma);
}

mm_static bool thp_vma_allows_huge(const struct vm_area_struct *vma)
{
	if (!may_have_thp(vma))
		return false;
	return feat(vma->vm_mm->world, FEAT_MTHP)
		       ? order_enabled(vma, HPAGE_PMD_ORDER)
		       : thp_enabled(vma);
}

mm_static u64 thp_vma_allowable_orders(const struct vm_area_struct *vma)
{
	unsigned order;
	u64 orders = 0;

	if (!may_have_thp(vma))
		return 0;
	if (!feat(vma->vm_mm->world, FEAT_MTHP))
		return thp_enabled(vma) ? BIT_U64(HPAGE_PMD_ORDER) : 0;
	for (order = 2; order <= HPAGE_PMD_ORDER; order++)
		if (order_enabled(vma, order))
			orders |= BIT_U64(order);
	return orders;
}
