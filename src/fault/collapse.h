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
 * -ENOMEM.
 */
mm_static int madvise_collapse(struct mmsim_mm *mm, struct vm_area_struct *vma,
			       vaddr_t start, vaddr_t end);

#endif
