/* SPDX-License-Identifier: MIT */
/*
 * Swap entries under the operations on ranges, and what maps a page again.
 */
#ifndef PTE_SWAP_H
#define PTE_SWAP_H

#include "pte/pte.h"
#include "pte/swap_entry.h"
#include "swap/swap.h"

/* Whether an entry that is neither none nor present is a slot's. */
static inline bool is_slot_pte(const struct mmsim_mm *mm, pte_t pte)
{
	const struct arch_rules *r = &mm->world->rules;

	return is_swap_pte(pte) && !non_swap_entry(pte_to_swp_entry(pte, r), r);
}

/* Whether it says that its page is broken. */
static inline bool is_hwpoison_pte(const struct mmsim_mm *mm, pte_t pte)
{
	const struct arch_rules *r = &mm->world->rules;

	return is_swap_pte(pte) &&
	       is_hwpoison_entry(pte_to_swp_entry(pte, r), r);
}

static inline struct swap_ref pte_swap_ref(pte_t pte,
					   const struct arch_rules *r)
{
	swp_entry_t entry = pte_to_swp_entry(pte, r);

	return (struct swap_ref){ entry.type, entry.offset };
}

static inline pte_t swap_ref_pte(struct swap_ref at, const struct arch_rules *r)
{
	return swp_entry_to_pte(swp_entry(at.type, at.offset), r);
}

/* The next slot's entry differs from a slot's as much as that from the one
 * before. */
static inline pte_t swap_ref_pte_next(struct swap_ref at,
				      const struct arch_rules *r)
{
	at.offset++;
	return swap_ref_pte(at, r);
}

/**
 * swap_pte_batch() - how many entries from one on are consecutive slots of one
 * device with the same flag bits.
 * @max: entries there are.
 */
mm_static unsigned swap_pte_batch(const struct mmsim_mm *mm, const u64 *ptep,
				  u64 max);

/* A range goes: the entries from @ptep on that are one batch; how many. */
mm_static unsigned zap_swap_ptes(struct mmsim_mm *mm, vaddr_t addr, u64 *ptep,
				 u64 max);

/**
 * copy_swap_pte() - fork: the child has the entry too; neither's is exclusive
 * any more.
 *
 * Return: 0; -EIO: no memory for one more entry, without waiting for it; nothing
 * has changed.
 */
mm_static int copy_swap_pte(struct mmsim_mm *dst, struct mmsim_mm *src,
			    const struct vm_area_struct *dst_vma, vaddr_t addr,
			    u64 *dst_ptep, u64 *src_ptep);

#define RMAP_EXCLUSIVE 1u
#define RMAP_COPY      2u

/**
 * folio_add_anon_rmap_ptes() - nr pages from @page on, which were read or are
 * in the swap cache, are mapped by mm.
 * @flags: RMAP_EXCLUSIVE: by nobody else, and none will but by fork;
 *	RMAP_COPY: the page is a copy, made for this mapping.
 *
 * References are the caller's.
 */
mm_static void folio_add_anon_rmap_ptes(struct mmsim_mm *mm,
					struct vm_area_struct *vma,
					struct page *page, unsigned nr,
					vaddr_t addr, unsigned flags);

/* The same for one page that is no part of a large folio. */
mm_static void folio_add_anon_rmap_pte(struct mmsim_mm *mm,
				       struct vm_area_struct *vma,
				       struct page *page, vaddr_t addr,
				       unsigned flags);

/* A page has lost an entry: if nothing maps it and nothing needs it there, it
 * leaves the swap cache. */
static inline void leave_swap_cache(struct mmsim_mm *mm, struct page *page)
{
	if (unlikely(page_test(page_folio(mm, page), PG_swapcache)))
		free_swap_cache(mm->world, page_to_pfn(&mm->world->phys, page));
}

/* Let go of nr references of a page that was unmapped; of the swap cache's
 * too, if nothing needs it there. */
mm_static void put_unmapped(struct mmsim_mm *mm, struct page *page,
			    unsigned nr);

#endif
