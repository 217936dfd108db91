/* SPDX-License-Identifier: MIT */
/*
 * Pins: pages that a device writes to behind the process's back (FOLL_PIN with
 * FOLL_WRITE and FOLL_LONGTERM). The process must not lose such a page to a
 * copy, so fork copies it for the child, and nothing unmaps it.
 */
#ifndef MM_PIN_H
#define MM_PIN_H

#include "core/world.h"

/* References that a pin of a single page counts as. */
#define GUP_PIN_COUNTING_BIAS 1024

/* One page that a process has pinned. */
struct pin {
	u32 pid;
	pfn_t pfn;
};

/**
 * do_pin() - pin what [start, start + len) maps, brought in to be written.
 *
 * Return: 0; errors of mmsim_madvise() with POPULATE_WRITE; -EOPNOTSUPP: a
 * page of a file or of a large folio, which are not modelled; with nothing
 * pinned.
 */
int do_pin(struct mmsim_mm *mm, vaddr_t start, u64 len);

/* Let go of all that a process has pinned. */
void do_unpin(struct mmsim_mm *mm);

/* Pins of a page: what of its references they are. */
u64 page_pin_refs(const struct mmsim *w, pfn_t pfn);

/* Whether a page may be pinned, as its references tell. */
static inline bool page_maybe_dma_pinned(const struct page *page)
{
	return page->refcount >= GUP_PIN_COUNTING_BIAS;
}

#endif
