/* SPDX-License-Identifier: MIT */
/*
 * The parts of the reader of raw entries.
 */
#ifndef RECORD_RAW_PARTS_H
#define RECORD_RAW_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "raw.h"

/* ---- raw_kcore.c: the kernel's memory as an ELF core ---- */

#define MOST_SEGMENTS 64

struct kcore {
	int fd;
	unsigned nr;
	struct segment {
		uint64_t vaddr, paddr, bytes, offset;
	} segment[MOST_SEGMENTS];
};

/** kcore_open() - read the segments; -1 if it is no 64-bit core. */
int kcore_open(struct kcore *k, const char *path);

/** kcore_read() - @len bytes at a kernel address; -1 if none lie there. */
int kcore_read(const struct kcore *k, uint64_t addr, void *buf, size_t len);

/** kcore_is_memory() - whether a segment is of the direct map. */
bool kcore_is_memory(const struct segment *s);

/**
 * kcore_virtual() - where the kernel maps a physical address; 0: nowhere.
 *
 * In the largest segment that has it: that of the kernel's own image is mapped
 * a second time, without what was freed of it after the boot.
 */
uint64_t kcore_virtual(const struct kcore *k, uint64_t paddr);
void kcore_close(struct kcore *k);

/* ---- raw_btf.c: offsets of members ---- */

/**
 * btf_offset() - where a member lies, in bytes; -1 if there is no such one.
 * @data, @len: what /sys/kernel/btf/vmlinux holds.
 *
 * Members of unnamed structs and unions inside are found as well.
 */
long btf_offset(const void *data, size_t len, const char *type,
		const char *member);

/* ---- raw_walk.c: the tables of an architecture ---- */

/* One format: how wide the levels are, and what an entry says. */
struct format {
	const char *name;
	unsigned levels;
	unsigned shift[5]; /* of each level, top first */
	unsigned bits[5];  /* index bits of each level */
	bool big_endian;
	uint64_t table; /* mask of the next table's physical address */
	uint64_t pfn;	/* mask of the frame in a leaf */
	bool (*is_leaf)(uint64_t entry, unsigned shift);
	bool (*is_table)(uint64_t entry);
};

/**
 * format_of() - the format of a kernel.
 * @machine: of uname.
 * @mmu: "radix" or "hash", for powerpc.
 *
 * Return: NULL if it is not known.
 */
const struct format *format_of(const char *machine, uint64_t page,
			       const char *mmu, bool five_levels);

/** walk() - the entry for an address, from the table at @table (virtual). */
int walk(const struct kcore *k, const struct format *f, uint64_t table,
	 uint64_t addr, uint64_t *value, unsigned *shift);

#endif
