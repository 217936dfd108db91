/* SPDX-License-Identifier: MIT */
/*
 * Moving folios between nodes, and which folios a hinting fault moves.
 */
#ifndef NUMA_NUMA_H
#define NUMA_NUMA_H

#include "core/arch.h"
#include "core/world.h"
#include "mm/mempolicy.h"

/**
 * migrate_folio() - move a folio to another node (semantics-rmap-swap.md 4).
 * @pfn: any of its frames; the caller's one reference goes with the call.
 * @at: where to.
 *
 * Nothing is locked. Who else refers to the folio keeps it where it is.
 *
 * Return: 0; -EAGAIN: somebody does, or the folio cannot be moved; -ENOMEM:
 * the node is full, or the host failed. On an error its entries map what they did, but not as hinting entries any more if they had
 * been taken out already.
 */
mm_static int migrate_folio(struct mmsim *w, pfn_t pfn,
			    const struct mpol_nodes *at);

/**
 * migrate_misplaced_folio() - the same for a hinting fault.
 *
 * Before 5.14 a huge page did not take the way over migration entries then:
 * its new entry is that of a page just written to.
 */
mm_static int migrate_misplaced_folio(struct mmsim *w, pfn_t pfn,
				      unsigned node);

/* The node of the page that an entry maps, for move_pages(): -ENOENT: none;
 * -EFAULT: the zero page. */
mm_static int node_of_page(struct mmsim_mm *mm, vaddr_t addr);

/* move_pages() of one page: its node afterwards, or a negative errno.
 * @shared: even if other processes map it. */
mm_static int move_page(struct mmsim_mm *mm, vaddr_t addr, unsigned node,
			bool shared, bool *taken);

/* The folios of a part of a mapping: 0 or -ENOMEM (host). */
mm_static int migrate_range(struct mmsim_mm *mm, struct vm_area_struct *vma,
			    vaddr_t start, vaddr_t end,
			    struct move_range *move);

/**
 * numa_target() - where a hinting fault of the running CPU wants a folio of a
 * mapping; remembers who asked.
 * @node: where it is.
 *
 * Return: a node, or NUMA_NO_NODE: it stays.
 */
mm_static unsigned numa_target(const struct vm_area_struct *vma, vaddr_t addr,
			       struct page *folio, unsigned node);

#endif
