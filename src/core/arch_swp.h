/* SPDX-License-Identifier: MIT */
/*
 * The types of non-present entries that are no swap devices
 * (reference/semantics-rmap-swap.md 1.4), the same on every architecture.
 * For nobody but the src/arch/X/pgtable.h headers.
 */
#ifndef CORE_ARCH_SWP_H
#define CORE_ARCH_SWP_H

#include "core/arch_rules.h"
#include "core/features.h"
#include "core/types.h"

#define NR_SWP_TYPES 32 /* MAX_SWAPFILES_SHIFT 5 */

/*
 * Device memory: read and write, from 5.14 also exclusive read and write.
 * The exclusive write type went again around 6.16: 6.12 has four, 7.2 three.
 */
static inline unsigned nr_device_types(u32 kernel)
{
	if (kernel < KERNEL(5, 14))
		return 2;
	return kernel < KERNEL(6, 16) ? 4 : 3;
}

/**
 * swp_types_init() - number the types of a release.
 * @pfn_bits: bits of a migration entry's offset that hold the PFN, if the
 *	release keeps accessed and dirty above them.
 *
 * The special types take the top of the 32, upwards in the order hwpoison,
 * migration, device, marker; the swap devices get what is left below. For
 * 6.1, 6.12 and 7.2 that gives the sheet's numbers (7.2 recorded: a guard
 * marker has type 31); the others follow by construction.
 */
static inline void swp_types_init(struct swp_types *t,
				  const struct feature_set *f, u32 kernel,
				  unsigned pfn_bits)
{
	/* Markers and read-exclusive migration both came with 5.19. */
	bool markers = kernel >= KERNEL(5, 19);
	unsigned next = NR_SWP_TYPES;

	t->read_exclusive = markers;
	t->marker = (u8)(markers ? --next : 0);
	next -= nr_device_types(kernel);
	t->migration_write = (u8)--next;
	t->migration_read_exclusive = (u8)(markers ? --next : 0);
	t->migration_read = (u8)--next;
	t->hwpoison = (u8)--next;
	t->nr_swapfiles = (u8)next;
	t->pfn_bits = feature_test(f, FEAT_MIGRATION_AD) ? (u8)pfn_bits : 0;
}

#endif
