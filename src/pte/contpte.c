/* SPDX-License-Identifier: MIT */
#include "pte/pte.h"
#include "pte/row.h"

#if ARCH_CONT_PTES > 1

static vaddr_t contpte_addr(vaddr_t addr)
{
	return align_down(addr, ARCH_CONT_PTES * PAGE_SIZE);
}

mm_static pte_t contpte_ptep_get(const u64 *ptep, pte_t pte)
{
	const u64 *start = contpte_start((u64 *)(uintptr_t)ptep);
	bool dirty = false, young = false;
	unsigned i;
	pte_t one;

	/* When both were seen nothing can be added. */
	for (i = 0; i < ARCH_CONT_PTES && !(dirty && young); i++) {
		one = pte_raw(start + i);
		dirty |= pte_dirty(one);
		young |= pte_young(one);
	}
	pte = dirty ? pte_mkdirty(pte) : pte;
	return young ? pte_mkyoung(pte) : pte;
}

/*
 * What one look at a block loads (arch-arm64.md 8.2): all of it up to 6.16;
 * since then up to the first entry that is accessed or dirty, and from there,
 * that entry once more, up to the first that is the other.
 */
static unsigned gather_loads(const struct mmsim_mm *mm, const u64 *start)
{
	bool dirty = false, young = false;
	unsigned i, from;

	if (!feat(mm->world, FEAT_CONTPTE_EARLY))
		return ARCH_CONT_PTES;
	for (i = 0; i < ARCH_CONT_PTES && !dirty && !young; i++) {
		dirty = pte_dirty(pte_raw(start + i));
		young = pte_young(pte_raw(start + i));
	}
	if (!dirty && !young)
		return ARCH_CONT_PTES;
	from = i - 1;
	for (i = from; i < ARCH_CONT_PTES && !(dirty && young); i++) {
		dirty |= pte_dirty(pte_raw(start + i));
		young |= pte_young(pte_raw(start + i));
	}
	return from + 1 + (i > from ? i - from : 1);
}

mm_static void contpte_count_get(struct mmsim_mm *mm, const u64 *ptep,
				 unsigned nr)
{
	const u64 *start = contpte_start((u64 *)(uintptr_t)ptep);

	mm->world->obs.events[EV_contpte_ptep_get] += nr;
	mm->world->obs.events[EV_contpte_load] += nr * gather_loads(mm, start);
}

/* gather_loads() of a block whose entries are alike: the first is like any. */
static unsigned alike_loads(const struct mmsim_mm *mm, pte_t pte)
{
	if (!feat(mm->world, FEAT_CONTPTE_EARLY) ||
	    !(pte_dirty(pte) || pte_young(pte)))
		return ARCH_CONT_PTES;
	return pte_dirty(pte) && pte_young(pte) ? 2 : ARCH_CONT_PTES + 1;
}

mm_static void contpte_count_alike(struct mmsim_mm *mm, pte_t pte, u64 nr)
{
	mm->world->obs.events[EV_contpte_ptep_get] += nr;
	mm->world->obs.events[EV_contpte_load] += nr * alike_loads(mm, pte);
}

/* A block's first entry, if pte is that of ptep. */
static pte_t contpte_first(const u64 *start, const u64 *ptep, pte_t pte)
{
	return pte_advance_pfn(pte, -(u64)(ptep - start));
}

/* Whether all entries are alike: this one, but for their pages. */
static bool contpte_alike(const u64 *start, pte_t first)
{
	return equal_ptes(start, pte_val(first), pfn_step(first),
			  ARCH_CONT_PTES) == ARCH_CONT_PTES;
}

/* What is accessed or dirty in any entry of a block. */
static pte_t contpte_gather(const u64 *start, pte_t pte)
{
	pte_t one = pte_raw(start);
	unsigned i, nr = contpte_alike(start, one) ? 1 : ARCH_CONT_PTES;

	for (i = 0; i < nr; i++) {
		one = pte_raw(start + i);
		if (pte_dirty(one))
			pte = pte_mkdirty(pte);
		if (pte_young(one))
			pte = pte_mkyoung(pte);
	}
	return pte;
}

/*
 * Break before make: the CPU must not see a block half changed, so it is taken
 * out and flushed before it is stored again. Accessed and dirty spread to all
 * of its pages.
 */
static void contpte_convert(struct mmsim_mm *mm, vaddr_t addr, u64 *ptep,
			    pte_t pte, enum sim_rule rule)
{
	u64 *start = contpte_start(ptep);
	vaddr_t from = contpte_addr(addr);

	mm_trace(mm, EV_contpte_convert, rule, from, pte_val(pte_raw(ptep)),
		 pte_val(pte));
	pte = contpte_gather(start, contpte_first(start, ptep, pte));
	store_row(start, 0, 0, ARCH_CONT_PTES);
	flush_tlb_range(mm, from, from + ARCH_CONT_PTES * PAGE_SIZE, rule);
	store_row(start, pte_val(pte), pfn_step(pte), ARCH_CONT_PTES);
	mm->world->obs.events[EV_set_pte] += 2ull * ARCH_CONT_PTES;
}

static void contpte_unfold(struct mmsim_mm *mm, vaddr_t addr, u64 *ptep,
			   pte_t pte)
{
	contpte_convert(mm, addr, ptep, pte_mknoncont(pte),
			RULE_CONTPTE_UNFOLD);
}

mm_static void __contpte_try_unfold(struct mmsim_mm *mm, vaddr_t addr,
				    u64 *ptep, pte_t pte)
{
	mm_trace(mm, EV_contpte_try_unfold, RULE_CONTPTE_UNFOLD, addr,
		 pte_val(pte), 0);
	contpte_unfold(mm, addr, ptep, pte);
}

mm_static void contpte_unfold_end(struct mmsim_mm *mm, vaddr_t addr, u64 *ptep)
{
	pte_t pte = pte_raw(ptep);

	if (contpte_block(pte))
		contpte_unfold(mm, addr, ptep, pte);
}

/* All entries are of one folio and differ in accessed and dirty alone. */
static bool contpte_foldable(const struct mmsim_mm *mm, u64 *ptep, pte_t pte)
{
	const struct phys *phys = &mm->world->phys;
	u64 *start = contpte_start(ptep);
	pte_t expected, one;
	unsigned i;

	if (pte_special(pte) ||
	    folio_nr_pages(phys, pte_pfn(pte)) < ARCH_CONT_PTES)
		return false;
	pte = contpte_first(start, ptep, pte);
	if (contpte_alike(start, pte))
		return true;
	expected = pte_mkold(pte_mkclean(pte));
	for (i = 0; i < ARCH_CONT_PTES; i++) {
		one = pte_mkold(pte_mkclean(pte_raw(start + i)));
		if (!pte_same(one, pte_advance_pfn(expected, i)))
			return false;
	}
	return true;
}

mm_static void contpte_fold(struct mmsim_mm *mm, vaddr_t addr, u64 *ptep,
			    pte_t pte)
{
	if (feat(mm->world, FEAT_CONTPTE) && contpte_foldable(mm, ptep, pte))
		contpte_convert(mm, addr, ptep, pte_mkcont(pte),
				RULE_CONTPTE_FOLD);
}

/* The accessed bit of a block goes as a whole. */
static void contpte_clear_young(u64 *ptep)
{
	u64 *start = contpte_start(ptep);
	unsigned i;

	for (i = 0; i < ARCH_CONT_PTES; i++)
		arch_store(start + i, pte_val(pte_mkold(pte_raw(start + i))));
}

/* More permissive in A and D alone: every entry gets it, nothing is flushed. */
static void contpte_set_access_flags(u64 *ptep, pte_t pte)
{
	u64 *start = contpte_start(ptep);
	unsigned i;
	pte_t one;

	for (i = 0; i < ARCH_CONT_PTES; i++) {
		one = pte_raw(start + i);
		if (pte_young(pte))
			one = pte_mkyoung(one);
		if (pte_dirty(pte))
			one = pte_mkdirty(one);
		arch_store(start + i, pte_val(one));
	}
}

mm_static bool contpte_update(struct mmsim_mm *mm, vaddr_t addr, u64 *ptep,
			      pte_t *pte, unsigned ev)
{
	pte_t old = pte_raw(ptep);

	if (ev == EV_clear_young) {
		contpte_clear_young(ptep);
		return true;
	}
	if (ev != EV_set_access_flags) {
		__contpte_try_unfold(mm, addr, ptep, old);
	} else if (pte_write(*pte) == pte_write(old)) {
		contpte_set_access_flags(ptep, *pte);
		return true;
	} else {
		contpte_unfold(mm, addr, ptep, old);
	}
	*pte = pte_mknoncont(*pte);
	return false;
}

#endif
