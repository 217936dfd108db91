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

/* How many entries are like the first, which counts. */
static inline unsigned alike_ptes(const u64 *ptep, u64 max)
{
	pte_t first = pte_raw(ptep);

	return (unsigned)equal_ptes(ptep, pte_val(first), pfn_step(first), max);
}

/*
 * Whether entries are changed alike, by a row of stores: they differ in
 * nothing but their pages, nobody hears of each, and none is in a hash table.
 */
static bool change_as_row(const struct mmsim_mm *mm, const u64 *ptep,
			  unsigned nr)
{
	return likely(!mm->world->obs.heard) &&
	       !arch_pte_hashed(pte_raw(ptep)) && alike_ptes(ptep, nr) == nr;
}

/* From entry i on each is looked at, of a block one. */
static unsigned batch_each(struct mmsim_mm *mm, const u64 *ptep, pte_t pte,
			   unsigned i, u64 max, unsigned flags)
{
	pte_t first = batch_key(pte, flags), one;

	for (; i < max; i += pte_batch_hint(ptep + i, one)) {
		one = ptep_get(ptep + i);
		count_pte_reads(mm, ptep + i, EV_batch_read, 1);
		if (!pte_present(one) ||
		    !pte_same(batch_key(one, flags), pte_advance_pfn(first, i)))
			break;
	}
	return (unsigned)min_u64(i, max);
}

mm_static unsigned folio_pte_batch(struct mmsim_mm *mm, struct page *page,
				   const u64 *ptep, pte_t pte, u64 max,
				   unsigned flags)
{
	unsigned i;

	if (!page_is_large(page))
		return 1;
	max = min_u64(max, pages_left(page, pte_pfn(pte)));
	/* A block is uniform: one look at each. */
	i = pte_batch_hint(ptep, pte);
	if (i == 1) {
		i = alike_ptes(ptep, max);
		mm->world->obs.events[EV_batch_read] += i - 1;
	}
	return i < max ? batch_each(mm, ptep, pte, i, max, flags)
		       : (unsigned)max;
}

/* ---- contiguous blocks ---- */

#if ARCH_CONT_PTES > 1

/* Whether a piece of a set_ptes() call becomes a block. */
static bool block_piece(const struct mmsim_mm *mm, vaddr_t addr, pte_t pte,
			u64 left)
{
	return feat(mm->world, FEAT_CONTPTE) && is_aligned(addr, CONT_SIZE) &&
	       left >= ARCH_CONT_PTES &&
	       is_aligned(pte_pfn(pte), ARCH_CONT_PTES) && !pte_special(pte);
}

static void count_set_ptes(struct mmsim_mm *mm, u64 nr)
{
	if (feat(mm->world, FEAT_CONTPTE))
		mm->world->obs.events[EV_contpte_set_ptes] += nr;
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

static void count_set_ptes(struct mmsim_mm *mm, u64 nr)
{
	(void)mm;
	(void)nr;
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
	observe_count_many(&mm->world->obs, ev, rule, nr);
	return true;
}

static void store_ptes(struct mmsim_mm *mm, vaddr_t addr, u64 *ptep, u64 value,
		       u64 step, unsigned nr, enum sim_rule rule)
{
	unsigned i;

	if (likely(count_ptes(mm, EV_set_pte, nr, rule))) {
		store_row(ptep, value, step, nr);
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
	count_set_ptes(mm, 1);
	pte = pte_stored(pte_configured(mm, pte));
	for (i = 0; i < nr; i += n) {
		one = pte_advance_pfn(pte, i);
		n = piece_ptes(mm, addr + i * PAGE_SIZE, nr - i, &one);
		store_ptes(mm, addr + i * PAGE_SIZE, ptep + i, pte_val(one),
			   pfn_step(one), n, rule);
	}
}

mm_static void set_nonpresent_ptes(struct mmsim_mm *mm, vaddr_t addr, u64 *ptep,
				   pte_t first, pte_t second, unsigned nr,
				   enum sim_rule rule)
{
	ptl_assert_held(mm, addr);
	store_ptes(mm, addr, ptep, pte_val(first),
		   pte_val(second) - pte_val(first), nr, rule);
}

static pte_t with_young_dirty(pte_t pte, pte_t other)
{
	if (pte_dirty(other))
		pte = pte_mkdirty(pte);
	return pte_young(other) ? pte_mkyoung(pte) : pte;
}

mm_static pte_t alike_ptes_merged(pte_t pte)
{
	return with_young_dirty(pte, pte);
}

/* One entry after the other: the first, with accessed and dirty of all. */
static pte_t clear_each(struct mmsim_mm *mm, vaddr_t addr, u64 *ptep,
			unsigned nr, enum sim_rule rule)
{
	pte_t pte = pte_raw(ptep), one;
	unsigned i;

	for (i = 0; i < nr; i++, addr += PAGE_SIZE) {
		one = pte_raw(ptep + i);
		if (i)
			pte = with_young_dirty(pte, one);
		mm_trace(mm, EV_pte_clear, rule, addr, pte_val(one), 0);
		hash_flush(mm, addr, one);
		arch_store(ptep + i, 0);
	}
	return pte;
}

mm_static pte_t get_and_clear_ptes(struct mmsim_mm *mm, vaddr_t addr, u64 *ptep,
				   unsigned nr, enum sim_rule rule)
{
	pte_t pte;

	if (nr == 1)
		return ptep_get_and_clear(mm, addr, ptep, rule);
	ptl_assert_held(mm, addr);
	unfold_ends(mm, addr, ptep, nr);
	mm->world->obs.events[EV_set_pte] += nr;
	if (!change_as_row(mm, ptep, nr))
		return clear_each(mm, addr, ptep, nr, rule);
	pte = alike_ptes_merged(pte_raw(ptep));
	(void)count_ptes(mm, EV_pte_clear, nr, rule);
	store_row(ptep, 0, 0, nr);
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
	pte = pte_raw(ptep);
	mm->world->obs.events[EV_set_pte] += nr;
	(void)count_ptes(mm, EV_pte_clear, nr, rule);
	i = alike_ptes(ptep, nr);
	if (i > 1)
		pte = alike_ptes_merged(pte);
	for (; i < nr; i++) {
		pte = with_young_dirty(pte, pte_raw(ptep + i));
		hash_flush(mm, addr + i * PAGE_SIZE, pte_raw(ptep + i));
	}
	return pte;
}

/* Of blocks, which are whole ones, one look at each. */
mm_static void count_row_reads(struct mmsim_mm *mm, const struct row_sums *sums)
{
	const bool blocks = contpte_block(sums->like);
	u64 reads = sums->ptes / (blocks ? ARCH_CONT_PTES : 1) - sums->rows;

	mm->world->obs.events[EV_batch_read] += reads;
	if (blocks)
		contpte_count_alike(mm, sums->like, reads);
}

mm_static void count_rows_set(struct mmsim_mm *mm, const struct row_sums *sums)
{
	mm->world->obs.events[EV_set_pte] += sums->ptes;
	count_set_ptes(mm, sums->rows);
}

mm_static unsigned folio_pte_row(struct mmsim_mm *mm, vaddr_t addr,
				 const u64 *ptep, u64 max)
{
	pte_t first = pte_raw(ptep);

	if (mm->world->obs.heard || arch_pte_hashed(first))
		return 0;
	return (unsigned)folio_row(mm, addr, ptep, pfn_step(first), max);
}

mm_static unsigned take_row(struct mmsim_mm *mm, vaddr_t addr, u64 *ptep,
			    u64 max, pte_t *pte)
{
	struct row_sums sums = { .like = pte_raw(ptep), .rows = 1 };

	ptl_assert_held(mm, addr);
	sums.ptes = folio_pte_row(mm, addr, ptep, max);
	if (!sums.ptes)
		return 0;
	count_row_firsts(mm, &sums);
	count_row_reads(mm, &sums);
	count_rows_changed(mm, EV_pte_clear, &sums);
	*pte = alike_ptes_merged(sums.like);
	store_row(ptep, 0, 0, sums.ptes);
	return (unsigned)sums.ptes;
}

static void wrprotect_each(struct mmsim_mm *mm, vaddr_t addr, u64 *ptep,
			   unsigned nr, enum sim_rule rule)
{
	pte_t old, pte;
	unsigned i;

	for (i = 0; i < nr; i++, addr += PAGE_SIZE) {
		old = pte_raw(ptep + i);
		pte = pte_wrprotect(old);
		mm_trace(mm, EV_wrprotect, rule, addr, pte_val(old),
			 pte_val(pte));
		hash_flush(mm, addr, old);
		arch_store(ptep + i, pte_val(pte));
	}
}

mm_static struct pte_batch
folio_pte_batch_write(struct mmsim_mm *mm, vaddr_t addr, struct page *page,
		      const u64 *ptep, pte_t pte, u64 max, unsigned flags)
{
	struct pte_batch batch = { .write = pte_write(pte) };
	unsigned i;

	batch.nr = folio_pte_row(mm, addr, ptep, max);
	batch.row = batch.nr;
	if (batch.row) {
		count_row_reads(mm, &(struct row_sums){ pte, 1, batch.nr });
		return batch;
	}
	batch.nr = folio_pte_batch(mm, page, ptep, pte, max, flags);
	for (i = 1; i < batch.nr && !batch.write; i++)
		batch.write = pte_write(pte_raw(ptep + i));
	return batch;
}

mm_static void wrprotect_ptes(struct mmsim_mm *mm, vaddr_t addr, u64 *ptep,
			      const struct pte_batch *batch, enum sim_rule rule)
{
	unsigned nr = batch->nr;
	pte_t pte;

	ptl_assert_held(mm, addr);
	mm->world->obs.events[EV_set_pte] += nr;
	if (!batch->row) {
		unfold_ends(mm, addr, ptep, nr);
		if (!change_as_row(mm, ptep, nr)) {
			wrprotect_each(mm, addr, ptep, nr, rule);
			return;
		}
	}
	pte = pte_wrprotect(pte_raw(ptep));
	(void)count_ptes(mm, EV_wrprotect, nr, rule);
	store_row(ptep, pte_val(pte), pfn_step(pte), nr);
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
