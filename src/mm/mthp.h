/* SPDX-License-Identifier: MIT */
/*
 * What /sys/kernel/mm/transparent_hugepage/hugepages-NkB/stats counts, for
 * each size of folios.
 */
#ifndef MM_MTHP_H
#define MM_MTHP_H

#include "core/world.h"
#include "phys/folio.h"

/* One more of an event that concerns a folio of an order. */
static inline void mthp_count(struct mmsim *w, unsigned order,
			      enum mthp_stat stat)
{
	w->mthp[order][stat]++;
}

/* The order of a large folio that is anonymous, or 0. */
static inline unsigned mthp_anon_order(const struct folio_view *f)
{
	return PageAnon(f->page) && !page_test(f->page, PG_hugetlb) ? f->order
								    : 0;
}

/* A large folio is about to be freed or broken up. */
void mthp_anon_gone(struct mmsim *w, const struct folio_view *f);

/**
 * mthp_stat_get() - a count by the name of its file.
 *
 * Return: 0; -ENOENT: this release has no such file, or no folios of the size.
 */
int mthp_stat_get(const struct mmsim *w, unsigned order, const char *name,
		  size_t len, u64 *value);

/* The same by its name below /sys/kernel/mm/transparent_hugepage/hugepages-. */
int mthp_counter(const struct mmsim *w, const char *name, u64 *value);

#endif
