/* SPDX-License-Identifier: MIT */
#include "mm/shared_policy.h"

#include <errno.h>
#include <mmsim/process.h>
#include <string.h>

/* The first range that ends behind an index. */
static size_t range_at(const struct shared_policy *sp, u64 index)
{
	size_t low = 0, high = sp->nr, mid;

	while (low < high) {
		mid = (low + high) / 2;
		if (sp->range[mid].end <= index)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

bool file_shares_policy(const struct mmsim_file *file)
{
	return file && file->kind == MMSIM_FILE_MEMFD;
}

const struct mempolicy *file_policy(const struct mmsim_file *file, u64 index)
{
	const struct shared_policy *sp = &file->policy;
	size_t i = range_at(sp, index);

	if (i == sp->nr || sp->range[i].start > index)
		return NULL;
	return &sp->range[i].policy;
}

int shared_policy_reserve(struct mmsim_file *file)
{
	struct shared_policy *sp = &file->policy;
	size_t max = sp->max ? 2 * sp->max : 4;
	struct policy_range *range;

	if (sp->nr + 2 <= sp->max)
		return 0;
	range = host_realloc(&file->world->host, sp->range,
			     sp->max * sizeof(*range), max * sizeof(*range));
	if (!range)
		return -ENOMEM;
	sp->range = range;
	sp->max = max;
	return 0;
}

void shared_policy_set(struct mmsim_file *file, u64 start, u64 end,
		       const struct mempolicy *pol)
{
	struct shared_policy *sp = &file->policy;
	struct policy_range put[3], *r = sp->range;
	size_t from = range_at(sp, start), to = from, n = 0;

	while (to < sp->nr && r[to].start < end)
		to++;
	if (from < to && r[from].start < start)
		put[n++] = (struct policy_range){ r[from].start, start,
						  r[from].policy };
	if (pol->mode)
		put[n++] = (struct policy_range){ start, end, *pol };
	if (from < to && r[to - 1].end > end)
		put[n++] = (struct policy_range){ end, r[to - 1].end,
						  r[to - 1].policy };
	memmove(&r[from + n], &r[to], (sp->nr - to) * sizeof(*r));
	memcpy(&r[from], put, n * sizeof(*r));
	sp->nr += n - (to - from);
}

void shared_policy_free(struct mmsim_file *file)
{
	struct shared_policy *sp = &file->policy;

	host_free(&file->world->host, sp->range, sp->max * sizeof(*sp->range));
}
