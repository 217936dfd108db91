/* SPDX-License-Identifier: MIT */
#include "pte/batch.h"

/* An entry without what a batch may differ in. */
static pte_t batch_key(pte_t pte, unsigned flags)
{
	if (!(flags & FPB_RESPECT_DIRTY))
		pte = pte_mkclean(pte);
	if (!(flags & FPB_RESPECT_SOFT_DIRTY))
		pte = pte_clear_soft_dirty(pte);
	if (!(flags & FPB_RESPECT_WRITE))
		pte = pte_wrprotect(pte);
	return pte_mkold(pte);
}

mm_static unsigned folio_pte_batch(struct mmsim_mm *mm, struct page *page,
				   const u64 *ptep, pte_t pte, u64 max,
				   unsigned flags)
{
	u64 nr = BIT_U64(page_order(page));
	pfn_t pfn = page_to_pfn(&mm->world->phys, page);
	pte_t first = batch_key(pte, flags), one = pte;
	unsigned i;

	if (!page_is_large(page))
		return 1;
	max = min_u64(max, nr - (pfn & (nr - 1)));
	/* A block is uniform: one look at each. */
	for (i = pte_batch_hint(ptep, pte); i < max;
	     i += pte_batch_hint(ptep + i, one)) {
		one = ptep_get_counted(mm, ptep + i);
		if (!pte_present(one) ||
		    !pte_same(batch_key(one, flags), pte_advance_pfn(first, i)))
			break;
	}
	return (unsigned)min_u64(i, max);
}

/* ---- contiguous blocks ---- */

#if ARCH_CONT_PTES > 1

#define CONT_SIZE (ARCH_CONT_PTES * PAGE_SIZE)

/* Whether a piece of a set_ptes() call becomes a block. */
static bool block_piece(const struct mmsim_mm *mm, vaddr_t addr, pte_t pte,
			u64 left)
{
	return feat(mm->world, FEAT_CONTPTE) && is_aligned(addr, CONT_SIZE) &&
	       left >= ARCH_CONT_PTES &&
	       is_aligned(pte_pfn(pte), ARCH_CONT_PTES) && !pte_special(pte);
}

static void count_set_ptes(struct mmsim_mm *mm)
{
	if (feat(mm->world, FEAT_CONTPTE))
		count_event(mm, EV_contpte_set_ptes);
}

/* Blocks that a batch covers in part are unfolded, whole ones are not. */
static void unfold_ends(struct mmsim_mm *mm, vaddr_t addr, u64 *ptep,
			unsigned nr)
{
	vaddr_t end = addr + nr * PAGE_SIZE;

	if (!is_aligned(addr, CONT_SIZE) || nr < ARCH_CONT_PTES)
		contpte_unfold_end(mm, addr, ptep);
	if (!is_aligned(end, CONT_SIZE))
		contpte_unfold_end(mm, end - PAGE_SIZE, ptep + nr - 1);
}

static pte_t piece_pte(const struct mmsim_mm *mm, vaddr_t addr, pte_t pte,
		       u64 left, bool *block)
{
	if (is_aligned(addr, CONT_SIZE))
		*block = block_piece(mm, addr, pte, left);
	return *block ? pte_mkcont(pte) : pte;
}

#else

static void count_set_ptes(struct mmsim_mm *mm)
{
	(void)mm;
}

static void unfold_ends(struct mmsim_mm *mm, vaddr_t addr, u64 *ptep,
			unsigned nr)
{
	(void)mm;
	(void)addr;
	(void)ptep;
	(void)nr;
}

static pte_t piece_pte(const struct mmsim_mm *mm, vaddr_t addr, pte_t pte,
		       u64 left, bool *block)
{
	(void)mm;
	(void)addr;
	(void)left;
	(void)block;
	return pte;
}

#endif

mm_static void set_ptes(struct mmsim_mm *mm, vaddr_t addr, u64 *ptep, pte_t pte,
			unsigned nr, enum sim_rule rule)
{
	bool block = false;
	unsigned i;
	pte_t one;

	if (nr == 1) {
		set_pte_at(mm, addr, ptep, pte, rule);
		return;
	}
	ptl_assert_held(mm, addr);
	count_set_ptes(mm);
	pte = pte_stored(pte_configured(mm, pte));
	/* Counted at once, unless somebody listens to each. */
	if (likely(!mm->world->obs.fn)) {
		mm->world->obs.events[EV_set_pte] += nr;
		mm->world->obs.rules[rule] += nr;
	}
	for (i = 0; i < nr; i++, addr += PAGE_SIZE, ptep++) {
		one = piece_pte(mm, addr, pte_advance_pfn(pte, i), nr - i,
				&block);
		if (unlikely(mm->world->obs.fn))
			mm_trace(mm, EV_set_pte, rule, addr, arch_load(ptep),
				 pte_val(one));
		arch_store(ptep, pte_val(one));
	}
}

mm_static pte_t get_and_clear_ptes(struct mmsim_mm *mm, vaddr_t addr, u64 *ptep,
				   unsigned nr, enum sim_rule rule)
{
	pte_t pte, one;
	unsigned i;

	if (nr == 1)
		return ptep_get_and_clear(mm, addr, ptep, rule);
	ptl_assert_held(mm, addr);
	unfold_ends(mm, addr, ptep, nr);
	pte = pte_raw(ptep);
	for (i = 0; i < nr; i++, addr += PAGE_SIZE) {
		one = pte_raw(ptep + i);
		if (i && pte_dirty(one))
			pte = pte_mkdirty(pte);
		if (i && pte_young(one))
			pte = pte_mkyoung(pte);
		count_event(mm, EV_set_pte);
		mm_trace(mm, EV_pte_clear, rule, addr, pte_val(one), 0);
		arch_store(ptep + i, 0);
	}
	return pte;
}

mm_static void wrprotect_ptes(struct mmsim_mm *mm, vaddr_t addr, u64 *ptep,
			      unsigned nr, enum sim_rule rule)
{
	unsigned i;
	pte_t old, pte;

	ptl_assert_held(mm, addr);
	unfold_ends(mm, addr, ptep, nr);
	for (i = 0; i < nr; i++, addr += PAGE_SIZE) {
		old = pte_raw(ptep + i);
		pte = pte_wrprotect(old);
		count_event(mm, EV_set_pte);
		mm_trace(mm, EV_wrprotect, rule, addr, pte_val(old),
			 pte_val(pte));
		arch_store(ptep + i, pte_val(pte));
	}
}

/* The batch, with the rest of the blocks at its ends. */
static void whole_blocks(vaddr_t *addr, u64 **ptep, unsigned *nr)
{
#if ARCH_CONT_PTES > 1
	u64 *end = *ptep + *nr, *start;

	if (contpte_block(pte_raw(end - 1)))
		end = contpte_start(end - 1) + ARCH_CONT_PTES;
	if (contpte_block(pte_raw(*ptep))) {
		start = contpte_start(*ptep);
		*addr -= (vaddr_t)(*ptep - start) * PAGE_SIZE;
		*ptep = start;
	}
	*nr = (unsigned)(end - *ptep);
#else
	(void)addr;
	(void)ptep;
	(void)nr;
#endif
}

mm_static void clear_young_dirty_ptes(struct mmsim_mm *mm, vaddr_t addr,
				      u64 *ptep, unsigned nr, bool dirty,
				      enum sim_rule rule)
{
	unsigned i;
	pte_t old, pte;

	ptl_assert_held(mm, addr);
	whole_blocks(&addr, &ptep, &nr);
	for (i = 0; i < nr; i++, addr += PAGE_SIZE) {
		old = pte_raw(ptep + i);
		pte = pte_mkold(dirty ? pte_mkclean(old) : old);
		count_event(mm, EV_set_pte);
		mm_trace(mm, EV_clear_young, rule, addr, pte_val(old),
			 pte_val(pte));
		arch_store(ptep + i, pte_val(pte));
	}
}
