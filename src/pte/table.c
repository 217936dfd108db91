/* SPDX-License-Identifier: MIT */
#include "pte/pte.h"

#include <errno.h>
#include <string.h>

#include "mm/mempolicy.h"
#include "pte/lock.h"

#define TOP_LEVEL (ARCH_NR_LEVELS - 1)

_Static_assert(PTW_GEN_BITS <= PMD_SHIFT, "below what a table of PMDs maps");

mm_static u64 ptw_new_gen(struct mmsim *w)
{
	struct mmsim_mm *mm;

	if (unlikely(++w->ptw_gens >> PTW_GEN_BITS)) {
		memset(w->ptw, 0, sizeof(w->ptw));
		w->ptw_gens = 1;
		LIST_FOREACH(mm, &w->mms, link)
			mm->ptw_gen = w->ptw_gens++;
	}
	return w->ptw_gens;
}

mm_static u64 *pmd_find_far(struct mmsim_mm *mm, vaddr_t addr, unsigned *miss)
{
	u64 *table = table_at(mm, mm->pgd), *pmdp = ptw_find_pmd(mm, addr);
	unsigned level;
	u64 entry;

	if (pmdp) {
		pmds_remember(mm, addr, pmdp - table_index(addr, 1));
		return pmdp;
	}
	for (level = TOP_LEVEL; level > 1; level--) {
		entry = arch_load(&table[table_index(addr, level)]);
		if (arch_table_none(entry)) {
			*miss = level;
			return NULL;
		}
		table = table_at(mm, arch_table_pa(entry, level));
	}
	pmds_remember(mm, addr, table);
	return &table[table_index(addr, 1)];
}

mm_static u64 *pte_walk(struct mmsim_mm *mm, vaddr_t addr)
{
	unsigned miss;
	u64 *table = pte_table_find(mm, addr, &miss);

	if (!table)
		return NULL;
	/* Another process may have taken the slot. */
	pmds_remember(mm, addr, (u64 *)(void *)mm->ptw_pmds);
	return ptw_remember(mm, addr, table) + table_index(addr, 0);
}

/* What VmPTE counts of a table: its entries, and the top level not at all. */
static u64 counted_bytes(unsigned level)
{
	return level == TOP_LEVEL ? 0 : (u64)8 << arch_level_bits(level);
}

static void table_account(struct mmsim_mm *mm, unsigned level, paddr_t table)
{
	mm->nr_tables++;
	mm->pgtables_bytes += counted_bytes(level);
	mm_trace(mm, EV_table_alloc, RULE_NONE, level, 0, table);
}

static unsigned table_node(struct mmsim_mm *mm)
{
	return mpol_choose(mm, &mm->policy, MPOL_NO_INDEX).near;
}

/* A table below: level is that of its own entries. */
static int table_alloc(struct mmsim_mm *mm, unsigned level, paddr_t *table)
{
	int rc = phys_table_alloc(&mm->world->phys, &mm->table_cache[level],
				  arch_table_bytes(level), table_node(mm),
				  table);

	if (!rc)
		table_account(mm, level, *table);
	return rc;
}

static void table_unaccount(struct mmsim_mm *mm, unsigned level, paddr_t table)
{
	mm->nr_tables--;
	mm->pgtables_bytes -= counted_bytes(level);
	mm_trace(mm, EV_table_free, RULE_NONE, level, table, 0);
}

mm_static void table_free(struct mmsim_mm *mm, unsigned level, paddr_t table,
			  bool zeroed)
{
	table_unaccount(mm, level, table);
	phys_table_free(&mm->world->phys, &mm->table_cache[level], table,
			arch_table_bytes(level), zeroed);
}

mm_static int mm_pgd_init(struct mmsim_mm *mm)
{
	ptw_forget(mm);
	return table_alloc(mm, TOP_LEVEL, &mm->pgd);
}

mm_static void mm_pgd_exit(struct mmsim_mm *mm)
{
	unsigned level;

	table_free(mm, TOP_LEVEL, mm->pgd, true);
	mm->pgd = 0;
	for (level = 0; level < ARCH_NR_LEVELS; level++)
		phys_table_cache_drop(&mm->world->phys,
				      &mm->table_cache[level]);
}

/* ---- locks ---- */

/* False: another CPU has it. */
static bool ptl_try(const struct mmsim *w, struct page *page)
{
	if (page->last_cpupid &&
	    (page->last_cpupid & PTL_OWNER) != sched_self(w))
		return false;
	page->last_cpupid =
		(u32)(((page->last_cpupid & ~PTL_OWNER) + PTL_ONCE) |
		      sched_self(w));
	return true;
}

mm_static u64 *ptl_lock(struct mmsim_mm *mm, vaddr_t addr)
{
	struct mmsim *w = mm->world;
	struct page *page;

	sim_step(w, MMSIM_STEP_LOCK_PTES, addr);
	while ((page = ptl_page(mm, addr)) && !ptl_try(w, page))
		if (!sched_wait(w, addr))
			page->last_cpupid = 0;
	return page ? pte_find(mm, addr) : NULL;
}

mm_static void ptl_unlock_page(struct mmsim *w, struct page *page, vaddr_t addr)
{
	sim_step(w, MMSIM_STEP_UNLOCK, addr);
	mm_assert((page->last_cpupid & PTL_OWNER) == sched_self(w) ||
		  w->obs.alert.broken);
	page->last_cpupid -= (u32)PTL_ONCE;
	if (page->last_cpupid < PTL_ONCE)
		page->last_cpupid = 0;
}

mm_static void ptl_unlock(struct mmsim_mm *mm, vaddr_t addr)
{
	struct page *page = ptl_page(mm, addr);

	if (page)
		ptl_unlock_page(mm->world, page, addr);
}

/* ---- tables put aside for huge entries ---- */

/* Where a table that is put aside names the one before: in its frame, for the
 * table itself stays as it was, or, if it shares its frame, in its first
 * entry. */
static void *deposit_link(const struct mmsim_mm *mm, paddr_t table)
{
	if (arch_table_bytes(0) < PAGE_SIZE)
		return table_at(mm, table);
	return &mm_page(mm, table >> PAGE_SHIFT)->index;
}

mm_static void pgtable_trans_huge_deposit_table(struct mmsim_mm *mm,
						paddr_t table)
{
	arch_store(deposit_link(mm, table), mm->deposited);
	mm->deposited = table;
	mm->nr_deposited++;
}

mm_static bool pgtable_trans_huge_deposit(struct mmsim_mm *mm)
{
	paddr_t table;

	sim_step(mm->world, MMSIM_STEP_ALLOC, 0);
	if (phys_table_alloc_idle(&mm->world->phys, &mm->table_cache[0],
				  arch_table_bytes(0), table_node(mm), &table))
		return false;
	table_account(mm, 0, table);
	pgtable_trans_huge_deposit_table(mm, table);
	return true;
}

mm_static paddr_t pgtable_trans_huge_withdraw(struct mmsim_mm *mm)
{
	paddr_t table = mm->deposited;
	void *link = deposit_link(mm, table);

	mm_assert(mm->nr_deposited);
	mm->deposited = arch_load(link);
	arch_store(link, 0);
	mm->nr_deposited--;
	return table;
}

mm_static void free_deposited_table(struct mmsim_mm *mm)
{
	paddr_t table = pgtable_trans_huge_withdraw(mm);

	table_unaccount(mm, 0, table);
	phys_table_free_idle(&mm->world->phys, &mm->table_cache[0], table,
			     arch_table_bytes(0));
}

mm_static u64 *pmd_populate(struct mmsim_mm *mm, u64 *pmdp, vaddr_t addr,
			    paddr_t table)
{
	arch_store(pmdp, arch_table_entry(table, 1));
	ptw_forget(mm);
	return table_at(mm, table) + table_index(addr & PMD_MASK, 0);
}

mm_static paddr_t pmd_depopulate(struct mmsim_mm *mm, u64 *pmdp)
{
	paddr_t table = arch_table_pa(arch_load(pmdp), 1);

	arch_store(pmdp, 0);
	ptw_forget(mm);
	return table;
}

/* ---- making tables ---- */

/* Hang a new table into *slot, unless another CPU was faster. */
static int table_populate(struct mmsim_mm *mm, u64 *slot, unsigned level)
{
	paddr_t pa;
	int rc;

	sim_step(mm->world, MMSIM_STEP_ALLOC, level);
	rc = table_alloc(mm, level - 1, &pa);
	if (rc)
		return rc;
	tables_lock(mm);
	if (arch_table_none(arch_load(slot)))
		arch_store(slot, arch_table_entry(pa, level));
	else
		table_free(mm, level - 1, pa, true);
	tables_unlock(mm);
	return 0;
}

/*
 * The table that entry *slot of a level points to, made if it is missing. A
 * table of PTEs may be gone again (PT_RECLAIM) before it can be looked at.
 */
static int table_below(struct mmsim_mm *mm, u64 *slot, unsigned level,
		       u64 **table)
{
	u64 entry;
	int rc;

	while (arch_table_none(entry = arch_load(slot))) {
		rc = table_populate(mm, slot, level);
		if (rc)
			return rc;
	}
	*table = table_at(mm, arch_table_pa(entry, level));
	return 0;
}

mm_static int pte_alloc(struct mmsim_mm *mm, vaddr_t addr, u64 **ptep)
{
	u64 *table = table_at(mm, mm->pgd);
	unsigned level;
	int rc;

	*ptep = pte_find(mm, addr);
	if (likely(*ptep))
		return 0;
	for (level = TOP_LEVEL; level > 0; level--) {
		rc = table_below(mm, &table[table_index(addr, level)], level,
				 &table);
		if (rc)
			return rc;
	}
	ptw_remember(mm, addr, table);
	*ptep = &table[table_index(addr, 0)];
	return 0;
}

/*
 * Free what the entries of one table lead to. A table goes if the whole
 * extent it maps lies between the neighbouring mappings, [floor, ceiling):
 * then nothing is left in it.
 */
static void free_range(struct mmu_gather *tlb, u64 *table, unsigned level,
		       vaddr_t start, vaddr_t end, vaddr_t floor,
		       vaddr_t ceiling)
{
	u64 size = (u64)1 << arch_level_shift(level);
	vaddr_t addr, extent;
	u64 *slot, entry;

	for (addr = start; addr < end;
	     addr = level_addr_end(addr, end, level)) {
		slot = &table[table_index(addr, level)];
		entry = arch_load(slot);
		if (arch_table_none(entry))
			continue;
		if (level > 1)
			free_range(
				tlb,
				table_at(tlb->mm, arch_table_pa(entry, level)),
				level - 1, addr,
				level_addr_end(addr, end, level), floor,
				ceiling);
		extent = addr & ~(size - 1);
		if (extent < floor || extent + size > ceiling)
			continue;
		arch_store(slot, 0);
		tlb_remove_table(tlb, addr, arch_table_pa(entry, level),
				 level - 1);
	}
}

mm_static void free_pgtables(struct mmu_gather *tlb, vaddr_t start, vaddr_t end,
			     vaddr_t floor, vaddr_t ceiling)
{
	struct mmsim_mm *mm = tlb->mm;
	u64 top = (u64)1 << arch_level_shift(TOP_LEVEL);

	/* Above the last mapping nothing keeps the last extent. */
	if (ceiling >= TASK_SIZE)
		ceiling = align_up(TASK_SIZE, top);
	ptw_forget(mm);
	free_range(tlb, table_at(mm, mm->pgd), TOP_LEVEL, start, end, floor,
		   ceiling);
}

static bool pte_table_empty(const u64 *table)
{
	unsigned i;

	for (i = 0; i < PTRS_PER_PTE; i++)
		if (!pte_none(ptep_get(&table[i])))
			return false;
	return true;
}

/* Take an empty table out of its PMD; both locks are held. 0: it is not. */
static paddr_t take_empty_table(struct mmsim_mm *mm, vaddr_t addr)
{
	unsigned miss;
	u64 *pmdp = pmd_find(mm, addr, &miss);
	u64 *table = pte_table_find(mm, addr, &miss);
	paddr_t pa;

	if (!table || !pte_table_empty(table))
		return 0;
	pa = arch_table_pa(arch_load(pmdp), 1);
	arch_store(pmdp, 0);
	ptw_forget(mm);
	mm_trace(mm, EV_pt_reclaim, RULE_PT_RECLAIM, addr, pa, 0);
	return pa;
}

/*
 * Under the table's own lock nobody puts an entry into it, and whoever waits
 * for that lock finds no table afterwards.
 */
mm_static void try_to_free_pte_table(struct mmu_gather *tlb, vaddr_t addr)
{
	struct mmsim_mm *mm = tlb->mm;
	struct mmsim *w = mm->world;
	struct page *page = NULL;
	paddr_t pa;

	tables_lock(mm);
	if (sched_on(w) && ptl_lock(mm, addr))
		page = ptl_page(mm, addr);
	pa = take_empty_table(mm, addr);
	if (page)
		ptl_unlock_page(w, page, addr);
	tables_unlock(mm);
	if (pa)
		tlb_remove_table(tlb, addr, pa, 0);
}

mm_static u64 *pmd_alloc(struct mmsim_mm *mm, vaddr_t addr)
{
	u64 *table = table_at(mm, mm->pgd), *pmdp = pmds_recall(mm, addr);
	unsigned level;

	if (likely(pmdp))
		return pmdp;
	for (level = TOP_LEVEL; level > 1; level--)
		if (table_below(mm, &table[table_index(addr, level)], level,
				&table))
			return NULL;
	pmds_remember(mm, addr, table);
	return &table[table_index(addr, 1)];
}

mm_static bool move_normal_pmd(struct mmsim_mm *mm, vaddr_t old, vaddr_t new)
{
	unsigned miss;
	u64 *from = pmd_find(mm, old, &miss);
	u64 *to = pmd_alloc(mm, new);
	u64 entry;

	if (!to)
		return false;
	tables_lock(mm);
	entry = arch_load(from);
	mm_assert(arch_table_none(arch_load(to)));
	arch_store(from, 0);
	arch_store(to, entry);
	ptw_forget(mm);
	mm_trace(mm, EV_move_table, RULE_MREMAP_TABLE, old, old, new);
	/* Walkers that remember the table would go on finding it at the old
	 * address. */
	flush_tlb_range(mm, old, old + PMD_SIZE, RULE_FLUSH_TABLES);
	tables_unlock(mm);
	return true;
}

static void count_below(struct mmsim_mm *mm, const u64 *table, unsigned level,
			u64 *nr, u64 *bytes)
{
	unsigned i;
	u64 entry;

	(*nr)++;
	*bytes += counted_bytes(level);
	if (!level)
		return;
	for (i = 0; i < 1u << arch_level_bits(level); i++) {
		entry = arch_load(&table[i]);
		if (arch_table_none(entry) ||
		    (level == 1 && !pmd_table(__pmd(entry))))
			continue;
		count_below(mm, table_at(mm, arch_table_pa(entry, level)),
			    level - 1, nr, bytes);
	}
}

mm_static void count_tables(struct mmsim_mm *mm, u64 *nr, u64 *bytes)
{
	*nr = 0;
	*bytes = 0;
	count_below(mm, table_at(mm, mm->pgd), TOP_LEVEL, nr, bytes);
	*nr += mm->nr_deposited;
	*bytes += mm->nr_deposited * counted_bytes(0);
}
