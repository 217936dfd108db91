/* SPDX-License-Identifier: MIT */
/*
 * Bugs that releases had and fixes that can be taken back: the invariants find
 * what they do, and nothing with the fix.
 */
#include "fixture.h"

#include <string.h>

/*
 * A large folio is given up, shared with a child and taken over in part: one
 * entry is writable, the others are not. It was written, so reclaim puts the
 * batch back, with the rights of its first entry (6.16 to 7.0).
 */
static const char restore_text[] = "mthp 64 always\n"
				   "mmap A 16p rw private anon\n"
				   "write A 0 16p 5\n"
				   "madvise A 0 16p free\n"
				   "fork K\n"
				   "exit K\n"
				   "write A 0 1p 6\n"
				   "madvise A 0 16p pageout\n";

struct finding {
	const char *name;
	unsigned nr;
};

static void take_line(const char *line, void *user)
{
	struct finding *f = user;

	f->nr += !strncmp(line, f->name, strlen(f->name));
}

/* How often an invariant is broken after a scenario. */
static unsigned broken(enum mmsim_arch arch, uint32_t kernel,
		       const char *features, const char *text, const char *name)
{
	struct mmsim_config config = MMSIM_CONFIG_INIT;
	struct finding f = { name, 0 };
	struct mmsim_scenario *scenario;
	struct mmsim *w;

	config.arch = arch;
	config.page_size = 4096;
	config.kernel = kernel;
	config.features = features;
	assert_int_equal(mmsim_create(&config, &w), 0);
	assert_int_equal(mmsim_scenario_open(w, text, strlen(text), NULL, NULL,
					     &scenario),
			 0);
	while (mmsim_scenario_step(scenario) > 0)
		;
	(void)mmsim_check(w, take_line, &f);
	mmsim_scenario_close(scenario);
	mmsim_destroy(w);
	return f.nr;
}

static bool has_format(enum mmsim_arch arch)
{
	struct mmsim_config config = MMSIM_CONFIG_INIT;

	config.arch = arch;
	config.page_size = 4096;
	return !mmsim_config_error(&config, NULL, NULL, 0);
}

static void check_restore(enum mmsim_arch arch)
{
	const char *name = "writable-anon-exclusive";

	if (!has_format(arch))
		return;
	assert_int_equal(broken(arch, KERNEL(7, 2), NULL, restore_text, name),
			 0);
	assert_int_equal(broken(arch, KERNEL(7, 2), "-lazyfree-restore-fix",
				restore_text, name),
			 15);
	/* The releases that had it. */
	assert_int_equal(broken(arch, KERNEL(6, 17), NULL, restore_text, name),
			 15);
	assert_int_equal(broken(arch, KERNEL(6, 12), NULL, restore_text, name),
			 0);
}

static void lazyfree_entries_are_restored_with_rights_of_the_first(void **state)
{
	(void)state;
	check_restore(MMSIM_ARCH_X86_64);
	check_restore(MMSIM_ARCH_ARM64);
}

/*
 * A large folio is given up and moved so that it lies in two tables: the batch
 * was looked for beyond the end of the first (6.15).
 */
static const char past_table_text[] = "mthp 64 always\n"
				      "mmap A 16p rw private anon\n"
				      "write A 0 16p 5\n"
				      "madvise A 0 16p free\n"
				      "mremap A 0 16p 16p B +504p\n"
				      "reclaim 16\n";

/* The same inside one table. */
static const char in_table_text[] = "mthp 64 always\n"
				    "mmap A 16p rw private anon\n"
				    "write A 0 16p 5\n"
				    "madvise A 0 16p free\n"
				    "mremap A 0 16p 16p B +496p\n"
				    "reclaim 16\n";

static void check_past_table(enum mmsim_arch arch)
{
	const char *name = "table-end";

	if (!has_format(arch))
		return;
	assert_int_equal(
		broken(arch, KERNEL(6, 15), NULL, past_table_text, name), 1);
	assert_int_equal(broken(arch, KERNEL(6, 15), NULL, in_table_text, name),
			 0);
	assert_int_equal(
		broken(arch, KERNEL(6, 14), NULL, past_table_text, name), 0);
	assert_int_equal(
		broken(arch, KERNEL(6, 16), NULL, past_table_text, name), 0);
	assert_int_equal(broken(arch, KERNEL(7, 2), "-lazyfree-batch-in-table",
				past_table_text, name),
			 1);
}

static void a_batch_is_looked_for_behind_the_end_of_its_table(void **state)
{
	(void)state;
	check_past_table(MMSIM_ARCH_X86_64);
	check_past_table(MMSIM_ARCH_ARM64);
}

/*
 * A huge page of hugetlb is pinned, in a mapping that may be read only by the
 * time of the fork: the child's copy may be written (5.12 to 6.14).
 */
static const char copy_text[] = "mmap A 1h rw private hugetlb\n"
				"write A 0 1p 5\n"
				"pin A 0 1p ro\n"
				"mprotect A 0 1h r\n"
				"fork K\n";

static void check_copy(enum mmsim_arch arch)
{
	const char *name = "entry-rights";

	if (!has_format(arch))
		return;
	assert_int_equal(broken(arch, KERNEL(5, 12), NULL, copy_text, name), 1);
	assert_int_equal(broken(arch, KERNEL(6, 14), NULL, copy_text, name), 1);
	assert_int_equal(broken(arch, KERNEL(6, 15), NULL, copy_text, name), 0);
	assert_int_equal(broken(arch, KERNEL(7, 2), "-hugetlb-fork-copy-rights",
				copy_text, name),
			 1);
}

static void forks_copy_of_a_pinned_huge_page_is_writable(void **state)
{
	(void)state;
	check_copy(MMSIM_ARCH_X86_64);
	check_copy(MMSIM_ARCH_ARM64);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forks_copy_of_a_pinned_huge_page_is_writable),
		cmocka_unit_test(
			a_batch_is_looked_for_behind_the_end_of_its_table),
		cmocka_unit_test(
			lazyfree_entries_are_restored_with_rights_of_the_first),
	};

	return cmocka_run_group_tests_name("known_bugs", tests, NULL, NULL);
}
