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

/**
 * flush_tlb_range_each() - as so many calls of flush_tlb_range(), each of so
 * many pages, from one range to the next one behind it.
 *
 * Between them nobody runs, and nobody hears of each.
 */
void flush_tlb_range_each(struct mmsim_mm *mm, vaddr_t start, u64 nr, u64 pages,
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

/*
 * Flushes that reclaim puts off until a whole list of pages is unmapped
 * (semantics-rmap-swap.md 3.5): x86-64 and, from 6.6 on, arm64.
 *
 *	x86	nothing is flushed; then each CPU that may have entries of one
 *		of the processes flushes all that it has
 *	arm64	the invalidation is sent at once; then all of them are waited for
 */

/* Whether a process's flushes are put off at all: there is another CPU. */
bool arch_tlbbatch_should_defer(const struct mmsim_mm *mm);

/* One more: the CPUs that will have to flush are added to *cpus. */
void arch_tlbbatch_add_pending(struct mmsim_mm *mm, vaddr_t start, vaddr_t end,
			       u64 *cpus);
void arch_tlbbatch_flush(struct mmsim *w, u64 cpus);

/*
 * Whoever changes entries of a process while flushes of it are put off, and
 * relies on what the TLBs have, completes them first. How many were put off,
 * and how many of those are known to be done, a process remembers as the
 * kernel does:   | - | done (15) | - | put off (15) |
 * When the first reaches half its range both start anew.
 */
void flush_tlb_batched_pending(struct mmsim_mm *mm);

/* powerpc hash: an entry that was in the hash table changed, or a huge one of
 * so many bytes. */
void flush_hash_entry(struct mmsim_mm *mm, vaddr_t addr);
void flush_hash_huge(struct mmsim_mm *mm, vaddr_t addr, u64 len);

#endif
