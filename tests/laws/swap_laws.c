/* SPDX-License-Identifier: MIT */
#include "laws.h"

#define NR_TYPES 32u

/* Offsets with each single bit, all bits, and none. */
static u64 nth_offset(unsigned i, const struct arch_rules *r)
{
	if (i < r->swp.off_bits)
		return BIT_U64(i);
	return i == r->swp.off_bits ? swp_max_offset(r) : 0;
}

#define for_each_offset(i, off, r)                                            \
	for ((i) = 0; (off) = nth_offset(i, r), (i) < (r)->swp.off_bits + 2u; \
	     (i)++)

#define for_each_rules(c, state) for_each_case(c, state) if (law_new_rules(c))

/*
 * No slot of the first device can be all zero, as an empty entry is: on x86
 * that would be the last one (no device is so large), on arm64 the first (it
 * holds the header).
 */
static bool is_no_slot(unsigned type, u64 off, const struct law_case *c)
{
	return !type && ((LAW_X86 && off == swp_max_offset(&c->r)) ||
			 (LAW_ARM64 && !off));
}

static void check_round_trip(const struct law_case *c, unsigned type, u64 off)
{
	pte_t pte = swp_entry_to_pte(swp_entry(type, off), &c->r);
	pmd_t pmd = swp_entry_to_pmd(swp_entry(type, off), &c->r);
	u64 raw = pte_val(pte);

	HOLDS_FOR(c, raw, swp_raw_type(raw, &c->r) == type);
	HOLDS_FOR(c, raw, swp_raw_offset(raw, &c->r) == off);
	HOLDS_FOR(c, raw, swp_type(pte_to_swp_entry(pte, &c->r)) == type);
	HOLDS_FOR(c, raw, swp_offset(pte_to_swp_entry(pte, &c->r)) == off);
	HOLDS_FOR(c, raw, pmd_val(pmd) == raw);
	HOLDS_FOR(c, raw, swp_offset(pmd_to_swp_entry(pmd, &c->r)) == off);
	HOLDS_FOR(c, raw, is_swap_pte(pte) == !is_no_slot(type, off, c));
	HOLDS_FOR(c, raw, is_swap_pmd(pmd) == is_swap_pte(pte));
	HOLDS_FOR(c, raw, !pte_accessible(pte, true) && !pmd_table(pmd));
}

static void swap_entry_keeps_every_type_and_offset(void **state)
{
	const struct law_case *c;
	unsigned type, i;
	u64 off;

	for_each_rules(c, state) for (type = 0; type < NR_TYPES; type++)
		for_each_offset(i, off, &c->r) check_round_trip(c, type, off);
}

/* The CPU sees nothing there, whatever the flags. */
static void swap_entry_stops_the_cpu(void **state)
{
	const struct law_case *c;
	unsigned type;
	pte_t e;
	pmd_t m;

	for_each_rules(c, state)
	{
		for (type = 0; type < NR_TYPES; type++) {
			e = swp_entry_to_pte(swp_entry(type, 7), &c->r);
			e = pte_swp_mkuffd_wp(
				pte_swp_mksoft_dirty(
					pte_swp_mkexclusive(e, &c->r), &c->r),
				&c->r);
			m = __pmd(pte_val(e));
			HOLDS_FOR(c, pte_val(e), is_swap_pte(e));
			HOLDS_FOR(c, pte_val(e),
				  hw_pte_access(&e, HW_READ, &c->r) ==
					  HW_NOT_PRESENT);
			HOLDS_FOR(c, pte_val(e),
				  hw_pmd_access(&m, HW_READ, &c->r) ==
					  HW_NOT_PRESENT);
		}
	}
}

/* ---- flag bits ---- */

static void check_undisturbed(const struct law_case *c, u64 raw, u64 was)
{
	HOLDS_FOR(c, raw, swp_raw_type(raw, &c->r) == swp_raw_type(was, &c->r));
	HOLDS_FOR(c, raw,
		  swp_raw_offset(raw, &c->r) == swp_raw_offset(was, &c->r));
	HOLDS_FOR(c, raw, !pte_present(__pte(raw)) && !pmd_present(__pmd(raw)));
}

static void check_exclusive(const struct law_case *c, pte_t e)
{
	const struct arch_rules *r = &c->r;
	pte_t x = pte_swp_mkexclusive(e, r);
	bool has = r->swp.exclusive;

	check_undisturbed(c, pte_val(x), pte_val(e));
	HOLDS_FOR(c, pte_val(x), pte_swp_exclusive(x, r) == has);
	HOLDS_FOR(c, pte_val(x), !pte_swp_exclusive(e, r));
	HOLDS_FOR(c, pte_val(x),
		  pte_swp_soft_dirty(x, r) == pte_swp_soft_dirty(e, r));
	HOLDS_FOR(c, pte_val(x),
		  pte_swp_uffd_wp(x, r) == pte_swp_uffd_wp(e, r));
	HOLDS_FOR(c, pte_val(x),
		  pte_val(pte_swp_clear_exclusive(x, r)) == pte_val(e));
}

static void swap_exclusive_disturbs_nothing(void **state)
{
	const struct law_case *c;
	unsigned type, i;
	u64 off;
	pte_t e;

	for_each_rules(c, state)
	{
		HOLDS_FOR(c, c->r.swp.exclusive,
			  !c->r.swp.exclusive == (c->kernel < KERNEL(5, 19)));
		for (type = 0; type < NR_TYPES; type++) {
			for_each_offset(i, off, &c->r)
			{
				e = swp_entry_to_pte(swp_entry(type, off),
						     &c->r);
				check_exclusive(c, e);
				e = pte_swp_mksoft_dirty(e, &c->r);
				check_exclusive(c, e);
			}
		}
	}
}

static void swap_soft_dirty_is_set_and_cleared(void **state)
{
	const struct law_case *c;
	pte_t e, s;

	for_each_rules(c, state)
	{
		HOLDS_FOR(c, c->r.swp.soft_dirty,
			  !c->r.swp.soft_dirty == !c->r.soft_dirty);
		e = swp_entry_to_pte(swp_entry(3, swp_max_offset(&c->r)),
				     &c->r);
		s = pte_swp_mksoft_dirty(e, &c->r);
		check_undisturbed(c, pte_val(s), pte_val(e));
		HOLDS_FOR(c, pte_val(s),
			  pte_swp_soft_dirty(s, &c->r) == c->r.soft_dirty);
		HOLDS_FOR(c, pte_val(s), !pte_swp_exclusive(s, &c->r));
		s = pte_swp_clear_soft_dirty(s, &c->r);
		HOLDS_FOR(c, pte_val(s), pte_val(s) == pte_val(e));
	}
}

static void swap_uffd_wp_is_set_and_cleared(void **state)
{
	const struct law_case *c;
	pte_t e, s;

	for_each_rules(c, state)
	{
		HOLDS_FOR(c, c->r.swp.uffd_wp,
			  !c->r.swp.uffd_wp == !c->r.uffd_wp);
		e = swp_entry_to_pte(swp_entry(31, 1), &c->r);
		s = pte_swp_mkuffd_wp(e, &c->r);
		check_undisturbed(c, pte_val(s), pte_val(e));
		HOLDS_FOR(c, pte_val(s),
			  pte_swp_uffd_wp(s, &c->r) == c->r.uffd_wp);
		s = pte_swp_clear_uffd_wp(s, &c->r);
		HOLDS_FOR(c, pte_val(s), pte_val(s) == pte_val(e));
	}
}

static void pmd_swap_flags_are_the_ptes(void **state)
{
	const struct law_case *c;

	for_each_rules(c, state)
	{
		const struct arch_rules *r = &c->r;
		pte_t e = swp_entry_to_pte(swp_entry(1, 0x345), r);
		pmd_t m = swp_entry_to_pmd(swp_entry(1, 0x345), r);

		e = pte_swp_mkuffd_wp(pte_swp_mksoft_dirty(e, r), r);
		e = pte_swp_mkexclusive(e, r);
		m = pmd_swp_mkuffd_wp(pmd_swp_mksoft_dirty(m, r), r);
		m = pmd_swp_mkexclusive(m, r);
		HOLDS_FOR(c, pmd_val(m), pmd_val(m) == pte_val(e));
		HOLDS_FOR(c, pmd_val(m),
			  pmd_swp_soft_dirty(m, r) == r->soft_dirty &&
				  pmd_swp_uffd_wp(m, r) == r->uffd_wp &&
				  pmd_swp_exclusive(m, r) ==
					  !!r->swp.exclusive);
		m = pmd_swp_clear_exclusive(
			pmd_swp_clear_uffd_wp(pmd_swp_clear_soft_dirty(m, r),
					      r),
			r);
		HOLDS_FOR(c, pmd_val(m),
			  pmd_val(m) == swp_entry_raw(1, 0x345, r));
	}
}

/* ---- kinds ---- */

static swp_entry_t through_a_pte(swp_entry_t e, const struct arch_rules *r)
{
	return pte_to_swp_entry(swp_entry_to_pte(e, r), r);
}

static void every_type_is_of_one_kind(void **state)
{
	const struct law_case *c;
	unsigned type, kinds, none;
	swp_entry_t e;

	for_each_rules(c, state)
	{
		none = 0;
		for (type = 0; type < NR_TYPES; type++) {
			e = swp_entry(type, 1);
			kinds = !non_swap_entry(e, &c->r) +
				is_readable_migration_entry(e, &c->r) +
				is_readable_exclusive_migration_entry(e,
								      &c->r) +
				is_writable_migration_entry(e, &c->r) +
				is_hwpoison_entry(e, &c->r) +
				is_pte_marker_entry(e, &c->r);
			HOLDS_FOR(c, type, kinds <= 1);
			none += !kinds;
		}
		/* The rest are device memory's. */
		HOLDS_FOR(c, none, none >= 2 && none <= 4);
	}
}

static void swap_type_numbers_are_the_releases(void **state)
{
	static const struct {
		u32 kernel;
		u8 nr, poison, read, rdex, write, marker;
	} want[] = {
		/* the sheet */
		{ KERNEL(6, 1), 23, 23, 24, 25, 26, 31 },
		{ KERNEL(6, 12), 23, 23, 24, 25, 26, 31 },
		{ KERNEL(7, 2), 24, 24, 25, 26, 27, 31 },
		/* by construction */
		{ KERNEL(5, 10), 27, 27, 28, 0, 29, 0 },
		{ KERNEL(5, 18), 25, 25, 26, 0, 27, 0 },
		{ KERNEL(5, 19), 23, 23, 24, 25, 26, 31 },
	};
	struct arch_rules r;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(want); i++) {
		law_rules(&r, want[i].kernel, MACHINE_RECORDED);
		assert_int_equal(r.types.nr_swapfiles, want[i].nr);
		assert_int_equal(r.types.hwpoison, want[i].poison);
		assert_int_equal(r.types.migration_read, want[i].read);
		assert_int_equal(r.types.migration_read_exclusive,
				 want[i].rdex);
		assert_int_equal(r.types.migration_write, want[i].write);
		assert_int_equal(r.types.marker, want[i].marker);
		assert_int_equal(r.types.read_exclusive,
				 want[i].kernel >= KERNEL(5, 19));
	}
}

static pfn_t max_migration_pfn(const struct arch_rules *r)
{
	return r->types.pfn_bits ? MASK_U64(r->types.pfn_bits - 1, 0)
				 : swp_max_offset(r);
}

static void migration_entry_keeps_its_kind_and_page(void **state)
{
	const struct law_case *c;
	swp_entry_t w, rd, rx;
	pfn_t pfn;

	for_each_rules(c, state)
	{
		const struct arch_rules *r = &c->r;

		pfn = max_migration_pfn(r);
		w = through_a_pte(make_writable_migration_entry(pfn, r), r);
		rd = through_a_pte(make_readable_migration_entry(pfn, r), r);
		rx = through_a_pte(
			make_readable_exclusive_migration_entry(pfn, r), r);
		HOLDS_FOR(c, pfn, is_writable_migration_entry(w, r));
		HOLDS_FOR(c, pfn, !is_writable_migration_entry(rd, r));
		HOLDS_FOR(c, pfn, is_readable_migration_entry(rd, r));
		HOLDS_FOR(c, pfn, !is_writable_migration_entry(rx, r));
		HOLDS_FOR(c, pfn,
			  is_readable_exclusive_migration_entry(rx, r) ==
				  (c->kernel >= KERNEL(5, 19)));
		HOLDS_FOR(c, pfn,
			  is_migration_entry(w, r) &&
				  is_migration_entry(rd, r) &&
				  is_migration_entry(rx, r));
		HOLDS_FOR(c, pfn,
			  swp_offset_pfn(w, r) == pfn &&
				  swp_offset_pfn(rd, r) == pfn &&
				  swp_offset_pfn(rx, r) == pfn);
		HOLDS_FOR(c, pfn, non_swap_entry(w, r));
	}
}

/* From 6.1 on; before, there is nothing to remember it in. */
static void migration_entry_carries_young_and_dirty(void **state)
{
	const struct law_case *c;
	swp_entry_t e, y, d;

	for_each_rules(c, state)
	{
		const struct arch_rules *r = &c->r;
		bool has = migration_entry_supports_ad(r);

		HOLDS_FOR(c, has, has == (c->kernel >= KERNEL(6, 1)));
		e = make_writable_migration_entry(max_migration_pfn(r), r);
		y = through_a_pte(make_migration_entry_young(e, r), r);
		d = through_a_pte(make_migration_entry_dirty(e, r), r);
		HOLDS_FOR(c, y.offset, is_migration_entry_young(y, r) == has);
		HOLDS_FOR(c, y.offset, !is_migration_entry_dirty(y, r));
		HOLDS_FOR(c, d.offset, is_migration_entry_dirty(d, r) == has);
		HOLDS_FOR(c, d.offset, !is_migration_entry_young(d, r));
		HOLDS_FOR(c, d.offset,
			  swp_offset_pfn(y, r) == swp_offset_pfn(d, r) &&
				  swp_offset_pfn(d, r) == max_migration_pfn(r));
		HOLDS_FOR(c, y.offset,
			  is_writable_migration_entry(y, r) &&
				  is_writable_migration_entry(d, r));
	}
}

static void hwpoison_entry_keeps_its_page(void **state)
{
	const struct law_case *c;
	swp_entry_t e;

	for_each_rules(c, state)
	{
		e = make_hwpoison_entry(max_migration_pfn(&c->r), &c->r);
		e = through_a_pte(e, &c->r);
		HOLDS_FOR(c, e.offset, is_hwpoison_entry(e, &c->r));
		HOLDS_FOR(c, e.offset, !is_migration_entry(e, &c->r));
		HOLDS_FOR(c, e.offset, !is_pte_marker_entry(e, &c->r));
		HOLDS_FOR(c, e.offset,
			  swp_offset_pfn(e, &c->r) == max_migration_pfn(&c->r));
	}
}

static void marker_says_what_it_was_made_with(void **state)
{
	const struct law_case *c;
	swp_entry_t e;
	unsigned m;

	for_each_rules(c, state)
	{
		HOLDS_FOR(c, 0, pte_marker_get(swp_entry(0, 7), &c->r) == 0);
		if (c->kernel < KERNEL(5, 19))
			continue;
		for (m = 1; m < 8; m++) {
			e = through_a_pte(make_pte_marker_entry(m, &c->r),
					  &c->r);
			HOLDS_FOR(c, e.offset, is_pte_marker_entry(e, &c->r));
			HOLDS_FOR(c, e.offset, pte_marker_get(e, &c->r) == m);
			HOLDS_FOR(c, e.offset, non_swap_entry(e, &c->r));
			HOLDS_FOR(c, e.offset, !is_migration_entry(e, &c->r));
		}
	}
}

int run_swap_laws(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(swap_entry_keeps_every_type_and_offset),
		cmocka_unit_test(swap_entry_stops_the_cpu),
		cmocka_unit_test(swap_exclusive_disturbs_nothing),
		cmocka_unit_test(swap_soft_dirty_is_set_and_cleared),
		cmocka_unit_test(swap_uffd_wp_is_set_and_cleared),
		cmocka_unit_test(pmd_swap_flags_are_the_ptes),
		cmocka_unit_test(every_type_is_of_one_kind),
		cmocka_unit_test(swap_type_numbers_are_the_releases),
		cmocka_unit_test(migration_entry_keeps_its_kind_and_page),
		cmocka_unit_test(migration_entry_carries_young_and_dirty),
		cmocka_unit_test(hwpoison_entry_keeps_its_page),
		cmocka_unit_test(marker_says_what_it_was_made_with),
	};

	return cmocka_run_group_tests(tests, laws_setup, laws_teardown);
}
