/* SPDX-License-Identifier: MIT */
/*
 * The flushes that the kernel issues, and what each architecture makes of
 * them: which CPUs take part, who waits for whom, and what goes.
 *
 *		x86			arm64		powerpc radix
 * reaches	mm_cpumask		all CPUs	all, or only this one
 * how		interrupts, one of	TLBI ..IS	tlbie, tlbiel
 *		the CPUs each
 * waits	for all of them		DSB ISH		for the broadcast
 * a range	page by page up to 33,	TLBI range	page by page up to 33,
 *		else all of the process	operations	else all of the process
 *
 * A hash MMU has no use for them: each change of an entry that is in the hash
 * table takes it out there (flush_hash_entry()).
 */
#ifndef TLB_FLUSH_H
#define TLB_FLUSH_H

#include "core/types.h"
#include "core/world.h"

/* Entries of [start, end) of the lowest level changed. */
void flush_tlb_range(struct mmsim_mm *mm, vaddr_t start, vaddr_t end,
		     enum sim_rule rule);

/* The same at the end of a gather; @tables: tables went too, so walkers must
 * forget them. */
void flush_tlb_gathered(struct mmsim_mm *mm, vaddr_t start, vaddr_t end,
			bool tables, enum sim_rule rule);

void flush_tlb_page(struct mmsim_mm *mm, vaddr_t addr, enum sim_rule rule);

/* arm64: the entries are invalidated, and nobody waits until that is done. */
void flush_tlb_nosync(struct mmsim_mm *mm, vaddr_t start, u64 len,
		      enum sim_rule rule);

/* Only this CPU: others find out by a spurious fault (arm64). */
void local_flush_tlb_page(struct mmsim_mm *mm, vaddr_t addr,
			  enum sim_rule rule);

/* An entry became more permissive: arm64 alone must flush what refused. */
void flush_tlb_relaxed(struct mmsim_mm *mm, vaddr_t addr, enum sim_rule rule);

void flush_tlb_mm(struct mmsim_mm *mm, enum sim_rule rule);

/* powerpc hash: an entry that was in the hash table changed. */
void flush_hash_entry(struct mmsim_mm *mm, vaddr_t addr);

#endif
