/* SPDX-License-Identifier: MIT */
/*
 * Accesses that change nothing: the TLB has the page, or the walk finds an
 * entry like the one before, at once or after a fault. Any other goes the whole
 * way of fault/access.c.
 */
#include "fault/fault.h"

#include "pte/pte.h"
#include "tlb/lookup.h"

/* The CPU walks, and may do with the entry what it may do with the last one,
 * whose bits are the same. */
static inline __attribute__((always_inline)) pfn_t
walk_again(struct mmsim_mm *mm, struct tlb_cpu *cpu, const struct access *a,
	   const u64 *ptep, const struct tlb_place *at)
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

/* pte_find(), but the table found last stays remembered as that. NULL: no walk
 * before this one remembered it, pte_walk() would. */
static inline const u64 *pte_recall(struct mmsim_mm *mm, vaddr_t addr)
{
	const u64 *table = (addr & PMD_MASK) == mm->ptw_base
				   ? (u64 *)(void *)mm->ptw_table
				   : ptw_find(mm, addr);

	return likely(table) ? table + table_index(addr, 0) : NULL;
}

/* The host fetches an entry, and its table is remembered for the access that
 * comes. */
static MMSIM_APART u64 *table_ahead(struct mmsim_mm *mm, vaddr_t addr)
{
	unsigned miss;
	u64 *table = pte_table_find(mm, addr, &miss);

	if (table)
		*ptw_slot(mm, addr) =
			(struct ptw_slot){ addr & PMD_MASK, mm->ptw_gen,
					   (char *)table };
	return table;
}

static inline void fetch_ahead(struct mmsim_mm *mm, vaddr_t addr)
{
	u64 *table = ptw_find(mm, addr);

	if (unlikely(!table))
		table = table_ahead(mm, addr);
	if (likely(table))
		__builtin_prefetch(&table[table_index(addr, 0)]);
}

/* The same entry is not as before. If it refuses the access: the walk that finds
 * so, the fault, and the walk that finds its page. */
static MMSIM_APART pfn_t fault_first(struct mmsim_mm *mm, struct tlb_cpu *cpu,
				     struct access *a, const u64 *ptep)
{
	pte_t old = pte_raw(ptep), pte = old;
	struct tlb_place at;
	enum hw_result res;

	res = hw_pte_access(&pte, (enum hw_access)a->kind, &mm->world->rules);
	if (unlikely(res == HW_OK))
		return PFN_NONE;
	count_event(mm, EV_hw_tlb_miss);
	tlb_walk_count(mm->world, cpu, a->addr, ARCH_NR_LEVELS, true);
	a->error = take_fault(mm, a, a->addr, res, pte_no_exec(old));
	if (unlikely(a->error || a->fault_kind))
		return PFN_NONE;
	ptep = pte_find(mm, a->addr);
	/* It may have flushed all there was: only now it is known where. */
	at = tlb_place(cpu, TLB_PAGE, a->addr >> PAGE_SHIFT, cpu->context);
	return likely(ptep) ? walk_again(mm, cpu, a, ptep, &at) : PFN_NONE;
}

/* @ptep: where the entry is. */
static inline pfn_t translate_at(struct mmsim_mm *mm, struct tlb_cpu *cpu,
				 struct access *a, const u64 *ptep)
{
	struct tlb_place at =
		tlb_place(cpu, TLB_PAGE, a->addr >> PAGE_SHIFT, cpu->context);
	const struct tlb_entry *entry = tlb_find(&at);
	pfn_t pfn;

	if (entry && tlb_ready(entry, a->kind)) {
		count_event(mm, EV_hw_tlb_hit);
		return entry->data >> TLB_PFN_SHIFT;
	}
	a->missed = !entry;
	if (entry)
		return PFN_NONE;
	if (a->ahead)
		fetch_ahead(mm, a->ahead);
	pfn = walk_again(mm, cpu, a, ptep, &at);
	return likely(pfn != PFN_NONE) ? pfn : fault_first(mm, cpu, a, ptep);
}

mm_static pfn_t mm_translate(struct mmsim_mm *mm, struct tlb_cpu *cpu,
			     struct access *a)
{
	const u64 *ptep;

	if (unlikely(cpu->held[TLB_CONT] | cpu->held[TLB_PMD] ||
		     !cpu->of_size[TLB_PAGE] || mm->uffd.waiting))
		return PFN_NONE;
	ptep = pte_recall(mm, a->addr);
	if (unlikely(!ptep)) {
		ptep = pte_walk(mm, a->addr);
		if (!ptep)
			return PFN_NONE;
	}
	/* On its way while the TLB is searched. */
	__builtin_prefetch(ptep);
	return translate_at(mm, cpu, a, ptep);
}
