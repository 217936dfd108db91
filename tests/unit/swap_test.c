/* SPDX-License-Identifier: MIT */
/*
 * Where swap meets its limits: counts that do not fit, with memory and without;
 * a device that is full; a pin on the way out.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/backend.h"
#include "mm/lru.h"
#include "mm/pin.h"
#include "phys/folio.h"
#include "support/map.h"
#include "support/test.h"
#include "swap/device.h"

#include <mmsim/mmsim.h>
#include <mmsim/sys/fail.h>
#include <mmsim/sys/sched.h>

#define BASE  ((vaddr_t)1 << 40)
#define PAGE  4096
#define MORE  260 /* processes; more than a byte counts */
#define PAGES 4096

static const uint32_t kernels[] = { MMSIM_KERNEL(5, 10), MMSIM_KERNEL(6, 12),
				    MMSIM_KERNEL(7, 2) };

struct swap_world {
	struct mmsim *w;
	struct mmsim_mm *mm, *child[MORE];
	unsigned nr;
	pfn_t *stolen;
	size_t nr_stolen;
	u32 max; /* what a slot's own count reaches */
};

static void touch(struct mmsim_mm *mm, enum mmsim_access kind, u8 *byte)
{
	struct mmsim_fault fault = MMSIM_FAULT_INIT;

	assert_int_equal(mmsim_access(mm, 0, BASE, 1, kind, byte, &fault), 0);
	assert_int_equal(fault.kind, MMSIM_FAULT_NONE);
}

/* One page of one process, written. */
static void begin(struct swap_world *s, uint32_t kernel)
{
	struct mmsim_config config = MMSIM_CONFIG_INIT;
	u8 byte = 7;

	*s = (struct swap_world){ .max = kernel >= MMSIM_KERNEL(7, 0) ? 14
								      : 0x3e };
	config.kernel = kernel;
	config.node_memory = PAGES * PAGE;
	assert_int_equal(mmsim_create(&config, &s->w), 0);
	s->stolen = calloc(PAGES, sizeof(*s->stolen));
	assert_non_null(s->stolen);
	assert_int_equal(mmsim_swapon(s->w, MMSIM_SWAP_ZRAM, 64 * PAGE, 0), 0);
	assert_int_equal(mmsim_mm_create(s->w, &s->mm), 0);
	map_anon_at(s->mm, BASE, PAGE);
	touch(s->mm, MMSIM_WRITE, &byte);
}

static void end(struct swap_world *s)
{
	mmsim_destroy(s->w);
	free(s->stolen);
}

static void check(struct swap_world *s)
{
	assert_int_equal(mmsim_check(s->w, NULL, NULL), 0);
}

static int fork_one(struct swap_world *s)
{
	int rc = mmsim_fork(s->mm, &s->child[s->nr]);

	s->nr += !rc;
	return rc;
}

static void fork_until(struct swap_world *s, unsigned nr)
{
	while (s->nr < nr)
		assert_int_equal(fork_one(s), 0);
}

static u64 used_pages(const struct swap_world *s)
{
	return s->w->phys.node[0].nr_alloc;
}

/* Leave so many pages. */
static void steal(struct swap_world *s, u64 but)
{
	while (s->w->phys.node[0].nr_free > but) {
		s->stolen[s->nr_stolen] = phys_alloc(&s->w->phys, 0, 0);
		if (s->stolen[s->nr_stolen] == PFN_NONE)
			return;
		s->nr_stolen++;
	}
}

static void give_back(struct swap_world *s)
{
	while (s->nr_stolen)
		world_put_folio(s->w, s->stolen[--s->nr_stolen], 1);
}

static void pageout(struct swap_world *s)
{
	assert_int_equal(mmsim_madvise(s->mm, BASE, PAGE, MMSIM_MADV_PAGEOUT),
			 0);
}

static struct swap_ref the_slot(const struct swap_world *s)
{
	struct mmsim_entry e = { .size = sizeof(e) };

	assert_int_equal(mmsim_entry_get(s->mm, BASE, &e), 0);
	assert_true(e.flags & MMSIM_E_SWAP);
	return (struct swap_ref){ 0, e.pfn };
}

/* How many processes have the page. */
static unsigned mapped_by(const struct swap_world *s)
{
	struct mmsim_entry e = { .size = sizeof(e) };
	unsigned nr = 0, i;

	for (i = 0; i <= s->nr; i++) {
		assert_int_equal(
			mmsim_entry_get(i < s->nr ? s->child[i] : s->mm, BASE,
					&e),
			0);
		nr += e.flags & MMSIM_E_PRESENT ? 1 : 0;
	}
	return nr;
}

static void everybody_reads_it(struct swap_world *s)
{
	u8 byte = 0;

	while (s->nr) {
		touch(s->child[--s->nr], MMSIM_READ, &byte);
		assert_int_equal(byte, 7);
		mmsim_mm_exit(s->child[s->nr]);
	}
	touch(s->mm, MMSIM_READ, &byte);
	assert_int_equal(byte, 7);
}

/* ---- counts with memory ---- */

static void check_page(uint32_t kernel)
{
	struct swap_world s;
	u64 before, one;

	begin(&s, kernel);
	pageout(&s);
	fork_until(&s, 1);
	before = used_pages(&s);
	fork_until(&s, 2);
	one = used_pages(&s) - before;
	fork_until(&s, s.max - 1);
	before = used_pages(&s);
	assert_int_equal(swap_count(s.w, the_slot(&s)), s.max);
	fork_until(&s, s.max);
	assert_int_equal(used_pages(&s) - before, one + 1);
	before = used_pages(&s);
	fork_until(&s, s.max + 1);
	assert_int_equal(used_pages(&s) - before, one);
	assert_int_equal(swap_count(s.w, the_slot(&s)), s.max + 2);
	check(&s);
	everybody_reads_it(&s);
	check(&s);
	before = used_pages(&s);
	assert_int_equal(mmsim_swapoff(s.w, 0), 0);
	assert_int_equal(used_pages(&s), before - 1);
	check(&s);
	end(&s);
}

static void a_count_that_does_not_fit_takes_a_page_once(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(kernels); i++)
		check_page(kernels[i]);
}

/* How a slot keeps its count is not to be seen. */
static void check_many(uint32_t kernel)
{
	struct swap_world s;
	u8 byte = 0;

	begin(&s, kernel);
	pageout(&s);
	while (s.nr < MORE) {
		assert_int_equal(fork_one(&s), 0);
		assert_int_equal(swap_count(s.w, the_slot(&s)), s.nr + 1);
	}
	check(&s);
	while (s.nr) {
		touch(s.child[--s.nr], MMSIM_READ, &byte);
		assert_int_equal(byte, 7);
		assert_int_equal(swap_count(s.w, the_slot(&s)), s.nr + 1);
		mmsim_mm_exit(s.child[s.nr]);
	}
	check(&s);
	end(&s);
}

static void a_count_goes_up_and_down_by_one(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(kernels); i++)
		check_many(kernels[i]);
}

/* ---- counts without ---- */

/* How many pages too few make fork fail, one by one. */
static u64 failing_forks(uint32_t kernel, bool full)
{
	struct swap_world s;
	u64 pages = 0;
	unsigned count;
	int rc;

	begin(&s, kernel);
	pageout(&s);
	fork_until(&s, s.max - 1 - !full);
	count = swap_count(s.w, the_slot(&s));
	for (;; pages++) {
		steal(&s, pages);
		rc = fork_one(&s);
		give_back(&s);
		check(&s);
		if (!rc)
			break;
		assert_int_equal(rc, -ENOMEM);
		assert_int_equal(swap_count(s.w, the_slot(&s)), count);
	}
	assert_int_equal(swap_count(s.w, the_slot(&s)), count + 1);
	everybody_reads_it(&s);
	check(&s);
	end(&s);
	return pages;
}

static void
fork_without_a_page_for_a_count_fails_and_loses_nothing(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(kernels); i++)
		assert_int_equal(failing_forks(kernels[i], true),
				 failing_forks(kernels[i], false) + 1);
}

/* Whether the first failure of an allocation that a fork survives is one that
 * it met. */
static bool survives_a_failure(uint32_t kernel, bool full)
{
	struct swap_world s;
	bool met, forked = false;
	u64 n;

	for (n = 1; !forked; n++) {
		begin(&s, kernel);
		pageout(&s);
		fork_until(&s, s.max - 1 - !full);
		mmsim_fail_sim(s.w, n);
		forked = !fork_one(&s);
		met = !s.w->phys.fail_in;
		mmsim_fail_sim(s.w, 0);
		check(&s);
		everybody_reads_it(&s);
		end(&s);
	}
	return met;
}

static void fork_tries_twice_for_a_count(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(kernels); i++) {
		assert_true(survives_a_failure(kernels[i], true));
		assert_false(survives_a_failure(kernels[i], false));
	}
}

/* Reclaim of what everybody maps, without memory for the last entry. */
static void check_unmap(uint32_t kernel)
{
	struct swap_world s;
	u64 freed, i;

	begin(&s, kernel);
	fork_until(&s, s.max);
	steal(&s, 0);
	for (i = 0; i < 4; i++)
		assert_int_equal(mmsim_reclaim(s.w, 1, &freed), -EAGAIN);
	assert_int_equal(mapped_by(&s), 1);
	give_back(&s);
	check(&s);
	for (i = 0; i < 4 && mapped_by(&s); i++)
		(void)mmsim_reclaim(s.w, 1, &freed);
	assert_int_equal(mapped_by(&s), 0);
	assert_int_equal(swap_count(s.w, the_slot(&s)), s.max + 1);
	check(&s);
	everybody_reads_it(&s);
	check(&s);
	end(&s);
}

static void an_entry_without_room_in_the_count_stays(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(kernels); i++)
		check_unmap(kernels[i]);
}

/* ---- a device that is full in the middle of a folio ---- */

#define FOLIO	 16
#define MTHP_64K "transparent_hugepage/hugepages-64kB/enabled"

static void fill(struct mmsim_mm *mm, u64 addr, u64 pages, u8 first)
{
	struct mmsim_fault fault = MMSIM_FAULT_INIT;
	u64 i;
	u8 byte;

	for (i = 0; i < pages; i++) {
		byte = (u8)(first + i);
		assert_int_equal(mmsim_access(mm, 0, addr + i * PAGE, 1,
					      MMSIM_WRITE, &byte, &fault),
				 0);
		assert_int_equal(fault.kind, MMSIM_FAULT_NONE);
	}
}

static void expect_filled(struct mmsim_mm *mm, u64 addr, u64 pages, u8 first)
{
	struct mmsim_fault fault = MMSIM_FAULT_INIT;
	u64 i;
	u8 byte;

	for (i = 0; i < pages; i++) {
		assert_int_equal(mmsim_access(mm, 0, addr + i * PAGE, 1,
					      MMSIM_READ, &byte, &fault),
				 0);
		assert_int_equal(byte, (u8)(first + i));
	}
}

static unsigned nr_swapped(struct mmsim_mm *mm, u64 addr, u64 pages)
{
	struct mmsim_entry e = { .size = sizeof(e) };
	unsigned nr = 0;
	u64 i;

	for (i = 0; i < pages; i++) {
		assert_int_equal(mmsim_entry_get(mm, addr + i * PAGE, &e), 0);
		nr += e.flags & MMSIM_E_SWAP ? 1 : 0;
	}
	return nr;
}

/* A folio of 16 pages, and room for fewer. */
static void check_full(uint32_t kernel, unsigned slots)
{
	struct mmsim_config config = MMSIM_CONFIG_INIT;
	struct swap_world s = { 0 };
	unsigned round;

	config.kernel = kernel;
	assert_int_equal(mmsim_create(&config, &s.w), 0);
	if (kernel >= MMSIM_KERNEL(6, 8))
		assert_int_equal(mmsim_set(s.w, MTHP_64K, "always"), 0);
	assert_int_equal(
		mmsim_swapon(s.w, MMSIM_SWAP_ZRAM, (slots + 1) * PAGE, 0), 0);
	assert_int_equal(mmsim_mm_create(s.w, &s.mm), 0);
	map_anon_at(s.mm, BASE, FOLIO * PAGE);
	for (round = 0; round < 4; round++) {
		fill(s.mm, BASE, FOLIO, (u8)(20 * round + 1));
		assert_int_equal(mmsim_madvise(s.mm, BASE, FOLIO * PAGE,
					       MMSIM_MADV_PAGEOUT),
				 0);
		check(&s);
		assert_int_equal(nr_swapped(s.mm, BASE, FOLIO),
				 min_u64(slots, FOLIO));
		expect_filled(s.mm, BASE, FOLIO, (u8)(20 * round + 1));
		check(&s);
		assert_int_equal(nr_swapped(s.mm, BASE, FOLIO), 0);
	}
	mmsim_destroy(s.w);
}

static void a_full_device_loses_nothing(void **state)
{
	unsigned slots;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(kernels); i++)
		for (slots = 1; slots <= FOLIO + 1; slots += 3)
			check_full(kernels[i], slots);
}

/* ---- a pin that appears between two steps ---- */

struct pinner {
	struct swap_world *s;
	u64 at_step, steps;
	struct page *pinned;
	pfn_t pfn;
};

/* As gup-fast does: only what is mapped. */
static void pin_at_step(const struct mmsim_step *step, void *user)
{
	struct mmsim_entry e = { .size = sizeof(e) };
	struct pinner *p = user;

	(void)step;
	if (p->steps++ != p->at_step || mmsim_entry_get(p->s->mm, BASE, &e) ||
	    !(e.flags & MMSIM_E_PRESENT))
		return;
	p->pfn = e.pfn;
	p->pinned = pfn_to_page(&p->s->w->phys, e.pfn);
	p->pinned->refcount += GUP_PIN_COUNTING_BIAS;
}

/* Whether there is such a step. */
static bool pin_during_pageout(uint32_t kernel, u64 at_step, unsigned *pinned)
{
	struct mmsim_entry e = { .size = sizeof(e) };
	struct swap_world s;
	struct pinner p = { .s = &s, .at_step = at_step };
	u8 byte = 0;

	begin(&s, kernel);
	assert_int_equal(mmsim_on_step(s.w, pin_at_step, &p), 0);
	pageout(&s);
	assert_int_equal(mmsim_on_step(s.w, NULL, NULL), 0);
	if (p.pinned) {
		++*pinned;
		assert_int_equal(mmsim_entry_get(s.mm, BASE, &e), 0);
		assert_true(e.flags & MMSIM_E_PRESENT);
		assert_int_equal(e.pfn, p.pfn);
		p.pinned->refcount -= GUP_PIN_COUNTING_BIAS;
	}
	check(&s);
	touch(s.mm, MMSIM_READ, &byte);
	assert_int_equal(byte, 7);
	check(&s);
	end(&s);
	return p.steps > at_step;
}

static void a_page_pinned_on_the_way_out_stays(void **state)
{
	static const uint32_t with_exclusive[] = { MMSIM_KERNEL(6, 1),
						   MMSIM_KERNEL(6, 12),
						   MMSIM_KERNEL(7, 2) };
	unsigned pinned;
	size_t i;
	u64 step;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(with_exclusive); i++) {
		pinned = 0;
		for (step = 0;
		     pin_during_pageout(with_exclusive[i], step, &pinned);
		     step++)
			;
		assert_true(pinned > 2);
	}
}

/* ---- which cluster comes next ---- */

#define CLUSTERS 4

/* A pair of slots of a cluster that is empty, given back at once. The cluster,
 * or 0: there was none. */
static u64 cluster_of_a_pair(struct mmsim *w)
{
	struct swap_ref at;

	if (!swap_alloc_slots(w, 1, &at))
		return 0;
	swap_free_slots(w, at, 2);
	return at.offset >> w->swap->dev[at.type].cluster_order;
}

/* Recorded on 6.1, 6.12 and 7.2: what another order has given back is not taken
 * again as long as other clusters are empty. */
static void an_empty_cluster_is_taken_last(void **state)
{
	struct mmsim_config config = MMSIM_CONFIG_INIT;
	struct swap_ref at;
	struct mmsim *w;
	u64 pair, n;
	unsigned i;

	(void)state;
	config.kernel = MMSIM_KERNEL(6, 12);
	assert_int_equal(mmsim_create(&config, &w), 0);
	n = BIT_U64(w->phys.block_order);
	assert_int_equal(
		mmsim_swapon(w, MMSIM_SWAP_ZRAM, CLUSTERS * n * PAGE, 0), 0);
	pair = cluster_of_a_pair(w);
	assert_int_equal(pair, 1);
	/* Whole clusters: the others first, then this one. */
	for (i = 0; i < CLUSTERS - 1; i++) {
		assert_true(swap_alloc_slots(w, w->phys.block_order, &at));
		assert_int_equal(at.offset / n,
				 i < CLUSTERS - 2 ? i + 2 : pair);
	}
	assert_false(swap_alloc_slots(w, w->phys.block_order, &at));
	mmsim_destroy(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_full_device_loses_nothing),
		cmocka_unit_test(a_page_pinned_on_the_way_out_stays),
		cmocka_unit_test(a_count_that_does_not_fit_takes_a_page_once),
		cmocka_unit_test(a_count_goes_up_and_down_by_one),
		cmocka_unit_test(
			fork_without_a_page_for_a_count_fails_and_loses_nothing),
		cmocka_unit_test(fork_tries_twice_for_a_count),
		cmocka_unit_test(an_entry_without_room_in_the_count_stays),
		cmocka_unit_test(an_empty_cluster_is_taken_last),
	};

	return cmocka_run_group_tests_name("swap", tests, NULL, NULL);
}
