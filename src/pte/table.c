/* SPDX-License-Identifier: MIT */
#include "pte/pte.h"

#include <errno.h>

#define TOP_LEVEL (ARCH_NR_LEVELS - 1)

/* What VmPTE counts of a table: its entries, and the top level not at all. */
static u64 counted_bytes(unsigned level)
{
	return level == TOP_LEVEL ? 0 : (u64)8 << arch_level_bits(level);
}

/* A table below: level is that of its own entries. */
static int table_alloc(struct mmsim_mm *mm, unsigned level, paddr_t *table)
{
	int rc;

	rc = phys_table_alloc(&mm->world->phys, &mm->table_cache[level],
			      arch_table_bytes(level), 0, table);
	if (rc)
		return rc;
	mm->nr_tables++;
	mm->pgtables_bytes += counted_bytes(level);
	mm_trace(mm, EV_table_alloc, RULE_NONE, level, 0, *table);
	return 0;
}

/* @zeroed: every entry was cleared, which leaves zero bytes. */
static void table_free(struct mmsim_mm *mm, unsigned level, paddr_t table,
		       bool zeroed)
{
	mm->nr_tables--;
	mm->pgtables_bytes -= counted_bytes(level);
	mm_trace(mm, EV_table_free, RULE_NONE, level, table, 0);
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

/* The table that entry *slot of a level points to, made if it is missing. */
static int table_below(struct mmsim_mm *mm, u64 *slot, unsigned level,
		       u64 **table)
{
	u64 entry = arch_load(slot);
	paddr_t pa;
	int rc;

	if (arch_table_none(entry)) {
		rc = table_alloc(mm, level - 1, &pa);
		if (rc)
			return rc;
		entry = arch_table_entry(pa, level);
		arch_store(slot, entry);
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
static void free_range(struct mmsim_mm *mm, u64 *table, unsigned level,
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
			free_range(mm,
				   table_at(mm, arch_table_pa(entry, level)),
				   level - 1, addr,
				   level_addr_end(addr, end, level), floor,
				   ceiling);
		extent = addr & ~(size - 1);
		if (extent < floor || extent + size > ceiling)
			continue;
		arch_store(slot, 0);
		table_free(mm, level - 1, arch_table_pa(entry, level), true);
	}
}

mm_static void free_pgtables(struct mmsim_mm *mm, vaddr_t start, vaddr_t end,
			     vaddr_t floor, vaddr_t ceiling)
{
	u64 top = (u64)1 << arch_level_shift(TOP_LEVEL);

	/* Above the last mapping nothing keeps the last extent. */
	if (ceiling >= TASK_SIZE)
		ceiling = align_up(TASK_SIZE, top);
	ptw_forget(mm);
	free_range(mm, table_at(mm, mm->pgd), TOP_LEVEL, start, end, floor,
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

mm_static void try_to_free_pte_table(struct mmsim_mm *mm, vaddr_t addr)
{
	unsigned miss;
	u64 *pmdp = pmd_find(mm, addr, &miss);
	u64 *table = pte_table_find(mm, addr, &miss);
	paddr_t pa;

	if (!table || !pte_table_empty(table))
		return;
	pa = arch_table_pa(arch_load(pmdp), 1);
	arch_store(pmdp, 0);
	ptw_forget(mm);
	mm_trace(mm, EV_pt_reclaim, RULE_PT_RECLAIM, addr, pa, 0);
	table_free(mm, 0, pa, true);
}

/* The PMD entry of an address, with the tables above it. */
static u64 *pmd_alloc(struct mmsim_mm *mm, vaddr_t addr)
{
	u64 *table = table_at(mm, mm->pgd);
	unsigned level;

	for (level = TOP_LEVEL; level > 1; level--)
		if (table_below(mm, &table[table_index(addr, level)], level,
				&table))
			return NULL;
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
	entry = arch_load(from);
	mm_assert(arch_table_none(arch_load(to)));
	arch_store(from, 0);
	arch_store(to, entry);
	ptw_forget(mm);
	mm_trace(mm, EV_move_table, RULE_MREMAP_TABLE, old, old, new);
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
}
