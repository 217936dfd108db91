/* SPDX-License-Identifier: MIT */
/*
 * Folios that are swapped out in a row. What shrink_one() does with each of
 * them is the same, step by step, if nobody else has anything to do with it: so
 * it is asked once for the row what is true of all, each entry and each struct
 * page is looked at once, and what is counted is counted at the end. They are
 * in the swap cache from one step to the next only; here they never get there.
 */
#include "swap/reclaim.h"

#include "mm/mthp.h"
#include "phys/frames.h"
#include "pte/batch.h"
#include "pte/swap.h"
#include "rmap/unmap.h"
#include "swap/device.h"

/* Flags that say nothing against it, and what a large folio's pages have. */
#define ROW_FLAGS                                                      \
	(PG_anon_exclusive | PG_swapbacked | PG_dirty | PG_hostdirty | \
	 PG_queued | PG_FIRST_MASK | PG_CONTENT_VAGUE)
#define ROW_LARGE (PG_head | PG_tail | PG_ORDER_MASK)

/**
 * struct row - folios that go, and what they have in common.
 * @order: of each.
 * @addr, @ptep, @pfn, @slot: the first one's; @index, @mapping: its page's.
 * @slot_pte: that of the first slot; the next one's is @slot_step more.
 * @max: folios there may be; @nr: done, of them @exclusive and @zero.
 * @flags: of all pages of the next folio, if it is large.
 * @put_off: each flush waits until the folio is written, which comes next.
 */
struct row {
	struct mmsim *w;
	struct vm_area_struct *vma;
	struct unmap *unmap;
	const pfn_t *pfn;
	unsigned order;
	vaddr_t addr;
	u64 *ptep, index, mapping;
	struct swap_ref at;
	struct swap_slot *slot;
	u64 slot_pte, slot_step;
	u64 max, nr, exclusive, zero;
	u32 flags;
	bool put_off;
};

/* What is done for each folio knows the order of most, 0, as a constant. */
#define row_inline static inline __attribute__((always_inline))

/* Pages before the next folio. */
row_inline u64 row_offset(const struct row *row, unsigned order)
{
	return row->nr << order;
}

/* ---- whether there is one ---- */

/* None of the VMAs that the reverse map looks at before may have them. */
static bool found_first(const struct row *row)
{
	const struct anon_vma *av = row->vma->anon_vma;
	const struct vm_area_struct *vma;
	u64 pages = row->max << row->order;

	if (!av || row->mapping != ((u64)(uintptr_t)av | PAGE_MAPPING_ANON))
		return false;
	TAILQ_FOREACH(vma, &av->vmas, anon_link) {
		if (vma == row->vma)
			return true;
		if (vma_address(vma, row->index, pages) != VMA_ADDRESS_NONE)
			break;
	}
	return false;
}

/* A large folio goes as one if its entries do, and no VMA has a part of it. */
static bool order_may_go(const struct row *row)
{
	const struct mmsim *w = row->w;

	if (!row->order)
		return true;
	return row->order < HPAGE_PMD_ORDER && feat(w, FEAT_SWAPOUT_LARGE) &&
	       feat(w, FEAT_UNMAP_BATCH_ANON) && !w->pins.nr &&
	       !(row->vma->vm_flags & VM_UFFD_WP);
}

/* Where the first one is mapped, and how far the row can go from there. */
static bool row_place(struct row *row)
{
	struct vm_area_struct *vma = row->vma;
	const struct page *page;
	vaddr_t end;

	/* The struct page of a huge one may say nothing. */
	row->order = folio_order(&row->w->phys, row->pfn[0]);
	if (!order_may_go(row))
		return false;
	page = pfn_to_page(&row->w->phys, row->pfn[0]);
	row->index = page->index;
	row->mapping = page->mapping;
	if (!PageAnon(page) || row->index < vma->vm_pgoff)
		return false;
	row->addr = vma_address(vma, row->index, 1);
	if (row->addr == VMA_ADDRESS_NONE)
		return false;
	row->ptep = pte_find(vma->vm_mm, row->addr);
	end = pmd_addr_end(row->addr, vma->vm_end);
	row->max = min_u64(row->max,
			   (end - row->addr) >> (PAGE_SHIFT + row->order));
	return row->ptep && row->max && found_first(row);
}

/* Each of a folio's other pages is like the first; what they hold together is
 * noted. */
static bool pages_go(struct row *row, const struct page *head)
{
	const u32 must = ~(u32)(ROW_FLAGS | ROW_LARGE) | PG_anon_exclusive;
	const struct page *page = head + 1, *end = head + BIT_U64(row->order);
	u32 first = head->flags & must, differs = 0, flags = head->flags;

	for (; page < end; page++) {
		flags |= page->flags;
		differs |= ((page->flags ^ first) & must) |
			   ((u32)page->mapcount ^ 1);
	}
	row->flags = flags;
	return !differs;
}

/* Each of a large folio's entries and pages is like the first. */
static bool large_goes(struct row *row, const u64 *ptep, struct page *head)
{
	const struct folio_counts *counts = &head[1].folio;
	vaddr_t addr = row->addr + row_offset(row, row->order) * PAGE_SIZE;
	u64 nr = BIT_U64(row->order);

	return page_order(head) == row->order &&
	       counts->large_mapcount == (s32)nr && !counts->entire_mapcount &&
	       !(counts->mm_id[1] & FOLIO_PARTIALLY_MAPPED) &&
	       folio_pte_row(row->vma->vm_mm, addr, ptep, nr) == nr &&
	       pages_go(row, head);
}

/* The next folio is like the others: an entry first, for what a struct page
 * says counts only if it is mapped by one. */
row_inline bool row_goes_on(struct row *row, unsigned order)
{
	u64 at = row_offset(row, order), may = ROW_FLAGS;
	pfn_t pfn = row->pfn[row->nr];
	const u64 *ptep = row->ptep + at;
	struct page *page = mm_page(row->vma->vm_mm, pfn);
	pte_t pte = pte_raw(ptep);

	if (order)
		may |= PG_head | PG_ORDER_MASK;
	/* References: its entries' and the caller's. */
	return pte_present(pte) && pte_pfn(pte) == pfn && !pte_special(pte) &&
	       !arch_pte_hashed(pte) && !contpte_block(pte) &&
	       (!row->put_off || pte_dirty(pte)) && !(page->flags & ~may) &&
	       page_test(page, PG_swapbacked) &&
	       (u64)page->refcount == BIT_U64(order) + 1 &&
	       page->mapcount == 1 && page->mapping == row->mapping &&
	       page->index == row->index + at &&
	       (!order || (page_is_large(page) && large_goes(row, ptep, page)));
}

/* The last question: slots that are found have to be taken. */
static bool row_has_slots(struct row *row)
{
	u64 may = swap_next_slots(row->w, row->order, &row->at);
	const struct arch_rules *r = &row->w->rules;

	row->max = min_u64(row->max, may);
	if (!row->max)
		return false;
	row->slot = swap_slots(row->w, row->at);
	row->slot_pte = pte_val(swap_ref_pte(row->at, r));
	row->slot_step = pte_val(swap_ref_pte_next(row->at, r)) - row->slot_pte;
	return true;
}

row_inline bool next_slots_free(const struct row *row, unsigned order)
{
	const struct swap_slot *slot = row->slot + row_offset(row, order);
	u64 i;

	for (i = 0; i < BIT_U64(order); i++)
		if (!slot_is_free(slot + i))
			return false;
	return true;
}

/* ---- its folios ---- */

/* What the slots hold is in the pages' flags: zeroes need no output, if all of
 * it is zeroes. */
row_inline bool row_write(const struct row *row, struct page *page,
			  struct swap_slot *slot, unsigned order)
{
	bool zero = contents_zero(order ? row->flags : page->flags) &&
		    feat(row->w, FEAT_SWAP_ZEROMAP);
	u64 nr = BIT_U64(order), i;

	for (i = 0; i < nr; i++) {
		slot[i] = (struct swap_slot){
			.count = 1,
			.contents = slot_contents(page[i].flags),
			.taken = true,
			.zero = zero,
		};
		page[i].mapcount = 0;
	}
	return zero;
}

/* Single pages go together at the end. */
row_inline void row_free(const struct row *row, struct page *page,
			 unsigned order)
{
	page->refcount = 0;
	if (!order)
		return;
	page[1].folio.large_mapcount = 0;
	phys_free_folio(&row->w->phys, row->pfn[row->nr]);
}

/* Single pages' entries are counted at the end; flushes that are not put off
 * come then. */
row_inline void row_set_ptes(const struct row *row, u64 offset, bool exclusive,
			     unsigned order)
{
	struct swap_ref at = { row->at.type, row->at.offset + offset };
	pte_t slot = __pte(row->slot_pte + offset * row->slot_step);
	vaddr_t addr = row->addr + offset * PAGE_SIZE;
	struct mmsim_mm *mm = row->vma->vm_mm;
	u64 *ptep = row->ptep + offset;
	pte_t pte = pte_raw(ptep);

	ptl_assert_held(mm, addr);
	if (order) {
		pte = alike_ptes_merged(pte);
		set_swap_ptes(mm, addr, ptep, pte, at, exclusive, 1u << order);
	} else {
		arch_store(ptep, pte_val(unmapped_swp_pte(&row->w->rules, pte,
							  slot, exclusive)));
	}
	if (!row->put_off)
		return;
	flush_unmapped(mm, row->unmap, addr, 1u << order, pte);
	try_to_unmap_flush_dirty(row->w, row->unmap);
}

row_inline void row_swap_out(struct row *row, unsigned order)
{
	u64 offset = row_offset(row, order);
	struct page *page = mm_page(row->vma->vm_mm, row->pfn[row->nr]);
	bool exclusive = PageAnonExclusive(page);

	row->zero += row_write(row, page, row->slot + offset, order);
	row->exclusive += exclusive;
	row_set_ptes(row, offset, exclusive, order);
	row_free(row, page, order);
	row->nr++;
}

/* The first one goes, its slots were found. */
row_inline void row_run(struct row *row, unsigned order)
{
	do {
		row_swap_out(row, order);
	} while (row->nr < row->max && row_goes_on(row, order) &&
		 next_slots_free(row, order));
}

/* ---- what all of them have done ---- */

static void row_count_unmap(const struct row *row)
{
	struct observe *obs = &row->w->obs;
	u64 nr = row->nr, pages = nr << row->order;

	observe_count_many(obs, EV_try_to_unmap_one, RULE_NONE, nr);
	/* By the walk, of a single page twice; and before it is taken out. */
	obs->events[EV_rmap_read] += row->order ? 2 * nr : 3 * nr;
	obs->events[EV_batch_read] += pages - nr;
	obs->events[EV_set_pte] += pages;
	observe_count_many(obs, EV_pte_clear, RULE_UNMAP, pages);
	observe_count_many(obs, EV_swap_dup, RULE_UNMAP_SWAP, nr);
	if (!row->order)
		observe_count_many(obs, EV_set_pte, RULE_UNMAP_SWAP, nr);
	obs->events[EV_try_share] += row->exclusive;
	obs->events[EV_set_swap_pte] += pages;
	observe_count_many(obs, EV_remove_rmap, RULE_UNMAP, nr);
	obs->events[EV_unmap_rss] += 2 * nr;
}

static void row_count_write(const struct row *row)
{
	struct observe *obs = &row->w->obs;
	u64 written = row->nr - row->zero;

	observe_count_many(obs, EV_add_to_swap, RULE_SWAPOUT, row->nr);
	observe_count_many(obs, EV_swap_writepage, RULE_SWAPOUT_ZERO,
			   row->zero);
	observe_count_many(obs, EV_swap_writepage, RULE_SWAPOUT, written);
	obs->events[EV_swpout_zero] += row->zero << row->order;
	obs->events[EV_pswpout] += written << row->order;
	row->w->mthp[row->order][MTHP_SWPOUT] += written;
	if (row->order)
		row->w->mthp[row->order][MTHP_NR_ANON] -= row->nr;
	observe_count_many(obs, EV_page_free, RULE_NONE, row->nr);
}

static void row_end(const struct row *row)
{
	struct mmsim_mm *mm = row->vma->vm_mm;
	u64 pages = row->nr << row->order;

	swap_take_next(row->w, row->order, row->at, row->nr);
	mm->rss[MM_ANONPAGES] -= pages;
	mm->rss[MM_SWAPENTS] += pages;
	row_count_unmap(row);
	row_count_write(row);
	if (!row->order)
		phys_free_pages(&row->w->phys, row->pfn, row->nr);
	if (!row->put_off)
		flush_unmapped_each(mm, row->addr, row->nr,
				    BIT_U64(row->order));
}

mm_static unsigned shrink_row(struct shrink *sc, struct vm_area_struct *vma,
			      const pfn_t *pfn, unsigned max)
{
	struct row row = { .w = sc->w,
			   .vma = vma,
			   .unmap = &sc->unmap,
			   .pfn = pfn,
			   .max = max };

	if (sc->w->sched.fn || observe_heard(&sc->w->obs) ||
	    vma->vm_flags & VM_LOCKED || sc->nr_batch || sc->unmap.pending ||
	    !row_place(&row))
		return 0;
	sc->unmap.flags = TTU_BATCH_FLUSH;
	row.put_off = should_defer_flush(vma->vm_mm, row.unmap);
	if (!row_goes_on(&row, row.order) || !row_has_slots(&row))
		return 0;
	(void)pte_lock(vma->vm_mm, row.addr, row.ptep);
	if (row.order)
		row_run(&row, row.order);
	else
		row_run(&row, 0);
	row_end(&row);
	pte_unlock(vma->vm_mm, row.addr);
	sc->freed += row_offset(&row, row.order);
	return (unsigned)row.nr;
}
