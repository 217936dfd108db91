/* SPDX-License-Identifier: MIT */
/*
 * Merging and breaking single pages, per instance; the pass over all of them.
 */
#ifndef KSM_MERGE_H
#define KSM_MERGE_H

#include "core/arch.h"
#include "ksm/ksm.h"

/* A page that the scanner looks at, and where: it has a reference to it. */
struct ksm_target {
	struct mmsim_mm *mm;
	vaddr_t addr;
	pfn_t pfn;
};

/**
 * ksm_get_page() - the anonymous page of an address that its mapping offers.
 * @hinted: also behind an entry that nobody can use.
 *
 * Return: false: there is none. Nothing is locked; t->pfn's folio has one more
 * reference.
 */
mm_static bool ksm_get_page(struct ksm_target *t, bool hinted);
mm_static void ksm_put_page(struct ksm_target *t);

/**
 * try_to_merge_one_page() - let an address map a page of equal contents.
 * @kpfn: the KSM page, or the zero page; @t->pfn itself: it is to become one,
 * and its entry is only protected.
 *
 * Return: false: it cannot be (somebody else refers to the page, it is not
 * mapped there any more, its large folio cannot be split).
 */
mm_static bool try_to_merge_one_page(struct ksm_target *t, pfn_t kpfn,
				     struct anon_vma **anon_vma);

/**
 * break_ksm() - give a process pages of its own in the place of the KSM pages
 * that a range of a mapping maps, by faults.
 * @count: the faults are the process's.
 *
 * Return: 0, or -ENOMEM, what came before it done.
 */
mm_static int break_ksm(struct mmsim_mm *mm, struct vm_area_struct *vma,
			vaddr_t start, vaddr_t end, bool count);

/* The same at the wish of the process. */
mm_static int unmerge_ksm_pages(struct mmsim_mm *mm, struct vm_area_struct *vma,
				vaddr_t start, vaddr_t end);

/* One pass over all that is offered: 0 or -ENOMEM (host). */
mm_static int ksm_scan(struct mmsim *w);

#endif
