/* SPDX-License-Identifier: MIT */
#include "tlb/gather.h"

#include "core/assert.h"
#include "tlb/flush.h"

static struct tlb_cpu *gather_cpu(const struct mmu_gather *tlb)
{
	struct mmsim *w = tlb->mm->world;

	return &w->tlb.cpus[w->obs.cpu];
}

void tlb_gather_mmu(struct mmu_gather *tlb, struct mmsim_mm *mm)
{
	struct tlb_cpu *cpu = &mm->world->tlb.cpus[mm->world->obs.cpu];

	mm_assert(!cpu->gather);
	*tlb = (struct mmu_gather){
		.mm = mm,
		.rule = RULE_FLUSH_NEEDED,
		.batch = cpu->batch,
	};
	cpu->gather = tlb;
}

void tlb_gather_mmu_fullmm(struct mmu_gather *tlb, struct mmsim_mm *mm)
{
	tlb_gather_mmu(tlb, mm);
	tlb->fullmm = true;
	tlb->rule = RULE_FLUSH_EXIT;
}

void tlb_flush_mmu_tlbonly(struct mmu_gather *tlb)
{
	if (!tlb->end)
		return;
	if (tlb->fullmm)
		flush_tlb_mm(tlb->mm, tlb->rule);
	else
		flush_tlb_gathered(
			tlb->mm, tlb->start, tlb->end, tlb->freed_tables,
			tlb->freed_tables ? RULE_FLUSH_TABLES : tlb->rule);
	tlb->start = tlb->end = 0;
	tlb->freed_tables = false;
}

void tlb_gather_close(struct mmu_gather *tlb)
{
	mm_assert(!tlb->nr && !tlb->end);
	gather_cpu(tlb)->gather = NULL;
}
