/* SPDX-License-Identifier: MIT */
/*
 * The readers behind raw entries: type information, a core, and the walks of
 * each format, on small ones made here.
 */
#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "raw_parts.h"
#include "support/test.h"

/* ---- BTF ---- */

#define STRINGS "\0task\0mm\0pgd\0other\0"

enum {
	NAME_NONE = 0,
	NAME_TASK = 1,
	NAME_MM = 6,
	NAME_PGD = 9,
	NAME_OTHER = 13
};

/*
 * 1: int other; 2: union { int other; struct 3 } ; 3: struct { int other (0);
 * int pgd (64 bits in) }; 4: struct task { int mm (at 8 bytes); union 2 (at 16
 * bytes) }.
 */
static const uint32_t types[] = {
	NAME_OTHER, 1u << 24,	  4,  32, /* 1 */
	NAME_NONE,  5u << 24 | 2, 16, NAME_OTHER, 1, 0,	 0,	   3,
	0, /* 2 */
	NAME_NONE,  4u << 24 | 2, 16, NAME_OTHER, 1, 0,	 NAME_PGD, 1,
	64, /* 3 */
	NAME_TASK,  4u << 24 | 2, 32, NAME_MM,	  1, 64, 0,	   2,
	128, /* 4 */
};

struct btf_blob {
	struct {
		uint16_t magic;
		uint8_t version, flags;
		uint32_t head_len, type_off, type_len, str_off, str_len;
	} head;
	uint32_t types[sizeof(types) / sizeof(*types)];
	char strings[sizeof(STRINGS)];
};

static struct btf_blob blob_make(void)
{
	struct btf_blob b = { .head = { 0xeb9f, 1, 0, sizeof(b.head), 0,
					sizeof(types), sizeof(types),
					sizeof(STRINGS) } };

	memcpy(b.types, types, sizeof(types));
	memcpy(b.strings, STRINGS, sizeof(STRINGS));
	return b;
}

static void members_are_found(void **state)
{
	struct btf_blob b = blob_make();

	(void)state;
	assert_int_equal(btf_offset(&b, sizeof(b), "task", "mm"), 8);
	/* In a struct in a union, neither of which has a name. */
	assert_int_equal(btf_offset(&b, sizeof(b), "task", "pgd"), 24);
	assert_int_equal(btf_offset(&b, sizeof(b), "task", "nobody"), -1);
	assert_int_equal(btf_offset(&b, sizeof(b), "nobody", "mm"), -1);
}

static void damaged_types_are_refused(void **state)
{
	struct btf_blob b = blob_make();
	size_t i;

	(void)state;
	/* Exact buffers: a read beyond one shows with a sanitizer. */
	for (i = 0; i < sizeof(b); i++) {
		void *part = malloc(i ? i : 1);

		assert_non_null(part);
		memcpy(part, &b, i);
		assert_int_equal(btf_offset(part, i, "task", "mm"), -1);
		free(part);
	}
	for (i = 0; i < sizeof(b); i++) {
		struct btf_blob bad = b;
		void *part = malloc(sizeof(b));

		((unsigned char *)&bad)[i] ^= 0xff;
		memcpy(part, &bad, sizeof(bad));
		(void)btf_offset(part, sizeof(bad), "task", "pgd");
		free(part);
	}
}

/* ---- a core with the tables of one address ---- */

#define MEMORY	(1u << 20)
#define VIRTUAL 0xffff800000000000ull
#define PHYS	0x40000000ull

struct core {
	char path[32];
	unsigned char *memory;
	uint64_t next; /* free memory */
};

static void core_begin(struct core *c)
{
	c->memory = calloc(1, MEMORY);
	assert_non_null(c->memory);
	c->next = 1 << 16;
}

static void put(struct core *c, const struct format *f, uint64_t table,
		uint64_t index, uint64_t value)
{
	if (f->big_endian)
		value = __builtin_bswap64(value);
	memcpy(c->memory + (table - PHYS) + 8 * index, &value, 8);
}

/* What makes an entry of a format point to a table. */
static uint64_t pointer(const struct format *f, uint64_t table)
{
	if (f->big_endian)
		return table | 1ull << 63;
	return table | 3;
}

/* Tables down to @level, where @leaf is put. */
static void tables(struct core *c, const struct format *f, uint64_t addr,
		   unsigned level, uint64_t leaf)
{
	uint64_t table = PHYS;

	for (unsigned i = 0; i < f->levels; i++) {
		uint64_t index =
			addr >> f->shift[i] & ((1ull << f->bits[i]) - 1);

		if (i == level) {
			put(c, f, table, index, leaf);
			return;
		}
		put(c, f, table, index, pointer(f, PHYS + c->next));
		table = PHYS + c->next;
		c->next += 1 << 16;
	}
}

static void core_write(struct core *c)
{
	Elf64_Ehdr head = { .e_ident = ELFMAG,
			    .e_phoff = sizeof(head),
			    .e_phentsize = sizeof(Elf64_Phdr),
			    .e_phnum = 3 };
	Elf64_Phdr p[3] = {
		{ .p_type = PT_NOTE },
		{ .p_type = PT_LOAD,
		  .p_vaddr = 1 << 20,
		  .p_paddr = ~0ull,
		  .p_memsz = 4096,
		  .p_offset = sizeof(head) + sizeof(p) },
		{ .p_type = PT_LOAD,
		  .p_vaddr = VIRTUAL,
		  .p_paddr = PHYS,
		  .p_memsz = MEMORY,
		  .p_offset = sizeof(head) + sizeof(p) },
	};
	int fd;

	head.e_ident[EI_CLASS] = ELFCLASS64;
	strcpy(c->path, "/tmp/mmsim-core-XXXXXX");
	fd = mkstemp(c->path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, &head, sizeof(head)), sizeof(head));
	assert_int_equal(write(fd, p, sizeof(p)), sizeof(p));
	assert_int_equal(write(fd, c->memory, MEMORY), MEMORY);
	close(fd);
}

static void core_end(struct core *c)
{
	unlink(c->path);
	free(c->memory);
}

static const struct {
	const char *machine, *mmu;
	uint64_t page;
	bool five;
	uint64_t leaf, huge; /* a page, and a leaf one level up */
} walks[] = {
	{ "x86_64", "", 4096, false, 0x8000000012345067, 0x80000000122000e7 },
	{ "x86_64", "", 4096, true, 0x8000000012345067, 0x80000000122000e7 },
	{ "aarch64", "", 4096, false, 0xe8000012345f43, 0xe8000012200f41 },
	{ "aarch64", "", 16384, false, 0xe8000012344f43, 0xe8000012000f41 },
	{ "aarch64", "", 65536, false, 0xe8000012340f43, 0xe8000020000f41 },
	{ "ppc64le", "radix", 4096, false, 0xc000000012345386,
	  0xc000000012200386 },
	{ "ppc64le", "radix", 65536, false, 0xc000000012340386,
	  0xc000000012200386 },
	{ "ppc64le", "hash", 4096, false, 0xd080000012345386, 0 },
	{ "ppc64le", "hash", 65536, false, 0xc080000012340386,
	  0xc080000012002386 },
};

static void walk_is(const struct format *f, unsigned level, uint64_t leaf)
{
	const uint64_t addr = 0x100000000000ull + 0x7654321000ull;
	struct kcore k;
	struct core c;
	uint64_t value;
	unsigned shift;

	core_begin(&c);
	tables(&c, f, addr, level, leaf);
	core_write(&c);
	assert_int_equal(kcore_open(&k, c.path), 0);
	assert_int_equal(walk(&k, f, VIRTUAL, addr, &value, &shift), 0);
	assert_int_equal(value, leaf);
	assert_int_equal(shift, f->shift[level]);
	/* Nothing is mapped beside it. */
	assert_int_equal(
		walk(&k, f, VIRTUAL, addr ^ 1ull << 40, &value, &shift), 0);
	assert_int_equal(value, 0);
	kcore_close(&k);
	core_end(&c);
}

static void each_format_is_walked(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(walks) / sizeof(*walks); i++) {
		const struct format *f =
			format_of(walks[i].machine, walks[i].page, walks[i].mmu,
				  walks[i].five);

		assert_non_null(f);
		walk_is(f, f->levels - 1, walks[i].leaf);
		walk_is(f, f->levels - 1, 0);
		if (walks[i].huge)
			walk_is(f, f->levels - 2, walks[i].huge);
		/* The frame of each lies in the mask, nothing else does. */
		assert_int_equal(walks[i].leaf & f->pfn & 0xffff0000,
				 0x12340000);
	}
	assert_null(format_of("vax", 512, "", false));
}

static void what_is_no_core_is_refused(void **state)
{
	struct kcore k;

	(void)state;
	assert_int_equal(kcore_open(&k, "/dev/null"), -1);
	assert_int_equal(kcore_open(&k, "/nowhere"), -1);
	assert_int_equal(kcore_open(&k, "/etc/passwd"), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_are_found),
		cmocka_unit_test(damaged_types_are_refused),
		cmocka_unit_test(each_format_is_walked),
		cmocka_unit_test(what_is_no_core_is_refused),
	};

	return cmocka_run_group_tests_name("raw", tests, NULL, NULL);
}
