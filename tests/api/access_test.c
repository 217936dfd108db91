/* SPDX-License-Identifier: MIT */
/*
 * What accesses report: kind and address of what stopped them, faults as
 * getrusage counts them; where pages come from, and what happens when there
 * are none.
 */
#include "fixture.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void assert_fault(struct mmsim_fault fault, enum mmsim_fault_kind kind,
			 uint64_t addr, unsigned minor, unsigned major)
{
	assert_int_equal(fault.kind, kind);
	assert_int_equal(fault.addr, addr);
	assert_int_equal(fault.minor, minor);
	assert_int_equal(fault.major, major);
}

static void faults_are_counted(void **state)
{
	struct fixture *f = *state;
	struct mmsim_fault fault = MMSIM_FAULT_INIT;

	map_anon(f, BASE, 4);
	assert_fault(touch(f->mm, BASE, MMSIM_READ), 0, BASE + 1, 1, 0);
	assert_fault(touch(f->mm, BASE, MMSIM_READ), 0, BASE + 1, 0, 0);
	/* From the zero page to a page of its own. */
	assert_fault(touch(f->mm, BASE, MMSIM_WRITE), 0, BASE + 1, 1, 0);
	assert_fault(touch(f->mm, BASE, MMSIM_WRITE), 0, BASE + 1, 0, 0);
	assert_int_equal(mmsim_access(f->mm, 0, BASE + f->page, 3 * f->page,
				      MMSIM_WRITE, NULL, &fault),
			 0);
	assert_fault(fault, 0, BASE + 4 * f->page, 3, 0);
}

/* Only 5.10 retries a shared write that dirties the page: a major fault. */
static void shared_write_is_major_on_5_10_quirk(void **state)
{
	struct fixture *f = *state;
	unsigned old = !from_kernel(f, 6, 0);

	map_at(f, f->mm, BASE, 1, RW, SHARED | MMSIM_MAP_ANONYMOUS | FIXED,
	       NULL, 0);
	assert_fault(touch(f->mm, BASE, MMSIM_WRITE), 0, BASE + 1, !old, old);
}

static void shared_read_maps_writable(void **state)
{
	struct fixture *f = *state;

	map_at(f, f->mm, BASE, 1, RW, SHARED | MMSIM_MAP_ANONYMOUS | FIXED,
	       NULL, 0);
	assert_fault(touch(f->mm, BASE, MMSIM_READ), 0, BASE + 1, 1, 0);
	assert_int_equal(entry_at(f->mm, BASE).flags &
				 (MMSIM_E_WRITE | MMSIM_E_DIRTY),
			 MMSIM_E_WRITE);
	assert_fault(touch(f->mm, BASE, MMSIM_WRITE), 0, BASE + 1, 0, 0);
}

static void no_mapping_is_maperr(void **state)
{
	struct fixture *f = *state;
	struct mmsim_fault fault = MMSIM_FAULT_INIT;
	uint8_t buf[64] = { 1, 2, 3 };

	assert_fault(touch(f->mm, BASE, MMSIM_READ), MMSIM_FAULT_SEGV_MAPERR,
		     BASE, 0, 0);
	assert_fault(touch(f->mm, 0, MMSIM_EXEC), MMSIM_FAULT_SEGV_MAPERR, 0, 0,
		     0);
	/* The part before the hole was written. */
	map_anon(f, BASE, 1);
	assert_int_equal(mmsim_access(f->mm, 1, BASE + f->page - 3, 64,
				      MMSIM_WRITE, buf, &fault),
			 0);
	assert_fault(fault, MMSIM_FAULT_SEGV_MAPERR, BASE + f->page, 1, 0);
	assert_int_equal(get_byte(f->mm, BASE + f->page - 2), 2);
}

static void rights_are_held_to(void **state)
{
	struct fixture *f = *state;
	struct mmsim_mm *mm = f->mm;

	map_at(f, mm, BASE, 1, 0, ANON | FIXED, NULL, 0);
	assert_fault(touch(mm, BASE, MMSIM_READ), MMSIM_FAULT_SEGV_ACCERR, BASE,
		     0, 0);
	assert_fault(touch(mm, BASE + 9, MMSIM_WRITE), MMSIM_FAULT_SEGV_ACCERR,
		     BASE + 9, 0, 0);
	assert_int_equal(mmsim_mprotect(mm, BASE, f->page, RO), 0);
	assert_fault(touch(mm, BASE, MMSIM_READ), 0, BASE + 1, 1, 0);
	assert_int_equal(touch(mm, BASE, MMSIM_WRITE).kind,
			 MMSIM_FAULT_SEGV_ACCERR);
	assert_int_equal(mmsim_mprotect(mm, BASE, f->page, RW), 0);
	put_byte(mm, BASE, 4);
	assert_int_equal(mmsim_mprotect(mm, BASE, f->page, 0), 0);
	assert_int_equal(touch(mm, BASE, MMSIM_READ).kind,
			 MMSIM_FAULT_SEGV_ACCERR);
	/* The page behind it is still there. */
	assert_int_equal(mmsim_page_peek(mm, BASE), 4);
	assert_int_equal(mmsim_mprotect(mm, BASE, f->page, RO), 0);
	assert_fault(touch(mm, BASE, MMSIM_READ), 0, BASE + 1, 0, 0);
}

/* A setting that a release or a format does not have is refused: then each
 * page is a folio. */
static void want_large_folios(struct fixture *f)
{
	char text[40];

	snprintf(text, sizeof(text), "mthp %llu always\n",
		 (unsigned long long)f->page * 16 >> 10);
	(void)mmsim_run_scenario(f->w, text, strlen(text), NULL, NULL);
}

/*
 * Of the pages of a folio the CPU knows only some: the hash table has no entry
 * of the others. What changes all of them together (6.17) takes those away.
 */
static void rights_of_parts_of_folios(void **state)
{
	struct fixture *f = *state;
	struct mmsim_mm *mm = f->mm;

	want_large_folios(f);
	map_anon(f, BASE, 16);
	put_byte(mm, BASE + 5 * f->page, 1);
	put_byte(mm, BASE + 9 * f->page, 2);
	assert_int_equal(mmsim_mprotect(mm, BASE + 8 * f->page, 4 * f->page, 0),
			 0);
	assert_int_equal(mmsim_check(f->w, NULL, NULL), 0);
	assert_int_equal(touch(mm, BASE + 9 * f->page, MMSIM_READ).kind,
			 MMSIM_FAULT_SEGV_ACCERR);
	assert_int_equal(mmsim_mprotect(mm, BASE, 16 * f->page, RO), 0);
	assert_int_equal(touch(mm, BASE + 5 * f->page, MMSIM_WRITE).kind,
			 MMSIM_FAULT_SEGV_ACCERR);
	assert_int_equal(touch(mm, BASE + 9 * f->page, MMSIM_READ).kind,
			 MMSIM_FAULT_NONE);
}

/* A fetch wants VM_EXEC, whether the page is there or not. */
static void execute_rights(void **state)
{
	struct fixture *f = *state;
	const int rx = MMSIM_PROT_READ | MMSIM_PROT_EXEC;

	map_anon(f, BASE, 1);
	put_byte(f->mm, BASE, 1);
	assert_int_equal(touch(f->mm, BASE, MMSIM_EXEC).kind,
			 MMSIM_FAULT_SEGV_ACCERR);
	assert_int_equal(mmsim_mprotect(f->mm, BASE, f->page, rx), 0);
	assert_int_equal(touch(f->mm, BASE, MMSIM_EXEC).kind, 0);
	assert_true(entry_at(f->mm, BASE).flags & MMSIM_E_EXEC);
	map_at(f, f->mm, BASE + f->pmd, 1, rx, ANON | FIXED, NULL, 0);
	assert_fault(touch(f->mm, BASE + f->pmd, MMSIM_EXEC), 0,
		     BASE + f->pmd + 1, 1, 0);
}

/*
 * PROT_EXEC alone. x86 without protection keys, hash and arm64 without EPAN
 * let it be read too; a radix entry has an execute right of its own.
 */
static void execute_alone(void **state)
{
	struct fixture *f = *state;
	bool radix = f->c->mmu == MMSIM_MMU_RADIX;

	map_at(f, f->mm, BASE, 1, MMSIM_PROT_EXEC, ANON | FIXED, NULL, 0);
	assert_int_equal(touch(f->mm, BASE, MMSIM_EXEC).kind, 0);
	assert_int_equal(touch(f->mm, BASE, MMSIM_READ).kind,
			 radix ? MMSIM_FAULT_SEGV_ACCERR : MMSIM_FAULT_NONE);
	assert_int_equal(touch(f->mm, BASE, MMSIM_WRITE).kind,
			 MMSIM_FAULT_SEGV_ACCERR);
}

static void file_past_end_is_bus(void **state)
{
	struct fixture *f = *state;
	struct mmsim_file *file;

	assert_int_equal(mmsim_file_create(f->w, f->page + 1, 0, &file), 0);
	map_file(f, BASE, 3, SHARED, file);
	map_file(f, BASE + f->pmd, 3, PRIVATE, file);
	assert_int_equal(touch(f->mm, BASE + 2 * f->page - 1, MMSIM_WRITE).kind,
			 0);
	assert_fault(touch(f->mm, BASE + 2 * f->page, MMSIM_READ),
		     MMSIM_FAULT_BUS, BASE + 2 * f->page, 0, 0);
	assert_fault(touch(f->mm, BASE + 2 * f->page, MMSIM_WRITE),
		     MMSIM_FAULT_BUS, BASE + 2 * f->page, 0, 0);
	assert_fault(touch(f->mm, BASE + f->pmd + 2 * f->page, MMSIM_WRITE),
		     MMSIM_FAULT_BUS, BASE + f->pmd + 2 * f->page, 0, 0);
	mmsim_file_put(file);
}

/* The parent writes while the child maps: a copy; the child then: reuse. */
static void copy_then_reuse(void **state)
{
	struct fixture *f = *state;
	struct mmsim_entry before, after;
	struct mmsim_mm *child;

	map_anon(f, BASE, 1);
	put_byte(f->mm, BASE, 1);
	before = entry_at(f->mm, BASE);
	assert_int_equal(mmsim_fork(f->mm, &child), 0);
	assert_int_equal(entry_at(f->mm, BASE).mapcount, 2);
	assert_fault(touch(f->mm, BASE, MMSIM_WRITE), 0, BASE + 1, 1, 0);
	after = entry_at(f->mm, BASE);
	assert_true(after.pfn != before.pfn);
	assert_int_equal(after.mapcount, 1);
	assert_fault(touch(child, BASE, MMSIM_WRITE), 0, BASE + 1, 1, 0);
	after = entry_at(child, BASE);
	/* 5.10 copies a page that is still in a CPU's batch. */
	if (from_kernel(f, 5, 18))
		assert_int_equal(after.pfn, before.pfn);
	assert_true(after.flags & MMSIM_E_WRITE);
	assert_int_equal(!!(after.flags & MMSIM_E_EXCLUSIVE),
			 from_kernel(f, 5, 19));
}

static void stack_grows_down(void **state)
{
	struct fixture *f = *state;
	const int stack = ANON | FIXED | MMSIM_MAP_GROWSDOWN;
	struct mmsim_vma vma = { .size = sizeof(vma) };
	uint64_t limit = (8 << 20), at = BASE;

	map_at(f, f->mm, at, 2, RW, stack, NULL, 0);
	assert_fault(touch(f->mm, at - 5 * f->page, MMSIM_WRITE), 0,
		     at - 5 * f->page + 1, 1, 0);
	assert_int_equal(mmsim_vma_next(f->mm, at - 5 * f->page, &vma), 0);
	assert_int_equal(vma.start, at - 5 * f->page);
	assert_int_equal(vma.end, at + 2 * f->page);
	check_world_valid(f->w);
	/* rlimit.stack bounds it. */
	assert_int_equal(
		touch(f->mm, at + 2 * f->page - limit - 1, MMSIM_WRITE).kind,
		MMSIM_FAULT_SEGV_MAPERR);
	assert_int_equal(
		touch(f->mm, at + 2 * f->page - limit, MMSIM_WRITE).kind, 0);
}

/* 256 pages below a stack stay free of mappings that may be accessed. */
static void stack_keeps_a_guard_gap(void **state)
{
	struct fixture *f = *state;
	const int stack = ANON | FIXED | MMSIM_MAP_GROWSDOWN;
	uint64_t low = BASE, at = BASE + 300 * f->page;

	assert_int_equal(mmsim_set(f->w, "rlimit.stack", "1073741824"), 0);
	map_anon(f, low, 1);
	map_at(f, f->mm, at, 1, RW, stack, NULL, 0);
	assert_int_equal(touch(f->mm, low + 256 * f->page, MMSIM_READ).kind,
			 MMSIM_FAULT_SEGV_MAPERR);
	assert_int_equal(touch(f->mm, low + 257 * f->page, MMSIM_READ).kind, 0);
	/* Nothing can be accessed there: no gap is asked for. */
	assert_int_equal(mmsim_mprotect(f->mm, low, f->page, 0), 0);
	assert_int_equal(touch(f->mm, low + f->page, MMSIM_READ).kind, 0);
	assert_int_equal(touch(f->mm, low, MMSIM_READ).kind,
			 MMSIM_FAULT_SEGV_ACCERR);
}

/* Below vm.mmap_min_addr nothing grows. */
static void stack_stays_above_mmap_min_addr(void **state)
{
	struct fixture *f = *state;

	map_at(f, f->mm, 2 * 65536, 1, RW, ANON | FIXED | MMSIM_MAP_GROWSDOWN,
	       NULL, 0);
	assert_int_equal(touch(f->mm, 65535, MMSIM_WRITE).kind,
			 MMSIM_FAULT_SEGV_MAPERR);
	assert_int_equal(touch(f->mm, 65536, MMSIM_WRITE).kind, 0);
}

/* A mapping that does not grow: what lies below is nobody's. */
static void other_mappings_do_not_grow(void **state)
{
	struct fixture *f = *state;

	map_anon(f, BASE, 1);
	assert_int_equal(touch(f->mm, BASE - 1, MMSIM_READ).kind,
			 MMSIM_FAULT_SEGV_MAPERR);
}

static void references_in_a_row(void **state)
{
	struct fixture *f = *state;
	struct mmsim_fault fault = MMSIM_FAULT_INIT;
	struct mmsim_ref refs[] = {
		{ BASE, 8, MMSIM_READ },
		{ BASE + 8, 8, MMSIM_WRITE },
		{ BASE + f->page - 4, 8, MMSIM_WRITE },
		{ BASE + 2 * f->page, 1, MMSIM_READ },
		{ BASE, 1, MMSIM_READ },
	};
	size_t done = 99;

	map_anon(f, BASE, 2);
	assert_int_equal(mmsim_access_many(f->mm, 0, refs, 3, &done, &fault),
			 0);
	assert_int_equal(done, 3);
	assert_int_equal(fault.kind, 0);
	assert_int_equal(fault.minor, 3);
	assert_int_equal(mmsim_access_many(f->mm, 0, refs, 5, &done, &fault),
			 0);
	assert_int_equal(done, 3);
	assert_fault(fault, MMSIM_FAULT_SEGV_MAPERR, BASE + 2 * f->page, 0, 0);
	assert_int_equal(mmsim_access_many(f->mm, 0, refs, 0, &done, NULL), 0);
	assert_int_equal(done, 0);
	refs[1].kind = 3;
	assert_int_equal(mmsim_access_many(f->mm, 0, refs, 2, &done, NULL),
			 -EINVAL);
	assert_int_equal(done, 1);
	assert_int_equal(mmsim_access_many(f->mm, 0, NULL, 1, &done, NULL),
			 -EINVAL);
	assert_int_equal(mmsim_access_many(f->mm, 7, refs, 1, &done, NULL),
			 -EINVAL);
	assert_int_equal(mmsim_access_many(NULL, 0, refs, 1, &done, NULL),
			 -EINVAL);
	/* Nobody asks what became of it. */
	assert_int_equal(mmsim_access_many(f->mm, 0, refs, 1, NULL, NULL), 0);
}

static void mistakes_of_the_caller(void **state)
{
	struct fixture *f = *state;
	struct mmsim_fault fault = { .size = sizeof(size_t) };

	map_anon(f, BASE, 1);
	assert_int_equal(mmsim_access(NULL, 0, BASE, 1, MMSIM_READ, NULL, NULL),
			 -EINVAL);
	assert_int_equal(
		mmsim_access(f->mm, 2, BASE, 1, MMSIM_READ, NULL, NULL),
		-EINVAL);
	assert_non_null(strstr(mmsim_last_error(f->w), "CPU 2"));
	assert_int_equal(mmsim_access(f->mm, 0, BASE, 1, (enum mmsim_access)3,
				      NULL, NULL),
			 -EINVAL);
	assert_int_equal(
		mmsim_access(f->mm, 0, BASE, 1, MMSIM_READ, NULL, &fault),
		-EINVAL);
	assert_int_equal(
		mmsim_access(f->mm, 0, UINT64_MAX, 2, MMSIM_READ, NULL, NULL),
		-EINVAL);
	/* The last byte there is: no wrap, no mapping. */
	assert_int_equal(touch(f->mm, UINT64_MAX, MMSIM_READ).kind,
			 MMSIM_FAULT_SEGV_MAPERR);
	assert_int_equal(
		mmsim_access(f->mm, 1, BASE, 0, MMSIM_READ, NULL, NULL), 0);
	assert_int_equal(entry_at(f->mm, BASE).raw, 0);
}

/* ---- where pages come from ---- */

static struct mmsim *small_world(const struct fixture *f, unsigned nodes,
				 struct mmsim_mm **mm)
{
	struct mmsim_config config = config_of(f->c);
	struct mmsim *w = NULL;

	config.nodes = nodes;
	config.node_memory = f->pmd;
	assert_int_equal(mmsim_create(&config, &w), 0);
	assert_int_equal(mmsim_mm_create(w, mm), 0);
	return w;
}

/* Writes pages until there are none; how many fitted. */
static uint64_t fill_memory(struct fixture *f, struct mmsim_mm *mm,
			    uint64_t pages, unsigned *nodes_seen)
{
	struct mmsim_fault fault = MMSIM_FAULT_INIT;
	uint64_t i;

	*nodes_seen = 0;
	for (i = 0; i < pages; i++) {
		fault = touch(mm, BASE + i * f->page, MMSIM_WRITE);
		if (fault.kind)
			break;
		*nodes_seen |= 1u << entry_at(mm, BASE + i * f->page).node;
	}
	if (i < pages)
		assert_fault(fault, MMSIM_FAULT_OOM, BASE + i * f->page, 0, 0);
	return i;
}

/* A world of three nodes: when the first is full the others serve. */
static void nodes_fall_back_and_then_oom(void **state)
{
	struct fixture *f = *state;
	struct mmsim_mm *mm, *child;
	struct mmsim *w = small_world(f, 3, &mm);
	uint64_t room = 3 * node_memory_of(w) / f->page, got;
	unsigned nodes;

	assert_int_equal(mmsim_set(w, "vm.overcommit_memory", "1"), 0);
	map_at(f, mm, BASE, room + 1, RW, ANON | FIXED, NULL, 0);
	got = fill_memory(f, mm, room + 1, &nodes);
	assert_int_equal(nodes, 7);
	assert_true(got < room && got > room - room / 8 - 64);
	check_world_valid(w);
	/* No memory for a second process's tables either, or just so. */
	if (mmsim_fork(mm, &child) == 0)
		mmsim_mm_exit(child);
	check_world_valid(w);
	/* What is given back can be had again. */
	assert_int_equal(mmsim_madvise(mm, BASE, f->page, MMSIM_MADV_DONTNEED),
			 0);
	assert_int_equal(touch(mm, BASE + got * f->page, MMSIM_WRITE).kind, 0);
	check_world_valid(w);
	mmsim_destroy(w);
}

static void mmap_beyond_all_memory(void **state)
{
	struct fixture *f = *state;
	struct mmsim_mm *mm;
	struct mmsim *w = small_world(f, 1, &mm);
	struct fixture small = { f->c, w, mm, f->page, f->pmd };
	uint64_t all = node_memory_of(w), addr;

	assert_int_equal(
		try_map(&small, 0, all + f->page, RW, ANON, NULL, 0, &addr),
		-ENOMEM);
	/* What nobody can write is not charged. */
	assert_int_equal(
		try_map(&small, 0, all + f->page, RO, ANON, NULL, 0, &addr), 0);
	assert_int_equal(mmsim_mprotect(mm, addr, all + f->page, RW), -ENOMEM);
	assert_int_equal(try_map(&small, 0, all + f->page, RW,
				 ANON | MMSIM_MAP_NORESERVE, NULL, 0, &addr),
			 0);
	assert_int_equal(mmsim_set(w, "vm.overcommit_memory", "2"), 0);
	assert_int_equal(try_map(&small, 0, all / 2 + f->page, RW,
				 ANON | MMSIM_MAP_NORESERVE, NULL, 0, &addr),
			 -ENOMEM);
	check_world_valid(w);
	mmsim_destroy(w);
}

/* ---- what an access would do ---- */

static struct mmsim_verdict would(struct mmsim_mm *mm, uint64_t addr,
				  enum mmsim_access kind)
{
	struct mmsim_verdict v = { .size = sizeof(v) };

	assert_int_equal(mmsim_would(mm, addr, kind, &v), 0);
	assert_non_null(v.action);
	return v;
}

/* The verdict, and then the access: they agree. */
static void assert_verdict(struct mmsim_mm *mm, uint64_t addr,
			   enum mmsim_access kind, const char *rule)
{
	struct mmsim_verdict v = would(mm, addr, kind);
	struct mmsim_entry before = entry_at(mm, addr);
	struct mmsim_fault fault;

	assert_int_equal(entry_at(mm, addr).raw, before.raw);
	if (rule)
		assert_string_equal(v.rule, rule);
	else
		assert_null(v.rule);
	fault = touch(mm, addr, kind);
	assert_int_equal(fault.kind, v.kind);
	if (!v.kind)
		assert_int_equal(fault.minor + fault.major, v.faults);
}

static void verdicts_come_true(void **state)
{
	struct fixture *f = *state;
	struct mmsim_mm *child;

	assert_verdict(f->mm, BASE, MMSIM_READ, "fault-no-vma");
	map_anon(f, BASE, 2);
	assert_verdict(f->mm, BASE, MMSIM_READ, "anon-read-zero-page");
	assert_verdict(f->mm, BASE, MMSIM_READ, NULL);
	assert_verdict(f->mm, BASE, MMSIM_WRITE, "wp-copy-zero-page");
	assert_verdict(f->mm, BASE, MMSIM_WRITE, NULL);
	assert_verdict(f->mm, BASE, MMSIM_EXEC, "fault-denied");
	assert_verdict(f->mm, BASE + f->page, MMSIM_WRITE,
		       "anon-write-new-page");
	assert_int_equal(mmsim_fork(f->mm, &child), 0);
	assert_verdict(f->mm, BASE, MMSIM_WRITE, "wp-copy-shared-anon");
	if (from_kernel(f, 5, 18))
		assert_verdict(child, BASE, MMSIM_WRITE,
			       "wp-reuse-last-reference");
	map_at(f, f->mm, BASE + f->pmd, 2, RW,
	       SHARED | MMSIM_MAP_ANONYMOUS | FIXED, NULL, 0);
	assert_verdict(f->mm, BASE + f->pmd, MMSIM_READ, "file-read");
	assert_verdict(f->mm, BASE + f->pmd + f->page, MMSIM_WRITE,
		       "file-shared-write");
}

static void verdict_past_the_end_of_a_file(void **state)
{
	struct fixture *f = *state;
	struct mmsim_file *file;

	assert_int_equal(mmsim_file_create(f->w, f->page, 0, &file), 0);
	map_at(f, f->mm, BASE, 2, RW, SHARED | FIXED, file, 0);
	assert_verdict(f->mm, BASE, MMSIM_READ, "file-read");
	assert_verdict(f->mm, BASE + f->page, MMSIM_READ, "file-past-end");
	assert_verdict(f->mm, BASE + f->page, MMSIM_WRITE, "file-past-end");
	mmsim_file_put(file);
}

/* A page still in its CPU's LRU batch has a reference more; from 5.18 on the
 * fault drains the batch before it counts. */
static void verdict_knows_of_the_lru_batch(void **state)
{
	struct fixture *f = *state;
	struct mmsim_mm *child;
	uint64_t pfn;

	map_anon(f, BASE, 1);
	(void)touch(f->mm, BASE, MMSIM_WRITE);
	pfn = entry_at(f->mm, BASE).pfn;
	assert_int_equal(mmsim_fork(f->mm, &child), 0);
	assert_int_equal(
		mmsim_madvise(child, BASE, f->page, MMSIM_MADV_DONTNEED), 0);
	if (!from_kernel(f, 5, 18))
		return;
	assert_verdict(f->mm, BASE, MMSIM_WRITE, "wp-reuse-last-reference");
	assert_int_equal(entry_at(f->mm, BASE).pfn, pfn);
}

static void verdict_mistakes(void **state)
{
	struct fixture *f = *state;
	struct mmsim_verdict v = { .size = 1 };

	assert_int_equal(mmsim_would(f->mm, BASE, MMSIM_READ, &v), -EINVAL);
	v.size = sizeof(v);
	assert_int_equal(mmsim_would(f->mm, BASE, (enum mmsim_access)4, &v),
			 -EINVAL);
	assert_int_equal(mmsim_would(NULL, BASE, MMSIM_READ, &v), -EINVAL);
	assert_int_equal(mmsim_would(f->mm, BASE, MMSIM_READ, NULL), -EINVAL);
	/* Above the user's space nothing is mapped. */
	assert_int_equal(would(f->mm, UINT64_MAX, MMSIM_READ).kind,
			 MMSIM_FAULT_SEGV_MAPERR);
}

/* ---- accesses with nobody looking on ---- */

/* More than the memory of a small world's two nodes, with pages of 4K: it
 * swaps. */
#define WAYS_PAGES  6144
#define WAYS_MEMORY ((uint64_t)8 << 20)

static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* One of a mixture that hits, misses, faults, and changes entries. */
static void some_operation(struct mmsim_mm *mm, uint64_t page, uint64_t *state,
			   bool many)
{
	uint64_t r = next_random(state);
	uint64_t at = BASE + r % WAYS_PAGES * page, marked;
	struct mmsim_ref ref;
	int rc, prot = MMSIM_PROT_READ | (r & 1 << 20 ? MMSIM_PROT_WRITE : 0);

	switch (r >> 32 & 63) {
	case 0:
		assert_int_equal(mmsim_mprotect(mm, at, page, prot), 0);
		break;
	case 1:
		assert_int_equal(
			mmsim_madvise(mm, at, page, MMSIM_MADV_DONTNEED), 0);
		break;
	case 2:
		assert_int_equal(
			mmsim_madvise(mm, at, page, MMSIM_MADV_PAGEOUT), 0);
		break;
	case 3:
		if (!(r >> 24 & 15))
			assert_int_equal(mmsim_numa_scan(mm, &marked), 0);
		break;
	default:
		ref = (struct mmsim_ref){ at + r % 64, 1 + (r >> 50 & 7),
					  r & 1 << 21 ? MMSIM_WRITE
						      : MMSIM_READ };
		if (many)
			rc = mmsim_access_many(mm, r >> 40 & 1, &ref, 1, NULL,
					       NULL);
		else
			rc = mmsim_access(mm, r >> 40 & 1, ref.addr, ref.len,
					  (enum mmsim_access)ref.kind, NULL,
					  NULL);
		assert_int_equal(rc, 0);
	}
}

/* What a world counted of the same operations, by each way of an access. */
static struct mmsim *counted_world(const struct fixture *f, const char *check,
				   bool many)
{
	struct mmsim_config config = config_of(f->c);
	const struct mmsim_mmap_args args = {
		.size = sizeof(args),
		.addr = BASE,
		.len = WAYS_PAGES * f->page,
		.prot = MMSIM_PROT_READ | MMSIM_PROT_WRITE,
		.flags = MMSIM_MAP_PRIVATE | MMSIM_MAP_ANONYMOUS |
			 MMSIM_MAP_FIXED,
	};
	uint64_t at, state = 88172645463325252u;
	struct mmsim_mm *mm;
	struct mmsim *w;
	unsigned i;

	config.nodes = config.cpus = 2;
	config.node_memory = f->pmd > WAYS_MEMORY ? f->pmd : WAYS_MEMORY;
	assert_int_equal(mmsim_create(&config, &w), 0);
	assert_true(mmsim_swapon(w, MMSIM_SWAP_SSD, 2 * WAYS_PAGES * f->page,
				 0) >= 0);
	assert_int_equal(mmsim_set(w, "debug.check", check), 0);
	assert_int_equal(mmsim_mm_create(w, &mm), 0);
	assert_int_equal(mmsim_mm_threads(mm, 2), 0);
	assert_int_equal(mmsim_mmap(mm, &args, &at), 0);
	for (i = 0; i < 20000; i++)
		some_operation(mm, f->page, &state, many);
	return w;
}

static void same_counts(struct mmsim *one, struct mmsim *other)
{
	const char *name;
	uint64_t a, b;
	uint32_t i;

	for (i = 0; name = mmsim_event_name(i), strcmp(name, "?"); i++) {
		assert_int_equal(mmsim_counter(one, name, &a), 0);
		assert_int_equal(mmsim_counter(other, name, &b), 0);
		if (a != b)
			fail_msg("%s: %llu and %llu", name,
				 (unsigned long long)a, (unsigned long long)b);
	}
}

static uint64_t counter_of(struct mmsim *w, const char *name)
{
	uint64_t value;

	assert_int_equal(mmsim_counter(w, name, &value), 0);
	return value;
}

/* While invariants are checked each access goes the whole way. */
static void every_way_counts_the_same(void **state)
{
	struct fixture *f = *state;
	struct mmsim *plain = counted_world(f, "off", false);
	struct mmsim *many = counted_world(f, "off", true);
	struct mmsim *checked = counted_world(f, "cheap", false);

	same_counts(plain, checked);
	same_counts(plain, many);
	assert_true(counter_of(plain, "hw_tlb_hit") > 100);
	assert_true(counter_of(plain, "do_numa_page") > 100);
	assert_true(counter_of(plain, "do_swap_page") > 10);
	mmsim_destroy(plain);
	mmsim_destroy(many);
	mmsim_destroy(checked);
}

int main(void)
{
	static const struct fixture_test tests[] = {
		TEST(faults_are_counted),
		TEST(shared_write_is_major_on_5_10_quirk),
		TEST(shared_read_maps_writable),
		TEST(no_mapping_is_maperr),
		TEST(rights_are_held_to),
		TEST(rights_of_parts_of_folios),
		TEST(execute_rights),
		TEST(execute_alone),
		TEST(file_past_end_is_bus),
		TEST(copy_then_reuse),
		TEST(stack_grows_down),
		TEST(stack_keeps_a_guard_gap),
		TEST(stack_stays_above_mmap_min_addr),
		TEST(other_mappings_do_not_grow),
		TEST(references_in_a_row),
		TEST(mistakes_of_the_caller),
		TEST(nodes_fall_back_and_then_oom),
		TEST(mmap_beyond_all_memory),
		TEST(verdicts_come_true),
		TEST(verdict_past_the_end_of_a_file),
		TEST(verdict_knows_of_the_lru_batch),
		TEST(verdict_mistakes),
		TEST(every_way_counts_the_same),
	};

	return run_in_all_worlds("access", tests, ARRAY_SIZE(tests));
}
