/* SPDX-License-Identifier: MIT */
#include "pte/swap.h"

#include <errno.h>

#include "mm/mthp.h"
#include "pte/batch.h"

mm_static unsigned swap_pte_batch(const struct mmsim_mm *mm, const u64 *ptep,
				  u64 max)
{
	const struct arch_rules *r = &mm->world->rules;
	pte_t first = pte_raw(ptep);
	struct swap_ref at = pte_swap_ref(first, r);
	/* The flag bits: what an entry of the slot alone lacks. */
	u64 flags = pte_val(first) ^ pte_val(swap_ref_pte(at, r));
	unsigned nr = 1;

	for (; nr < max; nr++) {
		at.offset++;
		if (pte_val(pte_raw(ptep + nr)) !=
		    (pte_val(swap_ref_pte(at, r)) ^ flags))
			break;
	}
	return nr;
}

mm_static unsigned zap_swap_ptes(struct mmsim_mm *mm, vaddr_t addr, u64 *ptep,
				 u64 max)
{
	struct swap_ref at = pte_swap_ref(pte_raw(ptep), &mm->world->rules);
	unsigned nr = swap_pte_batch(mm, ptep, max), i;

	sim_step(mm->world, MMSIM_STEP_PTE, addr);
	for (i = 0; i < nr; i++)
		ptep_get_and_clear(mm, addr + i * PAGE_SIZE, ptep + i,
				   RULE_ZAP_SWAP);
	mm->rss[MM_SWAPENTS] -= nr;
	swap_put_and_cache(mm->world, at, nr);
	return nr;
}

mm_static int copy_swap_pte(struct mmsim_mm *dst, struct mmsim_mm *src,
			    const struct vm_area_struct *dst_vma, vaddr_t addr,
			    u64 *dst_ptep, u64 *src_ptep)
{
	const struct arch_rules *r = &src->world->rules;
	pte_t pte = pte_raw(src_ptep);

	sim_step(src->world, MMSIM_STEP_PTE, addr);
	if (!swap_dup(src->world, pte_swap_ref(pte, r), 1))
		return -EIO;
	if (pte_swp_exclusive(pte, r)) {
		pte = pte_swp_clear_exclusive(pte, r);
		set_nonpresent_pte_at(src, addr, src_ptep, pte, RULE_FORK_SWAP);
	}
	dst->rss[MM_SWAPENTS]++;
	if (!userfaultfd_wp(dst_vma))
		pte = pte_swp_clear_uffd_wp(pte, r);
	set_nonpresent_pte_at(dst, addr, dst_ptep, pte, RULE_FORK_SWAP);
	return 0;
}

/*
 * Its first mapping since it was read says where it belongs. Other processes
 * may have the slot in an entry too: unless it is exclusive it belongs to the
 * oldest ancestor, from which all of them descend.
 */
static inline bool belong_to(struct mmsim_mm *mm, struct vm_area_struct *vma,
			     struct page *page, vaddr_t addr, bool exclusive,
			     bool large)
{
	struct page *folio = large ? page_folio(mm, page) : page;
	const struct anon_vma *av = vma->anon_vma;

	if (folio->mapping)
		return false;
	addr -= (vaddr_t)(page - folio) * PAGE_SIZE;
	while (!exclusive && av->parent)
		av = av->parent;
	folio->mapping = (u64)(uintptr_t)av | PAGE_MAPPING_ANON;
	folio->index = linear_page_index(vma, addr);
	if (large)
		mthp_count(mm->world, page_order(folio), MTHP_NR_ANON);
	return true;
}

static inline __attribute__((always_inline)) void
add_anon_rmap(struct mmsim_mm *mm, struct vm_area_struct *vma,
	      struct page *page, unsigned nr, vaddr_t addr, unsigned flags,
	      bool large)
{
	bool exclusive = flags & RMAP_EXCLUSIVE;
	struct phys *phys = &mm->world->phys;
	bool new = belong_to(mm, vma, page, addr, exclusive, large);
	unsigned i;

	for (i = 0; i < nr; i++) {
		page[i].mapcount++;
		if (exclusive && feat(mm->world, FEAT_ANON_EXCLUSIVE))
			page_set(&page[i], PG_anon_exclusive);
	}
	if (large)
		folio_mm_add(folio_counts(phys, page_to_pfn(phys, page)),
			     mm->pid, (s32)nr);
	mm->rss[MM_ANONPAGES] += nr;
	new &= flags &RMAP_COPY || feat(mm->world, FEAT_SWAPIN_NEW_RMAP);
	mm_trace(mm, new ? EV_new_anon_rmap : EV_add_anon_rmap, RULE_SWAPIN,
		 addr, (u64)page->mapcount - 1, (u64)page->mapcount);
}

mm_static void folio_add_anon_rmap_ptes(struct mmsim_mm *mm,
					struct vm_area_struct *vma,
					struct page *page, unsigned nr,
					vaddr_t addr, unsigned flags)
{
	add_anon_rmap(mm, vma, page, nr, addr, flags, page_is_large(page));
}

mm_static void folio_add_anon_rmap_pte(struct mmsim_mm *mm,
				       struct vm_area_struct *vma,
				       struct page *page, vaddr_t addr,
				       unsigned flags)
{
	add_anon_rmap(mm, vma, page, 1, addr, flags, false);
}

mm_static void put_unmapped(struct mmsim_mm *mm, struct page *page, unsigned nr)
{
	leave_swap_cache(mm, page);
	folio_put_refs(mm, page, nr);
}
