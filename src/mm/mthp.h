/* SPDX-License-Identifier: MIT */
/*
 * What /sys/kernel/mm/transparent_hugepage/hugepages-NkB/stats counts, for
 * each size of folios.
 */
#ifndef MM_MTHP_H
#define MM_MTHP_H

#include "core/world.h"

/* One more of an event that concerns a folio of an order. */
static inline void mthp_count(struct mmsim *w, unsigned order,
			      enum mthp_stat stat)
{
	w->mthp[order][stat]++;
}

/**
 * mthp_stat_get() - a count by the name of its file.
 *
 * Return: 0; -ENOENT: this release has no such file, or no folios of the size.
 */
int mthp_stat_get(const struct mmsim *w, unsigned order, const char *name,
		  size_t len, u64 *value);

#endif
