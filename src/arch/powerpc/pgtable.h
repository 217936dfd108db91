/* SPDX-License-Identifier: MIT */
/*
 * powerpc book3s64, radix and hash (reference/arch-powerpc-book3s64.md; Power
 * ISA v3.0B book III, 5.7.10 "Radix Tree Translation"; the hash MMU's entries
 * are Linux's own, the CPU never sees them).
 *
 * The instance defines PPC_PAGE_SHIFT (12 or 16), PPC_HASH (0: radix, 1: hash)
 * and PPC_PAGE_NONE_PRIVILEGED: 1 before 6.7, where PROT_NONE entries have
 * PRIVILEGED set and a clear PRIVILEGED is the saved write bit; 0 from then on.
 *
 *   63 62  61  60  56 55  53 52       P      11 10 9  8 7 6 5 4 3 2 1 0
 *   PR PTE INV  PKEY   -/GIX    RPN       -  DV sp so R C B ATT PV r w x
 *
 * Bits are counted from the least significant one; the manual counts them from
 * the other end. All tables are big-endian in memory.
 */
#ifndef ARCH_POWERPC_PGTABLE_H
#define ARCH_POWERPC_PGTABLE_H

#include "core/arch_leaf.h"
#include "core/arch_rules.h"
#include "core/arch_swp.h"
#include "core/features.h"
#include "core/types.h"
#include "core/vm_flags.h"

#include <string.h>

#if !defined(PPC_PAGE_SHIFT) || !defined(PPC_HASH) || \
	!defined(PPC_PAGE_NONE_PRIVILEGED)
#error "the instance gives PPC_PAGE_SHIFT, PPC_HASH, PPC_PAGE_NONE_PRIVILEGED"
#endif

/* ---- geometry (sheet section 1) ---- */

#define PAGE_SHIFT PPC_PAGE_SHIFT
#define PPC_64K	   (PPC_PAGE_SHIFT == 16)

#if PPC_HASH && PPC_PAGE_SHIFT == 12
#define PPC_PTE_BITS 9
#define PPC_PMD_BITS 7
#define PPC_PUD_BITS 9
#define PPC_PGD_BITS 9
#elif PPC_HASH
#define PPC_PTE_BITS 8
#define PPC_PMD_BITS 10
#define PPC_PUD_BITS 10
#define PPC_PGD_BITS 8
#else
#define PPC_PTE_BITS (PPC_64K ? 5 : 9)
#define PPC_PMD_BITS 9
#define PPC_PUD_BITS 9
#define PPC_PGD_BITS 13
#endif

#define PMD_SHIFT      (PAGE_SHIFT + PPC_PTE_BITS)
#define PPC_PUD_SHIFT  (PMD_SHIFT + PPC_PMD_BITS)
#define PPC_PGD_SHIFT  (PPC_PUD_SHIFT + PPC_PUD_BITS)
#define PTRS_PER_PTE   (1 << PPC_PTE_BITS)
#define PTRS_PER_PMD   (1 << PPC_PMD_BITS)
#define ARCH_NR_LEVELS 4
/* 64 TiB with 4K pages, on radix too, whose tables would reach further. */
#define TASK_SIZE ((u64)1 << (PPC_64K ? PPC_PGD_SHIFT + PPC_PGD_BITS : 46))
/* Hash needs 16 MiB pages for it, which only the 64K layout's PMD is. */
#define ARCH_HAS_THP	(!PPC_HASH || PPC_64K)
#define ARCH_HAS_SLICES PPC_HASH
/* With 4K pages eight entries make one (sheet section 1). */
#define HPAGE_SHIFT    (PPC_HASH ? 24 : PMD_SHIFT)
#define ARCH_CONT_PTES 1

static inline unsigned arch_level_shift(unsigned level)
{
	static const u8 shift[] = { PAGE_SHIFT, PMD_SHIFT, PPC_PUD_SHIFT,
				    PPC_PGD_SHIFT };

	return shift[level];
}

static inline unsigned arch_level_bits(unsigned level)
{
	static const u8 bits[] = { PPC_PTE_BITS, PPC_PMD_BITS, PPC_PUD_BITS,
				   PPC_PGD_BITS };

	return bits[level];
}

/*
 * With 64K hash a PTE table is followed by as much again for the slots of its
 * hash entries, and a PMD table by the pointers to the deposited tables.
 */
static inline u64 arch_table_bytes(unsigned level)
{
	bool twice = PPC_HASH && PPC_64K && level <= 1;

	return ((u64)8 << arch_level_bits(level)) << twice;
}

/* ---- bits (sheet section 2) ---- */

#define PPC_EXEC       BIT_U64(0)
#define PPC_WRITE      BIT_U64(1)
#define PPC_READ       BIT_U64(2)
#define PPC_RWX	       (PPC_READ | PPC_WRITE | PPC_EXEC)
#define PPC_PRIVILEGED BIT_U64(3)
#define PPC_ATT	       MASK_U64(5, 4) /* cache attribute, 0: normal */
#define PPC_BUSY       BIT_U64(6)     /* hash: locked while being hashed */
#define PPC_DIRTY      BIT_U64(7)     /* C */
#define PPC_ACCESSED   BIT_U64(8)     /* R */
#define PPC_SOFT_DIRTY BIT_U64(9)
#define PPC_SPECIAL    BIT_U64(10)
#define PPC_DEVMAP     BIT_U64(11) /* up to 6.16 */
#define PPC_RPN	       MASK_U64(52, PAGE_SHIFT)
#define ARCH_PTE_PFN   PPC_RPN
#define PPC_INVALID    BIT_U64(61) /* present, but not for the CPU */
#define PPC_PTE	       BIT_U64(62) /* a leaf */
#define PPC_PRESENT    BIT_U64(63)

/* What hash keeps about its own entries. 4K: slot 53-56; 64K: elsewhere. */
#define PPC_COMBO    BIT_U64(12) /* 64K: made of 4K hash entries */
#define PPC_THP_HUGE (PPC_HASH && PPC_64K ? BIT_U64(13) : 0)
#define PPC_GIX	     MASK_U64(55, 53)
#define PPC_F_SECOND BIT_U64(56)
#define PPC_HASHPTE  (PPC_64K ? BIT_U64(55) : BIT_U64(60))

#define PPC_HPTEFLAGS                                   \
	(!PPC_HASH ? 0                                  \
	 : PPC_64K ? PPC_BUSY | PPC_HASHPTE | PPC_COMBO \
		   : PPC_BUSY | PPC_HASHPTE | PPC_F_SECOND | PPC_GIX)

/* ---- memory: big-endian, whatever the kernel's byte order ---- */

static inline u64 arch_load(const void *p)
{
	u64 v;

	memcpy(&v, p, sizeof(v));
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	v = __builtin_bswap64(v);
#endif
	return v;
}

static inline void arch_store(void *p, u64 v)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	v = __builtin_bswap64(v);
#endif
	memcpy(p, &v, sizeof(v));
}

/* ---- tables ---- */

/* The smallest table has 256 bytes; below that radix puts a size. */
#define PPC_TABLE_PA MASK_U64(59, 8)

/* Radix tells the CPU the next table's index size (ISA: NLS). */
static inline u64 arch_table_entry(paddr_t table, unsigned level)
{
	return PPC_PRESENT | table |
	       (PPC_HASH ? 0 : arch_level_bits(level - 1));
}

static inline bool arch_table_none(u64 entry)
{
	return !entry;
}

static inline paddr_t arch_table_pa(u64 entry, unsigned level)
{
	(void)level;
	return entry & PPC_TABLE_PA;
}

/* ---- leaves (sheet sections 3 and 6) ---- */

static inline bool leaf_hw_valid(u64 v)
{
	return (v & (PPC_PRESENT | PPC_PTE)) == (PPC_PRESENT | PPC_PTE);
}

static inline bool leaf_protnone(u64 v)
{
	return leaf_hw_valid(v) && !(v & PPC_RWX);
}

/*
 * Before 6.7 a PROT_NONE entry has PRIVILEGED set, and one that was writable
 * before a NUMA hint has it clear. Nothing else is without rights and without
 * PRIVILEGED, so PRESENT is not looked at.
 */
static inline bool leaf_savedwrite(u64 v)
{
	return PPC_PAGE_NONE_PRIVILEGED && !(v & (PPC_RWX | PPC_PRIVILEGED));
}

static inline bool leaf_write(u64 v)
{
	return v & PPC_WRITE || leaf_savedwrite(v);
}

static inline bool leaf_dirty(u64 v)
{
	return v & PPC_DIRTY;
}

static inline bool leaf_young(u64 v)
{
	return v & PPC_ACCESSED;
}

static inline bool leaf_soft_dirty(u64 v)
{
	return v & PPC_SOFT_DIRTY;
}

/* No release has a uffd-wp bit on powerpc. */
static inline bool leaf_uffd_wp(u64 v, const struct arch_rules *r)
{
	(void)v;
	(void)r;
	return false;
}

static inline bool leaf_special(u64 v)
{
	return v & PPC_SPECIAL;
}

static inline bool leaf_devmap(u64 v)
{
	return v & PPC_DEVMAP;
}

static inline bool leaf_exec(u64 v)
{
	return v & PPC_EXEC;
}

static inline bool leaf_user(u64 v)
{
	return !(v & PPC_PRIVILEGED);
}

/* PROT_NONE fails by READ, before 6.7 by PRIVILEGED. */
static inline bool leaf_access_permitted(u64 v, bool write)
{
	if (!leaf_hw_valid(v) || !leaf_user(v))
		return false;
	if (!PPC_PAGE_NONE_PRIVILEGED && !(v & PPC_READ))
		return false;
	return !write || leaf_write(v);
}

/* Whether an entry is hashed says nothing about what it maps. */
static inline bool leaf_same(u64 a, u64 b)
{
	return !((a ^ b) & ~PPC_HPTEFLAGS);
}

static inline u64 leaf_mkold(u64 v)
{
	return v & ~PPC_ACCESSED;
}

static inline u64 leaf_mkyoung(u64 v)
{
	return v | PPC_ACCESSED;
}

static inline u64 leaf_mkclean(u64 v)
{
	return v & ~PPC_DIRTY;
}

static inline u64 leaf_mkdirty(u64 v)
{
	return v | PPC_DIRTY | PPC_SOFT_DIRTY;
}

static inline u64 leaf_clear_savedwrite(u64 v)
{
	return PPC_PAGE_NONE_PRIVILEGED ? v | PPC_PRIVILEGED : v & ~PPC_WRITE;
}

static inline u64 leaf_wrprotect(u64 v)
{
	return leaf_savedwrite(v) ? leaf_clear_savedwrite(v) : v & ~PPC_WRITE;
}

static inline u64 leaf_mkwrite(u64 v, const struct arch_rules *r)
{
	(void)r;
	return v | PPC_READ | PPC_WRITE;
}

static inline u64 leaf_mkwrite_novma(u64 v, const struct arch_rules *r)
{
	return leaf_mkwrite(v, r);
}

static inline u64 leaf_mk_savedwrite(u64 v, const struct arch_rules *r)
{
	return PPC_PAGE_NONE_PRIVILEGED ? v & ~PPC_PRIVILEGED
					: leaf_mkwrite(v, r);
}

static inline u64 leaf_mksoft_dirty(u64 v)
{
	return v | PPC_SOFT_DIRTY;
}

static inline u64 leaf_clear_soft_dirty(u64 v)
{
	return v & ~PPC_SOFT_DIRTY;
}

static inline u64 leaf_mkuffd_wp(u64 v, const struct arch_rules *r)
{
	(void)r;
	return v;
}

static inline u64 leaf_clear_uffd_wp(u64 v)
{
	return v;
}

static inline u64 leaf_mkspecial(u64 v)
{
	return v | PPC_SPECIAL;
}

static inline u64 leaf_mkdevmap(u64 v)
{
	return v | PPC_SPECIAL | PPC_DEVMAP;
}

/* ---- PFNs ---- */

static inline u64 ppc_pfn_bits(pfn_t pfn)
{
	return (pfn << PAGE_SHIFT) & PPC_RPN;
}

static inline pte_t pfn_pte(pfn_t pfn, pgprot_t prot)
{
	return __pte(ppc_pfn_bits(pfn) | pgprot_val(prot) | PPC_PTE);
}

/* A PMD made this way is a leaf already; hash marks a THP besides. */
static inline pmd_t pfn_pmd(pfn_t pfn, pgprot_t prot)
{
	return __pmd(ppc_pfn_bits(pfn) | pgprot_val(prot) | PPC_PTE |
		     PPC_THP_HUGE);
}

static inline pfn_t pte_pfn(pte_t pte)
{
	return (pte_val(pte) & PPC_RPN) >> PAGE_SHIFT;
}

static inline pfn_t pmd_pfn(pmd_t pmd)
{
	return (pmd_val(pmd) & PPC_RPN) >> PAGE_SHIFT;
}

static inline pte_t pte_advance_pfn(pte_t pte, u64 nr)
{
	return __pte((pte_val(pte) & ~PPC_RPN) |
		     ppc_pfn_bits(pte_pfn(pte) + nr));
}

/* ---- PTEs ---- */

/* R, C and the state of the hash table do not make an entry. */
static inline bool pte_none(pte_t pte)
{
	u64 ignored = PPC_HASH ? PPC_HPTEFLAGS : PPC_DIRTY | PPC_ACCESSED;

	return !(pte_val(pte) & ~ignored);
}

static inline bool pte_present(pte_t pte)
{
	return pte_val(pte) & PPC_PTE &&
	       pte_val(pte) & (PPC_PRESENT | PPC_INVALID);
}

static inline bool pte_hw_valid(pte_t pte)
{
	return leaf_hw_valid(pte_val(pte));
}

static inline bool is_swap_pte(pte_t pte)
{
	return !pte_none(pte) && !pte_present(pte);
}

/* An entry that INVALID marks may still be in a TLB: ptep_modify_prot_start
 * does not flush. */
static inline bool pte_accessible(pte_t pte, bool flush_pending)
{
	(void)flush_pending;
	return pte_present(pte);
}

#define PPC_PTE_CHG                                                         \
	(PPC_RPN | PPC_HPTEFLAGS | PPC_DIRTY | PPC_ACCESSED | PPC_SPECIAL | \
	 PPC_PTE | PPC_SOFT_DIRTY | PPC_DEVMAP)
#define PPC_PMD_CHG (PPC_PTE_CHG | PPC_THP_HUGE)

/* The new protection is added as it is: its ACCESSED makes the entry young. */
static inline pte_t pte_modify(pte_t pte, pgprot_t prot,
			       const struct arch_rules *r)
{
	(void)r;
	return __pte((pte_val(pte) & PPC_PTE_CHG) | pgprot_val(prot));
}

static inline pmd_t pmd_modify(pmd_t pmd, pgprot_t prot,
			       const struct arch_rules *r)
{
	(void)r;
	return __pmd((pmd_val(pmd) & PPC_PMD_CHG) | pgprot_val(prot));
}

/* The entry stays present for software while the CPU may not use it. */
static inline u64 ppc_invalidate(u64 v)
{
	return (v | PPC_INVALID) & ~PPC_PRESENT;
}

static inline pte_t pte_modify_start(pte_t pte)
{
	return __pte(ppc_invalidate(pte_val(pte)));
}

/* A store replaces the entry, so the hash entry made of the old one is gone
 * (section 7). */
static inline pte_t pte_stored(pte_t pte)
{
	return __pte(pte_val(pte) & ~PPC_HPTEFLAGS);
}

static inline bool arch_pte_cont(pte_t pte)
{
	(void)pte;
	return false;
}

static inline bool arch_pte_hashed(pte_t pte)
{
	return PPC_HASH && pte_val(pte) & PPC_HASHPTE;
}

static inline pte_t arch_pte_preload(pte_t pte)
{
	return __pte(pte_val(pte) | (PPC_HASH ? PPC_HASHPTE : 0));
}

/* ---- huge PMDs ---- */

static inline bool pmd_none(pmd_t pmd)
{
	return !pmd_val(pmd);
}

static inline bool pmd_present(pmd_t pmd)
{
	return pmd_val(pmd) & (PPC_PRESENT | PPC_INVALID);
}

static inline bool pmd_leaf(pmd_t pmd)
{
	return pmd_val(pmd) & PPC_PTE && pmd_present(pmd);
}

static inline bool pmd_trans_huge(pmd_t pmd)
{
	u64 need = PPC_PTE | PPC_THP_HUGE;

	return ARCH_HAS_THP && pmd_present(pmd) &&
	       (pmd_val(pmd) & need) == need && !(pmd_val(pmd) & PPC_DEVMAP);
}

static inline bool pmd_table(pmd_t pmd)
{
	return (pmd_val(pmd) & (PPC_PRESENT | PPC_PTE)) == PPC_PRESENT;
}

static inline bool is_swap_pmd(pmd_t pmd)
{
	return !pmd_none(pmd) && !pmd_present(pmd);
}

static inline pmd_t pmd_mkhuge(pmd_t pmd)
{
	return pmd;
}

static inline pmd_t pmd_mkinvalid(pmd_t pmd)
{
	return __pmd(ppc_invalidate(pmd_val(pmd)));
}

static inline pmd_t pmd_stored(pmd_t pmd)
{
	return __pmd(pmd_val(pmd) & ~PPC_HPTEFLAGS);
}

/* ---- flushes that a change asks for (sheet section 8) ---- */

/*
 * Radix: the CPU looks again before it refuses an access, so added rights and
 * a cleared R need no flush. Hash: always; the flush only ends the batch.
 */
static inline bool leaf_needs_flush(u64 old, u64 new)
{
	u64 rights = PPC_RWX | PPC_DIRTY;
	u64 diff = old ^ new;

	if (PPC_HASH)
		return true;
	return diff & ~(rights | PPC_ACCESSED) || diff & old & rights;
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
	(void)r;
	return false;
}

/* ---- protection (sheet section 4) ---- */

#define PPC_PROT_BASE (PPC_PRESENT | PPC_ACCESSED)

static inline pgprot_t arch_page_none(const struct arch_rules *r)
{
	(void)r;
	return __pgprot(PPC_PROT_BASE |
			(PPC_PAGE_NONE_PRIVILEGED ? PPC_PRIVILEGED : 0));
}

/* Radix can map execute-only. */
static inline bool ppc_exec_only(vm_flags_t flags)
{
	return !PPC_HASH && (flags & VM_ACCESS_FLAGS) == VM_EXEC;
}

static inline pgprot_t arch_protection(vm_flags_t flags,
				       const struct arch_rules *r)
{
	u64 v = PPC_PROT_BASE;

	if (!(flags & VM_ACCESS_FLAGS))
		return arch_page_none(r);
	if (!ppc_exec_only(flags))
		v |= PPC_READ;
	if (flags & VM_EXEC)
		v |= PPC_EXEC;
	if ((flags & (VM_WRITE | VM_SHARED)) == (VM_WRITE | VM_SHARED))
		v |= PPC_WRITE;
	return __pgprot(v);
}

static inline bool arch_vma_permits(vm_flags_t flags, enum hw_access access,
				    const struct arch_rules *r)
{
	(void)r;
	if (access == HW_EXEC)
		return flags & VM_EXEC;
	if (access == HW_WRITE)
		return flags & VM_WRITE;
	return flags & VM_ACCESS_FLAGS && !ppc_exec_only(flags);
}

/* ---- hardware (Power ISA book III, 5.7.12 "Reference and Change Recording",
 * 5.7.15 "Storage Protection"; for hash the kernel's hash fault stands in,
 * which is no page fault: sheet section 7) ---- */

static inline u64 hw_right(enum hw_access a)
{
	switch (a) {
	case HW_WRITE:
		return PPC_WRITE;
	case HW_EXEC:
		return PPC_EXEC;
	case HW_READ:
		break;
	}
	return PPC_READ;
}

static inline enum hw_result hw_leaf_access(u64 *v, enum hw_access a)
{
	if (!leaf_hw_valid(*v))
		return HW_NOT_PRESENT;
	if (*v & PPC_PRIVILEGED || !(*v & hw_right(a)))
		return HW_PERMISSION;
	*v |= PPC_ACCESSED | (a == HW_WRITE ? PPC_DIRTY : 0) |
	      (PPC_HASH ? PPC_HASHPTE : 0);
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
	return hw_leaf_access(&pmd->pmd, a);
}

/* ---- world set-up ---- */

/* Section 5: the offset lies where the RPN does, and every entry has PTE. */
static inline void arch_swp_init(struct swp_layout *swp,
				 const struct feature_set *f,
				 const struct arch_rules *r)
{
	swp->type_shift = 0;
	swp->type_bits = 5;
	swp->off_shift = PAGE_SHIFT;
	swp->off_bits = 53 - PAGE_SHIFT;
	swp->off_invert = 0;
	swp->fixed = PPC_PTE;
	swp->exclusive = feature_test(f, FEAT_SWP_EXCLUSIVE) ? BIT_U64(5) : 0;
	swp->soft_dirty = r->soft_dirty ? PPC_SOFT_DIRTY : 0;
	swp->uffd_wp = 0;
}

static inline void arch_rules_init(struct arch_rules *r,
				   const struct feature_set *f, u32 kernel)
{
	memset(r, 0, sizeof(*r));
	r->soft_dirty = feature_test(f, FEAT_SOFT_DIRTY);
	r->savedwrite = feature_test(f, FEAT_SAVEDWRITE);
	arch_swp_init(&r->swp, f, r);
	/* 51 bits of physical address leave just the two bits for A and D. */
	swp_types_init(&r->types, f, kernel, 51 - PAGE_SHIFT);
}

/* ---- decoding ---- */

#if PPC_HASH && PPC_PAGE_SHIFT == 12
#define PPC_FIELDS_60_53                                                      \
	{ 60, 60, "H_PAGE_HASHPTE", "is in the hash table" },                 \
		{ 59, 57, "PKEY", "protection key" },                         \
		{ 56, 56, "H_PAGE_F_SECOND", "in the secondary hash group" }, \
	{                                                                     \
		55, 53, "H_PAGE_F_GIX", "slot in the hash group"              \
	}
#elif PPC_HASH
#define PPC_FIELDS_60_53                                              \
	{ 60, 56, "PKEY", "protection key" },                         \
		{ 55, 55, "H_PAGE_HASHPTE", "is in the hash table" }, \
	{                                                             \
		54, 53, "RPN_HIGH", "not used"                        \
	}
#else
#define PPC_FIELDS_60_53                       \
	{ 60, 56, "PKEY", "protection key" },  \
	{                                      \
		55, 53, "RPN_HIGH", "not used" \
	}
#endif

#if PPC_PAGE_SHIFT == 12
#define PPC_FIELDS_PAD
#elif PPC_HASH
#define PPC_FIELDS_PAD                                                  \
	{ 15, 14, "reserved", "below the page's address" },             \
		{ 13, 13, "H_PAGE_THP_HUGE", "transparent huge page" }, \
		{ 12, 12, "H_PAGE_COMBO", "hashed as 4K pages" },
#else
#define PPC_FIELDS_PAD { 15, 12, "reserved", "below the page's address" },
#endif

#define PPC_FIELDS                                                         \
	{ 63, 63, "PRESENT", "valid" },                                    \
		{ 62, 62, "PTE", "a leaf; clear: points to a table" },     \
		{ 61, 61, "INVALID", "present, but being changed" },       \
		PPC_FIELDS_60_53, { 52, PAGE_SHIFT, "RPN", "page frame" }, \
		PPC_FIELDS_PAD{ 11, 11, "DEVMAP",                          \
				"device memory (up to 6.16)" },            \
		{ 10, 10, "SPECIAL", "page is not counted (zero page)" },  \
		{ 9, 9, "SOFT_DIRTY", "written since clear_refs 4" },      \
		{ 8, 8, "ACCESSED", "R: used for a translation" },         \
		{ 7, 7, "DIRTY", "C: written through this entry" },        \
		{ 6, 6, "BUSY", "hash: locked" },                          \
		{ 5, 4, "ATT", "cache attribute (0: normal)" },            \
		{ 3, 3, "PRIVILEGED",                                      \
		  "kernel only; before 6.7 see savedwrite" },              \
		{ 2, 2, "READ", "reads allowed" },                         \
		{ 1, 1, "WRITE", "writes allowed" },                       \
	{                                                                  \
		0, 0, "EXEC", "execution allowed"                          \
	}

static const struct arch_field arch_pte_fields[] = { PPC_FIELDS };
static const struct arch_field arch_pmd_fields[] = { PPC_FIELDS };

static const struct arch_field arch_swap_fields[] = {
	{ 63, 63, "PRESENT", "clear: not present" },
	{ 62, 62, "PTE", "set in every such entry" },
	{ 61, 61, "INVALID", "clear: not present" },
	{ 60, 53, "unused", "zero" },
	{ 52, PAGE_SHIFT, "OFFSET", "slot" },
	{ PAGE_SHIFT - 1, 10, "unused", "zero" },
	{ 9, 9, "SOFT_DIRTY", "page was soft-dirty" },
	{ 8, 6, "unused", "zero" },
	{ 5, 5, "EXCLUSIVE", "page was exclusive (5.19 and later)" },
	{ 4, 0, "TYPE", "swap device, or kind of special entry" },
};

enum {
	arch_nr_pte_fields = ARRAY_SIZE(arch_pte_fields),
	arch_nr_pmd_fields = ARRAY_SIZE(arch_pmd_fields),
	arch_nr_swap_fields = ARRAY_SIZE(arch_swap_fields),
};

#endif
