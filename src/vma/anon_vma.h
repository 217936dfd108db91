/* SPDX-License-Identifier: MIT */
/*
 * anon_vma: which VMAs may hold the same anonymous pages.
 */
#ifndef VMA_ANON_VMA_H
#define VMA_ANON_VMA_H

#include "vma/vma.h"

struct mmsim;

/**
 * anon_vma_prepare() - give a VMA an anon_vma before its first anonymous page.
 *
 * A neighbour's is taken if the two may merge one day (equal but for access
 * rights, offsets contiguous), so that mprotect back and forth merges again.
 *
 * Return: 0, or -ENOMEM (host) with nothing changed.
 */
int anon_vma_prepare(struct vm_area_struct *vma);

/* @dst gets the anon_vma of @src, for a VMA split off or moved. */
void anon_vma_clone(struct vm_area_struct *dst,
		    const struct vm_area_struct *src);

/**
 * anon_vma_fork() - a child's VMA: linked to its parent's anon_vmas and to
 * one of its own.
 *
 * Return: 0, or -ENOMEM (host) with nothing changed.
 */
int anon_vma_fork(struct vm_area_struct *dst, const struct vm_area_struct *src);

/* Keep an anon_vma beyond its last VMA, and let go of it again. */
void anon_vma_get(struct anon_vma *av);
void anon_vma_put(struct mmsim *w, struct anon_vma *av);

/* Let go of a VMA's anon_vma. */
void anon_vma_unlink(struct vm_area_struct *vma);

#endif
