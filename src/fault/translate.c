/* SPDX-License-Identifier: MIT */
/*
 * Accesses that change nothing: the TLB has the page, or the walk finds an
 * entry like the one before, at once or after a fault. Any other goes the whole
 * way of fault/access.c.
 */
#include "fault/fault.h"

#include "pte/pte.h"
#include "tlb/lookup.h"

/* Whether a CPU may do with an entry what it may do with the last one, because
 * its bits, but those of the frame, are the same. */
static inline bool same_rights(const struct tlb_cpu *cpu, pte_t pte,
			       unsigned kind)
{
	return (pte_val(pte) & ~ARCH_PTE_PFN) == cpu->ready_of[kind];
}

/* What a TLB keeps of it. */
static inline u64 same_data(const struct tlb_cpu *cpu, pte_t pte)
{
	u64 data = (pte_val(pte) >> HW_DATA_SHIFT) + cpu->ready_data;

	mm_assert(data == (pte_pfn(pte) << TLB_PFN_SHIFT | cpu->rights));
	return data;
}

/* The CPU walks. PFN_OTHER: it may do something else with this entry.
 * @told: and this has been told. */
static inline __attribute__((always_inline)) pfn_t
walk_again(struct mmsim_mm *mm, struct tlb_cpu *cpu, vaddr_t addr,
	   unsigned kind, const u64 *ptep, const struct tlb_place *at,
	   bool told)
{
	pte_t pte;
	u64 data;

	count_event(mm, EV_hw_tlb_miss);
	hw_walk_count(mm->world, cpu, addr, ARCH_NR_LEVELS, true);
	pte = pte_raw(ptep);
	if (unlikely(!same_rights(cpu, pte, kind)))
		return PFN_OTHER;
	data = same_data(cpu, pte);
	tlb_put(cpu, at, TLB_PAGE, data);
	observe_count(&mm->world->obs, EV_hw_tlb_fill, RULE_HW_FILL);
	if (observe_heard(&mm->world->obs) && !told)
		mm_tell(mm, EV_hw_tlb_fill, RULE_HW_FILL, addr, 0,
			pte_val(pte));
	return data >> TLB_PFN_SHIFT;
}

/* The host fetches an entry for an access that comes. */
static inline void fetch_ahead(struct mmsim_mm *mm, vaddr_t addr)
{
	const u64 *table = ptw_find(mm, addr);

	if (likely(table))
		__builtin_prefetch(&table[table_index(addr, 0)]);
}

/* pte_find(), but the table found last stays remembered as that; NULL: where
 * the table lies is not remembered. */
static inline const u64 *pte_recall_near(struct mmsim_mm *mm, vaddr_t addr)
{
	const u64 *table = ptw_find(mm, addr);

	return likely(table) ? table + table_index(addr, 0) : NULL;
}

/* The same; NULL: there is none. */
static inline const u64 *pte_recall(struct mmsim_mm *mm, vaddr_t addr)
{
	const u64 *table = ptw_find(mm, addr);

	return likely(table) ? table + table_index(addr, 0)
			     : pte_walk(mm, addr);
}

mm_static pfn_t mm_translate(struct mmsim_mm *mm, struct tlb_cpu *cpu,
			     vaddr_t addr, unsigned kind, vaddr_t ahead)
{
	const struct tlb_entry *entry;
	struct tlb_place at;
	const u64 *ptep;

	if (unlikely(!tlb_only_pages(cpu) || !cpu->of_size[TLB_PAGE]))
		return PFN_NONE;
	ptep = pte_recall(mm, addr);
	if (unlikely(!ptep))
		return PFN_NONE;
	/* On its way while the TLB is searched. */
	__builtin_prefetch(ptep);
	at = tlb_place(cpu, TLB_PAGE, addr >> PAGE_SHIFT, cpu->context);
	entry = tlb_find(&at);
	if (entry) {
		if (unlikely(!tlb_ready(entry, kind)))
			return PFN_NONE;
		count_event(mm, EV_hw_tlb_hit);
		return entry->data >> TLB_PFN_SHIFT;
	}
	if (ahead)
		fetch_ahead(mm, ahead);
	return walk_again(mm, cpu, addr, kind, ptep, &at, false);
}

/* The fault's record says that the TLB is filled, and it is not. */
static MMSIM_COLD pfn_t fault_without_fill(struct mmsim_mm *mm, bool told)
{
	if (told)
		observe_no_fill(&mm->world->obs);
	return PFN_NONE;
}

/* If the entry refuses the access, as the walk has found: the fault, and the
 * walk that finds its page. */
mm_static pfn_t mm_fault_first(struct mmsim_mm *mm, struct tlb_cpu *cpu,
			       struct access *a)
{
	const u64 *ptep = pte_find(mm, a->addr);
	pte_t old = pte_raw(ptep), pte = old;
	struct tlb_place at;
	enum hw_result res;
	pfn_t pfn;
	int rc;

	a->missed = true;
	res = hw_pte_access(&pte, (enum hw_access)a->kind, &mm->world->rules);
	a->counted = res == HW_OK;
	if (unlikely(res == HW_OK))
		return PFN_NONE;
	rc = take_fault(mm, a, a->addr, res, pte_no_exec(old), FAULT_FLAG_FILL);
	if (unlikely(rc < 0 || a->fault_kind)) {
		a->error = rc;
		return PFN_NONE;
	}
	ptep = pte_find(mm, a->addr);
	if (unlikely(!ptep))
		return fault_without_fill(mm, rc);
	/* It may have flushed all there was: only now it is known where. */
	at = tlb_place(cpu, TLB_PAGE, a->addr >> PAGE_SHIFT, cpu->context);
	pfn = walk_again(mm, cpu, a->addr, a->kind, ptep, &at, rc);
	a->counted = pfn == PFN_OTHER;
	return likely(pfn != PFN_OTHER) ? pfn : fault_without_fill(mm, rc);
}

/* ---- one by itself ---- */

/* What is told of a walk. */
static MMSIM_APART void tell_fill(struct mmsim_mm *mm, vaddr_t addr, pte_t pte)
{
	mm_tell(mm, EV_hw_tlb_fill, RULE_HW_FILL, addr, 0, pte_val(pte));
}

/* By all that mm_translate() does. */
static MMSIM_APART int access_walk_any(struct tlb_cpu *cpu, vaddr_t addr,
				       size_t len, unsigned kind,
				       struct mmsim_fault *fault)
{
	struct mmsim *w = cpu->mm->world;
	pfn_t pfn = mm_translate(cpu->mm, cpu, addr, kind, 0);

	if (unlikely(pfn >= PFN_OTHER)) {
		kind |= pfn == PFN_OTHER ? ACCESS_OTHER : 0;
		return w->access_rest(cpu, addr, len, kind, fault);
	}
	if (kind == MMSIM_WRITE)
		page_write_unknown(&w->phys, pfn);
	return 0;
}

/* ---- linear tables (core/linear.h) ---- */

#define LINEAR_TABLES ((size_t)PTW_SLOTS << arch_level_bits(1))

/* The first entry of an address's table, as the TLB would have it, if the table
 * is known to be linear, else 0. Whether it grants the access is not asked. */
static inline u64 linear_first(const struct mmsim_mm *mm, vaddr_t addr)
{
	u64 first = *linear_of(&mm->world->linear, addr >> PMD_SHIFT) ^
		    *ptw_slot_gen(mm, addr);

	return likely(first < LINEAR_GEN &&
		      ptw_slot(mm, addr)->tag == ptw_tag(mm, addr))
		       ? first
		       : 0;
}

static inline u64 linear_data(u64 first, vaddr_t addr)
{
	return first + ((u64)table_index(addr, 0) << TLB_PFN_SHIFT);
}

/* Whether a walk would find what follows from the first entry. */
static inline bool linear_is_right(struct mmsim_mm *mm, vaddr_t addr,
				   unsigned kind, u64 first)
{
	const u64 *ptep = pte_find(mm, addr);
	pte_t old = ptep ? pte_raw(ptep) : __pte(0), pte = old;

	return hw_pte_access(&pte, (enum hw_access)kind, &mm->world->rules) ==
		       HW_OK &&
	       pte_val(pte) == pte_val(old) &&
	       pte_pfn(pte) == linear_data(first, addr) >> TLB_PFN_SHIFT;
}

/* What there is to remember of a table whose entry a CPU may use: its first
 * one, or 0. */
static u64 linear_read(const struct tlb_cpu *cpu, const u64 *table)
{
	u64 step = BIT_U64(TLB_PFN_SHIFT + HW_DATA_SHIFT), first, want;
	unsigned i;

	want = first = pte_val(pte_raw(table));
	for (i = 1; i < 1u << arch_level_bits(0); i++)
		if (pte_val(pte_raw(&table[i])) != (want += step))
			return 0;
	first = (first >> HW_DATA_SHIFT) + cpu->ready_data;
	return first < LINEAR_GEN ? first : 0;
}

mm_static int mm_access_linear(struct tlb_cpu *cpu, vaddr_t addr, size_t len,
			       unsigned kind, struct mmsim_fault *fault);

/* Look whether a table is, of which nothing is known yet. @ptep: of an address
 * for which the slots hold, just used. Returns 0, as the access does. */
static MMSIM_COLD int linear_look(struct tlb_cpu *cpu, vaddr_t addr,
				  const u64 *ptep)
{
	struct mmsim *w = cpu->mm->world;
	struct linear *l = &w->linear;
	u64 gen = *ptw_slot_gen(cpu->mm, addr), first, *of;

	l->due = w->obs.events[EV_hw_tlb_miss] + LINEAR_NEXT;
	if (!l->mask && !linear_make(w, LINEAR_TABLES)) {
		l->due = ~(u64)0;
		return 0;
	}
	of = linear_of(l, addr >> PMD_SHIFT);
	if ((*of ^ gen) < LINEAR_GEN)
		return 0;
	l->looked = true;
	first = linear_read(cpu, ptep - table_index(addr, 0));
	*of = gen | first;
	if (first)
		w->access_walk = mm_access_linear;
	return 0;
}

/* ---- one by itself, by its entry or without reading it ---- */

/*
 * A walk that the access needs, and no more. Returns like mm_access_walk().
 * @ptep: its entry; NULL: not read.
 * @first: then, linear_first().
 */
static inline __attribute__((always_inline)) int
access_walk_by(struct tlb_cpu *cpu, vaddr_t addr, size_t len, unsigned kind,
	       struct mmsim_fault *fault, const u64 *ptep, u64 first)
{
	const u64 page = addr >> PAGE_SHIFT;
	u8 *marks = cpu->pages.rows, mark;
	struct mmsim *w = cpu->mm->world;
	struct tlb_entry *set, *entry;
	size_t way;
	pte_t pte;
	u64 data;

	access_report_done(addr + len, fault);
	if (unlikely(!marks || !tlb_only_pages(cpu)))
		return access_walk_any(cpu, addr, len, kind, fault);
	set = tlb_pages_set(cpu, page);
	marks += (page & cpu->pages.mask) * TLB_MARKS_ROW;
	mark = tlb_mark(cpu->pages.shift, page, cpu->context);
	way = tlb_next_way(marks[TLB_MARKS_ROW - 1], cpu->pages.ways,
			   cpu->pages.round);
	entry = set + way;
	if (unlikely(tlb_row_marked(marks, mark) || !set->tag ||
		     !tlb_is_of_size(entry, TLB_PAGE)))
		return access_walk_any(cpu, addr, len, kind, fault);
	w->obs.events[EV_hw_tlb_miss]++;
	hw_walk_count(w, cpu, addr, ARCH_NR_LEVELS, true);
	if (ptep) {
		pte = pte_raw(ptep);
		if (unlikely(!same_rights(cpu, pte, kind)))
			return w->access_rest(cpu, addr, len,
					      kind | ACCESS_OTHER, fault);
		data = same_data(cpu, pte);
	} else {
		data = linear_data(first, addr);
	}
	entry->tag = tlb_tag(page, TLB_PAGE, cpu->context);
	entry->data = data;
	marks[TLB_MARKS_ROW - 1] = (u8)way;
	marks[way] = mark;
	w->obs.events[EV_hw_tlb_fill]++;
	if (ptep && observe_heard(&w->obs))
		tell_fill(cpu->mm, addr, pte);
	if (kind == MMSIM_WRITE)
		page_write_unknown(&w->phys, data >> TLB_PFN_SHIFT);
	if (ptep && unlikely(w->obs.events[EV_hw_tlb_miss] >= w->linear.due))
		return linear_look(cpu, addr, ptep);
	return 0;
}

/*
 * Accesses of pages far apart wait for the host's memory, each for the entry
 * that its walk reads. A host begins the next ones meanwhile, as many as it has
 * room for (some 300 instructions): so this takes few, has the entry fetched
 * early, and looks at it late.
 */
mm_static int mm_access_walk(struct tlb_cpu *cpu, vaddr_t addr, size_t len,
			     unsigned kind, struct mmsim_fault *fault)
{
	const u64 *ptep = pte_recall_near(cpu->mm, addr);

	__builtin_prefetch(ptep);
	if (unlikely(!ptep)) {
		access_report_done(addr + len, fault);
		return access_walk_any(cpu, addr, len, kind, fault);
	}
	return access_walk_by(cpu, addr, len, kind, fault, ptep, 0);
}

static MMSIM_APART int access_walk_linear(struct tlb_cpu *cpu, vaddr_t addr,
					  size_t len, unsigned kind,
					  struct mmsim_fault *fault, u64 first)
{
	mm_assert(linear_is_right(cpu->mm, addr, kind, first));
	return access_walk_by(cpu, addr, len, kind, fault, NULL, first);
}

/* By what is known of its table, if that is enough. It keeps nothing, so that
 * either way finds its arguments where they were. */
mm_static int mm_access_linear(struct tlb_cpu *cpu, vaddr_t addr, size_t len,
			       unsigned kind, struct mmsim_fault *fault)
{
	u64 first = linear_first(cpu->mm, addr);

	if (!(first >> kind & 1) || observe_heard(&cpu->mm->world->obs))
		return mm_access_walk(cpu, addr, len, kind, fault);
	return access_walk_linear(cpu, addr, len, kind, fault, first);
}
