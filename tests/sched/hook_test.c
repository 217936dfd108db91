/* SPDX-License-Identifier: MIT */
/*
 * What a hook on steps is told, what it may call, and what becomes of a call
 * whose lock never comes free.
 */
#include "arena.h"

#include <errno.h>
#include <string.h>

#define ANY_KIND 32

struct hook {
	struct arena arena;
	unsigned seen[ANY_KIND];
	unsigned nr;
	int on_step, same_cpu, other_cpu; /* results of calls from inside */
	bool nested;
	/* What to do at the first step of a kind. */
	enum mmsim_step_kind when;
	void (*act)(struct hook *h);
};

static int set_up(void **state)
{
	static struct hook h;

	memset(&h, 0, sizeof(h));
	if (!arena_open(&h.arena, "--arch x86_64 --kernel 7.2"))
		return -1;
	map_pages(&h.arena, 2, RW, MMSIM_MAP_PRIVATE);
	*state = &h;
	return 0;
}

static int tear_down(void **state)
{
	struct hook *h = *state;

	arena_close(&h->arena);
	return 0;
}

static void on_step(const struct mmsim_step *step, void *user)
{
	struct hook *h = user;

	assert_int_equal(step->size, sizeof(*step));
	assert_true(step->kind < ANY_KIND);
	if (h->nested)
		return;
	h->seen[step->kind]++;
	h->nr++;
	if (!h->act || step->kind != h->when || h->seen[step->kind] > 1)
		return;
	h->nested = true;
	h->act(h);
	h->nested = false;
}

static void listen(struct hook *h)
{
	assert_int_equal(mmsim_on_step(h->arena.w, on_step, h), 0);
}

static int write_on(struct hook *h, unsigned cpu, unsigned page)
{
	struct mmsim_fault fault = MMSIM_FAULT_INIT;
	char byte = 0x77;

	return mmsim_access(h->arena.mm, cpu, at(&h->arena, page), 1,
			    MMSIM_WRITE, &byte, &fault);
}

static void a_fault_is_told_step_by_step(void **state)
{
	struct hook *h = *state;

	fill_page(&h->arena, 0, 0x11);
	listen(h);
	assert_int_equal(write_on(h, 0, 1), 0);
	assert_int_equal(h->seen[MMSIM_STEP_ACCESS], 2);
	assert_int_equal(h->seen[MMSIM_STEP_LOCK_MMAP], 1);
	assert_int_equal(h->seen[MMSIM_STEP_ALLOC], 1);
	assert_int_equal(h->seen[MMSIM_STEP_LOCK_PTES], 1);
	assert_int_equal(h->seen[MMSIM_STEP_PTE], 1);
	assert_int_equal(h->seen[MMSIM_STEP_UNLOCK], 2);
	assert_int_equal(h->nr, 8);
	assert_int_equal(mmsim_on_step(h->arena.w, NULL, NULL), 0);
	assert_int_equal(write_on(h, 0, 0), 0);
	assert_int_equal(h->nr, 8);
}

static void a_flush_is_issued_and_done(void **state)
{
	struct hook *h = *state;

	fill_page(&h->arena, 0, 0x11);
	listen(h);
	assert_int_equal(mmsim_mprotect(h->arena.mm, BASE, h->arena.page, RO),
			 0);
	assert_int_equal(h->seen[MMSIM_STEP_FLUSH], 1);
	assert_int_equal(h->seen[MMSIM_STEP_FLUSH_DONE], 1);
	/* ptep_modify_prot_start and _commit. */
	assert_int_equal(h->seen[MMSIM_STEP_PTE], 2);
}

static void call_from_inside(struct hook *h)
{
	h->on_step = mmsim_on_step(h->arena.w, NULL, NULL);
	h->same_cpu = write_on(h, 0, 1);
	h->other_cpu = write_on(h, 1, 1);
	/* It is in use: nothing happens. */
	mmsim_mm_exit(h->arena.mm);
}

static void a_hook_may_call_on_another_cpu_only(void **state)
{
	struct hook *h = *state;

	h->when = MMSIM_STEP_ALLOC;
	h->act = call_from_inside;
	listen(h);
	assert_int_equal(write_on(h, 0, 0), 0);
	assert_int_equal(h->on_step, -EBUSY);
	assert_int_equal(h->same_cpu, -EBUSY);
	assert_int_equal(h->other_cpu, 0);
	assert_int_equal(mmsim_on_step(h->arena.w, NULL, NULL), 0);
	assert_int_equal(mmsim_check(h->arena.w, NULL, NULL), 0);
	assert_int_equal(mmsim_page_peek(h->arena.mm, at(&h->arena, 0)), 0x77);
	assert_int_equal(mmsim_page_peek(h->arena.mm, at(&h->arena, 1)), 0x77);
}

/* The kernel would stop here; the hook lets nobody else go on. */
static void wait_for_ever(struct hook *h)
{
	assert_int_equal(mmsim_run_on(h->arena.w, 1), 0);
	h->other_cpu = mmsim_munmap(h->arena.mm, BASE, h->arena.page);
}

static void a_lock_that_never_comes_free_ends_the_world(void **state)
{
	struct hook *h = *state;

	h->when = MMSIM_STEP_ALLOC;
	h->act = wait_for_ever;
	listen(h);
	assert_int_equal(write_on(h, 0, 0), -ENOTRECOVERABLE);
	assert_int_equal(h->other_cpu, -ENOTRECOVERABLE);
	assert_non_null(strstr(mmsim_last_error(h->arena.w), "lock"));
	assert_int_equal(write_on(h, 0, 1), -ENOTRECOVERABLE);
}

static void wrong_arguments_are_refused(void **state)
{
	struct hook *h = *state;

	assert_int_equal(mmsim_on_step(NULL, on_step, h), -EINVAL);
	assert_int_equal(mmsim_run_on(NULL, 0), -EINVAL);
	assert_int_equal(mmsim_run_on(h->arena.w, NR_CPUS), -EINVAL);
	assert_string_equal(mmsim_step_name(MMSIM_STEP_ACCESS), "access");
	assert_string_equal(mmsim_step_name((enum mmsim_step_kind)ANY_KIND),
			    "?");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_fault_is_told_step_by_step),
		TEST(a_flush_is_issued_and_done),
		TEST(a_hook_may_call_on_another_cpu_only),
		TEST(a_lock_that_never_comes_free_ends_the_world),
		TEST(wrong_arguments_are_refused),
	};

	return cmocka_run_group_tests_name("hook", tests, NULL, NULL);
}
