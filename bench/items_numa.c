/* SPDX-License-Identifier: MIT */
/*
 * NUMA hinting, per 4K page and without contents, and what nodes cost those
 * who do not ask for them.
 */
#include "common.h"

#define READ_ONLY  MMSIM_PROT_READ
#define READ_WRITE (MMSIM_PROT_READ | MMSIM_PROT_WRITE)

#define MANY_NODES 64

static void touch_from(struct run *r, unsigned cpu, enum mmsim_access kind)
{
	uint64_t addr, end = r->at + r->pages * r->page_size;
	int rc = 0;

	for (addr = r->at; addr < end && !rc; addr += r->page_size)
		rc = mmsim_access(r->mm, cpu, addr, 1, kind, NULL, NULL);
	must(r, rc, "mmsim_access");
}

/* What is timed must have happened to each page. */
static void happened(struct run *r, const char *counter, uint64_t times)
{
	uint64_t value = 0;

	must(r, mmsim_counter(r->world, counter, &value), counter);
	if (value != times)
		die("%s: %llu of %llu in this world: %s", r->item->name,
		    (unsigned long long)value, (unsigned long long)times,
		    counter);
}

static double per_page(const struct run *r, double since)
{
	return (now_ns() - since) / (double)r->pages;
}

/* Pages that wait in a CPU's batch to come onto the LRU are not moved. */
static void drain(struct run *r)
{
	static const char text[] = "drain\n";

	must(r,
	     mmsim_run_scenario(r->world, text, sizeof(text) - 1, NULL, NULL),
	     "drain");
}

/* Two nodes with a CPU each. With several threads, pages of the node that the
 * scanner runs on are marked as well. */
static void setup(struct run *r)
{
	sim_create_nodes(r, r->pages, 2);
	must(r, mmsim_mm_threads(r->mm, 2), "mmsim_mm_threads");
	r->at = sim_map(r, r->pages);
	touch_from(r, 0, MMSIM_WRITE);
	drain(r);
}

static double scan(struct run *r)
{
	uint64_t changed = 0;
	double since = now_ns(), ns;

	must(r, mmsim_numa_scan(r->mm, &changed), "mmsim_numa_scan");
	ns = per_page(r, since);
	if (changed != r->pages)
		die("%s: the scanner marked %llu of %zu pages", r->item->name,
		    (unsigned long long)changed, r->pages);
	return ns;
}

/* ---- the scanner ---- */

static double time_protect(struct run *r)
{
	double since = now_ns(), ns;

	sim_protect(r, r->at, r->pages, READ_ONLY);
	ns = per_page(r, since);
	sim_protect(r, r->at, r->pages, READ_WRITE);
	touch_from(r, 0, MMSIM_WRITE);
	return ns;
}

static double scan_sim(struct run *r)
{
	double ns = scan(r);

	/* A change of rights takes the marks away. */
	time_protect(r);
	return ns / time_protect(r);
}

/* ---- the faults ---- */

/* Reads: a write to a page that moved faults once more since 6.2. */
static double time_hint_faults(struct run *r, unsigned cpu)
{
	double since, ns;

	setup(r);
	scan(r);
	since = now_ns();
	touch_from(r, cpu, MMSIM_READ);
	ns = per_page(r, since);
	happened(r, "numa_hint_faults", r->pages);
	happened(r, "numa_pages_migrated", cpu ? r->pages : 0);
	sim_destroy(r);
	return ns;
}

static double hint_fault_sim(struct run *r)
{
	return time_hint_faults(r, 0);
}

static double hint_migrate_sim(struct run *r)
{
	return time_hint_faults(r, 1);
}

/* ---- many nodes ---- */

static double time_faults(struct run *r, unsigned nodes)
{
	double since, ns;

	sim_create_nodes(r, r->pages, nodes);
	r->at = sim_map(r, r->pages);
	since = now_ns();
	touch_from(r, nodes / 2, MMSIM_WRITE);
	ns = per_page(r, since);
	sim_destroy(r);
	return ns;
}

static double nodes_sim(struct run *r)
{
	double one = time_faults(r, 1);

	return time_faults(r, MANY_NODES) / one;
}

#define PAGES .pages = (size_t)1 << 17, .quick_pages = 2048

const struct item numa_items[] = {
	{ "numa-scan", "ratio",
	  "the scanner's time for an entry against mprotect's, RW to R", PAGES,
	  .first = { .value = 1.5 }, .goal = { .value = 1.5 }, .setup = setup,
	  .sim = scan_sim, .teardown = sim_destroy },
	{ "hint-fault", "ns", "a hinting fault, and the page stays", PAGES,
	  .first = { .value = 60 }, .goal = { .value = 60 },
	  .sim = hint_fault_sim },
	{ "hint-migrate", "ns", "a hinting fault that moves the page", PAGES,
	  .first = { .value = 250 }, .goal = { .value = 250 },
	  .sim = hint_migrate_sim },
	{ "nodes-64", "ratio",
	  "anonymous faults in a world of 64 nodes against one of 1", PAGES,
	  .first = { .value = 1.1 }, .goal = { .value = 1.05 },
	  .sim = nodes_sim },
	{ 0 }
};
