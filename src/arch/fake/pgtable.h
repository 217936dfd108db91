/* SPDX-License-Identifier: MIT */
/*
 * A hostile format, for tests: what code may not take for granted is different
 * here from every real one.
 *
 * - Five levels of different sizes; a PTE table has 64 entries.
 * - PRESENT lies where others have a PFN, the PFN at the top.
 * - Several bits say the opposite of other formats': OLD, CLEAN, RDONLY.
 * - Entries are complemented in memory. A table of zero bytes is empty all the
 *   same: zero stands for itself and ~0 is no entry (bits 9 and 10 are clear
 *   in every entry there is).
 * - An entry being changed stays present; the CPU leaves a mark (CACHED) that
 *   a store drops and that does not count when entries are compared.
 *
 *   63    28  27  26   25  24 23 22  21 20 19  18 17 16  14 13  12 11   0
 *     PFN    INVAL NONE -  X LEAF US SP P CLEAN uf -  OLD RO so DEV CA   -
 */
#ifndef ARCH_FAKE_PGTABLE_H
#define ARCH_FAKE_PGTABLE_H

#include "core/arch_leaf.h"
#include "core/arch_rules.h"
#include "core/arch_swp.h"
#include "core/features.h"
#include "core/types.h"
#include "core/vm_flags.h"

#include <string.h>

/* ---- geometry ---- */

#define PAGE_SHIFT	12
#define PMD_SHIFT	18
#define PTRS_PER_PTE	64
#define PTRS_PER_PMD	128
#define ARCH_NR_LEVELS	5
#define TASK_SIZE	((u64)1 << 54)
#define ARCH_HAS_THP	1
#define ARCH_HAS_SLICES 0
#define ARCH_CONT_PTES	1

static inline unsigned arch_level_shift(unsigned level)
{
	static const u8 shift[] = { PAGE_SHIFT, PMD_SHIFT, 25, 34, 44 };

	return shift[level];
}

static inline unsigned arch_level_bits(unsigned level)
{
	static const u8 bits[] = { 6, 7, 9, 10, 10 };

	return bits[level];
}

static inline u64 arch_table_bytes(unsigned level)
{
	return (u64)8 << arch_level_bits(level);
}

/* ---- bits ---- */

#define FAKE_CACHED	BIT_U64(11)
#define FAKE_DEVMAP	BIT_U64(12)
#define FAKE_SOFT_DIRTY BIT_U64(13)
#define FAKE_RDONLY	BIT_U64(14)
#define FAKE_OLD	BIT_U64(16)
#define FAKE_UFFD_WP	BIT_U64(18)
#define FAKE_CLEAN	BIT_U64(19)
#define FAKE_PRESENT	BIT_U64(20)
#define FAKE_SPECIAL	BIT_U64(21)
#define FAKE_USER	BIT_U64(22)
#define FAKE_LEAF	BIT_U64(23) /* of a PMD */
#define FAKE_EXEC	BIT_U64(24)
#define FAKE_NONE	BIT_U64(26) /* PROT_NONE */
#define FAKE_INVALID	BIT_U64(27)
#define FAKE_PFN_SHIFT	28
#define FAKE_PFN	MASK_U64(63, FAKE_PFN_SHIFT)
#define ARCH_PTE_PFN	FAKE_PFN
/* The smallest table has 512 bytes. */
#define FAKE_TABLE_SHIFT 9

/* ---- memory: complemented, little-endian ---- */

static inline u64 fake_memory_form(u64 v)
{
	return v ? ~v : 0;
}

static inline u64 arch_load(const void *p)
{
	u64 v;

	memcpy(&v, p, sizeof(v));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	v = __builtin_bswap64(v);
#endif
	return fake_memory_form(v);
}

static inline void arch_store(void *p, u64 v)
{
	v = fake_memory_form(v);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	v = __builtin_bswap64(v);
#endif
	memcpy(p, &v, sizeof(v));
}

/* ---- tables ---- */

static inline u64 arch_table_entry(paddr_t table, unsigned level)
{
	(void)level;
	return (table >> FAKE_TABLE_SHIFT << FAKE_PFN_SHIFT) | FAKE_PRESENT;
}

static inline bool arch_table_none(u64 entry)
{
	return !entry;
}

static inline paddr_t arch_table_pa(u64 entry, unsigned level)
{
	(void)level;
	return entry >> FAKE_PFN_SHIFT << FAKE_TABLE_SHIFT;
}

/* ---- leaves ---- */

static inline bool leaf_present(u64 v)
{
	return v & (FAKE_PRESENT | FAKE_NONE | FAKE_INVALID);
}

static inline bool leaf_protnone(u64 v)
{
	return v & FAKE_NONE;
}

static inline bool leaf_write(u64 v)
{
	return !(v & FAKE_RDONLY);
}

static inline bool leaf_dirty(u64 v)
{
	return !(v & FAKE_CLEAN);
}

static inline bool leaf_young(u64 v)
{
	return !(v & FAKE_OLD);
}

static inline bool leaf_soft_dirty(u64 v)
{
	return v & FAKE_SOFT_DIRTY;
}

static inline bool leaf_uffd_wp(u64 v, const struct arch_rules *r)
{
	return r->uffd_wp && v & FAKE_UFFD_WP;
}

static inline bool leaf_special(u64 v)
{
	return v & FAKE_SPECIAL;
}

static inline bool leaf_devmap(u64 v)
{
	return v & FAKE_DEVMAP;
}

static inline bool leaf_exec(u64 v)
{
	return v & FAKE_EXEC;
}

static inline bool leaf_user(u64 v)
{
	return v & FAKE_USER;
}

static inline bool leaf_access_permitted(u64 v, bool write)
{
	return v & FAKE_PRESENT && v & FAKE_USER && (!write || leaf_write(v));
}

static inline bool leaf_same(u64 a, u64 b)
{
	return !((a ^ b) & ~FAKE_CACHED);
}

static inline u64 leaf_mkold(u64 v)
{
	return v | FAKE_OLD;
}

static inline u64 leaf_mkyoung(u64 v)
{
	return v & ~FAKE_OLD;
}

static inline u64 leaf_mkclean(u64 v)
{
	return v | FAKE_CLEAN;
}

static inline u64 leaf_mkdirty(u64 v)
{
	return (v & ~FAKE_CLEAN) | FAKE_SOFT_DIRTY;
}

static inline u64 leaf_wrprotect(u64 v)
{
	return v | FAKE_RDONLY;
}

static inline u64 leaf_mkwrite(u64 v, const struct arch_rules *r)
{
	(void)r;
	return v & ~FAKE_RDONLY;
}

static inline u64 leaf_mkwrite_novma(u64 v, const struct arch_rules *r)
{
	return leaf_mkwrite(v, r);
}

static inline u64 leaf_mksoft_dirty(u64 v)
{
	return v | FAKE_SOFT_DIRTY;
}

static inline u64 leaf_clear_soft_dirty(u64 v)
{
	return v & ~FAKE_SOFT_DIRTY;
}

static inline u64 leaf_mkuffd_wp(u64 v, const struct arch_rules *r)
{
	if (!r->uffd_wp)
		return v;
	v |= FAKE_UFFD_WP;
	return r->uffd_wp_wrprotects ? leaf_wrprotect(v) : v;
}

static inline u64 leaf_clear_uffd_wp(u64 v)
{
	return v & ~FAKE_UFFD_WP;
}

static inline u64 leaf_mkspecial(u64 v)
{
	return v | FAKE_SPECIAL;
}

static inline u64 leaf_mkdevmap(u64 v)
{
	return v | FAKE_SPECIAL | FAKE_DEVMAP;
}

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

static inline pte_t pfn_pte(pfn_t pfn, pgprot_t prot)
{
	return __pte(pfn << FAKE_PFN_SHIFT | pgprot_val(prot));
}

static inline pmd_t pfn_pmd(pfn_t pfn, pgprot_t prot)
{
	return __pmd(pfn << FAKE_PFN_SHIFT | pgprot_val(prot));
}

static inline pfn_t pte_pfn(pte_t pte)
{
	return pte_val(pte) >> FAKE_PFN_SHIFT;
}

static inline pfn_t pmd_pfn(pmd_t pmd)
{
	return pmd_val(pmd) >> FAKE_PFN_SHIFT;
}

static inline pte_t pte_advance_pfn(pte_t pte, u64 nr)
{
	return __pte(pte_val(pte) + (nr << FAKE_PFN_SHIFT));
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
	return flush_pending ? pte_present(pte) : pte_val(pte) & FAKE_PRESENT;
}

/* Taken from the new protection; all else is kept. */
#define FAKE_MODIFY_TAKES \
	(FAKE_RDONLY | FAKE_PRESENT | FAKE_USER | FAKE_EXEC | FAKE_NONE)

static inline u64 leaf_modify(u64 v, pgprot_t prot)
{
	return (v & ~FAKE_MODIFY_TAKES & ~FAKE_INVALID) |
	       (pgprot_val(prot) & FAKE_MODIFY_TAKES);
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

static inline u64 fake_invalidate(u64 v)
{
	return (v | FAKE_INVALID) & ~(FAKE_PRESENT | FAKE_NONE);
}

static inline pte_t pte_modify_start(pte_t pte)
{
	return __pte(fake_invalidate(pte_val(pte)));
}

static inline pte_t pte_stored(pte_t pte)
{
	return __pte(pte_val(pte) & ~FAKE_CACHED);
}

static inline bool arch_pte_cont(pte_t pte)
{
	(void)pte;
	return false;
}

static inline bool arch_pte_hashed(pte_t pte)
{
	return pte_val(pte) & FAKE_CACHED;
}

static inline pte_t arch_pte_preload(pte_t pte)
{
	return pte;
}

/* ---- huge PMDs ---- */

static inline bool pmd_none(pmd_t pmd)
{
	return !pmd_val(pmd);
}

static inline bool pmd_present(pmd_t pmd)
{
	return leaf_present(pmd_val(pmd));
}

static inline bool pmd_leaf(pmd_t pmd)
{
	return pmd_present(pmd) && pmd_val(pmd) & FAKE_LEAF;
}

static inline bool pmd_trans_huge(pmd_t pmd)
{
	return pmd_leaf(pmd) && !(pmd_val(pmd) & FAKE_DEVMAP);
}

static inline bool pmd_table(pmd_t pmd)
{
	return (pmd_val(pmd) & (FAKE_PRESENT | FAKE_LEAF)) == FAKE_PRESENT;
}

static inline bool is_swap_pmd(pmd_t pmd)
{
	return !pmd_none(pmd) && !pmd_present(pmd);
}

static inline pmd_t pmd_mkhuge(pmd_t pmd)
{
	return __pmd(pmd_val(pmd) | FAKE_LEAF);
}

static inline pmd_t pmd_mkinvalid(pmd_t pmd)
{
	return __pmd(fake_invalidate(pmd_val(pmd)));
}

static inline pmd_t pmd_stored(pmd_t pmd)
{
	return __pmd(pmd_val(pmd) & ~FAKE_CACHED);
}

/* ---- flushes that a change asks for ---- */

static inline bool pte_needs_flush(pte_t old, pte_t new)
{
	return pte_val(old) & FAKE_PRESENT && !pte_same(old, new);
}

static inline bool huge_pmd_needs_flush(pmd_t old, pmd_t new)
{
	return pmd_val(old) & FAKE_PRESENT && !pmd_same(old, new);
}

static inline bool arch_wants_old_prefault(const struct arch_rules *r)
{
	(void)r;
	return false;
}

/* ---- protection ---- */

static inline pgprot_t arch_page_none(const struct arch_rules *r)
{
	(void)r;
	return __pgprot(FAKE_NONE | FAKE_CLEAN | FAKE_RDONLY);
}

static inline pgprot_t arch_protection(vm_flags_t flags,
				       const struct arch_rules *r)
{
	u64 v = FAKE_PRESENT | FAKE_USER | FAKE_CLEAN;

	if (!(flags & VM_ACCESS_FLAGS))
		return arch_page_none(r);
	if ((flags & (VM_WRITE | VM_SHARED)) != (VM_WRITE | VM_SHARED))
		v |= FAKE_RDONLY;
	if (flags & VM_EXEC)
		v |= FAKE_EXEC;
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
	return flags & VM_ACCESS_FLAGS;
}

/* ---- hardware ---- */

static inline enum hw_result hw_leaf_access(u64 *v, enum hw_access a)
{
	if (!(*v & FAKE_PRESENT))
		return HW_NOT_PRESENT;
	if (!(*v & FAKE_USER) || (a == HW_WRITE && *v & FAKE_RDONLY) ||
	    (a == HW_EXEC && !(*v & FAKE_EXEC)))
		return HW_PERMISSION;
	*v |= FAKE_CACHED;
	*v &= ~(FAKE_OLD | (a == HW_WRITE ? FAKE_CLEAN : 0));
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

/* Bit 0 is set in every entry, so that type 0, offset 0 is not none. */
static inline void arch_swp_init(struct swp_layout *swp,
				 const struct feature_set *f,
				 const struct arch_rules *r)
{
	swp->type_shift = 1;
	swp->type_bits = 5;
	swp->off_shift = FAKE_PFN_SHIFT;
	swp->off_bits = 64 - FAKE_PFN_SHIFT;
	swp->off_invert = 0;
	swp->fixed = BIT_U64(0);
	swp->exclusive = feature_test(f, FEAT_SWP_EXCLUSIVE) ? BIT_U64(6) : 0;
	swp->soft_dirty = r->soft_dirty ? BIT_U64(7) : 0;
	swp->uffd_wp = r->uffd_wp ? BIT_U64(8) : 0;
}

static inline void arch_rules_init(struct arch_rules *r,
				   const struct feature_set *f, u32 kernel)
{
	memset(r, 0, sizeof(*r));
	r->soft_dirty = feature_test(f, FEAT_SOFT_DIRTY);
	r->uffd_wp = true;
	r->uffd_wp_wrprotects = feature_test(f, FEAT_UFFD_WP_WRPROTECT);
	r->savedwrite = feature_test(f, FEAT_SAVEDWRITE);
	arch_swp_init(&r->swp, f, r);
	swp_types_init(&r->types, f, kernel, 64 - FAKE_PFN_SHIFT - 2);
}

/* ---- decoding ---- */

#define FAKE_FIELDS                                                       \
	{ 63, 28, "PFN", "page frame" },                                  \
		{ 27, 27, "INVALID", "present, but being changed" },      \
		{ 26, 26, "NONE", "present, no access" },                 \
		{ 25, 25, "unused", "zero" },                             \
		{ 24, 24, "EXEC", "execution allowed" },                  \
		{ 23, 23, "LEAF", "of a PMD: maps a huge page" },         \
		{ 22, 22, "USER", "user access allowed" },                \
		{ 21, 21, "SPECIAL", "page is not counted (zero page)" }, \
		{ 20, 20, "PRESENT", "valid for the CPU" },               \
		{ 19, 19, "CLEAN", "not written through this entry" },    \
		{ 18, 18, "UFFD_WP", "write-protected by userfaultfd" },  \
		{ 17, 17, "unused", "zero" },                             \
		{ 16, 16, "OLD", "not used since it was made old" },      \
		{ 15, 15, "unused", "zero" },                             \
		{ 14, 14, "RDONLY", "no writes" },                        \
		{ 13, 13, "SOFT_DIRTY", "written since clear_refs 4" },   \
		{ 12, 12, "DEVMAP", "device memory" },                    \
		{ 11, 11, "CACHED", "the CPU has used it" },              \
	{                                                                 \
		10, 0, "unused", "zero"                                   \
	}

static const struct arch_field arch_pte_fields[] = { FAKE_FIELDS };
static const struct arch_field arch_pmd_fields[] = { FAKE_FIELDS };

static const struct arch_field arch_swap_fields[] = {
	{ 63, 28, "OFFSET", "slot" },
	{ 27, 9, "unused", "zero" },
	{ 8, 8, "UFFD_WP", "write-protected by userfaultfd" },
	{ 7, 7, "SOFT_DIRTY", "page was soft-dirty" },
	{ 6, 6, "EXCLUSIVE", "page was exclusive" },
	{ 5, 1, "TYPE", "swap device, or kind of special entry" },
	{ 0, 0, "SWAP", "set in every such entry" },
};

enum {
	arch_nr_pte_fields = ARRAY_SIZE(arch_pte_fields),
	arch_nr_pmd_fields = ARRAY_SIZE(arch_pmd_fields),
	arch_nr_swap_fields = ARRAY_SIZE(arch_swap_fields),
};

#endif
