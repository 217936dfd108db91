/* SPDX-License-Identifier: MIT */
/*
 * Pages that are swapped out in a row. What shrink_one() does with each of
 * them is the same, step by step, if nobody else has anything to do with the
 * page: so it is asked once for the row what is true of all, each entry and
 * each struct page is looked at once, and what is counted is counted at the
 * end. The pages are in the swap cache from one step to the next only; here
 * they never get there.
 */
#include "swap/reclaim.h"

#include "mm/mthp.h"
#include "phys/frames.h"
#include "rmap/unmap.h"
#include "swap/device.h"

/* Flags that say nothing against it. */
#define ROW_FLAGS                                                      \
	(PG_anon_exclusive | PG_swapbacked | PG_dirty | PG_hostdirty | \
	 PG_queued | PG_FIRST_MASK | PG_CONTENT_VAGUE)

/* Its mapping and its caller's reference. */
#define ROW_REFS 2

/**
 * struct row - pages that go, and what they have in common.
 * @addr, @ptep, @pfn, @slot: the first one's; @index, @mapping: its page's.
 * @max: pages there may be; @nr: done.
 * @put_off: each flush waits until the page is written, which comes next.
 */
struct row {
	struct mmsim *w;
	struct vm_area_struct *vma;
	struct unmap *unmap;
	const pfn_t *pfn;
	vaddr_t addr;
	u64 *ptep, index, mapping;
	struct swap_ref at;
	struct swap_slot *slot;
	u64 max, nr, exclusive, zero;
	bool put_off;
};

/* ---- whether there is one ---- */

/* None of the VMAs that the reverse map looks at before may have them. */
static bool found_first(const struct row *row)
{
	const struct anon_vma *av = row->vma->anon_vma;
	const struct vm_area_struct *vma;

	if (!av || row->mapping != ((u64)(uintptr_t)av | PAGE_MAPPING_ANON))
		return false;
	TAILQ_FOREACH(vma, &av->vmas, anon_link) {
		if (vma == row->vma)
			return true;
		if (vma_address(vma, row->index, row->max) != VMA_ADDRESS_NONE)
			break;
	}
	return false;
}

/* Where the first page is mapped, and how far the row can go from there. */
static bool row_place(struct row *row)
{
	struct vm_area_struct *vma = row->vma;
	const struct page *page;
	vaddr_t end;

	/* The struct page of a huge one may say nothing. */
	if (folio_order(&row->w->phys, row->pfn[0]))
		return false;
	page = pfn_to_page(&row->w->phys, row->pfn[0]);
	row->index = page->index;
	row->mapping = page->mapping;
	row->addr = vma_address(vma, row->index, 1);
	if (!PageAnon(page) || row->addr == VMA_ADDRESS_NONE)
		return false;
	row->ptep = pte_find(vma->vm_mm, row->addr);
	end = pmd_addr_end(row->addr, vma->vm_end);
	row->max = min_u64(row->max, (end - row->addr) / PAGE_SIZE);
	return row->ptep && found_first(row);
}

/* Its next page is like the others: an entry first, for what a struct page
 * says counts only if it is mapped by one. */
static bool row_goes_on(const struct row *row)
{
	u64 i = row->nr;
	pte_t pte = pte_raw(row->ptep + i);
	const struct page *page = mm_page(row->vma->vm_mm, row->pfn[i]);

	return pte_present(pte) && pte_pfn(pte) == row->pfn[i] &&
	       !pte_special(pte) && !arch_pte_hashed(pte) &&
	       !contpte_block(pte) && (!row->put_off || pte_dirty(pte)) &&
	       !(page->flags & ~(u32)ROW_FLAGS) &&
	       page_test(page, PG_swapbacked) && page->refcount == ROW_REFS &&
	       page->mapcount == 1 && page->mapping == row->mapping &&
	       page->index == row->index + i;
}

/* The last question: the slot that is found has to be taken. */
static bool row_has_slots(struct row *row)
{
	row->max = min_u64(row->max, swap_next_slots(row->w, &row->at));
	if (!row->max)
		return false;
	row->slot = swap_slots(row->w, row->at);
	return true;
}

/* ---- its pages ---- */

/* What the slot holds is in the page's flags: zeroes need no output. */
static bool row_write(struct row *row, const struct page *page)
{
	struct swap_slot *slot = row->slot + row->nr;

	(void)page_save_flags(page, &slot->contents);
	slot->zero =
		contents_zero(page->flags) && feat(row->w, FEAT_SWAP_ZEROMAP);
	slot->count = 1;
	return slot->zero;
}

static void row_put_off(const struct row *row, vaddr_t addr, pte_t pte)
{
	set_tlb_ubc_flush_pending(row->vma->vm_mm, row->unmap, addr, 1, pte);
	try_to_unmap_flush_dirty(row->w, row->unmap);
}

static void row_swap_out(struct row *row)
{
	u64 i = row->nr, *ptep = row->ptep + i;
	struct page *page = mm_page(row->vma->vm_mm, row->pfn[i]);
	struct swap_ref at = { row->at.type, row->at.offset + i };
	bool exclusive = PageAnonExclusive(page);
	pte_t pte = pte_raw(ptep);

	ptl_assert_held(row->vma->vm_mm, row->addr + i * PAGE_SIZE);
	row->zero += row_write(row, page);
	row->exclusive += exclusive;
	arch_store(ptep, pte_val(unmapped_swp_pte(&row->w->rules, pte, at,
						  exclusive)));
	if (row->put_off)
		row_put_off(row, row->addr + i * PAGE_SIZE, pte);
	page->mapcount = 0;
	page->refcount = 0;
	phys_free_page(&row->w->phys, row->pfn[i]);
	row->nr++;
}

/* ---- what all of them have done ---- */

static void row_count_unmap(const struct row *row)
{
	struct observe *obs = &row->w->obs;
	u64 nr = row->nr;

	observe_count_many(obs, EV_try_to_unmap_one, RULE_NONE, nr);
	/* By the walk twice, and before it is taken out. */
	obs->events[EV_rmap_read] += 3 * nr;
	obs->events[EV_set_pte] += nr;
	observe_count_many(obs, EV_pte_clear, RULE_UNMAP, nr);
	observe_count_many(obs, EV_swap_dup, RULE_UNMAP_SWAP, nr);
	obs->events[EV_try_share] += row->exclusive;
	observe_count_many(obs, EV_set_pte, RULE_UNMAP_SWAP, nr);
	obs->events[EV_set_swap_pte] += nr;
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
	obs->events[EV_swpout_zero] += row->zero;
	obs->events[EV_pswpout] += written;
	row->w->mthp[0][MTHP_SWPOUT] += written;
	observe_count_many(obs, EV_page_free, RULE_NONE, row->nr);
}

static void row_end(const struct row *row)
{
	struct mmsim_mm *mm = row->vma->vm_mm;

	swap_take_next(row->w, row->at, row->nr);
	mm->rss[MM_ANONPAGES] -= row->nr;
	mm->rss[MM_SWAPENTS] += row->nr;
	row_count_unmap(row);
	row_count_write(row);
	if (!row->put_off)
		flush_unmapped_each(mm, row->addr, row->nr);
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
	if (!row_goes_on(&row) || !row_has_slots(&row))
		return 0;
	(void)pte_lock(vma->vm_mm, row.addr, row.ptep);
	do {
		row_swap_out(&row);
	} while (row.nr < row.max && row_goes_on(&row) &&
		 slot_is_free(row.slot + row.nr));
	row_end(&row);
	pte_unlock(vma->vm_mm, row.addr);
	sc->freed += row.nr;
	return (unsigned)row.nr;
}
