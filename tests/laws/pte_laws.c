/* SPDX-License-Identifier: MIT */
#include "laws.h"

#include <string.h>

#define E(name)		pte_##name
#define E_T		pte_t
#define E_val(e)	pte_val(e)
#define E_make(v)	__pte(v)
#define E_of(pfn, prot) pfn_pte(pfn, prot)
#define E_PFN(pfn)	(pfn)
#define E_PFN_STEP	1

static void pte_hw_touch(pte_t *pte, const struct arch_rules *r)
{
	if (hw_pte_access(pte, HW_WRITE, r) != HW_OK)
		hw_pte_access(pte, HW_READ, r);
}

static bool pte_modify_may_clean(const struct arch_rules *r, pte_t pte)
{
	(void)r;
	(void)pte;
	return false;
}

#include "leaf_laws.inc"

static void pte_advance_pfn_moves_the_page_only(void **state)
{
	static const u64 steps[] = { 0, 1, 15, 511 };
	const struct law_case *c;
	unsigned sees, i;
	pte_t e, next;

	EACH_ENTRY(state, c, e, sees)
	{
		for (i = 0; i < ARRAY_SIZE(steps); i++) {
			if (c->pfn > LAW_MAX_PFN - steps[i])
				continue;
			next = pte_advance_pfn(e, steps[i]);
			HOLDS_FOR(c, pte_val(next),
				  pte_pfn(next) == c->pfn + steps[i]);
			HOLDS_FOR(c, pte_val(next),
				  pte_look(next, &c->r) == sees);
			HOLDS_FOR(c, pte_val(next),
				  !((pte_val(next) ^ pte_val(e)) &
				    ~ARCH_PTE_PFN));
		}
	}
}

static void pfn_pte_holds_any_page_frame(void **state)
{
	const struct law_case *c;
	unsigned bit;

	for_each_case(c, state)
	{
		for (bit = 0; bit < LAW_PFN_BITS; bit++) {
			pfn_t pfn = BIT_U64(bit);
			pte_t e = pfn_pte(pfn, law_prot(c));

			HOLDS_FOR(c, pte_val(e), pte_pfn(e) == pfn);
			e = pte_modify(e, arch_page_none(&c->r), &c->r);
			HOLDS_FOR(c, pte_val(e), pte_pfn(e) == pfn);
		}
	}
}

static void pte_accessible_covers_what_the_cpu_can_use(void **state)
{
	const struct law_case *c;
	pte_t e, try;

	for_each_case(c, state)
	{
		e = try = pte_mkyoung(pte_law_entry(c));
		if (hw_pte_access(&try, HW_READ, &c->r) == HW_OK)
			HOLDS_FOR(c, pte_val(e), pte_accessible(e, false));
		/* A flush is pending: what is present may still be cached. */
		HOLDS_FOR(c, pte_val(e), pte_accessible(e, true));
		HOLDS_FOR(c, 0, !pte_accessible(__pte(0), true));
	}
}

/* Nobody can use the entry while it changes; powerpc keeps it present. */
static void pte_modify_start_takes_it_from_the_cpu(void **state)
{
	const struct law_case *c;
	pte_t e;

	for_each_case(c, state)
	{
		e = pte_modify_start(pte_law_entry(c));
		if (LAW_X86 || LAW_ARM64)
			HOLDS_FOR(c, pte_val(e), pte_none(e));
		else
			HOLDS_FOR(c, pte_val(e), pte_present(e));
		HOLDS_FOR(c, pte_val(e),
			  hw_pte_access(&e, HW_READ, &c->r) == HW_NOT_PRESENT);
	}
}

static void pte_is_a_swap_entry_only_if_neither_none_nor_present(void **state)
{
	const struct law_case *c;

	assert_false(is_swap_pte(__pte(0)));
	for_each_case(c, state)
	{
		pte_t e = pte_law_entry(c);

		HOLDS_FOR(c, pte_val(e), !is_swap_pte(e));
		if (!law_new_rules(c))
			continue;
		e = __pte(swp_entry_raw(0, 1, &c->r));
		HOLDS_FOR(c, pte_val(e), is_swap_pte(e));
	}
}

/* Bits that a CPU or the hash table may leave in an empty entry. */
static void pte_none_ignores_what_the_cpu_leaves(void **state)
{
	(void)state;
	assert_true(pte_none(__pte(0)));
	assert_false(pte_none(__pte(BIT_U64(32))));
	if (LAW_X86)
		assert_true(pte_none(__pte(0x60)));
	if (LAW_ARM64)
		assert_false(pte_none(__pte(0x80)));
#if LAW_PPC
	assert_int_equal(pte_none(__pte(0x180)), !PPC_HASH);
	assert_int_equal(pte_none(__pte(PPC_HASHPTE)), PPC_HASH);
#endif
}

static void pte_cont_goes_with_a_single_store(void **state)
{
#if LAW_ARM64
	const struct law_case *c;

	for_each_case(c, state)
	{
		pte_t e = pte_law_entry(c), cont = pte_mkcont(e);

		HOLDS_FOR(c, pte_val(e), !arch_pte_cont(e));
		HOLDS_FOR(c, pte_val(e), arch_pte_cont(cont));
		HOLDS_FOR(c, pte_val(e),
			  pte_valid_cont(cont) == !pte_protnone(e));
		HOLDS_FOR(c, pte_val(e), pte_pfn(cont) == pte_pfn(e));
		HOLDS_FOR(c, pte_val(e), pte_same(pte_mknoncont(cont), e));
		HOLDS_FOR(c, pte_val(e), pte_same(pte_stored(cont), e));
		cont = pte_modify(cont, arch_page_none(&c->r), &c->r);
		HOLDS_FOR(c, pte_val(cont), arch_pte_cont(cont));
	}
#else
	(void)state;
	assert_int_equal(ARCH_CONT_PTES, 1);
	assert_false(arch_pte_cont(__pte(BIT_U64(52))));
#endif
}

/* What the CPU left in a hash entry: kept by changes, not by a store, and no
 * difference between entries. */
static void pte_hashed_survives_changes_but_no_store(void **state)
{
	bool leaves_marks = !LAW_X86 && !LAW_ARM64;
	const struct law_case *c;
	pte_t e;

#if LAW_PPC
	leaves_marks = PPC_HASH;
#endif
	for_each_case(c, state)
	{
		if (c->state != STATE_TOUCHED || !(c->prot & VM_READ))
			continue;
		e = pte_law_entry(c);
		HOLDS_FOR(c, pte_val(e), arch_pte_hashed(e) == leaves_marks);
		HOLDS_FOR(c, pte_val(e),
			  arch_pte_hashed(pte_mkold(pte_wrprotect(e))) ==
				  leaves_marks);
		HOLDS_FOR(c, pte_val(e), !arch_pte_hashed(pte_stored(e)));
		HOLDS_FOR(c, pte_val(e), pte_same(e, pte_stored(e)));
	}
}

/* The kernel hashes what a fault mapped as the CPU's read would. */
static void pte_preload_is_what_a_read_leaves_in_hash(void **state)
{
	const struct law_case *c;
	pte_t e, read, loaded;

	for_each_case(c, state)
	{
		e = read = pte_stored(pte_mkyoung(pte_law_entry(c)));
		loaded = arch_pte_preload(e);
		HOLDS_FOR(c, pte_val(e), pte_same(loaded, e));
		if (hw_pte_access(&read, HW_READ, &c->r) == HW_OK && LAW_PPC)
			HOLDS_FOR(c, pte_val(loaded),
				  pte_val(loaded) == pte_val(read));
		if (!LAW_PPC)
			HOLDS_FOR(c, pte_val(loaded),
				  pte_val(loaded) == pte_val(e));
	}
}

/* ---- flushes ---- */

static bool always_flushes(void)
{
#if LAW_PPC
	return PPC_HASH;
#else
	return false;
#endif
}

static void pte_no_change_needs_no_flush(void **state)
{
	const struct law_case *c;

	for_each_case(c, state)
	{
		pte_t e = pte_law_entry(c);

		HOLDS_FOR(c, pte_val(e),
			  pte_needs_flush(e, e) == always_flushes());
	}
}

static void pte_losing_a_right_needs_a_flush(void **state)
{
	const struct law_case *c;
	pte_t e, less;

	for_each_case(c, state)
	{
		e = pte_law_entry(c);
		if (pte_protnone(e))
			continue;
		less = pte_modify(e, arch_page_none(&c->r), &c->r);
		HOLDS_FOR(c, pte_val(e), pte_needs_flush(e, less));
		e = pte_mkwrite(e, &c->r);
		less = pte_wrprotect(e);
		HOLDS_FOR(c, pte_val(e), pte_needs_flush(e, less));
		less = pfn_pte(c->pfn ^ 1, law_prot(c));
		HOLDS_FOR(c, pte_val(e), pte_needs_flush(e, less));
	}
}

/* No CPU has an entry that it could not use. */
static void pte_leaving_page_none_needs_no_flush(void **state)
{
	const struct law_case *c;
	pte_t e, more;

	for_each_case(c, state)
	{
		if (c->prot & VM_ACCESS_FLAGS || always_flushes() ||
		    (LAW_PPC && c->kernel < KERNEL(6, 7)))
			continue;
		e = pte_law_entry(c);
		more = pte_modify(e, arch_protection(VM_READ, &c->r), &c->r);
		HOLDS_FOR(c, pte_val(e), !pte_needs_flush(e, more));
	}
}

/* x86 flushes in both directions, radix only downwards. */
static void pte_gaining_write_flushes_as_the_arch_says(void **state)
{
	const struct law_case *c;
	pte_t e, more;

	for_each_case(c, state)
	{
		e = pte_wrprotect(pte_law_entry(c));
		if (pte_protnone(e) || !pte_user(e) || pte_write(e))
			continue;
		if ((c->prot & VM_ACCESS_FLAGS) == VM_EXEC)
			continue;
		more = pte_mkwrite(e, &c->r);
		HOLDS_FOR(c, pte_val(e),
			  pte_needs_flush(e, more) ==
				  (!LAW_PPC || always_flushes()));
	}
}

/* Software bits mean nothing to a TLB. */
static void pte_software_bits_need_no_flush(void **state)
{
	const struct law_case *c;
	pte_t e;

	for_each_case(c, state)
	{
		e = pte_law_entry(c);
		if (!LAW_X86 && !LAW_ARM64)
			continue;
		HOLDS_FOR(c, pte_val(e), !pte_needs_flush(e, pte_mkspecial(e)));
		HOLDS_FOR(c, pte_val(e),
			  !pte_needs_flush(e, pte_mksoft_dirty(e)));
	}
}

/* ---- the VMA's rights ---- */

static void vma_permits_what_its_flags_say(void **state)
{
	const struct law_case *c;

	for_each_case(c, state)
	{
		const struct arch_rules *r = &c->r;
		u64 any = c->prot & VM_ACCESS_FLAGS;
		bool x = c->prot & VM_EXEC;

		if (c->state != STATE_FRESH || c->pfn)
			continue;
		HOLDS_FOR(c, any,
			  arch_vma_permits(c->prot, HW_WRITE, r) ==
				  !!(c->prot & VM_WRITE));
		HOLDS_FOR(c, any,
			  arch_vma_permits(c->prot, HW_EXEC, r) ==
				  (LAW_X86 ? !!any : x));
		if (c->prot & (VM_READ | VM_WRITE) || !any)
			HOLDS_FOR(c, any,
				  arch_vma_permits(c->prot, HW_READ, r) ==
					  !!any);
	}
}

/* Fault-around maps old where the CPU sets the bit itself: arm64 alone. */
static void old_prefault_is_arm64s(void **state)
{
	const struct law_case *c;

	for_each_case(c, state)
		HOLDS_FOR(c, 0,
			  arch_wants_old_prefault(&c->r) ==
				  (LAW_ARM64 && c->r.hw_access_dirty));
}

int run_pte_laws(void)
{
	const struct CMUnitTest tests[] = {
		LEAF_LAWS,
		cmocka_unit_test(pte_advance_pfn_moves_the_page_only),
		cmocka_unit_test(pfn_pte_holds_any_page_frame),
		cmocka_unit_test(pte_accessible_covers_what_the_cpu_can_use),
		cmocka_unit_test(pte_modify_start_takes_it_from_the_cpu),
		cmocka_unit_test(
			pte_is_a_swap_entry_only_if_neither_none_nor_present),
		cmocka_unit_test(pte_none_ignores_what_the_cpu_leaves),
		cmocka_unit_test(pte_cont_goes_with_a_single_store),
		cmocka_unit_test(pte_hashed_survives_changes_but_no_store),
		cmocka_unit_test(pte_preload_is_what_a_read_leaves_in_hash),
		cmocka_unit_test(pte_no_change_needs_no_flush),
		cmocka_unit_test(pte_losing_a_right_needs_a_flush),
		cmocka_unit_test(pte_leaving_page_none_needs_no_flush),
		cmocka_unit_test(pte_gaining_write_flushes_as_the_arch_says),
		cmocka_unit_test(pte_software_bits_need_no_flush),
		cmocka_unit_test(vma_permits_what_its_flags_say),
		cmocka_unit_test(old_prefault_is_arm64s),
	};

	return cmocka_run_group_tests(tests, laws_setup, laws_teardown);
}
