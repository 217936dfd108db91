/* SPDX-License-Identifier: MIT */
/*
 * What all examples do the same way: stop at the first mistake, make a world
 * from the options that the command takes too, name the bits of an entry.
 */
#ifndef EXAMPLES_EXAMPLE_H
#define EXAMPLES_EXAMPLE_H

#include <inttypes.h>
#include <mmsim/mmsim.h>
#include <stdio.h>
#include <stdlib.h>

#define PAGE 4096u /* of the worlds that the examples make */

/* The library never ends a program; that is for the program to decide. */
static inline void must(int rc, const char *what)
{
	if (rc >= 0)
		return;
	fprintf(stderr, "%s: %s\n", what, mmsim_errname(rc));
	exit(1);
}

/* "--arch arm64 --kernel 6.12": a machine with one kernel. */
static inline struct mmsim *make_world(const char *options)
{
	struct mmsim_config config = MMSIM_CONFIG_INIT;
	struct mmsim *world;

	must(mmsim_config_parse(&config, options), options);
	must(mmsim_create(&config, &world), options);
	return world;
}

/* A private anonymous mapping, readable and writable. */
static inline uint64_t map_anon(struct mmsim_mm *mm, uint64_t len)
{
	struct mmsim_mmap_args args = {
		.size = sizeof(args),
		.len = len,
		.prot = MMSIM_PROT_READ | MMSIM_PROT_WRITE,
		.flags = MMSIM_MAP_PRIVATE | MMSIM_MAP_ANONYMOUS,
	};
	uint64_t addr;

	must(mmsim_mmap(mm, &args, &addr), "mmap");
	return addr;
}

/* Read or write one byte; what became of it. */
static inline struct mmsim_fault touch(struct mmsim_mm *mm, uint64_t addr,
				       enum mmsim_access kind, char *byte)
{
	struct mmsim_fault fault = MMSIM_FAULT_INIT;

	must(mmsim_access(mm, 0, addr, 1, kind, byte, &fault), "access");
	return fault;
}

static inline struct mmsim_entry entry_at(struct mmsim_mm *mm, uint64_t addr)
{
	struct mmsim_entry entry = { .size = sizeof(entry) };

	must(mmsim_entry_get(mm, addr, &entry), "entry");
	return entry;
}

/* The bits of an entry that the examples talk about. */
static inline void print_entry(const struct mmsim_entry *entry)
{
	static const struct {
		uint32_t flag;
		const char *name;
	} names[] = {
		{ MMSIM_E_PRESENT, "present" },
		{ MMSIM_E_WRITE, "write" },
		{ MMSIM_E_DIRTY, "dirty" },
		{ MMSIM_E_YOUNG, "young" },
		{ MMSIM_E_PROTNONE, "protnone" },
		{ MMSIM_E_ZERO, "zero-page" },
		{ MMSIM_E_ANON, "anon" },
		{ MMSIM_E_EXCLUSIVE, "exclusive" },
	};
	size_t i;

	if (!entry->flags)
		printf(" empty");
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (entry->flags & names[i].flag)
			printf(" %s", names[i].name);
	printf("\n");
}

#endif
