/* SPDX-License-Identifier: MIT */
/*
 * contpte: the CONT bit of arm64, from 6.9 on (arch-arm64.md 8). For the
 * functions of pte/walk.h that touch one entry.
 *
 * A block is ARCH_CONT_PTES entries, aligned, that map as many aligned pages
 * of one folio with the same rights; a TLB may keep it as one entry. The CPU
 * sets accessed and dirty in any one of them: what is true of one page of a
 * block is true of all. Elsewhere there are no blocks, and all of this folds
 * into nothing.
 */
#ifndef PTE_CONTPTE_H
#define PTE_CONTPTE_H

#include "core/arch.h"

struct mmsim_mm;

/* An entry as it lies in the table. */
static inline pte_t pte_raw(const u64 *ptep)
{
	return __pte(arch_load(ptep));
}

#if ARCH_CONT_PTES > 1

/* A valid entry of a block: only those are gathered and unfolded. */
static inline bool contpte_block(pte_t pte)
{
	return pte_valid_cont(pte);
}

static inline u64 *contpte_start(u64 *ptep)
{
	uintptr_t bytes = (uintptr_t)ARCH_CONT_PTES * sizeof(u64);

	return (u64 *)((uintptr_t)ptep & ~(bytes - 1));
}

/* An entry of a block, with what the CPU said in any of the others. */
mm_static pte_t contpte_ptep_get(const u64 *ptep, pte_t pte);

/* Count nr such reads, and what the kernel loads for each. */
mm_static void contpte_count_get(struct mmsim_mm *mm, const u64 *ptep,
				 unsigned nr);

/* The same of blocks whose entries are all like pte. */
mm_static void contpte_count_alike(struct mmsim_mm *mm, pte_t pte, u64 nr);

/*
 * How many entries from this one on may be taken to be like it, but for their
 * pages: to the end of its block (arch-arm64.md 8.2).
 */
static inline unsigned pte_batch_hint(const u64 *ptep, pte_t pte)
{
	uintptr_t index = (uintptr_t)ptep / sizeof(u64);

	return contpte_block(pte)
		       ? (unsigned)(ARCH_CONT_PTES - index % ARCH_CONT_PTES)
		       : 1;
}

/*
 * Unfold the block of an entry. The first is for an operation on one entry;
 * the second for the ends of a batch, which may be of no block: in the recorded
 * kernels the compiler has put the unfolding into those callers, so that it is
 * not counted as a call.
 */
mm_static void __contpte_try_unfold(struct mmsim_mm *mm, vaddr_t addr,
				    u64 *ptep, pte_t pte);
mm_static void contpte_unfold_end(struct mmsim_mm *mm, vaddr_t addr, u64 *ptep);
mm_static void contpte_fold(struct mmsim_mm *mm, vaddr_t addr, u64 *ptep,
			    pte_t pte);

/**
 * contpte_update() - change an entry of a block in place.
 * @pte: what it is to become; without CONT if the block was unfolded.
 * @ev: what happens to it: an enum sim_event_type.
 *
 * Return: true if the whole block was changed; false: store *@pte.
 */
mm_static bool contpte_update(struct mmsim_mm *mm, vaddr_t addr, u64 *ptep,
			      pte_t *pte, unsigned ev);

/* An entry of a block is about to be replaced: the block is none any more. */
static inline __attribute__((always_inline)) void
contpte_try_unfold(struct mmsim_mm *mm, vaddr_t addr, u64 *ptep)
{
	pte_t pte = pte_raw(ptep);

	if (unlikely(contpte_block(pte)))
		__contpte_try_unfold(mm, addr, ptep, pte);
}

/* The last page of a block was stored: the others may be there already. */
static inline void contpte_try_fold(struct mmsim_mm *mm, vaddr_t addr,
				    u64 *ptep, pte_t pte)
{
	const u64 last = ARCH_CONT_PTES - 1;

	if (unlikely(((addr >> PAGE_SHIFT) & last) == last) &&
	    (pte_pfn(pte) & last) == last && leaf_valid(pte_val(pte)))
		contpte_fold(mm, addr, ptep, pte);
}

#else

static inline void contpte_count_get(struct mmsim_mm *mm, const u64 *ptep,
				     unsigned nr)
{
	(void)mm;
	(void)ptep;
	(void)nr;
}

static inline void contpte_count_alike(struct mmsim_mm *mm, pte_t pte, u64 nr)
{
	(void)mm;
	(void)pte;
	(void)nr;
}

static inline bool contpte_block(pte_t pte)
{
	(void)pte;
	return false;
}

static inline pte_t contpte_ptep_get(const u64 *ptep, pte_t pte)
{
	(void)ptep;
	return pte;
}

static inline unsigned pte_batch_hint(const u64 *ptep, pte_t pte)
{
	(void)ptep;
	(void)pte;
	return 1;
}

static inline bool contpte_update(struct mmsim_mm *mm, vaddr_t addr, u64 *ptep,
				  pte_t *pte, unsigned ev)
{
	(void)mm;
	(void)addr;
	(void)ptep;
	(void)pte;
	(void)ev;
	return false;
}

static inline void contpte_try_unfold(struct mmsim_mm *mm, vaddr_t addr,
				      u64 *ptep)
{
	(void)mm;
	(void)addr;
	(void)ptep;
}

static inline void contpte_try_fold(struct mmsim_mm *mm, vaddr_t addr,
				    u64 *ptep, pte_t pte)
{
	(void)mm;
	(void)addr;
	(void)ptep;
	(void)pte;
}

#endif
#endif
