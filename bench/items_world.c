/* SPDX-License-Identifier: MIT */
/*
 * Whole worlds: their memory, their growth, events, and a replayed program.
 */
#include "common.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* Entries, tables, struct pages: everything but contents. */
static double memory_sim(struct run *r)
{
	double before, after;

	sim_create(r, r->pages, 0);
	r->at = sim_map(r, r->pages);
	before = resident();
	sim_touch(r, r->at, r->pages, MMSIM_WRITE);
	after = resident();
	sim_destroy(r);
	return (after - before) / (double)r->pages;
}

/* Map, touch and unmap, per page: the second time, when the host's memory is
 * there. */
static double cycle(struct run *r, size_t pages)
{
	double since;
	uint64_t at;

	sim_create(r, pages, 0);
	at = sim_map(r, pages);
	sim_touch(r, at, pages, MMSIM_WRITE);
	sim_unmap(r, at, pages);
	since = now_ns();
	at = sim_map(r, pages);
	sim_touch(r, at, pages, MMSIM_WRITE);
	sim_unmap(r, at, pages);
	since = now_ns() - since;
	sim_destroy(r);
	return since / (double)pages;
}

static double size_sim(struct run *r)
{
	double one = cycle(r, r->pages / 64);

	return cycle(r, r->pages) / one;
}

/* ---- one page in 2 MiB, 1 TiB in all ---- */

#define SPARSE_STEP ((uint64_t)2 << 20)

static void sparse_touch(struct run *r)
{
	uint64_t i;
	int rc = 0;

	for (i = 0; i < r->pages && !rc; i++)
		rc = mmsim_access(r->mm, 0, r->at + i * SPARSE_STEP, 1,
				  MMSIM_WRITE, NULL, NULL);
	must(r, rc, "mmsim_access");
}

static void sparse_map(struct run *r)
{
	sim_create(r, r->pages, 0);
	r->at = sim_map_sparse(r,
			       (size_t)(r->pages * SPARSE_STEP / r->page_size));
}

static double sparse_sim(struct run *r)
{
	double since = now_ns();

	sparse_map(r);
	sparse_touch(r);
	since = now_ns() - since;
	sim_destroy(r);
	return since / (double)r->pages;
}

static double sparse_memory_sim(struct run *r)
{
	double before = resident(), after;

	sparse_map(r);
	sparse_touch(r);
	after = resident();
	sim_destroy(r);
	return (after - before) / (double)r->pages;
}

/* ---- events ---- */

#define RECORDS	    4096
#define EVENT_PAGES 2048

static void setup_events(struct run *r)
{
	sim_create(r, r->pages, 0);
}

static void teardown_events(struct run *r)
{
	sim_destroy(r);
}

static double timed_anon(struct run *r)
{
	double since;
	uint64_t at = sim_map(r, r->pages);

	since = now_ns();
	sim_touch(r, at, r->pages, MMSIM_WRITE);
	since = now_ns() - since;
	sim_unmap(r, at, r->pages);
	return since;
}

/* What events take is less than what a host disturbs: of many short turns the
 * least twentieth is compared. */
#define TURNS 1000

static size_t nr_turns(const struct run *r)
{
	return r->quick ? 20 : TURNS;
}

static double least_twentieth(double *times, size_t nr)
{
	qsort(times, nr, sizeof(*times), compare_doubles);
	return times[nr / 20];
}

static double timed_recorded(struct run *r, struct mmsim_event_record *ring)
{
	uint64_t before = mmsim_event_seq(r->world);
	double ns;

	must(r, mmsim_record_events(r->world, ring, RECORDS),
	     "mmsim_record_events");
	ns = timed_anon(r);
	if (mmsim_event_seq(r->world) - before < r->pages)
		die("events: only %llu were recorded",
		    (unsigned long long)(mmsim_event_seq(r->world) - before));
	must(r, mmsim_record_events(r->world, NULL, 0), "mmsim_record_events");
	return ns;
}

static double events_sim(struct run *r)
{
	struct mmsim_event_record *ring = must_alloc(RECORDS, sizeof(*ring));
	const size_t nr = nr_turns(r);
	double *without = must_alloc(nr, sizeof(*without)), ratio;
	double *with = must_alloc(nr, sizeof(*with));
	size_t i;

	for (i = 0; i < nr; i++) {
		without[i] = timed_anon(r);
		with[i] = timed_recorded(r, ring);
	}
	ratio = least_twentieth(with, nr) / least_twentieth(without, nr);
	free(with);
	free(without);
	free(ring);
	return ratio;
}

/* ---- replay ---- */

static double timeval_ns(const struct timeval *t)
{
	return (double)t->tv_sec * 1e9 + (double)t->tv_usec * 1e3;
}

/* Run a program whose standard output goes to a file: the CPU time it took. */
static double spawn(char *const argv[], int out)
{
	posix_spawn_file_actions_t actions;
	struct rusage usage;
	int status, rc;
	pid_t pid;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	rc = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (rc)
		die("%s: %s", argv[0], strerror(rc));
	while (wait4(pid, &status, 0, &usage) < 0)
		if (errno != EINTR)
			die("%s: %s", argv[0], strerror(errno));
	if (status)
		die("%s did not succeed", argv[0]);
	return timeval_ns(&usage.ru_utime) + timeval_ns(&usage.ru_stime);
}

/* The number behind a key, "\"refs\":", in one line of JSON; 0: none. */
static double number_of(FILE *out, const char *key)
{
	char line[4096], *at;

	rewind(out);
	while (fgets(line, sizeof(line), out)) {
		at = strstr(line, key);
		if (at)
			return strtod(at + strlen(key), NULL);
	}
	return 0;
}

/* posix_spawn() takes strings that it may change. */
static char *copy_of(const char *a, const char *b)
{
	size_t len = strlen(a) + strlen(b) + 1;
	char *s = must_alloc(1, len);

	snprintf(s, len, "%s%s", a, b);
	return s;
}

static double replay(struct run *r, const char *trace)
{
	char *argv[] = {
		copy_of(r->command, ""),   copy_of("replay", ""),
		copy_of("--json", ""),	   copy_of("--with=", r->options),
		copy_of(r->traces, trace), NULL
	};
	FILE *out = tmpfile();
	double ns, refs;
	size_t i;

	if (!out)
		die("replay: no temporary file");
	ns = spawn(argv, fileno(out));
	refs = number_of(out, "\"refs\":");
	fclose(out);
	if (refs < 1)
		die("replay: no references in %s", argv[4]);
	for (i = 0; argv[i]; i++)
		free(argv[i]);
	return ns / refs;
}

static double replay_sim(struct run *r)
{
	if (!r->command || !r->traces)
		die("replay: needs --command and --traces");
	return replay(r, r->quick ? "/ls.vg.xz" : "/perl.vg.xz");
}

/* ---- events that nobody listens to ---- */

static double bare_sim(struct run *r)
{
	const size_t nr = nr_turns(r);
	double *times = must_alloc(nr, sizeof(*times)), ns;
	size_t i;

	for (i = 0; i < nr; i++)
		times[i] = timed_anon(r);
	ns = least_twentieth(times, nr) / (double)r->pages;
	free(times);
	return ns;
}

/* The item fault-anon-alone of a program like this one. */
static double alone(struct run *r, const char *program)
{
	char *argv[] = { copy_of(program, ""),
			 copy_of("--json", ""),
			 copy_of("--item=fault-anon-alone", ""),
			 copy_of("--rounds=3", ""),
			 copy_of("--world=", r->options),
			 copy_of(r->quick ? "--quick" : "--json", ""),
			 NULL };
	FILE *out = tmpfile();
	double ns;
	size_t i;

	if (!out)
		die("events-unheard: no temporary file");
	spawn(argv, fileno(out));
	ns = number_of(out, "\"value\":");
	fclose(out);
	for (i = 0; argv[i]; i++)
		free(argv[i]);
	if (ns <= 0)
		die("events-unheard: no figure from %s", program);
	return ns;
}

static double unheard_sim(struct run *r)
{
	double with;

	if (!r->eventless)
		die("events-unheard: needs --eventless");
	with = alone(r, "/proc/self/exe");
	return with / alone(r, r->eventless);
}

/* ---- invariants ---- */

/* Per operation of a world of 64 pages: all invariants are checked after it. */
static double checked_sim(struct run *r)
{
	size_t i, nr = r->pages;
	double since;
	int rc = 0;

	sim_create(r, 64, 0);
	must(r, mmsim_set(r->world, "debug.check", "all"), "debug.check");
	r->at = sim_map(r, 64);
	since = now_ns();
	for (i = 0; i < nr && !rc; i++)
		rc = mmsim_access(r->mm, 0, r->at + i % 64 * r->page_size, 1,
				  i & 64 ? MMSIM_WRITE : MMSIM_READ, NULL,
				  NULL);
	since = now_ns() - since;
	must(r, rc, "mmsim_access");
	must(r, mmsim_check(r->world, NULL, NULL), "mmsim_check");
	sim_destroy(r);
	return since / (double)nr;
}

/* ---- the largest memory ---- */

#define MOST_MEMORY ((uint64_t)1 << 46) /* 64 TiB */

static double largest_sim(struct run *r)
{
	double before = resident(), after;

	sim_create_with(r, MOST_MEMORY);
	r->at = sim_map(r, 1);
	sim_touch(r, r->at, 1, MMSIM_WRITE);
	after = resident();
	sim_destroy(r);
	return after - before;
}

const struct item world_items[] = {
	{ "memory-dense", "bytes", "all metadata per touched page",
	  .pages = PAGES_PER_GIB, .quick_pages = 16384,
	  .first = { .value = 80 }, .goal = { .value = 40 },
	  .sim = memory_sim },
	{ "size-64g", "ratio", "cost per page, 64 GiB against 1 GiB",
	  .pages = 64 * PAGES_PER_GIB, .quick_pages = 65536,
	  .first = { .value = 1.5 }, .goal = { .value = 1.2 },
	  .sim = size_sim },
	{ "sparse-1t", "ns", "per page, one in each 2 MiB of 1 TiB",
	  .pages = (size_t)1 << 19, .quick_pages = 1024,
	  .first = { .value = 2e9 / (1 << 19) },
	  .goal = { .value = 0.8e9 / (1 << 19) }, .sim = sparse_sim },
	{ "sparse-1t-memory", "bytes", "the same in bytes",
	  .pages = (size_t)1 << 19, .quick_pages = 1024,
	  .first = { .value = 2.4e9 / (1 << 19) },
	  .goal = { .value = 2.3e9 / (1 << 19) }, .sim = sparse_memory_sim },
	{ "events-recorded", "ratio", "fault-anon with all events recorded",
	  .pages = EVENT_PAGES, .quick_pages = EVENT_PAGES,
	  .first = { .value = 1.25 }, .goal = { .value = 1.10 },
	  .setup = setup_events, .sim = events_sim,
	  .teardown = teardown_events },
	{ "fault-anon-alone", "ns", "fault-anon without its other sides",
	  .pages = EVENT_PAGES, .quick_pages = EVENT_PAGES,
	  .setup = setup_events, .sim = bare_sim, .teardown = teardown_events },
	{ "events-unheard", "ratio",
	  "the same over a build without events; nobody listens",
	  .pages = EVENT_PAGES, .quick_pages = EVENT_PAGES,
	  .first = { .value = 1.02 }, .goal = { .value = 1.02 },
	  .needs_eventless = true, .sim = unheard_sim },
	{ "checked", "ns", "access, then all invariants, 64 pages",
	  .pages = 4096, .quick_pages = 256, .sim = checked_sim },
	{ "largest", "bytes", "of the host, for a world of 64 TiB",
	  .sim = largest_sim },
	{ "replay", "ns", "mmsim replay, whole process, per reference",
	  .first = { .value = 100 }, .goal = { .value = 1000.0 / 30 },
	  .needs_command = true, .sim = replay_sim },
	{ 0 }
};
