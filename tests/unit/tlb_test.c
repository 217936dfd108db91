/* SPDX-License-Identifier: MIT */
/*
 * The TLBs: against a naive model, by what they count, and by what each
 * architecture's flushes reach.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/world.h"
#include "support/map.h"
#include "support/test.h"
#include "tlb/context.h"
#include "tlb/flush.h"
#include "tlb/lookup.h"

#include <mmsim/mmsim.h>

#define BASE ((vaddr_t)1 << 40)

struct tlb_case {
	struct mmsim *w;
	struct mmsim_mm *mm;
	u64 page;
};

/* False: this build has no such world. */
static bool begin(struct tlb_case *t, const char *options)
{
	struct mmsim_config config = MMSIM_CONFIG_INIT;
	struct mmsim_world_info info = { .size = sizeof(info) };
	int rc;

	assert_int_equal(mmsim_config_parse(&config, options), 0);
	rc = mmsim_create(&config, &t->w);
	if (rc == -EOPNOTSUPP)
		return false;
	assert_int_equal(rc, 0);
	mmsim_world_info(t->w, &info);
	t->page = info.page_size;
	assert_int_equal(mmsim_mm_create(t->w, &t->mm), 0);
	return true;
}

static void finish(struct tlb_case *t)
{
	assert_int_equal(mmsim_check(t->w, NULL, NULL), 0);
	mmsim_destroy(t->w);
}

static void map(struct tlb_case *t, u64 bytes)
{
	map_anon_at(t->mm, BASE, bytes);
}

static void touch(struct tlb_case *t, unsigned cpu, u64 page,
		  enum mmsim_access kind)
{
	struct mmsim_fault fault = MMSIM_FAULT_INIT;

	assert_int_equal(mmsim_access(t->mm, cpu, BASE + page * t->page, 1,
				      kind, NULL, &fault),
			 0);
	assert_int_equal(fault.kind, MMSIM_FAULT_NONE);
}

static u64 counter(const struct tlb_case *t, const char *name)
{
	u64 value;

	assert_int_equal(mmsim_counter(t->w, name, &value), 0);
	return value;
}

/* ---- what is found is what was put in ---- */

#define MODEL_PAGES 512

/* Fills, drops and flushes at random: a hit is what the model has, and what
 * was flushed is no hit. (What the model has may have been replaced.) */
static void agree_with_a_naive_map(const char *options)
{
	u64 model[MODEL_PAGES] = { 0 }, hits = 0;
	struct tlb_entry *entry;
	struct tlb_cpu *cpu;
	struct tlb_case t;
	unsigned size;
	u64 i, page, nr;

	if (!begin(&t, options))
		skip();
	cpu = tlb_switch(t.mm);
	srand(1);
	for (i = 0; i < 100000; i++) {
		page = (u64)rand() % MODEL_PAGES;
		entry = tlb_lookup(t.w, cpu, BASE + page * t.page, &size);
		if (entry) {
			hits++;
			assert_int_equal(tlb_pfn(t.w, entry, BASE, size),
					 model[page]);
			assert_true(model[page]);
		}
		if (rand() % 16 == 0) {
			flush_tlb_page(t.mm, BASE + page * t.page,
				       RULE_FLUSH_NEEDED);
			model[page] = 0;
		} else if (rand() % 100 == 0) {
			nr = min_u64(1 + (u64)rand() % 20, MODEL_PAGES - page);
			flush_tlb_range(t.mm, BASE + page * t.page,
					BASE + (page + nr) * t.page,
					RULE_FLUSH_NEEDED);
			memset(&model[page], 0, nr * sizeof(*model));
		} else if (rand() % 5000 == 0) {
			flush_tlb_mm(t.mm, RULE_FLUSH_NEEDED);
			memset(model, 0, sizeof(model));
		} else {
			model[page] = i + 1;
			tlb_fill(t.w, cpu, entry, BASE + page * t.page,
				 TLB_PAGE, i + 1, 0);
		}
	}
	assert_true(hits > 1000);
	flush_tlb_mm(t.mm, RULE_FLUSH_NEEDED);
	finish(&t);
}

/* Sets of less than a row of marks, of one, and of several. */
static void lookups_agree_with_a_naive_map(void **state)
{
	(void)state;
	agree_with_a_naive_map("--tlb 64x4");
	agree_with_a_naive_map("--tlb 128x1");
	agree_with_a_naive_map("--tlb 240x15");
	agree_with_a_naive_map("--tlb 256x16");
	agree_with_a_naive_map("--tlb 504x63");
	agree_with_a_naive_map("--tlb 512x64");
}

/* Pages in turn, a full flush, the same again: what the sets are still full of
 * is seldom taken for what is looked for. Else each miss looks at all ways. */
static void marks_tell_contexts_apart(void **state)
{
	enum { PAGES = 1024, FLUSHES = 50 };
	struct tlb_cpu *cpu;
	struct tlb_place at;
	unsigned i, round, marked = 0;
	struct tlb_case t;

	(void)state;
	if (!begin(&t, ""))
		skip();
	cpu = tlb_switch(t.mm);
	for (round = 0; round < FLUSHES; round++) {
		for (i = 0; i < PAGES; i++) {
			at = tlb_place(cpu, TLB_PAGE, BASE / t.page + i,
				       cpu->context);
			marked += tlb_marked(&at);
			tlb_fill(t.w, cpu, NULL, BASE + i * t.page, TLB_PAGE, i,
				 0);
		}
		flush_tlb_mm(t.mm, RULE_FLUSH_NEEDED);
	}
	assert_true(marked < PAGES * FLUSHES / 10);
	finish(&t);
}

/* ---- what is counted ---- */

static void the_second_access_hits(void **state)
{
	struct tlb_case t;

	(void)state;
	if (!begin(&t, ""))
		skip();
	map(&t, 4 * t.page);
	touch(&t, 0, 0, MMSIM_WRITE);
	assert_int_equal(counter(&t, "hw_tlb_hit"), 0);
	/* Before the fault and after it. */
	assert_int_equal(counter(&t, "hw_tlb_miss"), 2);
	touch(&t, 0, 0, MMSIM_READ);
	touch(&t, 0, 0, MMSIM_WRITE);
	assert_int_equal(counter(&t, "hw_tlb_hit"), 2);
	assert_int_equal(counter(&t, "hw_walk"), 2);
	finish(&t);
}

static void without_a_tlb_each_access_walks(void **state)
{
	struct tlb_case t;

	(void)state;
	if (!begin(&t, "--tlb none"))
		skip();
	map(&t, 4 * t.page);
	touch(&t, 0, 0, MMSIM_WRITE);
	touch(&t, 0, 0, MMSIM_READ);
	assert_int_equal(counter(&t, "hw_tlb_hit"), 0);
	assert_int_equal(counter(&t, "hw_walk"), 3);
	finish(&t);
}

static void a_set_holds_its_ways(void **state)
{
	struct tlb_case t;
	u64 i;

	(void)state;
	/* One set of four ways: five pages in turn never hit. */
	if (!begin(&t, "--tlb 4x4"))
		skip();
	map(&t, 8 * t.page);
	for (i = 0; i < 4; i++)
		touch(&t, 0, i, MMSIM_WRITE);
	for (i = 0; i < 4; i++)
		touch(&t, 0, i, MMSIM_READ);
	assert_int_equal(counter(&t, "hw_tlb_hit"), 4);
	touch(&t, 0, 4, MMSIM_WRITE);
	for (i = 0; i < 5; i++)
		touch(&t, 0, i, MMSIM_READ);
	assert_true(counter(&t, "hw_tlb_hit") < 4 + 5);
	finish(&t);
}

static void one_entry_for_a_huge_page(void **state)
{
	struct tlb_case t;

	(void)state;
	if (!begin(&t, "--set transparent_hugepage/enabled=always --mem 64M"))
		skip();
	map(&t, (u64)4 << 20);
	touch(&t, 0, 0, MMSIM_WRITE);
	touch(&t, 0, 1, MMSIM_READ);
	touch(&t, 0, 511, MMSIM_WRITE);
	assert_int_equal(counter(&t, "hw_tlb_hit"), 2);
	assert_int_equal(counter(&t, "handle_mm_fault"), 1);
	finish(&t);
}

static void one_entry_for_a_contiguous_block(void **state)
{
	struct tlb_case t;
	unsigned i;

	(void)state;
	if (!begin(&t,
		   "--arch arm64 --kernel 6.12 --mem 64M "
		   "--set transparent_hugepage/hugepages-64kB/enabled=always"))
		skip();
	map(&t, (u64)1 << 20);
	touch(&t, 0, 0, MMSIM_WRITE);
	for (i = 1; i < 16; i++)
		touch(&t, 0, i, MMSIM_READ);
	assert_int_equal(counter(&t, "hw_tlb_hit"), 15);
	finish(&t);
}

/* ---- who is reached ---- */

static void protect_after_two_cpus_wrote(struct tlb_case *t)
{
	map(t, 4 * t->page);
	touch(t, 0, 0, MMSIM_WRITE);
	touch(t, 1, 0, MMSIM_WRITE);
	assert_int_equal(mmsim_mprotect(t->mm, BASE, t->page, MMSIM_PROT_READ),
			 0);
	assert_int_equal(mmsim_check(t->w, NULL, NULL), 0);
}

static void x86_interrupts_the_other_cpu(void **state)
{
	struct tlb_case t;

	(void)state;
	if (!begin(&t, "--cpus 2"))
		skip();
	protect_after_two_cpus_wrote(&t);
	assert_int_equal(counter(&t, "nr_tlb_remote_flush"), 1);
	assert_int_equal(counter(&t, "nr_tlb_remote_flush_received"), 1);
	finish(&t);
}

static void arm64_broadcasts(void **state)
{
	struct tlb_case t;
	u64 before;

	(void)state;
	if (!begin(&t, "--arch arm64 --cpus 2"))
		skip();
	map(&t, t.page);
	before = counter(&t, "hw_tlbi");
	protect_after_two_cpus_wrote(&t);
	assert_int_equal(counter(&t, "hw_tlbi"), before + 1);
	assert_int_equal(counter(&t, "nr_tlb_remote_flush"), 0);
	finish(&t);
}

static void radix_stays_local_on_one_cpu(void **state)
{
	struct tlb_case t;

	(void)state;
	if (!begin(&t, "--arch ppc64 --cpus 2"))
		skip();
	map(&t, 4 * t.page);
	touch(&t, 0, 0, MMSIM_WRITE);
	assert_int_equal(mmsim_mprotect(t.mm, BASE, t.page, MMSIM_PROT_READ),
			 0);
	assert_int_equal(counter(&t, "hw_tlbie"), 0);
	assert_int_equal(counter(&t, "hw_tlbiel"), 1);
	touch(&t, 1, 0, MMSIM_READ);
	assert_int_equal(mmsim_munmap(t.mm, BASE, t.page), 0);
	assert_true(counter(&t, "hw_tlbie") > 0);
	finish(&t);
}

/* A write to what was read-only: the stale refusal costs a fault and is gone
 * afterwards, on every architecture. */
static void refusals_do_not_last(void **state)
{
	static const char *const worlds[] = { "", "--arch arm64",
					      "--arch arm64 --kernel 7.2",
					      "--arch ppc64",
					      "--arch ppc64 --mmu hash" };
	struct tlb_case t;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(worlds); i++) {
		if (!begin(&t, worlds[i]))
			continue;
		map(&t, 4 * t.page);
		touch(&t, 0, 0, MMSIM_WRITE);
		assert_int_equal(
			mmsim_mprotect(t.mm, BASE, t.page, MMSIM_PROT_READ), 0);
		touch(&t, 0, 0, MMSIM_READ);
		assert_int_equal(
			mmsim_mprotect(t.mm, BASE, t.page,
				       MMSIM_PROT_READ | MMSIM_PROT_WRITE),
			0);
		touch(&t, 0, 0, MMSIM_WRITE);
		finish(&t);
	}
}

/* ---- what cannot be ---- */

static void refused(const char *options, const char *expected)
{
	struct mmsim_config config = MMSIM_CONFIG_INIT;
	char error[512] = "";
	struct mmsim *w;

	assert_int_equal(mmsim_config_parse(&config, options), 0);
	assert_int_equal(mmsim_create(&config, &w), -EINVAL);
	mmsim_config_error(&config, NULL, error, sizeof(error));
	assert_non_null(strstr(error, "--tlb: found"));
	assert_non_null(strstr(error, expected));
}

static void geometries_that_cannot_be(void **state)
{
	static const char *const bad[] = {
		"--tlb x",	   "--tlb 12",
		"--tlb 0x4",	   "--tlb 4x0",
		"--tlb 48x4x2",	   "--tlb 12x4",
		"--tlb 128x65",	   "--tlb 64x4@3k",
		"--tlb 64x4@4k",   "--tlb 64x4@4k+4x4@4k",
		"--tlb 64x4+64x4", "--tlb 64x4,kept",
		"--tlb keep,64x4", "--tlb 8388608x1",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		refused(bad[i], "expected");
	refused("--tlb 0x4", "expected 1 entry or more");
	refused("--tlb 12x5", "expected as many entries in each way");
	refused("--tlb 12x4", "expected a power of two");
	refused("--tlb 99999999999999999999x1", "expected at most 65536 sets");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lookups_agree_with_a_naive_map),
		cmocka_unit_test(marks_tell_contexts_apart),
		cmocka_unit_test(the_second_access_hits),
		cmocka_unit_test(without_a_tlb_each_access_walks),
		cmocka_unit_test(a_set_holds_its_ways),
		cmocka_unit_test(one_entry_for_a_huge_page),
		cmocka_unit_test(one_entry_for_a_contiguous_block),
		cmocka_unit_test(x86_interrupts_the_other_cpu),
		cmocka_unit_test(arm64_broadcasts),
		cmocka_unit_test(radix_stays_local_on_one_cpu),
		cmocka_unit_test(refusals_do_not_last),
		cmocka_unit_test(geometries_that_cannot_be),
	};

	return cmocka_run_group_tests_name("tlb", tests, NULL, NULL);
}
