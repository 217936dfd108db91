/* SPDX-License-Identifier: MIT */
#include "rmap/mapped_walk.h"

#include "mm/hugetlb.h"
#include "pte/swap_entry.h"

/* Whether a frame is of the folio that is looked for. */
static bool pfn_is_match(const struct page_vma_mapped_walk *pvmw, pfn_t pfn)
{
	return pfn - pvmw->pfn < pvmw->nr;
}

/* A migration entry to the folio. */
static bool entry_is_match(const struct page_vma_mapped_walk *pvmw, pte_t pte)
{
	const struct arch_rules *r = &pvmw->vma->vm_mm->world->rules;
	swp_entry_t entry = pte_to_swp_entry(pte, r);

	return is_migration_entry(entry, r) &&
	       pfn_is_match(pvmw, swp_offset_pfn(entry, r));
}

static bool pte_is_match(const struct page_vma_mapped_walk *pvmw, pte_t pte)
{
	if (!(pvmw->flags & PVMW_MIGRATION))
		return pte_present(pte) && !pte_special(pte) &&
		       pfn_is_match(pvmw, pte_pfn(pte));
	return is_swap_pte(pte) && entry_is_match(pvmw, pte);
}

/* Of huge entries those of hugetlb alone are migration entries. */
static bool pmd_is_match(const struct page_vma_mapped_walk *pvmw, pmd_t pmd)
{
	if (!(pvmw->flags & PVMW_MIGRATION))
		return pmd_present(pmd) && pfn_is_match(pvmw, pmd_pfn(pmd));
	return is_swap_pmd(pmd) && entry_is_match(pvmw, __pte(pmd_val(pmd)));
}

mm_static bool
page_vma_mapped_lock_huge(const struct page_vma_mapped_walk *pvmw)
{
	struct mmsim_mm *mm = pvmw->vma->vm_mm;

	tables_lock(mm);
	if (pmd_is_match(pvmw, pmdp_get(pvmw->pmdp)))
		return true;
	tables_unlock(mm);
	return false;
}

/* Where the folio, or the VMA, ends. */
static vaddr_t walk_end(const struct page_vma_mapped_walk *pvmw)
{
	const struct vm_area_struct *vma = pvmw->vma;
	u64 pages = pvmw->index + pvmw->nr - vma->vm_pgoff;

	return min_u64(vma->vm_start + pages * PAGE_SIZE, vma->vm_end);
}

/*
 * Each entry is read to see whether there is one, and once more to see whether
 * it is the folio's; the first of a table, with PVMW_SYNC, at once for that.
 */
static void count_reads(const struct page_vma_mapped_walk *pvmw, bool first)
{
	bool once = pte_none(pte_raw(pvmw->ptep)) ||
		    (first && pvmw->flags & PVMW_SYNC);

	count_pte_reads(pvmw->vma->vm_mm, pvmw->ptep, EV_rmap_read,
			once ? 1 : 2);
}

/* The rest of the table that the walk has locked: its next match, or the
 * table's end with nothing locked. */
static bool next_in_table(struct page_vma_mapped_walk *pvmw, vaddr_t end,
			  bool first)
{
	vaddr_t stop = pmd_addr_end(pvmw->addr, end);

	for (; pvmw->addr < stop; pvmw->addr += PAGE_SIZE, pvmw->ptep++) {
		count_reads(pvmw, first);
		if (pte_is_match(pvmw, ptep_get(pvmw->ptep)))
			return true;
		first = false;
	}
	pte_unlock(pvmw->vma->vm_mm, stop - PAGE_SIZE);
	pvmw->ptep = NULL;
	return false;
}

/* The table of an address, locked; or the level that has none. */
static bool lock_table(struct page_vma_mapped_walk *pvmw, unsigned *miss)
{
	struct mmsim_mm *mm = pvmw->vma->vm_mm;
	u64 *table;

	*miss = 0;
	table = pte_table_find(mm, pvmw->addr, miss);
	if (!table)
		return false;
	pvmw->ptep = sched_on(mm->world) ? ptl_lock(mm, pvmw->addr)
					 : &table[table_index(pvmw->addr, 0)];
	*miss = 1;
	return pvmw->ptep;
}

/* A huge entry that maps the folio ends the walk at its next step. */
static bool found_huge(struct page_vma_mapped_walk *pvmw, unsigned miss)
{
	struct mmsim_mm *mm = pvmw->vma->vm_mm;
	u64 *pmdp = miss == 1 ? huge_find_settled(mm, pvmw->addr) : NULL;

	if (!pmdp || !pmd_is_match(pvmw, pmdp_get(pmdp)))
		return false;
	pvmw->pmdp = pmdp;
	return true;
}

/* Past the entry found last. */
static void step_on(struct page_vma_mapped_walk *pvmw, vaddr_t end)
{
	vaddr_t last = pvmw->addr;

	if (pvmw->pmdp) {
		pvmw->pmdp = NULL;
		/* All entries of a page of hugetlb are one. */
		pvmw->addr = vma_is_hugetlb(pvmw->vma)
				     ? last + HPAGE_SIZE
				     : pmd_addr_end(last, end);
	}
	if (!pvmw->ptep)
		return;
	pvmw->addr += PAGE_SIZE;
	pvmw->ptep++;
	if (pvmw->addr >= end || is_aligned(pvmw->addr, PMD_SIZE)) {
		pte_unlock(pvmw->vma->vm_mm, last);
		pvmw->ptep = NULL;
	}
}

mm_static bool page_vma_mapped_walk(struct page_vma_mapped_walk *pvmw)
{
	vaddr_t end = walk_end(pvmw);
	unsigned miss;
	bool first;

	step_on(pvmw, end);
	while (pvmw->addr < end) {
		first = !pvmw->ptep;
		if (!first || lock_table(pvmw, &miss)) {
			if (next_in_table(pvmw, end, first))
				return true;
			continue;
		}
		if (found_huge(pvmw, miss))
			return true;
		pvmw->addr = level_addr_end(pvmw->addr, end, miss);
	}
	return false;
}
