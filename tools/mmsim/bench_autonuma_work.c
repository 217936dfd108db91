/* SPDX-License-Identifier: MIT */
/*
 * The workloads of mmsim bench autonuma, in the shape of autonumabench's: the
 * memory of all lies on the first node, where it was touched first, and its
 * users are on all nodes.
 *
 *   numa01   a process per node that has CPUs; each thread uses all its
 *	      process's memory
 *   numa02   one process; each thread uses memory of its own
 *
 * A round: the scanner passes over each process, all threads read what they
 * use, then they write it.
 */
#include "bench_autonuma.h"

#include "out.h"

#include <mmsim/numa.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS	      3
#define DEFAULT_PAGES 256
#define MAX_PROCESSES 64

static const struct workload {
	const char *name, *what, *published;
	bool shares; /* a process on each node, whose threads share all */
} workloads[] = {
	{ "numa01", "a process per node, threads share its memory",
	  "156.75 s before, 147.50 s after", true },
	{ "numa02", "one process, each thread its own memory",
	  "15.98 s before, 16.15 s after", false },
};

#define NR_WORKLOADS (sizeof(workloads) / sizeof(*workloads))

struct work {
	struct bench *bench;
	const struct world_spec *spec;
	const struct workload *of;
	struct mmsim *world;
	struct mmsim_mm *mm[MAX_PROCESSES];
	uint64_t addr[MAX_PROCESSES]; /* of their memory */
	unsigned nr_mm, cpus, nodes;
	uint64_t page_size, pages; /* of each thread */
	uint8_t *node; /* of each page before the round, by process */
};

/* ---- counters ---- */

static const struct {
	enum bench_count count;
	const char *counter;
} counters[] = {
	{ BENCH_FAULTS, "pgfault" },
	{ BENCH_HINTS, "numa_hint_faults" },
	{ BENCH_HINTS_LOCAL, "numa_hint_faults_local" },
	{ BENCH_MOVED, "numa_pages_migrated" },
	{ BENCH_WRITE_FAULTS, "fault_wp_reuse" },
};

#define NR_COUNTERS (sizeof(counters) / sizeof(*counters))

static void counters_read(struct mmsim *world, uint64_t *value)
{
	for (size_t i = 0; i < NR_COUNTERS; i++) {
		value[i] = 0;
		mmsim_counter(world, counters[i].counter, &value[i]);
	}
}

/* ---- threads: one on each CPU ---- */

static unsigned thread_process(const struct work *work, unsigned cpu)
{
	return work->of->shares ? cpu * work->nr_mm / work->cpus : 0;
}

static unsigned process_threads(const struct work *work, unsigned process)
{
	unsigned nr = 0;

	for (unsigned cpu = 0; cpu < work->cpus; cpu++)
		nr += thread_process(work, cpu) == process;
	return nr;
}

static uint64_t process_pages(const struct work *work, unsigned process)
{
	return work->pages * process_threads(work, process);
}

/* What a thread uses: all of its process, or a part. */
static void thread_part(const struct work *work, unsigned cpu, uint64_t *first,
			uint64_t *nr)
{
	bool all = work->of->shares;

	*first = all ? 0 : cpu * work->pages;
	*nr = all ? process_pages(work, thread_process(work, cpu))
		  : work->pages;
}

static uint64_t page_addr(const struct work *work, unsigned process, uint64_t i)
{
	return work->addr[process] + i * work->page_size;
}

/* Page by page in turn, so that threads of a process share as they go. */
static int access_in_turn(const struct work *work, uint64_t i,
			  enum mmsim_access kind)
{
	uint64_t first, nr;
	unsigned process;
	int rc = 0;

	for (unsigned cpu = 0; cpu < work->cpus && !rc; cpu++) {
		process = thread_process(work, cpu);
		thread_part(work, cpu, &first, &nr);
		if (i < nr)
			rc = mmsim_access(work->mm[process], cpu,
					  page_addr(work, process, first + i),
					  1, kind, NULL, NULL);
	}
	return rc;
}

/* The most that a thread uses. */
static uint64_t most_pages(const struct work *work)
{
	uint64_t first, nr, most = 0;

	for (unsigned cpu = 0; cpu < work->cpus; cpu++) {
		thread_part(work, cpu, &first, &nr);
		most = nr > most ? nr : most;
	}
	return most;
}

static int all_access(const struct work *work, enum mmsim_access kind)
{
	uint64_t most = most_pages(work), i;
	int rc = 0;

	for (i = 0; i < most && !rc; i++)
		rc = access_in_turn(work, i, kind);
	return rc;
}

/* What still waits in the CPU's batch for its place on the LRU gets it: a page
 * that nobody can take off the LRU does not move. */
static int memory_settle(struct mmsim_mm *mm, uint64_t addr)
{
	int node = 0, status;

	return mmsim_move_pages(mm, 1, &addr, &node, &status,
				MMSIM_MPOL_MF_MOVE);
}

static int process_start(struct work *work, unsigned process)
{
	uint64_t pages = process_pages(work, process);
	struct mmsim_mm **mm = &work->mm[process];
	struct mmsim_mmap_args args = {
		.size = sizeof(args),
		.len = pages * work->page_size,
		.prot = MMSIM_PROT_READ | MMSIM_PROT_WRITE,
		.flags = MMSIM_MAP_PRIVATE | MMSIM_MAP_ANONYMOUS,
	};
	int rc = mmsim_mm_create(work->world, mm);

	if (!rc)
		rc = mmsim_mmap(*mm, &args, &work->addr[process]);
	if (!rc)
		rc = mmsim_mm_threads(*mm, process_threads(work, process));
	for (uint64_t i = 0; i < pages && !rc; i++)
		rc = mmsim_access(*mm, 0, page_addr(work, process, i), 1,
				  MMSIM_WRITE, NULL, NULL);
	return rc ? rc : memory_settle(*mm, work->addr[process]);
}

/* ---- rounds ---- */

/* What the write of a round will fault on, and what of it has moved. */
struct read_only {
	uint64_t pages, moved;
};

static struct mmsim_entry entry_of(const struct work *work, unsigned process,
				   uint64_t i)
{
	struct mmsim_entry entry = { .size = sizeof(entry) };

	mmsim_entry_get(work->mm[process], page_addr(work, process, i), &entry);
	return entry;
}

static void nodes_note(const struct work *work)
{
	uint8_t *node = work->node;

	for (unsigned p = 0; p < work->nr_mm; p++)
		for (uint64_t i = 0; i < process_pages(work, p); i++)
			*node++ = (uint8_t)entry_of(work, p, i).node;
}

static struct read_only read_only_pages(const struct work *work)
{
	const uint8_t *node = work->node;
	struct read_only nr = { 0 };

	for (unsigned p = 0; p < work->nr_mm; p++)
		for (uint64_t i = 0; i < process_pages(work, p); i++, node++) {
			struct mmsim_entry entry = entry_of(work, p, i);

			if (entry.flags & MMSIM_E_WRITE)
				continue;
			nr.pages++;
			nr.moved += entry.node != *node;
		}
	return nr;
}

/* A process is scanned by the first CPU that runs it. */
static int processes_scan(const struct work *work)
{
	unsigned scanned = 0;
	uint64_t changed;
	int rc = 0;

	for (unsigned cpu = 0; cpu < work->cpus && !rc; cpu++) {
		if (thread_process(work, cpu) != scanned)
			continue;
		rc = mmsim_run_on(work->world, cpu);
		if (!rc)
			rc = mmsim_numa_scan(work->mm[scanned++], &changed);
	}
	return rc;
}

static int round_run(const struct work *work, struct read_only *read_only)
{
	int rc;

	nodes_note(work);
	rc = processes_scan(work);
	if (!rc)
		rc = all_access(work, MMSIM_READ);
	*read_only = read_only_pages(work);
	return rc ? rc : all_access(work, MMSIM_WRITE);
}

static int round_count(const struct work *work, const char *phase)
{
	uint64_t then[NR_COUNTERS], now[NR_COUNTERS];
	struct read_only read_only;
	struct bench_cell *cell;
	int rc;

	counters_read(work->world, then);
	rc = round_run(work, &read_only);
	if (rc)
		return rc;
	counters_read(work->world, now);
	cell = bench_cell_add(work->bench);
	cell->bench = "autonuma";
	cell->spec = work->spec;
	cell->phase = phase;
	cell->key[0].name = "workload";
	cell->key[0].word = work->of->name;
	bench_count_set(cell, BENCH_PAGES, work->pages * work->cpus);
	bench_count_set(cell, BENCH_READ_ONLY, read_only.pages);
	bench_count_set(cell, BENCH_READ_ONLY_MOVED, read_only.moved);
	for (size_t i = 0; i < NR_COUNTERS; i++)
		bench_count_set(cell, counters[i].count, now[i] - then[i]);
	return 0;
}

static int work_run(struct work *work)
{
	static const char *const phases[ROUNDS] = { "round 1", "round 2",
						    "round 3" };
	int rc = 0;

	work->nr_mm = 1;
	if (work->of->shares)
		work->nr_mm =
			work->nodes < work->cpus ? work->nodes : work->cpus;
	for (unsigned p = 0; p < work->nr_mm && !rc; p++)
		rc = process_start(work, p);
	work->node = xcalloc(work->pages * work->cpus, 1);
	for (unsigned i = 0; i < ROUNDS && !rc; i++)
		rc = round_count(work, phases[i]);
	free(work->node);
	return rc;
}

int autonuma_work(struct bench *bench, const struct world_spec *spec)
{
	struct mmsim_world_info info = { .size = sizeof(info) };
	struct work work = { .bench = bench, .spec = spec };
	int rc = 0;

	for (size_t i = 0; i < NR_WORKLOADS && !rc; i++) {
		work.of = &workloads[i];
		work.world = world_make(&spec->config, spec->label);
		if (!work.world)
			return STATUS_USAGE;
		mmsim_world_info(work.world, &info);
		work.cpus = info.cpus;
		work.nodes = info.nodes;
		work.page_size = info.page_size;
		work.pages = bench->pages ? bench->pages : DEFAULT_PAGES;
		rc = work_run(&work);
		if (rc)
			out_error("%s: found %s: %s, expected %s to run",
				  spec->label, mmsim_errname(rc),
				  mmsim_last_error(work.world), work.of->name);
		mmsim_destroy(work.world);
	}
	return rc ? STATUS_USAGE : 0;
}

/* ---- text ---- */

static void round_print(struct table *table, const struct bench_cell *cell)
{
	const uint64_t *count = cell->count;

	table_cell(table, "  %s %s", cell->key[0].word, cell->phase);
	table_cell(table, "%llu", (unsigned long long)count[BENCH_HINTS]);
	if (count[BENCH_HINTS])
		table_cell(table, "%.0f %%",
			   100.0 * (double)count[BENCH_HINTS_LOCAL] /
				   (double)count[BENCH_HINTS]);
	else
		table_cell(table, "-");
	table_cell(table, "%llu", (unsigned long long)count[BENCH_MOVED]);
	table_cell(table, "%llu", (unsigned long long)count[BENCH_READ_ONLY]);
	table_cell(table, "%llu",
		   (unsigned long long)count[BENCH_READ_ONLY_MOVED]);
	table_cell(table, "%llu",
		   (unsigned long long)count[BENCH_WRITE_FAULTS]);
	table_cell(table, "%.2f",
		   (double)count[BENCH_FAULTS] / (double)count[BENCH_PAGES]);
}

void autonuma_work_text(const struct bench *bench)
{
	static const char *const heads[] = {
		"hint faults",	 "local",	 "moved",	    "read-only",
		"of them moved", "write faults", "faults per page",
	};
	const struct world_spec *last = NULL;
	struct table *table = table_new("lrrrrrrr");

	for (size_t i = 0; i < NR_WORKLOADS; i++)
		printf("%s: %s; published on 2 nodes: %s\n", workloads[i].name,
		       workloads[i].what, workloads[i].published);
	printf("\nA round is a scan, a read and a write of everything. "
	       "Read-only: pages between the two,\n"
	       "which a write fault makes writable again. "
	       "The published times are not "
	       "predicted.\n\n");
	for (size_t i = 0; i < bench->nr; i++) {
		const struct bench_cell *cell = &bench->cell[i];

		if (strcmp(cell->key[0].name, "workload"))
			continue;
		if (cell->spec != last) {
			table_cell(table, "%s", cell->spec->label);
			for (size_t k = 0; k < 7; k++)
				table_cell(table, "%s", heads[k]);
		}
		last = cell->spec;
		round_print(table, cell);
	}
	table_print(table, 0);
	printf("\n");
}
