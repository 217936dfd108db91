/* SPDX-License-Identifier: MIT */
#include "laws.h"

#include <string.h>

#define E(name)		pmd_##name
#define E_T		pmd_t
#define E_val(e)	pmd_val(e)
#define E_make(v)	__pmd(v)
#define E_PFN(pfn)	((pfn) & ~(HPAGE_PMD_NR - 1))
#define E_of(pfn, prot) pmd_mkhuge(pfn_pmd(E_PFN(pfn), prot))
#define E_PFN_STEP	HPAGE_PMD_NR

static void pmd_hw_touch(pmd_t *pmd, const struct arch_rules *r)
{
	if (hw_pmd_access(pmd, HW_WRITE, r) != HW_OK)
		hw_pmd_access(pmd, HW_READ, r);
}

/* x86 from 6.6 to 7.1 loses the hardware's dirty bit, not the saved one. */
static bool pmd_modify_may_clean(const struct arch_rules *r, pmd_t pmd)
{
	return r->pmd_modify_drops_dirty && pmd_write(pmd) && pmd_dirty(pmd);
}

#include "leaf_laws.inc"

static void pmd_mkhuge_makes_a_leaf_and_no_table(void **state)
{
	const struct law_case *c;

	for_each_case(c, state)
	{
		pmd_t e = pmd_law_entry(c);

		HOLDS_FOR(c, pmd_val(e), pmd_leaf(e) && !pmd_table(e));
		HOLDS_FOR(c, pmd_val(e), pmd_trans_huge(e) == ARCH_HAS_THP);
		HOLDS_FOR(c, pmd_val(e), !pmd_trans_huge(pmd_mkdevmap(e)));
	}
}

/* Walkers rely on it while a huge page is being split. */
static void pmd_mkinvalid_stays_present_and_huge(void **state)
{
	const struct law_case *c;
	pmd_t e, inv;

	for_each_case(c, state)
	{
		e = pmd_law_entry(c);
		inv = pmd_mkinvalid(e);
		HOLDS_FOR(c, pmd_val(inv), pmd_present(inv) && pmd_leaf(inv));
		HOLDS_FOR(c, pmd_val(inv),
			  pmd_trans_huge(inv) == pmd_trans_huge(e));
		HOLDS_FOR(c, pmd_val(inv), pmd_pfn(inv) == pmd_pfn(e));
		HOLDS_FOR(c, pmd_val(inv), !is_swap_pmd(inv));
		/* It is being changed, which is no NUMA hint. */
		HOLDS_FOR(c, pmd_val(inv),
			  !pmd_protnone(inv) || pmd_protnone(e));
		HOLDS_FOR(c, pmd_val(inv),
			  pmd_val(pmd_mkinvalid(inv)) == pmd_val(inv));
	}
}

static void pmd_mkinvalid_keeps_state_and_stops_the_cpu(void **state)
{
	const unsigned kept = SEES_YOUNG | SEES_DIRTY | SEES_WRITE |
			      SEES_SOFT_DIRTY | SEES_SPECIAL | SEES_EXEC |
			      SEES_UFFD_WP;
	const struct law_case *c;
	unsigned sees;
	pmd_t e, inv;

	EACH_ENTRY(state, c, e, sees)
	{
		inv = pmd_mkinvalid(e);
		HOLDS_FOR(c, pmd_val(inv),
			  (pmd_look(inv, &c->r) & kept) == (sees & kept));
		HOLDS_FOR(c, pmd_val(inv),
			  hw_pmd_access(&inv, HW_READ, &c->r) ==
				  HW_NOT_PRESENT);
	}
}

static void pmd_modify_stays_huge(void **state)
{
	const struct law_case *c;
	pmd_t e, m;
	unsigned to;

	for_each_case(c, state)
	{
		e = pmd_law_entry(c);
		for (to = 0; to < 16; to++) {
			m = pmd_modify(e, arch_protection(to, &c->r), &c->r);
			HOLDS_FOR(c, pmd_val(m), pmd_leaf(m) && !pmd_table(m));
			HOLDS_FOR(c, pmd_val(m),
				  pmd_trans_huge(m) == ARCH_HAS_THP);
		}
	}
}

/* Of an invalidated entry a new protection makes a valid one again. */
static void pmd_modify_of_an_invalidated_entry_is_valid(void **state)
{
	const struct law_case *c;
	pmd_t e;

	for_each_case(c, state)
	{
		e = pmd_mkyoung(pmd_mkinvalid(pmd_law_entry(c)));
		e = pmd_modify(e, arch_protection(VM_READ, &c->r), &c->r);
		HOLDS_FOR(c, pmd_val(e),
			  hw_pmd_access(&e, HW_READ, &c->r) == HW_OK);
		HOLDS_FOR(c, pmd_val(e), pmd_pfn(e) == E_PFN(c->pfn));
	}
}

static void pmd_table_entry_is_no_leaf(void **state)
{
	pmd_t e = __pmd(arch_table_entry(0x123450000, 1));

	(void)state;
	assert_true(pmd_table(e));
	assert_false(pmd_leaf(e));
	assert_false(pmd_trans_huge(e));
	assert_false(pmd_none(e));
	assert_false(is_swap_pmd(e));
	assert_false(pmd_table(__pmd(0)));
	assert_true(pmd_none(__pmd(0)));
}

static void pmd_is_a_swap_entry_only_if_neither_none_nor_present(void **state)
{
	const struct law_case *c;

	assert_false(is_swap_pmd(__pmd(0)));
	for_each_case(c, state)
	{
		pmd_t e = pmd_law_entry(c);

		HOLDS_FOR(c, pmd_val(e), !is_swap_pmd(e));
		e = swp_entry_to_pmd(swp_entry(c->prot, 1), &c->r);
		HOLDS_FOR(c, pmd_val(e), is_swap_pmd(e) && !pmd_leaf(e));
		HOLDS_FOR(c, pmd_val(e), !pmd_trans_huge(e) && !pmd_table(e));
	}
}

static void pfn_pmd_holds_any_huge_page_frame(void **state)
{
	const struct law_case *c;
	unsigned bit;

	for_each_case(c, state)
	{
		for (bit = HPAGE_PMD_ORDER; bit < LAW_PFN_BITS; bit++) {
			pfn_t pfn = BIT_U64(bit);
			pmd_t e = E_of(pfn, law_prot(c));

			HOLDS_FOR(c, pmd_val(e), pmd_pfn(e) == pfn);
			e = pmd_modify(e, arch_page_none(&c->r), &c->r);
			HOLDS_FOR(c, pmd_val(e), pmd_pfn(e) == pfn);
		}
	}
}

static void pmd_losing_a_right_needs_a_flush(void **state)
{
	const struct law_case *c;
	pmd_t e, less;

	for_each_case(c, state)
	{
		e = pmd_law_entry(c);
		if (pmd_protnone(e))
			continue;
		less = pmd_modify(e, arch_page_none(&c->r), &c->r);
		HOLDS_FOR(c, pmd_val(e), huge_pmd_needs_flush(e, less));
		e = pmd_mkyoung(pmd_mkwrite(e, &c->r));
		HOLDS_FOR(c, pmd_val(e),
			  huge_pmd_needs_flush(e, pmd_wrprotect(e)));
		/* Unlike a PTE's: x86 asks for a flush when it grows old. */
		if (LAW_X86)
			HOLDS_FOR(
				c, pmd_val(e),
				huge_pmd_needs_flush(e, pmd_mkold(e)) &&
					!pte_needs_flush(
						__pte(pmd_val(e)),
						__pte(pmd_val(pmd_mkold(e)))));
	}
}

int run_pmd_laws(void)
{
	const struct CMUnitTest tests[] = {
		LEAF_LAWS,
		cmocka_unit_test(pmd_mkhuge_makes_a_leaf_and_no_table),
		cmocka_unit_test(pmd_mkinvalid_stays_present_and_huge),
		cmocka_unit_test(pmd_mkinvalid_keeps_state_and_stops_the_cpu),
		cmocka_unit_test(pmd_modify_stays_huge),
		cmocka_unit_test(pmd_modify_of_an_invalidated_entry_is_valid),
		cmocka_unit_test(pmd_table_entry_is_no_leaf),
		cmocka_unit_test(
			pmd_is_a_swap_entry_only_if_neither_none_nor_present),
		cmocka_unit_test(pfn_pmd_holds_any_huge_page_frame),
		cmocka_unit_test(pmd_losing_a_right_needs_a_flush),
	};

	return cmocka_run_group_tests(tests, laws_setup, laws_teardown);
}
