/* SPDX-License-Identifier: MIT */
/*
 * The VMA tree, each function alone and at random against a sorted array.
 */
#include "vma/vma_tree.h"

#include "vma/vma.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NONE	 (~(vaddr_t)0)
#define MAX_VMAS 20000

struct fixture {
	struct host host;
	struct vma_tree tree;
	struct vm_area_struct *pool;
	u64 seed;
	/* The model: what is in the tree, sorted. */
	struct vm_area_struct *vma[MAX_VMAS];
	size_t nr;
};

static u32 next_random(struct fixture *f)
{
	f->seed = f->seed * 6364136223846793005u + 1442695040888963407u;
	return (u32)(f->seed >> 33);
}

static void print_broken(const char *line, void *user)
{
	(void)user;
	print_error("%s\n", line);
}

static void assert_sound(const struct vma_tree *tree)
{
	assert_int_equal(vma_tree_check(tree, print_broken, NULL), 0);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (!f)
		return -1;
	f->pool = calloc(MAX_VMAS, sizeof(*f->pool));
	f->seed = 1;
	vma_tree_init(&f->tree, &f->host);
	*state = f;
	return f->pool ? 0 : -1;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	size_t leaked;

	vma_tree_destroy(&f->tree);
	leaked = f->host.live;
	free(f->pool);
	free(f);
	return leaked ? -1 : 0;
}

static void set(struct vm_area_struct *vma, vaddr_t start, vaddr_t end)
{
	vma->vm_start = start;
	vma->vm_end = end;
}

/* Add VMA @i of the pool. */
static struct vm_area_struct *add(struct fixture *f, size_t i, vaddr_t start,
				  vaddr_t end)
{
	set(&f->pool[i], start, end);
	assert_int_equal(vma_tree_insert(&f->tree, &f->pool[i]), 0);
	return &f->pool[i];
}

/* VMA i at [i * 100 + 10, i * 100 + 60), in an order without order. */
static void add_spaced(struct fixture *f, size_t nr)
{
	size_t i, at;

	for (i = 0; i < nr; i++) {
		at = i * 7919 % nr;
		add(f, at, at * 100 + 10, at * 100 + 60);
	}
	assert_int_equal(f->tree.count, nr);
	assert_sound(&f->tree);
}

/* ---- one function at a time ---- */

static void empty_tree_has_nothing(void **state)
{
	struct fixture *f = *state;

	assert_null(vma_tree_find(&f->tree, 0));
	assert_null(vma_tree_find_below(&f->tree, NONE));
	assert_int_equal(vma_tree_gap_down(&f->tree, 16, 8, 100, 200), 184);
	assert_int_equal(vma_tree_gap_up(&f->tree, 16, 8, 100, 200), 104);
	assert_sound(&f->tree);
	assert_int_equal(f->host.live, 0);
}

static void find_gives_the_first_that_ends_above(void **state)
{
	struct fixture *f = *state;
	size_t i;

	/* 1009 is a prime: add_spaced() visits every index. */
	add_spaced(f, 1009);
	for (i = 0; i < 1009; i++) {
		assert_ptr_equal(vma_tree_find(&f->tree, i * 100 + 10),
				 &f->pool[i]);
		assert_ptr_equal(vma_tree_find(&f->tree, i * 100 + 59),
				 &f->pool[i]);
		assert_ptr_equal(vma_tree_find(&f->tree, i * 100 + 60),
				 i < 1008 ? &f->pool[i + 1] : NULL);
	}
	assert_ptr_equal(vma_tree_find(&f->tree, 0), &f->pool[0]);
	assert_null(vma_tree_find(&f->tree, NONE));
}

static void find_below_gives_the_last_that_starts_below(void **state)
{
	struct fixture *f = *state;
	size_t i;

	add_spaced(f, 1009);
	for (i = 0; i < 1009; i++) {
		assert_ptr_equal(vma_tree_find_below(&f->tree, i * 100 + 11),
				 &f->pool[i]);
		assert_ptr_equal(vma_tree_find_below(&f->tree, i * 100 + 10),
				 i ? &f->pool[i - 1] : NULL);
	}
	assert_null(vma_tree_find_below(&f->tree, 0));
	assert_ptr_equal(vma_tree_find_below(&f->tree, NONE), &f->pool[1008]);
}

static void next_and_prev_visit_all_in_order(void **state)
{
	struct fixture *f = *state;
	const struct vm_area_struct *vma = &f->pool[0];
	size_t i;

	add_spaced(f, 1009);
	for (i = 1; i < 1009; i++) {
		vma = vma_tree_next(&f->tree, vma);
		assert_ptr_equal(vma, &f->pool[i]);
		assert_ptr_equal(vma_tree_prev(&f->tree, vma), &f->pool[i - 1]);
	}
	assert_null(vma_tree_next(&f->tree, vma));
	assert_null(vma_tree_prev(&f->tree, &f->pool[0]));
}

static void touching_neighbours_are_told_apart(void **state)
{
	struct fixture *f = *state;
	size_t i;

	for (i = 0; i < 500; i++)
		add(f, i, i * 16, i * 16 + 16);
	assert_sound(&f->tree);
	for (i = 1; i < 499; i++) {
		assert_ptr_equal(vma_tree_next(&f->tree, &f->pool[i]),
				 &f->pool[i + 1]);
		assert_ptr_equal(vma_tree_prev(&f->tree, &f->pool[i]),
				 &f->pool[i - 1]);
	}
	assert_int_equal(vma_tree_gap_down(&f->tree, 1, 1, 0, 500 * 16), NONE);
	assert_int_equal(vma_tree_gap_up(&f->tree, 1, 1, 0, 500 * 16), NONE);
}

static void erase_leaves_the_others(void **state)
{
	struct fixture *f = *state;
	size_t i;

	add_spaced(f, 1009);
	for (i = 0; i < 1009; i += 2) {
		vma_tree_erase(&f->tree, &f->pool[i]);
		assert_sound(&f->tree);
	}
	for (i = 1; i < 1007; i += 2)
		assert_ptr_equal(vma_tree_next(&f->tree, &f->pool[i]),
				 &f->pool[i + 2]);
	for (i = 1007; i < 1009; i -= 2) {
		vma_tree_erase(&f->tree, &f->pool[i]);
		assert_sound(&f->tree);
	}
	assert_int_equal(f->tree.count, 0);
	assert_int_equal(f->tree.height, 0);
	assert_null(f->tree.root);
}

static void resize_moves_both_ends(void **state)
{
	struct fixture *f = *state;
	size_t i;

	add_spaced(f, 1009);
	for (i = 0; i < 1009; i++) {
		vma_tree_resize(&f->tree, &f->pool[i], i * 100 + 50,
				i * 100 + 100);
		assert_sound(&f->tree);
		assert_int_equal(f->pool[i].vm_start, i * 100 + 50);
		assert_int_equal(f->pool[i].vm_end, i * 100 + 100);
	}
	assert_ptr_equal(vma_tree_find(&f->tree, 399), &f->pool[3]);
	assert_int_equal(vma_tree_gap_down(&f->tree, 51, 1, 50, 100900), NONE);
	assert_int_equal(vma_tree_gap_down(&f->tree, 50, 1, 0, 100900), 100800);
}

static void gap_down_is_the_highest_that_fits(void **state)
{
	struct fixture *f = *state;

	add(f, 0, 1000, 2000);
	add(f, 1, 2100, 3000);
	add(f, 2, 3500, 4000);
	assert_int_equal(vma_tree_gap_down(&f->tree, 100, 1, 0, 5000), 4900);
	assert_int_equal(vma_tree_gap_down(&f->tree, 100, 1, 0, 4050), 3400);
	assert_int_equal(vma_tree_gap_down(&f->tree, 500, 1, 0, 4050), 3000);
	assert_int_equal(vma_tree_gap_down(&f->tree, 501, 1, 0, 4050), 499);
	assert_int_equal(vma_tree_gap_down(&f->tree, 1001, 1, 0, 4050), NONE);
	/* The limits cut gaps. */
	assert_int_equal(vma_tree_gap_down(&f->tree, 100, 1, 0, 3250), 3150);
	assert_int_equal(vma_tree_gap_down(&f->tree, 100, 1, 0, 3099), 2000);
	assert_int_equal(vma_tree_gap_down(&f->tree, 100, 1, 2001, 3099), NONE);
	assert_int_equal(vma_tree_gap_down(&f->tree, 100, 1, 950, 2050), NONE);
	assert_int_equal(vma_tree_gap_down(&f->tree, 4096, 1, 0, 4095), NONE);
	/* Aligned starts. */
	assert_int_equal(vma_tree_gap_down(&f->tree, 100, 256, 0, 4050), 3328);
	assert_int_equal(vma_tree_gap_down(&f->tree, 100, 1024, 0, 4050), 3072);
	assert_int_equal(vma_tree_gap_down(&f->tree, 100, 2048, 0, 4050), 0);
}

static void gap_up_is_the_lowest_that_fits(void **state)
{
	struct fixture *f = *state;

	add(f, 0, 1000, 2000);
	add(f, 1, 2100, 3000);
	add(f, 2, 3500, 4000);
	assert_int_equal(vma_tree_gap_up(&f->tree, 100, 1, 0, 5000), 0);
	assert_int_equal(vma_tree_gap_up(&f->tree, 100, 1, 901, 5000), 2000);
	assert_int_equal(vma_tree_gap_up(&f->tree, 101, 1, 901, 5000), 3000);
	assert_int_equal(vma_tree_gap_up(&f->tree, 100, 1, 3050, 5000), 3050);
	assert_int_equal(vma_tree_gap_up(&f->tree, 501, 1, 901, 5000), 4000);
	assert_int_equal(vma_tree_gap_up(&f->tree, 1001, 1, 901, 5000), NONE);
	assert_int_equal(vma_tree_gap_up(&f->tree, 100, 256, 901, 5000), 3072);
	assert_int_equal(vma_tree_gap_up(&f->tree, 100, 4096, 901, 5000), 4096);
	assert_int_equal(vma_tree_gap_up(&f->tree, 64, 1, 2040, 2099), NONE);
	assert_int_equal(vma_tree_gap_up(&f->tree, 2, (u64)1 << 63, 1, NONE),
			 (u64)1 << 63);
	assert_int_equal(vma_tree_gap_up(&f->tree, 1, (u64)1 << 63,
					 ((u64)1 << 63) + 1, NONE),
			 NONE);
}

static void addresses_reach_to_the_top(void **state)
{
	struct fixture *f = *state;
	struct vm_area_struct *vma = add(f, 0, NONE - 4095, NONE);

	assert_ptr_equal(vma_tree_find(&f->tree, NONE - 1), vma);
	assert_null(vma_tree_find(&f->tree, NONE));
	assert_ptr_equal(vma_tree_find_below(&f->tree, NONE), vma);
	assert_int_equal(vma_tree_gap_down(&f->tree, 4096, 1, 0, NONE),
			 NONE - 8191);
	assert_sound(&f->tree);
}

/* ---- memory ---- */

static double bytes_per_vma(const struct fixture *f)
{
	return (double)f->host.bytes / (double)f->tree.count;
}

static void memory_is_small(void **state)
{
	struct fixture *f = *state;
	size_t i;

	for (i = 0; i < 10000; i++)
		add(f, i, i * 100, i * 100 + 50);
	assert_true(bytes_per_vma(f) <= 48);
	vma_tree_destroy(&f->tree);
	/* Below each other, and above a VMA that stays the lowest. */
	add(f, 0, 0, 50);
	for (i = 1; i < 10000; i++)
		add(f, i, (MAX_VMAS - i) * 100, (MAX_VMAS - i) * 100 + 50);
	assert_true(bytes_per_vma(f) <= 48);
	vma_tree_destroy(&f->tree);
	assert_int_equal(f->host.bytes, 0);
	add_spaced(f, 10007);
	assert_true(bytes_per_vma(f) <= 48);
}

static void erasing_gives_memory_back(void **state)
{
	struct fixture *f = *state;
	size_t i;

	add_spaced(f, 10007);
	for (i = 0; i < 10007; i++)
		vma_tree_erase(&f->tree, &f->pool[i]);
	assert_true(f->host.bytes < 70000);
}

/*
 * Appending leaves three quarters of each leaf in use, 24 slots of 32; another
 * eight in each make them full, so that every insertion splits one.
 */
static void fill_leaves(struct fixture *f, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++)
		add(f, i, i * 1000 + 10, i * 1000 + 20);
	for (i = 0; i < size; i++)
		if (i % 24 < 8)
			add(f, 5000 + i, i * 1000 + 500, i * 1000 + 510);
}

/* The place of the i-th of @nr insertions: all over, or all at one. */
static size_t spread(size_t i, size_t nr, bool together)
{
	return together ? i : i * (1009 / nr);
}

static void reserved_insertions_do_not_allocate(void **state)
{
	struct fixture *f = *state;
	size_t size, nr, i, at, round;

	for (round = 0; round < 1600; round++) {
		size = round / 16 * 21 % 2003;
		nr = round % 16 < 8 ? round % 8 + 1 : round % 8 * 9 + 10;
		fill_leaves(f, size);
		assert_int_equal(vma_tree_reserve(&f->tree, (unsigned)nr), 0);
		f->host.fail_in = 1;
		for (i = 0; i < nr; i++) {
			at = spread(i, nr, round & 1) * 1000 +
			     (round & 1 ? 100 + i : 100);
			add(f, MAX_VMAS - 1 - i, at, at + 1);
		}
		assert_false(f->host.failed);
		f->host.fail_in = 0;
		assert_sound(&f->tree);
		vma_tree_destroy(&f->tree);
		assert_int_equal(f->host.live, 0);
	}
}

/* Build and take down with one failure on the way; true if there was none. */
static bool run_sequence(struct fixture *f, u64 fail_in)
{
	size_t i, at;
	int rc;

	f->host.failed = false;
	f->host.fail_in = fail_in;
	for (i = 0; i < 997; i++) {
		at = i * 101 % 997;
		set(&f->pool[at], at * 10, at * 10 + 5);
		rc = i % 5 ? 0 : vma_tree_reserve(&f->tree, 3);
		if (!rc)
			rc = vma_tree_insert(&f->tree, &f->pool[at]);
		if (!rc)
			continue;
		assert_int_equal(rc, -ENOMEM);
		assert_true(f->host.failed);
		assert_int_equal(f->tree.count, i);
		assert_sound(&f->tree);
		assert_int_equal(vma_tree_insert(&f->tree, &f->pool[at]), 0);
	}
	assert_sound(&f->tree);
	for (i = 0; i < 900; i++)
		vma_tree_erase(&f->tree, &f->pool[i]);
	assert_sound(&f->tree);
	vma_tree_destroy(&f->tree);
	assert_int_equal(f->host.live, 0);
	assert_int_equal(f->host.bytes, 0);
	return !f->host.failed;
}

static void every_host_failure_is_survived(void **state)
{
	struct fixture *f = *state;
	u64 n = 1;

	while (!run_sequence(f, n))
		n++;
	assert_true(n > 40);
}

static int broken(const struct fixture *f)
{
	return vma_tree_check(&f->tree, print_broken, NULL);
}

static void quiet(const char *line, void *user)
{
	assert_true(strlen(line) > 0);
	++*(int *)user;
}

static void check_finds_what_is_broken(void **state)
{
	struct fixture *f = *state;
	int lines = 0, nr;

	add_spaced(f, 1009);
	f->pool[3].vm_end++;
	nr = vma_tree_check(&f->tree, quiet, &lines);
	assert_int_equal(nr, 1);
	assert_int_equal(lines, nr);
	f->pool[3].vm_end--;
	f->tree.count--;
	assert_true(vma_tree_check(&f->tree, quiet, &lines) > 0);
	f->tree.count++;
	f->tree.nr_spare++;
	assert_true(vma_tree_check(&f->tree, quiet, &lines) > 0);
	f->tree.nr_spare--;
	f->tree.height++;
	assert_true(vma_tree_check(&f->tree, quiet, &lines) > 0);
	f->tree.height--;
	assert_int_equal(broken(f), 0);
	/* Over its neighbour: only the caller can do that. */
	vma_tree_resize(&f->tree, &f->pool[3], 310, 411);
	assert_true(vma_tree_check(&f->tree, quiet, &lines) > 0);
	vma_tree_resize(&f->tree, &f->pool[3], 310, 360);
}

/* ---- at random ---- */

/* The model's index of the first VMA that ends above @addr. */
static size_t model_find(const struct fixture *f, vaddr_t addr)
{
	size_t low = 0, high = f->nr, mid;

	while (low < high) {
		mid = (low + high) / 2;
		if (f->vma[mid]->vm_end > addr)
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

static vaddr_t fit_down(vaddr_t start, vaddr_t end, u64 len, u64 align)
{
	vaddr_t place;

	if (end < start || end - start < len)
		return NONE;
	place = (end - len) / align * align;
	return place >= start ? place : NONE;
}

static vaddr_t fit_up(vaddr_t start, vaddr_t end, u64 len, u64 align)
{
	vaddr_t place = (start + align - 1) / align * align;

	return place + len <= end ? place : NONE;
}

/* Gap @i lies below VMA i, the last above all. */
static vaddr_t model_gap(const struct fixture *f, size_t i, bool down, u64 len,
			 u64 align, vaddr_t low, vaddr_t high)
{
	vaddr_t start = i ? f->vma[i - 1]->vm_end : low;
	vaddr_t end = i < f->nr ? f->vma[i]->vm_start : high;

	if (start < low)
		start = low;
	if (end > high)
		end = high;
	return down ? fit_down(start, end, len, align)
		    : fit_up(start, end, len, align);
}

static void compare_gaps(struct fixture *f, u64 space)
{
	u64 len = 1 + next_random(f) % 300, align = 1u << next_random(f) % 9;
	vaddr_t low = next_random(f) % space, high = next_random(f) % space;
	vaddr_t down = NONE, up = NONE;
	size_t i;

	if (next_random(f) % 2) {
		low = 0;
		high = space;
	}
	for (i = f->nr + 1; i-- > 0 && down == NONE;)
		down = model_gap(f, i, true, len, align, low, high);
	for (i = 0; i <= f->nr && up == NONE; i++)
		up = model_gap(f, i, false, len, align, low, high);
	assert_int_equal(vma_tree_gap_down(&f->tree, len, align, low, high),
			 down);
	assert_int_equal(vma_tree_gap_up(&f->tree, len, align, low, high), up);
}

static void compare_lookups(struct fixture *f, u64 space)
{
	vaddr_t addr = next_random(f) % space;
	size_t i = model_find(f, addr), below;

	assert_ptr_equal(vma_tree_find(&f->tree, addr),
			 i < f->nr ? f->vma[i] : NULL);
	below = i + (i < f->nr && f->vma[i]->vm_start < addr);
	assert_ptr_equal(vma_tree_find_below(&f->tree, addr),
			 below ? f->vma[below - 1] : NULL);
	if (i == f->nr)
		return;
	assert_ptr_equal(vma_tree_next(&f->tree, f->vma[i]),
			 i + 1 < f->nr ? f->vma[i + 1] : NULL);
	assert_ptr_equal(vma_tree_prev(&f->tree, f->vma[i]),
			 i ? f->vma[i - 1] : NULL);
}

static void random_insert(struct fixture *f, u64 space)
{
	vaddr_t start = next_random(f) % space;
	size_t i = model_find(f, start);
	vaddr_t limit = i < f->nr ? f->vma[i]->vm_start : space;
	struct vm_area_struct *vma;

	if (limit <= start || f->nr == MAX_VMAS)
		return;
	vma = calloc(1, sizeof(*vma));
	assert_non_null(vma);
	set(vma, start, start + 1 + next_random(f) % (limit - start));
	if (vma->vm_end > start + 200)
		vma->vm_end = start + 200;
	assert_int_equal(vma_tree_insert(&f->tree, vma), 0);
	memmove(&f->vma[i + 1], &f->vma[i], (f->nr - i) * sizeof(vma));
	f->vma[i] = vma;
	f->nr++;
}

static void random_erase(struct fixture *f)
{
	size_t i;

	if (!f->nr)
		return;
	i = next_random(f) % f->nr;
	vma_tree_erase(&f->tree, f->vma[i]);
	free(f->vma[i]);
	f->nr--;
	memmove(&f->vma[i], &f->vma[i + 1], (f->nr - i) * sizeof(f->vma[0]));
}

static void random_resize(struct fixture *f, u64 space)
{
	vaddr_t low, high, start;
	size_t i;

	if (!f->nr)
		return;
	i = next_random(f) % f->nr;
	low = i ? f->vma[i - 1]->vm_end : 0;
	high = i + 1 < f->nr ? f->vma[i + 1]->vm_start : space;
	start = low + next_random(f) % (high - low);
	vma_tree_resize(&f->tree, f->vma[i], start,
			start + 1 + next_random(f) % (high - start));
}

static void random_split(struct fixture *f)
{
	struct vm_area_struct *vma, *upper;
	size_t i;

	if (!f->nr || f->nr == MAX_VMAS)
		return;
	i = next_random(f) % f->nr;
	vma = f->vma[i];
	if (vma->vm_end - vma->vm_start < 2)
		return;
	upper = calloc(1, sizeof(*upper));
	assert_non_null(upper);
	set(upper,
	    vma->vm_start + 1 +
		    next_random(f) % (vma->vm_end - vma->vm_start - 1),
	    vma->vm_end);
	assert_int_equal(vma_tree_reserve(&f->tree, 1), 0);
	vma_tree_split(&f->tree, vma, upper);
	assert_int_equal(vma->vm_end, upper->vm_start);
	memmove(&f->vma[i + 2], &f->vma[i + 1], (f->nr - i - 1) * sizeof(vma));
	f->vma[i + 1] = upper;
	f->nr++;
}

/* One of a few neighbours takes the place of all, with the gaps between. */
static void random_absorb(struct fixture *f)
{
	size_t i, nr, k, who;
	vaddr_t start, end;

	if (!f->nr)
		return;
	i = next_random(f) % f->nr;
	nr = 1 + next_random(f) % 4;
	if (nr > f->nr - i)
		nr = f->nr - i;
	who = i + next_random(f) % nr;
	start = f->vma[i]->vm_start;
	end = f->vma[i + nr - 1]->vm_end;
	vma_tree_absorb(&f->tree, f->vma[who], start, end);
	assert_int_equal(f->vma[who]->vm_start, start);
	assert_int_equal(f->vma[who]->vm_end, end);
	for (k = i; k < i + nr; k++)
		if (k != who)
			free(f->vma[k]);
	f->vma[i] = f->vma[who];
	f->nr -= nr - 1;
	memmove(&f->vma[i + 1], &f->vma[i + nr],
		(f->nr - i - 1) * sizeof(f->vma[0]));
}

static void random_run(struct fixture *f, u64 space, unsigned steps)
{
	unsigned i, dice, grow;

	for (i = 0; i < steps; i++) {
		grow = i * 4 / steps % 2 ? 25 : 65;
		dice = next_random(f) % 100;
		if (dice < grow)
			random_insert(f, space);
		else if (dice < 80)
			random_erase(f);
		else if (dice < 87)
			random_resize(f, space);
		else if (dice < 97)
			random_split(f);
		else
			random_absorb(f);
		compare_lookups(f, space);
		if (i % 8 == 0)
			compare_gaps(f, space);
		if (i % 64 == 0)
			assert_sound(&f->tree);
	}
	while (f->nr)
		random_erase(f);
	assert_sound(&f->tree);
}

static void random_operations_follow_the_model(void **state)
{
	struct fixture *f = *state;

	random_run(f, 1u << 20, 60000);
	random_run(f, 1u << 30, 60000);
	/* So little space that most gaps are gone. */
	random_run(f, 3000, 20000);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(empty_tree_has_nothing),
		TEST(find_gives_the_first_that_ends_above),
		TEST(find_below_gives_the_last_that_starts_below),
		TEST(next_and_prev_visit_all_in_order),
		TEST(touching_neighbours_are_told_apart),
		TEST(erase_leaves_the_others),
		TEST(resize_moves_both_ends),
		TEST(gap_down_is_the_highest_that_fits),
		TEST(gap_up_is_the_lowest_that_fits),
		TEST(addresses_reach_to_the_top),
		TEST(memory_is_small),
		TEST(erasing_gives_memory_back),
		TEST(reserved_insertions_do_not_allocate),
		TEST(every_host_failure_is_survived),
		TEST(check_finds_what_is_broken),
		TEST(random_operations_follow_the_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
