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
	struct mmsim_mmap_args args = { .size = sizeof(args),
					.addr = BASE,
					.len = PAGE,
					.prot = MMSIM_PROT_READ |
						MMSIM_PROT_WRITE,
					.flags = MMSIM_MAP_PRIVATE |
						 MMSIM_MAP_ANONYMOUS |
						 MMSIM_MAP_FIXED };
	struct mmsim_config config = MMSIM_CONFIG_INIT;
	u8 byte = 7;
	u64 addr;

	*s = (struct swap_world){ .max = kernel >= MMSIM_KERNEL(7, 0) ? 14
								      : 0x3e };
	config.kernel = kernel;
	config.node_memory = PAGES * PAGE;
	assert_int_equal(mmsim_create(&config, &s->w), 0);
	s->stolen = calloc(PAGES, sizeof(*s->stolen));
	assert_non_null(s->stolen);
	assert_int_equal(mmsim_swapon(s->w, MMSIM_SWAP_ZRAM, 64 * PAGE, 0), 0);
	assert_int_equal(mmsim_mm_create(s->w, &s->mm), 0);
	assert_int_equal(mmsim_mmap(s->mm, &args, &addr), 0);
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
	struct mmsim_mmap_args args = { .size = sizeof(args),
					.addr = BASE,
					.len = FOLIO * PAGE,
					.prot = MMSIM_PROT_READ |
						MMSIM_PROT_WRITE,
					.flags = MMSIM_MAP_PRIVATE |
						 MMSIM_MAP_ANONYMOUS |
						 MMSIM_MAP_FIXED };
	struct mmsim_config config = MMSIM_CONFIG_INIT;
	struct swap_world s = { 0 };
	unsigned round;
	u64 addr;

	config.kernel = kernel;
	assert_int_equal(mmsim_create(&config, &s.w), 0);
	if (kernel >= MMSIM_KERNEL(6, 8))
		assert_int_equal(mmsim_set(s.w, MTHP_64K, "always"), 0);
	assert_int_equal(
		mmsim_swapon(s.w, MMSIM_SWAP_ZRAM, (slots + 1) * PAGE, 0), 0);
	assert_int_equal(mmsim_mm_create(s.w, &s.mm), 0);
	assert_int_equal(mmsim_mmap(s.mm, &args, &addr), 0);
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

/* ---- pages that go in a row ---- */

#define SCENARIO_TEXT 1024

/* What leads to rows, and to their ends. */
static const char *const rows[] = {
	/* More than one table and one cluster; zeroes and other bytes. */
	"write A 0 700p 0\nwrite A 100p 30p 5\nmadvise A 0 700p pageout\n"
	"read A 90p 50p\nmadvise A 80p 100p pageout\nread A 0 700p\n",
	/* Pages that others map, or have mapped; the child's own. */
	"write A 0 64p 1\nfork C\nwrite A 8p 8p 2\n@C write A 12p 8p 3\n"
	"madvise A 0 64p pageout\n@C madvise A 0 64p pageout\nexit C\n"
	"madvise A 0 64p pageout\nread A 0 64p\n",
	/* Several VMAs, one of which was moved; entries of all kinds. */
	"write A 0 64p 1\nmprotect A 16p 16p r\nmprotect A 40p 8p none\n"
	"clear_refs 4\nmremap A 20p 4p 4p maymove\nread A 0 8p\n"
	"write A 4p 2p 9\nclear_refs 1\nread A 5p 1p\n"
	"madvise A 0 64p pageout\nmadvise A 32p 8p pageout\nread A 0 16p\n",
	/* The CPU's batch, references and pins; MADV_FREE; what is locked. */
	"write A 0 20p 1\nmadvise A 0 20p pageout\nread A 0 20p\ndrain\n"
	"madvise A 4p 4p free\npin A 8p 1p\nmadvise A 0 20p pageout\nunpin\n"
	"mlock A 12p 4p\nmadvise A 0 12p pageout\nreclaim 8\n",
	/* What another CPU may have; a second device. */
	"write A 0 64p 1\ndrain\ncpu 1\nread A 0 64p\n"
	"madvise A 0 32p pageout\nread A 0 16p\nclear_refs 1\n"
	"madvise A 0 48p pageout\nswapon zram\nmadvise A 0 64p pageout\n"
	"read A 0 64p\ncpu 0\nread A 0 64p\n",
	/* A device that takes time, and one more that does not. */
	"write A 0 32p 1\nswapoff\nswapon ssd\nmadvise A 0 16p pageout\n"
	"swapon zram\nmadvise A 0 32p pageout\nread A 0 32p\n",
	/* Large folios among single pages. */
	"mthp 64 always\nwrite A 0 100p 1\nmthp 64 never\n"
	"write A 100p 100p 2\nmadvise A 90p 100p pageout\n"
	"madvise A 0 200p pageout\nread A 0 200p\n",
	/* Written when they come back: tracked, read-only, of two processes. */
	"write A 0 64p 1\nmadvise A 0 64p pageout\nwrite A 0 32p 2\n"
	"clear_refs 4\nmadvise A 0 64p pageout\nwrite A 0 64p 3\n"
	"mprotect A 8p 8p r\nmadvise A 0 64p pageout\nmprotect A 8p 8p rw\n"
	"write A 0 20p 4\nfork C\nmadvise A 0 64p pageout\n"
	"@C madvise A 0 64p pageout\nwrite A 0 16p 4\nread A 16p 16p\n"
	"@C write A 0 64p 5\nexit C\nwrite A 0 64p 6\n",
	/* Large folios alone: of two sizes, with zeroes or not, then as they
	 * come back; parts of them. */
	"mthp 64 always\nwrite A 0 600p 0\nwrite A 37p 1p 4\n"
	"madvise A 0 600p pageout\nread A 0 300p\nmthp 64 never\n"
	"mthp 16 always\nwrite A 600p 64p 2\nmadvise A 0 700p pageout\n"
	"read A 0 700p\nmadvise A 8p 40p pageout\nread A 0 64p\n",
	/* Of two processes, with rights of their own, without all entries. */
	"mthp 64 always\nwrite A 0 320p 3\nfork C\nwrite A 3p 2p 1\n"
	"write A 64p 16p 1\nmprotect A 96p 8p r\nmunmap A 128p 4p\n"
	"madvise A 0 128p pageout\nexit C\nclear_refs 4\nwrite A 33p 1p 1\n"
	"madvise A 0 128p pageout\nread A 0 64p\n"
	"madvise A 132p 188p pageout\nreclaim 40\nread A 132p 100p\n",
	/* Pinned, and moved across the end of a table. */
	"mthp 64 always\nwrite A 0 64p 3\npin A 20p 1p ro\n"
	"mremap A 32p 32p 32p maymove\nmadvise A 0 32p pageout\nunpin\n"
	"madvise A 0 32p pageout\nread A 0 32p\n",
	/* Marked by the scanner: of two nodes, shared, pinned, of other rights,
	 * once more; then swapped out. */
	"write A 0 300p 1\ncpu 1\nwrite A 300p 400p 1\ndrain\nnuma_scan 1\n"
	"read A 290p 20p\nfork C\nwrite A 310p 10p 2\nnuma_scan 1\ncpu 0\n"
	"numa_scan 1\n@C read A 0 40p\nexit C\npin A 500p 1p ro\n"
	"mprotect A 600p 20p r\nnuma_scan 1\nread A 100p 300p\nnuma_scan 1\n"
	"madvise A 0 700p pageout\nunpin\nread A 0 700p\n",
	/* Large folios among those marked. */
	"cpu 1\nwrite A 0 100p 1\nmthp 64 always\nwrite A 100p 300p 2\n"
	"cpu 0\nwrite A 400p 300p 3\nmunmap A 230p 3p\nnuma_scan 1\n"
	"read A 50p 90p\ncpu 1\nnuma_scan 1\nmadvise A 0 230p pageout\n",
};

static const char *const row_worlds[] = {
	"--arch x86_64 --kernel 5.10",
	"--arch x86_64 --kernel 6.6",
	"--arch x86_64 --kernel 6.12",
	"--arch x86_64 --kernel 7.2",
	"--arch arm64 --kernel 6.1",
	"--arch arm64 --kernel 6.18",
	"--arch ppc64 --kernel 6.12",
	"--arch x86_64 --kernel 7.2 --feature +unmap-batch-anon",
	"--arch arm64 --kernel 7.2 --feature +unmap-batch-anon",
	"--arch x86_64 --kernel 5.10 --nodes 2",
	"--arch x86_64 --kernel 7.2 --nodes 2",
	"--arch arm64 --kernel 6.12 --nodes 2",
};

static void keep_nothing(const struct mmsim_event *event, void *user)
{
	(void)event;
	(void)user;
}

/* The world in the end, or NULL: this build has not its format. What was heard
 * went page by page. */
static struct mmsim *row_world(const char *options, const char *ops, bool heard)
{
	struct mmsim_config config = MMSIM_CONFIG_INIT;
	char text[SCENARIO_TEXT];
	struct mmsim *w;
	int rc;

	config.cpus = 2;
	assert_int_equal(mmsim_config_parse(&config, options), 0);
	if (mmsim_create(&config, &w))
		return NULL;
	if (heard)
		assert_int_equal(mmsim_on_event(w, keep_nothing, NULL), 0);
	snprintf(
		text, sizeof(text),
		"tlb keep\nswapon zram\nmmap A 700p rw private anon\n%scheck\n",
		ops);
	rc = mmsim_run_scenario(w, text, strlen(text), NULL, NULL);
	if (rc)
		fail_msg("%s: %s: %s", options, ops, mmsim_last_error(w));
	return w;
}

static void sum_slot(struct swap_ref at, unsigned count, pfn_t cache,
		     void *user)
{
	u64 *sum = user;

	*sum = *sum * 31 + (at.type << 24 ^ at.offset << 8 ^ count ^ cache);
}

static u64 slots_of(struct mmsim *w)
{
	u64 sum = 0;

	swap_for_each_slot(w, sum_slot, &sum);
	return sum;
}

static void assert_same_tlb(const struct tlb_array *a,
			    const struct tlb_array *b)
{
	if (a->entries)
		assert_memory_equal(a->entries, b->entries,
				    (a->mask + 1) * a->ways *
					    sizeof(*a->entries));
}

static void assert_same_count(const char *name, u64 a, u64 b)
{
	if (a != b)
		fail_msg("%s: %llu, page by page %llu", name,
			 (unsigned long long)a, (unsigned long long)b);
}

static void assert_same_world(struct mmsim *a, struct mmsim *b)
{
	unsigned i, cpu;

	for (i = 0; i < NR_EVENTS; i++)
		assert_same_count(event_table[i].name, a->obs.events[i],
				  b->obs.events[i]);
	assert_memory_equal(a->mthp, b->mthp, sizeof(a->mthp));
	assert_memory_equal(a->phys.node, b->phys.node, sizeof(a->phys.node));
	assert_int_equal(slots_of(a), slots_of(b));
	for (cpu = 0; cpu < a->cpus; cpu++)
		for (i = 0; i < TLB_MAX_ARRAYS; i++)
			assert_same_tlb(&a->tlb.cpus[cpu].array[i],
					&b->tlb.cpus[cpu].array[i]);
}

static void a_row_of_pages_goes_as_they_would_one_by_one(void **state)
{
	struct mmsim *a, *b;
	size_t world, i;

	(void)state;
	for (world = 0; world < ARRAY_SIZE(row_worlds); world++) {
		for (i = 0; i < ARRAY_SIZE(rows); i++) {
			a = row_world(row_worlds[world], rows[i], false);
			b = row_world(row_worlds[world], rows[i], true);
			if (a && b)
				assert_same_world(a, b);
			mmsim_destroy(a);
			mmsim_destroy(b);
		}
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
		cmocka_unit_test(a_row_of_pages_goes_as_they_would_one_by_one),
	};

	return cmocka_run_group_tests_name("swap", tests, NULL, NULL);
}
