/* SPDX-License-Identifier: MIT */
/*
 * 02 - fork and copy on write.
 *
 * fork() copies no contents. Parent and child map the same page, both without
 * the write bit, and the page is no longer exclusive to one process. Whoever
 * writes first gets a copy. Whoever is left alone with the old page afterwards
 * may simply write it: copying a page that nobody else can see would be waste.
 */
#include "example.h"

static void show(const char *who, struct mmsim_mm *mm, uint64_t addr)
{
	struct mmsim_entry entry = entry_at(mm, addr);

	printf("  %-6s '%c', mapped %d time%s:", who, mmsim_page_peek(mm, addr),
	       entry.mapcount, entry.mapcount == 1 ? "" : "s");
	print_entry(&entry);
}

static uint64_t counter(struct mmsim *world, const char *name)
{
	uint64_t value;

	must(mmsim_counter(world, name, &value), name);
	return value;
}

/* Store a byte and say what the kernel had to do for it. */
static void store(struct mmsim *world, struct mmsim_mm *mm, uint64_t addr,
		  const char *who, char byte)
{
	uint64_t copies = counter(world, "wp_page_copy");
	uint64_t reuses = counter(world, "wp_page_reuse");
	struct mmsim_fault fault = touch(mm, addr, MMSIM_WRITE, &byte);

	printf("%s writes '%c': %u fault%s, %" PRIu64 " copied, %" PRIu64
	       " reused\n",
	       who, byte, fault.minor, fault.minor == 1 ? "" : "s",
	       counter(world, "wp_page_copy") - copies,
	       counter(world, "wp_page_reuse") - reuses);
}

int main(void)
{
	struct mmsim *world = make_world("--arch x86_64 --kernel 7.2");
	struct mmsim_mm *parent, *child;
	uint64_t addr;
	char byte = 0;

	must(mmsim_mm_create(world, &parent), "mm_create");
	addr = map_anon(parent, PAGE);
	store(world, parent, addr, "parent", 'a');
	show("parent", parent, addr);

	must(mmsim_fork(parent, &child), "fork");
	printf("fork\n");
	show("parent", parent, addr);
	show("child", child, addr);

	/* The child's entry was made old: its first read marks it young. */
	touch(child, addr, MMSIM_READ, &byte);
	printf("child reads '%c'\n", byte);

	store(world, parent, addr, "parent", 'b');
	show("parent", parent, addr);
	show("child", child, addr);

	/* The child is the only one left with the old page. */
	store(world, child, addr, "child", 'c');
	show("parent", parent, addr);
	show("child", child, addr);

	/* Fork again, and this time the child goes before anybody writes. */
	mmsim_mm_exit(child);
	must(mmsim_fork(parent, &child), "fork");
	mmsim_mm_exit(child);
	printf("fork again, and the child exits\n");
	show("parent", parent, addr);
	store(world, parent, addr, "parent", 'd');
	show("parent", parent, addr);

	mmsim_destroy(world);
	return 0;
}
