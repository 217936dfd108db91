/* SPDX-License-Identifier: MIT */
/*
 * Contents are right after anything: what a process reads is what it, or
 * whoever shares the page with it, wrote last.
 */
#include "fixture.h"

#include <stdlib.h>
#include <string.h>

#define BUF 300000

static struct mmsim_mm *fork_of(struct mmsim_mm *mm)
{
	struct mmsim_mm *child = NULL;

	assert_int_equal(mmsim_fork(mm, &child), 0);
	assert_non_null(child);
	return child;
}

static void assert_bytes(struct mmsim_mm *mm, uint64_t addr,
			 const uint8_t *want, size_t len)
{
	uint8_t *got = calloc(1, len);

	assert_non_null(got);
	get_bytes(mm, addr, got, len);
	assert_memory_equal(got, want, len);
	free(got);
}

static void assert_all(struct mmsim_mm *mm, uint64_t addr, uint8_t byte,
		       size_t len)
{
	uint8_t *want = malloc(len);

	assert_non_null(want);
	memset(want, byte, len);
	assert_bytes(mm, addr, want, len);
	free(want);
}

static struct mmsim_file *make_file(struct fixture *f, uint64_t bytes)
{
	struct mmsim_file *file = NULL;

	assert_int_equal(mmsim_file_create(f->w, bytes, MMSIM_FILE_MEMFD,
					   &file),
			 0);
	return file;
}

static void new_memory_reads_as_zero(void **state)
{
	struct fixture *f = *state;

	map_anon(f, BASE, 3);
	assert_all(f->mm, BASE, 0, 3 * f->page);
	/* The zero page is not anybody's own. */
	assert_true(entry_at(f->mm, BASE).flags & MMSIM_E_ZERO);
	put_byte(f->mm, BASE + f->page + 5, 9);
	assert_all(f->mm, BASE, 0, f->page);
	assert_all(f->mm, BASE + f->page, 0, 5);
	assert_all(f->mm, BASE + f->page + 6, 0, 2 * f->page - 6);
	assert_int_equal(get_byte(f->mm, BASE + f->page + 5), 9);
}

static void bytes_across_pages(void **state)
{
	static uint8_t buf[BUF];
	struct fixture *f = *state;
	size_t len = f->page * 2 + 77 < BUF ? f->page * 2 + 77 : BUF;

	fill_pattern(buf, sizeof(buf), 1);
	map_anon(f, BASE, 5);
	put_bytes(f->mm, BASE + f->page - 33, buf, len);
	assert_bytes(f->mm, BASE + f->page - 33, buf, len);
	assert_all(f->mm, BASE, 0, f->page - 33);
	/* What lies behind, up to the end of its page, stayed zero. */
	assert_all(f->mm, BASE + f->page - 33 + len, 0, 10);
}

static void fork_isolates_both_ways(void **state)
{
	struct fixture *f = *state;
	struct mmsim_mm *child;

	map_anon(f, BASE, 4);
	put_byte(f->mm, BASE, 1);
	put_byte(f->mm, BASE + f->page, 2);
	(void)get_byte(f->mm, BASE + 2 * f->page);
	child = fork_of(f->mm);
	put_byte(f->mm, BASE, 11);
	assert_int_equal(get_byte(child, BASE), 1);
	put_byte(child, BASE + f->page, 22);
	assert_int_equal(get_byte(f->mm, BASE + f->page), 2);
	put_byte(child, BASE, 33);
	assert_int_equal(get_byte(f->mm, BASE), 11);
	put_byte(f->mm, BASE + 2 * f->page, 44);
	assert_int_equal(get_byte(child, BASE + 2 * f->page), 0);
	/* Never touched before the fork: two new pages. */
	put_byte(child, BASE + 3 * f->page, 55);
	assert_int_equal(get_byte(f->mm, BASE + 3 * f->page), 0);
	check_world_valid(f->w);
	mmsim_mm_exit(child);
	put_byte(f->mm, BASE, 12);
	assert_int_equal(get_byte(f->mm, BASE), 12);
}

/* The copy takes all bytes of the page along, not only the written ones. */
static void copies_are_whole(void **state)
{
	static uint8_t buf[65536];
	struct fixture *f = *state;
	struct mmsim_mm *child;

	map_anon(f, BASE, 1);
	fill_pattern(buf, f->page, 3);
	put_bytes(f->mm, BASE, buf, f->page);
	child = fork_of(f->mm);
	put_bytes(f->mm, BASE + 100, "parent", 6);
	assert_bytes(child, BASE, buf, f->page);
	put_bytes(child, BASE + f->page - 5, "child", 5);
	memcpy(buf + 100, "parent", 6);
	assert_bytes(f->mm, BASE, buf, f->page);
	fill_pattern(buf, f->page, 3);
	memcpy(buf + f->page - 5, "child", 5);
	assert_bytes(child, BASE, buf, f->page);
}

/* mprotect to RO and back must not make a shared page writable. */
static void fork_with_mprotect_isolates(void **state)
{
	struct fixture *f = *state;
	struct mmsim_mm *child;
	uint64_t len = 2 * f->page;

	map_anon(f, BASE, 2);
	put_byte(f->mm, BASE, 1);
	put_byte(f->mm, BASE + f->page, 1);
	child = fork_of(f->mm);
	assert_int_equal(mmsim_mprotect(f->mm, BASE, len, RO), 0);
	assert_int_equal(mmsim_mprotect(f->mm, BASE, len, RW), 0);
	put_byte(f->mm, BASE, 2);
	assert_int_equal(get_byte(child, BASE), 1);
	assert_int_equal(mmsim_mprotect(child, BASE, len, RO), 0);
	assert_int_equal(mmsim_mprotect(child, BASE, len, RW), 0);
	put_byte(child, BASE + f->page, 3);
	assert_int_equal(get_byte(f->mm, BASE + f->page), 1);
}

static void three_generations(void **state)
{
	struct fixture *f = *state;
	struct mmsim_mm *mm[4] = { f->mm };
	unsigned i, j;

	map_anon(f, BASE, 4);
	for (i = 0; i < 4; i++)
		put_byte(f->mm, BASE + i * f->page, (uint8_t)(100 + i));
	for (i = 1; i < 4; i++) {
		mm[i] = fork_of(mm[i - 1]);
		put_byte(mm[i], BASE + i * f->page, (uint8_t)i);
	}
	for (i = 0; i < 4; i++)
		for (j = 0; j < 4; j++)
			assert_int_equal(get_byte(mm[i], BASE + j * f->page),
					 j && j <= i ? j : 100 + j);
	mmsim_mm_exit(mm[1]);
	check_world_valid(f->w);
	put_byte(mm[2], BASE, 77);
	assert_int_equal(get_byte(mm[3], BASE), 100);
	assert_int_equal(get_byte(mm[0], BASE), 100);
}

static void shared_mappings_see_each_other(void **state)
{
	struct fixture *f = *state;
	struct mmsim_file *file = make_file(f, 4 * f->page);
	struct mmsim_mm *child;

	map_file(f, BASE, 4, SHARED, file);
	map_at(f, f->mm, BASE + f->pmd, 2, RW, SHARED | FIXED, file,
	       2 * f->page);
	put_byte(f->mm, BASE + 2 * f->page + 9, 5);
	assert_int_equal(get_byte(f->mm, BASE + f->pmd + 9), 5);
	put_byte(f->mm, BASE + f->pmd + f->page, 6);
	assert_int_equal(get_byte(f->mm, BASE + 3 * f->page), 6);
	child = fork_of(f->mm);
	put_byte(child, BASE, 7);
	assert_int_equal(get_byte(f->mm, BASE), 7);
	put_byte(f->mm, BASE + f->page, 8);
	assert_int_equal(get_byte(child, BASE + f->page), 8);
	mmsim_file_put(file);
	put_byte(f->mm, BASE, 9);
	assert_int_equal(get_byte(child, BASE), 9);
}

static void shared_anon_is_shared_by_fork(void **state)
{
	struct fixture *f = *state;
	struct mmsim_mm *child;

	map_at(f, f->mm, BASE, 2, RW,
	       SHARED | MMSIM_MAP_ANONYMOUS | FIXED, NULL, 0);
	put_byte(f->mm, BASE, 1);
	child = fork_of(f->mm);
	put_byte(child, BASE, 2);
	put_byte(f->mm, BASE + f->page, 3);
	assert_int_equal(get_byte(f->mm, BASE), 2);
	assert_int_equal(get_byte(child, BASE + f->page), 3);
}

/* A private mapping sees the file until it writes. */
static void private_mapping_of_a_file(void **state)
{
	struct fixture *f = *state;
	struct mmsim_file *file = make_file(f, 3 * f->page);
	uint64_t s = BASE, p = BASE + f->pmd;

	map_file(f, s, 3, SHARED, file);
	map_file(f, p, 3, PRIVATE, file);
	put_byte(f->mm, s, 1);
	put_byte(f->mm, s + 100, 2);
	assert_int_equal(get_byte(f->mm, p), 1);
	put_byte(f->mm, s, 3);
	assert_int_equal(get_byte(f->mm, p), 3);
	/* The copy keeps what was in the file at that moment. */
	put_byte(f->mm, p + 7, 4);
	put_byte(f->mm, s, 5);
	assert_int_equal(get_byte(f->mm, p), 3);
	assert_int_equal(get_byte(f->mm, p + 100), 2);
	assert_int_equal(get_byte(f->mm, s + 7), 0);
	/* Written before it was ever read. */
	put_byte(f->mm, s + f->page + 1, 6);
	put_byte(f->mm, p + f->page, 7);
	assert_int_equal(get_byte(f->mm, p + f->page + 1), 6);
	assert_int_equal(get_byte(f->mm, s + f->page), 0);
	/* DONTNEED forgets the copy: the file shows again. */
	assert_int_equal(mmsim_madvise(f->mm, p, 2 * f->page,
				       MMSIM_MADV_DONTNEED),
			 0);
	assert_int_equal(get_byte(f->mm, p), 5);
	assert_int_equal(get_byte(f->mm, p + f->page), 0);
	assert_int_equal(get_byte(f->mm, p + f->page + 1), 6);
	mmsim_file_put(file);
}

static void dontneed_zeroes_anonymous_memory(void **state)
{
	struct fixture *f = *state;

	map_anon(f, BASE, 3);
	put_byte(f->mm, BASE, 1);
	put_byte(f->mm, BASE + f->page, 2);
	put_byte(f->mm, BASE + 2 * f->page, 3);
	assert_int_equal(mmsim_madvise(f->mm, BASE + f->page, f->page,
				       MMSIM_MADV_DONTNEED),
			 0);
	assert_int_equal(get_byte(f->mm, BASE), 1);
	assert_all(f->mm, BASE + f->page, 0, f->page);
	assert_int_equal(get_byte(f->mm, BASE + 2 * f->page), 3);
}

/* Shared memory is the file's: DONTNEED only unmaps it. */
static void dontneed_keeps_shared_memory(void **state)
{
	struct fixture *f = *state;

	map_at(f, f->mm, BASE, 1, RW, SHARED | MMSIM_MAP_ANONYMOUS | FIXED,
	       NULL, 0);
	put_byte(f->mm, BASE, 1);
	assert_int_equal(mmsim_madvise(f->mm, BASE, f->page,
				       MMSIM_MADV_DONTNEED),
			 0);
	assert_int_equal(entry_at(f->mm, BASE).raw, 0);
	assert_int_equal(get_byte(f->mm, BASE), 1);
}

static void remove_punches_the_file(void **state)
{
	struct fixture *f = *state;
	struct mmsim_file *file = make_file(f, 2 * f->page);
	uint64_t s = BASE, p = BASE + f->pmd;

	map_file(f, s, 2, SHARED, file);
	map_file(f, p, 2, PRIVATE, file);
	put_byte(f->mm, s, 1);
	put_byte(f->mm, s + f->page, 2);
	put_byte(f->mm, p + 1, 3); /* a copy of page 0 */
	assert_int_equal(get_byte(f->mm, p + f->page), 2);
	assert_int_equal(mmsim_madvise(f->mm, s, 2 * f->page,
				       MMSIM_MADV_REMOVE),
			 0);
	assert_all(f->mm, s, 0, 2 * f->page);
	assert_int_equal(get_byte(f->mm, p + f->page), 0);
	/* A private copy is no part of the file. */
	assert_int_equal(get_byte(f->mm, p), 1);
	assert_int_equal(get_byte(f->mm, p + 1), 3);
	mmsim_file_put(file);
}

static void truncate_cuts_contents(void **state)
{
	struct fixture *f = *state;
	struct mmsim_file *file = make_file(f, 3 * f->page);
	struct mmsim_fault fault;

	map_file(f, BASE, 3, SHARED, file);
	put_byte(f->mm, BASE + 10, 1);
	put_byte(f->mm, BASE + 200, 2);
	put_byte(f->mm, BASE + f->page, 3);
	put_byte(f->mm, BASE + 2 * f->page, 4);
	assert_int_equal(mmsim_file_truncate(file, 100), 0);
	assert_int_equal(get_byte(f->mm, BASE + 10), 1);
	assert_int_equal(get_byte(f->mm, BASE + 200), 0);
	fault = touch(f->mm, BASE + f->page, MMSIM_READ);
	assert_int_equal(fault.kind, MMSIM_FAULT_BUS);
	assert_int_equal(fault.addr, BASE + f->page);
	fault = touch(f->mm, BASE + 2 * f->page, MMSIM_WRITE);
	assert_int_equal(fault.kind, MMSIM_FAULT_BUS);
	/* Grown again, what was cut off is gone for good. */
	assert_int_equal(mmsim_file_truncate(file, 3 * f->page), 0);
	assert_int_equal(get_byte(f->mm, BASE + 10), 1);
	assert_all(f->mm, BASE + 11, 0, 3 * f->page - 11);
	mmsim_file_put(file);
}

/* Truncation takes private copies too: the pages are past the end. */
static void truncate_takes_private_copies(void **state)
{
	struct fixture *f = *state;
	struct mmsim_file *file = make_file(f, 2 * f->page);

	map_file(f, BASE, 2, PRIVATE, file);
	put_byte(f->mm, BASE, 1);
	put_byte(f->mm, BASE + f->page, 2);
	assert_int_equal(mmsim_file_truncate(file, f->page), 0);
	assert_int_equal(get_byte(f->mm, BASE), 1);
	assert_int_equal(touch(f->mm, BASE + f->page, MMSIM_READ).kind,
			 MMSIM_FAULT_BUS);
	mmsim_file_put(file);
}

static void mremap_keeps_contents(void **state)
{
	static uint8_t buf[4 * 65536];
	struct fixture *f = *state;
	uint64_t to = BASE + 4 * f->pmd + 3 * f->page, len = 3 * f->page;

	map_anon(f, BASE, 4);
	fill_pattern(buf, len, 9);
	put_bytes(f->mm, BASE, buf, len);
	assert_int_equal(mmsim_mremap(f->mm, BASE, 4 * f->page, 6 * f->page,
				      MMSIM_MREMAP_MAYMOVE |
					      MMSIM_MREMAP_FIXED,
				      &to),
			 0);
	assert_bytes(f->mm, to, buf, len);
	assert_all(f->mm, to + len, 0, 3 * f->page);
	assert_int_equal(touch(f->mm, BASE, MMSIM_READ).kind,
			 MMSIM_FAULT_SEGV_MAPERR);
	/* In place, then smaller, then as large again. */
	assert_int_equal(mmsim_mremap(f->mm, to, 6 * f->page, f->page, 0,
				      &to),
			 0);
	assert_int_equal(mmsim_mremap(f->mm, to, f->page, 3 * f->page, 0,
				      &to),
			 0);
	assert_bytes(f->mm, to, buf, f->page);
	assert_all(f->mm, to + f->page, 0, 2 * f->page);
}

/* Whole tables move where both addresses allow it. */
static void mremap_of_whole_tables(void **state)
{
	struct fixture *f = *state;
	uint64_t pages = f->pmd / f->page, to = BASE + 8 * f->pmd, i;

	if (f->pmd > (uint64_t)64 << 20)
		pages = 2 * 16; /* the table moves; few entries suffice */
	map_anon(f, BASE, 2 * f->pmd / f->page);
	for (i = 0; i < pages; i += pages / 16)
		put_byte(f->mm, BASE + i * f->page, (uint8_t)(i / 3 + 1));
	put_byte(f->mm, BASE + f->pmd + 5 * f->page, 0x5a);
	assert_int_equal(mmsim_mremap(f->mm, BASE, 2 * f->pmd, 2 * f->pmd,
				      MMSIM_MREMAP_MAYMOVE |
					      MMSIM_MREMAP_FIXED,
				      &to),
			 0);
	check_world_valid(f->w);
	for (i = 0; i < pages; i += pages / 16)
		assert_int_equal(get_byte(f->mm, to + i * f->page),
				 (uint8_t)(i / 3 + 1));
	assert_int_equal(get_byte(f->mm, to + f->pmd + 5 * f->page), 0x5a);
	assert_int_equal(entry_at(f->mm, BASE).raw, 0);
}

static void dontunmap_leaves_an_empty_mapping(void **state)
{
	struct fixture *f = *state;
	uint64_t to = BASE + f->pmd;

	map_anon(f, BASE, 2);
	put_byte(f->mm, BASE, 1);
	assert_int_equal(mmsim_mremap(f->mm, BASE, 2 * f->page, 2 * f->page,
				      MMSIM_MREMAP_MAYMOVE |
					      MMSIM_MREMAP_FIXED |
					      MMSIM_MREMAP_DONTUNMAP,
				      &to),
			 0);
	assert_int_equal(get_byte(f->mm, to), 1);
	assert_int_equal(get_byte(f->mm, BASE), 0);
	put_byte(f->mm, BASE, 2);
	assert_int_equal(get_byte(f->mm, to), 1);
}

/* A second mapping of shared memory: old length 0. */
static void mremap_duplicates_shared_memory(void **state)
{
	struct fixture *f = *state;
	uint64_t to = BASE + f->pmd;

	map_at(f, f->mm, BASE, 2, RW, SHARED | MMSIM_MAP_ANONYMOUS | FIXED,
	       NULL, 0);
	put_byte(f->mm, BASE + f->page, 1);
	assert_int_equal(mmsim_mremap(f->mm, BASE, 0, 2 * f->page,
				      MMSIM_MREMAP_MAYMOVE |
					      MMSIM_MREMAP_FIXED,
				      &to),
			 0);
	assert_int_equal(get_byte(f->mm, to + f->page), 1);
	put_byte(f->mm, to + f->page, 2);
	assert_int_equal(get_byte(f->mm, BASE + f->page), 2);
}

static void madv_free_keeps_until_reclaimed(void **state)
{
	struct fixture *f = *state;

	map_anon(f, BASE, 2);
	put_byte(f->mm, BASE, 1);
	put_byte(f->mm, BASE + f->page, 2);
	assert_int_equal(mmsim_madvise(f->mm, BASE, 2 * f->page,
				       MMSIM_MADV_FREE),
			 0);
	/* Nothing reclaims here: the contents are still there. */
	assert_int_equal(get_byte(f->mm, BASE), 1);
	put_byte(f->mm, BASE + f->page, 3);
	assert_int_equal(get_byte(f->mm, BASE + f->page), 3);
}

static void wipe_on_fork(void **state)
{
	struct fixture *f = *state;
	struct mmsim_mm *child;

	map_anon(f, BASE, 1);
	put_byte(f->mm, BASE, 1);
	assert_int_equal(mmsim_madvise(f->mm, BASE, f->page,
				       MMSIM_MADV_WIPEONFORK),
			 0);
	child = fork_of(f->mm);
	assert_int_equal(get_byte(child, BASE), 0);
	put_byte(child, BASE, 2);
	assert_int_equal(get_byte(f->mm, BASE), 1);
	assert_int_equal(mmsim_madvise(child, BASE, f->page,
				       MMSIM_MADV_KEEPONFORK),
			 0);
	assert_int_equal(get_byte(fork_of(child), BASE), 2);
}

static void unknown_contents(void **state)
{
	struct fixture *f = *state;

	map_anon(f, BASE, 1);
	assert_int_equal(touch(f->mm, BASE, MMSIM_WRITE).kind, 0);
	assert_int_equal(mmsim_page_peek(f->mm, BASE), -61 /* ENODATA */);
	assert_int_equal(get_byte(f->mm, BASE), 0);
	put_byte(f->mm, BASE, 7);
	assert_int_equal(get_byte(f->mm, BASE), 7);
}

static void new_mapping_over_an_old_one(void **state)
{
	struct fixture *f = *state;

	map_anon(f, BASE, 3);
	put_byte(f->mm, BASE, 1);
	put_byte(f->mm, BASE + f->page, 2);
	put_byte(f->mm, BASE + 2 * f->page, 3);
	map_anon(f, BASE + f->page, 1);
	assert_int_equal(get_byte(f->mm, BASE), 1);
	assert_int_equal(get_byte(f->mm, BASE + f->page), 0);
	assert_int_equal(get_byte(f->mm, BASE + 2 * f->page), 3);
}

int main(void)
{
	static const struct fixture_test tests[] = {
		TEST(new_memory_reads_as_zero),
		TEST(bytes_across_pages),
		TEST(fork_isolates_both_ways),
		TEST(copies_are_whole),
		TEST(fork_with_mprotect_isolates),
		TEST(three_generations),
		TEST(shared_mappings_see_each_other),
		TEST(shared_anon_is_shared_by_fork),
		TEST(private_mapping_of_a_file),
		TEST(dontneed_zeroes_anonymous_memory),
		TEST(dontneed_keeps_shared_memory),
		TEST(remove_punches_the_file),
		TEST(truncate_cuts_contents),
		TEST(truncate_takes_private_copies),
		TEST(mremap_keeps_contents),
		TEST(mremap_of_whole_tables),
		TEST(dontunmap_leaves_an_empty_mapping),
		TEST(mremap_duplicates_shared_memory),
		TEST(madv_free_keeps_until_reclaimed),
		TEST(wipe_on_fork),
		TEST(unknown_contents),
		TEST(new_mapping_over_an_old_one),
	};

	return run_in_all_worlds("contents", tests, ARRAY_SIZE(tests));
}
