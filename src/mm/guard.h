/* SPDX-License-Identifier: MIT */
/*
 * Guard regions (6.13+): what madvise() asks of one VMA.
 */
#ifndef MM_GUARD_H
#define MM_GUARD_H

#include "core/world.h"

/**
 * guard_install() - let every access to [start, end) end in a SIGSEGV; what
 * is mapped there is freed.
 *
 * Return: 0; -EINVAL: a locked or special mapping; -ENOMEM: no page table (or
 * host memory); what lies before it has guards.
 */
int guard_install(struct vm_area_struct *vma, vaddr_t start, vaddr_t end);

/* Take guards away again: 0, or -EINVAL for a special mapping. */
int guard_remove(struct vm_area_struct *vma, vaddr_t start, vaddr_t end);

#endif
