/* SPDX-License-Identifier: MIT */
#include "fixture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IN_RELEASES(name, ...)                                  \
	{ name "-5.10", __VA_ARGS__, KERNEL(5, 10) },           \
	{ name "-6.1", __VA_ARGS__, KERNEL(6, 1) },             \
	{ name "-6.12", __VA_ARGS__, KERNEL(6, 12) },           \
	{ name "-7.2", __VA_ARGS__, KERNEL(7, 2) }

const struct world_case world_cases[] = {
	IN_RELEASES("x86_64", MMSIM_ARCH_X86_64, 4096, MMSIM_MMU_DEFAULT),
	IN_RELEASES("arm64-4k", MMSIM_ARCH_ARM64, 4096, MMSIM_MMU_DEFAULT),
	IN_RELEASES("arm64-16k", MMSIM_ARCH_ARM64, 16384, MMSIM_MMU_DEFAULT),
	IN_RELEASES("arm64-64k", MMSIM_ARCH_ARM64, 65536, MMSIM_MMU_DEFAULT),
	IN_RELEASES("ppc64-radix-4k", MMSIM_ARCH_PPC64, 4096,
		    MMSIM_MMU_RADIX),
	IN_RELEASES("ppc64-radix-64k", MMSIM_ARCH_PPC64, 65536,
		    MMSIM_MMU_RADIX),
	IN_RELEASES("ppc64-hash-4k", MMSIM_ARCH_PPC64, 4096, MMSIM_MMU_HASH),
	IN_RELEASES("ppc64-hash-64k", MMSIM_ARCH_PPC64, 65536,
		    MMSIM_MMU_HASH),
};
const size_t nr_world_cases = ARRAY_SIZE(world_cases);

struct mmsim_config config_of(const struct world_case *c)
{
	struct mmsim_config config = MMSIM_CONFIG_INIT;

	config.arch = c->arch;
	config.page_size = c->page_size;
	config.mmu = c->mmu;
	config.kernel = c->kernel;
	return config;
}

/* ---- each test with a world of its own ---- */

static int set_up(void **state)
{
	struct mmsim_world_info info = { .size = sizeof(info) };
	const struct world_case *c = *state;
	struct mmsim_config config = config_of(c);
	struct fixture *f = calloc(1, sizeof(*f));

	if (!f)
		return -1;
	*state = f;
	f->c = c;
	config.cpus = 2;
	config.nodes = 2;
	if (mmsim_create(&config, &f->w) || mmsim_mm_create(f->w, &f->mm) ||
	    mmsim_world_info(f->w, &info))
		return -1;
	f->page = info.page_size;
	f->pmd = info.pmd_size;
	return 0;
}

uint64_t node_memory_of(struct mmsim *w)
{
	struct mmsim_world_info info = { .size = sizeof(info) };

	assert_int_equal(mmsim_world_info(w, &info), 0);
	return info.node_memory;
}

static void print_line(const char *line, void *user)
{
	(void)user;
	print_error("broken: %s\n", line);
}

void check_world_valid(struct mmsim *w)
{
	assert_int_equal(mmsim_check(w, print_line, NULL), 0);
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	int broken = mmsim_check(f->w, print_line, NULL);

	mmsim_destroy(f->w);
	free(f);
	return broken ? -1 : 0;
}

static bool world_exists(const struct world_case *c)
{
	struct mmsim_config config = config_of(c);

	return mmsim_config_error(&config, NULL, NULL, 0) != -EOPNOTSUPP;
}

struct plan {
	struct CMUnitTest *tests;
	char (*names)[128];
	size_t nr;
};

static void plan_add(struct plan *plan, const struct fixture_test *test,
		     const struct world_case *c)
{
	char *name = plan->names[plan->nr];

	(void)snprintf(name, sizeof(*plan->names), "%s [%s]", test->name,
		       c->name);
	plan->tests[plan->nr++] = (struct CMUnitTest){
		.name = name,
		.test_func = test->run,
		.setup_func = set_up,
		.teardown_func = tear_down,
		.initial_state = (void *)(uintptr_t)c,
	};
}

static int run_in(const char *group, const struct fixture_test *tests,
		  size_t n, const struct world_case *cases, size_t nr)
{
	struct plan plan = { .nr = 0 };
	size_t i, j;
	int rc = 1;

	plan.tests = calloc(n * nr, sizeof(*plan.tests));
	plan.names = calloc(n * nr, sizeof(*plan.names));
	if (!plan.tests || !plan.names)
		goto out;
	for (j = 0; j < nr; j++)
		for (i = 0; world_exists(&cases[j]) && i < n; i++)
			plan_add(&plan, &tests[i], &cases[j]);
	rc = plan.nr ? _cmocka_run_group_tests(group, plan.tests, plan.nr,
					       NULL, NULL) :
			     TEST_SKIPPED;
out:
	free(plan.tests);
	free(plan.names);
	return rc;
}

int run_in_all_worlds(const char *group, const struct fixture_test *tests,
		      size_t n)
{
	return run_in(group, tests, n, world_cases, nr_world_cases);
}

int run_in_one_world(const char *group, const struct fixture_test *tests,
		     size_t n)
{
	/* The newest release of the first format there is. */
	size_t i;

	for (i = 3; i < nr_world_cases; i += 4)
		if (world_exists(&world_cases[i]))
			return run_in(group, tests, n, &world_cases[i], 1);
	return TEST_SKIPPED;
}

/* ---- mappings ---- */

int try_map(struct fixture *f, uint64_t addr, uint64_t len, int prot,
	    int flags, struct mmsim_file *file, uint64_t offset,
	    uint64_t *out)
{
	const struct mmsim_mmap_args args = {
		.size = sizeof(args), .addr = addr, .len = len,
		.offset = offset, .prot = prot, .flags = flags, .file = file,
	};

	return mmsim_mmap(f->mm, &args, out);
}

uint64_t map_at(struct fixture *f, struct mmsim_mm *mm, uint64_t addr,
		uint64_t pages, int prot, int flags, struct mmsim_file *file,
		uint64_t offset)
{
	const struct mmsim_mmap_args args = {
		.size = sizeof(args), .addr = addr, .len = pages * f->page,
		.offset = offset, .prot = prot, .flags = flags, .file = file,
	};
	uint64_t at = 0;

	assert_int_equal(mmsim_mmap(mm, &args, &at), 0);
	if (flags & FIXED)
		assert_int_equal(at, addr);
	return at;
}

uint64_t map_anon(struct fixture *f, uint64_t addr, uint64_t pages)
{
	return map_at(f, f->mm, addr, pages, RW, ANON | FIXED, NULL, 0);
}

uint64_t map_file(struct fixture *f, uint64_t addr, uint64_t pages, int flags,
		  struct mmsim_file *file)
{
	return map_at(f, f->mm, addr, pages, RW, flags | FIXED, file, 0);
}

/* ---- accesses ---- */

struct mmsim_fault touch(struct mmsim_mm *mm, uint64_t addr,
			 enum mmsim_access kind)
{
	struct mmsim_fault fault = MMSIM_FAULT_INIT;

	assert_int_equal(mmsim_access(mm, 0, addr, 1, kind, NULL, &fault), 0);
	return fault;
}

static void move_bytes(struct mmsim_mm *mm, uint64_t addr, void *buf,
		       size_t len, enum mmsim_access kind)
{
	struct mmsim_fault fault = MMSIM_FAULT_INIT;

	assert_int_equal(mmsim_access(mm, 0, addr, len, kind, buf, &fault),
			 0);
	assert_int_equal(fault.kind, MMSIM_FAULT_NONE);
	assert_int_equal(fault.addr, addr + len);
}

void put_byte(struct mmsim_mm *mm, uint64_t addr, uint8_t byte)
{
	move_bytes(mm, addr, &byte, 1, MMSIM_WRITE);
}

uint8_t get_byte(struct mmsim_mm *mm, uint64_t addr)
{
	uint8_t byte = 0xee;

	move_bytes(mm, addr, &byte, 1, MMSIM_READ);
	return byte;
}

void put_bytes(struct mmsim_mm *mm, uint64_t addr, const void *buf,
	       size_t len)
{
	move_bytes(mm, addr, (void *)(uintptr_t)buf, len, MMSIM_WRITE);
}

void get_bytes(struct mmsim_mm *mm, uint64_t addr, void *buf, size_t len)
{
	move_bytes(mm, addr, buf, len, MMSIM_READ);
}

void fill_pattern(uint8_t *buf, size_t len, unsigned seed)
{
	uint32_t x = seed * 2654435761u + 1;
	size_t i;

	for (i = 0; i < len; i++) {
		x = x * 1664525u + 1013904223u;
		buf[i] = (uint8_t)(x >> 24);
	}
}

/* ---- looking ---- */

struct mmsim_entry entry_at(struct mmsim_mm *mm, uint64_t addr)
{
	struct mmsim_entry entry = { .size = sizeof(entry) };

	assert_int_equal(mmsim_entry_get(mm, addr, &entry), 0);
	return entry;
}

unsigned count_vmas(struct mmsim_mm *mm)
{
	struct mmsim_vma vma = { .size = sizeof(vma) };
	uint64_t addr = 0;
	unsigned n = 0;

	for (; !mmsim_vma_next(mm, addr, &vma); addr = vma.end)
		n++;
	return n;
}

bool from_kernel(const struct fixture *f, unsigned major, unsigned minor)
{
	return f->c->kernel >= KERNEL(major, minor);
}

struct feature_query {
	const char *name;
	int on;
};

static int match_feature(const struct mmsim_list_item *item, void *user)
{
	struct feature_query *q = user;

	if (strcmp(item->name, q->name))
		return 0;
	q->on = item->on;
	return 1;
}

bool has_feature(const struct fixture *f, const char *name)
{
	struct mmsim_config config = config_of(f->c);
	struct feature_query q = { name, -1 };

	assert_int_equal(mmsim_list("features", &config, match_feature, &q),
			 1);
	assert_true(q.on >= 0);
	return q.on;
}
