/* SPDX-License-Identifier: MIT */
/*
 * The reverse map: from a folio to the VMAs that may map it, and (with
 * rmap/mapped_walk.h) to the entries that do.
 *
 *   anonymous   the VMAs of the anon_vma in page->mapping, and of those that
 *               descend from it by fork
 *   file        the VMAs that map the file in page->mapping
 *   KSM page    the VMAs that have the address of an item of the stable node in
 *               page->mapping, of the anon_vma of that item or a descendant
 *
 * page->index says where in the first two the folio lies.
 */
#ifndef RMAP_RMAP_H
#define RMAP_RMAP_H

#include "core/world.h"

/**
 * struct rmap_walk - what to do with each VMA.
 * @one: @addr is where the VMA has the folio's first page that lies in it.
 *       False ends the walk.
 * @done: asked after each VMA: true ends the walk, NULL never does.
 * @arg: theirs.
 *
 * @one may change entries and the folio's counts. It must not add or remove
 * VMAs; the caller holds what keeps them (mmap_lock of one process keeps its
 * own; between two steps nobody else runs).
 */
struct rmap_walk {
	bool (*one)(struct mmsim *w, pfn_t pfn, struct vm_area_struct *vma,
		    vaddr_t addr, void *arg);
	bool (*done)(struct mmsim *w, pfn_t pfn, void *arg);
	void *arg;
};

/**
 * rmap_walk() - each VMA that may map a folio.
 * @pfn: any of its frames.
 *
 * Parents come before their children. A folio that belongs to nothing (a
 * page of tables, one whose last mapping has gone and whose anon_vma may have
 * gone with it) is not to be asked for: its map count is 0.
 */
void rmap_walk(struct mmsim *w, pfn_t pfn, const struct rmap_walk *walk);

/**
 * vma_address() - where a VMA has pages [index, index + nr) of what it maps.
 *
 * Return: the address of the first of them that lies in it, or
 * VMA_ADDRESS_NONE.
 */
vaddr_t vma_address(const struct vm_area_struct *vma, u64 index, u64 nr);

#define VMA_ADDRESS_NONE (~(vaddr_t)0)

#endif
