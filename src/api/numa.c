/* SPDX-License-Identifier: MIT */
#include <mmsim/numa.h>

#include "api/api.h"
#include "mm/mm.h"
#include "mm/numa_task.h"

int mmsim_mbind(struct mmsim_mm *mm, uint64_t addr, uint64_t len, int mode,
		uint64_t nodes, unsigned flags)
{
	int rc;

	rc = api_enter_mm(mm);
	if (rc)
		return rc;
	return api_leave(mm->world, do_mbind(mm, addr, len, mode, nodes, flags),
			 "mbind");
}

int mmsim_set_mempolicy(struct mmsim_mm *mm, int mode, uint64_t nodes)
{
	int rc;

	rc = api_enter_mm(mm);
	if (rc)
		return rc;
	return api_leave(mm->world, do_set_mempolicy(mm, mode, nodes),
			 "set_mempolicy");
}

int mmsim_move_pages(struct mmsim_mm *mm, size_t count, const uint64_t *pages,
		     const int *nodes, int *status, unsigned flags)
{
	int rc;

	if (!mm || (count && (!pages || !status)))
		return -EINVAL;
	rc = api_enter_mm(mm);
	if (rc)
		return rc;
	return api_leave(
		mm->world,
		do_move_page_list(mm, count, pages, nodes, status, flags),
		"move_pages");
}

int mmsim_migrate_pages(struct mmsim_mm *mm, uint64_t from, uint64_t to,
			uint64_t *stayed)
{
	int rc;

	if (!mm || !stayed)
		return -EINVAL;
	*stayed = 0;
	rc = api_enter_mm(mm);
	if (rc)
		return rc;
	return api_leave(mm->world, do_migrate_pages(mm, from, to, stayed),
			 "migrate_pages");
}

int mmsim_mm_threads(struct mmsim_mm *mm, unsigned threads)
{
	int rc;

	if (!mm || !threads)
		return -EINVAL;
	rc = api_enter(mm->world);
	if (!rc)
		mm->threads = threads;
	return rc;
}

int mmsim_numa_scan(struct mmsim_mm *mm, uint64_t *changed)
{
	int rc;

	if (!mm || !changed)
		return -EINVAL;
	*changed = 0;
	rc = api_enter_mm(mm);
	if (rc)
		return rc;
	return api_leave(mm->world, do_numa_scan(mm, changed), "numa_scan");
}

int mmsim_numa_advance(struct mmsim_mm *mm, uint64_t ms, uint64_t *changed)
{
	int rc;

	if (!mm || !changed || ms > MMSIM_NUMA_ADVANCE_MAX)
		return -EINVAL;
	*changed = 0;
	rc = api_enter_mm(mm);
	if (rc)
		return rc;
	return api_leave(mm->world, do_numa_advance(mm, ms, changed),
			 "numa_advance");
}

static void stats_of_task(const struct numa_task *t, unsigned nodes,
			  struct mmsim_numa_stats *s)
{
	unsigned node;

	s->numa_preferred_nid = t->preferred;
	s->numa_pages_migrated = t->migrated;
	s->total_numa_faults = t->total;
	for (node = 0; node < nodes; node++) {
		s->task_private[node] = t->faults[node][NUMA_PRIVATE].kept;
		s->task_shared[node] = t->faults[node][NUMA_SHARED].kept;
	}
}

int mmsim_numa_stats(const struct mmsim_mm *mm, unsigned cpu,
		     struct mmsim_numa_stats *stats)
{
	struct mmsim_numa_stats ours = { .numa_preferred_nid = -1 };
	const struct numa_task *t;

	if (!mm || !stats || cpu >= mm->world->cpus ||
	    api_check_struct(stats, stats->size, sizeof(size_t), sizeof(ours)))
		return -EINVAL;
	if (mm->world->obs.alert.broken)
		return -ENOTRECOVERABLE;
	ours.numa_scan_seq = mm->numa_scan_seq;
	t = numa_task_on(mm, cpu);
	if (t)
		stats_of_task(t, mm->world->phys.nr_nodes, &ours);
	api_copy_out(stats, stats->size, &ours, sizeof(ours));
	return 0;
}
