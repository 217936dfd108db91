/* SPDX-License-Identifier: MIT */
/*
 * The system calls: what they refuse, and what they leave behind when they
 * stop half-way.
 */
#include "fixture.h"

#include <errno.h>
#include <string.h>

static struct mmsim_vma vma_at(struct mmsim_mm *mm, uint64_t addr)
{
	struct mmsim_vma vma = { .size = sizeof(vma) };

	assert_int_equal(mmsim_vma_next(mm, addr, &vma), 0);
	return vma;
}

/* The mapping at an address: where it is and its rights (VM_READ..EXEC). */
static void assert_vma(struct fixture *f, uint64_t first, uint64_t pages,
		       unsigned rights)
{
	struct mmsim_vma vma = vma_at(f->mm, first);

	assert_int_equal(vma.start, first);
	assert_int_equal(vma.end, first + pages * f->page);
	assert_int_equal(vma.flags & 7, rights);
}

static uint64_t task_size(struct fixture *f)
{
	struct mmsim_world_info info = { .size = sizeof(info) };

	assert_int_equal(mmsim_world_info(f->w, &info), 0);
	return info.task_size;
}

/* ---- processes ---- */

static void processes_have_numbers(void **state)
{
	struct fixture *f = *state;
	struct mmsim_mm *a, *b;

	assert_int_equal(mmsim_mm_pid(f->mm), 1);
	assert_int_equal(mmsim_fork(f->mm, &a), 0);
	assert_int_equal(mmsim_mm_pid(a), 2);
	mmsim_mm_exit(a);
	assert_int_equal(mmsim_mm_create(f->w, &b), 0);
	assert_int_equal(mmsim_mm_pid(b), 3);
	assert_int_equal(mmsim_mm_pid(NULL), 0);
	mmsim_mm_exit(NULL);
	assert_int_equal(mmsim_mm_create(NULL, &b), -EINVAL);
	assert_int_equal(mmsim_mm_create(f->w, NULL), -EINVAL);
	assert_int_equal(mmsim_fork(NULL, &b), -EINVAL);
	assert_int_equal(mmsim_fork(f->mm, NULL), -EINVAL);
}

/* ---- mmap ---- */

#define GROWS (MMSIM_MAP_ANONYMOUS | MMSIM_MAP_GROWSDOWN)

static void mmap_refuses(void **state)
{
	struct fixture *f = *state;
	const uint64_t page = f->page, top = task_size(f);
	const struct {
		uint64_t addr, len;
		int flags;
		uint64_t offset;
		int rc;
	} calls[] = {
		{ BASE, 0, ANON, 0, -EINVAL },
		{ BASE, page, MMSIM_MAP_ANONYMOUS, 0, -EINVAL },
		{ BASE, page, ANON, 1, -EINVAL },
		{ BASE, page, PRIVATE, 0, -EBADF },
		{ BASE, page, SHARED, 0, -EBADF },
		{ BASE + 1, page, ANON | FIXED, 0, -EINVAL },
		{ BASE, UINT64_MAX, ANON, 0, -ENOMEM },
		{ BASE, top + page, ANON, 0, -ENOMEM },
		{ top, page, ANON | FIXED, 0, -ENOMEM },
		{ UINT64_MAX - page + 1, page, ANON | FIXED, 0, -ENOMEM },
		{ BASE, UINT64_MAX, 0, 0, -EBADF },
		{ BASE, UINT64_MAX, MMSIM_MAP_ANONYMOUS, 0, -ENOMEM },
		{ BASE, page, ANON | SHARED, 0, -EINVAL },
		{ BASE, page, GROWS | SHARED, 0, -EINVAL },
	};
	uint64_t addr = 77;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		assert_int_equal(try_map(f, calls[i].addr, calls[i].len, RW,
					 calls[i].flags, NULL, calls[i].offset,
					 &addr),
				 calls[i].rc);
		assert_int_equal(addr, 77);
		assert_int_equal(count_vmas(f->mm), 0);
		assert_non_null(strstr(mmsim_last_error(f->w),
				       mmsim_errname(calls[i].rc)));
	}
}

/*
 * A hint is rounded down, one for huge pages up; which mistake of several is
 * told, and that the offset of anonymous memory is none: as on 5.10, 6.1, 6.12
 * and 7.2 on x86-64.
 */
static void mmap_places(void **state)
{
	struct fixture *f = *state;
	const uint64_t page = f->page, last = UINT64_MAX - page + 1;
	struct mmsim_file *file;
	uint64_t addr;

	assert_int_equal(
		try_map(f, BASE + 8, page, RW, ANON, NULL, last, &addr), 0);
	assert_int_equal(addr, BASE);
	assert_int_equal(mmsim_file_create(f->w, page, 0, &file), 0);
	assert_int_equal(try_map(f, BASE, page, RW, 0, file, last, &addr),
			 -EOVERFLOW);
	assert_int_equal(try_map(f, BASE + 1, page, RW, SHARED | FIXED, file,
				 last, &addr),
			 -EINVAL);
	assert_int_equal(try_map(f, BASE, page, RW,
				 SHARED | MMSIM_MAP_FIXED_NOREPLACE, file, last,
				 &addr),
			 -EEXIST);
	assert_int_equal(try_map(f, BASE, UINT64_MAX, RW, 0, file, last, &addr),
			 -ENOMEM);
	mmsim_file_put(file);
}

/* A stack is private and anonymous. */
static void files_do_not_grow_down(void **state)
{
	struct fixture *f = *state;
	struct mmsim_file *file;
	uint64_t addr;

	assert_int_equal(mmsim_file_create(f->w, f->page, 0, &file), 0);
	assert_int_equal(try_map(f, BASE, f->page, RW,
				 PRIVATE | MMSIM_MAP_GROWSDOWN, file, 0, &addr),
			 -EINVAL);
	assert_int_equal(try_map(f, BASE, f->page, RW,
				 SHARED | MMSIM_MAP_GROWSDOWN, file, 0, &addr),
			 -EINVAL);
	mmsim_file_put(file);
}

static void mmap_mistakes(void **state)
{
	struct {
		struct mmsim_mmap_args args;
		uint64_t tail;
	} u = { .args = { .len = 1, .flags = ANON } };
	struct fixture *f = *state;
	uint64_t addr = 0;

	assert_int_equal(mmsim_mmap(f->mm, &u.args, &addr), -EINVAL);
	u.args.size = sizeof(u.args) - 1;
	assert_int_equal(mmsim_mmap(f->mm, &u.args, &addr), -EINVAL);
	u.args.size = sizeof(u);
	u.tail = 1;
	assert_int_equal(mmsim_mmap(f->mm, &u.args, &addr), -E2BIG);
	u.tail = 0;
	assert_int_equal(mmsim_mmap(f->mm, &u.args, &addr), 0);
	u.args.size = sizeof(u.args);
	assert_int_equal(mmsim_mmap(NULL, &u.args, &addr), -EINVAL);
	assert_int_equal(mmsim_mmap(f->mm, NULL, &addr), -EINVAL);
	assert_int_equal(mmsim_mmap(f->mm, &u.args, NULL), -EINVAL);
}

static void fixed_replaces_and_noreplace_does_not(void **state)
{
	struct fixture *f = *state;
	uint64_t addr = 0;

	map_anon(f, BASE, 4);
	assert_int_equal(try_map(f, BASE + 3 * f->page, 2 * f->page, RW,
				 ANON | MMSIM_MAP_FIXED_NOREPLACE, NULL, 0,
				 &addr),
			 -EEXIST);
	assert_int_equal(try_map(f, BASE + 4 * f->page, f->page, RO,
				 ANON | MMSIM_MAP_FIXED_NOREPLACE, NULL, 0,
				 &addr),
			 0);
	assert_int_equal(addr, BASE + 4 * f->page);
	map_at(f, f->mm, BASE + f->page, 2, RO, ANON | FIXED, NULL, 0);
	assert_vma(f, BASE, 1, 3);
	assert_vma(f, BASE + f->page, 2, 1);
	assert_vma(f, BASE + 3 * f->page, 1, 3);
	/* Without FIXED a taken hint is no order. */
	assert_int_equal(try_map(f, BASE, f->page, RW, ANON, NULL, 0, &addr),
			 0);
	assert_true(addr >= BASE + 5 * f->page || addr < BASE);
	assert_int_equal(try_map(f, BASE + f->pmd + 5, f->page, RW, ANON, NULL,
				 0, &addr),
			 0);
	assert_int_equal(addr, BASE + f->pmd);
}

static void mappings_without_an_address_go_down(void **state)
{
	struct fixture *f = *state;
	uint64_t a = 0, b = 0;

	assert_int_equal(try_map(f, 0, 3 * f->page, RW, ANON, NULL, 0, &a), 0);
	assert_int_equal(try_map(f, 0, 1, RO, ANON, NULL, 0, &b), 0);
	assert_int_equal(b, a - f->page);
	assert_int_equal(count_vmas(f->mm), 2);
	/* Equal neighbours are one mapping. */
	assert_int_equal(try_map(f, 0, 2 * f->page, RO, ANON, NULL, 0, &a), 0);
	assert_int_equal(a, b - 2 * f->page);
	assert_int_equal(count_vmas(f->mm), 2);
}

/* ---- munmap ---- */

static void munmap_arguments(void **state)
{
	struct fixture *f = *state;

	map_anon(f, BASE, 1);
	assert_int_equal(mmsim_munmap(f->mm, BASE + 1, f->page), -EINVAL);
	assert_int_equal(mmsim_munmap(f->mm, BASE, 0), -EINVAL);
	assert_int_equal(mmsim_munmap(f->mm, BASE, UINT64_MAX), -EINVAL);
	assert_int_equal(mmsim_munmap(f->mm, task_size(f), f->page), -EINVAL);
	assert_int_equal(mmsim_munmap(NULL, BASE, f->page), -EINVAL);
	assert_int_equal(count_vmas(f->mm), 1);
	/* A part of a page is the page. */
	assert_int_equal(mmsim_munmap(f->mm, BASE, 1), 0);
	assert_int_equal(count_vmas(f->mm), 0);
}

static void munmap_of_holes(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(mmsim_munmap(f->mm, BASE, 9 * f->page), 0);
	map_anon(f, BASE, 2);
	map_anon(f, BASE + 4 * f->page, 2);
	put_byte(f->mm, BASE, 1);
	put_byte(f->mm, BASE + 5 * f->page, 2);
	assert_int_equal(mmsim_munmap(f->mm, BASE + f->page, 4 * f->page), 0);
	assert_vma(f, BASE, 1, 3);
	assert_vma(f, BASE + 5 * f->page, 1, 3);
	assert_int_equal(get_byte(f->mm, BASE), 1);
	assert_int_equal(get_byte(f->mm, BASE + 5 * f->page), 2);
	assert_int_equal(mmsim_munmap(f->mm, BASE - f->page, 16 * f->page), 0);
	assert_int_equal(count_vmas(f->mm), 0);
}

static uint64_t table_bytes(struct fixture *f)
{
	struct mmsim_status status = { .size = sizeof(status) };

	assert_int_equal(mmsim_status(f->mm, &status), 0);
	return status.table_bytes;
}

/* Tables go with the last mapping they serve, not before. */
static void tables_go_with_their_mappings(void **state)
{
	struct fixture *f = *state;
	uint64_t none = table_bytes(f), one;

	map_anon(f, BASE, 4);
	put_byte(f->mm, BASE, 1);
	one = table_bytes(f);
	assert_true(one > none);
	map_anon(f, BASE + 2 * f->pmd, 1);
	put_byte(f->mm, BASE + 2 * f->pmd, 1);
	assert_true(table_bytes(f) > one);
	assert_int_equal(mmsim_munmap(f->mm, BASE + 2 * f->pmd, f->page), 0);
	assert_int_equal(table_bytes(f), one);
	assert_int_equal(mmsim_munmap(f->mm, BASE + f->page, 3 * f->page), 0);
	assert_int_equal(table_bytes(f), one);
	assert_int_equal(mmsim_munmap(f->mm, BASE, f->page), 0);
	assert_int_equal(table_bytes(f), none);
}

/* ---- mprotect ---- */

static void mprotect_arguments(void **state)
{
	struct fixture *f = *state;
	const int grows = RW | MMSIM_PROT_GROWSDOWN;

	map_anon(f, BASE, 2);
	assert_int_equal(mmsim_mprotect(f->mm, BASE + 1, f->page, RO), -EINVAL);
	assert_int_equal(mmsim_mprotect(f->mm, BASE, f->page, 0x100), -EINVAL);
	assert_int_equal(mmsim_mprotect(f->mm, BASE, 0, RO), 0);
	assert_int_equal(mmsim_mprotect(f->mm, BASE, UINT64_MAX, RO), -ENOMEM);
	assert_int_equal(
		mmsim_mprotect(f->mm, BASE, UINT64_MAX - BASE - f->page, RO),
		-ENOMEM);
	assert_int_equal(mmsim_mprotect(f->mm, BASE - f->page, f->page, RO),
			 -ENOMEM);
	assert_int_equal(mmsim_mprotect(f->mm, BASE, f->page, grows), -EINVAL);
	assert_int_equal(mmsim_mprotect(NULL, BASE, f->page, RO), -EINVAL);
}

/* As 5.10 to 7.2 do on x86-64. */
static void mprotect_odd_bits(void **state)
{
	struct fixture *f = *state;
	const int up = RW | MMSIM_PROT_GROWSUP;

	map_anon(f, BASE, 2);
	assert_int_equal(mmsim_mprotect(f->mm, BASE, f->page, up), -EINVAL);
	assert_int_equal(mmsim_mprotect(f->mm, BASE - f->page, 2 * f->page, up),
			 -ENOMEM);
	assert_int_equal(mmsim_mprotect(f->mm, BASE, 0, up), 0);
	assert_int_equal(
		mmsim_mprotect(f->mm, BASE, 0, up | MMSIM_PROT_GROWSDOWN),
		-EINVAL);
	assert_vma(f, BASE, 2, 3);
	assert_int_equal(
		mmsim_mprotect(f->mm, BASE, f->page, RO | MMSIM_PROT_SEM), 0);
	assert_vma(f, BASE, 1, 1);
}

static void mprotect_over_a_hole_changes_what_lies_before(void **state)
{
	struct fixture *f = *state;

	map_anon(f, BASE, 2);
	map_anon(f, BASE + 3 * f->page, 2);
	assert_int_equal(mmsim_mprotect(f->mm, BASE + f->page, 4 * f->page, RO),
			 -ENOMEM);
	assert_vma(f, BASE, 1, 3);
	assert_vma(f, BASE + f->page, 1, 1);
	assert_vma(f, BASE + 3 * f->page, 2, 3);
	/* Starting in the hole: nothing. */
	assert_int_equal(mmsim_mprotect(f->mm, BASE + 2 * f->page, f->page, RO),
			 -ENOMEM);
	assert_int_equal(count_vmas(f->mm), 3);
}

static void mprotect_splits_and_merges(void **state)
{
	struct fixture *f = *state;

	map_anon(f, BASE, 6);
	assert_int_equal(
		mmsim_mprotect(f->mm, BASE + 2 * f->page, 2 * f->page, RO), 0);
	assert_int_equal(count_vmas(f->mm), 3);
	assert_int_equal(mmsim_mprotect(f->mm, BASE, 6 * f->page,
					MMSIM_PROT_READ | MMSIM_PROT_EXEC),
			 0);
	assert_vma(f, BASE, 6, 5);
	assert_int_equal(mmsim_mprotect(f->mm, BASE + 5 * f->page, f->page, 0),
			 0);
	assert_vma(f, BASE, 5, 5);
	assert_vma(f, BASE + 5 * f->page, 1, 0);
}

static void mprotect_growsdown_reaches_the_start(void **state)
{
	struct fixture *f = *state;

	map_at(f, f->mm, BASE, 4, RW, ANON | FIXED | MMSIM_MAP_GROWSDOWN, NULL,
	       0);
	assert_int_equal(mmsim_mprotect(f->mm, BASE + 2 * f->page, f->page,
					RO | MMSIM_PROT_GROWSDOWN),
			 0);
	assert_vma(f, BASE, 3, 1);
	assert_vma(f, BASE + 3 * f->page, 1, 3);
}

/* ---- mremap ---- */

static int remap(struct fixture *f, uint64_t addr, uint64_t old_pages,
		 uint64_t new_pages, int flags, uint64_t *to)
{
	return mmsim_mremap(f->mm, addr, old_pages * f->page,
			    new_pages * f->page, flags, to);
}

#define MAYMOVE	  MMSIM_MREMAP_MAYMOVE
#define TO_FIXED  (MMSIM_MREMAP_MAYMOVE | MMSIM_MREMAP_FIXED)
#define DONTUNMAP MMSIM_MREMAP_DONTUNMAP

static void mremap_refuses(void **state)
{
	struct fixture *f = *state;
	uint64_t to = BASE + f->pmd;

	map_anon(f, BASE, 4);
	assert_int_equal(remap(f, BASE + 1, 1, 1, 0, &to), -EINVAL);
	assert_int_equal(remap(f, BASE, 1, 0, 0, &to), -EINVAL);
	assert_int_equal(remap(f, BASE, 1, 1, 8, &to), -EINVAL);
	assert_int_equal(remap(f, BASE, 1, 1, MMSIM_MREMAP_FIXED, &to),
			 -EINVAL);
	assert_int_equal(remap(f, BASE, 1, 1, DONTUNMAP, &to), -EINVAL);
	assert_int_equal(remap(f, BASE, 1, 2, DONTUNMAP | MAYMOVE, &to),
			 -EINVAL);
	assert_int_equal(remap(f, BASE, 0, 1, MAYMOVE, &to), -EINVAL);
	to = BASE + f->page;
	assert_int_equal(remap(f, BASE, 2, 2, TO_FIXED, &to), -EINVAL);
	to = BASE + f->pmd + 1;
	assert_int_equal(remap(f, BASE, 2, 2, TO_FIXED, &to), -EINVAL);
	to = UINT64_MAX - f->page + 1;
	assert_int_equal(remap(f, BASE, 2, 2, TO_FIXED, &to), -EINVAL);
	to = BASE + f->pmd;
	assert_int_equal(remap(f, BASE + 8 * f->page, 1, 1, TO_FIXED, &to),
			 -EFAULT);
	assert_int_equal(remap(f, BASE + 8 * f->page, 1, 2, MAYMOVE, &to),
			 -EFAULT);
	assert_int_equal(remap(f, BASE, 5, 6, MAYMOVE, &to), -EFAULT);
	assert_int_equal(mmsim_mremap(f->mm, BASE, 1, UINT64_MAX, MAYMOVE, &to),
			 -EINVAL);
	assert_int_equal(remap(f, BASE, 1, 1, 0, NULL), -EINVAL);
	assert_int_equal(mmsim_mremap(NULL, BASE, 1, 1, 0, &to), -EINVAL);
	assert_vma(f, BASE, 4, 3);
	assert_int_equal(count_vmas(f->mm), 1);
}

/*
 * Which of two mistakes is told: asked of 5.10, 6.1, 6.12 and 7.2 on x86-64
 * with all combinations of a few sizes, flags and targets.
 */
static void mremap_to_no_size(void **state)
{
	struct fixture *f = *state;
	uint64_t to = BASE + f->pmd, hole = BASE + 8 * f->page;
	bool looks = from_kernel(f, 5, 16), first = from_kernel(f, 6, 17);
	uint64_t pages = UINT64_MAX / f->page; /* to the last but one */

	map_anon(f, BASE, 4);
	assert_int_equal(remap(f, BASE, 4, pages, 0, &to),
			 first ? -EINVAL : -ENOMEM);
	assert_int_equal(remap(f, BASE, 5, pages, MAYMOVE, &to),
			 first ? -EINVAL : -EFAULT);
	assert_int_equal(remap(f, hole, 1, pages, MAYMOVE, &to),
			 first ? -EINVAL : -EFAULT);
	assert_int_equal(remap(f, BASE, pages, pages, 0, &to),
			 first ? -EINVAL : 0);
	to = BASE + f->pmd;
	assert_int_equal(remap(f, BASE, 4, pages, TO_FIXED, &to), -EINVAL);
	assert_int_equal(remap(f, hole, 1, pages, TO_FIXED, &to),
			 looks && !first ? -EFAULT : -EINVAL);
	assert_int_equal(remap(f, hole, pages, pages, MAYMOVE | DONTUNMAP, &to),
			 looks && !first ? -EFAULT : -EINVAL);
	assert_vma(f, BASE, 4, 3);
	assert_int_equal(count_vmas(f->mm), 1);
}

/* The target empties the source before its length is found to be none. */
static void mremap_from_no_size(void **state)
{
	struct fixture *f = *state;
	uint64_t to = BASE + f->page, pages = UINT64_MAX / f->page;
	bool first = from_kernel(f, 6, 17);

	map_anon(f, BASE, 4);
	assert_int_equal(remap(f, BASE, pages, 4, TO_FIXED, &to), -EINVAL);
	assert_vma(f, BASE, 1, 3);
	assert_int_equal(remap(f, BASE, pages, 4, TO_FIXED, &to),
			 first ? -EFAULT : -EINVAL);
}

/* The tail of what begins with a hole. */
static void mremap_shrinks_a_hole(void **state)
{
	struct fixture *f = *state;
	uint64_t at = 0;
	bool looks = from_kernel(f, 5, 16);

	map_anon(f, BASE + 2 * f->page, 4);
	assert_int_equal(remap(f, BASE, 4, 1, 0, &at), looks ? -EFAULT : 0);
	if (looks)
		assert_vma(f, BASE + 2 * f->page, 4, 3);
	else
		assert_vma(f, BASE + 4 * f->page, 2, 3);
	assert_int_equal(remap(f, BASE, 1, 1, MAYMOVE, &at),
			 looks ? -EFAULT : 0);
}

/* With DONTUNMAP the address may be taken elsewhere, but not be wrong. */
static void mremap_hint(void **state)
{
	struct fixture *f = *state;
	const int flags = MAYMOVE | DONTUNMAP;
	uint64_t to = BASE + f->pmd + 1;

	map_anon(f, BASE, 4);
	assert_int_equal(remap(f, BASE, 2, 2, flags, &to), -EINVAL);
	to = BASE + f->page;
	assert_int_equal(remap(f, BASE, 2, 2, flags, &to), -EINVAL);
	to = UINT64_MAX - f->page + 1;
	assert_int_equal(remap(f, BASE, 2, 2, flags, &to), -EINVAL);
	to = BASE + 2 * f->page;
	assert_int_equal(remap(f, BASE, 2, 2, flags, &to), 0);
	assert_true(to < BASE || to >= BASE + 4 * f->page);
	assert_vma(f, to, 2, 3);
}

static void mremap_in_place(void **state)
{
	struct fixture *f = *state;
	uint64_t at = 0;

	map_anon(f, BASE, 2);
	map_at(f, f->mm, BASE + 4 * f->page, 1, RO, ANON | FIXED, NULL, 0);
	assert_int_equal(remap(f, BASE, 2, 4, 0, &at), 0);
	assert_int_equal(at, BASE);
	assert_vma(f, BASE, 4, 3);
	/* Blocked: not without leave to move, and then somewhere else. */
	assert_int_equal(remap(f, BASE, 4, 5, 0, &at), -ENOMEM);
	assert_int_equal(remap(f, BASE, 4, 5, MAYMOVE, &at), 0);
	assert_true(at != BASE);
	assert_vma(f, at, 5, 3);
	assert_int_equal(remap(f, at, 5, 2, 0, &at), 0);
	assert_vma(f, at, 2, 3);
	assert_int_equal(remap(f, at, 2, 2, 0, &at), 0);
	assert_vma(f, at, 2, 3);
	assert_int_equal(count_vmas(f->mm), 2);
}

/* The middle of a mapping cannot grow in place. */
static void mremap_of_a_part(void **state)
{
	struct fixture *f = *state;
	uint64_t to = BASE + f->pmd;

	map_anon(f, BASE, 4);
	put_byte(f->mm, BASE + f->page, 5);
	assert_int_equal(remap(f, BASE + f->page, 1, 2, 0, &to), -ENOMEM);
	to = BASE + f->pmd;
	assert_int_equal(remap(f, BASE + f->page, 1, 2, TO_FIXED, &to), 0);
	assert_int_equal(get_byte(f->mm, to), 5);
	assert_vma(f, BASE, 1, 3);
	assert_vma(f, BASE + 2 * f->page, 2, 3);
	assert_vma(f, to, 2, 3);
	/* What was at the target is gone. */
	to = BASE;
	put_byte(f->mm, BASE, 9);
	assert_int_equal(remap(f, BASE + 2 * f->page, 1, 1, TO_FIXED, &to), 0);
	assert_int_equal(get_byte(f->mm, BASE), 0);
}

static void mremap_over_several_mappings(void **state)
{
	struct fixture *f = *state;
	uint64_t to = BASE + f->pmd;
	int rc;

	map_anon(f, BASE, 1);
	map_at(f, f->mm, BASE + 2 * f->page, 1, RO, ANON | FIXED, NULL, 0);
	put_byte(f->mm, BASE, 1);
	rc = remap(f, BASE, 3, 3, TO_FIXED, &to);
	if (!from_kernel(f, 6, 17)) {
		assert_int_equal(rc, -EFAULT);
		assert_vma(f, BASE, 1, 3);
		return;
	}
	assert_int_equal(rc, 0);
	assert_vma(f, BASE + f->pmd, 1, 3);
	assert_vma(f, BASE + f->pmd + 2 * f->page, 1, 1);
	assert_int_equal(count_vmas(f->mm), 2);
	assert_int_equal(get_byte(f->mm, BASE + f->pmd), 1);
}

/* ---- madvise ---- */

static int advise(struct fixture *f, uint64_t addr, uint64_t pages, int advice)
{
	return mmsim_madvise(f->mm, addr, pages * f->page, advice);
}

static void madvise_arguments(void **state)
{
	struct fixture *f = *state;

	map_anon(f, BASE, 2);
	assert_int_equal(advise(f, BASE + 1, 1, MMSIM_MADV_DONTNEED), -EINVAL);
	assert_int_equal(advise(f, BASE, 1, 7), -EINVAL);
	assert_int_equal(advise(f, BASE, 1, -1), -EINVAL);
	assert_int_equal(
		mmsim_madvise(f->mm, BASE, UINT64_MAX, MMSIM_MADV_DONTNEED),
		-EINVAL);
	assert_int_equal(advise(f, BASE, 0, MMSIM_MADV_DONTNEED), 0);
	assert_int_equal(mmsim_madvise(NULL, BASE, 1, MMSIM_MADV_DONTNEED),
			 -EINVAL);
	assert_int_equal(advise(f, BASE, 1, MMSIM_MADV_WILLNEED), 0);
}

/* Holes are passed over, done around, and reported. */
static void madvise_over_a_hole(void **state)
{
	struct fixture *f = *state;

	map_anon(f, BASE, 1);
	map_anon(f, BASE + 2 * f->page, 1);
	put_byte(f->mm, BASE, 1);
	put_byte(f->mm, BASE + 2 * f->page, 2);
	assert_int_equal(advise(f, BASE, 3, MMSIM_MADV_DONTNEED), -ENOMEM);
	assert_int_equal(get_byte(f->mm, BASE), 0);
	assert_int_equal(get_byte(f->mm, BASE + 2 * f->page), 0);
	assert_int_equal(advise(f, BASE + f->pmd, 1, MMSIM_MADV_DONTNEED),
			 -ENOMEM);
}

static void advice_for_the_wrong_memory(void **state)
{
	struct fixture *f = *state;
	struct mmsim_file *file;

	assert_int_equal(mmsim_file_create(f->w, 4 * f->page, 0, &file), 0);
	map_anon(f, BASE, 1);
	map_file(f, BASE + f->pmd, 1, PRIVATE, file);
	map_file(f, BASE + 2 * f->pmd, 1, SHARED, file);
	assert_int_equal(advise(f, BASE, 1, MMSIM_MADV_REMOVE), -EINVAL);
	assert_int_equal(advise(f, BASE + f->pmd, 1, MMSIM_MADV_REMOVE),
			 -EACCES);
	assert_int_equal(advise(f, BASE + f->pmd, 1, MMSIM_MADV_FREE), -EINVAL);
	assert_int_equal(advise(f, BASE + f->pmd, 1, MMSIM_MADV_WIPEONFORK),
			 -EINVAL);
	assert_int_equal(mmsim_mlock(f->mm, BASE, 1, 1), 0);
	assert_int_equal(advise(f, BASE, 1, MMSIM_MADV_DONTNEED), -EINVAL);
	assert_int_equal(advise(f, BASE, 1, MMSIM_MADV_FREE), -EINVAL);
	assert_int_equal(advise(f, BASE, 1, MMSIM_MADV_COLD), -EINVAL);
	mmsim_file_put(file);
}

static void advice_comes_with_a_release(void **state)
{
	static const struct {
		int advice;
		uint32_t first;
		int later; /* from then on: 0 works; a part of a huge
			    * page cannot be collapsed */
	} advices[] = {
		{ MMSIM_MADV_POPULATE_READ, KERNEL(5, 14), 0 },
		{ MMSIM_MADV_POPULATE_WRITE, KERNEL(5, 14), 0 },
		{ MMSIM_MADV_DONTNEED_LOCKED, KERNEL(5, 18), 0 },
		{ MMSIM_MADV_COLLAPSE, KERNEL(6, 1), -EINVAL },
		{ MMSIM_MADV_GUARD_INSTALL, KERNEL(6, 13), 0 },
		{ MMSIM_MADV_GUARD_REMOVE, KERNEL(6, 13), 0 },
		{ MMSIM_MADV_PAGEOUT, KERNEL(5, 10), 0 },
	};
	struct fixture *f = *state;
	int want;
	size_t i;

	map_anon(f, BASE, 2);
	for (i = 0; i < ARRAY_SIZE(advices); i++) {
		want = f->c->kernel < advices[i].first ? -EINVAL
						       : advices[i].later;
		assert_int_equal(advise(f, BASE, 2, advices[i].advice), want);
	}
}

static void populate(void **state)
{
	struct fixture *f = *state;

	if (!from_kernel(f, 5, 14))
		return;
	map_anon(f, BASE, 3);
	assert_int_equal(advise(f, BASE, 1, MMSIM_MADV_POPULATE_READ), 0);
	assert_true(entry_at(f->mm, BASE).flags & MMSIM_E_ZERO);
	assert_int_equal(advise(f, BASE, 2, MMSIM_MADV_POPULATE_WRITE), 0);
	assert_true(entry_at(f->mm, BASE).flags & MMSIM_E_DIRTY);
	assert_int_equal(touch(f->mm, BASE + f->page, MMSIM_WRITE).minor, 0);
	assert_int_equal(advise(f, BASE, 4, MMSIM_MADV_POPULATE_READ), -ENOMEM);
	assert_true(entry_at(f->mm, BASE + 2 * f->page).raw);
	assert_int_equal(mmsim_mprotect(f->mm, BASE, f->page, RO), 0);
	assert_int_equal(advise(f, BASE, 1, MMSIM_MADV_POPULATE_WRITE),
			 -EINVAL);
	assert_int_equal(mmsim_mprotect(f->mm, BASE, f->page, 0), 0);
	assert_int_equal(advise(f, BASE, 1, MMSIM_MADV_POPULATE_READ), -EINVAL);
}

static void map_populate_brings_everything_in(void **state)
{
	struct fixture *f = *state;
	uint64_t i;

	map_at(f, f->mm, BASE, 4, RW, ANON | FIXED | MMSIM_MAP_POPULATE, NULL,
	       0);
	for (i = 0; i < 4; i++)
		assert_int_equal(
			touch(f->mm, BASE + i * f->page, MMSIM_WRITE).minor, 0);
	/* What may not be accessed is mapped all the same. */
	map_at(f, f->mm, BASE + f->pmd, 1, 0, ANON | FIXED | MMSIM_MAP_POPULATE,
	       NULL, 0);
	map_at(f, f->mm, BASE + 2 * f->pmd, 1, RW,
	       ANON | FIXED | MMSIM_MAP_POPULATE | MMSIM_MAP_NONBLOCK, NULL, 0);
	assert_int_equal(entry_at(f->mm, BASE + 2 * f->pmd).raw, 0);
}

/* ---- brk, mlock ---- */

static void heap(void **state)
{
	struct fixture *f = *state;
	uint64_t start = 0, now = 0;

	assert_int_equal(mmsim_brk(f->mm, 0, &start), 0);
	assert_true(start > 0);
	assert_int_equal(mmsim_brk(f->mm, start + 100, &now), 0);
	assert_int_equal(now, start + 100);
	put_byte(f->mm, start + 99, 3);
	assert_int_equal(mmsim_brk(f->mm, start + 5 * f->page + 1, &now), 0);
	assert_int_equal(now, start + 5 * f->page + 1);
	assert_int_equal(count_vmas(f->mm), 1);
	put_byte(f->mm, now, 4);
	/* Below the start it does not move; that is no error. */
	assert_int_equal(mmsim_brk(f->mm, start - 1, &now), 0);
	assert_int_equal(now, start + 5 * f->page + 1);
	assert_int_equal(mmsim_brk(f->mm, UINT64_MAX, &now), 0);
	assert_int_equal(now, start + 5 * f->page + 1);
	/* Something in its way. */
	map_anon(f, start + 8 * f->page, 1);
	assert_int_equal(mmsim_brk(f->mm, start + 9 * f->page, &now), 0);
	assert_int_equal(now, start + 5 * f->page + 1);
	assert_int_equal(mmsim_brk(f->mm, start, &now), 0);
	assert_int_equal(now, start);
	assert_int_equal(touch(f->mm, start, MMSIM_READ).kind,
			 MMSIM_FAULT_SEGV_MAPERR);
	assert_int_equal(mmsim_brk(f->mm, start + 1, &now), 0);
	assert_int_equal(get_byte(f->mm, start + 99), 0);
	assert_int_equal(mmsim_brk(NULL, 0, &now), -EINVAL);
	assert_int_equal(mmsim_brk(f->mm, 0, NULL), -EINVAL);
}

static uint64_t locked_pages(struct fixture *f)
{
	struct mmsim_status status = { .size = sizeof(status) };

	assert_int_equal(mmsim_status(f->mm, &status), 0);
	return status.locked_vm;
}

static void locked_memory(void **state)
{
	struct fixture *f = *state;

	map_anon(f, BASE, 4);
	/* A part of a page is the page. */
	assert_int_equal(mmsim_mlock(f->mm, BASE + f->page + 7, 1, 1), 0);
	assert_int_equal(locked_pages(f), 1);
	assert_true(entry_at(f->mm, BASE + f->page).flags & MMSIM_E_WRITE);
	assert_int_equal(count_vmas(f->mm), 3);
	assert_int_equal(mmsim_mlock(f->mm, BASE, 6 * f->page, 1), -ENOMEM);
	assert_int_equal(locked_pages(f), 4);
	assert_int_equal(mmsim_mlock(f->mm, BASE, 4 * f->page, 0), 0);
	assert_int_equal(locked_pages(f), 0);
	assert_int_equal(count_vmas(f->mm), 1);
	assert_int_equal(mmsim_mlock(f->mm, BASE, 0, 1), 0);
	assert_int_equal(mmsim_mlock(f->mm, UINT64_MAX, 2, 1), -EINVAL);
	assert_int_equal(mmsim_mlock(NULL, BASE, 1, 1), -EINVAL);
	/* What may not be accessed cannot be brought in. */
	assert_int_equal(mmsim_mprotect(f->mm, BASE, f->page, 0), 0);
	assert_int_equal(mmsim_mlock(f->mm, BASE, f->page, 1), -ENOMEM);
}

/* ---- userfaultfd ---- */

/* A write to what is protected; kind, and faults taken. */
static enum mmsim_fault_kind write_at(struct fixture *f, uint64_t addr,
				      unsigned minor, unsigned major)
{
	struct mmsim_fault fault = { .size = sizeof(fault) };
	char byte = 7;

	assert_int_equal(
		mmsim_access(f->mm, 0, addr, 1, MMSIM_WRITE, &byte, &fault), 0);
	assert_int_equal(fault.minor, minor);
	assert_int_equal(fault.major, major);
	return fault.kind;
}

/* Write-protection is the architecture's, too. */
static bool has_uffd_wp(const struct fixture *f, unsigned minor)
{
	if (f->c->arch == MMSIM_ARCH_PPC64 || !from_kernel(f, 6, minor))
		return f->c->arch == MMSIM_ARCH_X86_64 && !minor;
	return f->c->arch == MMSIM_ARCH_X86_64 || from_kernel(f, 6, 11);
}

static void watched_page(struct fixture *f, uint64_t features)
{
	map_at(f, f->mm, BASE, 2, RW, ANON | FIXED, NULL, 0);
	assert_int_equal(write_at(f, BASE, 1, 0), MMSIM_FAULT_NONE);
	assert_int_equal(mmsim_uffd_open(f->mm, features), 0);
	assert_int_equal(mmsim_uffd_register(f->mm, BASE, 2 * f->page,
					     MMSIM_UFFD_REGISTER_MODE_WP),
			 0);
	assert_int_equal(
		mmsim_uffd_writeprotect(f->mm, BASE, 2 * f->page,
					MMSIM_UFFD_WRITEPROTECT_MODE_WP),
		0);
}

static void userfault_is_resolved_by_the_caller(void **state)
{
	struct fixture *f = *state;
	bool minor = from_kernel(f, 6, 4);
	char byte = 0;

	if (!has_uffd_wp(f, 0))
		return;
	watched_page(f, MMSIM_UFFD_FEATURE_PAGEFAULT_FLAG_WP);
	/* As often as nobody resolves it. */
	assert_int_equal(write_at(f, BASE, 0, 0), MMSIM_FAULT_USERFAULT);
	assert_int_equal(write_at(f, BASE, 0, 0), MMSIM_FAULT_USERFAULT);
	assert_int_equal(
		mmsim_access(f->mm, 0, BASE, 1, MMSIM_READ, &byte,
			     &(struct mmsim_fault){
				     .size = sizeof(struct mmsim_fault) }),
		0);
	assert_int_equal(write_at(f, BASE, 0, 0), MMSIM_FAULT_USERFAULT);
	assert_int_equal(mmsim_uffd_writeprotect(f->mm, BASE, f->page, 0), 0);
	/* The fault that waited counts, though the entry is writable now. */
	assert_int_equal(write_at(f, BASE, minor, !minor), MMSIM_FAULT_NONE);
	assert_int_equal(write_at(f, BASE, 0, 0), MMSIM_FAULT_NONE);
	if (!from_kernel(f, 5, 14))
		return;
	/* A system call cannot end in the middle to be made again. */
	assert_int_equal(
		mmsim_uffd_writeprotect(f->mm, BASE, f->page,
					MMSIM_UFFD_WRITEPROTECT_MODE_WP),
		0);
	assert_int_equal(
		mmsim_madvise(f->mm, BASE, f->page, MMSIM_MADV_POPULATE_WRITE),
		-EOPNOTSUPP);
	assert_non_null(strstr(mmsim_last_error(f->w), "userfaultfd"));
	assert_int_equal(mmsim_check(f->w, NULL, NULL), 0);
}

static void userfault_events_reach_child_and_target(void **state)
{
	struct fixture *f = *state;
	struct mmsim_mm *child, *parent = f->mm;
	uint64_t addr = BASE + 4 * f->pmd;

	if (!has_uffd_wp(f, 4))
		return;
	watched_page(f, MMSIM_UFFD_FEATURE_EVENT_FORK |
				MMSIM_UFFD_FEATURE_EVENT_REMAP |
				MMSIM_UFFD_FEATURE_WP_UNPOPULATED);
	assert_int_equal(mmsim_mremap(f->mm, BASE, 2 * f->page, 2 * f->page,
				      MMSIM_MREMAP_MAYMOVE | MMSIM_MREMAP_FIXED,
				      &addr),
			 0);
	assert_int_equal(write_at(f, addr, 0, 0), MMSIM_FAULT_USERFAULT);
	assert_int_equal(mmsim_fork(f->mm, &child), 0);
	f->mm = child;
	assert_int_equal(write_at(f, addr, 0, 0), MMSIM_FAULT_USERFAULT);
	/* The marker went along twice: the page, then the event. */
	assert_int_equal(write_at(f, addr + f->page, 1, 0),
			 MMSIM_FAULT_USERFAULT);
	assert_int_equal(mmsim_uffd_writeprotect(child, addr, f->page, 0), 0);
	assert_int_equal(write_at(f, addr, 1, 0), MMSIM_FAULT_NONE);
	f->mm = parent;
	assert_int_equal(write_at(f, addr, 0, 0), MMSIM_FAULT_USERFAULT);
	assert_int_equal(mmsim_check(f->w, NULL, NULL), 0);
}

static void userfaultfd_refuses_what_the_kernel_does(void **state)
{
	const uint64_t wp = MMSIM_UFFD_REGISTER_MODE_WP;
	struct fixture *f = *state;
	uint64_t p = f->page;

	if (!has_uffd_wp(f, 4))
		return;
	map_at(f, f->mm, BASE, 2, RW, ANON | FIXED, NULL, 0);
	/* Nothing is open. */
	assert_int_equal(mmsim_uffd_register(f->mm, BASE, p, wp), -EINVAL);
	assert_int_equal(mmsim_uffd_unregister(f->mm, BASE, p), -EINVAL);
	assert_int_equal(mmsim_uffd_writeprotect(f->mm, BASE, p, 1), -EINVAL);
	assert_int_equal(mmsim_uffd_open(f->mm, (uint64_t)1 << 40), -EINVAL);
	assert_int_equal(mmsim_uffd_open(f->mm, MMSIM_UFFD_FEATURE_SIGBUS),
			 -EOPNOTSUPP);
	assert_int_equal(mmsim_uffd_open(f->mm, 1), 0);
	assert_int_equal(mmsim_uffd_open(f->mm, 1), -EOPNOTSUPP);
	assert_int_equal(mmsim_uffd_open(NULL, 1), -EINVAL);
	/* Modes and ranges. */
	assert_int_equal(mmsim_uffd_register(f->mm, BASE, p, 0), -EINVAL);
	assert_int_equal(mmsim_uffd_register(f->mm, BASE, p, 8), -EINVAL);
	assert_int_equal(mmsim_uffd_register(f->mm, BASE, p, 1), -EOPNOTSUPP);
	assert_int_equal(mmsim_uffd_register(f->mm, BASE + 1, p, wp), -EINVAL);
	assert_int_equal(mmsim_uffd_register(f->mm, BASE, ~p + 1, wp), -EINVAL);
	assert_int_equal(mmsim_uffd_register(f->mm, BASE + 2 * p, p, wp),
			 -EINVAL);
	assert_int_equal(mmsim_uffd_register(NULL, BASE, p, wp), -EINVAL);
	assert_int_equal(mmsim_uffd_writeprotect(f->mm, BASE, p, 1), -ENOENT);
	assert_int_equal(mmsim_uffd_register(f->mm, BASE, p, wp), 0);
	assert_int_equal(mmsim_uffd_writeprotect(f->mm, BASE, p, 3), -EINVAL);
	assert_int_equal(mmsim_uffd_writeprotect(f->mm, BASE, p, 4), -EINVAL);
	/* The second page is not registered; the first is done. */
	assert_int_equal(write_at(f, BASE, 1, 0), MMSIM_FAULT_NONE);
	assert_int_equal(mmsim_uffd_writeprotect(f->mm, BASE, 2 * p, 1),
			 -ENOENT);
	assert_int_equal(write_at(f, BASE, 0, 0), MMSIM_FAULT_USERFAULT);
	assert_int_equal(mmsim_check(f->w, NULL, NULL), 0);
}

/* ---- broken pages ---- */

static int break_page(struct fixture *f, uint64_t addr)
{
	return mmsim_madvise(f->mm, addr, f->page, MMSIM_MADV_HWPOISON);
}

static void a_broken_page_is_out_of_use(void **state)
{
	struct fixture *f = *state;
	struct mmsim_verdict v = { .size = sizeof(v) };
	struct mmsim_entry e;
	uint64_t pfn;

	map_anon(f, BASE, 4);
	put_byte(f->mm, BASE + f->page, 5);
	pfn = entry_at(f->mm, BASE + f->page).pfn;
	assert_int_equal(break_page(f, BASE + f->page), 0);
	e = entry_at(f->mm, BASE + f->page);
	assert_int_equal(e.flags & (MMSIM_E_HWPOISON | MMSIM_E_PRESENT),
			 MMSIM_E_HWPOISON);
	assert_int_equal(e.pfn, pfn);
	assert_int_equal(mmsim_would(f->mm, BASE + f->page, MMSIM_READ, &v), 0);
	assert_int_equal(v.kind, MMSIM_FAULT_HWPOISON);
	assert_int_equal(touch(f->mm, BASE + f->page, MMSIM_WRITE).kind,
			 MMSIM_FAULT_HWPOISON);
	check_world_valid(f->w);
	if (from_kernel(f, 5, 14))
		assert_int_equal(mmsim_madvise(f->mm, BASE, 4 * f->page,
					       MMSIM_MADV_POPULATE_WRITE),
				 -EHWPOISON);
	assert_int_equal(
		mmsim_madvise(f->mm, BASE, 4 * f->page, MMSIM_MADV_FREE), 0);
	assert_int_equal(
		!(entry_at(f->mm, BASE + f->page).flags & MMSIM_E_HWPOISON),
		from_kernel(f, 5, 19));
	assert_int_equal(mmsim_munmap(f->mm, BASE, 4 * f->page), 0);
	check_world_valid(f->w);
}

static struct mmsim_fault signal_of(struct mmsim_mm *mm)
{
	struct mmsim_fault fault = MMSIM_FAULT_INIT;

	assert_int_equal(mmsim_signal(mm, &fault), 0);
	return fault;
}

/* The first of a call, once, and for the caller alone. */
static void a_dirty_page_that_breaks_leaves_a_signal(void **state)
{
	struct fixture *f = *state;
	enum mmsim_fault_kind kind =
		from_kernel(f, 6, 11) ? MMSIM_FAULT_HWPOISON : MMSIM_FAULT_NONE;
	struct mmsim_fault fault = MMSIM_FAULT_INIT;
	struct mmsim_mm *child;

	map_anon(f, BASE, 4);
	put_byte(f->mm, BASE + f->page, 5);
	put_byte(f->mm, BASE + 2 * f->page, 6);
	put_byte(f->mm, BASE + 3 * f->page, 7);
	assert_int_equal(mmsim_fork(f->mm, &child), 0);
	assert_int_equal(mmsim_madvise(f->mm, BASE + f->page, 2 * f->page,
				       MMSIM_MADV_HWPOISON),
			 0);
	assert_int_equal(signal_of(child).kind, MMSIM_FAULT_NONE);
	fault = signal_of(f->mm);
	assert_int_equal(fault.kind, kind);
	assert_int_equal(fault.addr, kind ? BASE + f->page : 0);
	assert_int_equal(signal_of(f->mm).kind, MMSIM_FAULT_NONE);
	mmsim_mm_exit(child);
	assert_int_equal(
		mmsim_madvise(f->mm, BASE, 4 * f->page, MMSIM_MADV_FREE), 0);
	assert_int_equal(break_page(f, BASE + 3 * f->page), 0);
	assert_int_equal(signal_of(f->mm).kind, MMSIM_FAULT_NONE);
	fault.size = 1;
	assert_int_equal(mmsim_signal(f->mm, &fault), -EINVAL);
	assert_int_equal(mmsim_signal(f->mm, NULL), -EINVAL);
	assert_int_equal(mmsim_signal(NULL, &fault), -EINVAL);
}

/* Of two mappings of a page the one that begins first in the file, then the
 * older one, with an entry or without. */
static void a_signal_names_the_first_mapping(void **state)
{
	struct fixture *f = *state;
	uint64_t none = !from_kernel(f, 6, 11), p = f->page;
	uint64_t one = BASE, two = BASE + f->pmd, late = BASE + 2 * f->pmd;
	struct mmsim_file *file;

	assert_int_equal(
		mmsim_file_create(f->w, 4 * p, MMSIM_FILE_MEMFD, &file), 0);
	map_file(f, one, 4, MMSIM_MAP_SHARED | FIXED, file);
	map_file(f, two, 4, MMSIM_MAP_PRIVATE | FIXED, file);
	assert_int_equal(try_map(f, late, 2 * p, RW, MMSIM_MAP_SHARED | FIXED,
				 file, p, &late),
			 0);
	put_byte(f->mm, late, 5);
	assert_int_equal(break_page(f, late), 0);
	assert_int_equal(signal_of(f->mm).addr, none ? 0 : one + p);
	assert_int_equal(mmsim_munmap(f->mm, one, 4 * p), 0);
	put_byte(f->mm, late + p, 5);
	assert_int_equal(break_page(f, late + p), 0);
	assert_int_equal(signal_of(f->mm).addr, none ? 0 : two + 2 * p);
	mmsim_file_put(file);
	check_world_valid(f->w);
}

/* Each changes nothing. */
static void what_cannot_be_broken_says_so(void **state)
{
	struct fixture *f = *state;
	struct mmsim_file *file;
	uint64_t addr;

	map_anon(f, BASE, 4);
	assert_int_equal(break_page(f, BASE), -EOPNOTSUPP);
	assert_non_null(strstr(mmsim_last_error(f->w), "zero page"));
	put_byte(f->mm, BASE, 5);
	assert_int_equal(
		mmsim_file_create(f->w, f->page, MMSIM_FILE_WRITENOTIFY, &file),
		0);
	addr = map_file(f, BASE + f->pmd, 1, MMSIM_MAP_SHARED | FIXED, file);
	assert_int_equal(break_page(f, addr), -EOPNOTSUPP);
	assert_non_null(strstr(mmsim_last_error(f->w), "file system"));
	mmsim_file_put(file);
	assert_int_equal(break_page(f, BASE + 5 * f->page), -EFAULT);
	assert_int_equal(break_page(f, BASE + 1), -EINVAL);
	assert_int_equal(get_byte(f->mm, BASE), 5);
	check_world_valid(f->w);
}

/* ---- files ---- */

/* A multiple of every format's page of hugetlb. */
static uint64_t hugetlb_bytes(const struct fixture *f)
{
	return 8 * f->pmd;
}

/* Hash with 4K pages has them from 6.12 on. */
static bool has_hugetlb(const struct fixture *f)
{
	const struct mmsim_config config = config_of(f->c);

	return config.mmu != MMSIM_MMU_HASH || f->page != 4096 ||
	       from_kernel(f, 6, 12);
}

static void hugetlb_file_in_this_world(struct fixture *f,
				       struct mmsim_file *file)
{
	/* Lengths are rounded up. */
	uint64_t a = map_file(f, BASE, 1, MMSIM_MAP_SHARED | FIXED, file), b;

	assert_int_equal(try_map(f, 0, f->page, RW, MMSIM_MAP_PRIVATE, file,
				 f->page, &b),
			 -EINVAL);
	assert_int_equal(
		try_map(f, 0, f->page, RW, MMSIM_MAP_PRIVATE, file, 0, &b), 0);
	/* With pages of 512 MiB there is memory for one. */
	if (f->pmd >= (uint64_t)512 << 20)
		return;
	put_byte(f->mm, a + 1, 5);
	assert_int_equal(get_byte(f->mm, b + 1), 5);
	put_byte(f->mm, b + 1, 6);
	assert_int_equal(get_byte(f->mm, a + 1), 5);
	assert_true(entry_at(f->mm, b).flags & MMSIM_E_ANON);
	assert_false(entry_at(f->mm, a).flags & MMSIM_E_ANON);
	check_world_valid(f->w);
	assert_int_equal(mmsim_file_truncate(file, f->page), -EINVAL);
	assert_int_equal(mmsim_file_truncate(file, 0), 0);
	assert_int_equal(touch(f->mm, a, MMSIM_READ).kind, MMSIM_FAULT_BUS);
	assert_int_equal(touch(f->mm, b, MMSIM_READ).kind, MMSIM_FAULT_BUS);
	check_world_valid(f->w);
}

static void files_of_hugetlb(void **state)
{
	struct fixture *f = *state;
	struct mmsim_file *file = (struct mmsim_file *)(uintptr_t)8;
	uint64_t addr;

	assert_int_equal(
		mmsim_file_create(f->w, f->page, MMSIM_FILE_HUGETLB, &file),
		-EINVAL);
	assert_null(file);
	assert_int_equal(mmsim_file_create(f->w, hugetlb_bytes(f),
					   MMSIM_FILE_HUGETLB, &file),
			 0);
	if (has_hugetlb(f)) {
		hugetlb_file_in_this_world(f, file);
	} else {
		assert_int_equal(try_map(f, 0, f->pmd, RW, MMSIM_MAP_SHARED,
					 file, 0, &addr),
				 -EOPNOTSUPP);
		assert_non_null(strstr(mmsim_last_error(f->w), "hugetlb"));
	}
	mmsim_file_put(file);
	/* Another file's pages are small, whatever the call says. */
	assert_int_equal(mmsim_file_create(f->w, f->pmd, 0, &file), 0);
	assert_int_equal(try_map(f, 0, f->pmd, RW,
				 MMSIM_MAP_SHARED | MMSIM_MAP_HUGETLB, file, 0,
				 &addr),
			 -EINVAL);
	mmsim_file_put(file);
}

static void file_arguments(void **state)
{
	struct fixture *f = *state;
	struct mmsim_file *file = NULL;

	assert_int_equal(mmsim_file_create(f->w, 0, 3, &file), -EINVAL);
	assert_int_equal(mmsim_file_create(f->w, (uint64_t)1 << 63, 0, &file),
			 -EINVAL);
	assert_int_equal(mmsim_file_create(f->w, 5, 0, &file), 0);
	assert_int_equal(mmsim_file_writeback(file), 0);
	assert_int_equal(mmsim_file_truncate(file, (uint64_t)1 << 63), -EINVAL);
	assert_int_equal(mmsim_file_truncate(NULL, 0), -EINVAL);
	assert_int_equal(mmsim_file_writeback(NULL), -EINVAL);
	assert_int_equal(mmsim_file_create(NULL, 5, 0, &file), -EINVAL);
	assert_int_equal(mmsim_file_create(f->w, 5, 0, NULL), -EINVAL);
	mmsim_file_put(NULL);
}

/* ---- fork ---- */

static void advice_of_fork(void **state)
{
	struct fixture *f = *state;
	struct mmsim_mm *child;

	map_anon(f, BASE, 2);
	put_byte(f->mm, BASE, 1);
	put_byte(f->mm, BASE + f->page, 2);
	assert_int_equal(advise(f, BASE, 1, MMSIM_MADV_DONTFORK), 0);
	assert_int_equal(mmsim_fork(f->mm, &child), 0);
	assert_int_equal(touch(child, BASE, MMSIM_READ).kind,
			 MMSIM_FAULT_SEGV_MAPERR);
	assert_int_equal(get_byte(child, BASE + f->page), 2);
	assert_int_equal(advise(f, BASE, 1, MMSIM_MADV_DOFORK), 0);
	assert_int_equal(count_vmas(f->mm), 1);
	assert_int_equal(mmsim_fork(f->mm, &child), 0);
	assert_int_equal(get_byte(child, BASE), 1);
}

/* Locks are not inherited. */
static void fork_unlocks(void **state)
{
	struct fixture *f = *state;
	struct fixture child = *f;

	map_anon(f, BASE, 2);
	assert_int_equal(mmsim_mlock(f->mm, BASE, 2 * f->page, 1), 0);
	assert_int_equal(mmsim_fork(f->mm, &child.mm), 0);
	assert_int_equal(locked_pages(f), 2);
	assert_int_equal(locked_pages(&child), 0);
}

/*
 * fork merges nothing, though its child has lost what kept two mappings
 * apart; what a later mlock cuts off stays beside its neighbour as it was.
 */
static void what_fork_left_apart_stays_so(void **state)
{
	struct fixture *f = *state;
	struct fixture child = *f;

	map_anon(f, BASE, 6);
	assert_int_equal(mmsim_mlock(f->mm, BASE + 2 * f->page, 4 * f->page, 1),
			 0);
	assert_int_equal(mmsim_fork(f->mm, &child.mm), 0);
	assert_int_equal(count_vmas(child.mm), 2);
	assert_int_equal(mmsim_mlock(child.mm, BASE + 4 * f->page, f->page, 1),
			 0);
	assert_int_equal(count_vmas(child.mm), 4);
	check_world_valid(f->w);
}

/* What DONTUNMAP has emptied lies beside what it moved, in 7.2; a mapping that
 * merges with it from below looks no further. */
static void what_mremap_left_apart_stays_so(void **state)
{
	const int flags = TO_FIXED | MMSIM_MREMAP_DONTUNMAP;
	struct fixture *f = *state;
	uint64_t to = BASE + 11 * f->page;

	map_at(f, f->mm, BASE, 12, RO, ANON | FIXED, NULL, 0);
	map_at(f, f->mm, BASE + 2 * f->page, 4, RW, ANON | FIXED, NULL, 0);
	assert_int_equal(remap(f, BASE + 8 * f->page, 1, 1, flags, &to), 0);
	check_world_valid(f->w);
	map_at(f, f->mm, BASE + f->page, 5, RO, ANON | FIXED, NULL, 0);
	check_world_valid(f->w);
}

/* A stack that has grown up to its like is not merged with it. */
static void a_stack_grows_up_to_its_neighbour(void **state)
{
	struct fixture *f = *state;
	int flags = PRIVATE | FIXED | MMSIM_MAP_ANONYMOUS | MMSIM_MAP_GROWSDOWN;

	map_at(f, f->mm, BASE, 2, MMSIM_PROT_READ, flags, NULL, 0);
	map_at(f, f->mm, BASE + 3 * f->page, 1, MMSIM_PROT_READ, flags, NULL,
	       0);
	touch(f->mm, BASE + 2 * f->page, MMSIM_READ);
	assert_int_equal(count_vmas(f->mm), 2);
	check_world_valid(f->w);
}

/* A mapping holds its file after everybody else let go of it. */
static void files_live_while_they_are_mapped(void **state)
{
	struct fixture *f = *state;
	struct mmsim_file *file;

	assert_int_equal(mmsim_file_create(f->w, f->page, 0, &file), 0);
	map_file(f, BASE, 1, SHARED, file);
	put_byte(f->mm, BASE, 1);
	mmsim_file_put(file);
	check_world_valid(f->w);
	assert_int_equal(get_byte(f->mm, BASE), 1);
	assert_int_equal(mmsim_munmap(f->mm, BASE, f->page), 0);
	check_world_valid(f->w);
}

int main(void)
{
	static const struct fixture_test tests[] = {
		TEST(processes_have_numbers),
		TEST(mmap_refuses),
		TEST(mmap_places),
		TEST(files_do_not_grow_down),
		TEST(mmap_mistakes),
		TEST(fixed_replaces_and_noreplace_does_not),
		TEST(mappings_without_an_address_go_down),
		TEST(munmap_arguments),
		TEST(munmap_of_holes),
		TEST(tables_go_with_their_mappings),
		TEST(mprotect_arguments),
		TEST(mprotect_odd_bits),
		TEST(mprotect_over_a_hole_changes_what_lies_before),
		TEST(mprotect_splits_and_merges),
		TEST(mprotect_growsdown_reaches_the_start),
		TEST(mremap_refuses),
		TEST(mremap_to_no_size),
		TEST(mremap_from_no_size),
		TEST(mremap_shrinks_a_hole),
		TEST(mremap_hint),
		TEST(mremap_in_place),
		TEST(mremap_of_a_part),
		TEST(mremap_over_several_mappings),
		TEST(madvise_arguments),
		TEST(madvise_over_a_hole),
		TEST(advice_for_the_wrong_memory),
		TEST(advice_comes_with_a_release),
		TEST(populate),
		TEST(map_populate_brings_everything_in),
		TEST(heap),
		TEST(locked_memory),
		TEST(userfault_is_resolved_by_the_caller),
		TEST(userfault_events_reach_child_and_target),
		TEST(userfaultfd_refuses_what_the_kernel_does),
		TEST(a_broken_page_is_out_of_use),
		TEST(a_dirty_page_that_breaks_leaves_a_signal),
		TEST(a_signal_names_the_first_mapping),
		TEST(what_cannot_be_broken_says_so),
		TEST(files_of_hugetlb),
		TEST(file_arguments),
		TEST(advice_of_fork),
		TEST(fork_unlocks),
		TEST(what_fork_left_apart_stays_so),
		TEST(what_mremap_left_apart_stays_so),
		TEST(a_stack_grows_up_to_its_neighbour),
		TEST(files_live_while_they_are_mapped),
	};

	return run_in_all_worlds("process", tests, ARRAY_SIZE(tests));
}
