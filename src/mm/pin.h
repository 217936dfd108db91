/* SPDX-License-Identifier: MIT */
/*
 * Pins: pages that a device reads or writes behind the process's back
 * (FOLL_PIN with FOLL_LONGTERM). The process must not lose such a page to a
 * copy, so fork copies it for the child, and nothing unmaps it. A mere
 * reference (FOLL_GET, as vmsplice takes it) promises nothing of the kind.
 */
#ifndef MM_PIN_H
#define MM_PIN_H

#include "core/world.h"

/* References that a pin of a single page counts as; one of a large folio is
 * one reference, and told from others by a count of its own. */
#define GUP_PIN_COUNTING_BIAS 1024

/* How do_pin() gets its pages. */
#define PIN_RO	1u /* to read; else to write */
#define PIN_GET 2u /* a reference to each, to read; no pin */

/* Pages of one folio, one after the other, that a process has pinned. */
struct pin {
	u32 pid;
	s32 refs; /* of the folio that it holds; 0 of the zero page */
	pfn_t pfn;
	u64 nr;
	bool get; /* a reference, no pin */
};

/**
 * do_pin() - pin what [start, start + len) maps, brought in to be written or,
 * with PIN_RO or PIN_GET, to be read.
 *
 * A pin to read makes each page the process's own first, where its release
 * does so (unshare).
 *
 * Return: 0; -EINVAL for a range that is none; -EFAULT for a hole, a mapping
 * that forbids the access or a fault that fails; -ENOMEM; -EOPNOTSUPP: to
 * write pages of a file, which is not modelled; with nothing pinned.
 */
int do_pin(struct mmsim_mm *mm, vaddr_t start, u64 len, unsigned how);

/* Let go of all that a process has pinned. */
void do_unpin(struct mmsim_mm *mm);

/* References that pins hold to a page's folio, beyond one per record. */
u64 folio_pin_refs(const struct mmsim *w, pfn_t pfn);

/* Whether a page's folio may be pinned: of a small one as its references
 * tell, which others' may feign. */
bool folio_maybe_dma_pinned(const struct mmsim *w, pfn_t pfn);

#endif
