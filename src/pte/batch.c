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

/*
 * What one page further adds to an entry. Inside a folio it is the same from
 * each page to the next, so that entries which differ in nothing else need no
 * look at their bits.
 */
static inline u64 pfn_step(pte_t pte)
{
	return pte_val(pte_advance_pfn(pte, 1)) - pte_val(pte);
}

/* Whether entries i to i + 3 are the first one's but for the page: no look at
 * one waits for the one before. */
static inline bool equal_four(const u64 *ptep, u64 value, u64 step)
{
	return !((arch_load(ptep) ^ value) |
		 (arch_load(ptep + 1) ^ (value + step)) |
		 (arch_load(ptep + 2) ^ (value + 2 * step)) |
		 (arch_load(ptep + 3) ^ (value + 3 * step)));
}

/* How many entries, of which i are known to be, are like the first. */
static inline unsigned equal_ptes(const u64 *ptep, pte_t first, unsigned i,
				  u64 max)
{
	u64 step = pfn_step(first), value = pte_val(first) + i * step;

	for (; i + 4 <= max && equal_four(ptep + i, value, step); i += 4)
		value += 4 * step;
	for (; i < max && arch_load(ptep + i) == value; i++)
		value += step;
	return i;
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
	i = pte_batch_hint(ptep, pte);
	if (i == 1) {
		i = equal_ptes(ptep, pte, i, max);
		mm->world->obs.events[EV_batch_read] += i - 1;
	}
	for (; i < max; i += pte_batch_hint(ptep + i, one)) {
		one = ptep_get(ptep + i);
		count_pte_reads(mm, ptep + i, EV_batch_read, 1);
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

/* How many entries are stored alike: those of a block, or up to the next. */
static unsigned piece_ptes(const struct mmsim_mm *mm, vaddr_t addr, u64 left,
			   pte_t *pte)
{
	vaddr_t next = align_down(addr, CONT_SIZE) + CONT_SIZE;

	if (block_piece(mm, addr, *pte, left))
		*pte = pte_mkcont(*pte);
	return (unsigned)min_u64(left, (next - addr) / PAGE_SIZE);
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

static unsigned piece_ptes(const struct mmsim_mm *mm, vaddr_t addr, u64 left,
			   pte_t *pte)
{
	(void)mm;
	(void)addr;
	(void)pte;
	return (unsigned)left;
}

#endif

/* Stores that nobody hears of one by one are counted together. */
static bool count_ptes(struct mmsim_mm *mm, enum sim_event_type ev, unsigned nr,
		       enum sim_rule rule)
{
	if (unlikely(mm->world->obs.heard))
		return false;
	mm->world->obs.events[ev] += nr;
	mm->world->obs.rules[rule] += nr;
	return true;
}

static void store_ptes(struct mmsim_mm *mm, vaddr_t addr, u64 *ptep, pte_t pte,
		       unsigned nr, enum sim_rule rule)
{
	u64 step = pfn_step(pte), value = pte_val(pte);
	unsigned i;

	if (likely(count_ptes(mm, EV_set_pte, nr, rule))) {
		for (i = 0; i < nr; i++)
			arch_store(ptep + i, value + i * step);
		return;
	}
	for (i = 0; i < nr; i++, value += step) {
		mm_trace(mm, EV_set_pte, rule, addr + i * PAGE_SIZE,
			 arch_load(ptep + i), value);
		arch_store(ptep + i, value);
	}
}

mm_static void set_ptes(struct mmsim_mm *mm, vaddr_t addr, u64 *ptep, pte_t pte,
			unsigned nr, enum sim_rule rule)
{
	unsigned i, n;
	pte_t one;

	if (nr == 1) {
		set_pte_at(mm, addr, ptep, pte, rule);
		return;
	}
	ptl_assert_held(mm, addr);
	count_set_ptes(mm);
	pte = pte_stored(pte_configured(mm, pte));
	for (i = 0; i < nr; i += n) {
		one = pte_advance_pfn(pte, i);
		n = piece_ptes(mm, addr + i * PAGE_SIZE, nr - i, &one);
		store_ptes(mm, addr + i * PAGE_SIZE, ptep + i, one, n, rule);
	}
}

static pte_t with_young_dirty(pte_t pte, pte_t other)
{
	if (pte_dirty(other))
		pte = pte_mkdirty(pte);
	return pte_young(other) ? pte_mkyoung(pte) : pte;
}

mm_static pte_t get_and_clear_ptes(struct mmsim_mm *mm, vaddr_t addr, u64 *ptep,
				   unsigned nr, enum sim_rule rule)
{
	pte_t first, pte, one;
	bool counted;
	unsigned i;
	u64 step;

	if (nr == 1)
		return ptep_get_and_clear(mm, addr, ptep, rule);
	ptl_assert_held(mm, addr);
	unfold_ends(mm, addr, ptep, nr);
	pte = first = pte_raw(ptep);
	step = pfn_step(first);
	mm->world->obs.events[EV_set_pte] += nr;
	counted = count_ptes(mm, EV_pte_clear, nr, rule);
	for (i = 0; i < nr; i++) {
		one = pte_raw(ptep + i);
		if (unlikely(pte_val(one) != pte_val(first) + i * step))
			pte = with_young_dirty(pte, one);
		if (unlikely(!counted))
			mm_trace(mm, EV_pte_clear, rule, addr + i * PAGE_SIZE,
				 pte_val(one), 0);
		hash_flush(mm, addr + i * PAGE_SIZE, one);
		arch_store(ptep + i, 0);
	}
	return pte;
}

/* Stores that the next ones replace at once are made only where somebody could
 * see them. */
mm_static pte_t modify_prot_start_ptes(struct mmsim_mm *mm, vaddr_t addr,
				       u64 *ptep, unsigned nr,
				       enum sim_rule rule)
{
	pte_t first = pte_raw(ptep), pte;
	unsigned i;

	if (nr == 1 || mm->world->obs.heard || arch_pte_hashed(first))
		return get_and_clear_ptes(mm, addr, ptep, nr, rule);
	ptl_assert_held(mm, addr);
	unfold_ends(mm, addr, ptep, nr);
	pte = first = pte_raw(ptep);
	mm->world->obs.events[EV_set_pte] += nr;
	(void)count_ptes(mm, EV_pte_clear, nr, rule);
	for (i = equal_ptes(ptep, first, 1, nr); i < nr; i++) {
		pte = with_young_dirty(pte, pte_raw(ptep + i));
		hash_flush(mm, addr + i * PAGE_SIZE, pte_raw(ptep + i));
	}
	return pte;
}

mm_static void wrprotect_ptes(struct mmsim_mm *mm, vaddr_t addr, u64 *ptep,
			      unsigned nr, enum sim_rule rule)
{
	pte_t first, old, pte;
	u64 step, change;
	bool counted;
	unsigned i;

	ptl_assert_held(mm, addr);
	unfold_ends(mm, addr, ptep, nr);
	first = pte_raw(ptep);
	step = pfn_step(first);
	change = pte_val(pte_wrprotect(first)) - pte_val(first);
	mm->world->obs.events[EV_set_pte] += nr;
	counted = count_ptes(mm, EV_wrprotect, nr, rule);
	for (i = 0; i < nr; i++) {
		old = pte_raw(ptep + i);
		if (likely(pte_val(old) == pte_val(first) + i * step))
			pte = __pte(pte_val(old) + change);
		else
			pte = pte_wrprotect(old);
		if (unlikely(!counted))
			mm_trace(mm, EV_wrprotect, rule, addr + i * PAGE_SIZE,
				 pte_val(old), pte_val(pte));
		hash_flush(mm, addr + i * PAGE_SIZE, old);
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
		hash_flush(mm, addr, old);
		arch_store(ptep + i, pte_val(pte));
	}
}
