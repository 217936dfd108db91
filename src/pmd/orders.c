/* SPDX-License-Identifier: MIT */
#include "pmd/pmd.h"

#include <mmsim/process.h>

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

/* ---- shared memory ---- */

/*
 * Whether the file reaches the end of the block. The first release asked from
 * the page itself, which as the first of a block is the end of the one before,
 * and of no file smaller than a huge page.
 */
static bool within_size(const struct vm_area_struct *vma, u64 index,
			unsigned order)
{
	const struct mmsim_file *file = vma->vm_file;
	u64 pages = align_up(file->size, PAGE_SIZE) >> PAGE_SHIFT;

	if (feat(file->world, FEAT_SHMEM_WITHIN_SIZE))
		return pages >=
		       align_down(index, BIT_U64(order)) + BIT_U64(order);
	return pages >= HPAGE_PMD_NR && pages >= align_up(index, HPAGE_PMD_NR);
}

/* The setting above all sizes; "deny" never comes here. */
static bool shmem_enabled(const struct vm_area_struct *vma, u64 index)
{
	switch (vma->vm_mm->world->knobs[KNOB_SHMEM_ENABLED]) {
	case SHMEM_ALWAYS:
	case SHMEM_FORCE:
		return true;
	case SHMEM_WITHIN_SIZE:
		return within_size(vma, index, HPAGE_PMD_ORDER) ||
		       vma->vm_flags & VM_HUGEPAGE;
	case SHMEM_ADVISE:
		return vma->vm_flags & VM_HUGEPAGE;
	default:
		return false;
	}
}

static bool shmem_order_enabled(const struct vm_area_struct *vma, u64 index,
				unsigned order, bool inherited)
{
	const unsigned *knobs = vma->vm_mm->world->knobs;
	unsigned word =
		knobs[KNOB_SHMEM_8K + PAGE_SHIFT + order - SHMEM_MIN_SHIFT];

	if (word == SHMEM_SIZE_INHERIT)
		return inherited;
	if (knobs[KNOB_SHMEM_ENABLED] == SHMEM_FORCE)
		return false;
	switch (word) {
	case SHMEM_SIZE_ALWAYS:
		return true;
	case SHMEM_SIZE_WITHIN_SIZE:
		return within_size(vma, index, order) ||
		       vma->vm_flags & VM_HUGEPAGE;
	case SHMEM_SIZE_ADVISE:
		return vma->vm_flags & VM_HUGEPAGE;
	default:
		return false;
	}
}

/* What the settings say of a page. */
static u64 shmem_orders(const struct vm_area_struct *vma, u64 index)
{
	const struct mmsim *w = vma->vm_mm->world;
	bool inherited = shmem_enabled(vma, index);
	u64 orders = 0;
	unsigned order;

	if (!feat(w, FEAT_SHMEM_SIZES))
		return inherited ? BIT_U64(HPAGE_PMD_ORDER) : 0;
	for (order = 1; order <= HPAGE_PMD_ORDER; order++)
		if (shmem_order_enabled(vma, index, order, inherited))
			orders |= BIT_U64(order);
	return orders;
}

/* Those whose block lies inside the mapping. */
static u64 suitable_orders(const struct vm_area_struct *vma, vaddr_t addr,
			   u64 orders)
{
	unsigned order;

	for (order = 1; order <= HPAGE_PMD_ORDER; order++)
		if (!thp_vma_suitable_order(vma, addr, order))
			orders &= ~BIT_U64(order);
	return orders;
}

mm_static u64 shmem_allowable_orders(const struct vm_area_struct *vma,
				     vaddr_t addr)
{
	const struct mmsim *w = vma->vm_mm->world;
	u64 orders;

	if (!w->shmem_any || vma->vm_flags & VM_NOHUGEPAGE ||
	    vma->vm_file->kind != MMSIM_FILE_MEMFD)
		return 0;
	orders = shmem_orders(vma, linear_page_index(vma, addr));
	return feat(w, FEAT_SHMEM_IN_VMA) ? suitable_orders(vma, addr, orders)
					  : orders;
}
