/* SPDX-License-Identifier: MIT */
#include "mm/numa_task.h"

#include <errno.h>

static size_t tasks_size(unsigned nr)
{
	return sizeof(struct numa_tasks) + nr * sizeof(struct numa_task);
}

int numa_tasks_reserve(struct mmsim_mm *mm)
{
	unsigned nr = mm->threads > 1 ? mm->world->cpus : 1;
	unsigned old = mm->numa ? mm->numa->nr : 0, i;
	struct numa_tasks *tasks;

	if (nr <= old)
		return 0;
	tasks = host_realloc(&mm->world->host, mm->numa,
			     old ? tasks_size(old) : 0, tasks_size(nr));
	if (!tasks)
		return -ENOMEM;
	tasks->nr = nr;
	for (i = old; i < nr; i++) {
		tasks->task[i].seq = mm->numa_scan_seq;
		tasks->task[i].preferred = -1;
	}
	mm->numa = tasks;
	return 0;
}

void numa_tasks_free(struct mmsim_mm *mm)
{
	if (mm->numa)
		host_free(&mm->world->host, mm->numa, tasks_size(mm->numa->nr));
	mm->numa = NULL;
}

/* A thread that came after the last scan is taken for the first. */
static struct numa_task *find_task(const struct mmsim_mm *mm, unsigned cpu)
{
	if (!mm->numa)
		return NULL;
	return &mm->numa->task[mm->threads > 1 && cpu < mm->numa->nr ? cpu : 0];
}

const struct numa_task *numa_task_on(const struct mmsim_mm *mm, unsigned cpu)
{
	return find_task(mm, cpu);
}

/* Half is forgotten, but not the last one. */
static u64 settle(struct numa_faults *f)
{
	f->kept = f->kept - f->kept / 2 + f->fresh;
	f->fresh = 0;
	return f->kept;
}

static void settle_all(struct numa_task *t, unsigned nodes)
{
	u64 most = 0, faults;
	unsigned node;

	t->total = 0;
	for (node = 0; node < nodes; node++) {
		faults = settle(&t->faults[node][NUMA_PRIVATE]) +
			 settle(&t->faults[node][NUMA_SHARED]);
		t->total += faults;
		if (faults > most) {
			most = faults;
			t->preferred = (s32)node;
		}
	}
}

void task_numa_fault(struct mmsim_mm *mm, enum numa_sharing sharing,
		     unsigned node, u64 nr, bool migrated)
{
	struct numa_task *t = find_task(mm, mm->world->obs.cpu);

	if (!t)
		return;
	if (t->seq != mm->numa_scan_seq) {
		t->seq = mm->numa_scan_seq;
		settle_all(t, mm->world->phys.nr_nodes);
	}
	t->faults[node][sharing].fresh += nr;
	if (migrated)
		t->migrated += nr;
}
