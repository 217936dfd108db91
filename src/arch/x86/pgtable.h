/* SPDX-License-Identifier: MIT */
/*
 * x86-64, 4-level paging, 4 KiB pages (reference/arch-x86.md; Intel SDM
 * volume 3A, 4.5 "4-level paging", tables 4-15 to 4-20).
 *
 * The instance defines X86_SAVED_DIRTY: 1 from 6.6 on, where the dirty state
 * of a read-only entry lies in bit 58; 0 before, where it stays in bit 6.
 *
 *   63 62   59 58 57  56 52 51          12 11 10 9 8 7 6 5 4   3   2  1  0
 *   NX  PKEY   SD DEV   -        PFN       so uf sp G PS D A PCD PWT US RW P
 */
#ifndef ARCH_X86_PGTABLE_H
#define ARCH_X86_PGTABLE_H

#include "core/arch_leaf.h"
#include "core/arch_rules.h"
#include "core/arch_swp.h"
#include "core/features.h"
#include "core/types.h"
#include "core/vm_flags.h"

#include <string.h>

#ifndef X86_SAVED_DIRTY
#error "the instance says whether dirty moves to bit 58 (X86_SAVED_DIRTY)"
#endif

/* ---- geometry (sheet section 1) ---- */

#define PAGE_SHIFT     12
#define PMD_SHIFT      21
#define PTRS_PER_PTE   512
#define PTRS_PER_PMD   512
#define ARCH_NR_LEVELS 4
/* The last page below the hole is not mapped for users. */
#define TASK_SIZE	(((u64)1 << 47) - ((u64)1 << PAGE_SHIFT))
#define ARCH_HAS_THP	1
#define ARCH_HAS_SLICES 0
#define ARCH_CONT_PTES	1

static inline unsigned arch_level_shift(unsigned level)
{
	return 12 + 9 * level;
}

static inline unsigned arch_level_bits(unsigned level)
{
	(void)level;
	return 9;
}

static inline u64 arch_table_bytes(unsigned level)
{
	return (u64)8 << arch_level_bits(level);
}

/* ---- bits (sheet section 2) ---- */

#define X86_PRESENT    BIT_U64(0)
#define X86_RW	       BIT_U64(1)
#define X86_USER       BIT_U64(2)
#define X86_PWT	       BIT_U64(3) /* memory type index, bit 0 */
#define X86_PCD	       BIT_U64(4) /* memory type index, bit 1 */
#define X86_ACCESSED   BIT_U64(5)
#define X86_DIRTY      BIT_U64(6)
#define X86_PAT	       BIT_U64(7) /* of a PTE: memory type index, bit 2 */
#define X86_PSE	       BIT_U64(7) /* of a PMD: it is a leaf */
#define X86_GLOBAL     BIT_U64(8)
#define X86_PROTNONE   X86_GLOBAL /* where PRESENT is clear */
#define X86_SPECIAL    BIT_U64(9)
#define X86_UFFD_WP    BIT_U64(10)
#define X86_SOFT_DIRTY BIT_U64(11)
#define X86_PFN	       MASK_U64(51, 12)
#define ARCH_PTE_PFN   X86_PFN
#define X86_PAT_LARGE  BIT_U64(12) /* of a PMD leaf */
#define X86_PMD_PFN    MASK_U64(51, 21)
#define X86_DEVMAP     BIT_U64(57) /* up to 6.16 */
#define X86_SAVEDDIRTY BIT_U64(58) /* from 6.6 on */
#define X86_PKEY       MASK_U64(62, 59)
#define X86_NX	       BIT_U64(63)

/* Flags of an entry that points to a table. */
#define X86_TABLE (X86_PRESENT | X86_RW | X86_USER | X86_ACCESSED | X86_DIRTY)

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

/* Some CPUs set A and D in an entry that is empty: they do not count. */
static inline bool x86_empty(u64 v)
{
	return !(v & ~(X86_ACCESSED | X86_DIRTY));
}

static inline u64 arch_table_entry(paddr_t table, unsigned level)
{
	(void)level;
	return table | X86_TABLE;
}

static inline bool arch_table_none(u64 entry)
{
	return x86_empty(entry);
}

static inline paddr_t arch_table_pa(u64 entry, unsigned level)
{
	(void)level;
	return entry & X86_PFN;
}

/* ---- where dirty lies (sheet sections 3 and 4) ---- */

/*
 * RW=0 with D=1 is the mark of a shadow stack page, so from 6.6 on an
 * ordinary read-only page keeps its dirty state in bit 58.
 */
static inline u64 x86_to_saved(u64 v)
{
	if (!X86_SAVED_DIRTY || v & X86_RW || !(v & X86_DIRTY))
		return v;
	return (v | X86_SAVEDDIRTY) & ~X86_DIRTY;
}

static inline u64 x86_from_saved(u64 v)
{
	if (!X86_SAVED_DIRTY || !(v & X86_RW) || !(v & X86_SAVEDDIRTY))
		return v;
	return (v | X86_DIRTY) & ~X86_SAVEDDIRTY;
}

#define X86_ANY_DIRTY (X86_DIRTY | (X86_SAVED_DIRTY ? X86_SAVEDDIRTY : 0))

/* ---- leaves (sheet section 3) ---- */

static inline bool leaf_protnone(u64 v)
{
	return (v & (X86_PROTNONE | X86_PRESENT)) == X86_PROTNONE;
}

/* Shadow stack VMAs are not modelled: RW alone decides. */
static inline bool leaf_write(u64 v)
{
	return v & X86_RW;
}

static inline bool leaf_dirty(u64 v)
{
	return v & X86_ANY_DIRTY;
}

static inline bool leaf_young(u64 v)
{
	return v & X86_ACCESSED;
}

static inline bool leaf_soft_dirty(u64 v)
{
	return v & X86_SOFT_DIRTY;
}

static inline bool leaf_uffd_wp(u64 v, const struct arch_rules *r)
{
	return r->uffd_wp && v & X86_UFFD_WP;
}

static inline bool leaf_special(u64 v)
{
	return v & X86_SPECIAL;
}

static inline bool leaf_devmap(u64 v)
{
	return v & X86_DEVMAP;
}

static inline bool leaf_exec(u64 v)
{
	return !(v & X86_NX);
}

static inline bool leaf_user(u64 v)
{
	return v & X86_USER;
}

static inline bool leaf_access_permitted(u64 v, bool write)
{
	u64 need = X86_PRESENT | X86_USER | (write ? X86_RW : 0);

	return (v & need) == need;
}

static inline bool leaf_same(u64 a, u64 b)
{
	return a == b;
}

static inline u64 leaf_mkold(u64 v)
{
	return v & ~X86_ACCESSED;
}

static inline u64 leaf_mkyoung(u64 v)
{
	return v | X86_ACCESSED;
}

static inline u64 leaf_mkclean(u64 v)
{
	return v & ~X86_ANY_DIRTY;
}

static inline u64 leaf_mkdirty(u64 v)
{
	return x86_to_saved(v | X86_DIRTY | X86_SOFT_DIRTY);
}

static inline u64 leaf_wrprotect(u64 v)
{
	return x86_to_saved(v & ~X86_RW);
}

static inline u64 leaf_mkwrite(u64 v, const struct arch_rules *r)
{
	(void)r;
	return x86_from_saved(v | X86_RW);
}

/* Leaves the saved dirty bit where it is (sheet section 4, item 3). */
static inline u64 leaf_mkwrite_novma(u64 v, const struct arch_rules *r)
{
	(void)r;
	return v | X86_RW;
}

static inline u64 leaf_mksoft_dirty(u64 v)
{
	return v | X86_SOFT_DIRTY;
}

static inline u64 leaf_clear_soft_dirty(u64 v)
{
	return v & ~X86_SOFT_DIRTY;
}

static inline u64 leaf_mkuffd_wp(u64 v, const struct arch_rules *r)
{
	if (!r->uffd_wp)
		return v;
	v |= X86_UFFD_WP;
	return r->uffd_wp_wrprotects ? leaf_wrprotect(v) : v;
}

static inline u64 leaf_clear_uffd_wp(u64 v)
{
	return v & ~X86_UFFD_WP;
}

static inline u64 leaf_mkspecial(u64 v)
{
	return v | X86_SPECIAL;
}

static inline u64 leaf_mkdevmap(u64 v)
{
	return v | X86_SPECIAL | X86_DEVMAP;
}

/* The generic savedwrite: the entry simply keeps RW (powerpc sheet 6). */
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

/* ---- PFNs, stored inverted where not present (sheet section 5) ---- */

/* L1TF: a CPU may speculate through the address of an entry that is not
 * present, so it must not be that of cacheable memory. */
static inline u64 x86_invert(u64 v)
{
	if (likely(v & X86_PRESENT))
		return 0;
	return v ? ~(u64)0 : 0;
}

static inline u64 x86_pfn_bits(pfn_t pfn, u64 flags, u64 field)
{
	return (((pfn << PAGE_SHIFT) ^ x86_invert(flags)) & field) | flags;
}

static inline pte_t pfn_pte(pfn_t pfn, pgprot_t prot)
{
	return __pte(x86_pfn_bits(pfn, pgprot_val(prot), X86_PFN));
}

static inline pmd_t pfn_pmd(pfn_t pfn, pgprot_t prot)
{
	return __pmd(x86_pfn_bits(pfn, pgprot_val(prot), X86_PMD_PFN));
}

/* Each walk asks for it: that the entry is present is one test. */
#define X86_INLINED __attribute__((always_inline))

static inline X86_INLINED pfn_t pte_pfn(pte_t pte)
{
	u64 v = pte_val(pte);

	if (unlikely(!(v & X86_PRESENT)))
		v ^= x86_invert(v);
	return (v & X86_PFN) >> PAGE_SHIFT;
}

static inline pfn_t pmd_pfn(pmd_t pmd)
{
	u64 v = pmd_val(pmd);

	return ((v ^ x86_invert(v)) & X86_PMD_PFN) >> PAGE_SHIFT;
}

static inline pte_t pte_advance_pfn(pte_t pte, u64 nr)
{
	u64 v = pte_val(pte);

	return __pte(x86_pfn_bits(pte_pfn(pte) + nr, v & ~X86_PFN, X86_PFN));
}

/* ---- PTEs ---- */

static inline bool pte_none(pte_t pte)
{
	return x86_empty(pte_val(pte));
}

static inline bool pte_present(pte_t pte)
{
	return pte_val(pte) & (X86_PRESENT | X86_PROTNONE);
}

static inline bool is_swap_pte(pte_t pte)
{
	return !pte_none(pte) && !pte_present(pte);
}

static inline bool pte_accessible(pte_t pte, bool flush_pending)
{
	return pte_val(pte) & X86_PRESENT ||
	       (flush_pending && pte_protnone(pte));
}

/* Kept by a change of protection; the rest comes from the new one. */
#define X86_COMMON_CHG                                                \
	(X86_PCD | X86_PWT | X86_SPECIAL | X86_ACCESSED | X86_DIRTY | \
	 X86_SOFT_DIRTY | X86_UFFD_WP | X86_DEVMAP |                  \
	 (X86_SAVED_DIRTY ? X86_SAVEDDIRTY : 0))
#define X86_PTE_CHG (X86_COMMON_CHG | X86_PFN | (X86_SAVED_DIRTY ? X86_PAT : 0))
#define X86_PMD_CHG (X86_COMMON_CHG | X86_PFN | X86_PSE)

static inline u64 x86_modify(u64 old, u64 v, u64 field)
{
	if (x86_invert(old) != x86_invert(v))
		v ^= field;
	return old & X86_RW ? x86_to_saved(v) : x86_from_saved(v);
}

static inline pte_t pte_modify(pte_t pte, pgprot_t prot,
			       const struct arch_rules *r)
{
	u64 old = pte_val(pte);
	u64 v = (old & X86_PTE_CHG) | (pgprot_val(prot) & ~X86_PTE_CHG);

	(void)r;
	return __pte(x86_modify(old, v, X86_PFN));
}

/* 6.6 until 7.2.6 lose the hardware's dirty bit here (sheet section 3). */
static inline pmd_t pmd_modify(pmd_t pmd, pgprot_t prot,
			       const struct arch_rules *r)
{
	u64 keep = r->pmd_modify_drops_dirty ? X86_PMD_CHG & ~X86_DIRTY
					     : X86_PMD_CHG;
	u64 old = pmd_val(pmd);
	u64 v = (old & keep) | (pgprot_val(prot) & ~X86_PMD_CHG);

	return __pmd(x86_modify(old, v, X86_PMD_PFN));
}

/* ptep_modify_prot_start is a get-and-clear. */
static inline pte_t pte_modify_start(pte_t pte)
{
	(void)pte;
	return __pte(0);
}

static inline pte_t pte_stored(pte_t pte)
{
	return pte;
}

static inline bool arch_pte_cont(pte_t pte)
{
	(void)pte;
	return false;
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

/* ---- huge PMDs (sheet section 8) ---- */

static inline bool pmd_none(pmd_t pmd)
{
	return x86_empty(pmd_val(pmd));
}

static inline bool pmd_present(pmd_t pmd)
{
	return pmd_val(pmd) & (X86_PRESENT | X86_PROTNONE | X86_PSE);
}

static inline bool pmd_leaf(pmd_t pmd)
{
	return pmd_val(pmd) & X86_PSE;
}

static inline bool pmd_trans_huge(pmd_t pmd)
{
	return (pmd_val(pmd) & (X86_PSE | X86_DEVMAP)) == X86_PSE;
}

static inline bool pmd_table(pmd_t pmd)
{
	return (pmd_val(pmd) & (X86_PRESENT | X86_PSE)) == X86_PRESENT;
}

static inline bool is_swap_pmd(pmd_t pmd)
{
	return !pmd_none(pmd) && !pmd_present(pmd);
}

static inline pmd_t pmd_mkhuge(pmd_t pmd)
{
	return __pmd(pmd_val(pmd) | X86_PSE);
}

/* PSE alone keeps it present for software; the PFN is now inverted. */
static inline pmd_t pmd_mkinvalid(pmd_t pmd)
{
	u64 flags = pmd_val(pmd) & ~X86_PMD_PFN & ~(X86_PRESENT | X86_PROTNONE);

	return __pmd(x86_pfn_bits(pmd_pfn(pmd), flags, X86_PMD_PFN));
}

static inline pmd_t pmd_stored(pmd_t pmd)
{
	return pmd;
}

/* ---- flushes that a change asks for (sheet section 10) ---- */

#define X86_FLUSH_CHANGED                                               \
	(X86_RW | X86_USER | X86_PWT | X86_PCD | X86_PSE | X86_GLOBAL | \
	 X86_PKEY | X86_NX)
#define X86_FLUSH_CLEARED (X86_DIRTY | X86_PRESENT)

/* Both directions of a permission: a stale entry that is too strict would
 * only cost a spurious fault, and the kernel flushes to save that. */
static inline bool x86_needs_flush(u64 old, u64 new, u64 cleared, u64 changed)
{
	u64 diff = old ^ new;

	return diff & changed || diff & old & cleared;
}

static inline bool pte_needs_flush(pte_t old, pte_t new)
{
	if (!(pte_val(old) & X86_PRESENT))
		return false;
	/* Of two present entries neither PFN is inverted. */
	if (likely(pte_val(new) & X86_PRESENT))
		return x86_needs_flush(pte_val(old), pte_val(new),
				       X86_FLUSH_CLEARED,
				       X86_FLUSH_CHANGED | X86_PFN);
	if (pte_pfn(old) != pte_pfn(new))
		return true;
	return x86_needs_flush(pte_val(old), pte_val(new), X86_FLUSH_CLEARED,
			       X86_FLUSH_CHANGED);
}

static inline bool huge_pmd_needs_flush(pmd_t old, pmd_t new)
{
	u64 type = X86_PAT_LARGE;

	if (!(pmd_val(old) & X86_PRESENT))
		return false;
	if (pmd_pfn(old) != pmd_pfn(new))
		return true;
	return x86_needs_flush(pmd_val(old), pmd_val(new),
			       X86_FLUSH_CLEARED | X86_ACCESSED,
			       X86_FLUSH_CHANGED | type);
}

static inline bool arch_wants_old_prefault(const struct arch_rules *r)
{
	(void)r;
	return false;
}

/* ---- protection (sheet sections 6 and 11) ---- */

static inline pgprot_t arch_page_none(const struct arch_rules *r)
{
	(void)r;
	return __pgprot(X86_ACCESSED | X86_PROTNONE);
}

/* A private mapping is never writable at once: the first write copies. */
static inline pgprot_t arch_protection(vm_flags_t flags,
				       const struct arch_rules *r)
{
	u64 v = X86_PRESENT | X86_USER | X86_ACCESSED;

	if (!(flags & VM_ACCESS_FLAGS))
		return arch_page_none(r);
	if ((flags & (VM_WRITE | VM_SHARED)) == (VM_WRITE | VM_SHARED))
		v |= X86_RW;
	if (!(flags & VM_EXEC))
		v |= X86_NX;
	return __pgprot(v);
}

/*
 * Any right makes reads and fetches legal as far as the VMA goes; a fetch
 * from a present NX page is refused by the page itself (HW_PERMISSION).
 */
static inline bool arch_vma_permits(vm_flags_t flags, enum hw_access access,
				    const struct arch_rules *r)
{
	(void)r;
	if (access == HW_WRITE)
		return flags & VM_WRITE;
	return flags & VM_ACCESS_FLAGS;
}

/* ---- hardware (sheet section 9; SDM 4.6 "Access rights", 4.8 "A and D") */

static inline enum hw_result hw_leaf_access(u64 *v, enum hw_access a)
{
	if (!(*v & X86_PRESENT))
		return HW_NOT_PRESENT;
	if (!(*v & X86_USER) || (a == HW_WRITE && !(*v & X86_RW)) ||
	    (a == HW_EXEC && *v & X86_NX))
		return HW_PERMISSION;
	*v |= X86_ACCESSED | (a == HW_WRITE ? X86_DIRTY : 0);
	return HW_OK;
}

static inline enum hw_result hw_pte_access(pte_t *pte, enum hw_access a,
					   const struct arch_rules *r)
{
	(void)r;
	return hw_leaf_access(&pte->pte, a);
}

static inline enum hw_result hw_pmd_access(pmd_t *pmd, enum hw_access a,
					   const struct arch_rules *r)
{
	(void)r;
	if (!pmd_leaf(*pmd))
		return HW_NOT_PRESENT;
	return hw_leaf_access(&pmd->pmd, a);
}

/* ---- world set-up ---- */

/* Section 7. The offset is inverted for the same reason as a PFN. */
static inline void arch_swp_init(struct swp_layout *swp,
				 const struct feature_set *f,
				 const struct arch_rules *r)
{
	swp->type_shift = 59;
	swp->type_bits = 5;
	swp->off_shift = 9;
	swp->off_bits = 50;
	swp->off_invert = MASK_U64(58, 9);
	swp->fixed = 0;
	swp->exclusive = feature_test(f, FEAT_SWP_EXCLUSIVE) ? BIT_U64(3) : 0;
	swp->soft_dirty = r->soft_dirty ? BIT_U64(1) : 0;
	swp->uffd_wp = r->uffd_wp ? BIT_U64(2) : 0;
}

static inline void arch_rules_init(struct arch_rules *r,
				   const struct feature_set *f, u32 kernel)
{
	memset(r, 0, sizeof(*r));
	r->soft_dirty = feature_test(f, FEAT_SOFT_DIRTY);
	r->uffd_wp = true;
	r->uffd_wp_wrprotects = feature_test(f, FEAT_UFFD_WP_WRPROTECT);
	r->savedwrite = feature_test(f, FEAT_SAVEDWRITE);
	r->pmd_modify_drops_dirty = feature_test(f, FEAT_X86_PMD_MODIFY_CLEAN);
	arch_swp_init(&r->swp, f, r);
	/* 52 bits of physical address at most. */
	swp_types_init(&r->types, f, kernel, 52 - PAGE_SHIFT);
}

/* ---- decoding ---- */

/* One table serves both: X86_FIELD7 and X86_PFN_FIELDS are what differs. */
#define X86_FIELDS_HIGH                                             \
	{ 63, 63, "NX", "no instruction fetch" },                   \
		{ 62, 59, "PKEY", "protection key" },               \
		{ 58, 58, "SAVED_DIRTY",                            \
		  "dirty while RW is clear (6.6 and later)" },      \
		{ 57, 57, "DEVMAP", "device memory (up to 6.16)" }, \
	{                                                           \
		56, 52, "ignored", "not used"                       \
	}

#define X86_FIELDS_LOW(bit7, what7)                                      \
	{ 11, 11, "SOFT_DIRTY", "written since clear_refs 4" },          \
		{ 10, 10, "UFFD_WP", "write-protected by userfaultfd" }, \
		{ 9, 9, "SPECIAL", "page is not counted (zero page)" },  \
		{ 8, 8, "GLOBAL",                                        \
		  "global; PROT_NONE where PRESENT is clear" },          \
		{ 7, 7, bit7, what7 },                                   \
		{ 6, 6, "DIRTY", "written through this entry" },         \
		{ 5, 5, "ACCESSED", "used for a translation" },          \
		{ 4, 4, "PCD", "memory type index, bit 1" },             \
		{ 3, 3, "PWT", "memory type index, bit 0" },             \
		{ 2, 2, "USER", "user access allowed" },                 \
		{ 1, 1, "RW", "writes allowed" },                        \
	{                                                                \
		0, 0, "PRESENT", "valid for the CPU"                     \
	}

static const struct arch_field arch_pte_fields[] = {
	X86_FIELDS_HIGH,
	{ 51, 12, "PFN", "page frame; inverted where PRESENT is clear" },
	X86_FIELDS_LOW("PAT", "memory type index, bit 2"),
};

static const struct arch_field arch_pmd_fields[] = {
	X86_FIELDS_HIGH,
	{ 51, 21, "PFN", "huge page frame; inverted where not PRESENT" },
	{ 20, 13, "reserved", "zero in a leaf" },
	{ 12, 12, "PAT_LARGE", "memory type index, bit 2" },
	X86_FIELDS_LOW("PSE", "maps a huge page"),
};

static const struct arch_field arch_swap_fields[] = {
	{ 63, 59, "TYPE", "swap device, or kind of special entry" },
	{ 58, 9, "OFFSET", "slot, inverted" },
	{ 8, 8, "PROTNONE", "clear: not present" },
	{ 7, 7, "PSE", "clear: not an invalidated huge page" },
	{ 6, 4, "ignored", "a CPU with an erratum may set bits 5 and 6" },
	{ 3, 3, "EXCLUSIVE", "page was exclusive (5.19 and later)" },
	{ 2, 2, "UFFD_WP", "write-protected by userfaultfd" },
	{ 1, 1, "SOFT_DIRTY", "page was soft-dirty" },
	{ 0, 0, "PRESENT", "clear: not valid for the CPU" },
};

enum {
	arch_nr_pte_fields = ARRAY_SIZE(arch_pte_fields),
	arch_nr_pmd_fields = ARRAY_SIZE(arch_pmd_fields),
	arch_nr_swap_fields = ARRAY_SIZE(arch_swap_fields),
};

#endif
