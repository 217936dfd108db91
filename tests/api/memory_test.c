/* SPDX-License-Identifier: MIT */
/*
 * When memory is short: what was not used for longest goes to a device, or
 * goes if it can be had again; nothing is lost, and who gets no page is told.
 */
#include "fixture.h"

#include <errno.h>
#include <stdio.h>

struct small {
	const struct world_case *c;
	struct mmsim *w;
	struct mmsim_mm *mm;
	uint64_t page, pages; /* of memory */
};

/* ---- worlds with as little memory as the format allows ---- */

static bool small_begin(struct small *s, const struct world_case *c)
{
	struct mmsim_config config = config_of(c);
	struct mmsim_world_info info = { .size = sizeof(info) };
	int rc;

	*s = (struct small){ .c = c };
	/* One huge page is the least there can be. */
	for (config.node_memory = 4 << 20;
	     mmsim_config_error(&config, NULL, NULL, 0) == -EINVAL &&
	     config.node_memory < (uint64_t)1 << 30;
	     config.node_memory *= 2)
		;
	rc = mmsim_create(&config, &s->w);
	if (rc == -EOPNOTSUPP)
		return false;
	assert_int_equal(rc, 0);
	mmsim_world_info(s->w, &info);
	s->page = info.page_size;
	s->pages = info.node_memory / info.page_size;
	assert_int_equal(mmsim_mm_create(s->w, &s->mm), 0);
	return true;
}

static void small_end(struct small *s)
{
	check_world_valid(s->w);
	mmsim_destroy(s->w);
}

static void small_swapon(struct small *s, enum mmsim_swap_kind kind,
			 uint64_t pages, int prio)
{
	assert_true(mmsim_swapon(s->w, kind, (pages + 1) * s->page, prio) >= 0);
}

static void map(struct small *s, uint64_t page, uint64_t pages, int flags,
		struct mmsim_file *file)
{
	struct mmsim_mmap_args args = { .size = sizeof(args),
					.addr = BASE + page * s->page,
					.len = pages * s->page,
					.prot = RW,
					.flags = flags | FIXED,
					.file = file };
	uint64_t addr;

	assert_int_equal(mmsim_mmap(s->mm, &args, &addr), 0);
}

static uint64_t addr_of(const struct small *s, uint64_t page)
{
	return BASE + page * s->page;
}

static uint64_t counter(const struct small *s, const char *name)
{
	uint64_t value = 0;

	assert_int_equal(mmsim_counter(s->w, name, &value), 0);
	return value;
}

/* A byte that tells pages apart. */
static uint8_t byte_of(uint64_t page, unsigned seed)
{
	return (uint8_t)(1 + (page * 7 + seed) % 251);
}

/* One byte: what became of it. */
static int put(struct small *s, struct mmsim_mm *mm, uint64_t page,
	       unsigned seed)
{
	struct mmsim_fault fault = MMSIM_FAULT_INIT;
	uint8_t byte = byte_of(page, seed);

	assert_int_equal(mmsim_access(mm, 0, addr_of(s, page), 1, MMSIM_WRITE,
				      &byte, &fault),
			 0);
	return (int)fault.kind;
}

static void put_all(struct small *s, struct mmsim_mm *mm, uint64_t first,
		    uint64_t last, unsigned seed)
{
	for (; first < last; first++)
		assert_int_equal(put(s, mm, first, seed), MMSIM_FAULT_NONE);
}

static void expect_all(struct small *s, struct mmsim_mm *mm, uint64_t first,
		       uint64_t last, unsigned seed)
{
	for (; first < last; first++)
		assert_int_equal(get_byte(mm, addr_of(s, first)),
				 byte_of(first, seed));
}

/* ---- what is tested ---- */

static void more_than_memory_goes_to_a_device(struct small *s)
{
	uint64_t n = s->pages * 3 / 2;
	struct mmsim_mm *child;
	int rc;

	small_swapon(s, MMSIM_SWAP_SSD, 3 * s->pages, 0);
	map(s, 0, n, ANON, NULL);
	put_all(s, s->mm, 0, n, 1);
	assert_true(counter(s, "pgsteal_kswapd") > 0);
	expect_all(s, s->mm, 0, n, 1);
	rc = mmsim_fork(s->mm, &child);
	/* A top-level table of 64K: nothing moves to make room for it. */
	if (rc == -ENOMEM && s->page == 4096)
		return;
	assert_int_equal(rc, 0);
	put_all(s, child, 0, n / 2, 2);
	check_world_valid(s->w);
	expect_all(s, s->mm, 0, n, 1);
	expect_all(s, child, 0, n / 2, 2);
	expect_all(s, child, n / 2, n, 1);
}

/* Whoever gets no page is told so, and all else is as it was. */
static void out_of_memory_loses_nothing(struct small *s)
{
	uint64_t n = 2 * s->pages, done;
	int kind = MMSIM_FAULT_NONE;

	small_swapon(s, MMSIM_SWAP_ZRAM, s->pages / 4, 0);
	map(s, 0, s->pages, ANON, NULL);
	map(s, s->pages, s->pages, ANON, NULL);
	for (done = 0; done < n && !kind; done++)
		kind = put(s, s->mm, done, 3);
	assert_int_equal(kind, MMSIM_FAULT_OOM);
	done--;
	assert_true(done > s->pages);
	assert_true(counter(s, "allocstall_normal") > 0);
	assert_int_equal(counter(s, "VM_FAULT_OOM"), 1);
	check_world_valid(s->w);
	assert_int_equal(mmsim_swapoff(s->w, 0), -ENOMEM);
	check_world_valid(s->w);
	/* What is not in memory cannot be read before something goes. */
	assert_int_equal(mmsim_munmap(s->mm, addr_of(s, 0), 64 * s->page), 0);
	expect_all(s, s->mm, 64, done, 3);
	check_world_valid(s->w);
}

static void what_was_given_up_needs_no_device(struct small *s)
{
	uint64_t half = s->pages / 2;

	map(s, 0, half, ANON, NULL);
	put_all(s, s->mm, 0, half, 4);
	assert_int_equal(mmsim_madvise(s->mm, addr_of(s, 0), half * s->page,
				       MMSIM_MADV_FREE),
			 0);
	map(s, half, half * 3 / 2, ANON, NULL);
	put_all(s, s->mm, half, half * 2, 5);
	expect_all(s, s->mm, half, half * 2, 5);
}

static void clean_pages_of_files_are_read_again(struct small *s)
{
	uint64_t n = s->pages * 3 / 2, at, step = s->pages / 8;
	struct mmsim_file *file;

	assert_int_equal(mmsim_file_create(s->w, n * s->page,
					   MMSIM_FILE_WRITENOTIFY, &file),
			 0);
	map(s, 0, n, SHARED, file);
	for (at = 0; at < n; at += step) {
		put_all(s, s->mm, at, at + step < n ? at + step : n, 6);
		assert_int_equal(mmsim_file_writeback(file), 0);
	}
	check_world_valid(s->w);
	expect_all(s, s->mm, 0, n, 6);
	assert_true(counter(s, "pgmajfault") > 0);
}

static void shared_memory_goes_to_a_device(struct small *s)
{
	uint64_t n = s->pages * 3 / 2;
	struct mmsim_file *file;

	small_swapon(s, MMSIM_SWAP_DISK, 2 * s->pages, 0);
	assert_int_equal(
		mmsim_file_create(s->w, n * s->page, MMSIM_FILE_MEMFD, &file),
		0);
	map(s, 0, n, SHARED, file);
	put_all(s, s->mm, 0, n, 7);
	expect_all(s, s->mm, 0, n, 7);
}

/* The better device fills up first; equal ones get as much each. */
static void devices_are_used_by_priority(struct small *s)
{
	uint64_t n = s->pages * 3 / 2;

	small_swapon(s, MMSIM_SWAP_SSD, s->pages, 1);
	small_swapon(s, MMSIM_SWAP_ZRAM, s->pages / 8, 5);
	small_swapon(s, MMSIM_SWAP_DISK, s->pages, 1);
	map(s, 0, n, ANON, NULL);
	put_all(s, s->mm, 0, n, 8);
	check_world_valid(s->w);
	assert_int_equal(mmsim_swapoff(s->w, 1), 0);
	assert_int_equal(mmsim_swapoff(s->w, 1), -EINVAL);
	expect_all(s, s->mm, 0, n, 8);
}

/* Tables are memory too: fork and mremap reclaim for them. */
static void tables_make_others_go(struct small *s)
{
	uint64_t n = s->pages - s->pages / 16;
	uint64_t now = addr_of(s, 8 * s->pages);
	struct mmsim_mm *child;

	small_swapon(s, MMSIM_SWAP_ZRAM, 2 * s->pages, 0);
	map(s, 0, n, ANON, NULL);
	put_all(s, s->mm, 0, n, 9);
	assert_int_equal(mmsim_fork(s->mm, &child), 0);
	assert_int_equal(
		mmsim_mremap(s->mm, addr_of(s, 0), n * s->page, n * s->page,
			     MMSIM_MREMAP_MAYMOVE | MMSIM_MREMAP_FIXED, &now),
		0);
	check_world_valid(s->w);
	expect_all(s, child, 0, n, 9);
}

/* A huge page in use, of which only the first page is mapped; false: this
 * world has none, or no room for one. */
static bool part_of_huge(struct small *s, uint64_t pages)
{
	struct mmsim_entry entry = { .size = sizeof(entry) };

	if (mmsim_set(s->w, "transparent_hugepage/enabled", "always"))
		return false;
	map(s, 0, pages, ANON, NULL);
	put_all(s, s->mm, 0, 1, 4);
	assert_int_equal(mmsim_entry_get(s->mm, BASE, &entry), 0);
	assert_int_equal(mmsim_madvise(s->mm, addr_of(s, 1),
				       (pages - 1) * s->page,
				       MMSIM_MADV_DONTNEED),
			 0);
	mmsim_set(s->w, "transparent_hugepage/enabled", "never");
	return entry.order && 1u << entry.order == pages;
}

/* What nobody maps of a folio is had, without any device. */
static void unmapped_parts_of_folios_are_used(struct small *s)
{
	struct mmsim_world_info info = { .size = sizeof(info) };
	uint64_t huge, done, n;

	mmsim_world_info(s->w, &info);
	huge = info.pmd_size / s->page;
	if (!part_of_huge(s, huge))
		return;
	map(s, huge, s->pages, ANON, NULL);
	for (done = 0; !put(s, s->mm, huge + done, 5); done++)
		;
	n = s->pages - huge + huge / 2;
	assert_true(done > n);
	assert_int_equal(counter(s, "thp_split_page"), 1);
	expect_all(s, s->mm, 0, 1, 4);
	expect_all(s, s->mm, huge, huge + done, 5);
}

static void wrong_arguments_change_nothing(struct small *s)
{
	uint64_t freed = 1;

	assert_int_equal(mmsim_swapon(s->w, MMSIM_SWAP_SSD, s->page, 0),
			 -EINVAL);
	assert_int_equal(
		mmsim_swapon(s->w, (enum mmsim_swap_kind)9, 64 * s->page, 0),
		-EINVAL);
	assert_int_equal(mmsim_swapon(NULL, MMSIM_SWAP_SSD, 64 * s->page, 0),
			 -EINVAL);
	assert_int_equal(mmsim_swapoff(s->w, 0), -EINVAL);
	assert_int_equal(mmsim_swapoff(s->w, -1), -EINVAL);
	assert_int_equal(mmsim_swapoff(s->w, 1000), -EINVAL);
	assert_int_equal(mmsim_reclaim(NULL, 1, &freed), -EINVAL);
	assert_int_equal(mmsim_reclaim(s->w, 1, &freed), -EAGAIN);
	assert_int_equal(freed, 0);
	assert_int_equal(mmsim_reclaim(s->w, 0, NULL), 0);
}

static void (*const tests[])(struct small *s) = {
	more_than_memory_goes_to_a_device,
	out_of_memory_loses_nothing,
	what_was_given_up_needs_no_device,
	clean_pages_of_files_are_read_again,
	shared_memory_goes_to_a_device,
	devices_are_used_by_priority,
	tables_make_others_go,
	unmapped_parts_of_folios_are_used,
	wrong_arguments_change_nothing,
};

static void in_all_worlds(void **state)
{
	struct small s;
	size_t i, t;

	(void)state;
	for (i = 0; i < nr_world_cases; i++)
		for (t = 0; t < ARRAY_SIZE(tests); t++)
			if (small_begin(&s, &world_cases[i])) {
				tests[t](&s);
				small_end(&s);
			}
}

int main(void)
{
	const struct CMUnitTest all[] = { cmocka_unit_test(in_all_worlds) };

	return cmocka_run_group_tests_name("memory", all, NULL, NULL);
}
