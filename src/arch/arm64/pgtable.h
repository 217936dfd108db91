/* SPDX-License-Identifier: MIT */
/*
 * arm64, stage 1, EL0: 48-bit addresses with 4K, 16K or 64K pages
 * (reference/arch-arm64.md; Arm ARM DDI 0487, D8.3 "Translation table
 * descriptor formats").
 *
 * The instance defines ARM64_PAGE_SHIFT (12, 14 or 16) and
 * ARM64_PRESENT_INVALID_NG: 1 from 6.11 on, where an entry that is present
 * for software alone has VALID clear and bit 11 set; 0 before, where bit 58
 * marks PROT_NONE and bit 59 an invalidated PMD.
 *
 *   63 62 60 59 58 57 56 55 54  53  52  51 50 49 48 47      P  11 10 9 8  7
 *   sw POIDX PI uf DV sp D UXN PXN CONT W  GP   -    address   NG AF  SH RO
 *
 *   6  5 4      2 1    0
 *   US - AttrIndx type VALID
 */
#ifndef ARCH_ARM64_PGTABLE_H
#define ARCH_ARM64_PGTABLE_H

#include "core/arch_leaf.h"
#include "core/arch_rules.h"
#include "core/arch_swp.h"
#include "core/features.h"
#include "core/types.h"
#include "core/vm_flags.h"

#include <string.h>

#if !defined(ARM64_PAGE_SHIFT) || !defined(ARM64_PRESENT_INVALID_NG)
#error "the instance gives ARM64_PAGE_SHIFT and ARM64_PRESENT_INVALID_NG"
#endif

/* ---- geometry (sheet section 1) ---- */

#define PAGE_SHIFT    ARM64_PAGE_SHIFT
#define ARM64_VA_BITS 48
/* Each table is one page of 8-byte descriptors. */
#define ARM64_LEVEL_BITS (PAGE_SHIFT - 3)
#define PMD_SHIFT	 (PAGE_SHIFT + ARM64_LEVEL_BITS)
#define PTRS_PER_PTE	 (1 << ARM64_LEVEL_BITS)
#define PTRS_PER_PMD	 (1 << ARM64_LEVEL_BITS)
#define ARCH_NR_LEVELS \
	((ARM64_VA_BITS - PAGE_SHIFT + ARM64_LEVEL_BITS - 1) / ARM64_LEVEL_BITS)
#define TASK_SIZE	((u64)1 << ARM64_VA_BITS)
#define ARCH_HAS_THP	1
#define ARCH_HAS_SLICES 0
/* CONT_PTES: 16, 128 and 32 entries. */
#define ARCH_CONT_PTES (PAGE_SHIFT == 12 ? 16 : PAGE_SHIFT == 14 ? 128 : 32)

static inline unsigned arch_level_shift(unsigned level)
{
	return PAGE_SHIFT + ARM64_LEVEL_BITS * level;
}

/* The top level holds what is left of the address: 1 bit with 16K pages. */
static inline unsigned arch_level_bits(unsigned level)
{
	if (level == ARCH_NR_LEVELS - 1)
		return ARM64_VA_BITS - arch_level_shift(level);
	return ARM64_LEVEL_BITS;
}

static inline u64 arch_table_bytes(unsigned level)
{
	return (u64)8 << arch_level_bits(level);
}

/* ---- bits (sheet section 2) ---- */

#define ARM64_VALID	BIT_U64(0)
#define ARM64_TYPE	BIT_U64(1)     /* a page or table; clear: a block */
#define ARM64_ATTRINDX	MASK_U64(4, 2) /* 0: normal memory */
#define ARM64_USER	BIT_U64(6)     /* AP[1] */
#define ARM64_RDONLY	BIT_U64(7)     /* AP[2] */
#define ARM64_SH	MASK_U64(9, 8) /* 3: inner shareable */
#define ARM64_AF	BIT_U64(10)    /* access flag */
#define ARM64_NG	BIT_U64(11)    /* not global */
#define ARM64_PFN	MASK_U64(47, PAGE_SHIFT)
#define ARCH_PTE_PFN	ARM64_PFN
#define ARM64_GP	BIT_U64(50) /* guarded page */
#define ARM64_WRITE	BIT_U64(51) /* DBM */
#define ARM64_CONT	BIT_U64(52)
#define ARM64_PXN	BIT_U64(53)
#define ARM64_UXN	BIT_U64(54)
#define ARM64_DIRTY	BIT_U64(55) /* software */
#define ARM64_SPECIAL	BIT_U64(56) /* software */
#define ARM64_DEVMAP	BIT_U64(57) /* software, up to 6.16 */
#define ARM64_UFFD_WP	BIT_U64(58) /* software, from 6.11 on */
#define ARM64_PROT_NONE BIT_U64(58) /* software, up to 6.10 */
#define ARM64_PMD_INVAL BIT_U64(59) /* software, up to 6.10 */
#define ARM64_PO_IDX	MASK_U64(62, 60)
#define ARM64_SWBITS	(MASK_U64(58, 55) | BIT_U64(63))

#define ARM64_TABLE (ARM64_TYPE | ARM64_VALID)

/* What marks an entry whose VALID is clear as present for software. */
#define ARM64_NONE_MARK (ARM64_PRESENT_INVALID_NG ? ARM64_NG : ARM64_PROT_NONE)

/* ---- memory: little-endian ---- */

static inline u64 arch_load(const void *p)
{
	u64 v;

	memcpy(&v, p, sizeof(v));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	v = __builtin_bswap64(v);
#endif
	return v;
}

static inline void arch_store(void *p, u64 v)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	v = __builtin_bswap64(v);
#endif
	memcpy(p, &v, sizeof(v));
}

/* ---- tables ---- */

static inline u64 arch_table_entry(paddr_t table, unsigned level)
{
	(void)level;
	return table | ARM64_TABLE;
}

static inline bool arch_table_none(u64 entry)
{
	return !entry;
}

static inline paddr_t arch_table_pa(u64 entry, unsigned level)
{
	(void)level;
	return entry & ARM64_PFN;
}

/* ---- leaves: the dirty and write model (sheet section 3) ---- */

/*
 *   WRITE RDONLY
 *     1     1     writable and clean: the CPU's store clears RDONLY
 *     1     0     writable and dirty
 *     0     1     read-only; dirty only by the software bit
 */
static inline bool arm64_hw_dirty(u64 v)
{
	return (v & (ARM64_WRITE | ARM64_RDONLY)) == ARM64_WRITE;
}

static inline bool leaf_valid(u64 v)
{
	return v & ARM64_VALID;
}

static inline bool leaf_present(u64 v)
{
	return v & (ARM64_VALID | ARM64_NONE_MARK);
}

/*
 * From 6.11 on one mark serves PROT_NONE and invalidated entries; PROT_NONE
 * is the one that no user could touch if it were valid.
 */
static inline bool leaf_protnone(u64 v)
{
	u64 rights = ARM64_USER | ARM64_UXN;

	if (leaf_valid(v) || !(v & ARM64_NONE_MARK))
		return false;
	return !ARM64_PRESENT_INVALID_NG || (v & rights) == ARM64_UXN;
}

static inline bool leaf_write(u64 v)
{
	return v & ARM64_WRITE;
}

static inline bool leaf_dirty(u64 v)
{
	return arm64_hw_dirty(v) || v & ARM64_DIRTY;
}

static inline bool leaf_young(u64 v)
{
	return v & ARM64_AF;
}

/* No release has soft-dirty on arm64. */
static inline bool leaf_soft_dirty(u64 v)
{
	(void)v;
	return false;
}

static inline bool leaf_uffd_wp(u64 v, const struct arch_rules *r)
{
	return ARM64_PRESENT_INVALID_NG && r->uffd_wp && v & ARM64_UFFD_WP;
}

static inline bool leaf_special(u64 v)
{
	return v & ARM64_SPECIAL;
}

static inline bool leaf_devmap(u64 v)
{
	return v & ARM64_DEVMAP;
}

static inline bool leaf_exec(u64 v)
{
	return !(v & ARM64_UXN);
}

static inline bool leaf_user(u64 v)
{
	return v & ARM64_USER;
}

static inline bool leaf_access_permitted(u64 v, bool write)
{
	u64 need = ARM64_VALID | ARM64_USER | (write ? ARM64_WRITE : 0);

	return (v & need) == need;
}

static inline bool leaf_same(u64 a, u64 b)
{
	return a == b;
}

static inline u64 leaf_mkold(u64 v)
{
	return v & ~ARM64_AF;
}

static inline u64 leaf_mkyoung(u64 v)
{
	return v | ARM64_AF;
}

static inline u64 leaf_mkclean(u64 v)
{
	return (v & ~ARM64_DIRTY) | ARM64_RDONLY;
}

static inline u64 leaf_mkdirty(u64 v)
{
	v |= ARM64_DIRTY;
	return v & ARM64_WRITE ? v & ~ARM64_RDONLY : v;
}

static inline u64 leaf_wrprotect(u64 v)
{
	if (arm64_hw_dirty(v))
		v |= ARM64_DIRTY;
	return (v & ~ARM64_WRITE) | ARM64_RDONLY;
}

/* 5.10 makes a clean entry dirty by it; since then it stays clean. */
static inline u64 leaf_mkwrite(u64 v, const struct arch_rules *r)
{
	v |= ARM64_WRITE;
	if (r->mkwrite_dirties || v & ARM64_DIRTY)
		v &= ~ARM64_RDONLY;
	return v;
}

static inline u64 leaf_mkwrite_novma(u64 v, const struct arch_rules *r)
{
	return leaf_mkwrite(v, r);
}

static inline u64 leaf_mksoft_dirty(u64 v)
{
	return v;
}

static inline u64 leaf_clear_soft_dirty(u64 v)
{
	return v;
}

static inline u64 leaf_mkuffd_wp(u64 v, const struct arch_rules *r)
{
	if (!ARM64_PRESENT_INVALID_NG || !r->uffd_wp)
		return v;
	v |= ARM64_UFFD_WP;
	return r->uffd_wp_wrprotects ? leaf_wrprotect(v) : v;
}

/* Before 6.11 the bit means PROT_NONE and is nobody's to clear. */
static inline u64 leaf_clear_uffd_wp(u64 v)
{
	return ARM64_PRESENT_INVALID_NG ? v & ~ARM64_UFFD_WP : v;
}

static inline u64 leaf_mkspecial(u64 v)
{
	return v | ARM64_SPECIAL;
}

static inline u64 leaf_mkdevmap(u64 v)
{
	return v | ARM64_SPECIAL | ARM64_DEVMAP;
}

/* The generic savedwrite: the entry keeps WRITE, and RDONLY as mkwrite leaves
 * it (section 6.1). */
static inline bool leaf_savedwrite(u64 v)
{
	return leaf_write(v);
}

static inline u64 leaf_mk_savedwrite(u64 v, const struct arch_rules *r)
{
	return leaf_mkwrite(v, r);
}

static inline u64 leaf_clear_savedwrite(u64 v)
{
	return leaf_wrprotect(v);
}

/* ---- PFNs ---- */

static inline u64 arm64_pfn_bits(pfn_t pfn)
{
	return (pfn << PAGE_SHIFT) & ARM64_PFN;
}

static inline pte_t pfn_pte(pfn_t pfn, pgprot_t prot)
{
	return __pte(arm64_pfn_bits(pfn) | pgprot_val(prot));
}

static inline pmd_t pfn_pmd(pfn_t pfn, pgprot_t prot)
{
	return __pmd(arm64_pfn_bits(pfn) | pgprot_val(prot));
}

static inline pfn_t pte_pfn(pte_t pte)
{
	return (pte_val(pte) & ARM64_PFN) >> PAGE_SHIFT;
}

static inline pfn_t pmd_pfn(pmd_t pmd)
{
	return (pmd_val(pmd) & ARM64_PFN) >> PAGE_SHIFT;
}

static inline pte_t pte_advance_pfn(pte_t pte, u64 nr)
{
	return __pte((pte_val(pte) & ~ARM64_PFN) |
		     arm64_pfn_bits(pte_pfn(pte) + nr));
}

/* ---- PTEs ---- */

static inline bool pte_none(pte_t pte)
{
	return !pte_val(pte);
}

static inline bool pte_present(pte_t pte)
{
	return leaf_present(pte_val(pte));
}

static inline bool is_swap_pte(pte_t pte)
{
	return !pte_none(pte) && !pte_present(pte);
}

static inline bool pte_accessible(pte_t pte, bool flush_pending)
{
	return flush_pending ? pte_present(pte) : leaf_valid(pte_val(pte));
}

/* Taken from the new protection; all else is kept. */
#define ARM64_MODIFY_TAKES                                                 \
	(ARM64_USER | ARM64_PXN | ARM64_UXN | ARM64_RDONLY | ARM64_VALID | \
	 ARM64_WRITE | ARM64_GP | ARM64_ATTRINDX | ARM64_NONE_MARK |       \
	 (ARM64_PRESENT_INVALID_NG ? ARM64_PO_IDX : 0))

/*
 * RDONLY, which the new protection overwrites, may hold the dirty state: it
 * moves to the software bit first. An entry that is dirty and writable again
 * must not ask the CPU for RDONLY once more; the recordings show that in every
 * release (5.10.223 and 6.1.176 too, where the sheet's older point releases
 * did not do it).
 */
static inline u64 leaf_modify(u64 v, pgprot_t prot)
{
	if (arm64_hw_dirty(v))
		v |= ARM64_DIRTY;
	v = (v & ~ARM64_MODIFY_TAKES) | (pgprot_val(prot) & ARM64_MODIFY_TAKES);
	return v & ARM64_DIRTY ? leaf_mkdirty(v) : v;
}

static inline pte_t pte_modify(pte_t pte, pgprot_t prot,
			       const struct arch_rules *r)
{
	(void)r;
	return __pte(leaf_modify(pte_val(pte), prot));
}

static inline pmd_t pmd_modify(pmd_t pmd, pgprot_t prot,
			       const struct arch_rules *r)
{
	(void)r;
	return __pmd(leaf_modify(pmd_val(pmd), prot));
}

/* Break before make: the entry is empty while it changes (section 6). */
static inline pte_t pte_modify_start(pte_t pte)
{
	(void)pte;
	return __pte(0);
}

static inline bool arch_pte_cont(pte_t pte)
{
	return pte_val(pte) & ARM64_CONT;
}

static inline bool pte_valid_cont(pte_t pte)
{
	return leaf_valid(pte_val(pte)) && arch_pte_cont(pte);
}

static inline pte_t pte_mkcont(pte_t pte)
{
	return __pte(pte_val(pte) | ARM64_CONT);
}

static inline pte_t pte_mknoncont(pte_t pte)
{
	return __pte(pte_val(pte) & ~ARM64_CONT);
}

/* CONT belongs to whole blocks: a single store never has it (section 8.3). */
static inline pte_t pte_stored(pte_t pte)
{
	return pte_mknoncont(pte);
}

static inline bool arch_pte_hashed(pte_t pte)
{
	(void)pte;
	return false;
}

static inline pte_t arch_pte_preload(pte_t pte)
{
	return pte;
}

/* ---- huge PMDs ---- */

static inline bool arm64_pmd_inval(pmd_t pmd)
{
	return !ARM64_PRESENT_INVALID_NG && pmd_val(pmd) & ARM64_PMD_INVAL;
}

static inline bool pmd_none(pmd_t pmd)
{
	return !pmd_val(pmd);
}

static inline bool pmd_present(pmd_t pmd)
{
	return leaf_present(pmd_val(pmd)) || arm64_pmd_inval(pmd);
}

static inline bool pmd_table(pmd_t pmd)
{
	return (pmd_val(pmd) & ARM64_TABLE) == ARM64_TABLE;
}

static inline bool pmd_leaf(pmd_t pmd)
{
	return pmd_present(pmd) && !pmd_table(pmd);
}

/* An invalidated block counts: looked at as if VALID were still set. */
static inline bool pmd_trans_huge(pmd_t pmd)
{
	return pmd_present(pmd) && !(pmd_val(pmd) & ARM64_TYPE) &&
	       !(pmd_val(pmd) & ARM64_DEVMAP);
}

static inline bool is_swap_pmd(pmd_t pmd)
{
	return !pmd_none(pmd) && !pmd_present(pmd);
}

static inline pmd_t pmd_mkhuge(pmd_t pmd)
{
	return __pmd(pmd_val(pmd) & ~ARM64_TYPE);
}

static inline pmd_t pmd_mkinvalid(pmd_t pmd)
{
	u64 mark = ARM64_PRESENT_INVALID_NG ? ARM64_NG : ARM64_PMD_INVAL;

	return __pmd((pmd_val(pmd) | mark) & ~ARM64_VALID);
}

static inline pmd_t pmd_stored(pmd_t pmd)
{
	return pmd;
}

/* ---- flushes that a change asks for (sheet section 7, from 6.19) ---- */

static inline bool leaf_needs_flush(u64 old, u64 new)
{
	return leaf_valid(old) && (old ^ new) & ~ARM64_SWBITS;
}

static inline bool pte_needs_flush(pte_t old, pte_t new)
{
	return leaf_needs_flush(pte_val(old), pte_val(new));
}

static inline bool huge_pmd_needs_flush(pmd_t old, pmd_t new)
{
	return leaf_needs_flush(pmd_val(old), pmd_val(new));
}

static inline bool arch_wants_old_prefault(const struct arch_rules *r)
{
	return r->hw_access_dirty;
}

/* ---- protection (sheet sections 4 and 6) ---- */

#define ARM64_PROT_BASE \
	(ARM64_TYPE | ARM64_SH | ARM64_AF | ARM64_NG | ARM64_RDONLY | ARM64_PXN)

static inline pgprot_t arch_page_none(const struct arch_rules *r)
{
	(void)r;
	return __pgprot(ARM64_PROT_BASE | ARM64_UXN | ARM64_NONE_MARK);
}

static inline bool arm64_exec_only(vm_flags_t flags, const struct arch_rules *r)
{
	return r->epan && (flags & VM_ACCESS_FLAGS) == VM_EXEC;
}

/* Shared writable entries start writable and clean. */
static inline pgprot_t arch_protection(vm_flags_t flags,
				       const struct arch_rules *r)
{
	u64 v = ARM64_PROT_BASE | ARM64_VALID;

	if (!(flags & VM_ACCESS_FLAGS))
		return arch_page_none(r);
	if (!arm64_exec_only(flags, r))
		v |= ARM64_USER;
	if (!(flags & VM_EXEC))
		v |= ARM64_UXN;
	if ((flags & (VM_WRITE | VM_SHARED)) == (VM_WRITE | VM_SHARED))
		v |= ARM64_WRITE;
	return __pgprot(v);
}

static inline bool arch_vma_permits(vm_flags_t flags, enum hw_access access,
				    const struct arch_rules *r)
{
	if (access == HW_EXEC)
		return flags & VM_EXEC;
	if (access == HW_WRITE)
		return flags & VM_WRITE;
	return flags & VM_ACCESS_FLAGS && !arm64_exec_only(flags, r);
}

/* ---- hardware (Arm ARM D8.4 "Memory access control", D8.5 "Hardware
 * updates to the translation tables") ---- */

static inline bool hw_leaf_allows(u64 v, enum hw_access a,
				  const struct arch_rules *r)
{
	if (a == HW_EXEC)
		return !(v & ARM64_UXN);
	if (!(v & ARM64_USER))
		return false;
	if (a == HW_READ || !(v & ARM64_RDONLY))
		return true;
	/* With DBM a store to a read-only entry clears RDONLY instead. */
	return v & ARM64_WRITE && r->hw_access_dirty;
}

static inline enum hw_result hw_leaf_access(u64 *v, enum hw_access a,
					    const struct arch_rules *r)
{
	if (!leaf_valid(*v))
		return HW_NOT_PRESENT;
	/* An access flag fault comes before a permission fault. */
	if (!(*v & ARM64_AF) && !r->hw_access_dirty)
		return HW_ACCESS_FLAG;
	if (!hw_leaf_allows(*v, a, r))
		return HW_PERMISSION;
	*v |= ARM64_AF;
	if (a == HW_WRITE)
		*v &= ~ARM64_RDONLY;
	return HW_OK;
}

static inline enum hw_result hw_pte_access(pte_t *pte, enum hw_access a,
					   const struct arch_rules *r)
{
	return hw_leaf_access(&pte->pte, a, r);
}

static inline enum hw_result hw_pmd_access(pmd_t *pmd, enum hw_access a,
					   const struct arch_rules *r)
{
	if (!pmd_leaf(*pmd))
		return HW_NOT_PRESENT;
	return hw_leaf_access(&pmd->pmd, a, r);
}

/* ---- world set-up ---- */

/* Section 5. Bits 0 and 1, and the mark of a present entry, stay clear. */
static inline void arm64_swp_fields(struct swp_layout *swp, u32 kernel)
{
	swp->type_shift = 3;
	swp->type_bits = 5;
	swp->off_shift = 8;
	swp->off_bits = 50;
	if (ARM64_PRESENT_INVALID_NG) {
		swp->type_shift = 6;
		swp->off_shift = 12;
	} else if (kernel < KERNEL(5, 19)) {
		/* Bit 2 was still the type's. */
		swp->type_shift = 2;
		swp->type_bits = 6;
	}
}

static inline void arch_swp_init(struct swp_layout *swp,
				 const struct feature_set *f,
				 const struct arch_rules *r, u32 kernel)
{
	bool room = ARM64_PRESENT_INVALID_NG || kernel >= KERNEL(5, 19);

	arm64_swp_fields(swp, kernel);
	swp->off_invert = 0;
	swp->fixed = 0;
	swp->exclusive =
		room && feature_test(f, FEAT_SWP_EXCLUSIVE) ? BIT_U64(2) : 0;
	swp->soft_dirty = 0;
	swp->uffd_wp = r->uffd_wp ? BIT_U64(3) : 0;
}

static inline void arch_rules_init(struct arch_rules *r,
				   const struct feature_set *f, u32 kernel)
{
	memset(r, 0, sizeof(*r));
	r->uffd_wp =
		ARM64_PRESENT_INVALID_NG && feature_test(f, FEAT_ARM64_UFFD_WP);
	r->uffd_wp_wrprotects = feature_test(f, FEAT_UFFD_WP_WRPROTECT);
	r->savedwrite = feature_test(f, FEAT_SAVEDWRITE);
	r->mkwrite_dirties = !feature_test(f, FEAT_ARM64_MKWRITE_CLEAN);
	r->hw_access_dirty = feature_test(f, FEAT_HW_ACCESS_DIRTY);
	r->epan = feature_test(f, FEAT_EPAN);
	arch_swp_init(&r->swp, f, r, kernel);
	/* 48 bits of physical address. */
	swp_types_init(&r->types, f, kernel, 48 - PAGE_SHIFT);
}

/* ---- decoding ---- */

#if ARM64_PRESENT_INVALID_NG
#define ARM64_FIELDS_58_59                                          \
	{ 59, 59, "sw59", "not used" },                             \
	{                                                           \
		58, 58, "UFFD_WP", "write-protected by userfaultfd" \
	}
#else
#define ARM64_FIELDS_58_59                                            \
	{ 59, 59, "PMD_PRESENT_INVALID", "huge page being changed" }, \
	{                                                             \
		58, 58, "PROT_NONE", "present, no access"             \
	}
#endif

#define ARM64_FIELDS_HIGH                                                 \
	{ 63, 63, "sw63", "not used" },                                   \
		{ 62, 60, "PO_IDX",                                       \
		  "permission overlay index (protection key)" },          \
		ARM64_FIELDS_58_59,                                       \
		{ 57, 57, "DEVMAP", "device memory (up to 6.16)" },       \
		{ 56, 56, "SPECIAL", "page is not counted (zero page)" }, \
		{ 55, 55, "DIRTY", "dirty, kept by software" },           \
		{ 54, 54, "UXN", "no user execution" },                   \
		{ 53, 53, "PXN", "no kernel execution" },                 \
		{ 52, 52, "CONT", "one of a contiguous block" },          \
		{ 51, 51, "DBM",                                          \
		  "WRITE: writable; the CPU may clear RDONLY" },          \
		{ 50, 50, "GP", "guarded page (BTI)" },                   \
	{                                                                 \
		49, 48, "reserved", "zero with 48-bit physical addresses" \
	}

#define ARM64_FIELDS_LOW(type, what)                                        \
	{ 11, 11, "NG", "not global; from 6.11: present where not VALID" }, \
		{ 10, 10, "AF", "access flag" },                            \
		{ 9, 8, "SH", "shareability (3: inner)" },                  \
		{ 7, 7, "RDONLY", "AP[2]; with WRITE: clean" },             \
		{ 6, 6, "USER", "AP[1]; user access allowed" },             \
		{ 5, 5, "NS", "not used" },                                 \
		{ 4, 2, "ATTRINDX", "memory type (0: normal)" },            \
		{ 1, 1, type, what },                                       \
	{                                                                   \
		0, 0, "VALID", "valid for the CPU"                          \
	}

#if ARM64_PAGE_SHIFT > 12
#define ARM64_FIELDS_PAD \
	{ ARM64_PAGE_SHIFT - 1, 12, "reserved", "below the page's address" },
#else
#define ARM64_FIELDS_PAD
#endif

static const struct arch_field arch_pte_fields[] = {
	ARM64_FIELDS_HIGH,
	{ 47, PAGE_SHIFT, "PFN", "page frame" },
	ARM64_FIELDS_PAD ARM64_FIELDS_LOW("PAGE", "set in every page"),
};

static const struct arch_field arch_pmd_fields[] = {
	ARM64_FIELDS_HIGH,
	{ 47, PMD_SHIFT, "PFN", "huge page frame" },
	{ PMD_SHIFT - 1, 12, "reserved", "below the huge page's address" },
	ARM64_FIELDS_LOW("TABLE", "points to a table; clear: a block"),
};

static const struct arch_field arch_swap_fields[] = {
#if ARM64_PRESENT_INVALID_NG
	{ 63, 62, "unused", "zero" },
	{ 61, 12, "OFFSET", "slot" },
	{ 11, 11, "NG", "clear: not present" },
	{ 10, 6, "TYPE", "swap device, or kind of special entry" },
	{ 5, 4, "unused", "zero" },
	{ 3, 3, "UFFD_WP", "write-protected by userfaultfd" },
	{ 2, 2, "EXCLUSIVE", "page was exclusive" },
#else
	{ 63, 59, "unused", "zero" },
	{ 58, 58, "PROT_NONE", "clear: not present" },
	{ 57, 8, "OFFSET", "slot" },
	{ 7, 3, "TYPE", "swap device, or kind; before 5.19 with bit 2" },
	{ 2, 2, "EXCLUSIVE", "page was exclusive; before 5.19: type" },
#endif
	{ 1, 0, "VALID", "clear: not valid for the CPU" },
};

enum {
	arch_nr_pte_fields = ARRAY_SIZE(arch_pte_fields),
	arch_nr_pmd_fields = ARRAY_SIZE(arch_pmd_fields),
	arch_nr_swap_fields = ARRAY_SIZE(arch_swap_fields),
};

#endif
