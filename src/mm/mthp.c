/* SPDX-License-Identifier: MIT */
#include "mm/mthp.h"

#include <errno.h>
#include <string.h>

#include "core/backend.h"

static const char *const stat_names[NR_MTHP_STATS] = {
	[MTHP_FAULT_ALLOC] = "anon_fault_alloc",
	[MTHP_FAULT_FALLBACK] = "anon_fault_fallback",
	[MTHP_SWPOUT] = "swpout",
	[MTHP_SWPOUT_FALLBACK] = "swpout_fallback",
	[MTHP_SWPIN] = "swpin",
	[MTHP_SPLIT] = "split",
	[MTHP_SPLIT_DEFERRED] = "split_deferred",
};

static bool has_size(const struct mmsim *w, unsigned order)
{
	return w->be->has_thp && feat(w, FEAT_MTHP) && order >= 2 &&
	       order <= w->phys.block_order;
}

int mthp_stat_get(const struct mmsim *w, unsigned order, const char *name,
		  size_t len, u64 *value)
{
	unsigned i;

	if (!has_size(w, order))
		return -ENOENT;
	for (i = 0; i < NR_MTHP_STATS; i++) {
		if (strlen(stat_names[i]) != len ||
		    strncmp(stat_names[i], name, len))
			continue;
		if (i == MTHP_SWPIN && !feat(w, FEAT_SWPIN_STAT))
			return -ENOENT;
		*value = w->mthp[order][i];
		return 0;
	}
	return -ENOENT;
}
