/* SPDX-License-Identifier: MIT */
/*
 * What differs between releases, CPUs and kernel configurations without
 * moving a bit of a present entry: plain data that an instance fills once per
 * world and that its helpers take as an argument.
 */
#ifndef CORE_ARCH_RULES_H
#define CORE_ARCH_RULES_H

#include "core/types.h"

struct feature_set;

/* Where the fields of a swap entry lie in a non-present PTE or PMD. */
struct swp_layout {
	u8 type_shift, type_bits;
	u8 off_shift, off_bits;
	u64 off_invert; /* the offset's mask if it is stored inverted */
	u64 fixed;	/* bits set in every entry (powerpc: _PAGE_PTE) */
	u64 exclusive, soft_dirty, uffd_wp; /* 0: no such bit */
};

/* Types above those of the swap devices (semantics-rmap-swap.md 1.4). */
struct swp_types {
	u8 nr_swapfiles; /* types below it are devices */
	u8 hwpoison;
	u8 migration_read, migration_read_exclusive, migration_write;
	u8 marker;
	bool read_exclusive; /* migration_read_exclusive exists (5.19+) */
	u8 pfn_bits;	     /* SWP_PFN_BITS; 0: no A/D in the offset */
};

/* One field of an entry, for people: bits hi..lo. */
struct arch_field {
	u8 hi, lo;
	const char *name;
	const char *what;
};

struct arch_rules {
	struct swp_layout swp;
	struct swp_types types;
	bool soft_dirty;	     /* soft-dirty tracking is configured */
	bool uffd_wp;		     /* entries have a uffd-wp bit */
	bool uffd_wp_wrprotects;     /* mkuffd_wp also write-protects */
	bool savedwrite;	     /* NUMA hinting stashes the write bit */
	bool pmd_modify_drops_dirty; /* x86: see the feature */
	bool mkwrite_dirties; /* arm64: mkwrite clears RDONLY always (5.10) */
	bool hw_access_dirty; /* arm64: FEAT_HAFDBS */
	bool epan;	      /* arm64: execute-only is possible */
};

#endif
