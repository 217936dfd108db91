/* SPDX-License-Identifier: MIT */
/*
 * Geometry against the sheets' tables (arch-x86.md 1, arch-arm64.md 1,
 * arch-powerpc-book3s64.md 1), and the field tables.
 */
#include "laws.h"

#include <string.h>

struct geometry {
	const char *name; /* of the instance, without _pre* */
	unsigned page_shift, levels;
	u8 shift[5], bits[5];
	u64 task_size, pte_table, pmd_table, top_table;
	unsigned cont;
	bool thp;
};

#define K ((u64)1 << 10)
#define T ((u64)1 << 40)

static const struct geometry geometries[] = {
	{ "x86_64",
	  12,
	  4,
	  { 12, 21, 30, 39 },
	  { 9, 9, 9, 9 },
	  128 * T - 4 * K,
	  4 * K,
	  4 * K,
	  4 * K,
	  1,
	  true },
	{ "arm64_4k",
	  12,
	  4,
	  { 12, 21, 30, 39 },
	  { 9, 9, 9, 9 },
	  256 * T,
	  4 * K,
	  4 * K,
	  4 * K,
	  16,
	  true },
	{ "arm64_16k",
	  14,
	  4,
	  { 14, 25, 36, 47 },
	  { 11, 11, 11, 1 },
	  256 * T,
	  16 * K,
	  16 * K,
	  16,
	  128,
	  true },
	{ "arm64_64k",
	  16,
	  3,
	  { 16, 29, 42 },
	  { 13, 13, 6 },
	  256 * T,
	  64 * K,
	  64 * K,
	  512,
	  32,
	  true },
	{ "ppc64_radix_4k",
	  12,
	  4,
	  { 12, 21, 30, 39 },
	  { 9, 9, 9, 13 },
	  64 * T,
	  4 * K,
	  4 * K,
	  64 * K,
	  1,
	  true },
	{ "ppc64_radix_64k",
	  16,
	  4,
	  { 16, 21, 30, 39 },
	  { 5, 9, 9, 13 },
	  4096 * T,
	  256,
	  4 * K,
	  64 * K,
	  1,
	  true },
	{ "ppc64_hash_4k",
	  12,
	  4,
	  { 12, 21, 28, 37 },
	  { 9, 7, 9, 9 },
	  64 * T,
	  4 * K,
	  1 * K,
	  4 * K,
	  1,
	  false },
	{ "ppc64_hash_64k",
	  16,
	  4,
	  { 16, 24, 34, 44 },
	  { 8, 10, 10, 8 },
	  4096 * T,
	  4 * K,
	  16 * K,
	  2 * K,
	  1,
	  true },
	{ "fake",
	  12,
	  5,
	  { 12, 18, 25, 34, 44 },
	  { 6, 7, 9, 10, 10 },
	  16384 * T,
	  512,
	  1 * K,
	  8 * K,
	  1,
	  true },
};

static const struct geometry *my_geometry(void)
{
	const struct geometry *g;
	size_t i, len;

	for (i = 0; i < ARRAY_SIZE(geometries); i++) {
		g = &geometries[i];
		len = strlen(g->name);
		if (!strncmp(MM_INSTANCE_NAME, g->name, len) &&
		    (!MM_INSTANCE_NAME[len] ||
		     !strncmp(&MM_INSTANCE_NAME[len], "_pre", 4)))
			return g;
	}
	fail_msg("no geometry for %s", MM_INSTANCE_NAME);
	return NULL;
}

static void geometry_is_the_sheets(void **state)
{
	const struct geometry *g = my_geometry();
	unsigned level;

	(void)state;
	assert_int_equal(PAGE_SHIFT, g->page_shift);
	assert_int_equal(PMD_SHIFT, g->shift[1]);
	assert_int_equal(ARCH_NR_LEVELS, g->levels);
	assert_int_equal(PTRS_PER_PTE, 1 << g->bits[0]);
	assert_int_equal(PTRS_PER_PMD, 1 << g->bits[1]);
	for (level = 0; level < g->levels; level++) {
		assert_int_equal(arch_level_shift(level), g->shift[level]);
		assert_int_equal(arch_level_bits(level), g->bits[level]);
	}
	assert_int_equal(HPAGE_PMD_ORDER, g->bits[0]);
	assert_int_equal(ARCH_CONT_PTES, g->cont);
	assert_int_equal(ARCH_HAS_THP, g->thp);
	assert_true(TASK_SIZE == g->task_size);
}

static void table_sizes_are_the_sheets(void **state)
{
	const struct geometry *g = my_geometry();

	(void)state;
	assert_int_equal(arch_table_bytes(0), g->pte_table);
	assert_int_equal(arch_table_bytes(1), g->pmd_table);
	assert_int_equal(arch_table_bytes(g->levels - 1), g->top_table);
}

static void levels_cover_the_address_space_without_gaps(void **state)
{
	unsigned level, top = ARCH_NR_LEVELS - 1;

	(void)state;
	for (level = 0; level < top; level++)
		assert_int_equal(arch_level_shift(level + 1),
				 arch_level_shift(level) +
					 arch_level_bits(level));
	assert_true(
		TASK_SIZE - 1 <=
		MASK_U64(arch_level_shift(top) + arch_level_bits(top) - 1, 0));
	for (level = 0; level <= top; level++)
		assert_true(arch_table_bytes(level) >=
			    (u64)8 << arch_level_bits(level));
}

/* A table's address is a multiple of its size, up to the last one. */
static void table_entries_keep_their_table(void **state)
{
	unsigned level, bit, pa_bits = LAW_ARM64 ? 48 : 45;
	u64 entry;

	(void)state;
	assert_true(arch_table_none(0));
	for (level = 1; level < ARCH_NR_LEVELS; level++) {
		for (bit = 0; bit < pa_bits; bit++) {
			paddr_t pa = BIT_U64(bit);

			if (pa < arch_table_bytes(level - 1))
				continue;
			entry = arch_table_entry(pa, level);
			assert_false(arch_table_none(entry));
			assert_true(arch_table_pa(entry, level) == pa);
			if (level == 1)
				assert_true(pmd_table(__pmd(entry)));
		}
	}
}

static void memory_byte_order_is_the_archs(void **state)
{
	unsigned char buf[8];

	(void)state;
	arch_store(buf, 0x0102030405060708);
	assert_true(arch_load(buf) == 0x0102030405060708);
	if (LAW_X86 || LAW_ARM64)
		assert_memory_equal(buf, "\x08\x07\x06\x05\x04\x03\x02\x01", 8);
	else if (LAW_PPC)
		assert_memory_equal(buf, "\x01\x02\x03\x04\x05\x06\x07\x08", 8);
	else
		assert_memory_equal(buf, "\xf7\xf8\xf9\xfa\xfb\xfc\xfd\xfe", 8);
}

/* ---- fields ---- */

static void check_fields(const struct arch_field *fields, unsigned nr)
{
	unsigned i, next = 64;

	for (i = 0; i < nr; i++) {
		assert_int_equal(fields[i].hi + 1, next);
		assert_true(fields[i].lo <= fields[i].hi);
		assert_true(fields[i].name[0] && fields[i].what[0]);
		next = fields[i].lo;
	}
	assert_int_equal(next, 0);
}

static void fields_cover_all_bits_once_from_the_top(void **state)
{
	(void)state;
	check_fields(arch_pte_fields, arch_nr_pte_fields);
	check_fields(arch_pmd_fields, arch_nr_pmd_fields);
	check_fields(arch_swap_fields, arch_nr_swap_fields);
}

static const struct arch_field *field_named(const struct arch_field *fields,
					    unsigned nr, const char *name)
{
	unsigned i;

	for (i = 0; i < nr; i++)
		if (!strcmp(fields[i].name, name))
			return &fields[i];
	fail_msg("no field %s", name);
	return NULL;
}

/* The offset's field is where the layout puts it, and the type's. */
static void swap_fields_are_the_layouts(void **state)
{
	const struct arch_field *f;
	struct arch_rules r;

	(void)state;
	law_rules(&r, LAW_UNTIL - 1, MACHINE_RECORDED);
	f = field_named(arch_swap_fields, arch_nr_swap_fields, "OFFSET");
	assert_int_equal(f->lo, r.swp.off_shift);
	assert_int_equal(f->hi - f->lo + 1, r.swp.off_bits);
	f = field_named(arch_swap_fields, arch_nr_swap_fields, "TYPE");
	assert_int_equal(f->lo, r.swp.type_shift);
	assert_int_equal(f->hi - f->lo + 1, r.swp.type_bits);
	f = field_named(arch_swap_fields, arch_nr_swap_fields, "EXCLUSIVE");
	assert_true(r.swp.exclusive == BIT_U64(f->lo));
}

static void pfn_field_is_where_pfn_pte_puts_it(void **state)
{
	const char *name = LAW_PPC ? "RPN" : "PFN";
	const struct arch_field *f;
	struct arch_rules r;
	pte_t e;

	(void)state;
	law_rules(&r, LAW_UNTIL - 1, MACHINE_RECORDED);
	e = pfn_pte(LAW_MAX_PFN, arch_protection(VM_READ, &r));
	f = field_named(arch_pte_fields, arch_nr_pte_fields, name);
	assert_true((pte_val(e) & MASK_U64(f->hi, f->lo)) ==
		    MASK_U64(f->hi, f->lo));
	assert_int_equal(f->hi - f->lo + 1, LAW_PFN_BITS);
}

int run_geometry_laws(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(geometry_is_the_sheets),
		cmocka_unit_test(table_sizes_are_the_sheets),
		cmocka_unit_test(levels_cover_the_address_space_without_gaps),
		cmocka_unit_test(table_entries_keep_their_table),
		cmocka_unit_test(memory_byte_order_is_the_archs),
		cmocka_unit_test(fields_cover_all_bits_once_from_the_top),
		cmocka_unit_test(swap_fields_are_the_layouts),
		cmocka_unit_test(pfn_field_is_where_pfn_pte_puts_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
