/* SPDX-License-Identifier: MIT */
/*
 * 06 - walking the page table, as the CPU does.
 *
 * A virtual address is a list of indices: the top bits choose an entry of the
 * top table, which points to the next table, and so on down to the entry of
 * the page. How many levels there are and how many bits each takes depends on
 * the architecture and on the size of its pages.
 */
#include "example.h"

#define MAX_STEPS 5

static uint64_t map_at(struct mmsim_mm *mm, uint64_t addr, uint64_t len)
{
	struct mmsim_mmap_args args = {
		.size = sizeof(args),
		.addr = addr,
		.len = len,
		.prot = MMSIM_PROT_READ | MMSIM_PROT_WRITE,
		.flags = MMSIM_MAP_PRIVATE | MMSIM_MAP_ANONYMOUS |
			 MMSIM_MAP_FIXED,
	};

	must(mmsim_mmap(mm, &args, &addr), "mmap");
	return addr;
}

/*
 * One line per level. Where tables and pages lie is chance, so the example
 * prints what does not hang on it.
 */
static void print_walk(struct mmsim_mm *mm, uint64_t addr)
{
	struct mmsim_walk_step steps[MAX_STEPS];
	unsigned i;
	int nr;

	for (i = 0; i < MAX_STEPS; i++)
		steps[i].size = sizeof(steps[i]);
	nr = mmsim_walk(mm, addr, steps, MAX_STEPS);
	must(nr, "walk");
	for (i = 0; i < (unsigned)nr; i++) {
		printf("  %-4s entry %5u, maps 2^%u bytes: ", steps[i].level,
		       steps[i].index, steps[i].shift);
		if (!steps[i].raw)
			printf("empty\n");
		else
			printf("%s\n", steps[i].leaf ? "a page" : "a table");
	}
}

/* The walk by hand, from the shifts that the library told. */
static void check_indices(struct mmsim_mm *mm, uint64_t addr)
{
	struct mmsim_walk_step steps[MAX_STEPS];
	uint64_t index;
	int nr, i;

	for (i = 0; i < MAX_STEPS; i++)
		steps[i].size = sizeof(steps[i]);
	nr = mmsim_walk(mm, addr, steps, MAX_STEPS);
	for (i = 1; i < nr; i++) {
		index = addr >> steps[i].shift;
		index &= (1u << (steps[i - 1].shift - steps[i].shift)) - 1;
		if (index != steps[i].index)
			printf("  %s: the index should be %" PRIu64 "\n",
			       steps[i].level, index);
	}
}

static void show(const char *options)
{
	struct mmsim_world_info info = { .size = sizeof(info) };
	struct mmsim *world = make_world(options);
	const uint64_t at = (uint64_t)0x123456 << 20;
	struct mmsim_mm *mm;
	uint64_t addr;

	must(mmsim_world_info(world, &info), "info");
	must(mmsim_mm_create(world, &mm), "mm_create");
	addr = map_at(mm, at, 4 * info.page_size);
	printf("%s: pages of %" PRIu32 " KiB, 0x%" PRIx64 "\n", info.instance,
	       info.page_size / 1024, addr);
	printf(" before the first access:\n");
	print_walk(mm, addr);
	touch(mm, addr, MMSIM_WRITE, NULL);
	printf(" after a write:\n");
	print_walk(mm, addr);
	printf(" the next page, which shares all tables:\n");
	print_walk(mm, addr + info.page_size);
	check_indices(mm, addr);
	mmsim_destroy(world);
}

int main(void)
{
	show("--arch x86_64");
	show("--arch arm64 --page-size 64k");
	show("--arch ppc64 --mmu radix --page-size 64k");
	show("--arch ppc64 --mmu hash --page-size 64k");
	return 0;
}
