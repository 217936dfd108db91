/* SPDX-License-Identifier: MIT */
/*
 * Accesses that change nothing: the TLB has the page, or the walk finds an
 * entry like the one before. Any other goes the whole way of fault/access.c.
 */
#include "fault/fault.h"

#include "pte/pte.h"
#include "tlb/lookup.h"

/* The CPU walks, and may do with the entry what it may do with the last one,
 * whose bits are the same. */
static inline pfn_t walk_again(struct mmsim_mm *mm, struct tlb_cpu *cpu,
			       const struct access *a, const u64 *ptep,
			       const struct tlb_place *at)
{
	struct mmsim *w = mm->world;
	pte_t pte = pte_raw(ptep);

	if ((pte_val(pte) & ~ARCH_PTE_PFN) != cpu->rights_of ||
	    !(cpu->rights & TLB_READY(a->kind)) || contpte_block(pte))
		return PFN_NONE;
	count_event(mm, EV_hw_tlb_miss);
	tlb_walk_count(w, cpu, a->addr, ARCH_NR_LEVELS, true);
	tlb_put(cpu, at, TLB_PAGE, pte_pfn(pte) << TLB_PFN_SHIFT | cpu->rights);
	mm_trace_often(mm, EV_hw_tlb_fill, RULE_HW_FILL, a->addr, 0,
		       pte_val(pte));
	return pte_pfn(pte);
}

/* pte_find(), but the table found last stays remembered as that. */
static inline const u64 *pte_recall(struct mmsim_mm *mm, vaddr_t addr)
{
	const u64 *table;

	if ((addr & PMD_MASK) == mm->ptw_base)
		return (u64 *)(void *)mm->ptw_table + table_index(addr, 0);
	table = ptw_find(mm, addr);
	return table ? table + table_index(addr, 0) : pte_find_table(mm, addr);
}

/* Nothing is there: the walk that finds so, and the fault. The entry that is
 * there now, or NULL. */
static __attribute__((noinline)) const u64 *
fault_first(struct mmsim_mm *mm, struct tlb_cpu *cpu, struct access *a)
{
	count_event(mm, EV_hw_tlb_miss);
	tlb_walk_count(mm->world, cpu, a->addr, ARCH_NR_LEVELS, true);
	a->error = take_fault(mm, a, a->addr, HW_NOT_PRESENT, false);
	return a->error || a->fault_kind ? NULL : pte_find(mm, a->addr);
}

mm_static pfn_t mm_translate(struct mmsim_mm *mm, struct tlb_cpu *cpu,
			     struct access *a)
{
	const struct tlb_entry *entry;
	struct tlb_place at;
	const u64 *ptep;

	if (unlikely(cpu->held[TLB_CONT] | cpu->held[TLB_PMD] ||
		     !cpu->of_size[TLB_PAGE] || mm->uffd.waiting))
		return PFN_NONE;
	ptep = pte_recall(mm, a->addr);
	/* On its way while the TLB is searched. */
	__builtin_prefetch(ptep);
	at = tlb_place(cpu, TLB_PAGE, a->addr >> PAGE_SHIFT, cpu->context);
	entry = tlb_find(&at);
	if (entry && tlb_rights(entry) & TLB_READY(a->kind)) {
		count_event(mm, EV_hw_tlb_hit);
		return entry->data >> TLB_PFN_SHIFT;
	}
	a->missed = !entry;
	if (entry || !ptep)
		return PFN_NONE;
	if (pte_none(pte_raw(ptep))) {
		ptep = fault_first(mm, cpu, a);
		/* It may have flushed all there was: under another context. */
		at = tlb_place(cpu, TLB_PAGE, a->addr >> PAGE_SHIFT,
			       cpu->context);
	}
	return ptep ? walk_again(mm, cpu, a, ptep, &at) : PFN_NONE;
}

/* The table is remembered for the access that comes. */
mm_static void mm_prefetch(struct mmsim_mm *mm, vaddr_t addr)
{
	u64 *table = ptw_find(mm, addr);
	unsigned miss;

	if (!table) {
		table = pte_table_find(mm, addr, &miss);
		if (!table)
			return;
		*ptw_slot(mm, addr) =
			(struct ptw_slot){ addr & PMD_MASK, mm->ptw_gen,
					   (char *)table };
	}
	__builtin_prefetch(&table[table_index(addr, 0)]);
}
