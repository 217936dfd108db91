/* SPDX-License-Identifier: MIT */
/*
 * MADV_PAGEOUT: what a range maps, and nobody else does, is reclaimed, table
 * by table (semantics-rmap-swap.md 7).
 */
#include "swap/reclaim.h"

#include "mm/lru.h"
#include "pte/batch.h"
#include "pte/huge.h"
#include "pte/lock.h"

struct pageout {
	struct vm_area_struct *vma;
	struct reclaim_list list;
	bool flush; /* an entry was made old */
};

/* Up to 6.9 what was visited became old, whatever became of it. */
static void pageout_young(struct mmsim_mm *mm, struct pageout *how,
			  vaddr_t addr, u64 *ptep, pte_t pte)
{
	if (feat(mm->world, FEAT_PAGEOUT_KEEPS_YOUNG) || !pte_young(pte))
		return;
	set_pte_at(mm, addr, ptep, pte_mkold(pte), RULE_PAGEOUT);
	how->flush = true;
}

/* The entries from one on that are dealt with as one; 0: look again. */
static unsigned pageout_ptes(struct mmsim_mm *mm, struct pageout *how,
			     vaddr_t addr, u64 *ptep, unsigned max)
{
	pte_t pte = ptep_get(ptep);
	struct page *page = vm_normal_page(mm, pte);
	struct folio_view f = { .page = page };
	unsigned nr = 1;
	s32 mapped;
	bool skip;

	count_pte_reads(mm, ptep, EV_rmap_read, 1);
	if (!page)
		return 1;
	f.pfn = pte_pfn(pte);
	mapped = page->mapcount;
	if (page_is_large(page)) {
		nr = madvise_large_part(mm, ptep, pte, max, false, &skip);
		if (!nr || skip)
			return nr;
		f = folio_view(&mm->world->phys, f.pfn);
		mapped = folio_counts(&mm->world->phys, f.pfn)->large_mapcount;
	}
	if (!page_test(f.page, PG_lru) || mapped != (s32)nr)
		return nr;
	count_event(mm, EV_madvise_cold);
	pageout_young(mm, how, addr, ptep, pte);
	folio_isolate_lru(mm->world, &how->list, &f);
	return nr;
}

static bool pageout_huge(struct mmsim_mm *mm, u64 *pmdp, vaddr_t addr,
			 vaddr_t next, void *ctx)
{
	struct pageout *how = ctx;
	pmd_t pmd = pmdp_get(pmdp);
	struct page *head = vm_normal_huge(mm, pmd);
	struct folio_view f;

	if (!head || folio_mapcount(&mm->world->phys, pmd_pfn(pmd)) != 1)
		return true;
	if (next - addr != PMD_SIZE)
		return !split_folio(mm, pmd_pfn(pmd));
	if (!page_test(head, PG_lru))
		return true;
	count_event(mm, EV_madvise_cold);
	if (!feat(mm->world, FEAT_PAGEOUT_KEEPS_YOUNG) && pmd_young(pmd)) {
		tables_lock(mm);
		pmd = pmdp_invalidate(mm, addr, pmdp, true, RULE_PAGEOUT);
		set_pmd_at(mm, addr, pmdp, pmd_mkold(pmd), RULE_PAGEOUT);
		tables_unlock(mm);
		how->flush = true;
	}
	f = folio_view(&mm->world->phys, pmd_pfn(pmd));
	folio_isolate_lru(mm->world, &how->list, &f);
	reclaim_pages(how->vma, &how->list);
	return true;
}

mm_static void madvise_pageout_range(struct mmsim_mm *mm,
				     struct vm_area_struct *vma, vaddr_t start,
				     vaddr_t end)
{
	struct pageout how = { .vma = vma };
	vaddr_t addr, next, from;
	u64 *table, *ptep;
	unsigned nr;

	if (!reclaim_list_init(mm->world, &how.list, PTRS_PER_PTE))
		return;
	lru_add_drain(mm->world);
	for (addr = start; (table = range_lock_next(mm, &addr, end, &next,
						    pageout_huge, &how));
	     addr = next) {
		flush_tlb_batched_pending(mm);
		for (from = addr; addr < next; addr += nr * PAGE_SIZE) {
			nr = 1;
			ptep = &table[table_index(addr, 0)];
			if (!pte_present(pte_raw(ptep)))
				continue;
			sim_step(mm->world, MMSIM_STEP_PTE, addr);
			nr = pageout_ptes(
				mm, &how, addr, ptep,
				(unsigned)((next - addr) >> PAGE_SHIFT));
		}
		pte_unlock(mm, from);
		reclaim_pages(vma, &how.list);
	}
	if (how.flush)
		flush_tlb_range(mm, start, end, RULE_FLUSH_NEEDED);
	reclaim_list_done(mm->world, &how.list);
}
