/* SPDX-License-Identifier: MIT */
/*
 * folio_referenced(): was a folio used since somebody asked last?
 * (semantics-rmap-swap.md 9)
 */
#ifndef RMAP_REFERENCED_H
#define RMAP_REFERENCED_H

#include "rmap/mapped_walk.h"

/**
 * folio_referenced() - make all entries of a folio old.
 * @vm_flags: receives the flags of the VMAs that had a young one; VM_LOCKED of
 *	any that maps it, which ends the walk.
 *
 * Return: in how many VMAs an entry was young.
 */
mm_static unsigned folio_referenced(struct mmsim *w, pfn_t pfn, u64 *vm_flags);

/* Whether a locked VMA maps a folio, and all of it. No entry is changed and no
 * table locked. */
mm_static bool folio_mlocked(struct mmsim *w, pfn_t pfn);

#endif
