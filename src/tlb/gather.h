/* SPDX-License-Identifier: MIT */
/*
 * struct mmu_gather - what one operation takes out of a process's tables.
 *
 * A page or a table that was taken out may be used for something else only
 * once no TLB leads to it any more. So both are collected, the range they were
 * mapped at is flushed once, and then they are freed:
 *
 *	tlb_gather_mmu(&tlb, mm);
 *	... tlb_flush_pte_range(), tlb_remove_page(), tlb_remove_table() ...
 *	be->finish_mmu(&tlb);
 *
 * A CPU has at most one open at a time. What it holds is a pending flush:
 * until then a TLB may grant what the tables no longer do.
 */
#ifndef TLB_GATHER_H
#define TLB_GATHER_H

#include "core/types.h"
#include "core/world.h"

struct mmu_gather {
	struct mmsim_mm *mm;
	vaddr_t start, end; /* of what a TLB may hold; end 0: nothing */
	bool fullmm;	    /* the process ends: nobody runs in it */
	bool freed_tables;
	enum sim_rule rule;
	u64 *batch; /* pages, and tables with their level (GATHER_TABLE) */
	unsigned nr;
};

/*
 * A member of the batch: the address of a folio's frame, with how many entries
 * had a reference (less one), or that of a table, with its level.
 *
 *	page:   | address           | 0         |
 *	folio:  | address | entries - 1 | 7     |
 *	table:  | address           | level + 1 |
 *
 * The entries of one member lie in one table, which is no larger than a page:
 * their number has room below the page size.
 */
#define GATHER_LEVEL_BITS 3
#define GATHER_LEVEL	  MASK_U64(GATHER_LEVEL_BITS - 1, 0)

#define GATHER_FOLIO GATHER_LEVEL

static inline bool gather_is_table(u64 member)
{
	return member & GATHER_LEVEL && (member & GATHER_LEVEL) != GATHER_FOLIO;
}

static inline u64 gather_folio(paddr_t addr, unsigned nr)
{
	return addr | (u64)(nr - 1) << GATHER_LEVEL_BITS | GATHER_FOLIO;
}

static inline unsigned gather_nr(u64 member, u64 page_mask)
{
	return (unsigned)((member & ~page_mask) >> GATHER_LEVEL_BITS) + 1;
}

static inline u64 gather_table(paddr_t table, unsigned level)
{
	return table | (level + 1);
}

/**
 * tlb_gather_mmu() - begin; the running CPU has none open.
 */
void tlb_gather_mmu(struct mmu_gather *tlb, struct mmsim_mm *mm);

/* The same for a process that ends. */
void tlb_gather_mmu_fullmm(struct mmu_gather *tlb, struct mmsim_mm *mm);

/**
 * tlb_flush_mmu_tlbonly() - flush what was gathered so far; frees nothing.
 */
void tlb_flush_mmu_tlbonly(struct mmu_gather *tlb);

/* End it: the batch must be empty. */
void tlb_gather_close(struct mmu_gather *tlb);

/* Whether the batch has to be freed before it can take another member. */
static inline bool tlb_batch_full(const struct mmu_gather *tlb)
{
	return tlb->nr == GATHER_BATCH;
}

/* Entries of [addr, end) changed, and a TLB may still have the old ones. */
static inline void tlb_flush_pte_range(struct mmu_gather *tlb, vaddr_t addr,
				       vaddr_t end)
{
	if (!tlb->end || addr < tlb->start)
		tlb->start = addr;
	if (end > tlb->end)
		tlb->end = end;
}

#endif
