/* SPDX-License-Identifier: MIT */
#ifndef FAULT_COLLAPSE_H
#define FAULT_COLLAPSE_H

#include "pte/pte.h"

/**
 * madvise_collapse() - MADV_COLLAPSE on a part of a VMA; what is swapped out
 * comes back for it.
 *
 * Return: 0 if every whole extent in the range is mapped by a huge entry;
 * -EINVAL for what cannot be; -EAGAIN for pages that something else refers to;
 * -ENOMEM; -EOPNOTSUPP for files of a file system.
 */
mm_static int madvise_collapse(struct mmsim_mm *mm, struct vm_area_struct *vma,
			       vaddr_t start, vaddr_t end);

/**
 * khugepaged_scan() - khugepaged's look at one VMA.
 * @nr: grows by the extents that were collapsed.
 *
 * It takes what the settings let have huge pages, if no more pages are missing
 * or swapped out than khugepaged/max_ptes_none and max_ptes_swap allow; of
 * anonymous memory at least one must have been referenced, and no more be
 * shared than max_ptes_shared allows.
 *
 * Return: 0 or -ENOMEM: it gives up for now.
 */
mm_static int khugepaged_scan(struct mmsim_mm *mm, struct vm_area_struct *vma,
			      u64 *nr);

/* A VMA whose memory is in use may have huge pages, once it has the given
 * flags: khugepaged is to know of its process. */
mm_static void khugepaged_enter_vma(const struct vm_area_struct *vma,
				    vm_flags_t flags);

#endif
