/* SPDX-License-Identifier: MIT */
/*
 * arch.h - the one door to the page-table format of the current instance.
 *
 * Every per-instance file includes this and nothing of src/arch. The stub of
 * an instance names its header in MM_ARCH_PGTABLE; without one (a file
 * compiled alone, an editor, clang-tidy) the format is `fake`.
 *
 * An arch header is pure: entry in, entry out. It knows no world, allocates
 * nothing, emits nothing. Entries are held in CPU-number form in pte_t and
 * pmd_t; only arch_load() and arch_store() know the byte order in memory.
 *
 * What every arch header provides
 * -------------------------------
 * Types (one u64 each, in struct form so that they do not mix):
 *   pte_t, pmd_t, pgprot_t, with __pte(u64), pte_val(pte) and so on.
 *
 * Geometry (constants):
 *   PAGE_SHIFT, PMD_SHIFT, PTRS_PER_PTE, PTRS_PER_PMD
 *   ARCH_NR_LEVELS	4 or 3 or 5; level 0 holds PTEs, level 1 PMDs
 *   arch_level_shift(level), arch_level_bits(level)
 *   arch_table_bytes(level)	size of one table of that level in memory,
 *			with what the architecture keeps behind the entries
 *   TASK_SIZE		first address that is not the user's
 *   ARCH_HAS_THP	0 or 1 (hash with 4K pages: 0)
 *   ARCH_HAS_SLICES	0 or 1: a fixed place is looked for in the slices of a hash
 *			MMU, which refuse what is not aligned before all else
 *   HPAGE_SHIFT	of a hugetlb page, if it is not PMD_SHIFT: larger
 *   ARCH_CONT_PTES	entries of a contiguous block, 1 where there is none
 *
 * Memory:
 *   u64 arch_load(const void *p), void arch_store(void *p, u64 v)
 *
 * Tables:
 *   u64 arch_table_entry(paddr_t table, level)	entry at `level` that points
 *			to a table of level - 1
 *   bool arch_table_none(u64 entry), paddr_t arch_table_pa(u64 entry, level)
 *
 * Entries, for E in pte, pmd (r: const struct arch_rules *):
 *   bool E_none(e), E_present(e), E_protnone(e), E_write(e), E_dirty(e),
 *	  E_young(e), E_soft_dirty(e), E_uffd_wp(e, r), E_special(e),
 *	  E_exec(e), E_user(e)
 *   bool pte_accessible(e, flush_pending), E_access_permitted(e, write)
 *   E_t  E_mkold(e), E_mkyoung(e), E_mkclean(e), E_mkdirty(e),
 *	  E_wrprotect(e), E_mkwrite(e, r), E_mksoft_dirty(e),
 *	  E_clear_soft_dirty(e), E_mkuffd_wp(e, r), E_clear_uffd_wp(e),
 *	  E_mkspecial(e), E_modify(e, prot, r)
 *   bool E_savedwrite(e), E_t E_mk_savedwrite(e, r), E_clear_savedwrite(e)
 *			the releases before 6.2; elsewhere never called
 *   pfn_t pte_pfn(e), pmd_pfn(e); pte_t pfn_pte(pfn, prot);
 *   pmd_t pfn_pmd(pfn, prot)	a leaf is made by pmd_mkhuge() of it
 *   pte_t pte_advance_pfn(e, nr)	+nr pages, also of an inverted entry
 *   ARCH_PTE_PFN			where the frame lies in a PTE
 *   bool pte_same(a, b), pmd_same(a, b)
 *   pmd only: pmd_leaf, pmd_trans_huge, pmd_table (points to a PTE table),
 *	  pmd_mkhuge, pmd_mkinvalid (what pmdp_invalidate leaves behind)
 *   pte_t pte_modify_start(e)	what ptep_modify_prot_start leaves in the
 *			table while the change is going on
 *   pte_t pte_stored(e)	what set_pte_at() stores of e (hash drops the
 *			HPTE flags); pmd_stored likewise
 *   bool arch_pte_cont(pte)	part of a contiguous block
 *   bool arch_pte_hashed(pte)	the CPU left a mark that pte_stored() drops
 *   pte_t arch_pte_preload(pte)	what the kernel enters at a fault (hash)
 *   E_mkwrite_novma(e, r)	mkwrite that leaves a saved dirty bit (x86)
 *   bool E_devmap(e), E_t E_mkdevmap(e)	up to 6.16; nothing here maps one
 *   bool pte_needs_flush(old, new), huge_pmd_needs_flush(old, new)
 *   bool arch_wants_old_prefault(r)
 *
 * Non-present entries:
 *   bool is_swap_pte(e), is_swap_pmd(e)	neither none nor present
 *   arch-independent encoding lives in pte/swap_entry.h and uses r->swp
 *
 * Protection:
 *   pgprot_t arch_protection(vm_flags & 15, r)	READ|WRITE|EXEC|SHARED
 *   #define PAGE_NONE of the layout: arch_page_none(r)
 *   bool arch_vma_permits(flags, access, r)	the fault handler's check
 *
 * Hardware (what the CPU does with an entry; pure):
 *   enum hw_result hw_pte_access(pte_t *e, enum hw_access a, r)
 *   enum hw_result hw_pmd_access(pmd_t *e, enum hw_access a, r)
 *			HW_OK with *e as the CPU leaves it, or why it traps
 *
 * World set-up:
 *   void arch_rules_init(struct arch_rules *r, const struct feature_set *f,
 *			  u32 kernel)
 *
 * Decoding:
 *   static const struct arch_field arch_pte_fields[], arch_pmd_fields[]
 *	  with arch_nr_pte_fields, arch_nr_pmd_fields (constants): from bit 63
 *	  down, each bit once; arch_swap_fields, arch_nr_swap_fields for what
 *	  is not present
 *
 * arm64 alone: pte_mkcont, pte_mknoncont, pte_valid_cont, for the code of
 * contiguous blocks; powerpc alone: pte_hw_valid.
 *
 * docs/arch-helpers.md says for each helper what it promises, and
 * tests/laws holds every instance to it.
 */
#ifndef CORE_ARCH_H
#define CORE_ARCH_H

#include "core/arch_rules.h"
#include "core/types.h"
#include "core/vm_flags.h"

enum hw_access { HW_READ, HW_WRITE, HW_EXEC };

/* Why the CPU traps, or that it does not. */
enum hw_result {
	HW_OK,
	HW_NOT_PRESENT, /* translation fault: nothing valid there */
	HW_PERMISSION,	/* valid, but this access is not allowed */
	HW_ACCESS_FLAG, /* valid and old, and the CPU does not set the bit */
};

#ifdef MM_INSTANCE
/* Everything of an instance is static; it exports its backend alone. */
#define mm_static static MMSIM_UNUSED
/* The same, of what its hottest caller has in place. */
#define mm_inlined static inline __attribute__((always_inline))
#else
#define mm_static
#define mm_inlined
#endif

#ifndef MM_ARCH_PGTABLE
#define MM_ARCH_PGTABLE "arch/fake/pgtable.h"
#endif
#include MM_ARCH_PGTABLE

#define PAGE_SIZE	((u64)1 << PAGE_SHIFT)
#define PAGE_MASK	(~(PAGE_SIZE - 1))
#define PMD_SIZE	((u64)1 << PMD_SHIFT)
#define PMD_MASK	(~(PMD_SIZE - 1))
#define HPAGE_PMD_ORDER (PMD_SHIFT - PAGE_SHIFT)
#define HPAGE_PMD_NR	((u64)1 << HPAGE_PMD_ORDER)

/* A page of hugetlb, and the PMD entries that it takes. */
#ifndef HPAGE_SHIFT
#define HPAGE_SHIFT PMD_SHIFT
#endif
#define HPAGE_SIZE    ((u64)1 << HPAGE_SHIFT)
#define HPAGE_MASK    (~(HPAGE_SIZE - 1))
#define HPAGE_NR      ((u64)1 << (HPAGE_SHIFT - PAGE_SHIFT))
#define HPAGE_NR_PMDS ((u64)1 << (HPAGE_SHIFT - PMD_SHIFT))

#endif
