/* SPDX-License-Identifier: MIT */
/*
 * page_vma_mapped_walk(): the entries of one VMA that map a folio.
 *
 *	struct page_vma_mapped_walk pvmw = mapped_walk(w, pfn, vma, addr, 0);
 *
 *	while (page_vma_mapped_walk(&pvmw))
 *		... pvmw.ptep, or pvmw.pmdp of a huge entry ...
 *
 * Whoever leaves the loop early calls page_vma_mapped_walk_done().
 */
#ifndef RMAP_MAPPED_WALK_H
#define RMAP_MAPPED_WALK_H

#include "core/world.h"
#include "pte/lock.h"
#include "rmap/rmap.h"

#define PVMW_SYNC      1u /* no look at an entry before its table is locked */
#define PVMW_MIGRATION 2u /* migration entries to the folio, nothing else */

/**
 * struct page_vma_mapped_walk - a walk, and where it is.
 * @pfn: the folio's first frame, @nr its pages, @index the first one's.
 * @addr: what the entry found maps.
 * @ptep: the entry, whose table is locked; NULL: a huge one.
 * @pmdp: the huge entry; nothing is locked for it.
 */
struct page_vma_mapped_walk {
	struct vm_area_struct *vma;
	pfn_t pfn;
	u64 nr, index;
	unsigned flags;
	vaddr_t addr;
	u64 *ptep, *pmdp;
};

/* A walk from an address on, which vma_address() has said. */
static inline struct page_vma_mapped_walk
mapped_walk(const struct mmsim *w, pfn_t pfn, struct vm_area_struct *vma,
	    vaddr_t addr, unsigned flags)
{
	struct folio_view f = folio_view(&w->phys, pfn);

	return (struct page_vma_mapped_walk){
		.vma = vma,
		.pfn = f.pfn,
		.nr = BIT_U64(f.order),
		/* A KSM page has no place of its own. */
		.index = PageKsm(f.page) ? linear_page_index(vma, addr)
					 : f.page->index,
		.flags = flags,
		.addr = addr,
	};
}

/**
 * page_vma_mapped_walk() - the next entry that maps a page of the folio.
 *
 * An entry that was changed into one that does not is not found again. A
 * caller that splits the huge entry calls page_vma_mapped_walk_restart().
 *
 * Return: false: there is none, nothing is locked.
 */
mm_static bool page_vma_mapped_walk(struct page_vma_mapped_walk *pvmw);

/**
 * page_vma_mapped_lock_huge() - lock a huge entry that was found.
 *
 * Return: false: it does not map the folio any more, nothing is locked;
 * tables_unlock() ends it otherwise.
 */
mm_static bool
page_vma_mapped_lock_huge(const struct page_vma_mapped_walk *pvmw);

/* Skip nr - 1 entries behind the one found: they were dealt with. */
static inline void page_vma_mapped_walk_skip(struct page_vma_mapped_walk *pvmw,
					     unsigned nr)
{
	pvmw->addr += (u64)(nr - 1) * PAGE_SIZE;
	pvmw->ptep += nr - 1;
}

/* End a walk whose last answer was true. */
static inline void page_vma_mapped_walk_done(struct page_vma_mapped_walk *pvmw)
{
	if (pvmw->ptep)
		pte_unlock(pvmw->vma->vm_mm, pvmw->addr);
	pvmw->ptep = pvmw->pmdp = NULL;
}

/* The huge entry found is a table of PTEs now: look into it. */
static inline void
page_vma_mapped_walk_restart(struct page_vma_mapped_walk *pvmw)
{
	page_vma_mapped_walk_done(pvmw);
}

#endif
