/* SPDX-License-Identifier: MIT */
/*
 * 03 - mprotect to read-only and back: who gets the write bit again?
 *
 * Taking write permission away clears the write bit of every entry. Giving it
 * back sets only the flags of the mapping, unless the kernel can tell for an
 * entry that writing the page needs no copy. Up to 5.19 it did not try for
 * private memory, so each page took a fault at its next write. From 6.0 it
 * gives the bit back if the page is exclusive and the entry dirty, from 6.2
 * also if the entry is clean. A page that somebody else may see, and the zero
 * page, never get it back: the next write has to copy.
 */
#include "example.h"

enum page_state { DIRTY, CLEAN, SHARED, ZERO, NR_STATES };

static const char *const state_names[NR_STATES] = { "written before",
						    "given up by MADV_FREE",
						    "shared with a child",
						    "only read before" };

static void prepare(struct mmsim_mm *mm, uint64_t addr, enum page_state state)
{
	struct mmsim_mm *child;

	if (state == ZERO) {
		touch(mm, addr, MMSIM_READ, NULL);
		return;
	}
	touch(mm, addr, MMSIM_WRITE, NULL);
	/* MADV_FREE leaves the page exclusive and the entry clean. */
	if (state == CLEAN)
		must(mmsim_madvise(mm, addr, PAGE, MMSIM_MADV_FREE), "madvise");
	if (state == SHARED)
		must(mmsim_fork(mm, &child), "fork");
}

/* Faults that the first write after R and RW again takes. */
static unsigned faults_after_upgrade(const char *options, enum page_state state)
{
	struct mmsim *world = make_world(options);
	struct mmsim_fault fault;
	struct mmsim_mm *mm;
	uint64_t addr;

	must(mmsim_mm_create(world, &mm), "mm_create");
	addr = map_anon(mm, PAGE);
	prepare(mm, addr, state);
	must(mmsim_mprotect(mm, addr, PAGE, MMSIM_PROT_READ), "mprotect");
	must(mmsim_mprotect(mm, addr, PAGE, MMSIM_PROT_READ | MMSIM_PROT_WRITE),
	     "mprotect");
	fault = touch(mm, addr, MMSIM_WRITE, NULL);
	mmsim_destroy(world);
	return fault.minor;
}

int main(void)
{
	/* The last world is 7.2 without the two patches that matter here. */
	static const char *const worlds[][2] = {
		{ "5.10", "--kernel 5.10" },
		{ "6.1", "--kernel 6.1" },
		{ "7.2", "--kernel 7.2" },
		{ "7.2 -patches",
		  "--kernel 7.2 --feature "
		  "-mprotect-exclusive-upgrade,-mprotect-upgrade-clean" },
	};
	const size_t nr = sizeof(worlds) / sizeof(worlds[0]);
	unsigned state;
	size_t i;

	printf("%-24s", "faults per write");
	for (i = 0; i < nr; i++)
		printf("%14s", worlds[i][0]);
	printf("\n");
	for (state = 0; state < NR_STATES; state++) {
		printf("%-24s", state_names[state]);
		for (i = 0; i < nr; i++)
			printf("%14u",
			       faults_after_upgrade(worlds[i][1],
						    (enum page_state)state));
		printf("\n");
	}
	return 0;
}
