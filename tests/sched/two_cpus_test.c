/* SPDX-License-Identifier: MIT */
/*
 * Pairs of operations that the page-table locks have to keep apart, in every
 * order of their steps that a bound on preemptions allows.
 */
#include "explore.h"

#include <stdio.h>
#include <string.h>

/* ---- preparing ---- */

static void one_page(struct arena *a)
{
	map_pages(a, 1, RW, MMSIM_MAP_PRIVATE);
}

/* The table is there already. */
static void one_of_two(struct arena *a)
{
	map_pages(a, 2, RW, MMSIM_MAP_PRIVATE);
	fill_page(a, 1, 0x22);
}

static void one_written(struct arena *a)
{
	one_page(a);
	fill_page(a, 0, 0x11);
}

static void one_read_only(struct arena *a)
{
	one_written(a);
	assert_int_equal(mmsim_mprotect(a->mm, BASE, a->page, RO), 0);
}

static void two_written(struct arena *a)
{
	map_pages(a, 2, RW, MMSIM_MAP_PRIVATE);
	fill_page(a, 0, 0x11);
	fill_page(a, 1, 0x22);
}

static void map_tables(struct arena *a, unsigned nr)
{
	map_pages(a, nr * (a->pmd / a->page), RW, MMSIM_MAP_PRIVATE);
}

/* A whole table of PTEs, of which MADV_DONTNEED may free the table. */
static void whole_table(struct arena *a)
{
	map_tables(a, 1);
	fill_page(a, 0, 0x11);
}

static void whole_table_two(struct arena *a)
{
	whole_table(a);
	fill_page(a, 1, 0x22);
}

/* Pages of two tables. */
static void two_tables(struct arena *a)
{
	map_tables(a, 2);
	fill_page(a, 0, 0x11);
	fill_page(a, (unsigned)(a->pmd / a->page), 0x22);
}

static void forked(struct arena *a)
{
	one_written(a);
	fork_child(a);
}

static void shared_file(struct arena *a)
{
	map_memfd(a, 2, MMSIM_MAP_SHARED);
	fill_page(a, 1, 0x22);
}

static void shared_file_forked(struct arena *a)
{
	map_memfd(a, 1, MMSIM_MAP_SHARED);
	fork_child(a);
}

static void private_file(struct arena *a)
{
	map_memfd(a, 1, MMSIM_MAP_PRIVATE);
}

/* A written page that may be swapped out. */
static void swap_one(struct arena *a)
{
	assert_int_equal(mmsim_swapon(a->w, MMSIM_SWAP_ZRAM, 16 * a->page, 0),
			 0);
	one_written(a);
}

static void swap_forked(struct arena *a)
{
	swap_one(a);
	fork_child(a);
}

/* Reclaim takes what was not used since its entries became old. */
static void swap_old(struct arena *a)
{
	swap_forked(a);
	assert_int_equal(mmsim_clear_refs(a->mm, 1), 0);
	assert_int_equal(mmsim_clear_refs(a->child, 1), 0);
}

static void swapped_out(struct arena *a)
{
	swap_one(a);
	assert_int_equal(
		mmsim_madvise(a->mm, BASE, a->page, MMSIM_MADV_PAGEOUT), 0);
	assert_int_equal(counter(a, "set_swap_pte"), 1);
}

static void swapped_forked(struct arena *a)
{
	swapped_out(a);
	fork_child(a);
}

/* ---- calls ---- */

static void store_a(struct arena *a, unsigned cpu)
{
	store(a, cpu, a->mm, at(a, 0), 0x33);
}

static void store_b(struct arena *a, unsigned cpu)
{
	store(a, cpu, a->mm, at(a, 0) + 1, 0x44);
}

static void store_next(struct arena *a, unsigned cpu)
{
	store(a, cpu, a->mm, at(a, 1), 0x55);
}

static void store_up(struct arena *a, unsigned cpu)
{
	store(a, cpu, a->mm, BASE + a->pmd, 0x55);
}

static void store_child(struct arena *a, unsigned cpu)
{
	store(a, cpu, a->child, at(a, 0), 0x66);
}

static void load_a(struct arena *a, unsigned cpu)
{
	load(a, cpu, a->mm, at(a, 0));
}

static void load_next(struct arena *a, unsigned cpu)
{
	load(a, cpu, a->mm, at(a, 1));
}

static void exit_child(struct arena *a, unsigned cpu)
{
	mmsim_mm_exit(a->child);
	a->child = NULL;
	note(a, cpu, "exit ");
}

static void call_fork(struct arena *a, unsigned cpu)
{
	note(a, cpu, "fork%d ", mmsim_fork(a->mm, &a->child));
}

static void protect(struct arena *a, unsigned cpu)
{
	note(a, cpu, "protect%d ", mmsim_mprotect(a->mm, BASE, a->page, RO));
}

static void unprotect(struct arena *a, unsigned cpu)
{
	note(a, cpu, "unprotect%d ", mmsim_mprotect(a->mm, BASE, a->page, RW));
}

static void unmap(struct arena *a, unsigned cpu)
{
	note(a, cpu, "munmap%d ", mmsim_munmap(a->mm, BASE, a->page));
}

static void advise(struct arena *a, unsigned cpu, uint64_t len, int advice)
{
	note(a, cpu, "madvise%d ", mmsim_madvise(a->mm, BASE, len, advice));
}

static void dontneed(struct arena *a, unsigned cpu)
{
	advise(a, cpu, a->page, MMSIM_MADV_DONTNEED);
}

static void dontneed_table(struct arena *a, unsigned cpu)
{
	advise(a, cpu, a->pmd, MMSIM_MADV_DONTNEED);
}

static void give_up(struct arena *a, unsigned cpu)
{
	advise(a, cpu, a->page, MMSIM_MADV_FREE);
}

static void pageout(struct arena *a, unsigned cpu)
{
	advise(a, cpu, a->page, MMSIM_MADV_PAGEOUT);
}

/* Whether it frees the page hangs on who was first. */
static void reclaim(struct arena *a, unsigned cpu)
{
	(void)mmsim_reclaim(a->w, 1, NULL);
	note(a, cpu, "reclaim ");
}

static void swap_off(struct arena *a, unsigned cpu)
{
	note(a, cpu, "swapoff%d ", mmsim_swapoff(a->w, 0));
}

static void punch_hole(struct arena *a, unsigned cpu)
{
	advise(a, cpu, a->page, MMSIM_MADV_REMOVE);
}

static void shorten(struct arena *a, unsigned cpu)
{
	note(a, cpu, "truncate%d ", mmsim_file_truncate(a->file, a->page));
}

/* To one PMD further up: a table moves as a whole if it is covered. */
static void move_up(struct arena *a, unsigned cpu)
{
	uint64_t to = BASE + a->pmd;
	int rc = mmsim_mremap(a->mm, BASE, a->page, a->page,
			      MMSIM_MREMAP_MAYMOVE | MMSIM_MREMAP_FIXED, &to);

	note(a, cpu, "mremap%d ", rc);
}

/* ---- a page of hugetlb, which another node is to have ---- */

static void huge_forked(struct arena *a)
{
	map_pages(a, a->pmd / a->page, RW,
		  MMSIM_MAP_PRIVATE | MMSIM_MAP_HUGETLB);
	fill_page(a, 0, 0x11);
	fork_child(a);
}

static void huge_shared(struct arena *a)
{
	map_pages(a, a->pmd / a->page, RW,
		  MMSIM_MAP_SHARED | MMSIM_MAP_HUGETLB);
	fill_page(a, 0, 0x11);
	fork_child(a);
}

/* Both have an entry that may be written. */
static void huge_mapped_twice(struct arena *a)
{
	struct mmsim_fault fault = MMSIM_FAULT_INIT;

	huge_shared(a);
	assert_int_equal(mmsim_access(a->child, 0, BASE, 1, MMSIM_WRITE, NULL,
				      &fault),
			 0);
	assert_int_equal(fault.kind, MMSIM_FAULT_NONE);
}

static void bind_huge(struct arena *a, unsigned cpu)
{
	note(a, cpu, "mbind%d ",
	     mmsim_mbind(a->mm, BASE, a->pmd, MMSIM_MPOL_BIND, 2,
			 MMSIM_MPOL_MF_MOVE_ALL));
}

static void unmap_huge_child(struct arena *a, unsigned cpu)
{
	note(a, cpu, "munmap%d ", mmsim_munmap(a->child, BASE, a->pmd));
}

static void protect_huge_child(struct arena *a, unsigned cpu)
{
	note(a, cpu, "protect%d ", mmsim_mprotect(a->child, BASE, a->pmd, RO));
}

static void fork_huge_child(struct arena *a, unsigned cpu)
{
	struct mmsim_mm *grandchild;

	note(a, cpu, "fork%d ", mmsim_fork(a->child, &grandchild));
}

static void move_huge_child(struct arena *a, unsigned cpu)
{
	const unsigned flags = MMSIM_MREMAP_MAYMOVE | MMSIM_MREMAP_FIXED;
	uint64_t to = BASE + 2 * a->pmd;

	note(a, cpu, "mremap%d ",
	     mmsim_mremap(a->child, BASE, a->pmd, a->pmd, flags, &to));
}

/* ---- what is left ---- */

static void show_page(struct arena *a, char *buf, size_t len)
{
	show_byte(a, a->mm, at(a, 0), buf, len);
	show_byte(a, a->mm, at(a, 0) + 1, buf, len);
}

static void show_two(struct arena *a, char *buf, size_t len)
{
	show_page(a, buf, len);
	show_byte(a, a->mm, at(a, 1), buf, len);
}

static void show_family(struct arena *a, char *buf, size_t len)
{
	show_page(a, buf, len);
	if (a->child)
		show_byte(a, a->child, at(a, 0), buf, len);
}

static void show_family_two(struct arena *a, char *buf, size_t len)
{
	show_two(a, buf, len);
	show_byte(a, a->child, at(a, 0), buf, len);
	show_byte(a, a->child, at(a, 1), buf, len);
}

static void show_family_up(struct arena *a, char *buf, size_t len)
{
	show_byte(a, a->child, BASE, buf, len);
	show_byte(a, a->child, BASE + a->pmd, buf, len);
}

static void show_moved(struct arena *a, char *buf, size_t len)
{
	show_byte(a, a->mm, at(a, 0), buf, len);
	show_byte(a, a->mm, BASE + a->pmd, buf, len);
}

/* What the mapping allows, too. */
static void show_rights(struct arena *a, char *buf, size_t len)
{
	struct mmsim_entry entry = { .size = sizeof(entry) };
	struct mmsim_vma vma = { .size = sizeof(vma) };
	size_t used;

	show_page(a, buf, len);
	assert_int_equal(mmsim_entry_get(a->mm, BASE, &entry), 0);
	assert_int_equal(mmsim_vma_next(a->mm, BASE, &vma), 0);
	for (used = 0; buf[used]; used++)
		;
	(void)snprintf(buf + used, len - used, " vm %llx",
		       (unsigned long long)(vma.flags & 7));
}

/* ---- cases ---- */

static const struct two_cpus cases[] = {
	{
		.name = "read against read, no table yet",
		.prepare = one_page,
		.calls = { { load_a }, { load_a } },
		.show = show_page,
	},
	{
		.name = "read against read of a new page",
		.prepare = one_of_two,
		.calls = { { load_a }, { load_a } },
		.show = show_page,
		.small = true,
	},
	{
		.name = "write against write of a new page",
		.prepare = one_page,
		.calls = { { store_a }, { store_b } },
		.show = show_page,
		.race = "free_pages",
	},
	{
		.name = "write against read of a new page",
		.prepare = one_page,
		.calls = { { store_a }, { load_a } },
		.show = show_page,
		.race = "free_pages",
	},
	{
		.name = "write in parent against write in child",
		.prepare = forked,
		.calls = { { store_a }, { store_child } },
		.show = show_family,
		.apart = true,
	},
	{
		.name = "write against write of a shared page",
		.prepare = forked,
		.calls = { { store_a }, { store_b } },
		.show = show_family,
		.race = "free_pages",
	},
	{
		.name = "write in parent against the child's exit",
		.prepare = forked,
		.calls = { { store_a }, { exit_child } },
		.show = show_family,
		.apart = true,
	},
	{
		.name = "write against write of a file's page",
		.prepare = shared_file,
		.calls = { { store_a, load_next }, { store_b } },
		.show = show_two,
	},
	{
		.name = "write against write in two processes",
		.prepare = shared_file_forked,
		.calls = { { store_a }, { store_child } },
		.show = show_family,
		.apart = true,
	},
	{
		.name = "write against write of a file's copy",
		.prepare = private_file,
		.calls = { { store_a }, { store_b } },
		.show = show_page,
		.race = "free_pages",
	},
	{
		.name = "mprotect against the first write",
		.prepare = one_page,
		.calls = { { protect }, { store_a } },
		.show = show_rights,
	},
	{
		.name = "mprotect against write",
		.prepare = one_written,
		.calls = { { protect }, { store_a, store_b } },
		.show = show_rights,
		.small = true,
	},
	{
		.name = "mprotect to writable against write",
		.prepare = one_read_only,
		.calls = { { unprotect }, { store_a, store_b } },
		.show = show_rights,
	},
	{
		.name = "fork against write",
		.prepare = one_written,
		.calls = { { call_fork }, { store_a } },
		.show = show_family,
		.small = true,
	},
	{
		.name = "fork against writes of two pages",
		.prepare = two_written,
		.calls = { { call_fork }, { store_a, store_next } },
		.show = show_family_two,
	},
	{
		.name = "fork against writes of two tables",
		.prepare = two_tables,
		.calls = { { call_fork }, { store_a, store_up } },
		.show = show_family_up,
	},
	{
		.name = "fork against munmap",
		.prepare = two_written,
		.calls = { { call_fork }, { store_a, unmap } },
		.show = show_family_two,
	},
	{
		.name = "munmap against write",
		.prepare = one_written,
		.calls = { { unmap }, { store_a, load_a } },
		.show = show_page,
	},
	{
		.name = "munmap against the first write",
		.prepare = one_page,
		.calls = { { unmap }, { store_a } },
		.show = show_page,
	},
	{
		.name = "mremap against write",
		.prepare = one_written,
		.calls = { { move_up }, { store_a, store_b } },
		.show = show_moved,
	},
	{
		.name = "MADV_DONTNEED against write",
		.prepare = one_written,
		.calls = { { dontneed }, { store_a, store_b } },
		.show = show_page,
	},
	{
		.name = "MADV_DONTNEED of a table against write",
		.prepare = whole_table,
		.calls = { { dontneed_table }, { store_a } },
		.show = show_page,
	},
	{
		.name = "MADV_DONTNEED of a table against the next page",
		.prepare = whole_table_two,
		.calls = { { dontneed_table }, { store_next } },
		.show = show_two,
	},
	{
		.name = "MADV_FREE against write",
		.prepare = one_written,
		.calls = { { give_up }, { store_a } },
		.show = show_page,
		.small = true,
		.apart = true,
	},
	{
		.name = "truncation against write",
		.prepare = shared_file,
		.calls = { { shorten }, { store_next, load_next } },
		.show = show_two,
	},
	{
		.name = "a hole against write",
		.prepare = shared_file,
		.calls = { { punch_hole }, { store_a, load_a } },
		.show = show_two,
	},
	{
		.name = "MADV_PAGEOUT against write",
		.prepare = swap_one,
		.calls = { { pageout }, { store_a, load_a } },
		.show = show_page,
	},
	{
		.name = "MADV_PAGEOUT against munmap",
		.prepare = swap_one,
		.calls = { { pageout }, { unmap } },
		.show = show_page,
	},
	{
		.name = "MADV_PAGEOUT against mremap",
		.prepare = swap_one,
		.calls = { { pageout }, { move_up } },
		.show = show_moved,
	},
	{
		.name = "MADV_PAGEOUT against fork",
		.prepare = swap_one,
		.calls = { { pageout }, { call_fork } },
		.show = show_family,
	},
	{
		.name = "MADV_PAGEOUT against the write of a child",
		.prepare = swap_forked,
		.calls = { { pageout }, { store_child } },
		.show = show_family,
		.apart = true,
	},
	{
		.name = "reclaim against write",
		.prepare = swap_old,
		.calls = { { reclaim }, { store_a } },
		.show = show_family,
	},
	{
		.name = "reclaim against the child's exit",
		.prepare = swap_old,
		.calls = { { reclaim }, { exit_child } },
		.show = show_page,
	},
	{
		.name = "swap-in against swap-in",
		.prepare = swapped_out,
		.calls = { { store_a }, { store_b } },
		.show = show_page,
	},
	{
		.name = "swap-in against swap-in of a child",
		.prepare = swapped_forked,
		.calls = { { store_a }, { store_child } },
		.show = show_family,
		.apart = true,
	},
	{
		.name = "swapoff against read",
		.prepare = swapped_out,
		.calls = { { swap_off }, { load_a } },
		.show = show_page,
	},
	{
		.name = "swapoff against write",
		.prepare = swapped_out,
		.calls = { { swap_off }, { store_a } },
		.show = show_page,
	},
	{
		.name = "swapoff against munmap",
		.prepare = swapped_out,
		.calls = { { swap_off }, { unmap } },
		.show = show_page,
	},
	{
		.name = "swapoff against fork",
		.prepare = swapped_out,
		.calls = { { swap_off }, { call_fork } },
		.show = show_family,
	},
	{
		.name = "swapoff against the child's exit",
		.prepare = swapped_forked,
		.calls = { { swap_off }, { exit_child } },
		.show = show_page,
	},
	{
		.name = "a huge page moves against a write",
		.prepare = huge_forked,
		.calls = { { bind_huge }, { store_child } },
		.show = show_family,
		.options = " --nodes 2",
	},
	{
		.name = "a huge page moves against a shared write",
		.prepare = huge_shared,
		.calls = { { bind_huge }, { store_child } },
		.show = show_family,
		.options = " --nodes 2",
	},
	{
		.name = "a huge page moves against the child's exit",
		.prepare = huge_forked,
		.calls = { { bind_huge }, { exit_child } },
		.show = show_family,
		.options = " --nodes 2",
	},
	{
		.name = "a huge page moves against munmap",
		.prepare = huge_forked,
		.calls = { { bind_huge }, { unmap_huge_child } },
		.show = show_family,
		.options = " --nodes 2",
	},
	{
		.name = "a huge page moves against mprotect",
		.prepare = huge_mapped_twice,
		.calls = { { bind_huge }, { protect_huge_child } },
		.show = show_family,
		.options = " --nodes 2",
	},
	{
		.name = "a huge page moves against fork",
		.prepare = huge_forked,
		.calls = { { bind_huge }, { fork_huge_child } },
		.show = show_family,
		.options = " --nodes 2",
	},
	{
		.name = "a huge page moves against mremap",
		.prepare = huge_forked,
		.calls = { { bind_huge }, { move_huge_child } },
		.show = show_family,
		.options = " --nodes 2",
	},
};

/* Entries with bits in hardware and without, tables smaller than a page, the
 * rule for reuse before and after pages were exclusive. */
static const char *const worlds[] = {
	"--arch x86_64 --kernel 7.2",
	"--arch x86_64 --kernel 5.10",
	"--arch arm64 --kernel 6.1",
	"--arch ppc64 --mmu hash --page-size 64k --kernel 6.12",
};

static uint64_t explore_world(const struct two_cpus *c, size_t world,
			      unsigned preemptions)
{
	char options[128];

	(void)snprintf(options, sizeof(options), "%s%s", worlds[world],
		       c->options ? c->options : "");
	return explore(c, options, preemptions);
}

static void explore_case(void **state)
{
	const struct two_cpus *c = *state;
	uint64_t waited = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(worlds); i++)
		waited += explore_world(c, i, 2);
	assert_true(c->apart == !waited);
}

static void explore_deeply(void **state)
{
	const struct two_cpus *c = *state;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(worlds); i++)
		(void)explore_world(c, i, c->small && !i ? ANY_NUMBER : 3);
}

/* "deep" takes a minute. */
int main(int argc, char **argv)
{
	bool deep = argc > 1 && !strcmp(argv[1], "deep");
	struct CMUnitTest tests[ARRAY_SIZE(cases)];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		tests[i] = (struct CMUnitTest){
			.name = cases[i].name,
			.test_func = deep ? explore_deeply : explore_case,
			.initial_state = (void *)(uintptr_t)&cases[i],
		};
	return _cmocka_run_group_tests("two CPUs", tests, ARRAY_SIZE(cases),
				       NULL, NULL);
}
