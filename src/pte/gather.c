/* SPDX-License-Identifier: MIT */
#include "pte/gather.h"

#include "mm/lru.h"
#include "pte/batch.h"
#include "pte/pte.h"

static void drain_before_free(struct mmsim *w, const struct mmu_gather *tlb)
{
	unsigned i;

	for (i = 0; i < tlb->nr; i++) {
		if (!gather_is_table(tlb->batch[i])) {
			lru_drain_for_zap(w);
			return;
		}
	}
}

static void free_member(struct mmsim_mm *mm, u64 member)
{
	unsigned kind = (unsigned)(member & GATHER_LEVEL);
	struct page *page = mm_page(mm, member >> PAGE_SHIFT);

	if (likely(!kind && !mm->world->sched.fn))
		world_put_page(mm->world, page);
	else if (!kind)
		put_page(mm, page);
	else if (kind == GATHER_FOLIO)
		folio_put_refs(mm, page, gather_nr(member, PAGE_MASK));
	else
		table_free(mm, kind - 1, member & ~GATHER_LEVEL, true);
}

mm_static void tlb_flush_mmu(struct mmu_gather *tlb)
{
	unsigned i;

	tlb_flush_mmu_tlbonly(tlb);
	drain_before_free(tlb->mm->world, tlb);
	for (i = 0; i < tlb->nr; i++)
		free_member(tlb->mm, tlb->batch[i]);
	tlb->nr = 0;
}

mm_static void tlb_finish_mmu(struct mmu_gather *tlb)
{
	tlb_flush_mmu(tlb);
	tlb_gather_close(tlb);
}

mm_static void tlb_remove_table(struct mmu_gather *tlb, vaddr_t addr,
				paddr_t table, unsigned level)
{
	if (unlikely(tlb_batch_full(tlb)))
		tlb_flush_mmu(tlb);
	tlb->batch[tlb->nr++] = gather_table(table, level);
	tlb->freed_tables = true;
	tlb_flush_pte_range(tlb, addr, addr + PAGE_SIZE);
}
