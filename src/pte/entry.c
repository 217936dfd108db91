/* SPDX-License-Identifier: MIT */
#include "pte/pte.h"

#include <errno.h>
#include <string.h>

#include "pte/lock.h"
#include "pte/swap_entry.h"

/* ---- what an entry says by itself ---- */

#define SAYS(cond, flag) ((cond) ? (flag) : 0u)

static u32 present_pte_flags(pte_t pte, const struct arch_rules *r)
{
	return MMSIM_E_PRESENT | SAYS(pte_write(pte), MMSIM_E_WRITE) |
	       SAYS(pte_dirty(pte), MMSIM_E_DIRTY) |
	       SAYS(pte_young(pte), MMSIM_E_YOUNG) |
	       SAYS(pte_exec(pte), MMSIM_E_EXEC) |
	       SAYS(r->soft_dirty && pte_soft_dirty(pte), MMSIM_E_SOFT_DIRTY) |
	       SAYS(r->uffd_wp && pte_uffd_wp(pte, r), MMSIM_E_UFFD_WP) |
	       SAYS(pte_protnone(pte), MMSIM_E_PROTNONE) |
	       SAYS(pte_special(pte), MMSIM_E_SPECIAL) |
	       SAYS(arch_pte_cont(pte), MMSIM_E_CONT);
}

static u32 present_pmd_flags(pmd_t pmd, const struct arch_rules *r)
{
	return MMSIM_E_PRESENT | MMSIM_E_HUGE |
	       SAYS(pmd_write(pmd), MMSIM_E_WRITE) |
	       SAYS(pmd_dirty(pmd), MMSIM_E_DIRTY) |
	       SAYS(pmd_young(pmd), MMSIM_E_YOUNG) |
	       SAYS(pmd_exec(pmd), MMSIM_E_EXEC) |
	       SAYS(r->soft_dirty && pmd_soft_dirty(pmd), MMSIM_E_SOFT_DIRTY) |
	       SAYS(r->uffd_wp && pmd_uffd_wp(pmd, r), MMSIM_E_UFFD_WP) |
	       SAYS(pmd_protnone(pmd), MMSIM_E_PROTNONE) |
	       SAYS(pmd_special(pmd), MMSIM_E_SPECIAL);
}

/* Which kind of non-present entry a type is. */
static u32 swap_type_flag(unsigned type, const struct swp_types *t)
{
	if (type < t->nr_swapfiles)
		return MMSIM_E_SWAP;
	if (t->hwpoison && type == t->hwpoison)
		return MMSIM_E_HWPOISON;
	if (t->marker && type == t->marker)
		return MMSIM_E_MARKER;
	if (type == t->migration_read || type == t->migration_write ||
	    (t->read_exclusive && type == t->migration_read_exclusive))
		return MMSIM_E_MIGRATION;
	return 0;
}

static bool is_uffd_marker(u64 raw, const struct arch_rules *r)
{
	return pte_marker_get(swp_entry_of_raw(raw, r), r) & PTE_MARKER_UFFD_WP;
}

static void decode_swap(u64 raw, const struct arch_rules *r,
			struct mmsim_entry *entry)
{
	const struct swp_layout *l = &r->swp;
	unsigned type = swp_raw_type(raw, r);

	entry->flags |= swap_type_flag(type, &r->types);
	entry->pfn = swp_raw_offset(raw, r);
	if (entry->flags & MMSIM_E_SWAP)
		entry->flags |= SAYS(l->exclusive && raw & l->exclusive,
				     MMSIM_E_EXCLUSIVE);
	if (entry->flags & MMSIM_E_MIGRATION &&
	    type == r->types.migration_write)
		entry->flags |= MMSIM_E_WRITE;
	entry->flags |=
		SAYS(l->soft_dirty && raw & l->soft_dirty, MMSIM_E_SOFT_DIRTY) |
		SAYS((l->uffd_wp && raw & l->uffd_wp) || is_uffd_marker(raw, r),
		     MMSIM_E_UFFD_WP);
}

static void decode_pte(pte_t pte, const struct arch_rules *r,
		       struct mmsim_entry *entry)
{
	if (pte_none(pte))
		return;
	if (!pte_present(pte)) {
		decode_swap(pte_val(pte), r, entry);
		return;
	}
	entry->flags |= present_pte_flags(pte, r);
	entry->pfn = pte_pfn(pte);
}

static void decode_pmd(pmd_t pmd, const struct arch_rules *r,
		       struct mmsim_entry *entry)
{
	if (pmd_none(pmd) || pmd_table(pmd))
		return;
	if (!pmd_present(pmd)) {
		decode_swap(pmd_val(pmd), r, entry);
		return;
	}
	entry->flags |= present_pmd_flags(pmd, r);
	entry->pfn = pmd_pfn(pmd);
}

static int level_of_shift(unsigned shift)
{
	int level;

	for (level = 0; level < ARCH_NR_LEVELS; level++)
		if ((unsigned)arch_level_shift((unsigned)level) == shift)
			return level;
	return -1;
}

mm_static int entry_decode(u64 raw, unsigned shift,
			   const struct arch_rules *rules,
			   struct mmsim_entry *entry)
{
	int level = level_of_shift(shift);

	if (level < 0)
		return -EINVAL;
	memset(entry, 0, sizeof(*entry));
	entry->size = sizeof(*entry);
	entry->shift = shift;
	entry->raw = raw;
	if (level == 0)
		decode_pte(__pte(raw), rules, entry);
	else
		decode_pmd(__pmd(raw), rules, entry);
	return 0;
}

#define TELL(e, name)                   \
	do {                            \
		if (e)                  \
			fn(name, user); \
	} while (0)

static void pte_helpers(pte_t pte, const struct arch_rules *r,
			void (*fn)(const char *name, void *user), void *user)
{
	bool present = pte_present(pte);

	TELL(pte_none(pte), "pte_none");
	TELL(present, "pte_present");
	TELL(is_swap_pte(pte), "is_swap_pte");
	TELL(present && pte_accessible(pte, false), "pte_accessible");
	TELL(present && pte_protnone(pte), "pte_protnone");
	TELL(present && pte_write(pte), "pte_write");
	TELL(present && pte_dirty(pte), "pte_dirty");
	TELL(present && pte_young(pte), "pte_young");
	TELL(present && pte_exec(pte), "pte_exec");
	TELL(present && pte_user(pte), "pte_user");
	TELL(present && pte_special(pte), "pte_special");
	TELL(present && r->soft_dirty && pte_soft_dirty(pte), "pte_soft_dirty");
	TELL(present && r->uffd_wp && pte_uffd_wp(pte, r), "pte_uffd_wp");
	TELL(present && r->savedwrite && pte_protnone(pte) &&
		     pte_savedwrite(pte),
	     "pte_savedwrite");
	TELL(present && arch_pte_cont(pte), "pte_cont");
}

static void pmd_helpers(pmd_t pmd, const struct arch_rules *r,
			void (*fn)(const char *name, void *user), void *user)
{
	bool present = pmd_present(pmd) && !pmd_table(pmd);

	TELL(pmd_none(pmd), "pmd_none");
	TELL(pmd_table(pmd), "pmd_table");
	TELL(present, "pmd_present");
	TELL(present && pmd_leaf(pmd), "pmd_leaf");
	TELL(present && pmd_trans_huge(pmd), "pmd_trans_huge");
	TELL(present && pmd_protnone(pmd), "pmd_protnone");
	TELL(present && pmd_write(pmd), "pmd_write");
	TELL(present && pmd_dirty(pmd), "pmd_dirty");
	TELL(present && pmd_young(pmd), "pmd_young");
	TELL(present && pmd_exec(pmd), "pmd_exec");
	TELL(present && pmd_user(pmd), "pmd_user");
	TELL(present && pmd_special(pmd), "pmd_special");
	TELL(present && r->soft_dirty && pmd_soft_dirty(pmd), "pmd_soft_dirty");
	TELL(present && r->uffd_wp && pmd_uffd_wp(pmd, r), "pmd_uffd_wp");
}

mm_static void entry_helpers(u64 raw, unsigned shift,
			     const struct arch_rules *rules,
			     void (*fn)(const char *name, void *user),
			     void *user)
{
	if (shift == PAGE_SHIFT)
		pte_helpers(__pte(raw), rules, fn, user);
	else
		pmd_helpers(__pmd(raw), rules, fn, user);
}

/* The bits in which the entries of the first and the last page differ. */
mm_static u64 entry_mask_pfn(u64 raw, const struct arch_rules *rules)
{
	pgprot_t prot = arch_protection(VM_READ, rules);
	pte_t first = pfn_pte(0, prot);
	pte_t last = pfn_pte(~(pfn_t)0 >> PAGE_SHIFT, prot);

	return raw & ~(pte_val(first) ^ pte_val(last));
}

/* ---- the entry of an address, with its page ---- */

/* @folio: the page that speaks for all; exclusive is each page's own. */
static u32 page_says(const struct page *folio, const struct page *page)
{
	return SAYS(PageAnon(folio), MMSIM_E_ANON) |
	       SAYS(PageAnonExclusive(page), MMSIM_E_EXCLUSIVE) |
	       SAYS(page_test(folio, PG_zero), MMSIM_E_ZERO) |
	       SAYS(PageKsm(folio), MMSIM_E_KSM) |
	       SAYS(page_test(folio, PG_swapcache), MMSIM_E_SWAPCACHE) |
	       SAYS(page_test(folio, PG_swapbacked), MMSIM_E_SWAPBACKED);
}

/* What is known of the page at entry->pfn. */
static void entry_page(struct mmsim_mm *mm, const struct page *folio,
		       const struct page *page, struct mmsim_entry *entry)
{
	const struct phys *phys = &mm->world->phys;

	entry->flags |= page_says(folio, page);
	entry->mapcount = page_mapcount(phys, entry->pfn);
	entry->refcount = folio->refcount;
	entry->order = folio_order(phys, entry->pfn);
	entry->node = pfn_to_node(phys, entry->pfn);
}

static void entry_from_pte(struct mmsim_mm *mm, pte_t pte,
			   struct mmsim_entry *entry)
{
	struct page *page;

	entry_decode(pte_val(pte), PAGE_SHIFT, &mm->world->rules, entry);
	if (!(entry->flags & MMSIM_E_PRESENT))
		return;
	page = mm_page(mm, entry->pfn);
	entry_page(mm, page_folio(mm, page), page, entry);
}

/* A huge entry as it maps one address. */
static void entry_from_pmd(struct mmsim_mm *mm, pmd_t pmd, vaddr_t addr,
			   struct mmsim_entry *entry)
{
	const struct page *folio;

	entry_decode(pmd_val(pmd), PMD_SHIFT, &mm->world->rules, entry);
	if (!(entry->flags & MMSIM_E_PRESENT))
		return;
	entry->pfn += (addr & ~PMD_MASK) >> PAGE_SHIFT;
	folio = folio_page(&mm->world->phys, entry->pfn);
	entry_page(mm, folio, folio, entry);
}

mm_static void entry_get(struct mmsim_mm *mm, vaddr_t addr,
			 struct mmsim_entry *entry)
{
	unsigned miss = 0;
	u64 *table = pte_table_find(mm, addr, &miss);
	const u64 *pmdp = table ? NULL : huge_find(mm, addr);

	if (table) {
		entry_from_pte(mm, pte_raw(&table[table_index(addr, 0)]),
			       entry);
		return;
	}
	if (pmdp) {
		entry_from_pmd(mm, pmdp_get(pmdp), addr, entry);
		return;
	}
	memset(entry, 0, sizeof(*entry));
	entry->size = sizeof(*entry);
	entry->shift = (unsigned)arch_level_shift(miss);
}

/* An entry above the lowest level that has no table below it. */
static bool pmd_leaf_at(u64 entry, unsigned level)
{
	return level == 1 &&
	       (pmd_leaf(__pmd(entry)) || is_swap_pmd(__pmd(entry)));
}

mm_static unsigned walk_get(struct mmsim_mm *mm, vaddr_t addr,
			    struct mmsim_walk_step *steps, unsigned max)
{
	static const char *const names[] = { "pte", "pmd", "pud", "p4d",
					     "pgd" };
	paddr_t table = mm->pgd;
	unsigned level = ARCH_NR_LEVELS, n = 0;
	u64 entry;

	while (level-- && n < max) {
		entry = arch_load(table_at(mm, table) +
				  table_index(addr, level));
		steps[n++] = (struct mmsim_walk_step){
			.size = sizeof(*steps),
			.level = level == ARCH_NR_LEVELS - 1 ? "pgd"
							     : names[level],
			.shift = (unsigned)arch_level_shift(level),
			.index = table_index(addr, level),
			.table = table,
			.raw = entry,
			.leaf = level == 0 || pmd_leaf_at(entry, level),
		};
		if (!level || arch_table_none(entry) ||
		    pmd_leaf_at(entry, level))
			break;
		table = arch_table_pa(entry, level);
	}
	return n;
}

struct each_huge {
	void (*fn)(vaddr_t addr, const struct mmsim_entry *entry, void *user);
	void *user;
};

static bool each_huge(struct mmsim_mm *mm, u64 *pmdp, vaddr_t addr,
		      vaddr_t next, void *ctx)
{
	const struct each_huge *each = ctx;
	struct mmsim_entry entry;

	(void)next;
	entry_from_pmd(mm, pmdp_get(pmdp), addr, &entry);
	each->fn(addr, &entry, each->user);
	return true;
}

mm_static void for_each_entry(struct mmsim_mm *mm,
			      void (*fn)(vaddr_t addr,
					 const struct mmsim_entry *entry,
					 void *user),
			      void *user)
{
	struct each_huge each = { fn, user };
	struct mmsim_entry entry;
	vaddr_t addr, next, from;
	u64 *table;
	pte_t pte;

	for (addr = 0; (table = range_lock_next(mm, &addr, TASK_SIZE, &next,
						each_huge, &each));
	     addr = next) {
		for (from = addr; addr < next; addr += PAGE_SIZE) {
			pte = pte_raw(&table[table_index(addr, 0)]);
			if (pte_none(pte))
				continue;
			entry_from_pte(mm, pte, &entry);
			fn(addr, &entry, user);
		}
		pte_unlock(mm, from);
	}
}
