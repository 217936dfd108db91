/* SPDX-License-Identifier: MIT */
/*
 * Frames that memory_failure() has taken out of use: each keeps a reference
 * for ever, so that nobody gets it again.
 */
#ifndef MM_POISON_H
#define MM_POISON_H

#include "core/world.h"
#include "phys/folio.h"

static inline bool page_is_poisoned(const struct mmsim *w, pfn_t pfn)
{
	u64 i;

	for (i = 0; i < w->poisoned.nr; i++)
		if (w->poisoned.pfn[i] == pfn)
			return true;
	return false;
}

/* Whether one of a folio's frames is. */
static inline bool folio_is_poisoned(const struct mmsim *w, pfn_t pfn)
{
	u64 i;

	for (i = 0; i < w->poisoned.nr; i++)
		if (folio_pfn(&w->phys, w->poisoned.pfn[i]) ==
		    folio_pfn(&w->phys, pfn))
			return true;
	return false;
}

/* A frame more, with a reference: 0 or -ENOMEM (host) with nothing changed. */
int poison_page(struct mmsim *w, pfn_t pfn);

/* The host memory of it all. */
void poison_destroy(struct mmsim *w);

/**
 * advise_hwpoison() - MADV_HWPOISON: break the pages of a range, which are
 * faulted in first; of a large folio one page.
 *
 * Return: 0; -EFAULT: a page that cannot be read; -EBUSY: a huge page that
 * cannot be split (from 6.11 on -EHWPOISON), or one of hugetlb that somebody
 * else refers to. From 6.11 on the process may have a signal waiting.
 */
int advise_hwpoison(struct mmsim_mm *mm, vaddr_t start, vaddr_t end);

#endif
