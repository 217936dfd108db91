/* SPDX-License-Identifier: MIT */
#include "pte/pte.h"

#include "core/sched.h"
#include "mm/lru.h"
#include "mm/mempolicy.h"

/* Apart, as all that is told only if somebody hears of it: nothing is kept at
 * hand for it otherwise. */
static MMSIM_APART pfn_t tell_page_alloc(struct mmsim_mm *mm, pfn_t pfn)
{
	mm_tell(mm, EV_page_alloc, RULE_NONE, 0, 0, pfn);
	return pfn;
}

mm_inlined pfn_t alloc_page_untold(struct mmsim_mm *mm,
				   const struct vm_area_struct *vma,
				   vaddr_t addr)
{
	pfn_t pfn = vma_alloc_folio(mm, vma, addr, 0);

	if (likely(pfn != PFN_NONE))
		observe_count(&mm->world->obs, EV_page_alloc, RULE_NONE);
	return pfn;
}

mm_static pfn_t alloc_user_page(struct mmsim_mm *mm,
				const struct vm_area_struct *vma, vaddr_t addr)
{
	pfn_t pfn;

	sim_step(mm->world, MMSIM_STEP_ALLOC, 0);
	pfn = alloc_page_untold(mm, vma, addr);
	if (observe_heard(&mm->world->obs) && pfn != PFN_NONE)
		return tell_page_alloc(mm, pfn);
	return pfn;
}

mm_static void put_page(struct mmsim_mm *mm, struct page *page)
{
	sim_step(mm->world, MMSIM_STEP_REF,
		 page_to_pfn(&mm->world->phys, page));
	world_put_page(mm->world, page);
}

/* Which counter of the process a mapped page belongs to. */
static enum mm_counter page_counter(const struct page *page)
{
	if (PageAnon(page))
		return MM_ANONPAGES;
	return page_test(page, PG_swapbacked) ? MM_SHMEMPAGES : MM_FILEPAGES;
}

mm_static void count_rss(struct mmsim_mm *mm, const struct page *page, int nr)
{
	mm->rss[page_counter(page)] += (u64)(s64)nr;
}

mm_static void folio_add_new_anon_rmap(struct mmsim_mm *mm,
				       struct vm_area_struct *vma, vaddr_t addr,
				       pfn_t pfn)
{
	struct page *page = mm_page(mm, pfn);

	page->mapping = (u64)(uintptr_t)vma->anon_vma | PAGE_MAPPING_ANON;
	page->index = linear_page_index(vma, addr);
	page->mapcount = 1;
	page_set(page, PG_swapbacked);
	if (feat(mm->world, FEAT_ANON_EXCLUSIVE))
		page_set(page, PG_anon_exclusive);
	mm->rss[MM_ANONPAGES]++;
	folio_add_lru(mm->world, page);
}

mm_static void folio_add_file_rmap(struct mmsim_mm *mm, struct page *page,
				   vaddr_t addr, enum sim_rule rule)
{
	page->mapcount++;
	page->refcount++;
	count_rss(mm, page, 1);
	mm_trace(mm, EV_add_file_rmap, rule, addr, (u64)page->mapcount - 1,
		 (u64)page->mapcount);
}

mm_static void folio_dup_anon_rmap(struct mmsim_mm *mm, struct page *page,
				   vaddr_t addr)
{
	page->mapcount++;
	page->refcount++;
	page_clear(page, PG_anon_exclusive);
	mm_trace(mm, EV_dup_anon_rmap, RULE_FORK_SHARE, addr,
		 (u64)page->mapcount - 1, (u64)page->mapcount);
}

mm_static void folio_remove_rmap(struct mmsim_mm *mm, struct page *page,
				 vaddr_t addr, enum sim_rule rule)
{
	mm_assert(page->mapcount > 0);
	page->mapcount--;
	count_rss(mm, page, -1);
	mm_trace(mm, EV_remove_rmap, rule, addr, (u64)page->mapcount + 1,
		 (u64)page->mapcount);
}
