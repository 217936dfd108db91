/* SPDX-License-Identifier: MIT */
/*
 * Readahead of swap faults on anonymous memory (swap/readahead.c has the rest):
 * neighbours by address, where no device rotates.
 */
#include "fault/fault.h"

#include "pte/swap.h"
#include "swap/swap.h"

#define MAX_VMA_ORDER 5 /* of a window */

/* Pages [first, end). */
struct ahead_window {
	u64 first, end;
};

/* Upwards or downwards from the fault if that is the way faults have gone, or
 * on both sides of it; not beyond the VMA and the table. */
static struct ahead_window place_window(const struct vm_fault *vmf, u64 before,
					u64 pages)
{
	u64 at = vmf->addr >> PAGE_SHIFT, low, high, left;

	if (at == before + 1)
		left = 0;
	else if (at + 1 == before)
		left = pages - 1;
	else
		left = (pages - 1) / 2;
	low = max_u64(vmf->vma->vm_start, vmf->addr & PMD_MASK) >> PAGE_SHIFT;
	high = min_u64(vmf->vma->vm_end, (vmf->addr & PMD_MASK) + PMD_SIZE) >>
	       PAGE_SHIFT;
	return (struct ahead_window){
		.first = at - low < left ? low : at - left,
		.end = min_u64(at - left + pages, high),
	};
}

/* Where it was read last, and how far; with vm.page-cluster 0 only where. */
static struct ahead_window vma_window(struct vm_fault *vmf)
{
	const struct mmsim *w = vmf->mm->world;
	struct swap_ahead *s = &vmf->vma->swap_ahead;
	u64 at = vmf->addr >> PAGE_SHIFT, before = s->at, pages = 1;
	u64 order = min_u64(w->knobs[KNOB_PAGE_CLUSTER], MAX_VMA_ORDER);

	swap_ahead_begin(s);
	if (order)
		pages = swap_ahead_window(s, at, 1u << order);
	s->at = at;
	return place_window(vmf, before, pages);
}

static void readahead_vma(struct vm_fault *vmf)
{
	const struct arch_rules *r = &vmf->mm->world->rules;
	struct ahead_window window = vma_window(vmf);
	u64 at = vmf->addr >> PAGE_SHIFT, i;
	pte_t pte;

	for (i = window.first; i < window.end; i++) {
		pte = pte_raw(vmf->ptep + (i - at));
		if (i != at && is_slot_pte(vmf->mm, pte))
			swap_ahead_read(vmf->mm->world, pte_swap_ref(pte, r));
	}
}

mm_static void swapin_readahead(struct vm_fault *vmf, struct swap_ref at)
{
	struct mmsim *w = vmf->mm->world;

	if (!swap_ahead_allowed(w, at))
		return;
	if (swap_ahead_by_vma(w))
		readahead_vma(vmf);
	else
		swap_ahead_cluster(w, at);
}

mm_static void swapin_found(struct vm_fault *vmf, struct swap_ref at)
{
	struct swap_ahead *s = &vmf->vma->swap_ahead;

	if (!swap_ahead_by_vma(vmf->mm->world)) {
		swap_ahead_cluster_used(vmf->mm->world, at);
		return;
	}
	swap_ahead_begin(s);
	s->at = vmf->addr >> PAGE_SHIFT;
	s->hits += swap_ahead_used(vmf->mm->world, at);
}
