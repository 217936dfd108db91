/* SPDX-License-Identifier: MIT */
/*
 * Non-present entries: swap slots, migration, hwpoison and marker entries.
 *
 * Where type and offset lie in an entry is data (struct swp_layout); the rest
 * is the same everywhere. Three forms:
 *
 *   raw           u64 as a table holds it, with the flag bits
 *   pte_t, pmd_t  the same, typed
 *   swp_entry_t   type and offset alone
 *
 * All functions are pure. @r is the world's rules throughout.
 */
#ifndef PTE_SWAP_ENTRY_H
#define PTE_SWAP_ENTRY_H

#include "core/arch.h"

typedef struct {
	unsigned type;
	u64 offset;
} swp_entry_t;

/* ---- raw ---- */

static inline u64 swp_max_offset(const struct arch_rules *r)
{
	return MASK_U64(r->swp.off_bits - 1, 0);
}

/**
 * swp_entry_raw() - the entry of a type and an offset, without flag bits.
 * @type: below 32; @offset: at most swp_max_offset().
 *
 * Of type 0, arm64 has no offset 0 (the header's slot) and x86 no last one:
 * that entry would be zero, which is none.
 */
static inline u64 swp_entry_raw(unsigned type, u64 offset,
				const struct arch_rules *r)
{
	const struct swp_layout *l = &r->swp;
	u64 field = (offset & swp_max_offset(r)) << l->off_shift;

	return (field ^ l->off_invert) | (u64)type << l->type_shift | l->fixed;
}

static inline unsigned swp_raw_type(u64 raw, const struct arch_rules *r)
{
	const struct swp_layout *l = &r->swp;

	return (unsigned)(raw >> l->type_shift) & ((1u << l->type_bits) - 1);
}

static inline u64 swp_raw_offset(u64 raw, const struct arch_rules *r)
{
	const struct swp_layout *l = &r->swp;

	return ((raw ^ l->off_invert) >> l->off_shift) & swp_max_offset(r);
}

/* ---- conversion ---- */

static inline swp_entry_t swp_entry(unsigned type, u64 offset)
{
	return (swp_entry_t){ type, offset };
}

static inline unsigned swp_type(swp_entry_t entry)
{
	return entry.type;
}

static inline u64 swp_offset(swp_entry_t entry)
{
	return entry.offset;
}

static inline swp_entry_t swp_entry_of_raw(u64 raw, const struct arch_rules *r)
{
	return swp_entry(swp_raw_type(raw, r), swp_raw_offset(raw, r));
}

static inline swp_entry_t pte_to_swp_entry(pte_t pte,
					   const struct arch_rules *r)
{
	return swp_entry_of_raw(pte_val(pte), r);
}

static inline pte_t swp_entry_to_pte(swp_entry_t entry,
				     const struct arch_rules *r)
{
	return __pte(swp_entry_raw(entry.type, entry.offset, r));
}

static inline swp_entry_t pmd_to_swp_entry(pmd_t pmd,
					   const struct arch_rules *r)
{
	return swp_entry_of_raw(pmd_val(pmd), r);
}

static inline pmd_t swp_entry_to_pmd(swp_entry_t entry,
				     const struct arch_rules *r)
{
	return __pmd(swp_entry_raw(entry.type, entry.offset, r));
}

/* ---- flag bits; where the release has none, nothing changes ---- */

static inline bool pte_swp_exclusive(pte_t pte, const struct arch_rules *r)
{
	return pte_val(pte) & r->swp.exclusive;
}

static inline pte_t pte_swp_mkexclusive(pte_t pte, const struct arch_rules *r)
{
	return __pte(pte_val(pte) | r->swp.exclusive);
}

static inline pte_t pte_swp_clear_exclusive(pte_t pte,
					    const struct arch_rules *r)
{
	return __pte(pte_val(pte) & ~r->swp.exclusive);
}

static inline bool pte_swp_soft_dirty(pte_t pte, const struct arch_rules *r)
{
	return pte_val(pte) & r->swp.soft_dirty;
}

static inline pte_t pte_swp_mksoft_dirty(pte_t pte, const struct arch_rules *r)
{
	return __pte(pte_val(pte) | r->swp.soft_dirty);
}

static inline pte_t pte_swp_clear_soft_dirty(pte_t pte,
					     const struct arch_rules *r)
{
	return __pte(pte_val(pte) & ~r->swp.soft_dirty);
}

static inline bool pte_swp_uffd_wp(pte_t pte, const struct arch_rules *r)
{
	return pte_val(pte) & r->swp.uffd_wp;
}

static inline pte_t pte_swp_mkuffd_wp(pte_t pte, const struct arch_rules *r)
{
	return __pte(pte_val(pte) | r->swp.uffd_wp);
}

static inline pte_t pte_swp_clear_uffd_wp(pte_t pte, const struct arch_rules *r)
{
	return __pte(pte_val(pte) & ~r->swp.uffd_wp);
}

static inline bool pmd_swp_exclusive(pmd_t pmd, const struct arch_rules *r)
{
	return pmd_val(pmd) & r->swp.exclusive;
}

static inline pmd_t pmd_swp_mkexclusive(pmd_t pmd, const struct arch_rules *r)
{
	return __pmd(pmd_val(pmd) | r->swp.exclusive);
}

static inline pmd_t pmd_swp_clear_exclusive(pmd_t pmd,
					    const struct arch_rules *r)
{
	return __pmd(pmd_val(pmd) & ~r->swp.exclusive);
}

static inline bool pmd_swp_soft_dirty(pmd_t pmd, const struct arch_rules *r)
{
	return pmd_val(pmd) & r->swp.soft_dirty;
}

static inline pmd_t pmd_swp_mksoft_dirty(pmd_t pmd, const struct arch_rules *r)
{
	return __pmd(pmd_val(pmd) | r->swp.soft_dirty);
}

static inline pmd_t pmd_swp_clear_soft_dirty(pmd_t pmd,
					     const struct arch_rules *r)
{
	return __pmd(pmd_val(pmd) & ~r->swp.soft_dirty);
}

static inline bool pmd_swp_uffd_wp(pmd_t pmd, const struct arch_rules *r)
{
	return pmd_val(pmd) & r->swp.uffd_wp;
}

static inline pmd_t pmd_swp_mkuffd_wp(pmd_t pmd, const struct arch_rules *r)
{
	return __pmd(pmd_val(pmd) | r->swp.uffd_wp);
}

static inline pmd_t pmd_swp_clear_uffd_wp(pmd_t pmd, const struct arch_rules *r)
{
	return __pmd(pmd_val(pmd) & ~r->swp.uffd_wp);
}

/* ---- kinds (reference/semantics-rmap-swap.md 1.4) ---- */

/* Not a slot of a swap device. */
static inline bool non_swap_entry(swp_entry_t entry, const struct arch_rules *r)
{
	return entry.type >= r->types.nr_swapfiles;
}

static inline bool is_writable_migration_entry(swp_entry_t entry,
					       const struct arch_rules *r)
{
	return entry.type == r->types.migration_write;
}

static inline bool is_readable_migration_entry(swp_entry_t entry,
					       const struct arch_rules *r)
{
	return entry.type == r->types.migration_read;
}

static inline bool
is_readable_exclusive_migration_entry(swp_entry_t entry,
				      const struct arch_rules *r)
{
	return r->types.read_exclusive &&
	       entry.type == r->types.migration_read_exclusive;
}

static inline bool is_migration_entry(swp_entry_t entry,
				      const struct arch_rules *r)
{
	return is_writable_migration_entry(entry, r) ||
	       is_readable_migration_entry(entry, r) ||
	       is_readable_exclusive_migration_entry(entry, r);
}

static inline bool is_hwpoison_entry(swp_entry_t entry,
				     const struct arch_rules *r)
{
	return entry.type == r->types.hwpoison;
}

/* Type 0 is a swap device's: there it says that there are no markers. */
static inline bool is_pte_marker_entry(swp_entry_t entry,
				       const struct arch_rules *r)
{
	return r->types.marker && entry.type == r->types.marker;
}

/* ---- migration entries (section 4) ----
 *
 *   offset:  | - | dirty | young | PFN (pfn_bits) |
 */

static inline swp_entry_t
make_writable_migration_entry(pfn_t pfn, const struct arch_rules *r)
{
	return swp_entry(r->types.migration_write, pfn);
}

static inline swp_entry_t
make_readable_migration_entry(pfn_t pfn, const struct arch_rules *r)
{
	return swp_entry(r->types.migration_read, pfn);
}

/* Before 5.19 nothing remembers that a page is exclusive. */
static inline swp_entry_t
make_readable_exclusive_migration_entry(pfn_t pfn, const struct arch_rules *r)
{
	if (!r->types.read_exclusive)
		return make_readable_migration_entry(pfn, r);
	return swp_entry(r->types.migration_read_exclusive, pfn);
}

static inline bool migration_entry_supports_ad(const struct arch_rules *r)
{
	return r->types.pfn_bits;
}

static inline u64 migration_young_bit(const struct arch_rules *r)
{
	return migration_entry_supports_ad(r) ? BIT_U64(r->types.pfn_bits) : 0;
}

static inline u64 migration_dirty_bit(const struct arch_rules *r)
{
	return migration_young_bit(r) << 1;
}

static inline swp_entry_t make_migration_entry_young(swp_entry_t entry,
						     const struct arch_rules *r)
{
	return swp_entry(entry.type, entry.offset | migration_young_bit(r));
}

static inline swp_entry_t make_migration_entry_dirty(swp_entry_t entry,
						     const struct arch_rules *r)
{
	return swp_entry(entry.type, entry.offset | migration_dirty_bit(r));
}

static inline bool is_migration_entry_young(swp_entry_t entry,
					    const struct arch_rules *r)
{
	return entry.offset & migration_young_bit(r);
}

static inline bool is_migration_entry_dirty(swp_entry_t entry,
					    const struct arch_rules *r)
{
	return entry.offset & migration_dirty_bit(r);
}

/* The PFN in a migration or hwpoison entry. */
static inline pfn_t swp_offset_pfn(swp_entry_t entry,
				   const struct arch_rules *r)
{
	if (!migration_entry_supports_ad(r))
		return entry.offset;
	return entry.offset & MASK_U64(r->types.pfn_bits - 1, 0);
}

/* ---- hwpoison ---- */

static inline swp_entry_t make_hwpoison_entry(pfn_t pfn,
					      const struct arch_rules *r)
{
	return swp_entry(r->types.hwpoison, pfn);
}

/* ---- markers: an entry without a page that says something ---- */

#define PTE_MARKER_UFFD_WP  0x1u
#define PTE_MARKER_POISONED 0x2u
#define PTE_MARKER_GUARD    0x4u

static inline swp_entry_t make_pte_marker_entry(unsigned marker,
						const struct arch_rules *r)
{
	return swp_entry(r->types.marker, marker);
}

/* What a marker says: PTE_MARKER_*, 0 if the entry is none. */
static inline unsigned pte_marker_get(swp_entry_t entry,
				      const struct arch_rules *r)
{
	return is_pte_marker_entry(entry, r) ? (unsigned)entry.offset & 7u : 0;
}

#endif
