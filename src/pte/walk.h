/* SPDX-License-Identifier: MIT */
/*
 * Walking the tables of a process, and the only ways to touch an entry.
 *
 *   address:  | index at top level | ... | PMD index | PTE index | offset |
 *
 * Level 0 holds PTEs, level 1 PMDs, ARCH_NR_LEVELS - 1 is the top.
 */
#ifndef PTE_WALK_H
#define PTE_WALK_H

#include "core/arch.h"
#include "core/assert.h"
#include "core/sched.h"
#include "core/world.h"
#include "phys/folio.h"
#include "pte/contpte.h"
#include "tlb/flush.h"

#define PTW_NONE (~(vaddr_t)0)

static inline unsigned table_index(vaddr_t addr, unsigned level)
{
	return (unsigned)(addr >> arch_level_shift(level)) &
	       ((1u << arch_level_bits(level)) - 1);
}

/* The end of the piece of [addr, end) that one entry of a level maps. */
static inline vaddr_t level_addr_end(vaddr_t addr, vaddr_t end, unsigned level)
{
	u64 size = (u64)1 << arch_level_shift(level);

	return min_u64((addr & ~(size - 1)) + size, end);
}

static inline vaddr_t pmd_addr_end(vaddr_t addr, vaddr_t end)
{
	return level_addr_end(addr, end, 1);
}

static inline u64 *table_at(const struct mmsim_mm *mm, paddr_t table)
{
	return phys_to_virt(&mm->world->phys, table);
}

/* Where the extent of a table of PMDs begins. */
static inline vaddr_t pmds_base(vaddr_t addr)
{
	return addr & ~(((u64)1 << arch_level_shift(2)) - 1);
}

static inline struct ptw_slot *ptw_slot(const struct mmsim_mm *mm, vaddr_t addr)
{
	return &mm->world->ptw[(addr >> arch_level_shift(2)) % PTW_SLOTS];
}

/* Of what is known of its tables of PTEs (core/linear.h). */
static inline u64 *ptw_slot_gen(const struct mmsim_mm *mm, vaddr_t addr)
{
	struct linear *l = &mm->world->linear;

	return &l->gen_of[(addr >> arch_level_shift(2)) % PTW_SLOTS];
}

static inline u64 ptw_tag(const struct mmsim_mm *mm, vaddr_t addr)
{
	return pmds_base(addr) | mm->ptw_gen;
}

/*
 * The table of PMDs found last is remembered, until ptw_forget(), and by the
 * world some more of all processes.
 */
static inline void pmds_remember(struct mmsim_mm *mm, vaddr_t addr, u64 *table)
{
	struct ptw_slot *slot = ptw_slot(mm, addr);

	mm->ptw_pmds_base = pmds_base(addr);
	mm->ptw_pmds = (char *)table;
	/* What is known of its tables goes on to hold. */
	if (slot->tag == ptw_tag(mm, addr))
		return;
	*slot = (struct ptw_slot){ ptw_tag(mm, addr), (char *)table };
	*ptw_slot_gen(mm, addr) = linear_new_gen(mm->world);
}

static inline u64 *pmds_recall(const struct mmsim_mm *mm, vaddr_t addr)
{
	if (unlikely(pmds_base(addr) != mm->ptw_pmds_base))
		return NULL;
	return (u64 *)(void *)mm->ptw_pmds + table_index(addr, 1);
}

/* The PMD of an address if the world remembers where it lies, or NULL. */
static inline u64 *ptw_find_pmd(const struct mmsim_mm *mm, vaddr_t addr)
{
	const struct ptw_slot *slot = ptw_slot(mm, addr);

	if (unlikely(slot->tag != ptw_tag(mm, addr)))
		return NULL;
	return (u64 *)(void *)slot->table + table_index(addr, 1);
}

/* The same of its table of PTEs. */
static inline u64 *ptw_find(const struct mmsim_mm *mm, vaddr_t addr)
{
	const u64 *pmdp = ptw_find_pmd(mm, addr);
	u64 pmd = likely(pmdp) ? arch_load(pmdp) : 0;

	return likely(pmd_table(__pmd(pmd)))
		       ? table_at(mm, arch_table_pa(pmd, 1))
		       : NULL;
}

/* In another table of PMDs than the one found last. */
mm_static u64 *pmd_find_far(struct mmsim_mm *mm, vaddr_t addr, unsigned *miss);

/**
 * pmd_find() - the PMD entry that maps an address.
 * @miss: if there is none, the level whose entry is empty.
 *
 * Return: where it lies, or NULL.
 */
static inline u64 *pmd_find(struct mmsim_mm *mm, vaddr_t addr, unsigned *miss)
{
	u64 *pmdp = pmds_recall(mm, addr);

	return likely(pmdp) ? pmdp : pmd_find_far(mm, addr, miss);
}

/* The PTE table of an address, or NULL with the empty level in *miss. */
static inline u64 *pte_table_find(struct mmsim_mm *mm, vaddr_t addr,
				  unsigned *miss)
{
	u64 *pmdp = pmd_find(mm, addr, miss);
	pmd_t pmd;

	if (!pmdp)
		return NULL;
	pmd = __pmd(arch_load(pmdp));
	if (!pmd_table(pmd)) {
		*miss = 1;
		return NULL;
	}
	return table_at(mm, arch_table_pa(pmd_val(pmd), 1));
}

/**
 * pte_table_next() - the first PTE table in [*addr, end).
 * @addr: moved past what has no table.
 * @next: where the piece of the range that the table maps ends.
 *
 * Return: the table, or NULL at the end. The loop over a range is
 * for (addr = start; (t = pte_table_next(mm, &addr, end, &next)); addr = next)
 */
static inline u64 *pte_table_next(struct mmsim_mm *mm, vaddr_t *addr,
				  vaddr_t end, vaddr_t *next)
{
	unsigned miss = 0;
	u64 *table;

	while (*addr < end) {
		table = pte_table_find(mm, *addr, &miss);
		if (table) {
			*next = pmd_addr_end(*addr, end);
			return table;
		}
		*addr = level_addr_end(*addr, end, miss);
	}
	return NULL;
}

/* The next one; when they are used up all processes get new ones. */
mm_static u64 ptw_new_gen(struct mmsim *w);

/*
 * The table of PTEs found last is remembered as well: most accesses, and every
 * loop over a range, stay inside one. Whoever frees or moves a table forgets
 * the process's.
 */
static inline void ptw_forget(struct mmsim_mm *mm)
{
	mm->ptw_base = PTW_NONE;
	mm->ptw_pmds_base = PTW_NONE;
	mm->ptw_gen = ptw_new_gen(mm->world);
}

static inline u64 *ptw_remember(struct mmsim_mm *mm, vaddr_t addr, u64 *table)
{
	mm->ptw_base = addr & PMD_MASK;
	mm->ptw_table = (char *)table;
	return table;
}

/* Of another table than the one found last. */
mm_static u64 *pte_walk(struct mmsim_mm *mm, vaddr_t addr);

/* The PTE of an address, or NULL if there is no table for it. */
static inline __attribute__((always_inline)) u64 *pte_find(struct mmsim_mm *mm,
							   vaddr_t addr)
{
	if (likely((addr & PMD_MASK) == mm->ptw_base))
		return (u64 *)(void *)mm->ptw_table + table_index(addr, 0);
	return pte_walk(mm, addr);
}

/* An entry as the kernel reads it. */
static inline pte_t ptep_get(const u64 *ptep)
{
	pte_t pte = pte_raw(ptep);

	return unlikely(contpte_block(pte)) ? contpte_ptep_get(ptep, pte) : pte;
}

/* Here the kernel reads an entry: a look at a whole block is counted. */
static inline void count_ptep_get(struct mmsim_mm *mm, const u64 *ptep)
{
	if (unlikely(contpte_block(pte_raw(ptep))))
		contpte_count_get(mm, ptep, 1);
}

/* nr reads of an entry by the kernel where ours is one, or none. */
static inline void count_pte_reads(struct mmsim_mm *mm, const u64 *ptep,
				   enum sim_event_type ev, unsigned nr)
{
	mm->world->obs.events[ev] += nr;
	if (unlikely(contpte_block(pte_raw(ptep))))
		contpte_count_get(mm, ptep, nr);
}

static inline pte_t ptep_get_counted(struct mmsim_mm *mm, const u64 *ptep)
{
	count_ptep_get(mm, ptep);
	return ptep_get(ptep);
}

static inline pmd_t pmdp_get(const u64 *pmdp)
{
	return __pmd(arch_load(pmdp));
}

/*
 * The page that a table of PTEs lies in carries the table's lock, where other
 * pages say who used them last: its holder, and how often it took it.
 */
#define PTL_OWNER MASK_U64(15, 0)
#define PTL_ONCE  BIT_U64(16)

/* It, or NULL if the address has no table. */
static inline struct page *ptl_page(struct mmsim_mm *mm, vaddr_t addr)
{
	unsigned miss;
	const u64 *pmdp = pmd_find(mm, addr, &miss);
	u64 pmd = pmdp ? arch_load(pmdp) : 0;

	if (!pmdp || !pmd_table(__pmd(pmd)))
		return NULL;
	return mm_page(mm, arch_table_pa(pmd, 1) >> PAGE_SHIFT);
}

/* An entry is about to change: a CPU without its table's lock is our bug. */
static inline void ptl_assert_held(struct mmsim_mm *mm, vaddr_t addr)
{
#ifdef MMSIM_ASSERT
	const struct page *page = ptl_page(mm, addr);

	mm_assert(mm->world->obs.alert.broken ||
		  (page &&
		   (page->last_cpupid & PTL_OWNER) == sched_self(mm->world)));
#else
	(void)mm;
	(void)addr;
#endif
}

/* One more of a kind; what happened was traced where it did. */
static inline void count_event(struct mmsim_mm *mm, enum sim_event_type ev)
{
	mm->world->obs.events[ev]++;
}

/* Without CONFIG_MEM_SOFT_DIRTY the bit is not there to be set. */
static inline pte_t pte_configured(const struct mmsim_mm *mm, pte_t pte)
{
	return likely(mm->world->rules.soft_dirty) ? pte
						   : pte_clear_soft_dirty(pte);
}

/*
 * Whatever changes an entry that is in a hash table takes it out there: the
 * Linux entry is not what the CPU looks at (arch-powerpc-book3s64.md 7).
 */
static inline void hash_flush(struct mmsim_mm *mm, vaddr_t addr, pte_t old)
{
	if (arch_pte_hashed(old))
		flush_hash_entry(mm, addr);
}

/* set_pte_at() up to where it tells of it: what is going to be stored. */
static inline __attribute__((always_inline)) pte_t
set_pte_begin(struct mmsim_mm *mm, vaddr_t addr, u64 *ptep, pte_t pte)
{
	ptl_assert_held(mm, addr);
	contpte_try_unfold(mm, addr, ptep);
	return pte_stored(pte_configured(mm, pte));
}

/* From there on. */
static inline __attribute__((always_inline)) void
set_pte_end(struct mmsim_mm *mm, vaddr_t addr, u64 *ptep, pte_t pte)
{
	hash_flush(mm, addr, ptep_get(ptep));
	arch_store(ptep, pte_val(pte));
	contpte_try_fold(mm, addr, ptep, pte);
}

/**
 * set_pte_at() - store an entry where none or another one was.
 *
 * What the architecture does not store of it (hash: the HPTE flags) is
 * dropped. Does not flush.
 */
static inline __attribute__((always_inline)) void
set_pte_at(struct mmsim_mm *mm, vaddr_t addr, u64 *ptep, pte_t pte,
	   enum sim_rule rule)
{
	pte = set_pte_begin(mm, addr, ptep, pte);
	mm_trace_often(mm, EV_set_pte, rule, addr, arch_load(ptep),
		       pte_val(pte));
	set_pte_end(mm, addr, ptep, pte);
}

/* An entry that is not present has no bits that a configuration lacks, nor
 * any that are not stored: where they would be lie its type and offset. */
static inline void set_nonpresent_pte_at(struct mmsim_mm *mm, vaddr_t addr,
					 u64 *ptep, pte_t pte,
					 enum sim_rule rule)
{
	ptl_assert_held(mm, addr);
	mm_trace(mm, EV_set_pte, rule, addr, arch_load(ptep), pte_val(pte));
	arch_store(ptep, pte_val(pte));
}

/**
 * struct pte_run - entries stored one after the other.
 * @stores: how many stores each counts as.
 *
 * Their counters are added to when the row ends: an increment in memory waits
 * for the one before it, which takes longer than all the rest of an entry.
 */
struct pte_run {
	unsigned stores;
	u64 nr;
};

static inline void pte_run_end(struct mmsim_mm *mm, struct pte_run *run)
{
	struct observe *obs = &mm->world->obs;

	obs->events[EV_set_pte] += run->nr * run->stores;
	run->nr = 0;
}

/* set_pte_at() as one of a run; who listens hears of each at once. */
static inline void set_pte_in_run(struct mmsim_mm *mm, struct pte_run *run,
				  vaddr_t addr, u64 *ptep, pte_t pte,
				  enum sim_rule rule)
{
	if (unlikely(mm->world->obs.heard)) {
		mm->world->obs.events[EV_set_pte] += run->stores - 1;
		set_pte_at(mm, addr, ptep, pte, rule);
		return;
	}
	ptl_assert_held(mm, addr);
	contpte_try_unfold(mm, addr, ptep);
	pte = pte_stored(pte_configured(mm, pte));
	hash_flush(mm, addr, pte_raw(ptep));
	arch_store(ptep, pte_val(pte));
	contpte_try_fold(mm, addr, ptep, pte);
	run->nr++;
}

/* Change an entry in place, as an atomic update does: nothing is dropped. */
static inline void pte_update(struct mmsim_mm *mm, vaddr_t addr, u64 *ptep,
			      pte_t pte, enum sim_event_type ev,
			      enum sim_rule rule)
{
	ptl_assert_held(mm, addr);
	pte = pte_configured(mm, pte);
	count_event(mm, EV_set_pte);
	mm_trace(mm, ev, rule, addr, arch_load(ptep), pte_val(pte));
	if (unlikely(contpte_block(pte_raw(ptep))) &&
	    contpte_update(mm, addr, ptep, &pte, ev))
		return;
	hash_flush(mm, addr, pte_raw(ptep));
	arch_store(ptep, pte_val(pte));
}

static inline pte_t ptep_get_and_clear(struct mmsim_mm *mm, vaddr_t addr,
				       u64 *ptep, enum sim_rule rule)
{
	pte_t pte;

	contpte_try_unfold(mm, addr, ptep);
	pte = pte_raw(ptep);
	ptl_assert_held(mm, addr);
	count_event(mm, EV_set_pte);
	mm_trace(mm, EV_pte_clear, rule, addr, pte_val(pte), 0);
	hash_flush(mm, addr, pte);
	arch_store(ptep, 0);
	return pte;
}

/*
 * Take an entry out, and let no CPU use it any more before the caller goes on.
 * What no CPU could use needs no flush.
 */
static inline pte_t ptep_clear_flush(struct mmsim_mm *mm, vaddr_t addr,
				     u64 *ptep, enum sim_rule rule)
{
	pte_t pte = ptep_get_and_clear(mm, addr, ptep, rule);

	mm_trace(mm, EV_ptep_clear_flush, rule, addr, pte_val(pte), 0);
	if (pte_accessible(pte, false))
		flush_tlb_page(mm, addr, rule);
	return pte;
}

static inline pgprot_t vma_prot(const struct vm_area_struct *vma)
{
	return __pgprot(vma->vm_page_prot);
}

static inline pte_t maybe_mkwrite(pte_t pte, const struct vm_area_struct *vma,
				  const struct arch_rules *rules)
{
	return vma->vm_flags & VM_WRITE ? pte_mkwrite(pte, rules) : pte;
}

/* The page of a present entry that is counted; NULL for the zero page. */
static inline struct page *vm_normal_page(struct mmsim_mm *mm, pte_t pte)
{
	return pte_special(pte) ? NULL : mm_page(mm, pte_pfn(pte));
}

/* The page that speaks for the folio of a page that a PTE maps. */
static inline __attribute__((always_inline)) struct page *
page_folio(const struct mmsim_mm *mm, struct page *page)
{
	if (likely(!page_test(page, PG_tail)))
		return page;
	return page_head(&mm->world->phys, page);
}

/* Offset of an address in its VMA's file or anonymous numbering, in pages. */
static inline u64 linear_page_index(const struct vm_area_struct *vma,
				    vaddr_t addr)
{
	return ((addr - vma->vm_start) >> PAGE_SHIFT) + vma->vm_pgoff;
}

/* Tracking writes by soft-dirty: VM_SOFTDIRTY set means the whole VMA counts
 * as dirty, so nothing is tracked. */
static inline bool vma_soft_dirty_enabled(const struct vm_area_struct *vma,
					  const struct arch_rules *rules)
{
	return rules->soft_dirty && !(vma->vm_flags & VM_SOFTDIRTY);
}

#endif
