/* SPDX-License-Identifier: MIT */
/*
 * Large folios: huge pages, per huge page; and folios of sixteen pages (64K of
 * 4K pages, contiguous blocks on arm64), per page, against single pages.
 */
#include "common.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define NATIVE_HUGE ((size_t)2 << 20)

/* ---- huge pages ---- */

/* Room for one more, as the range begins where a huge page may. */
static void create_huge(struct run *r)
{
	const struct mmsim_mmap_args args = {
		.size = sizeof(args),
		.prot = MMSIM_PROT_READ | MMSIM_PROT_WRITE,
		.flags = MMSIM_MAP_PRIVATE | MMSIM_MAP_ANONYMOUS |
			 MMSIM_MAP_NORESERVE,
	};
	struct mmsim_mmap_args map = args;

	sim_create_huge(r, r->pages);
	map.len = (r->pages + 1) * r->pmd_size;
	must(r, mmsim_mmap(r->mm, &map, &r->at), "mmsim_mmap");
	r->at = (r->at + r->pmd_size - 1) / r->pmd_size * r->pmd_size;
	must(r,
	     mmsim_madvise(r->mm, r->at, r->pages * r->pmd_size,
			   MMSIM_MADV_HUGEPAGE),
	     "mmsim_madvise");
}

static void touch_huge(struct run *r)
{
	int rc = 0;

	for (size_t i = 0; i < r->pages && !rc; i++)
		rc = mmsim_access(r->mm, 0, r->at + i * r->pmd_size, 1,
				  MMSIM_WRITE, NULL, NULL);
	must(r, rc, "mmsim_access");
}

/* What is timed must have been huge pages, as many as were asked for. */
static void huge_check(struct run *r, const char *counter)
{
	uint64_t value = 0;

	must(r, mmsim_counter(r->world, counter, &value), counter);
	if (value < r->pages)
		die("%s: only %llu of %zu in this world: %s", r->item->name,
		    (unsigned long long)value, r->pages, counter);
}

static void drop_huge(struct run *r)
{
	must(r,
	     mmsim_madvise(r->mm, r->at, r->pages * r->pmd_size,
			   MMSIM_MADV_DONTNEED),
	     "mmsim_madvise");
}

static void teardown(struct run *r)
{
	sim_destroy(r);
}

static double per_page(const struct run *r, double since)
{
	return (now_ns() - since) / (double)r->pages;
}

static double thp_fault_sim(struct run *r)
{
	double since = now_ns(), ns;

	touch_huge(r);
	ns = per_page(r, since);
	huge_check(r, "thp_fault_alloc");
	drop_huge(r);
	return ns;
}

/* Only the second page of each becomes read-only. */
static double thp_split_sim(struct run *r)
{
	double since, ns;
	int rc = 0;

	touch_huge(r);
	since = now_ns();
	for (size_t i = 0; i < r->pages && !rc; i++)
		rc = mmsim_mprotect(r->mm,
				    r->at + i * r->pmd_size + r->page_size,
				    r->page_size, MMSIM_PROT_READ);
	must(r, rc, "mmsim_mprotect");
	ns = per_page(r, since);
	huge_check(r, "thp_split_pmd");
	drop_huge(r);
	must(r,
	     mmsim_mprotect(r->mm, r->at, r->pages * r->pmd_size,
			    MMSIM_PROT_READ | MMSIM_PROT_WRITE),
	     "mmsim_mprotect");
	return ns;
}

static double thp_whole_sim(struct run *r)
{
	double since = now_ns(), ns;

	create_huge(r);
	touch_huge(r);
	ns = per_page(r, since);
	huge_check(r, "thp_fault_alloc");
	sim_destroy(r);
	return ns;
}

static double thp_memory_sim(struct run *r)
{
	double before, after;

	create_huge(r);
	before = resident();
	touch_huge(r);
	after = resident();
	huge_check(r, "thp_fault_alloc");
	sim_destroy(r);
	return (after - before) / (double)r->pages;
}

/* ---- the host's huge pages ---- */

static bool native_has_huge(void)
{
	char text[64] = "";
	FILE *f = fopen("/sys/kernel/mm/transparent_hugepage/enabled", "r");

	if (f) {
		if (!fgets(text, sizeof(text), f))
			*text = 0;
		fclose(f);
	}
	return *text && !strstr(text, "[never]");
}

/* The host has to fill them: no more than these. */
#define MOST_NATIVE 64

static size_t native_nr(const struct run *r)
{
	return r->pages < MOST_NATIVE ? r->pages : MOST_NATIVE;
}

static char *native_huge_map(size_t nr, char **from)
{
	char *p = arena_map((nr + 1) * NATIVE_HUGE, true);
	size_t past = (uintptr_t)p % NATIVE_HUGE;

	*from = p + (past ? NATIVE_HUGE - past : 0);
	return p;
}

static void native_huge_write(char *p, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		*(volatile char *)(p + i * NATIVE_HUGE) = 1;
}

static double thp_fault_native(struct run *r)
{
	size_t nr = native_nr(r);
	char *p, *from;
	double ns;

	if (!native_has_huge())
		return (double)NAN;
	p = native_huge_map(nr, &from);
	ns = now_ns();
	native_huge_write(from, nr);
	ns = (now_ns() - ns) / (double)nr;
	arena_unmap(p, (nr + 1) * NATIVE_HUGE);
	return ns;
}

static double thp_split_native(struct run *r)
{
	size_t nr = native_nr(r);
	char *p, *from;
	double ns;

	if (!native_has_huge())
		return (double)NAN;
	p = native_huge_map(nr, &from);
	native_huge_write(from, nr);
	ns = now_ns();
	for (size_t i = 0; i < nr; i++)
		if (mprotect(from + i * NATIVE_HUGE + NATIVE_PAGE, NATIVE_PAGE,
			     PROT_READ))
			die("mprotect failed");
	ns = (now_ns() - ns) / (double)nr;
	arena_unmap(p, (nr + 1) * NATIVE_HUGE);
	return ns;
}

/* ---- folios of sixteen pages against single pages ---- */

#define FOLIO_PAGES 16

/* A process of its own whose pages lie in folios of sixteen, or do not. */
static struct mmsim_mm *create_range(struct run *r, bool folios)
{
	struct mmsim_mm *first = r->mm;
	struct mmsim_mm *mm;
	char knob[96];

	snprintf(knob, sizeof(knob),
		 "transparent_hugepage/hugepages-%llukB/enabled",
		 (unsigned long long)(FOLIO_PAGES * r->page_size / 1024));
	must(r, mmsim_set(r->world, knob, folios ? "always" : "never"), knob);
	must(r, mmsim_mm_create(r->world, &r->mm), "mmsim_mm_create");
	r->at = sim_map(r, r->pages);
	sim_touch(r, r->at, r->pages, MMSIM_WRITE);
	mm = r->mm;
	r->mm = first;
	return mm;
}

static void folio_check(struct run *r, struct mmsim_mm *mm)
{
	struct mmsim_entry entry = { .size = sizeof(entry) };
	uint64_t middle = r->at + r->pages / 2 * r->page_size;

	must(r, mmsim_entry_get(mm, middle, &entry), "mmsim_entry_get");
	if (1u << entry.order != FOLIO_PAGES)
		die("%s: no folios of %d pages in this world", r->item->name,
		    FOLIO_PAGES);
}

/* The time of @fn on single pages, and on folios: their ratio. */
static double folio_ratio(struct run *r,
			  double (*fn)(struct run *r, struct mmsim_mm *mm))
{
	struct mmsim_mm *mm;
	double single, folios;

	sim_create(r, r->pages, 0);
	mm = create_range(r, false);
	single = fn(r, mm);
	mmsim_mm_exit(mm);
	mm = create_range(r, true);
	folio_check(r, mm);
	folios = fn(r, mm);
	mmsim_mm_exit(mm);
	sim_destroy(r);
	return folios / single;
}

static double fork_once(struct run *r, struct mmsim_mm *mm)
{
	struct mmsim_mm *child;
	double since = now_ns(), ns;

	must(r, mmsim_fork(mm, &child), "mmsim_fork");
	ns = now_ns() - since;
	mmsim_mm_exit(child);
	return ns;
}

/* The least of some after the first, which has the host find pages for the
 * child's tables. All is written again before each. */
static double time_fork(struct run *r, struct mmsim_mm *mm)
{
	struct mmsim_mm *first = r->mm;
	double least = 0, ns;
	int i;

	fork_once(r, mm);
	for (i = 0; i < 3; i++) {
		r->mm = mm;
		sim_touch(r, r->at, r->pages, MMSIM_WRITE);
		r->mm = first;
		ns = fork_once(r, mm);
		if (!i || ns < least)
			least = ns;
	}
	return least;
}

static double time_munmap(struct run *r, struct mmsim_mm *mm)
{
	double since = now_ns();

	must(r, mmsim_munmap(mm, r->at, r->pages * r->page_size),
	     "mmsim_munmap");
	return now_ns() - since;
}

/* To read-only and back. */
static double time_mprotect(struct run *r, struct mmsim_mm *mm)
{
	uint64_t len = r->pages * r->page_size;
	double since = now_ns();

	must(r, mmsim_mprotect(mm, r->at, len, MMSIM_PROT_READ),
	     "mmsim_mprotect");
	must(r,
	     mmsim_mprotect(mm, r->at, len, MMSIM_PROT_READ | MMSIM_PROT_WRITE),
	     "mmsim_mprotect");
	return now_ns() - since;
}

static double fork_folios_sim(struct run *r)
{
	return folio_ratio(r, time_fork);
}

static double munmap_folios_sim(struct run *r)
{
	return folio_ratio(r, time_munmap);
}

static double mprotect_folios_sim(struct run *r)
{
	return folio_ratio(r, time_mprotect);
}

/* 1 TiB of huge pages of 2 MiB. */
#define TIB_PAGES ((size_t)1 << 19)

#define HUGE_PAGES .pages = 4096, .quick_pages = 16
#define TIB	   .pages = TIB_PAGES, .quick_pages = 256
#define QUARTER	   .pages = PAGES_PER_GIB / 4, .quick_pages = 4096

const struct item huge_items[] = {
	{ "thp-fault", "ns", "write to a new huge page", HUGE_PAGES,
	  .first = { .value = 1000 }, .goal = { .value = 150 },
	  .setup = create_huge, .sim = thp_fault_sim,
	  .native = thp_fault_native, .teardown = teardown },
	{ "thp-split", "ns", "mprotect of one page in each huge page",
	  HUGE_PAGES, .first = { .value = 4000 }, .goal = { .value = 1200 },
	  .setup = create_huge, .sim = thp_split_sim,
	  .native = thp_split_native, .teardown = teardown },
	{ "thp-1t", "ns", "2^19 huge pages (1 TiB of 2 MiB) of a new world",
	  TIB, .first = { .value = 0.5e9 / TIB_PAGES },
	  .goal = { .value = 0.1e9 / TIB_PAGES }, .sim = thp_whole_sim },
	{ "thp-1t-memory", "bytes", "the same in bytes", TIB,
	  .first = { .value = 256e6 / TIB_PAGES }, .goal = { .value = 128 },
	  .sim = thp_memory_sim },
	{ "fork-folios", "ratio", "folios of 16 pages against single pages",
	  QUARTER, .first = { .value = 0.5 }, .goal = { .value = 0.5 },
	  .sim = fork_folios_sim },
	{ "munmap-folios", "ratio", "folios of 16 pages against single pages",
	  QUARTER, .first = { .value = 0.5 }, .goal = { .value = 0.5 },
	  .sim = munmap_folios_sim },
	{ "mprotect-folios", "ratio",
	  "folios of 16 pages against single pages, to R and back", QUARTER,
	  .first = { .value = 1 }, .goal = { .value = 1 },
	  .sim = mprotect_folios_sim },
	{ 0 }
};
