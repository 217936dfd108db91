/* SPDX-License-Identifier: MIT */
/*
 * Walks of page tables, as the processors' manuals give the formats.
 */
#include <stddef.h>
#include <string.h>

#include "raw_parts.h"

#define BITS(hi, lo) ((~0ull >> (63 - (hi))) & (~0ull << (lo)))

/* ---- x86-64 ---- */

/* A large page: bit 7. Bit 0 or bit 8 (PROT_NONE) makes an entry present. */
static bool x86_leaf(uint64_t e, unsigned shift)
{
	return shift == 12 || !(e & 1) || e & 0x80;
}

static bool x86_table(uint64_t e)
{
	return e & 1;
}

/* ---- arm64: type in bits 1:0, 3 table or page, 1 block ---- */

static bool arm64_leaf(uint64_t e, unsigned shift)
{
	return shift <= 16 || (e & 3) != 3;
}

static bool arm64_table(uint64_t e)
{
	return (e & 3) == 3;
}

/* ---- powerpc: a leaf has bit 62 ---- */

static bool ppc_leaf(uint64_t e, unsigned shift)
{
	return shift <= 16 || e & 1ull << 62;
}

static bool ppc_table(uint64_t e)
{
	return e >> 63;
}

#define X86	  false, BITS(51, 12), BITS(51, 12), x86_leaf, x86_table
#define ARM64(lo) false, BITS(47, lo), BITS(47, lo), arm64_leaf, arm64_table
#define RADIX(lo) true, BITS(55, 8), BITS(52, lo), ppc_leaf, ppc_table
#define HASH(lo)  true, BITS(52, 8), BITS(52, lo), ppc_leaf, ppc_table

static const struct format formats[] = {
	{ "x86_64", 4, { 39, 30, 21, 12 }, { 9, 9, 9, 9 }, X86 },
	{ "x86_64 five", 5, { 48, 39, 30, 21, 12 }, { 9, 9, 9, 9, 9 }, X86 },
	{ "aarch64 4", 4, { 39, 30, 21, 12 }, { 9, 9, 9, 9 }, ARM64(12) },
	{ "aarch64 16", 4, { 47, 36, 25, 14 }, { 1, 11, 11, 11 }, ARM64(14) },
	{ "aarch64 64", 3, { 42, 29, 16 }, { 10, 13, 13 }, ARM64(16) },
	{ "radix 4", 4, { 39, 30, 21, 12 }, { 13, 9, 9, 9 }, RADIX(12) },
	{ "radix 64", 4, { 39, 30, 21, 16 }, { 13, 9, 9, 5 }, RADIX(16) },
	{ "hash 4", 4, { 37, 28, 21, 12 }, { 9, 9, 7, 9 }, HASH(12) },
	{ "hash 64", 4, { 44, 34, 24, 16 }, { 8, 10, 10, 8 }, HASH(16) },
};

static const struct format *format_find(const char *name)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++)
		if (!strcmp(formats[i].name, name))
			return &formats[i];
	return NULL;
}

const struct format *format_of(const char *machine, uint64_t page,
			       const char *mmu, bool five_levels)
{
	bool small = page == 4096;

	if (!strcmp(machine, "x86_64"))
		return format_find(five_levels ? "x86_64 five" : "x86_64");
	if (!strcmp(machine, "aarch64"))
		return format_find(small	   ? "aarch64 4"
				   : page == 16384 ? "aarch64 16"
						   : "aarch64 64");
	if (strncmp(machine, "ppc64", 5))
		return NULL;
	if (!strcmp(mmu, "radix"))
		return format_find(small ? "radix 4" : "radix 64");
	return format_find(small ? "hash 4" : "hash 64");
}

static int entry_read(const struct kcore *k, const struct format *f,
		      uint64_t at, uint64_t *value)
{
	if (kcore_read(k, at, value, sizeof(*value)))
		return -1;
	if (f->big_endian)
		*value = __builtin_bswap64(*value);
	return 0;
}

int walk(const struct kcore *k, const struct format *f, uint64_t table,
	 uint64_t addr, uint64_t *value, unsigned *shift)
{
	for (unsigned level = 0; level < f->levels; level++) {
		uint64_t index = addr >> f->shift[level] &
				 ((1ull << f->bits[level]) - 1);

		*shift = f->shift[level];
		if (entry_read(k, f, table + 8 * index, value))
			return -1;
		if (!*value || f->is_leaf(*value, *shift) ||
		    !f->is_table(*value))
			return 0;
		table = kcore_virtual(k, *value & f->table);
		if (!table)
			return -1;
	}
	return -1;
}
