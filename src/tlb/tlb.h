/* SPDX-License-Identifier: MIT */
/*
 * The simulated TLBs: what a world, a CPU and a process hold of them.
 *
 * A TLB is one or more set-associative arrays of entries, each with its own
 * page sizes. An entry is found by its tag:
 *
 *	tag:   | page number | page size | context |
 *	data:  | frame number | rights |
 *
 * The context stands for the ASID, PCID or PID of a process on one CPU, and
 * changes whenever all of its entries are invalidated: that is how a full
 * flush takes no time however large the TLB is. Context 0 is nobody's.
 *
 * The operations are in tlb/lookup.h (the CPU), tlb/context.h (who runs) and
 * tlb/flush.h (the kernel).
 */
#ifndef TLB_TLB_H
#define TLB_TLB_H

#include "core/types.h"

struct mmsim_mm;
struct mmu_gather;

/* Page sizes that one entry may translate. */
enum tlb_size { TLB_PAGE, TLB_CONT, TLB_PMD, NR_TLB_SIZES };

#define TLB_MAX_CPUS   64
#define TLB_MAX_ARRAYS NR_TLB_SIZES
#define TLB_MAX_WAYS   64
#define TLB_MAX_SETS   (1u << 16)

#define TLB_CONTEXT_BITS 22
#define TLB_CONTEXT_MAX	 ((1u << TLB_CONTEXT_BITS) - 1)

/* Page table entries that a CPU's walker remembers to start lower. */
#define TLB_PSC_ENTRIES 32
#define TLB_PSC_ALL	(~(u32)0)

/* Contexts that x86 keeps for one CPU (PCIDs in use at a time). */
#define TLB_X86_SLOTS 6

/* Pages that are taken out before they must be flushed and freed. */
#define GATHER_BATCH 10000

struct tlb_array_geometry {
	unsigned sets, ways; /* sets: a power of two */
	unsigned sizes;	     /* a bit for each enum tlb_size */
};

struct tlb_geometry {
	unsigned nr; /* 0: no TLB, each access walks */
	struct tlb_array_geometry array[TLB_MAX_ARRAYS];
};

struct tlb_entry {
	u64 tag, data;
};

/*
 * Each entry has a mark, a byte made of its tag, 0 for none. Those of a set lie
 * together and are compared 16 at a time: most pages that a set does not
 * have need no look at its entries. Neighbours' sets lie one behind the other,
 * so a flush of many compares more of them at a time. The last byte of a set's
 * marks says which way was replaced last; taken for a mark, as it may be, it
 * costs a look.
 */
#define TLB_MARKS_ROW  16
#define TLB_MARKS_LOOK 64 /* of several sets at once, or of a larger one */

struct tlb_array {
	struct tlb_entry *entries; /* sets of ways */
	u8 *marks; /* sets of stride, and TLB_MARKS_LOOK that nobody has */
	unsigned ways, stride; /* stride: ways and one, rounded up to rows */
	unsigned round;	       /* where it begins anew: 1, or the only way */
	unsigned shift;	       /* log2 of sets */
	u64 mask;	       /* sets - 1 */
};

struct tlb_cpu {
	struct mmsim_mm *mm;	/* whose tables are loaded, or NULL */
	u32 context;		/* of mm here */
	u32 last_context;	/* how many were handed out */
	u32 held[NR_TLB_SIZES]; /* entries that may be of use */
	/* The array of small pages once more: what each access reads. Without
	 * one it is an entry that stays empty. */
	struct {
		struct tlb_entry *entries;
		u64 mask;
		size_t set_size; /* bytes */
		u8 *rows; /* its marks, if those of a set are one row, or NULL */
		size_t ways, round;
		unsigned shift;
	} pages;
	struct tlb_array *of_size[NR_TLB_SIZES];
	struct tlb_entry none;
	struct tlb_array array[TLB_MAX_ARRAYS];
	u64 psc[TLB_PSC_ENTRIES];
	u32 psc_used;	    /* as bits, what may be there of the context */
	u64 rights_of;	    /* the last PTE that was kept, without its frame */
	u64 ready_of[3];    /* it, for each kind that is TLB_READY(), or ~0 */
	u64 ready_data;	    /* what makes such a PTE, shifted, its data */
	u64 huge_rights_of; /* the same of the last PMD */
	unsigned rights, huge_rights;
	struct mmsim_mm *slot[TLB_X86_SLOTS]; /* x86: who has a PCID */
	unsigned next_slot;
	struct mmu_gather *gather; /* open on this CPU */
	u64 *batch;		   /* its members */
};

struct tlb_world {
	struct tlb_geometry geometry;
	unsigned shift[NR_TLB_SIZES]; /* of the page sizes there are, or 0 */
	u64 inside;	 /* the bits of an address inside a small page */
	bool keep;	 /* also between the operations of a scenario */
	bool contiguous; /* a contiguous block takes one entry, not one a page */
	u32 last_asid;	 /* arm64, powerpc: handed out */
	u32 asid_round;	 /* arm64: how often they ran out */
	struct tlb_cpu *cpus;
};

/* Of a process. */
struct mm_tlb {
	u64 cpumask; /* CPUs that may hold entries (mm_cpumask) */
	u64 gen;     /* x86: flushes so far */
	u32 batched; /* flushes put off, and done (tlb/flush.h) */
	u32 asid, asid_round;
	u32 context[TLB_MAX_CPUS]; /* per CPU; 0: no entries there */
	u64 seen[TLB_MAX_CPUS];	   /* x86: gen as of the CPU's last flush */
};

#endif
