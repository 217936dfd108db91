/* SPDX-License-Identifier: MIT */
/*
 * Raw values: the test vectors of the sheets (arch-x86.md 12, arch-arm64.md 9,
 * arch-powerpc-book3s64.md 10), and the values that real kernels left
 * (recorded-behaviour.md 1), each built by helpers the way the kernel's code
 * path builds it.
 *
 * A recorded value has no PFN: such an entry is built with PFN 0, or its PFN
 * field is masked out.
 */
#include "laws.h"

#define A  VM_READ
#define AW (VM_READ | VM_WRITE)

#define IS(got, want)                                            \
	do {                                                     \
		u64 got_ = (got), want_ = (want);                \
		if (got_ != want_) {                             \
			print_error("%s %s: %#llx, not %#llx\n", \
				    MM_INSTANCE_NAME, #got,      \
				    (unsigned long long)got_,    \
				    (unsigned long long)want_);  \
			_fail(__FILE__, __LINE__);               \
		}                                                \
	} while (0)

/* Releases of this instance among the four that were recorded. */
static const u32 recorded[] MMSIM_UNUSED = { KERNEL(5, 10), KERNEL(6, 1),
					     KERNEL(6, 12), KERNEL(7, 2) };

#define for_each_recorded(k, r)                                            \
	for ((k) = 0; (k) < ARRAY_SIZE(recorded); (k)++)                   \
		if (recorded[k] >= LAW_FIRST && recorded[k] < LAW_UNTIL && \
		    (law_rules(r, recorded[k], MACHINE_RECORDED), true))

/* ---- how entries come about ---- */

/* A write fault on private anonymous memory: mkdirty, then mkwrite. */
static MMSIM_UNUSED pte_t anon_written(pfn_t pfn, const struct arch_rules *r)
{
	pte_t e = pfn_pte(pfn, arch_protection(AW, r));

	return pte_mkwrite(pte_mkdirty(pte_mkyoung(e)), r);
}

static MMSIM_UNUSED pmd_t thp_written(pfn_t pfn, const struct arch_rules *r)
{
	pmd_t e = pmd_mkhuge(pfn_pmd(pfn, arch_protection(AW, r)));

	return pmd_mkwrite(pmd_mkdirty(e), r);
}

static MMSIM_UNUSED pte_t zero_page(pfn_t pfn, const struct arch_rules *r)
{
	return pte_mkspecial(pfn_pte(pfn, arch_protection(AW, r)));
}

static MMSIM_UNUSED pmd_t huge_zero_page(const struct arch_rules *r, u32 kernel)
{
	pmd_t e = pmd_mkhuge(pfn_pmd(0, arch_protection(AW, r)));

	return kernel >= KERNEL(6, 18) ? pmd_mkspecial(e) : e;
}

/* fork: the parent's entry is write-protected, the child's old besides. */
static MMSIM_UNUSED pte_t fork_parent(const struct arch_rules *r)
{
	return pte_wrprotect(anon_written(0, r));
}

static MMSIM_UNUSED pte_t fork_child(const struct arch_rules *r)
{
	return pte_stored(pte_mkold(fork_parent(r)));
}

static MMSIM_UNUSED pte_t to_page_none(pte_t e, const struct arch_rules *r)
{
	return pte_stored(pte_modify(e, arch_page_none(r), r));
}

/* A NUMA hint; before 6.2 it saves the write bit. */
static MMSIM_UNUSED pte_t numa_hint(pte_t e, const struct arch_rules *r)
{
	bool was = pte_write(e);

	e = pte_modify(e, arch_page_none(r), r);
	return pte_stored(was && r->savedwrite ? pte_mk_savedwrite(e, r) : e);
}

/* clear_refs 4: write-protected, soft-dirty cleared. */
static MMSIM_UNUSED pte_t clear_refs_4(pte_t e)
{
	return pte_stored(pte_clear_soft_dirty(pte_wrprotect(e)));
}

/* MADV_FREE: old and clean, the rest kept. */
static MMSIM_UNUSED pte_t lazyfree(pte_t e)
{
	return pte_stored(pte_mkclean(pte_mkold(e)));
}

/* Swap-in of an exclusive page by a read: writable at once from 6.12. */
static MMSIM_UNUSED pte_t swapped_in(const struct arch_rules *r, u32 kernel)
{
	pte_t e = pfn_pte(0, arch_protection(AW, r));

	e = pte_mksoft_dirty(e);
	return kernel >= KERNEL(6, 12) ? pte_mkwrite(e, r) : e;
}

static MMSIM_UNUSED pte_t shared_read(const struct arch_rules *r)
{
	return pfn_pte(0, arch_protection(AW | VM_SHARED, r));
}

/* uffd-wp of a dirty page: before 6.4 the caller write-protects. */
static MMSIM_UNUSED pte_t uffd_protected(const struct arch_rules *r)
{
	return pte_mkuffd_wp(pte_wrprotect(anon_written(0, r)), r);
}

static MMSIM_UNUSED u64 swapped_out(unsigned type, u64 offset,
				    const struct arch_rules *r)
{
	pte_t e = swp_entry_to_pte(swp_entry(type, offset), r);

	return pte_val(pte_swp_mksoft_dirty(pte_swp_mkexclusive(e, r), r));
}

/* hugetlb: written while read-only, then mkwrite without a VMA. */
static MMSIM_UNUSED pmd_t hugetlb_written(const struct arch_rules *r)
{
	pmd_t e = pmd_mkhuge(pfn_pmd(0, arch_protection(A, r)));

	e = pmd_mkwrite_novma(pmd_mkdirty(e), r);
	hw_pmd_access(&e, HW_WRITE, r);
	return e;
}

/* The state that a CPU's first store leaves. */
static MMSIM_UNUSED pte_t stored_to(pte_t e, const struct arch_rules *r)
{
	assert_int_equal(hw_pte_access(&e, HW_WRITE, r), HW_OK);
	return e;
}

/* ---- x86 ---- */

#if LAW_X86

#define PFN_OUT(v) ((v) & ~X86_PFN)
#define NEW	   (X86_SAVED_DIRTY)

static void sheet_swap_vectors(void **state)
{
	struct arch_rules r;

	(void)state;
	law_rules(&r, LAW_FIRST, MACHINE_RECORDED);
	IS(swp_entry_raw(0, 0x1, &r), 0x07fffffffffffc00);
	IS(swp_entry_raw(1, 0x12345, &r), 0x0ffffffffdb97400);
	IS(swp_entry_raw(5, 0x3ffffffffffff, &r), 0x2800000000000000);
	IS(swp_entry_raw(31, 0x1, &r), 0xfffffffffffffc00);
}

static void sheet_pte_vectors(void **state)
{
	struct arch_rules r;
	pte_t e;

	(void)state;
	law_rules(&r, LAW_FIRST, MACHINE_RECORDED);
	e = anon_written(0x1234, &r);
	IS(pte_val(e), 0x8000000001234867);
	IS(pte_val(zero_page(0x77, &r)), 0x8000000000077225);
	IS(pte_val(pfn_pte(0x1234, arch_page_none(&r))), 0x000ffffffedcb120);
	if (!NEW)
		return;
	e = pte_modify(e, arch_protection(A, &r), &r);
	IS(pte_val(e), 0x8400000001234825);
	e = pte_modify(e, arch_page_none(&r), &r);
	IS(pte_val(e), 0x040ffffffedcb920);
	e = pte_modify(e, arch_protection(A, &r), &r);
	IS(pte_val(e), 0x8400000001234825);
	IS(pte_val(pte_mkwrite(e, &r)), 0x8000000001234867);
}

static void sheet_pmd_vectors(void **state)
{
	struct arch_rules r;

	(void)state;
	law_rules(&r, LAW_FIRST, MACHINE_RECORDED);
	IS(pmd_val(thp_written(0x200, &r)), 0x80000000002008e7);
	IS(pmd_val(pmd_mkinvalid(thp_written(0x200, &r))), 0x800fffffffc008e6);
	IS(pmd_val(pmd_mkinvalid(
		   pmd_mkhuge(pfn_pmd(0x200, arch_page_none(&r))))),
	   0x000fffffffc000a0);
	IS(arch_table_entry(0x1000, 1), 0x1067);
}

static void sheet_protection_vectors(void **state)
{
	struct arch_rules r;
	unsigned i;

	(void)state;
	law_rules(&r, LAW_FIRST, MACHINE_RECORDED);
	for (i = 0; i < 16; i++) {
		u64 rw = (i & VM_WRITE) && (i & VM_SHARED) ? 2 : 0;
		u64 nx = i & VM_EXEC ? 0 : 0x8000000000000000;

		IS(pgprot_val(arch_protection(i, &r)),
		   i & 7 ? nx | rw | 0x25 : 0x120);
	}
}

static void recorded_anon_entries(void **state)
{
	struct arch_rules r;
	size_t k;

	(void)state;
	for_each_recorded(k, &r)
	{
		IS(pte_val(zero_page(0, &r)), 0x8000000000000225);
		IS(pte_val(anon_written(0, &r)), 0x8000000000000867);
		IS(pte_val(fork_parent(&r)),
		   NEW ? 0x8400000000000825 : 0x8000000000000865);
		IS(pte_val(fork_child(&r)),
		   NEW ? 0x8400000000000805 : 0x8000000000000845);
		IS(PFN_OUT(pte_val(to_page_none(anon_written(1, &r), &r))),
		   NEW ? 0x400000000000920 : 0x960);
		IS(pte_val(clear_refs_4(anon_written(0, &r))),
		   NEW ? 0x8400000000000025 : 0x8000000000000065);
		IS(pte_val(pte_mkold(anon_written(0, &r))), 0x8000000000000847);
		IS(pte_val(lazyfree(anon_written(0, &r))), 0x8000000000000807);
	}
}

static void recorded_other_entries(void **state)
{
	struct arch_rules r;
	pte_t shared;
	size_t k;

	(void)state;
	for_each_recorded(k, &r)
	{
		shared = shared_read(&r);
		IS(pte_val(swapped_in(&r, recorded[k])),
		   NEW ? 0x8000000000000827 : 0x8000000000000825);
		IS(pte_val(pfn_pte(0, arch_protection(A, &r))),
		   0x8000000000000025); /* a KSM page */
		IS(pte_val(shared), 0x8000000000000027);
		IS(pte_val(stored_to(shared, &r)), 0x8000000000000067);
		IS(pte_val(pte_mkdirty(shared)), 0x8000000000000867);
		IS(pte_val(uffd_protected(&r)),
		   NEW ? 0x8400000000000c25 : 0x8000000000000c65);
		IS(pte_val(pte_mksoft_dirty(zero_page(0, &r))),
		   0x8000000000000a25);
		if (recorded[k] >= KERNEL(6, 1))
			IS(PFN_OUT(pte_val(numa_hint(anon_written(1, &r), &r))),
			   NEW ? 0x400000000000920 : 0x962);
	}
}

static void recorded_huge_entries(void **state)
{
	struct arch_rules r;
	size_t k;
	pmd_t e;

	(void)state;
	for_each_recorded(k, &r)
	{
		IS(pmd_val(thp_written(0, &r)), 0x80000000000008e7);
		IS(pmd_val(huge_zero_page(&r, recorded[k])),
		   recorded[k] >= KERNEL(7, 2) ? 0x80000000000002a5
					       : 0x80000000000000a5);
		e = pmd_mkhuge(pfn_pmd(0, arch_protection(A, &r)));
		IS(pmd_val(e), 0x80000000000000a5); /* hugetlb, read */
		IS(pmd_val(hugetlb_written(&r)),
		   NEW ? 0x84000000000008e7 : 0x80000000000008e7);
	}
}

/* 6.12.107 drops the hardware dirty bit of a PMD, 7.2.13 keeps it. */
static void recorded_pmd_modify(void **state)
{
	struct arch_rules r;
	size_t k;
	pmd_t e;

	(void)state;
	for_each_recorded(k, &r)
	{
		e = pmd_modify(thp_written(0, &r), arch_protection(A, &r), &r);
		if (recorded[k] == KERNEL(6, 12))
			IS(pmd_val(e), 0x80000000000008a5);
		else
			IS(pmd_val(e),
			   NEW ? 0x84000000000008a5 : 0x80000000000008e5);
		if (recorded[k] == KERNEL(7, 2))
			IS(pmd_val(pmd_mkwrite(e, &r)), 0x80000000000008e7);
	}
}

static void recorded_swap_entries(void **state)
{
	struct arch_rules r;
	size_t k;

	(void)state;
	for_each_recorded(k, &r)
		IS(swapped_out(0, 1, &r), recorded[k] == KERNEL(5, 10)
						  ? 0x07fffffffffffc02
						  : 0x07fffffffffffc0a);
}

static void recorded_guard_marker(void **state)
{
	struct arch_rules r;
	pte_t e;

	(void)state;
	if (!NEW)
		skip();
	law_rules(&r, KERNEL(7, 2), MACHINE_RECORDED);
	e = swp_entry_to_pte(make_pte_marker_entry(PTE_MARKER_GUARD, &r), &r);
	IS(pte_val(e), 0xfffffffffffff600);
}

#endif

/* ---- arm64 ---- */

#if LAW_ARM64

#define NEW	(ARM64_PRESENT_INVALID_NG)
#define ADDR(v) ((u64)(v) << PAGE_SHIFT)

static void sheet_swap_vectors(void **state)
{
	struct arch_rules r;
	u64 raw;

	(void)state;
	if (NEW) {
		law_rules(&r, KERNEL(6, 17), MACHINE_RECORDED);
		raw = swp_entry_raw(1, 0x12345, &r);
		IS(raw, 0x0000000012345040);
		IS(pte_val(pte_swp_mkexclusive(__pte(raw), &r)),
		   0x0000000012345044);
	} else {
		law_rules(&r, KERNEL(6, 1), MACHINE_RECORDED);
		IS(swp_entry_raw(1, 0x12345, &r), 0x0000000001234508);
		law_rules(&r, KERNEL(5, 10), MACHINE_RECORDED);
		IS(swp_entry_raw(1, 0x12345, &r), 0x0000000001234504);
	}
}

static void sheet_pte_vectors(void **state)
{
	struct arch_rules r;
	pte_t e;

	(void)state;
	law_rules(&r, LAW_UNTIL - 1, MACHINE_RECORDED);
	e = anon_written(0x1234, &r);
	IS(pte_val(e), 0x00e8000000000f43 | ADDR(0x1234));
	e = pte_mkwrite(pfn_pte(0x1234, arch_protection(AW, &r)), &r);
	IS(pte_val(e), 0x0068000000000fc3 | ADDR(0x1234));
	e = stored_to(e, &r);
	IS(pte_val(e), 0x0068000000000f43 | ADDR(0x1234));
	IS(pte_val(pte_wrprotect(e)), 0x00e0000000000fc3 | ADDR(0x1234));
	e = pte_modify(e, arch_page_none(&r), &r);
	IS(pte_val(e),
	   (NEW ? 0x00e0000000000f82 : 0x04e0000000000f82) | ADDR(0x1234));
	e = pte_modify(e, arch_protection(A, &r), &r);
	IS(pte_val(e), 0x00e0000000000fc3 | ADDR(0x1234));
	e = pte_mkwrite(e, &r);
	IS(pte_val(e), 0x00e8000000000f43 | ADDR(0x1234));
	IS(pte_val(pte_mkcont(anon_written(0x1240, &r))),
	   0x00f8000000000f43 | ADDR(0x1240));
}

static void sheet_pmd_vectors(void **state)
{
	struct arch_rules r;

	(void)state;
	law_rules(&r, LAW_FIRST, MACHINE_RECORDED);
	IS(arch_table_entry(0x10000, 1), 0x10003);
	IS(pmd_val(pmd_mkinvalid(thp_written(0, &r))),
	   NEW ? 0x00e8000000000f40 : 0x08e8000000000f40);
}

static void sheet_protection_vectors(void **state)
{
	struct arch_rules r;
	unsigned i;

	(void)state;
	law_rules(&r, LAW_FIRST, MACHINE_RECORDED);
	IS(pgprot_val(arch_protection(AW | VM_SHARED, &r)), 0x0068000000000fc3);
	IS(pgprot_val(arch_protection(A, &r)), 0x0060000000000fc3);
	IS(pgprot_val(arch_page_none(&r)),
	   NEW ? 0x0060000000000f82 : 0x0460000000000f82);
	for (i = 1; i < 16; i++) {
		u64 w = (i & VM_WRITE) && (i & VM_SHARED) ? BIT_U64(51) : 0;
		u64 uxn = i & VM_EXEC ? 0 : BIT_U64(54);

		if (i & 7)
			IS(pgprot_val(arch_protection(i, &r)),
			   0x0020000000000fc3 | w | uxn);
	}
	law_rules(&r, LAW_FIRST, MACHINE_EPAN_NO_HAFDBS);
	IS(pgprot_val(arch_protection(VM_EXEC, &r)), 0x0020000000000f83);
}

static void recorded_anon_entries(void **state)
{
	struct arch_rules r;
	size_t k;

	(void)state;
	for_each_recorded(k, &r)
	{
		pte_t w = anon_written(0, &r);

		IS(pte_val(zero_page(0, &r)), 0x160000000000fc3);
		IS(pte_val(w), 0xe8000000000f43);
		IS(pte_val(fork_parent(&r)), 0xe0000000000fc3);
		IS(pte_val(fork_child(&r)), 0xe0000000000bc3);
		IS(pte_val(to_page_none(w, &r)),
		   NEW ? 0xe0000000000f82 : 0x4e0000000000f82);
		IS(pte_val(to_page_none(zero_page(0, &r), &r)),
		   NEW ? 0x160000000000f82 : 0x560000000000f82);
		IS(pte_val(pte_mkold(w)), 0xe8000000000b43);
		IS(pte_val(lazyfree(w)), 0x68000000000bc3);
	}
}

static void recorded_other_entries(void **state)
{
	struct arch_rules r;
	pte_t shared;
	size_t k;

	(void)state;
	for_each_recorded(k, &r)
	{
		shared = shared_read(&r);
		IS(pte_val(swapped_in(&r, recorded[k])),
		   NEW ? 0x68000000000fc3 : 0x60000000000fc3);
		IS(pte_val(pfn_pte(0, arch_protection(A, &r))),
		   0x60000000000fc3); /* a KSM page */
		IS(pte_val(pte_mkold(pfn_pte(0, arch_protection(A, &r)))),
		   0x60000000000bc3); /* a fault-around neighbour */
		IS(pte_val(shared), 0x68000000000fc3);
		IS(pte_val(stored_to(shared, &r)), 0x68000000000f43);
		IS(pte_val(pte_mkdirty(shared)), 0xe8000000000f43);
		IS(pte_val(uffd_protected(&r)),
		   NEW ? 0x4e0000000000fc3 : 0xe0000000000fc3);
		IS(pte_val(pte_mkcont(anon_written(0, &r))), 0xf8000000000f43);
		if (recorded[k] >= KERNEL(6, 1))
			IS(pte_val(numa_hint(anon_written(0, &r), &r)),
			   NEW ? 0xe0000000000f82 : 0x4e8000000000f02);
	}
}

/* memfd-shared, mprotect R then RW: RDONLY is clear again in every release. */
static void recorded_modify_of_dirty_shared(void **state)
{
	struct arch_rules r;
	size_t k;
	pte_t e;

	(void)state;
	for_each_recorded(k, &r)
	{
		e = pte_mkdirty(shared_read(&r));
		e = pte_modify(e, arch_protection(A | VM_SHARED, &r), &r);
		IS(pte_val(e), 0xe0000000000fc3);
		e = pte_modify(e, arch_protection(AW | VM_SHARED, &r), &r);
		IS(pte_val(e), 0xe8000000000f43);
		/* and the same for a page that only the CPU made dirty */
		e = stored_to(shared_read(&r), &r);
		e = pte_modify(e, arch_protection(A | VM_SHARED, &r), &r);
		e = pte_modify(e, arch_protection(AW | VM_SHARED, &r), &r);
		IS(pte_val(e), 0xe8000000000f43);
	}
}

/* PTEs of a split THP: write is carried over, in 5.10 and 6.1 not dirty. */
static void recorded_split_entries(void **state)
{
	struct arch_rules r;
	size_t k;
	pte_t e;

	(void)state;
	for_each_recorded(k, &r)
	{
		e = pfn_pte(0, arch_protection(AW, &r));
		if (recorded[k] >= KERNEL(6, 12))
			e = pte_mkdirty(e);
		IS(pte_val(pte_mkwrite(e, &r)), NEW ? 0xe8000000000f43
						: recorded[k] == KERNEL(5, 10)
							? 0x68000000000f43
							: 0x68000000000fc3);
	}
}

static void recorded_huge_entries(void **state)
{
	struct arch_rules r;
	size_t k;

	(void)state;
	for_each_recorded(k, &r)
	{
		IS(pmd_val(thp_written(0, &r)), 0xe8000000000f41);
		IS(pmd_val(hugetlb_written(&r)), 0xe8000000000f41);
		IS(pmd_val(huge_zero_page(&r, recorded[k])),
		   recorded[k] >= KERNEL(7, 2) ? 0x160000000000fc1
					       : 0x60000000000fc1);
		IS(pmd_val(pmd_wrprotect(thp_written(0, &r))),
		   0xe0000000000fc1);
		IS(pmd_val(pmd_mkold(pmd_wrprotect(thp_written(0, &r)))),
		   0xe0000000000bc1);
	}
}

static void recorded_swap_entries(void **state)
{
	struct arch_rules r;
	size_t k;

	(void)state;
	for_each_recorded(k, &r) IS(swapped_out(0, 1, &r),
				    NEW				   ? 0x1004
				    : recorded[k] == KERNEL(5, 10) ? 0x100
								   : 0x104);
}

static void recorded_guard_marker(void **state)
{
	struct arch_rules r;
	pte_t e;

	(void)state;
	if (!NEW)
		skip();
	law_rules(&r, KERNEL(7, 2), MACHINE_RECORDED);
	e = swp_entry_to_pte(make_pte_marker_entry(PTE_MARKER_GUARD, &r), &r);
	IS(pte_val(e), 0x47c0);
}

#endif

/* ---- powerpc ---- */

#if LAW_PPC

#define NEW	  (!PPC_PAGE_NONE_PRIVILEGED)
#define HASHED	  (PPC_HASH ? PPC_HASHPTE : 0)
#define HUGE_MARK (PPC_HASH && PPC_64K ? 0x2000 : 0)
#define ADDR(v)	  ((u64)(v) << PAGE_SHIFT)

/* What is there after the process has used it: hash pre-loads at a fault. */
static u64 touched(pte_t e, const struct arch_rules *r)
{
	assert_int_equal(hw_pte_access(&e, HW_READ, r), HW_OK);
	return pte_val(e);
}

static u64 touched_pmd(pmd_t e, const struct arch_rules *r)
{
	assert_int_equal(hw_pmd_access(&e, HW_READ, r), HW_OK);
	return pmd_val(e);
}

static void sheet_swap_vectors(void **state)
{
	struct arch_rules r;
	u64 raw;

	(void)state;
	law_rules(&r, KERNEL(6, 1), MACHINE_RECORDED);
	raw = swp_entry_raw(1, 0x12345, &r);
	IS(raw, PPC_64K ? 0x4000000123450001 : 0x4000000012345001);
	IS(pte_val(pte_swp_mkexclusive(__pte(raw), &r)),
	   PPC_64K ? 0x4000000123450021 : 0x4000000012345021);
}

static void sheet_pte_vectors(void **state)
{
	static const u8 be_4k[] = { 0xc0, 0, 0, 0, 0x01, 0x23, 0x43, 0x86 };
	static const u8 be_64k[] = { 0xc0, 0, 0, 0, 0x12, 0x34, 0x03, 0x86 };
	struct arch_rules r;
	u8 memory[8];
	pte_t e;

	(void)state;
	law_rules(&r, LAW_FIRST, MACHINE_RECORDED);
	e = anon_written(0x1234, &r);
	IS(pte_val(e), PPC_64K ? 0xc000000012340386 : 0xc000000001234386);
	arch_store(memory, pte_val(e));
	assert_memory_equal(memory, PPC_64K ? be_64k : be_4k, 8);
	IS(pte_val(pte_modify_start(e)),
	   PPC_64K ? 0x6000000012340386 : 0x6000000001234386);
	e = pfn_pte(0x1234, arch_page_none(&r));
	IS(pte_val(e),
	   (NEW ? 0xc000000000000100 : 0xc000000000000108) | ADDR(0x1234));
	if (!NEW)
		IS(pte_val(pte_mk_savedwrite(e, &r)),
		   0xc000000000000100 | ADDR(0x1234));
}

static void sheet_pmd_vectors(void **state)
{
	struct arch_rules r;

	(void)state;
	law_rules(&r, LAW_FIRST, MACHINE_RECORDED);
	IS(arch_table_entry(0x10000, 2),
	   0x8000000000010000 | (PPC_HASH ? 0 : 9));
	IS(pmd_val(pmd_mkinvalid(thp_written(0, &r))),
	   0x6000000000000386 | HUGE_MARK);
}

static void sheet_protection_vectors(void **state)
{
	struct arch_rules r;
	unsigned i;

	(void)state;
	law_rules(&r, LAW_FIRST, MACHINE_RECORDED);
	for (i = 0; i < 16; i++) {
		u64 read = (i & 7) == VM_EXEC && !PPC_HASH ? 0 : 4;
		u64 w = (i & VM_WRITE) && (i & VM_SHARED) ? 2 : 0;
		u64 x = i & VM_EXEC ? 1 : 0;
		u64 none = NEW ? 0x100 : 0x108;

		IS(pgprot_val(arch_protection(i, &r)),
		   0x8000000000000000 | (i & 7 ? 0x100 | read | w | x : none));
	}
}

static void recorded_anon_entries(void **state)
{
	struct arch_rules r;
	size_t k;

	(void)state;
	for_each_recorded(k, &r)
	{
		pte_t w = anon_written(0, &r);
		u64 used = touched(w, &r);

		IS(touched(zero_page(0, &r), &r), 0xc000000000000504 | HASHED);
		IS(used, 0xc000000000000386 | HASHED);
		IS(pte_val(pte_wrprotect(__pte(used))),
		   0xc000000000000384 | HASHED);
		IS(pte_val(fork_child(&r)), 0xc000000000000284);
		IS(pte_val(to_page_none(__pte(used), &r)),
		   NEW ? 0xc000000000000380 : 0xc000000000000388);
		IS(pte_val(clear_refs_4(__pte(used))), 0xc000000000000184);
		IS(pte_val(pte_mkold(__pte(used))),
		   0xc000000000000286 | HASHED);
		IS(pte_val(lazyfree(__pte(used))), 0xc000000000000206);
	}
}

static void recorded_other_entries(void **state)
{
	struct arch_rules r;
	pte_t shared;
	size_t k;

	(void)state;
	for_each_recorded(k, &r)
	{
		shared = shared_read(&r);
		IS(touched(swapped_in(&r, recorded[k]), &r),
		   (NEW ? 0xc000000000000306 : 0xc000000000000304) | HASHED);
		IS(pte_val(pfn_pte(0, arch_protection(A, &r))),
		   0xc000000000000104); /* a KSM page */
		IS(touched(shared, &r), 0xc000000000000106 | HASHED);
		IS(pte_val(stored_to(shared, &r)), 0xc000000000000186 | HASHED);
		IS(touched(pte_mkdirty(shared), &r),
		   0xc000000000000386 | HASHED);
		IS(pte_val(pte_mksoft_dirty(zero_page(0, &r))),
		   0xc000000000000704);
		/* 6.1: the saved write bit is a clear PRIVILEGED */
		IS(pte_val(numa_hint(anon_written(0, &r), &r)),
		   0xc000000000000380);
	}
}

static void recorded_huge_entries(void **state)
{
	struct arch_rules r;
	size_t k;

	(void)state;
	for_each_recorded(k, &r)
	{
		u64 special = recorded[k] >= KERNEL(7, 2) ? 0x400 : 0;

		IS(touched_pmd(thp_written(0, &r), &r),
		   0xc000000000000386 | HUGE_MARK | HASHED);
		IS(pmd_val(huge_zero_page(&r, recorded[k])),
		   0xc000000000000104 | HUGE_MARK | special);
		IS(pmd_val(pmd_stored(
			   pmd_mkold(pmd_wrprotect(thp_written(0, &r))))),
		   0xc000000000000284 | HUGE_MARK);
	}
}

static void recorded_swap_entries(void **state)
{
	struct arch_rules r;
	size_t k;

	(void)state;
	for_each_recorded(k, &r) if (recorded[k] >= KERNEL(6, 1))
		IS(swapped_out(0, 1, &r),
		   PPC_64K ? 0x4000000000010220 : 0x4000000000001220);
}

static void recorded_guard_marker(void **state)
{
	struct arch_rules r;
	pte_t e;

	(void)state;
	if (!NEW)
		skip();
	law_rules(&r, KERNEL(7, 2), MACHINE_RECORDED);
	e = swp_entry_to_pte(make_pte_marker_entry(PTE_MARKER_GUARD, &r), &r);
	IS(pte_val(e), PPC_64K ? 0x400000000004001f : 0x400000000000401f);
}

#endif

#if LAW_X86 || LAW_ARM64 || LAW_PPC
#define SHARED_VECTORS                                      \
	cmocka_unit_test(sheet_swap_vectors),               \
		cmocka_unit_test(sheet_pte_vectors),        \
		cmocka_unit_test(sheet_pmd_vectors),        \
		cmocka_unit_test(sheet_protection_vectors), \
		cmocka_unit_test(recorded_anon_entries),    \
		cmocka_unit_test(recorded_other_entries),   \
		cmocka_unit_test(recorded_huge_entries),    \
		cmocka_unit_test(recorded_swap_entries),    \
		cmocka_unit_test(recorded_guard_marker)
#else
/* Nobody ever saw a fake entry: one of its own, so that a change shows. */
static void fake_vectors(void **state)
{
	struct arch_rules r;

	(void)state;
	law_rules(&r, KERNEL(7, 2), MACHINE_RECORDED);
	IS(pte_val(anon_written(0x1234, &r)), 0x0000012340502000);
	IS(pte_val(fork_child(&r)), 0x0000000000516000);
	IS(swapped_out(2, 0x5, &r), 0x00000000500000c5);
}
#define SHARED_VECTORS cmocka_unit_test(fake_vectors)
#endif

int run_vectors(void)
{
	const struct CMUnitTest tests[] = {
		SHARED_VECTORS,
#if LAW_X86
		cmocka_unit_test(recorded_pmd_modify),
#endif
#if LAW_ARM64
		cmocka_unit_test(recorded_modify_of_dirty_shared),
		cmocka_unit_test(recorded_split_entries),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
