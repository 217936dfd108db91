/* SPDX-License-Identifier: MIT */
/*
 * Worlds: which ones there can be, what they say of themselves, their
 * settings and lists.
 */
#include "fixture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct mmsim_config x86(void)
{
	struct mmsim_config config = MMSIM_CONFIG_INIT;

	return config;
}

/* Refused, with one line that says what was found. */
static void refuse(const struct mmsim_config *config, int rc,
		   const char *found)
{
	struct mmsim *w = (struct mmsim *)(uintptr_t)16;
	char line[300] = "";

	assert_int_equal(mmsim_create(config, &w), rc);
	assert_null(w);
	assert_int_equal(mmsim_config_error(config, NULL, line,
					    sizeof(line)),
			 rc);
	if (!strstr(line, found))
		fail_msg("\"%s\" does not say \"%s\"", line, found);
	assert_null(strchr(line, '\n'));
}

static void impossible_formats(void **state)
{
	struct mmsim_config config = x86();

	(void)state;
	config.page_size = 8192;
	refuse(&config, -EINVAL, "8192");
	config.page_size = 65536;
	refuse(&config, -EINVAL, "65536");
	config = x86();
	config.mmu = MMSIM_MMU_RADIX;
	refuse(&config, -EINVAL, "mmu");
	config.mmu = MMSIM_MMU_HASH;
	refuse(&config, -EINVAL, "mmu");
	config.arch = MMSIM_ARCH_ARM64;
	refuse(&config, -EINVAL, "mmu");
	config.arch = MMSIM_ARCH_PPC64;
	config.mmu = (enum mmsim_mmu)3;
	refuse(&config, -EINVAL, "mmu");
	config.mmu = MMSIM_MMU_HASH;
	config.page_size = 16384;
	refuse(&config, -EINVAL, "16384");
	config = x86();
	config.arch = (enum mmsim_arch)3;
	refuse(&config, -EINVAL, "3");
	config.arch = (enum mmsim_arch)-1;
	refuse(&config, -EINVAL, "arch");
}

static void impossible_releases(void **state)
{
	static const uint32_t none[] = { KERNEL(4, 19), KERNEL(5, 9),
					 KERNEL(5, 20), KERNEL(6, 20),
					 KERNEL(7, 3), KERNEL(9, 9), 1 };
	struct mmsim_config config = x86();
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(none); i++) {
		config.kernel = none[i];
		refuse(&config, -EINVAL, "kernel");
	}
	config.kernel = KERNEL(4, 19);
	refuse(&config, -EINVAL, "4.19");
}

static void impossible_machines(void **state)
{
	struct mmsim_config config = x86();

	(void)state;
	config.cpus = 65;
	refuse(&config, -EINVAL, "65");
	config.cpus = 64;
	config.nodes = 65;
	refuse(&config, -EINVAL, "65");
	config = x86();
	config.node_memory = 4096;
	refuse(&config, -EINVAL, "4096");
	config.node_memory = (2 << 20) - 1;
	refuse(&config, -EINVAL, "memory");
	config.node_memory = ((uint64_t)1 << 46) + 1;
	refuse(&config, -EINVAL, "memory");
	config.node_memory = UINT64_MAX;
	refuse(&config, -EINVAL, "memory");
	config.nodes = 64;
	config.node_memory = (uint64_t)1 << 41;
	refuse(&config, -EINVAL, "memory");
	/* A PMD of arm64 with 64K pages maps 512 MiB. */
	config = x86();
	config.arch = MMSIM_ARCH_ARM64;
	config.page_size = 65536;
	config.node_memory = 511 << 20;
	refuse(&config, -EINVAL, "memory");
}

static void impossible_features_and_knobs(void **state)
{
	struct mmsim_config config = x86();

	(void)state;
	config.features = "+no-such-thing";
	refuse(&config, -EINVAL, "no-such-thing");
	config.features = "soft-dirty";
	refuse(&config, -EINVAL, "soft-dirty");
	config.features = "+arm64-epan";
	refuse(&config, -EINVAL, "arm64-epan");
	config.features = "-soft-dirty,+";
	refuse(&config, -EINVAL, "feature");
	config = x86();
	config.knobs = "vm.swappyness=1";
	refuse(&config, -EINVAL, "swappyness");
	config.knobs = "vm.overcommit_memory=3";
	refuse(&config, -EINVAL, "overcommit_memory=3");
	config.knobs = "vm.overcommit_memory";
	refuse(&config, -EINVAL, "overcommit");
	config.knobs = "transparent_hugepage/enabled=sometimes";
	refuse(&config, -EINVAL, "sometimes");
	/* One size is too small, the other came with a later release. */
	config.knobs = "transparent_hugepage/hugepages-8kB/enabled=always";
	refuse(&config, -EINVAL, "hugepages-8kB");
	config.kernel = KERNEL(6, 1);
	config.knobs = "transparent_hugepage/hugepages-64kB/enabled=always";
	refuse(&config, -EINVAL, "hugepages-64kB");
}

static unsigned no_batch(const struct mmsim_rule_ctx *ctx, unsigned most,
			 void *user)
{
	(void)ctx;
	(void)user;
	return most;
}

static void rules_not_to_be_had(void **state)
{
	struct mmsim_rules rules = { .size = 0 };
	struct mmsim_config config = x86();

	(void)state;
	config.rules = &rules;
	refuse(&config, -EINVAL, "rules.size");
	rules.size = sizeof(rules);
	rules.unmap_batch = no_batch;
	refuse(&config, -EOPNOTSUPP, "unmap_batch");
}

static void sizes_of_the_config(void **state)
{
	union {
		struct mmsim_config config;
		unsigned char bytes[sizeof(struct mmsim_config) + 32];
	} u;
	struct mmsim *w = NULL;

	(void)state;
	memset(&u, 0, sizeof(u));
	refuse(&u.config, -EINVAL, "size");
	u.config.size = 16;
	refuse(&u.config, -EINVAL, "16");
	refuse(NULL, -EINVAL, "NULL");
	u.config.size = sizeof(u);
	assert_int_equal(mmsim_create(&u.config, &w), 0);
	mmsim_destroy(w);
	u.bytes[sizeof(u) - 1] = 1;
	refuse(&u.config, -E2BIG, "later");
	u.config.size--;
	assert_int_equal(mmsim_create(&u.config, &w), 0);
	mmsim_destroy(w);
	/* The first version had no knobs: they are not looked at. */
	u.config = x86();
	u.config.knobs = "rubbish";
	u.config.size = offsetof(struct mmsim_config, knobs);
	assert_int_equal(mmsim_create(&u.config, &w), 0);
	mmsim_destroy(w);
	assert_int_equal(mmsim_create(&u.config, NULL), -EINVAL);
	mmsim_destroy(NULL);
}

static void defaults(void **state)
{
	struct mmsim_world_info info = { .size = sizeof(info) };
	struct mmsim_config config = x86();
	struct mmsim *w;

	(void)state;
	assert_int_equal(mmsim_create(&config, &w), 0);
	assert_int_equal(mmsim_world_info(w, &info), 0);
	assert_int_equal(info.arch, MMSIM_ARCH_X86_64);
	assert_int_equal(info.mmu, MMSIM_MMU_DEFAULT);
	assert_int_equal(info.kernel, KERNEL(7, 2));
	assert_int_equal(info.page_size, 4096);
	assert_int_equal(info.pmd_size, 2 << 20);
	assert_int_equal(info.task_size, ((uint64_t)1 << 47) - 4096);
	assert_int_equal(info.cpus, 1);
	assert_int_equal(info.nodes, 1);
	assert_int_equal(info.node_memory, 512 << 20);
	assert_string_equal(info.instance, "x86_64");
	assert_string_equal(mmsim_last_error(w), "");
	mmsim_destroy(w);
	config.arch = MMSIM_ARCH_PPC64;
	assert_int_equal(mmsim_create(&config, &w), 0);
	assert_int_equal(mmsim_world_info(w, &info), 0);
	assert_int_equal(info.mmu, MMSIM_MMU_RADIX);
	assert_int_equal(info.page_size, 65536);
	mmsim_destroy(w);
}

/* Geometry as the architecture sheets have it. */
static void formats_and_their_geometry(void **state)
{
	static const struct {
		uint32_t page;
		enum mmsim_arch arch;
		enum mmsim_mmu mmu;
		uint64_t pmd_shift;
		const char *new_name, *old_name;
	} want[] = {
		{ 4096, MMSIM_ARCH_X86_64, 0, 21, "x86_64",
		  "x86_64_pre6_6" },
		{ 4096, MMSIM_ARCH_ARM64, 0, 21, "arm64_4k",
		  "arm64_4k_pre6_11" },
		{ 16384, MMSIM_ARCH_ARM64, 0, 25, "arm64_16k",
		  "arm64_16k_pre6_11" },
		{ 65536, MMSIM_ARCH_ARM64, 0, 29, "arm64_64k",
		  "arm64_64k_pre6_11" },
		{ 4096, MMSIM_ARCH_PPC64, MMSIM_MMU_RADIX, 21,
		  "ppc64_radix_4k", "ppc64_radix_4k_pre6_7" },
		{ 65536, MMSIM_ARCH_PPC64, MMSIM_MMU_RADIX, 21,
		  "ppc64_radix_64k", "ppc64_radix_64k_pre6_7" },
		{ 4096, MMSIM_ARCH_PPC64, MMSIM_MMU_HASH, 21,
		  "ppc64_hash_4k", "ppc64_hash_4k_pre6_7" },
		{ 65536, MMSIM_ARCH_PPC64, MMSIM_MMU_HASH, 24,
		  "ppc64_hash_64k", "ppc64_hash_64k_pre6_7" },
	};
	struct mmsim_world_info info = { .size = sizeof(info) };
	struct mmsim_config config = x86();
	struct mmsim *w;
	size_t i, old;

	(void)state;
	for (i = 0; i < 2 * ARRAY_SIZE(want); i++) {
		old = i % 2;
		config.arch = want[i / 2].arch;
		config.mmu = want[i / 2].mmu;
		config.page_size = want[i / 2].page;
		config.kernel = old ? KERNEL(6, 1) : KERNEL(7, 2);
		assert_int_equal(mmsim_create(&config, &w), 0);
		assert_int_equal(mmsim_world_info(w, &info), 0);
		assert_int_equal(info.page_size, config.page_size);
		assert_int_equal(info.pmd_size,
				 (uint64_t)1 << want[i / 2].pmd_shift);
		assert_string_equal(info.instance,
				    old ? want[i / 2].old_name :
						want[i / 2].new_name);
		mmsim_destroy(w);
	}
}

static void info_of_other_sizes(void **state)
{
	struct {
		struct mmsim_world_info info;
		uint64_t behind;
	} out = { .behind = 7 };
	struct mmsim_config config = x86();
	struct mmsim *w;

	(void)state;
	assert_int_equal(mmsim_create(&config, &w), 0);
	assert_int_equal(mmsim_world_info(w, &out.info), -EINVAL);
	assert_int_equal(mmsim_world_info(NULL, &out.info), -EINVAL);
	assert_int_equal(mmsim_world_info(w, NULL), -EINVAL);
	/* A caller of an older version gets what it knows. */
	out.info.size = offsetof(struct mmsim_world_info, kernel);
	out.info.kernel = 99;
	assert_int_equal(mmsim_world_info(w, &out.info), 0);
	assert_int_equal(out.info.kernel, 99);
	out.info.size = sizeof(out.info);
	assert_int_equal(mmsim_world_info(w, &out.info), 0);
	assert_int_equal(out.info.kernel, KERNEL(7, 2));
	assert_int_equal(out.behind, 7);
	mmsim_destroy(w);
}

/* ---- options ---- */

static void options_become_a_configuration(void **state)
{
	struct mmsim_world_info info = { .size = sizeof(info) };
	struct mmsim_config config = x86();
	struct mmsim *w;

	(void)state;
	config.seed = 5;
	assert_int_equal(mmsim_config_parse(&config,
			"--arch arm64 --page-size=16K --kernel 6.12 "
			"--cpus 3 --nodes 2 --mem 64M "
			"--feature -arm64-hafdbs --set vm.overcommit_memory=1 "
			"--set rlimit.stack=4096"),
			 0);
	assert_int_equal(config.seed, 5);
	assert_int_equal(config.node_memory, 64 << 20);
	assert_int_equal(mmsim_create(&config, &w), 0);
	assert_int_equal(mmsim_world_info(w, &info), 0);
	assert_string_equal(info.instance, "arm64_16k");
	assert_int_equal(info.cpus, 3);
	assert_int_equal(info.nodes, 2);
	mmsim_destroy(w);
	assert_int_equal(mmsim_config_parse(&config, ""), 0);
	assert_int_equal(config.arch, MMSIM_ARCH_ARM64);
}

static void wrong_options(void **state)
{
	static const char *const wrong[][2] = {
		{ "--arc arm64", "--arc" },
		{ "--arch mips", "mips" },
		{ "--arch", "--arch" },
		{ "--kernel 6", "6" },
		{ "--kernel 6.x", "6.x" },
		{ "--page-size 4q", "4q" },
		{ "--mmu soft", "soft" },
		{ "--nodes 0", "0" },
		{ "--cpus -1", "-1" },
		{ "--mem 0", "0" },
		{ "--mem 99999999999999999999", "999" },
		{ "--mem 99999999999t", "99999999999t" },
		{ "words", "words" },
	};
	struct mmsim_config config = x86(), before;
	char line[300];
	size_t i;

	(void)state;
	config.kernel = KERNEL(6, 1);
	before = config;
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		assert_int_equal(mmsim_config_parse(&config, wrong[i][0]),
				 -EINVAL);
		assert_memory_equal(&config, &before, sizeof(config));
		assert_int_equal(mmsim_config_error(&config, wrong[i][0],
						    line, sizeof(line)),
				 -EINVAL);
		assert_non_null(strstr(line, wrong[i][1]));
	}
	assert_int_equal(mmsim_config_parse(NULL, ""), -EINVAL);
	assert_int_equal(mmsim_config_parse(&config, NULL), -EINVAL);
	config.size = 3;
	assert_int_equal(mmsim_config_parse(&config, ""), -EINVAL);
}

static void error_lines_fit_their_buffer(void **state)
{
	struct mmsim_config config = x86();
	char small[8] = "zzzzzzz";

	(void)state;
	assert_int_equal(mmsim_config_error(&config, NULL, small,
					    sizeof(small)),
			 0);
	assert_string_equal(small, "");
	config.kernel = 1;
	assert_int_equal(mmsim_config_error(&config, NULL, small,
					    sizeof(small)),
			 -EINVAL);
	assert_int_equal(strlen(small), 7);
	assert_int_equal(mmsim_config_error(&config, NULL, NULL, 0), -EINVAL);
	assert_int_equal(mmsim_config_error(NULL, NULL, small, 0), -EINVAL);
}

/* ---- settings ---- */

static void knobs_take_the_kernels_words(void **state)
{
	struct mmsim_config config = x86();
	struct mmsim *w;

	(void)state;
	assert_int_equal(mmsim_create(&config, &w), 0);
	assert_int_equal(mmsim_set(w, "vm.overcommit_memory", "2"), 0);
	assert_int_equal(mmsim_set(w, "transparent_hugepage/enabled",
				   "never"),
			 0);
	assert_string_equal(mmsim_last_error(w), "");
	assert_int_equal(mmsim_set(w, "transparent_hugepage/enabled",
				   "sometimes"),
			 -EINVAL);
	assert_non_null(strstr(mmsim_last_error(w),
			       "transparent_hugepage/enabled"));
	assert_int_equal(mmsim_set(w, "transparent_hugepage/enabled",
				   "always"),
			 0);
	assert_int_equal(
		mmsim_set(w, "transparent_hugepage/hugepages-64kB/enabled",
			  "inherit"),
		0);
	assert_int_equal(
		mmsim_set(w, "transparent_hugepage/hugepages-4096kB/enabled",
			  "inherit"),
		-ENOENT);
	assert_int_equal(mmsim_set(w, "no/such", "1"), -ENOENT);
	assert_non_null(strstr(mmsim_last_error(w), "no/such"));
	assert_int_equal(mmsim_set(w, "vm.max_map_count", ""), -EINVAL);
	assert_int_equal(mmsim_set(w, "vm.max_map_count", "-1"), -EINVAL);
	assert_int_equal(mmsim_set(w, "vm.max_map_count", "4294967296"),
			 -EINVAL);
	assert_int_equal(mmsim_set(w, "vm.max_map_count", NULL), -EINVAL);
	assert_int_equal(mmsim_set(w, NULL, "1"), -EINVAL);
	assert_int_equal(mmsim_set(NULL, "vm.max_map_count", "1"), -EINVAL);
	mmsim_destroy(w);
}

static void map_count_limit(void **state)
{
	struct mmsim_config config = x86();
	struct fixture f = { NULL, NULL, NULL, 4096, 0 };
	unsigned i;

	(void)state;
	config.knobs = "vm.max_map_count=4";
	assert_int_equal(mmsim_create(&config, &f.w), 0);
	assert_int_equal(mmsim_mm_create(f.w, &f.mm), 0);
	for (i = 0; i < 5; i++)
		map_at(&f, f.mm, BASE + i * 8192, 1, RW, ANON | FIXED, NULL,
		       0);
	assert_int_equal(try_map(&f, BASE, 4096, RW, ANON, NULL, 0,
				 &(uint64_t){ 0 }),
			 -ENOMEM);
	assert_int_equal(mmsim_mprotect(f.mm, BASE, 4096, RO), 0);
	check_world_valid(f.w);
	mmsim_destroy(f.w);
}

/* ---- lists ---- */

struct listing {
	unsigned n, stop_at;
	bool bad;
};

static int see_item(const struct mmsim_list_item *item, void *user)
{
	struct listing *l = user;

	if (item->size != sizeof(*item) || !item->name || !*item->name ||
	    !item->what || !*item->what || item->first >= item->until)
		l->bad = true;
	return ++l->n == l->stop_at ? 42 : 0;
}

static void lists_have_names_and_meanings(void **state)
{
	static const struct {
		const char *kind;
		unsigned least;
	} lists[] = {
		{ "archs", 3 },	   { "kernels", 33 }, { "features", 40 },
		{ "events", 50 },  { "rules", 45 },   { "knobs", 5 },
		{ "invariants", 16 },
	};
	struct listing l;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(lists); i++) {
		l = (struct listing){ .stop_at = 0 };
		assert_int_equal(mmsim_list(lists[i].kind, NULL, see_item,
					    &l),
				 0);
		assert_true(l.n >= lists[i].least);
		l = (struct listing){ .stop_at = 2 };
		assert_int_equal(mmsim_list(lists[i].kind, NULL, see_item,
					    &l),
				 42);
		assert_int_equal(l.n, 2);
	}
	assert_int_equal(mmsim_list("nonsense", NULL, see_item, &l),
			 -EINVAL);
	assert_int_equal(mmsim_list(NULL, NULL, see_item, &l), -EINVAL);
	assert_int_equal(mmsim_list("archs", NULL, NULL, &l), -EINVAL);
}

static void rules_and_features_have_releases(void **state)
{
	struct listing l = { .stop_at = 0 };

	(void)state;
	assert_int_equal(mmsim_list("rules", NULL, see_item, &l), 0);
	assert_false(l.bad);
}

struct feature_state {
	const char *name;
	int on;
};

static int find_feature(const struct mmsim_list_item *item, void *user)
{
	struct feature_state *s = user;

	if (strcmp(item->name, s->name))
		return 0;
	s->on = item->on;
	return 1;
}

static int feature_on(const struct mmsim_config *config, const char *name)
{
	struct feature_state s = { name, -2 };

	assert_int_equal(mmsim_list("features", config, find_feature, &s), 1);
	return s.on;
}

static void features_follow_release_and_wish(void **state)
{
	struct mmsim_config config = x86();

	(void)state;
	assert_int_equal(feature_on(NULL, "page-anon-exclusive"), -1);
	config.kernel = KERNEL(5, 18);
	assert_int_equal(feature_on(&config, "page-anon-exclusive"), 0);
	assert_int_equal(feature_on(&config, "numa-savedwrite"), 1);
	config.kernel = KERNEL(5, 19);
	assert_int_equal(feature_on(&config, "page-anon-exclusive"), 1);
	config.kernel = KERNEL(6, 2);
	assert_int_equal(feature_on(&config, "numa-savedwrite"), 0);
	assert_int_equal(feature_on(&config, "contpte"), 0);
	config.features = "+numa-savedwrite,-soft-dirty";
	assert_int_equal(feature_on(&config, "numa-savedwrite"), 1);
	assert_int_equal(feature_on(&config, "soft-dirty"), 0);
	config.kernel = KERNEL(9, 9);
	assert_int_equal(mmsim_list("features", &config, find_feature,
				    &(struct feature_state){ "x", 0 }),
			 -EINVAL);
}

/* ---- words ---- */

static void versions_and_errno_names(void **state)
{
	char version[32];

	(void)state;
	(void)snprintf(version, sizeof(version), "%d.%d.%d",
		       MMSIM_VERSION_MAJOR, MMSIM_VERSION_MINOR,
		       MMSIM_VERSION_PATCH);
	assert_string_equal(mmsim_version(), version);
	assert_string_equal(mmsim_errname(-EINVAL), "EINVAL");
	assert_string_equal(mmsim_errname(EINVAL), "EINVAL");
	assert_string_equal(mmsim_errname(-ENOTRECOVERABLE),
			    "ENOTRECOVERABLE");
	assert_string_equal(mmsim_errname(-EOPNOTSUPP), "EOPNOTSUPP");
	assert_string_equal(mmsim_errname(0), "0");
	assert_string_equal(mmsim_errname(-99999), "E?");
	assert_string_equal(mmsim_errname(INT32_MIN), "E?");
	assert_string_equal(mmsim_last_error(NULL), "");
}

/* Two worlds do not know of each other. */
static void worlds_are_apart(void **state)
{
	struct fixture a = { NULL, NULL, NULL, 4096, 2 << 20 }, b = a;
	struct mmsim_config config = x86();
	struct mmsim_file *file;

	(void)state;
	assert_int_equal(mmsim_create(&config, &a.w), 0);
	assert_int_equal(mmsim_create(&config, &b.w), 0);
	assert_int_equal(mmsim_mm_create(a.w, &a.mm), 0);
	assert_int_equal(mmsim_mm_create(b.w, &b.mm), 0);
	assert_int_equal(mmsim_mm_pid(a.mm), 1);
	assert_int_equal(mmsim_mm_pid(b.mm), 1);
	map_anon(&a, BASE, 1);
	put_byte(a.mm, BASE, 1);
	assert_int_equal(touch(b.mm, BASE, MMSIM_READ).kind,
			 MMSIM_FAULT_SEGV_MAPERR);
	assert_int_equal(mmsim_file_create(a.w, 4096, 0, &file), 0);
	assert_int_equal(try_map(&b, BASE, 4096, RW, SHARED | FIXED, file, 0,
				 &(uint64_t){ 0 }),
			 -EINVAL);
	assert_non_null(strstr(mmsim_last_error(b.w), "another world"));
	mmsim_destroy(a.w);
	map_anon(&b, BASE, 1);
	put_byte(b.mm, BASE, 2);
	check_world_valid(b.w);
	mmsim_destroy(b.w);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(impossible_formats),
		cmocka_unit_test(impossible_releases),
		cmocka_unit_test(impossible_machines),
		cmocka_unit_test(impossible_features_and_knobs),
		cmocka_unit_test(rules_not_to_be_had),
		cmocka_unit_test(sizes_of_the_config),
		cmocka_unit_test(defaults),
		cmocka_unit_test(formats_and_their_geometry),
		cmocka_unit_test(info_of_other_sizes),
		cmocka_unit_test(options_become_a_configuration),
		cmocka_unit_test(wrong_options),
		cmocka_unit_test(error_lines_fit_their_buffer),
		cmocka_unit_test(knobs_take_the_kernels_words),
		cmocka_unit_test(map_count_limit),
		cmocka_unit_test(lists_have_names_and_meanings),
		cmocka_unit_test(rules_and_features_have_releases),
		cmocka_unit_test(features_follow_release_and_wish),
		cmocka_unit_test(versions_and_errno_names),
		cmocka_unit_test(worlds_are_apart),
	};

	return cmocka_run_group_tests_name("world", tests, NULL, NULL);
}
