/* SPDX-License-Identifier: MIT */
#include "mm/mthp.h"

#include <errno.h>
#include <string.h>

#include "core/backend.h"

/* Charges to memory cgroups and zswap, of which there are none. */
#define MTHP_NONE NR_MTHP_STATS

struct stat_file {
	const char *name;
	enum mthp_stat stat;
	enum feature since;
};

static const struct stat_file stat_files[] = {
	{ "anon_fault_alloc", MTHP_FAULT_ALLOC, FEAT_MTHP_STATS },
	{ "anon_fault_fallback", MTHP_FAULT_FALLBACK, FEAT_MTHP_STATS },
	{ "anon_fault_fallback_charge", MTHP_NONE, FEAT_MTHP_STATS },
	{ "swpout", MTHP_SWPOUT, FEAT_MTHP_SPLIT_STATS },
	{ "swpout_fallback", MTHP_SWPOUT_FALLBACK, FEAT_MTHP_SPLIT_STATS },
	{ "split", MTHP_SPLIT, FEAT_MTHP_SPLIT_STATS },
	{ "split_failed", MTHP_SPLIT_FAILED, FEAT_MTHP_SPLIT_STATS },
	{ "split_deferred", MTHP_SPLIT_DEFERRED, FEAT_MTHP_SPLIT_STATS },
	{ "nr_anon", MTHP_NR_ANON, FEAT_MTHP_NR_ANON },
	{ "nr_anon_partially_mapped", MTHP_NR_ANON_PARTIALLY_MAPPED,
	  FEAT_MTHP_NR_ANON },
	{ "swpin", MTHP_SWPIN, FEAT_SWPIN_STAT },
	{ "zswpout", MTHP_NONE, FEAT_SWPIN_STAT },
	{ "swpin_fallback", MTHP_SWPIN_FALLBACK, FEAT_SWPIN_FALLBACK_STAT },
	{ "swpin_fallback_charge", MTHP_NONE, FEAT_SWPIN_FALLBACK_STAT },
	{ "shmem_alloc", MTHP_SHMEM_ALLOC, FEAT_SHMEM_SIZES },
	{ "shmem_fallback", MTHP_SHMEM_FALLBACK, FEAT_SHMEM_SIZES },
	{ "shmem_fallback_charge", MTHP_NONE, FEAT_SHMEM_SIZES },
};

/* The names of 6.10 alone. */
static const struct stat_file old_stat_files[] = {
	{ "anon_swpout", MTHP_SWPOUT, FEAT_MTHP_STATS },
	{ "anon_swpout_fallback", MTHP_SWPOUT_FALLBACK, FEAT_MTHP_STATS },
};

static const struct stat_file *find_file(const struct mmsim *w,
					 const struct stat_file *files,
					 unsigned nr, const char *name,
					 size_t len)
{
	unsigned i;

	for (i = 0; i < nr; i++)
		if (strlen(files[i].name) == len &&
		    !strncmp(files[i].name, name, len))
			return feat(w, files[i].since) ? &files[i] : NULL;
	return NULL;
}

static const struct stat_file *stat_file(const struct mmsim *w,
					 const char *name, size_t len)
{
	const struct stat_file *file = NULL;

	if (!feat(w, FEAT_MTHP_SPLIT_STATS))
		file = find_file(w, old_stat_files, ARRAY_SIZE(old_stat_files),
				 name, len);
	return file ? file
		    : find_file(w, stat_files, ARRAY_SIZE(stat_files), name,
				len);
}

/* Of two pages are only folios of shared memory. */
static bool has_size(const struct mmsim *w, unsigned order,
		     const struct stat_file *file)
{
	unsigned least = file->since == FEAT_SHMEM_SIZES ? 1 : 2;

	return w->be->has_thp && feat(w, FEAT_MTHP) && order >= least &&
	       order <= w->phys.block_order;
}

int mthp_stat_get(const struct mmsim *w, unsigned order, const char *name,
		  size_t len, u64 *value)
{
	const struct stat_file *file = stat_file(w, name, len);

	if (!file || !has_size(w, order, file))
		return -ENOENT;
	*value = file->stat == MTHP_NONE ? 0 : w->mthp[order][file->stat];
	return 0;
}

/* The number at the beginning of a name, which is moved behind it; 0: none
 * that a size could have. */
static u64 leading_number(const char **name)
{
	u64 nr = 0;

	for (; **name >= '0' && **name <= '9' && nr < (u64)1 << 40; ++*name)
		nr = nr * 10 + (u64)(**name - '0');
	return nr;
}

int mthp_counter(const struct mmsim *w, const char *name, u64 *value)
{
	static const char stats[] = "kB/stats/";
	u64 size = leading_number(&name) << 10;
	unsigned order = 0;

	if (strncmp(name, stats, strlen(stats)))
		return -ENOENT;
	while (order < w->phys.block_order &&
	       world_page_size(w) << order < size)
		order++;
	if (world_page_size(w) << order != size)
		return -ENOENT;
	name += strlen(stats);
	return mthp_stat_get(w, order, name, strlen(name), value);
}

void mthp_anon_gone(struct mmsim *w, const struct folio_view *f)
{
	unsigned order = mthp_anon_order(f);

	if (order)
		w->mthp[order][MTHP_NR_ANON]--;
	if (folio_is_partially_mapped(&w->phys, f->pfn))
		w->mthp[f->order][MTHP_NR_ANON_PARTIALLY_MAPPED]--;
}
