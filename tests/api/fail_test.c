/* SPDX-License-Identifier: MIT */
/*
 * Failure sweeps: the n-th simulated or host allocation fails, for every n
 * until none does. A simulated failure is the process's: the world stays
 * valid. A host failure is the call's: nothing changed, or the world is given
 * up.
 */
#include "fixture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name, *text;
} scenarios[] = {
	{ "cow", "mmap A 6p rw private anon\n"
		 "read A 0 3p\n"
		 "write A 0 6p 5\n"
		 "fork C\n"
		 "write A 0 4p 6\n"
		 "@C write A 2p 3p 7\n"
		 "exit C\n"
		 "write A 0 6p 8\n" },
	{ "vma", "mmap A 16p rw private anon\n"
		 "mprotect A 4p 4p r\n"
		 "write A 0 4p 5\n"
		 "mprotect A 4p 4p rw\n"
		 "munmap A 2p 1p\n"
		 "mmap B 40p rw private anon\n"
		 "mprotect B 1p 1p r\n"
		 "mprotect B 3p 1p r\n"
		 "mprotect B 5p 1p none\n"
		 "mprotect B 7p 1p rwx\n"
		 "madvise B 9p 1p dontfork\n"
		 "madvise B 11p 1p nohugepage\n"
		 "mprotect B 0 40p rw\n"
		 "munmap B 0 40p\n"
		 "maps\n" },
	{ "file", "memfd M 8p\n"
		  "mmap S 8p rw shared memfd M 0\n"
		  "mmap P 8p rw private memfd M 0\n"
		  "write S 0 3p 5\n"
		  "read P 0 4p\n"
		  "write P 1p 3p 6\n"
		  "ftruncate M 2p\n"
		  "read P 0 3p\n"
		  "ftruncate M 8p\n"
		  "write S 5p 2p 7\n"
		  "madvise S 0 8p remove\n"
		  "read S 0 8p\n"
		  "mmap Z 4p rw shared anon\n"
		  "fork C\n"
		  "@C write Z 0 4p 8\n"
		  "read Z 0 4p\n" },
	{ "mremap", "mmap A 6p rw private anon\n"
		    "write A 0 6p 5\n"
		    "mremap A 0 6p 6p B\n"
		    "mremap B 1p 2p 4p C\n"
		    "write C 0 4p 6\n"
		    "mmap H 3h rw private anon\n"
		    "write H 0 2p 7\n"
		    "write H 2h 1p 8\n"
		    "mremap H 0 3h 3h I\n"
		    "mremap I 1p 1h 1h J +1p\n"
		    "mremap J 0 1p 1p K dontunmap\n"
		    "read I 0 1p\n" },
	{ "madvise", "mmap A 1h rw private anon\n"
		     "write A 0 8p 5\n"
		     "madvise A 0 2p free\n"
		     "madvise A 2p 2p cold\n"
		     "madvise A 0 1h dontneed\n"
		     "write A 0 2p 6\n"
		     "madvise A 0 1p wipeonfork\n"
		     "madvise A 1p 1p dontfork\n"
		     "madvise A 4p 2p mergeable\n"
		     "fork C\n"
		     "@C read A 0 1p\n"
		     "@C write A 4p 2p\n" },
	{ "populate", "mmap A 6p rw private anon populate\n"
		      "mmap B 6p rw private anon\n"
		      "madvise B 0 3p populate_read\n"
		      "madvise B 0 6p populate_write\n"
		      "memfd M 4p\n"
		      "mmap S 4p rw shared memfd M 0 populate\n"
		      "mmap P 4p rw private memfd M 0 populate\n"
		      "write P 0 4p 6\n"
		      "read S 0 4p\n"
		      "mmap W 2p rw private anon\n"
		      "write W 0 2p\n" },
	{ "mlock", "mmap A 6p rw private anon\n"
		   "mlock A 1p 3p\n"
		   "write A 0 6p 5\n"
		   "munlock A 2p 1p\n"
		   "mprotect A 0 6p r\n"
		   "mlock A 0 6p\n"
		   "fork C\n"
		   "mprotect A 0 6p rw\n"
		   "munlock A 0 6p\n" },
	{ "tree", "mmap A 4p rw private anon\n"
		  "mmap S 2p rw shared anon\n"
		  "write A 0 4p 5\n"
		  "write S 0 2p 5\n"
		  "fork C\n"
		  "@C write A 0 1p 6\n"
		  "@C fork D\n"
		  "@D write A 0 4p 7\n"
		  "fork E\n"
		  "@E write S 0 1p 8\n"
		  "exit C\n"
		  "@D fork F\n"
		  "@F mprotect A 0 4p r\n"
		  "@D write A 0 4p 9\n"
		  "write A 0 4p 9\n" },
	{ "brk", "brk 20p\n"
		 "brk 40p\n"
		 "mmap A 1p rw private anon\n"
		 "write A 0 1p\n"
		 "brk 3p\n"
		 "brk 60p\n"
		 "brk 0\n" },
};

/* ---- what a world looks like ---- */

struct digest {
	uint64_t hash;
};

static void mix(struct digest *d, uint64_t value)
{
	d->hash = (d->hash ^ value) * 0x100000001b3u;
	d->hash ^= d->hash >> 29;
}

/* Few entries of large mappings are ever there: 64 at each end of a PMD. */
static void mix_entries(struct digest *d, struct mmsim_mm *mm,
			const struct mmsim_vma *vma, uint64_t page,
			uint64_t pmd)
{
	uint64_t addr;
	struct mmsim_entry e;

	for (addr = vma->start; addr < vma->end; addr += page) {
		e = entry_at(mm, addr);
		mix(d, e.raw);
		mix(d, e.flags);
		mix(d, (uint64_t)e.mapcount);
		mix(d, (uint64_t)mmsim_page_peek(mm, addr));
		if (!e.raw && addr % pmd == 16 * page)
			addr += pmd - 32 * page;
	}
}

static void mix_process(struct digest *d, struct mmsim_mm *mm, uint64_t page,
			uint64_t pmd)
{
	struct mmsim_status status = { .size = sizeof(status) };
	struct mmsim_vma vma = { .size = sizeof(vma) };
	uint64_t addr = 0;

	assert_int_equal(mmsim_status(mm, &status), 0);
	mix(d, status.rss_anon);
	mix(d, status.rss_shmem);
	mix(d, status.total_vm);
	mix(d, status.locked_vm);
	for (; !mmsim_vma_next(mm, addr, &vma); addr = vma.end) {
		mix(d, vma.start);
		mix(d, vma.end);
		mix(d, vma.flags);
		mix(d, vma.page_prot);
		mix_entries(d, mm, &vma, page, pmd);
	}
}

/* All processes that may exist, and the world's counts of memory. */
static uint64_t digest_of(struct fixture *f, struct mmsim_scenario *s)
{
	static const char *const names[] = { "P", "C", "D", "E", "F" };
	struct digest d = { 0xcbf29ce484222325u };
	struct mmsim_mm *mm, *last = NULL;
	static const char *const known[] = { "A", "B", "S", "Z", "H" };
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		for (j = 0; j < ARRAY_SIZE(known); j++)
			if (!mmsim_scenario_find(s, names[i], known[j], &mm,
						 NULL, NULL) &&
			    mm != last) {
				last = mm;
				mix(&d, i);
				mix_process(&d, mm, f->page, f->pmd);
			}
	return d.hash;
}

/* ---- runs ---- */

static void make_world(struct fixture *f, const struct world_case *c)
{
	struct mmsim_world_info info = { .size = sizeof(info) };
	struct mmsim_config config = config_of(c);

	*f = (struct fixture){ .c = c };
	assert_int_equal(mmsim_create(&config, &f->w), 0);
	assert_int_equal(mmsim_world_info(f->w, &info), 0);
	f->page = info.page_size;
	f->pmd = info.pmd_size;
}

/* Which results of operations are an answer to a lack of memory. */
struct seen {
	unsigned enomem, signals, other;
};

static void see_line(const char *line, void *user)
{
	struct seen *seen = user;

	if (strstr(line, "\"err\":\"ENOMEM\"") ||
	    strstr(line, "\"err\":\"EAGAIN\""))
		seen->enomem++;
	else if (strstr(line, "\"sig\":"))
		seen->signals++;
	else if (strstr(line, "\"err\":"))
		seen->other++;
}

static struct mmsim_scenario *open_text(struct fixture *f, const char *text,
					struct seen *seen)
{
	struct mmsim_scenario *s = NULL;

	assert_int_equal(mmsim_scenario_open(f->w, text, strlen(text), see_line,
					     seen, &s),
			 0);
	return s;
}

/*
 * One run with the n-th simulated allocation failing. A scenario whose mmap
 * or fork failed names what is not there later: such a line ends the run, as
 * it would end a program.
 */
static bool sim_run(const struct world_case *c, const char *text,
		    unsigned usual, uint64_t n)
{
	struct seen seen = { 0 };
	struct mmsim_scenario *s;
	struct fixture f;
	bool failed;
	int rc;

	make_world(&f, c);
	s = open_text(&f, text, &seen);
	assert_int_equal(mmsim_fail_sim(f.w, n), 0);
	do {
		rc = mmsim_scenario_step(s);
		check_world_valid(f.w);
	} while (rc > 0);
	assert_true(!rc || rc == -EINVAL);
	failed = seen.enomem + seen.signals != usual || rc;
	mmsim_scenario_close(s);
	check_world_valid(f.w);
	mmsim_destroy(f.w);
	return failed;
}

/* How many errors and signals a scenario has without failures, and how many
 * simulated allocations. */
static unsigned plain_run(const struct world_case *c, const char *text,
			  uint64_t *allocs)
{
	struct seen seen = { 0 };
	struct mmsim_scenario *s;
	uint64_t pages, tables;
	struct fixture f;
	int rc;

	make_world(&f, c);
	s = open_text(&f, text, &seen);
	do
		rc = mmsim_scenario_step(s);
	while (rc > 0);
	assert_int_equal(rc, 0);
	assert_int_equal(mmsim_counter(f.w, "alloc_pages", &pages), 0);
	assert_int_equal(mmsim_counter(f.w, "pte_alloc", &tables), 0);
	*allocs = pages + tables;
	mmsim_scenario_close(s);
	mmsim_destroy(f.w);
	return seen.enomem + seen.signals;
}

/* The oldest and the newest release of every format. */
static bool in_sweep(size_t i)
{
	return world_cases[i].kernel == KERNEL(7, 2) ||
	       world_cases[i].kernel == KERNEL(5, 10);
}

typedef bool (*run_fn)(const struct world_case *c, const char *text,
		       unsigned usual, uint64_t n);

/*
 * One scenario in one world, n = 1, 2, ... A run in which nothing failed is
 * the end if every failure shows; simulated ones may not (MAP_POPULATE keeps
 * them to itself), so there it is the end once all allocations were tried.
 */
static void sweep_one(run_fn run, const struct world_case *c, const char *name,
		      const char *text, bool all_show)
{
	unsigned usual, failed = 0;
	uint64_t n, allocs;

	usual = plain_run(c, text, &allocs);
	for (n = 1; n < 2000; n++) {
		if (run(c, text, usual, n))
			failed++;
		else if (all_show || n > allocs)
			break;
	}
	if (!failed || n == 2000)
		fail_msg("%s in %s: %u failures up to n = %u", name, c->name,
			 failed, (unsigned)n);
}

static void sweep(run_fn run, bool all_show)
{
	struct mmsim_config config;
	size_t i, j;

	for (i = 0; i < nr_world_cases; i++) {
		config = config_of(&world_cases[i]);
		if (!in_sweep(i) ||
		    mmsim_config_error(&config, NULL, NULL, 0) == -EOPNOTSUPP)
			continue;
		for (j = 0; j < ARRAY_SIZE(scenarios); j++)
			sweep_one(run, &world_cases[i], scenarios[j].name,
				  scenarios[j].text, all_show);
	}
}

static void simulated_failures(void **state)
{
	(void)state;
	sweep(sim_run, false);
}

/* ---- the host ---- */

static void assert_only_destroy_is_left(struct fixture *f,
					struct mmsim_scenario *s,
					struct mmsim_mm *mm)
{
	struct mmsim_status status = { .size = sizeof(status) };
	struct mmsim_vma vma = { .size = sizeof(vma) };
	struct mmsim_entry e = { .size = sizeof(e) };
	struct mmsim_verdict v = { .size = sizeof(v) };
	struct mmsim_walk_step step = { .size = sizeof(step) };
	struct mmsim_mmap_args args = { .size = sizeof(args),
					.len = 1,
					.flags = ANON };
	struct mmsim_mm *other;
	struct mmsim_file *file;
	uint64_t out = 0;
	const int gone = -ENOTRECOVERABLE;

	assert_int_equal(mmsim_scenario_step(s), gone);
	assert_int_equal(mmsim_mm_create(f->w, &other), gone);
	assert_int_equal(mmsim_file_create(f->w, 1, 0, &file), gone);
	assert_int_equal(mmsim_check(f->w, NULL, NULL), gone);
	assert_int_equal(mmsim_set(f->w, "vm.overcommit_memory", "1"), gone);
	assert_int_equal(mmsim_run_scenario(f->w, "check\n", 6, NULL, NULL),
			 gone);
	assert_non_null(strstr(mmsim_last_error(f->w), "broken"));
	if (!mm)
		return;
	assert_int_equal(mmsim_fork(mm, &other), gone);
	assert_int_equal(mmsim_mmap(mm, &args, &out), gone);
	assert_int_equal(mmsim_munmap(mm, BASE, 1), gone);
	assert_int_equal(mmsim_mprotect(mm, BASE, 1, RO), gone);
	assert_int_equal(mmsim_madvise(mm, BASE, 1, 4), gone);
	assert_int_equal(mmsim_mremap(mm, BASE, 1, 1, 0, &out), gone);
	assert_int_equal(mmsim_brk(mm, 0, &out), gone);
	assert_int_equal(mmsim_mlock(mm, BASE, 1, 1), gone);
	assert_int_equal(mmsim_access(mm, 0, BASE, 1, MMSIM_READ, NULL, NULL),
			 gone);
	assert_int_equal(mmsim_access_many(mm, 0, NULL, 0, NULL, NULL), gone);
	assert_int_equal(mmsim_status(mm, &status), gone);
	assert_int_equal(mmsim_vma_next(mm, 0, &vma), gone);
	assert_int_equal(mmsim_entry_get(mm, BASE, &e), gone);
	assert_int_equal(mmsim_page_peek(mm, BASE), gone);
	assert_int_equal(mmsim_would(mm, BASE, MMSIM_READ, &v), gone);
	assert_int_equal(mmsim_walk(mm, BASE, &step, 1), gone);
	mmsim_mm_exit(mm);
}

static struct mmsim_mm *any_process(struct mmsim_scenario *s)
{
	struct mmsim_mm *mm = NULL;

	if (mmsim_scenario_find(s, "P", "A", &mm, NULL, NULL))
		(void)mmsim_scenario_find(s, "P", "S", &mm, NULL, NULL);
	return mm;
}

/* One run with the n-th host request failing: whether any did. */
static bool host_run(const struct world_case *c, const char *text,
		     unsigned usual, uint64_t n)
{
	struct seen seen = { 0 };
	struct mmsim_scenario *s = NULL;
	struct fixture f;
	uint64_t before;
	int rc;

	(void)usual;
	make_world(&f, c);
	assert_int_equal(mmsim_fail_host(f.w, n), 0);
	rc = mmsim_scenario_open(f.w, text, strlen(text), see_line, &seen, &s);
	if (rc) {
		assert_int_equal(rc, -ENOMEM);
		assert_null(s);
		/* Nothing happened: the same again works. */
		s = open_text(&f, text, &seen);
		n = 0;
		assert_int_equal(mmsim_check(f.w, NULL, NULL), 0);
	}
	for (rc = 1; rc > 0;) {
		before = digest_of(&f, s);
		rc = mmsim_scenario_step(s);
		if (rc == -ENOMEM)
			assert_int_equal(digest_of(&f, s), before);
	}
	if (rc == -ENOTRECOVERABLE)
		assert_only_destroy_is_left(&f, s, any_process(s));
	else
		assert_true(!rc || rc == -ENOMEM);
	if (rc != -ENOTRECOVERABLE) {
		assert_int_equal(mmsim_fail_host(f.w, 0), 0);
		check_world_valid(f.w);
	}
	mmsim_scenario_close(s);
	mmsim_destroy(f.w);
	return rc || !n;
}

static void host_failures(void **state)
{
	(void)state;
	sweep(host_run, true);
}

/* ---- single calls: nothing changed, or given up ---- */

typedef int (*call_fn)(struct fixture *f);

static int call_mmap(struct fixture *f)
{
	uint64_t addr;

	return try_map(f, BASE + 2 * f->pmd, f->page, RW, ANON | FIXED, NULL, 0,
		       &addr);
}

static int call_split(struct fixture *f)
{
	return mmsim_mprotect(f->mm, BASE + f->page, f->page, RO);
}

static int call_unmap_middle(struct fixture *f)
{
	return mmsim_munmap(f->mm, BASE + f->page, f->page);
}

static int call_write(struct fixture *f)
{
	uint8_t bytes[3] = { 1, 2, 3 };

	return mmsim_access(f->mm, 0, BASE + f->pmd, 3, MMSIM_WRITE, bytes,
			    NULL);
}

static int call_fork(struct fixture *f)
{
	struct mmsim_mm *child;
	int rc = mmsim_fork(f->mm, &child);

	if (rc)
		assert_null(child);
	return rc;
}

static int call_mremap(struct fixture *f)
{
	uint64_t to = BASE + 3 * f->pmd;

	return mmsim_mremap(f->mm, BASE, 2 * f->page, 2 * f->page,
			    MMSIM_MREMAP_MAYMOVE | MMSIM_MREMAP_FIXED, &to);
}

static int call_mm_create(struct fixture *f)
{
	struct mmsim_mm *mm;

	return mmsim_mm_create(f->w, &mm);
}

static int call_file(struct fixture *f)
{
	struct mmsim_file *file;

	return mmsim_file_create(f->w, 4096, 0, &file);
}

static int call_check(struct fixture *f)
{
	return mmsim_check(f->w, NULL, NULL);
}

static int call_mlock(struct fixture *f)
{
	return mmsim_mlock(f->mm, BASE, 4 * f->page, 1);
}

static int call_populate(struct fixture *f)
{
	return mmsim_madvise(f->mm, BASE, 4 * f->page,
			     MMSIM_MADV_POPULATE_WRITE);
}

/* @asks: the host for memory, each time; the others may find enough. */
static const struct {
	const char *name;
	call_fn call;
	bool asks;
} calls[] = {
	{ "mmap", call_mmap, false },
	{ "mprotect", call_split, false },
	{ "munmap", call_unmap_middle, false },
	{ "mremap", call_mremap, false },
	{ "access", call_write, true },
	{ "fork", call_fork, true },
	{ "mm_create", call_mm_create, true },
	{ "file_create", call_file, true },
	{ "check", call_check, true },
	{ "mlock", call_mlock, false },
	{ "populate", call_populate, false },
};

static void prepare(struct fixture *f, const struct world_case *c)
{
	make_world(f, c);
	assert_int_equal(mmsim_mm_create(f->w, &f->mm), 0);
	map_anon(f, BASE, 4);
	map_at(f, f->mm, BASE + f->pmd, 1, RW, ANON | FIXED, NULL, 0);
	put_bytes(f->mm, BASE, "abc", 3);
	put_byte(f->mm, BASE + f->page, 1);
	(void)get_byte(f->mm, BASE + 2 * f->page);
}

static uint64_t look_at(struct fixture *f)
{
	struct digest d = { 1 };

	mix_process(&d, f->mm, f->page, f->pmd);
	return d.hash;
}

/* @arm: mmsim_fail_host or _sim. How many n made the call fail. */
static unsigned call_sweep(const struct world_case *c, call_fn call,
			   int (*arm)(struct mmsim *, uint64_t), bool host)
{
	unsigned failures = 0;
	struct fixture f;
	uint64_t before;
	uint64_t n;
	int rc = -1;

	for (n = 1; rc; n++) {
		assert_true(n < 100);
		prepare(&f, c);
		before = look_at(&f);
		assert_int_equal(arm(f.w, n), 0);
		rc = call(&f);
		assert_int_equal(arm(f.w, 0), 0);
		if (rc == -ENOMEM && host)
			assert_int_equal(look_at(&f), before);
		if (rc == -ENOTRECOVERABLE)
			assert_true(host);
		else
			check_world_valid(f.w);
		if (rc && rc != -ENOMEM && rc != -EAGAIN &&
		    rc != -ENOTRECOVERABLE)
			fail_msg("unexpected %s", mmsim_errname(rc));
		failures += rc != 0;
		mmsim_destroy(f.w);
	}
	return failures;
}

static void host_failures_of_single_calls(void **state)
{
	unsigned failures;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		failures = call_sweep(&world_cases[3], calls[i].call,
				      mmsim_fail_host, true);
		if (calls[i].asks && !failures)
			fail_msg("%s: no host allocation", calls[i].name);
	}
}

static void simulated_failures_of_single_calls(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(calls); i++)
		(void)call_sweep(&world_cases[3], calls[i].call, mmsim_fail_sim,
				 false);
	assert_true(call_sweep(&world_cases[3], call_fork, mmsim_fail_sim,
			       false) >= 4);
	assert_true(call_sweep(&world_cases[3], call_mm_create, mmsim_fail_sim,
			       false) == 1);
	assert_true(call_sweep(&world_cases[3], call_mremap, mmsim_fail_sim,
			       false) >= 1);
}

/* A fault without memory is data, not an error of the call. */
static void oom_is_a_fault(void **state)
{
	struct mmsim_fault fault = MMSIM_FAULT_INIT;
	struct fixture f;

	(void)state;
	prepare(&f, &world_cases[3]);
	assert_int_equal(mmsim_fail_sim(f.w, 1), 0);
	fault = touch(f.mm, BASE + 3 * f.page, MMSIM_WRITE);
	assert_int_equal(fault.kind, MMSIM_FAULT_OOM);
	assert_int_equal(fault.addr, BASE + 3 * f.page);
	/* Only that one allocation failed. */
	put_byte(f.mm, BASE + 3 * f.page, 1);
	check_world_valid(f.w);
	mmsim_destroy(f.w);
}

static void creation_failures(void **state)
{
	struct mmsim_config config;
	struct mmsim *w;
	uint64_t n;
	size_t i;
	int rc;

	(void)state;
	for (i = 0; i < nr_world_cases; i++) {
		config = config_of(&world_cases[i]);
		if (mmsim_config_error(&config, NULL, NULL, 0) == -EOPNOTSUPP)
			continue;
		for (n = 1;; n++) {
			w = (struct mmsim *)(uintptr_t)8;
			rc = mmsim_create_failing(&config, n, &w);
			if (!rc)
				break;
			assert_int_equal(rc, -ENOMEM);
			assert_null(w);
		}
		/* The world, its memory and its tables of frames at least. */
		assert_true(n > 3 && n < 50);
		mmsim_destroy(w);
	}
	assert_int_equal(mmsim_create_failing(NULL, 1, &w), -EINVAL);
	assert_int_equal(mmsim_create_failing(&config, 1, NULL), -EINVAL);
	assert_int_equal(mmsim_fail_sim(NULL, 1), -EINVAL);
	assert_int_equal(mmsim_fail_host(NULL, 1), -EINVAL);
}

/*
 * exit cannot fail: whole mappings need no memory to go. The failure stays
 * armed for the next call.
 */
static void exit_needs_no_host_memory(void **state)
{
	struct mmsim_config config = MMSIM_CONFIG_INIT;
	struct mmsim_mm *mm, *child;
	struct mmsim *w;
	struct fixture f;

	(void)state;
	assert_int_equal(mmsim_create(&config, &w), 0);
	assert_int_equal(mmsim_mm_create(w, &mm), 0);
	f = (struct fixture){ .w = w, .mm = mm, .page = 4096 };
	/* Enough forks that some exit comes when the pool is empty. */
	for (unsigned i = 0; i < 64; i++) {
		map_anon(&f, BASE + 2 * i * f.page, 1);
		put_byte(mm, BASE + 2 * i * f.page, 1);
		assert_int_equal(mmsim_fork(mm, &child), 0);
		assert_int_equal(mmsim_fail_host(w, 1), 0);
		mmsim_mm_exit(child);
		assert_int_equal(mmsim_fail_host(w, 0), 0);
		check_world_valid(w);
	}
	mmsim_destroy(w);
}

static void count_line(const char *line, void *user)
{
	(void)line;
	++*(unsigned *)user;
}

/* Counts that could not be made to the end break nothing. */
static void a_check_without_memory_tells_nothing(void **state)
{
	struct mmsim_config config = MMSIM_CONFIG_INIT;
	unsigned lines = 0, failures = 0;
	struct mmsim_mm *mm;
	struct mmsim *w;
	struct fixture f;
	uint64_t n;
	int rc = -1;

	(void)state;
	assert_int_equal(mmsim_create(&config, &w), 0);
	assert_int_equal(mmsim_mm_create(w, &mm), 0);
	assert_int_equal(mmsim_swapon(w, MMSIM_SWAP_ZRAM, 65 * 4096, 0), 0);
	f = (struct fixture){ .w = w, .mm = mm, .page = 4096 };
	map_anon(&f, BASE, 64);
	for (n = 0; n < 64; n++)
		put_byte(mm, BASE + n * f.page, 5);
	assert_int_equal(
		mmsim_madvise(mm, BASE, 64 * f.page, MMSIM_MADV_PAGEOUT), 0);
	for (n = 1; rc; n++) {
		assert_int_equal(mmsim_fail_host(w, n), 0);
		rc = mmsim_check(w, count_line, &lines);
		assert_int_equal(mmsim_fail_host(w, 0), 0);
		assert_true(!rc || rc == -ENOMEM);
		assert_int_equal(lines, 0);
		failures += rc != 0;
	}
	assert_true(failures > 0);
	mmsim_destroy(w);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(creation_failures),
		cmocka_unit_test(oom_is_a_fault),
		cmocka_unit_test(exit_needs_no_host_memory),
		cmocka_unit_test(a_check_without_memory_tells_nothing),
		cmocka_unit_test(host_failures_of_single_calls),
		cmocka_unit_test(simulated_failures_of_single_calls),
		cmocka_unit_test(simulated_failures),
		cmocka_unit_test(host_failures),
	};

	return cmocka_run_group_tests_name("fail", tests, NULL, NULL);
}
