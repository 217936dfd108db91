/* SPDX-License-Identifier: MIT */
/*
 * limits CASE "WORLD OPTIONS": one thing taken as far as docs/limits.md says
 * it goes. Prints what each step cost; fails if an answer is wrong, an
 * invariant is broken, or the host had to give more than 4 GiB.
 */
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <mmsim/mmsim.h>

#define SKIPPED 77
#define MAX_RSS ((uint64_t)4 << 30)

#define ANON	  (MMSIM_MAP_PRIVATE | MMSIM_MAP_ANONYMOUS)
#define SHARED	  MMSIM_MAP_SHARED
#define FIXED	  MMSIM_MAP_FIXED
#define NORESERVE MMSIM_MAP_NORESERVE
#define RO	  MMSIM_PROT_READ
#define RW	  (MMSIM_PROT_READ | MMSIM_PROT_WRITE)

/* A multiple of every format's PMD size. */
#define BASE ((uint64_t)1 << 40)

struct limit {
	const char *options;
	struct mmsim *w;
	struct mmsim_mm *mm;
	uint64_t page, task_size;
	struct timespec since; /* the last lap */
};

/* ---- the host's side ---- */

static uint64_t resident(void)
{
	unsigned long size, pages = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	if (f && fscanf(f, "%lu %lu", &size, &pages) != 2)
		pages = 0;
	if (f)
		(void)fclose(f);
	return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* What a step on @nr things took. */
static void lap(struct limit *l, const char *what, uint64_t nr)
{
	struct timespec now;
	double s;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	s = (double)(now.tv_sec - l->since.tv_sec) +
	    (double)(now.tv_nsec - l->since.tv_nsec) / 1e9;
	printf("%-24s %10" PRIu64 "  %8.3f s  %10.1f ns each  %6" PRIu64
	       " MiB\n",
	       what, nr, s, s * 1e9 / (double)(nr ? nr : 1), resident() >> 20);
	(void)fflush(stdout);
	(void)clock_gettime(CLOCK_MONOTONIC, &l->since);
}

/* ---- the world ---- */

static int try_create(const char *options, struct mmsim **w)
{
	struct mmsim_config config = MMSIM_CONFIG_INIT;
	int rc;

	rc = mmsim_config_parse(&config, options);
	return rc ? rc : mmsim_create(&config, w);
}

static void begin(struct limit *l, const char *more)
{
	struct mmsim_world_info info = { .size = sizeof(info) };
	char options[256];
	int rc;

	(void)snprintf(options, sizeof(options), "%s %s", l->options, more);
	(void)clock_gettime(CLOCK_MONOTONIC, &l->since);
	rc = try_create(options, &l->w);
	if (rc == -EOPNOTSUPP)
		exit(SKIPPED);
	assert(!rc);
	assert(!mmsim_world_info(l->w, &info));
	assert(!mmsim_mm_create(l->w, &l->mm));
	l->page = info.page_size;
	l->task_size = info.task_size;
	lap(l, "create", 1);
}

static void print_line(const char *line, void *user)
{
	(void)user;
	(void)fprintf(stderr, "%s\n", line);
}

static void check(struct limit *l)
{
	assert(!mmsim_check(l->w, print_line, NULL));
	lap(l, "check", 1);
}

static void end(struct limit *l)
{
	mmsim_destroy(l->w);
	lap(l, "destroy", 1);
}

static int map(struct mmsim_mm *mm, uint64_t addr, uint64_t len, int flags,
	       struct mmsim_file *file, uint64_t offset)
{
	struct mmsim_mmap_args args = {
		.size = sizeof(args),
		.addr = addr,
		.len = len,
		.offset = offset,
		.prot = RW,
		.flags = flags,
		.file = file,
	};
	uint64_t at;

	return mmsim_mmap(mm, &args, &at);
}

static enum mmsim_fault_kind try_write(struct mmsim_mm *mm, uint64_t addr,
				       uint8_t byte)
{
	struct mmsim_fault fault = MMSIM_FAULT_INIT;

	assert(!mmsim_access(mm, 0, addr, 1, MMSIM_WRITE, &byte, &fault));
	return fault.kind;
}

static void write_byte(struct mmsim_mm *mm, uint64_t addr, uint8_t byte)
{
	assert(try_write(mm, addr, byte) == MMSIM_FAULT_NONE);
}

static struct mmsim_entry entry_at(struct mmsim_mm *mm, uint64_t addr)
{
	struct mmsim_entry entry = { .size = sizeof(entry) };

	assert(!mmsim_entry_get(mm, addr, &entry));
	return entry;
}

static uint64_t nr_vmas(struct mmsim_mm *mm)
{
	struct mmsim_vma vma = { .size = sizeof(vma) };
	uint64_t addr = 0, nr = 0;

	for (; !mmsim_vma_next(mm, addr, &vma); addr = vma.end)
		nr++;
	return nr;
}

static uint64_t nr_tables(struct limit *l)
{
	uint64_t nr;

	assert(!mmsim_counter(l->w, "nr_page_table_pages", &nr));
	return nr;
}

/* ---- simulated memory ---- */

#define SPREAD	   ((uint64_t)1 << 44)
#define NR_TOUCHED ((uint64_t)1 << 16)

/* Pages far from each other, each with tables of its own. */
static void touch_spread(struct limit *l)
{
	uint64_t i, step = SPREAD / NR_TOUCHED;

	assert(!map(l->mm, BASE, SPREAD, ANON | FIXED | NORESERVE, NULL, 0));
	for (i = 0; i < NR_TOUCHED; i++)
		write_byte(l->mm, BASE + i * step, (uint8_t)i);
	lap(l, "touch", NR_TOUCHED);
	for (i = 0; i < NR_TOUCHED; i++)
		assert(mmsim_page_peek(l->mm, BASE + i * step) == (uint8_t)i);
	lap(l, "look", NR_TOUCHED);
}

static void memory_refused(const char *options)
{
	struct mmsim_config config = MMSIM_CONFIG_INIT;
	char error[256];
	struct mmsim *w;

	assert(!mmsim_config_parse(&config, options));
	assert(mmsim_create(&config, &w) == -EINVAL && !w);
	assert(mmsim_config_error(&config, NULL, error, sizeof(error)) ==
	       -EINVAL);
	assert(strstr(error, "64 TiB"));
}

static void case_memory(struct limit *l)
{
	static const char *const ways[] = {
		"--mem 64T",
		"--mem 1T --nodes 64",
		"--mem 64T --set host.memory=chunks",
	};
	struct mmsim_status status = { .size = sizeof(status) };
	char options[256];
	size_t i;

	for (i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		printf("%s\n", ways[i]);
		begin(l, ways[i]);
		touch_spread(l);
		assert(!mmsim_status(l->mm, &status));
		assert(status.rss_anon == NR_TOUCHED);
		check(l);
		end(l);
	}
	(void)snprintf(options, sizeof(options), "%s --mem 65T", l->options);
	memory_refused(options);
	(void)snprintf(options, sizeof(options), "%s --mem 2T --nodes 64",
		       l->options);
	memory_refused(options);
}

/* As many pages as there are. */
static uint64_t fill(struct limit *l, uint64_t pages)
{
	uint64_t i;

	for (i = 0; i < pages; i++)
		if (try_write(l->mm, BASE + i * l->page, 1) == MMSIM_FAULT_OOM)
			break;
	lap(l, "fill", i);
	return i;
}

static void case_frames(struct limit *l)
{
	struct mmsim_mm *child;
	uint64_t pages, nr;

	begin(l, "--mem 512M --set vm.overcommit_memory=1");
	pages = ((uint64_t)512 << 20) / l->page;
	assert(!map(l->mm, BASE, pages * l->page, ANON | FIXED, NULL, 0));
	nr = fill(l, pages);
	/* All but what tables, frame 0 and the zero page take. */
	assert(nr < pages && nr > pages - pages / 64 - 8);
	assert(mmsim_fork(l->mm, &child) == -ENOMEM && !child);
	check(l);
	assert(!mmsim_madvise(l->mm, BASE, pages * l->page,
			      MMSIM_MADV_DONTNEED));
	lap(l, "MADV_DONTNEED", nr);
	assert(fill(l, pages) == nr);
	check(l);
	end(l);
}

/* ---- mappings ---- */

#define NR_VMAS ((uint64_t)1000000)

/* Every other page of @pages read-only, or all as they were. */
static void protect_every_other(struct limit *l, uint64_t pages, int prot)
{
	uint64_t i;

	for (i = 0; i < pages; i += 2)
		assert(!mmsim_mprotect(l->mm, BASE + i * l->page, l->page,
				       prot));
}

static void look_up(struct limit *l)
{
	struct mmsim_vma vma = { .size = sizeof(vma) };
	uint64_t i, page = 0;

	for (i = 0; i < NR_VMAS; i++) {
		page = (page + 7919) % NR_VMAS;
		assert(!mmsim_vma_next(l->mm, BASE + page * l->page, &vma));
		assert(vma.start == BASE + page * l->page);
	}
	lap(l, "look up", NR_VMAS);
}

/* vm.max_map_count is what ends it, and says so with ENOMEM. */
static void one_too_many(struct limit *l)
{
	char count[32];

	(void)snprintf(count, sizeof(count), "%" PRIu64, NR_VMAS);
	assert(!mmsim_set(l->w, "vm.max_map_count", count));
	assert(!map(l->mm, BASE + 2 * NR_VMAS * l->page, 3 * l->page,
		    ANON | FIXED, NULL, 0));
	assert(mmsim_munmap(l->mm, BASE + (2 * NR_VMAS + 1) * l->page,
			    l->page) == -ENOMEM);
	assert(map(l->mm, BASE + 3 * NR_VMAS * l->page, l->page, ANON | FIXED,
		   NULL, 0) == -ENOMEM);
	assert(nr_vmas(l->mm) == NR_VMAS + 1);
	assert(!mmsim_munmap(l->mm, BASE + 2 * NR_VMAS * l->page, 3 * l->page));
	assert(!mmsim_set(l->w, "vm.max_map_count", "3000000"));
}

static void fork_and_exit(struct limit *l)
{
	struct mmsim_mm *child;

	assert(!mmsim_fork(l->mm, &child));
	lap(l, "fork", NR_VMAS);
	assert(nr_vmas(child) == NR_VMAS);
	check(l);
	mmsim_mm_exit(child);
	lap(l, "exit", NR_VMAS);
}

static void case_vmas(struct limit *l)
{
	uint64_t i;

	begin(l, "--mem 4G --set vm.max_map_count=3000000");
	assert(!map(l->mm, BASE, NR_VMAS * l->page, ANON | FIXED | NORESERVE,
		    NULL, 0));
	protect_every_other(l, NR_VMAS / 100, RO);
	lap(l, "split, first 1 %", NR_VMAS / 100);
	protect_every_other(l, NR_VMAS, RO);
	assert(nr_vmas(l->mm) == NR_VMAS);
	lap(l, "split", NR_VMAS);
	look_up(l);
	one_too_many(l);
	fork_and_exit(l);
	protect_every_other(l, NR_VMAS, RW);
	lap(l, "merge", NR_VMAS);
	assert(nr_vmas(l->mm) == 1);
	for (i = 0; i < NR_VMAS; i += 2)
		assert(!mmsim_munmap(l->mm, BASE + i * l->page, l->page));
	lap(l, "munmap", NR_VMAS / 2);
	assert(nr_vmas(l->mm) == NR_VMAS / 2);
	check(l);
	assert(!mmsim_munmap(l->mm, BASE, NR_VMAS * l->page));
	assert(!nr_vmas(l->mm));
	end(l);
}

/* ---- processes ---- */

#define NR_PROCS ((uint64_t)100000)

static void exit_all(struct limit *l, struct mmsim_mm **procs, uint64_t first,
		     uint64_t step)
{
	uint64_t i;

	for (i = first; i < NR_PROCS; i += step)
		mmsim_mm_exit(procs[i]);
	lap(l, "exit", NR_PROCS / step);
}

/* Every process but the first maps one page more that nobody shares. */
static void processes(struct limit *l, bool chain)
{
	struct mmsim_mm **procs = calloc(NR_PROCS, sizeof(struct mmsim_mm *));
	uint64_t i, tables;

	assert(procs);
	begin(l, "--mem 64G");
	assert(!map(l->mm, BASE, 2 * l->page, ANON | FIXED, NULL, 0));
	write_byte(l->mm, BASE, 1);
	tables = nr_tables(l);
	procs[0] = l->mm;
	for (i = 1; i < NR_PROCS; i++) {
		assert(!mmsim_fork(chain ? procs[i - 1] : l->mm, &procs[i]));
		write_byte(procs[i], BASE + l->page, 2);
	}
	lap(l, "fork", NR_PROCS);
	assert(entry_at(l->mm, BASE).mapcount == (int32_t)NR_PROCS);
	check(l);
	write_byte(procs[NR_PROCS / 2], BASE, 3);
	assert(entry_at(l->mm, BASE).mapcount == (int32_t)NR_PROCS - 1);
	exit_all(l, procs, 1, 2);
	exit_all(l, procs, 2, 2);
	assert(entry_at(l->mm, BASE).mapcount == 1);
	assert(nr_tables(l) == tables);
	assert(mmsim_page_peek(l->mm, BASE) == 1);
	check(l);
	end(l);
	free(procs);
}

static void case_fork_chain(struct limit *l)
{
	processes(l, true);
}

static void case_fork_fan(struct limit *l)
{
	processes(l, false);
}

/* Each forks and exits: the last is as the first was. */
static void case_generations(struct limit *l)
{
	struct mmsim_mm *child;
	uint64_t i, tables;

	begin(l, "");
	assert(!map(l->mm, BASE, l->page, ANON | FIXED, NULL, 0));
	write_byte(l->mm, BASE, 1);
	tables = nr_tables(l);
	for (i = 0; i < NR_PROCS; i++) {
		assert(!mmsim_fork(l->mm, &child));
		mmsim_mm_exit(l->mm);
		l->mm = child;
	}
	lap(l, "fork and exit", NR_PROCS);
	assert(entry_at(l->mm, BASE).mapcount == 1);
	assert(nr_tables(l) == tables);
	write_byte(l->mm, BASE, 2);
	check(l);
	end(l);
}

/* ---- one page ---- */

#define NR_MAPPINGS ((uint64_t)10000)

static uint64_t mapping(const struct limit *l, uint64_t i)
{
	return BASE + 2 * i * l->page;
}

static void map_often(struct limit *l, struct mmsim_file *file)
{
	uint64_t i, to;

	for (i = 0; i < NR_MAPPINGS; i += 2) {
		assert(!map(l->mm, mapping(l, i), l->page, SHARED | FIXED, file,
			    0));
		/* A length of 0 maps what is shared once more. */
		to = mapping(l, i + 1);
		assert(!mmsim_mremap(l->mm, mapping(l, i), 0, l->page,
				     MMSIM_MREMAP_MAYMOVE | MMSIM_MREMAP_FIXED,
				     &to));
		write_byte(l->mm, mapping(l, i), 1);
		write_byte(l->mm, mapping(l, i + 1), 2);
	}
	lap(l, "map", NR_MAPPINGS);
}

static void touch_all(struct limit *l, struct mmsim_mm *mm)
{
	uint64_t i;

	for (i = 0; i < NR_MAPPINGS; i++)
		write_byte(mm, mapping(l, i), 3);
	lap(l, "fault", NR_MAPPINGS);
}

static void case_mappings(struct limit *l)
{
	struct mmsim_file *file;
	struct mmsim_mm *child;
	uint64_t i;

	begin(l, "");
	assert(!mmsim_file_create(l->w, l->page, MMSIM_FILE_MEMFD, &file));
	map_often(l, file);
	assert(entry_at(l->mm, BASE).mapcount == (int32_t)NR_MAPPINGS);
	assert(!mmsim_fork(l->mm, &child));
	lap(l, "fork", NR_MAPPINGS);
	touch_all(l, child);
	assert(entry_at(l->mm, BASE).mapcount == 2 * (int32_t)NR_MAPPINGS);
	for (i = 0; i < NR_MAPPINGS; i += 2)
		assert(!mmsim_munmap(l->mm, mapping(l, i), l->page));
	lap(l, "munmap", NR_MAPPINGS / 2);
	assert(entry_at(child, BASE).mapcount ==
	       2 * (int32_t)NR_MAPPINGS - (int32_t)NR_MAPPINGS / 2);
	check(l);
	assert(!mmsim_file_truncate(file, 0));
	lap(l, "truncate", 3 * NR_MAPPINGS / 2);
	for (i = 0; i < NR_MAPPINGS; i++)
		assert(!entry_at(child, mapping(l, i)).raw);
	assert(try_write(child, BASE, 1) == MMSIM_FAULT_BUS);
	check(l);
	mmsim_file_put(file);
	end(l);
}

/* ---- the ends of addresses and files ---- */

/* What Linux 6.18 on x86-64 answers to the same calls. */
static void edges_of_addresses(struct limit *l)
{
	const uint64_t p = l->page, t = l->task_size;
	struct mmsim_mm *mm = l->mm;

	assert(!map(mm, t - p, p, ANON | FIXED, NULL, 0));
	assert(map(mm, t, p, ANON | FIXED, NULL, 0) == -ENOMEM);
	assert(map(mm, t - p, 2 * p, ANON | FIXED, NULL, 0) == -ENOMEM);
	assert(map(mm, 0 - p, 2 * p, ANON | FIXED, NULL, 0) == -ENOMEM);
	assert(map(mm, 0, t + p, ANON | NORESERVE, NULL, 0) == -ENOMEM);
	assert(map(mm, 0, UINT64_MAX, ANON, NULL, 0) == -ENOMEM);
	assert(mmsim_munmap(mm, t, p) == -EINVAL);
	assert(mmsim_munmap(mm, t - p, 2 * p) == -EINVAL);
	assert(mmsim_mprotect(mm, t, p, RO) == -ENOMEM);
	assert(mmsim_mprotect(mm, 0 - p, p, RO) == -ENOMEM);
	assert(mmsim_mprotect(mm, 0 - p, 2 * p, RO) == -ENOMEM);
	assert(mmsim_madvise(mm, t, p, MMSIM_MADV_DONTNEED) == -ENOMEM);
	assert(mmsim_madvise(mm, 0 - p, p, MMSIM_MADV_DONTNEED) == -EINVAL);
	assert(mmsim_madvise(mm, 0, UINT64_MAX, MMSIM_MADV_DONTNEED) ==
	       -EINVAL);
	assert(mmsim_mlock(mm, t, p, 1) == -ENOMEM);
	assert(mmsim_mlock(mm, 0 - p, 2 * p, 1) == -EINVAL);
}

static void edges_of_mremap(struct limit *l)
{
	const uint64_t p = l->page, t = l->task_size;
	const int fixed = MMSIM_MREMAP_MAYMOVE | MMSIM_MREMAP_FIXED;
	struct mmsim_mm *mm = l->mm;
	uint64_t to = 0;

	assert(!map(mm, BASE, p, ANON | FIXED, NULL, 0));
	assert(mmsim_mremap(mm, BASE, p, UINT64_MAX, MMSIM_MREMAP_MAYMOVE,
			    &to) == -EINVAL);
	assert(mmsim_mremap(mm, t, p, p, MMSIM_MREMAP_MAYMOVE, &to) == -EFAULT);
	to = t;
	assert(mmsim_mremap(mm, BASE, p, p, fixed, &to) == -EINVAL);
	to = t - p;
	assert(!mmsim_mremap(mm, BASE, p, p, fixed, &to) && to == t - p);
}

/* The last byte is there, the next one is not, nor are those far above. */
static void edges_of_accesses(struct limit *l)
{
	struct mmsim_fault fault = MMSIM_FAULT_INIT;
	uint8_t bytes[2] = { 1, 2 };
	const uint64_t t = l->task_size;

	write_byte(l->mm, t - 1, 7);
	assert(!mmsim_access(l->mm, 0, t - 1, 2, MMSIM_WRITE, bytes, &fault));
	assert(fault.kind == MMSIM_FAULT_SEGV_MAPERR && fault.addr == t);
	assert(try_write(l->mm, t, 1) == MMSIM_FAULT_SEGV_MAPERR);
	assert(try_write(l->mm, UINT64_MAX - 1, 1) == MMSIM_FAULT_SEGV_MAPERR);
	assert(mmsim_access(l->mm, 0, UINT64_MAX, 2, MMSIM_WRITE, bytes,
			    &fault) == -EINVAL);
	assert(!mmsim_munmap(l->mm, t - l->page, l->page));
}

/* All the addresses there are below the last page but what lies at 0. */
static void edges_of_a_mapping(struct limit *l)
{
	const uint64_t len = l->task_size - 2 * BASE;

	assert(!map(l->mm, BASE, len, ANON | FIXED | NORESERVE, NULL, 0));
	write_byte(l->mm, BASE, 1);
	write_byte(l->mm, BASE + len - 1, 2);
	assert(!mmsim_mprotect(l->mm, BASE, len, RO));
	assert(try_write(l->mm, BASE + len - 1, 2) == MMSIM_FAULT_SEGV_ACCERR);
	assert(!mmsim_munmap(l->mm, BASE, len));
	lap(l, "map, mprotect, munmap", 1);
}

static void edges_of_files(struct limit *l)
{
	const uint64_t most = INT64_MAX, p = l->page;
	const uint64_t last = most / p * p;
	struct mmsim_file *file;

	assert(mmsim_file_create(l->w, most + 1, 0, &file) == -EINVAL);
	assert(!mmsim_file_create(l->w, most, 0, &file));
	assert(map(l->mm, BASE, p, SHARED | FIXED, file, last) == -EOVERFLOW);
	assert(map(l->mm, BASE, p, SHARED | FIXED, file, 0 - p) == -EOVERFLOW);
	assert(!map(l->mm, BASE, p, SHARED | FIXED, file, last - p));
	write_byte(l->mm, BASE, 1);
	assert(mmsim_file_truncate(file, most + 1) == -EINVAL);
	assert(!mmsim_file_truncate(file, last - p));
	assert(try_write(l->mm, BASE, 1) == MMSIM_FAULT_BUS);
	mmsim_file_put(file);
	assert(!mmsim_munmap(l->mm, BASE, p));
}

static void case_edges(struct limit *l)
{
	begin(l, "--mem 1T --kernel 6.18");
	edges_of_addresses(l);
	edges_of_mremap(l);
	edges_of_accesses(l);
	edges_of_a_mapping(l);
	edges_of_files(l);
	check(l);
	end(l);
}

/* ---- the program ---- */

static const struct {
	const char *name;
	void (*run)(struct limit *l);
} cases[] = {
	{ "memory", case_memory },     { "frames", case_frames },
	{ "vmas", case_vmas },	       { "fork_chain", case_fork_chain },
	{ "fork_fan", case_fork_fan }, { "generations", case_generations },
	{ "mappings", case_mappings }, { "edges", case_edges },
};

static bool run_case(const char *name, struct limit *l)
{
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		if (strcmp(cases[i].name, name))
			continue;
		cases[i].run(l);
		return true;
	}
	return false;
}

int main(int argc, char **argv)
{
	struct limit l = { .options = argc == 3 ? argv[2] : "" };
	struct rusage usage;
	uint64_t most;

	if (argc != 3 || !run_case(argv[1], &l)) {
		(void)fprintf(stderr, "usage: limits CASE OPTIONS\n");
		return 2;
	}
	(void)getrusage(RUSAGE_SELF, &usage);
	most = (uint64_t)usage.ru_maxrss << 10;
	printf("at most %" PRIu64 " MiB\n", most >> 20);
	return most > MAX_RSS;
}
