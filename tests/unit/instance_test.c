/* SPDX-License-Identifier: MIT */
/*
 * The per-instance code with its statics in sight, for each format and for
 * `fake`: tables, walks, decisions about single entries.
 */
#include MM_TEST_INSTANCE_STUB

#include <stdio.h>

#include "core/config.h"
#include "mm/lru.h"
#include "mm/mthp.h"
#include "unit/instance_world.h"
#include "vma/vma_ops.h"

static u64 *must_alloc(struct mmsim_mm *mm, vaddr_t addr)
{
	u64 *ptep = NULL;

	assert_int_equal(pte_alloc(mm, addr, &ptep), 0);
	assert_non_null(ptep);
	return ptep;
}

static u64 tables_in(struct mmsim_mm *mm)
{
	u64 nr, bytes;

	count_tables(mm, &nr, &bytes);
	assert_int_equal(nr, mm->nr_tables);
	assert_int_equal(bytes, mm->pgtables_bytes);
	return nr;
}

/* The operations as the system calls do them, gather and flush included. */
static void zap_now(struct mmsim_mm *mm, struct vm_area_struct *vma,
		    vaddr_t start, vaddr_t end, struct zap_details details)
{
	struct mmu_gather tlb;

	tlb_gather_mmu(&tlb, mm);
	zap_page_range(&tlb, vma, start, end, details);
	tlb_finish_mmu(&tlb);
}

static void free_tables_now(struct mmsim_mm *mm, vaddr_t start, vaddr_t end,
			    vaddr_t floor, vaddr_t ceiling)
{
	struct mmu_gather tlb;

	tlb_gather_mmu(&tlb, mm);
	free_pgtables(&tlb, start, end, floor, ceiling);
	tlb_finish_mmu(&tlb);
}

static void change_now(struct mmsim_mm *mm, struct vm_area_struct *vma,
		       vaddr_t start, vaddr_t end, unsigned cp_flags)
{
	struct mmu_gather tlb;

	tlb_gather_mmu(&tlb, mm);
	(void)change_protection(&tlb, vma, start, end, cp_flags);
	tlb_finish_mmu(&tlb);
}

static void drop_all_tables(struct mmsim_mm *mm)
{
	free_tables_now(mm, 0, TASK_SIZE, 0, TASK_SIZE);
	assert_int_equal(tables_in(mm), 1);
}

/* ---- tables ---- */

static void one_entry_takes_one_table_of_each_level(void **state)
{
	u64 bytes = 0, was;
	struct world t;
	unsigned level;

	(void)state;
	start(&t, newest());
	was = t.mm->pgtables_bytes;
	assert_int_equal(tables_in(t.mm), 1);
	must_alloc(t.mm, BASE);
	assert_int_equal(tables_in(t.mm), ARCH_NR_LEVELS);
	/* VmPTE counts entries, not what some formats keep behind them. */
	for (level = 0; level < ARCH_NR_LEVELS - 1; level++)
		bytes += (u64)8 << arch_level_bits(level);
	assert_int_equal(t.mm->pgtables_bytes - was, bytes);
	/* The neighbour in the same table costs nothing, the next one does. */
	must_alloc(t.mm, BASE + PMD_SIZE - PAGE_SIZE);
	assert_int_equal(tables_in(t.mm), ARCH_NR_LEVELS);
	must_alloc(t.mm, BASE + PMD_SIZE);
	assert_int_equal(tables_in(t.mm), ARCH_NR_LEVELS + 1);
	drop_all_tables(t.mm);
	assert_int_equal(t.mm->pgtables_bytes, was);
	finish(&t);
}

/* Every level that is not yet there comes with the address that needs it. */
static void tables_of_every_level(void **state)
{
	struct world t;
	unsigned level;
	u64 nr;

	(void)state;
	start(&t, newest());
	must_alloc(t.mm, BASE);
	nr = tables_in(t.mm);
	for (level = 1; level < ARCH_NR_LEVELS; level++) {
		vaddr_t addr = BASE ^ ((u64)1 << arch_level_shift(level));

		must_alloc(t.mm, addr);
		nr += level;
		assert_int_equal(tables_in(t.mm), nr);
	}
	drop_all_tables(t.mm);
	finish(&t);
}

static void entries_lie_where_their_address_says(void **state)
{
	struct world t;
	u64 *a, *b;

	(void)state;
	start(&t, newest());
	a = must_alloc(t.mm, BASE);
	b = must_alloc(t.mm, BASE + (PTRS_PER_PTE - 1) * PAGE_SIZE);
	assert_int_equal(b - a, PTRS_PER_PTE - 1);
	assert_ptr_equal(pte_find(t.mm, BASE + PAGE_SIZE), a + 1);
	assert_null(pte_find(t.mm, BASE + PMD_SIZE));
	drop_all_tables(t.mm);
	assert_null(pte_find(t.mm, BASE));
	finish(&t);
}

/* Processes forget their tables by a number that comes round again: who gets one
 * that another had finds none of its tables by it. */
static void tables_stay_apart_when_numbers_come_round(void **state)
{
	const u64 *ours, *theirs;
	struct mmsim_mm *other;
	struct world t;
	u64 had, i;

	(void)state;
	start(&t, newest());
	assert_int_equal(mm_create(t.w, &other), 0);
	ours = must_alloc(t.mm, BASE);
	theirs = must_alloc(other, BASE);
	assert_ptr_not_equal(ours, theirs);
	/* The first numbers after a round are handed out at once. */
	for (i = 0; i < 10; i++)
		ptw_forget(t.mm);
	/* The world remembers it, the process itself the other one. */
	(void)must_alloc(t.mm, 2 * BASE);
	assert_ptr_equal(pte_find(t.mm, BASE), ours);
	had = t.mm->ptw_gen;
	do
		ptw_forget(other);
	while (other->ptw_gen != had && ++i < (u64)2 << PTW_GEN_BITS);
	assert_int_equal(other->ptw_gen, had);
	assert_int_not_equal(t.mm->ptw_gen, had);
	assert_ptr_equal(pte_find(other, BASE), theirs);
	assert_ptr_equal(pte_find(t.mm, BASE), ours);
	/* Either gets the place that the other took. */
	assert_ptr_equal(pte_walk(t.mm, BASE), ours);
	assert_non_null(ptw_find(t.mm, BASE));
	assert_ptr_equal(pte_walk(other, BASE), theirs);
	assert_non_null(ptw_find(other, BASE));
	assert_null(ptw_find(t.mm, BASE));
	drop_all_tables(t.mm);
	drop_all_tables(other);
	mm_exit(other);
	finish(&t);
}

static void free_pgtables_stays_between_floor_and_ceiling(void **state)
{
	struct world t;
	vaddr_t next = BASE + PMD_SIZE;

	(void)state;
	start(&t, newest());
	must_alloc(t.mm, BASE);
	must_alloc(t.mm, next);
	/* A neighbour above ends in the second extent, one below reaches into
	 * the first: nothing can go. */
	free_tables_now(t.mm, BASE + PAGE_SIZE, next, BASE + PAGE_SIZE,
			next + PAGE_SIZE);
	assert_int_equal(tables_in(t.mm), ARCH_NR_LEVELS + 1);
	/* Only the first extent is free of neighbours. */
	free_tables_now(t.mm, BASE, next + PAGE_SIZE, BASE,
			next + 2 * PAGE_SIZE);
	assert_int_equal(tables_in(t.mm), ARCH_NR_LEVELS);
	assert_null(pte_find(t.mm, BASE));
	assert_non_null(pte_find(t.mm, next));
	/* The upper tables stay for a mapping far below in their extent. */
	free_tables_now(t.mm, next, next + PAGE_SIZE, BASE - PAGE_SIZE,
			next + PMD_SIZE);
	assert_null(pte_find(t.mm, next));
	assert_true(tables_in(t.mm) >= 1);
	drop_all_tables(t.mm);
	finish(&t);
}

static void pte_table_next_finds_all_and_only_tables(void **state)
{
	const vaddr_t at[] = { BASE, BASE + 3 * PMD_SIZE,
			       BASE + ((u64)1 << arch_level_shift(2)) +
				       5 * PAGE_SIZE };
	vaddr_t addr = BASE - PMD_SIZE, next = 0;
	vaddr_t end = at[2] + PAGE_SIZE;
	struct world t;
	unsigned i;
	u64 *table;

	(void)state;
	start(&t, newest());
	for (i = 0; i < 3; i++)
		must_alloc(t.mm, at[i]);
	for (i = 0; (table = pte_table_next(t.mm, &addr, end, &next));
	     addr = next, i++) {
		assert_true(i < 3);
		assert_int_equal(addr, at[i] & PMD_MASK);
		assert_int_equal(next, i < 2 ? addr + PMD_SIZE : end);
		assert_ptr_equal(table + table_index(at[i], 0),
				 pte_find(t.mm, at[i]));
	}
	assert_int_equal(i, 3);
	drop_all_tables(t.mm);
	finish(&t);
}

static void walk_goes_from_the_top_to_the_entry(void **state)
{
	struct mmsim_walk_step steps[5];
	struct world t;
	unsigned n;

	(void)state;
	start(&t, newest());
	n = walk_get(t.mm, BASE, steps, 5);
	assert_int_equal(n, 1);
	assert_string_equal(steps[0].level, "pgd");
	assert_int_equal(steps[0].raw, 0);
	must_alloc(t.mm, BASE + 3 * PAGE_SIZE);
	n = walk_get(t.mm, BASE + 3 * PAGE_SIZE, steps, 5);
	assert_int_equal(n, ARCH_NR_LEVELS);
	assert_string_equal(steps[n - 1].level, "pte");
	assert_int_equal(steps[n - 1].shift, PAGE_SHIFT);
	assert_int_equal(steps[n - 1].index, 3);
	assert_int_equal(steps[n - 1].leaf, 1);
	assert_int_equal(steps[n - 2].leaf, 0);
	assert_true(steps[n - 2].raw != 0);
	assert_int_equal(walk_get(t.mm, BASE, steps, 2), 2);
	drop_all_tables(t.mm);
	finish(&t);
}

/* ---- mappings and moves ---- */

static void map(struct world *t, vaddr_t addr, u64 len)
{
	struct mmsim_mmap_args args = {
		.size = sizeof(args),
		.addr = addr,
		.len = len,
		.prot = MMSIM_PROT_READ | MMSIM_PROT_WRITE,
		.flags = MMSIM_MAP_PRIVATE | MMSIM_MAP_ANONYMOUS |
			 MMSIM_MAP_FIXED,
	};
	vaddr_t at;

	assert_int_equal(do_mmap(t->mm, &args, &at), 0);
}

static void put(struct world *t, vaddr_t addr, char byte)
{
	struct access a = {
		.kind = MMSIM_WRITE, .addr = addr, .len = 1, .buf = &byte
	};

	assert_int_equal(mm_access(t->mm, &a), 0);
	assert_int_equal(a.fault_kind, 0);
}

static char get(struct world *t, vaddr_t addr)
{
	char byte = 0;
	struct access a = {
		.kind = MMSIM_READ, .addr = addr, .len = 1, .buf = &byte
	};

	assert_int_equal(mm_access(t->mm, &a), 0);
	assert_int_equal(a.fault_kind, 0);
	return byte;
}

static void move_to(struct world *t, vaddr_t from, vaddr_t to, u64 len)
{
	assert_int_equal(do_mremap(t->mm, from, len, len,
				   MMSIM_MREMAP_MAYMOVE | MMSIM_MREMAP_FIXED,
				   &to),
			 0);
}

static void aligned_moves_take_whole_tables(void **state)
{
	const u64 *events;
	struct world t;
	u64 *table;

	(void)state;
	start(&t, newest());
	events = t.w->obs.events;
	map(&t, BASE, PMD_SIZE + 2 * PAGE_SIZE);
	put(&t, BASE, 1);
	put(&t, BASE + PMD_SIZE + PAGE_SIZE, 2);
	table = pte_find(t.mm, BASE);
	move_to(&t, BASE, BASE + 8 * PMD_SIZE, PMD_SIZE + 2 * PAGE_SIZE);
	assert_int_equal(events[EV_move_table], 1);
	assert_int_equal(events[EV_move_pte], 1);
	assert_ptr_equal(pte_find(t.mm, BASE + 8 * PMD_SIZE), table);
	assert_int_equal(get(&t, BASE + 8 * PMD_SIZE), 1);
	assert_int_equal(get(&t, BASE + 9 * PMD_SIZE + PAGE_SIZE), 2);
	/* Not at a boundary, and by a distance that is none: by entries. */
	move_to(&t, BASE + 8 * PMD_SIZE, BASE + PAGE_SIZE, PMD_SIZE);
	assert_int_equal(events[EV_move_table], 1);
	assert_int_equal(events[EV_move_pte], 2);
	assert_int_equal(get(&t, BASE + PAGE_SIZE), 1);
	finish(&t);
}

/* From 6.6 on a move starts lower, at a boundary, if nothing is there. */
static void realigned_moves(void **state)
{
	vaddr_t from = BASE + PMD_SIZE / 2, to = from + 8 * PMD_SIZE;
	u64 len = PMD_SIZE;
	struct world t;
	bool realign;
	size_t i, below;

	(void)state;
	for (i = 0; i < 2 * ARRAY_SIZE(releases); i++) {
		below = i % 2;
		if (!release_uses_layout(releases[i / 2]))
			continue;
		start(&t, releases[i / 2]);
		realign = releases[i / 2] >= KERNEL(6, 6) && !below;
		map(&t, from, len);
		if (below)
			map(&t, BASE, PAGE_SIZE);
		put(&t, from, 1);
		put(&t, from + len - PAGE_SIZE, 2);
		move_to(&t, from, to, len);
		assert_int_equal(t.w->obs.events[EV_move_table], realign);
		assert_int_equal(get(&t, to), 1);
		assert_int_equal(get(&t, to + len - PAGE_SIZE), 2);
		finish(&t);
	}
}

/* ---- what a write-protect fault does ---- */

static void wp_decisions(void **state)
{
	struct vm_area_struct private = { .vm_flags = VM_WRITE | VM_MAYWRITE };
	struct vm_area_struct shared = { .vm_flags = VM_WRITE | VM_SHARED };
	struct page page = { .refcount = 1, .mapcount = 1 };
	struct world t;
	size_t i;
	u32 k;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(releases); i++) {
		k = releases[i];
		if (!release_uses_layout(k))
			continue;
		start(&t, k);
		page = (struct page){ .refcount = 1, .mapcount = 1 };
		assert_int_equal(wp_decide(t.w, &shared, &page),
				 RULE_WP_REUSE_SHARED);
		assert_int_equal(wp_decide(t.w, &shared, NULL),
				 RULE_WP_REUSE_SHARED);
		assert_int_equal(wp_decide(t.w, &private, NULL),
				 RULE_WP_COPY_ZERO);
		assert_int_equal(wp_decide(t.w, &private, &page),
				 RULE_WP_COPY_FILE);
		page.mapping = PAGE_MAPPING_ANON;
		assert_int_equal(wp_decide(t.w, &private, &page),
				 k >= KERNEL(5, 18) ? RULE_WP_REUSE_LAST
						    : RULE_WP_REUSE_SINGLE);
		page.refcount = 2;
		assert_int_equal(wp_decide(t.w, &private, &page),
				 RULE_WP_COPY_ANON);
		page_set(&page, PG_anon_exclusive);
		assert_int_equal(wp_decide(t.w, &private, &page),
				 RULE_WP_REUSE_EXCLUSIVE);
		page.flags = PG_ksm;
		page.refcount = 1;
		assert_int_equal(wp_decide(t.w, &private, &page),
				 RULE_WP_COPY_ANON);
		finish(&t);
	}
}

/* ---- which entries mprotect makes writable ---- */

enum page_case { PAGE_EXCLUSIVE, PAGE_SHARED, PAGE_FILE, PAGE_ZERO, NR_PAGES };

struct change_case {
	bool dirty, soft_dirty, tracked, uffd_vma, uffd_entry, shared;
	enum page_case page;
};

static struct change_case change_case(unsigned bits)
{
	return (struct change_case){
		.dirty = bits & 1,
		.soft_dirty = bits & 2,
		.tracked = bits & 4,
		.uffd_vma = bits & 8,
		.uffd_entry = bits & 16,
		.shared = bits & 32,
		.page = (enum page_case)(bits >> 6 & 3),
	};
}

/* semantics-mprotect.md 3, form by form. */
static bool may_be_writable(const struct mmsim *w, const struct change_case *c)
{
	bool soft = w->rules.soft_dirty;

	if (w->kernel < KERNEL(6, 0))
		return c->shared && c->dirty &&
		       (!soft || c->soft_dirty || c->tracked);
	if (soft && c->tracked && !c->soft_dirty)
		return false;
	if (w->rules.uffd_wp && c->uffd_vma && c->uffd_entry)
		return false;
	if (c->shared)
		return c->dirty;
	return c->page == PAGE_EXCLUSIVE &&
	       (c->dirty || w->kernel >= KERNEL(6, 2));
}

static pte_t entry_of(const struct mmsim *w, const struct change_case *c,
		      pfn_t pfn)
{
	const struct arch_rules *r = &w->rules;
	pte_t pte = pfn_pte(pfn, arch_protection(VM_READ, r));

	if (c->page == PAGE_ZERO)
		return pte_mkspecial(
			pfn_pte(w->zero_pfn, arch_protection(VM_READ, r)));
	if (c->dirty)
		pte = pte_mkdirty(pte);
	if (r->soft_dirty)
		pte = c->soft_dirty ? pte_mksoft_dirty(pte)
				    : pte_clear_soft_dirty(pte);
	if (r->uffd_wp && c->uffd_entry)
		pte = pte_mkuffd_wp(pte, r);
	return pte;
}

static void set_page_case(struct page *page, enum page_case which)
{
	page->mapping = which == PAGE_FILE ? 0 : PAGE_MAPPING_ANON;
	if (which == PAGE_EXCLUSIVE)
		page_set(page, PG_anon_exclusive);
	else
		page_clear(page, PG_anon_exclusive);
}

static bool becomes_writable(struct world *t, const struct change_case *c,
			     u64 *ptep, pfn_t pfn)
{
	struct vm_area_struct vma = {
		.vm_mm = t->mm,
		.vm_start = BASE,
		.vm_end = BASE + PAGE_SIZE,
		.vm_flags = VM_READ | VM_WRITE | VM_MAYREAD | VM_MAYWRITE |
			    (c->shared ? VM_SHARED : 0) |
			    (c->tracked ? 0 : VM_SOFTDIRTY) |
			    (c->uffd_vma ? VM_UFFD_WP : 0),
		/* Private, or writenotify: read-only either way. */
		.vm_page_prot = t->w->page_prot[VM_READ | VM_WRITE],
	};
	unsigned cp = MM_CP_TRY_CHANGE_WRITABLE;

	if (t->w->kernel < KERNEL(6, 0))
		cp = c->shared ? MM_CP_DIRTY_ACCT : 0;
	set_page_case(mm_page(t->mm, pfn), c->page);
	arch_store(ptep, pte_val(entry_of(t->w, c, pfn)));
	change_now(t->mm, &vma, BASE, BASE + PAGE_SIZE, cp);
	return pte_write(ptep_get(ptep));
}

static void mprotect_upgrades(void **state)
{
	struct change_case c;
	struct world t;
	unsigned bits;
	pfn_t pfn;
	u64 *ptep;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(releases); i++) {
		if (!release_uses_layout(releases[i]))
			continue;
		start(&t, releases[i]);
		ptep = must_alloc(t.mm, BASE);
		pfn = phys_alloc(&t.w->phys, 0, 0);
		for (bits = 0; bits < 256; bits++) {
			c = change_case(bits);
			/* The zero page is never dirty nor shared. */
			if (c.page == PAGE_ZERO && (c.dirty || c.shared))
				continue;
			if (becomes_writable(&t, &c, ptep, pfn) !=
			    may_be_writable(t.w, &c))
				fail_msg("%u.%u, case %#x", releases[i] >> 16,
					 releases[i] & 0xffff, bits);
		}
		arch_store(ptep, 0);
		mm_page(t.mm, pfn)->mapping = 0;
		put_page(t.mm, mm_page(t.mm, pfn));
		drop_all_tables(t.mm);
		finish(&t);
	}
}

/* ---- fork, zap, decode ---- */

static void child_entries(void **state)
{
	struct vm_area_struct vma = { .vm_flags = VM_MAYWRITE };
	const struct arch_rules *r;
	struct world t;
	pte_t pte;

	(void)state;
	start(&t, newest());
	r = &t.w->rules;
	pte = pte_mkyoung(pte_mkdirty(pfn_pte(5, arch_protection(VM_READ, r))));
	assert_false(pte_young(child_pte(&vma, pte, r)));
	assert_true(pte_dirty(child_pte(&vma, pte, r)));
	assert_int_equal(pte_pfn(child_pte(&vma, pte, r)), 5);
	if (r->soft_dirty)
		assert_true(pte_soft_dirty(child_pte(&vma, pte, r)));
	if (r->uffd_wp)
		assert_false(pte_uffd_wp(
			child_pte(&vma, pte_mkuffd_wp(pte, r), r), r));
	vma.vm_flags |= VM_SHARED;
	assert_false(pte_dirty(child_pte(&vma, pte, r)));
	finish(&t);
}

static void zap_may_keep_private_copies(void **state)
{
	const struct zap_details keep = { .keep_cows = true };
	const struct zap_details all = { .keep_cows = false };
	struct vm_area_struct *vma;
	struct world t;

	(void)state;
	start(&t, newest());
	map(&t, BASE, 2 * PAGE_SIZE);
	put(&t, BASE, 1);
	(void)get(&t, BASE + PAGE_SIZE);
	vma = find_vma(t.mm, BASE);
	zap_now(t.mm, vma, BASE, BASE + 2 * PAGE_SIZE, keep);
	assert_int_equal(get(&t, BASE), 1);
	assert_int_equal(t.mm->rss[MM_ANONPAGES], 1);
	zap_now(t.mm, vma, BASE, BASE + 2 * PAGE_SIZE, all);
	assert_true(pte_none(ptep_get(pte_find(t.mm, BASE))));
	assert_int_equal(t.mm->rss[MM_ANONPAGES], 0);
	assert_int_equal(get(&t, BASE), 0);
	finish(&t);
}

static u32 flags_of(const struct world *t, pte_t pte)
{
	struct mmsim_entry e;

	assert_int_equal(
		entry_decode(pte_val(pte), PAGE_SHIFT, &t->w->rules, &e), 0);
	assert_int_equal(e.raw, pte_val(pte));
	assert_int_equal(e.shift, PAGE_SHIFT);
	return e.flags;
}

static void entries_decode_to_flags(void **state)
{
	const struct arch_rules *r;
	struct mmsim_entry e;
	struct world t;
	pte_t pte;

	(void)state;
	start(&t, newest());
	r = &t.w->rules;
	assert_int_equal(flags_of(&t, __pte(0)), 0);
	pte = pte_mkold(pfn_pte(9, arch_protection(VM_READ, r)));
	assert_int_equal(flags_of(&t, pte) & ~MMSIM_E_CONT, MMSIM_E_PRESENT);
	assert_int_equal(flags_of(&t, pte_mkyoung(pte)),
			 MMSIM_E_PRESENT | MMSIM_E_YOUNG);
	assert_int_equal(flags_of(&t, pte_mkdirty(pte)),
			 MMSIM_E_PRESENT | MMSIM_E_DIRTY |
				 (r->soft_dirty ? MMSIM_E_SOFT_DIRTY : 0));
	assert_true(flags_of(&t, pte_mkwrite(pte_mkdirty(pte), r)) &
		    MMSIM_E_WRITE);
	assert_true(flags_of(&t, pte_mkspecial(pte)) & MMSIM_E_SPECIAL);
	pte = pfn_pte(9, arch_protection(VM_READ | VM_EXEC, r));
	assert_true(flags_of(&t, pte) & MMSIM_E_EXEC);
	pte = pfn_pte(9, arch_page_none(r));
	assert_int_equal(flags_of(&t, pte) &
				 (MMSIM_E_PRESENT | MMSIM_E_PROTNONE),
			 MMSIM_E_PRESENT | MMSIM_E_PROTNONE);
	assert_int_equal(entry_decode(pte_val(pte), 13 + PAGE_SHIFT * 4, r, &e),
			 -EINVAL);
	finish(&t);
}

/* ---- the invariants of large folios, in this format ---- */

/* The invariant that is named by every line that is reported. */
static void must_name(const char *line, void *user)
{
	const char *const *name = user;

	if (strncmp(line, *name, strlen(*name)))
		print_error("not %s: %s\n", *name, line);
	assert_int_equal(strncmp(line, *name, strlen(*name)), 0);
}

static void breaks(struct world *t, const char *name)
{
	assert_true(mmsim_check(t->w, must_name, &name) > 0);
}

/* A mapping of one PMD, written, with folios of an order. */
static vaddr_t map_large(struct world *t, unsigned order)
{
	struct mmsim_mmap_args args = {
		.size = sizeof(args),
		.addr = align_up(BASE, PMD_SIZE),
		.len = PMD_SIZE,
		.prot = MMSIM_PROT_READ | MMSIM_PROT_WRITE,
		.flags = MMSIM_MAP_PRIVATE | MMSIM_MAP_ANONYMOUS |
			 MMSIM_MAP_FIXED,
	};
	unsigned shift = PAGE_SHIFT + order - MTHP_MIN_SHIFT;
	struct access a = { .kind = MMSIM_WRITE, .len = 1 };
	vaddr_t addr;

	t->w->knobs[KNOB_THP_ENABLED] = THP_ALWAYS;
	if (order != HPAGE_PMD_ORDER) {
		t->w->knobs[KNOB_THP_ENABLED] = THP_NEVER;
		t->w->knobs[KNOB_MTHP_16K + shift] = MTHP_ALWAYS;
	}
	world_knobs_changed(t->w);
	assert_int_equal(do_mmap(t->mm, &args, &addr), 0);
	a.addr = addr;
	assert_int_equal(mm_access(t->mm, &a), 0);
	assert_int_equal(a.fault_kind, 0);
	return addr;
}

static void folio_counts_must_agree(void **state)
{
	struct folio_counts *counts;
	struct mmsim_entry e;
	struct world t;

	(void)state;
	if (!ARCH_HAS_THP)
		return;
	start(&t, newest());
	entry_get(t.mm, map_large(&t, HPAGE_PMD_ORDER), &e);
	assert_true(e.flags & MMSIM_E_HUGE);
	counts = folio_counts(&t.w->phys, e.pfn);
	counts->large_mapcount++;
	breaks(&t, "folio-counts");
	counts->large_mapcount--;
	folio_page(&t.w->phys, e.pfn)->refcount++;
	breaks(&t, "folio-counts");
	folio_page(&t.w->phys, e.pfn)->refcount--;
	counts->mm_mapcount[0]++;
	breaks(&t, "folio-counts");
	counts->mm_mapcount[0]--;
	finish(&t);
}

static u64 stat_of(const struct world *t, const char *name)
{
	u64 value = 0;

	assert_int_equal(mthp_stat_get(t->w, HPAGE_PMD_ORDER, name,
				       strlen(name), &value),
			 0);
	return value;
}

/* What hugepages-*kB/stats of the PMD's size counts, as tried on 6.18. */
static void huge_pages_count_by_size(void **state)
{
	struct world t;
	u64 addr;

	(void)state;
	if (!ARCH_HAS_THP)
		return;
	start(&t, newest());
	if (!feat(t.w, FEAT_MTHP)) {
		finish(&t);
		return;
	}
	addr = map_large(&t, HPAGE_PMD_ORDER);
	assert_int_equal(stat_of(&t, "anon_fault_alloc"), 1);
	assert_int_equal(stat_of(&t, "split_deferred"), 0);
	assert_int_equal(stat_of(&t, "nr_anon"), 1);
	assert_int_equal(stat_of(&t, "nr_anon_partially_mapped"), 0);
	assert_int_equal(
		mmsim_madvise(t.mm, addr, PAGE_SIZE, MMSIM_MADV_DONTNEED), 0);
	assert_int_equal(mmsim_madvise(t.mm, addr + PAGE_SIZE, PAGE_SIZE,
				       MMSIM_MADV_DONTNEED),
			 0);
	assert_int_equal(stat_of(&t, "split_deferred"), 1);
	assert_int_equal(t.w->phys.nr_waiting, 1);
	t.w->phys.nr_waiting++;
	breaks(&t, "folio-counts");
	t.w->phys.nr_waiting--;
	assert_int_equal(stat_of(&t, "nr_anon_partially_mapped"), 1);
	t.w->mthp[HPAGE_PMD_ORDER][MTHP_NR_ANON]++;
	breaks(&t, "folio-counts");
	t.w->mthp[HPAGE_PMD_ORDER][MTHP_NR_ANON]--;
	t.w->mthp[2][MTHP_NR_ANON_PARTIALLY_MAPPED]++;
	breaks(&t, "folio-counts");
	t.w->mthp[2][MTHP_NR_ANON_PARTIALLY_MAPPED]--;
	assert_int_equal(stat_of(&t, "anon_fault_fallback"), 0);
	finish(&t);
}

#define NEVER (~(u32)0)

/* Files of statistics, and the releases that have them: [since, until). */
static const struct {
	const char *name;
	u32 since, until;
} stat_releases[] = {
	{ "anon_fault_alloc", KERNEL(6, 10), NEVER },
	{ "anon_fault_fallback", KERNEL(6, 10), NEVER },
	{ "anon_fault_fallback_charge", KERNEL(6, 10), NEVER },
	{ "anon_swpout", KERNEL(6, 10), KERNEL(6, 11) },
	{ "anon_swpout_fallback", KERNEL(6, 10), KERNEL(6, 11) },
	{ "swpout", KERNEL(6, 11), NEVER },
	{ "swpout_fallback", KERNEL(6, 11), NEVER },
	{ "split", KERNEL(6, 11), NEVER },
	{ "split_failed", KERNEL(6, 11), NEVER },
	{ "split_deferred", KERNEL(6, 11), NEVER },
	{ "nr_anon", KERNEL(6, 12), NEVER },
	{ "nr_anon_partially_mapped", KERNEL(6, 12), NEVER },
	{ "swpin", KERNEL(6, 13), NEVER },
	{ "zswpout", KERNEL(6, 13), NEVER },
	{ "swpin_fallback", KERNEL(6, 14), NEVER },
	{ "swpin_fallback_charge", KERNEL(6, 14), NEVER },
	{ "swp", NEVER, NEVER },
	{ "", NEVER, NEVER },
};

static void check_stat_names(const struct world *t, u32 kernel)
{
	unsigned i, order = HPAGE_PMD_ORDER;
	const char *name;
	u64 value;
	bool has;

	for (i = 0; i < ARRAY_SIZE(stat_releases); i++) {
		name = stat_releases[i].name;
		has = ARCH_HAS_THP && kernel >= stat_releases[i].since &&
		      kernel < stat_releases[i].until;
		assert_int_equal(
			mthp_stat_get(t->w, order, name, strlen(name), &value),
			has ? 0 : -ENOENT);
		assert_int_equal(
			mthp_stat_get(t->w, 1, name, strlen(name), &value),
			-ENOENT);
	}
}

static void sizes_count_what_the_release_does(void **state)
{
	struct world t;
	unsigned minor;

	(void)state;
	for (minor = 8; minor <= 14; minor++) {
		if (!release_uses_layout(KERNEL(6, minor)))
			continue;
		start(&t, KERNEL(6, minor));
		check_stat_names(&t, KERNEL(6, minor));
		finish(&t);
	}
}

/* "transparent_hugepage/hugepages-2048kB/stats/nr_anon" */
static void sizes_are_found_by_name(void **state)
{
	u64 kb = (PAGE_SIZE << HPAGE_PMD_ORDER) >> 10, value;
	struct world t;
	char name[96];

	(void)state;
	if (!ARCH_HAS_THP)
		return;
	start(&t, newest());
	if (feat(t.w, FEAT_MTHP_NR_ANON)) {
		map_large(&t, HPAGE_PMD_ORDER);
		snprintf(name, sizeof(name), "%llukB/stats/nr_anon",
			 (unsigned long long)kb);
		assert_int_equal(mthp_counter(t.w, name, &value), 0);
		assert_int_equal(value, 1);
	}
	snprintf(name, sizeof(name), "%llukB/stats/nr_anon",
		 (unsigned long long)kb * 2);
	assert_int_equal(mthp_counter(t.w, name, &value), -ENOENT);
	assert_int_equal(mthp_counter(t.w, "64kB/enabled", &value), -ENOENT);
	assert_int_equal(mthp_counter(t.w, "kB/stats/nr_anon", &value),
			 -ENOENT);
	assert_int_equal(
		mthp_counter(t.w, "99999999999999999999kB/stats/split", &value),
		-ENOENT);
	finish(&t);
}

#if ARCH_CONT_PTES > 1
static void blocks_must_be_whole(void **state)
{
	struct world t;
	u64 *ptep, was;

	(void)state;
	if (newest() < KERNEL(6, 9))
		return;
	start(&t, newest());
	/* Two blocks at least. */
	ptep = pte_find(t.mm, map_large(&t, PAGE_SHIFT == 14 ? 8 : 6));
	assert_true(contpte_block(pte_raw(ptep)));
	was = arch_load(ptep);
	arch_store(ptep, pte_val(pte_mknoncont(pte_raw(ptep))));
	breaks(&t, "contiguous-blocks");
	arch_store(ptep, was);
	ptep += ARCH_CONT_PTES + 3;
	was = arch_load(ptep);
	arch_store(ptep, pte_val(pte_wrprotect(pte_raw(ptep))));
	breaks(&t, "contiguous-blocks");
	arch_store(ptep, was);
	finish(&t);
}
#endif

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_entry_takes_one_table_of_each_level),
		cmocka_unit_test(tables_of_every_level),
		cmocka_unit_test(entries_lie_where_their_address_says),
		cmocka_unit_test(tables_stay_apart_when_numbers_come_round),
		cmocka_unit_test(free_pgtables_stays_between_floor_and_ceiling),
		cmocka_unit_test(pte_table_next_finds_all_and_only_tables),
		cmocka_unit_test(walk_goes_from_the_top_to_the_entry),
		cmocka_unit_test(aligned_moves_take_whole_tables),
		cmocka_unit_test(realigned_moves),
		cmocka_unit_test(wp_decisions),
		cmocka_unit_test(mprotect_upgrades),
		cmocka_unit_test(child_entries),
		cmocka_unit_test(zap_may_keep_private_copies),
		cmocka_unit_test(entries_decode_to_flags),
		cmocka_unit_test(folio_counts_must_agree),
		cmocka_unit_test(huge_pages_count_by_size),
		cmocka_unit_test(sizes_count_what_the_release_does),
		cmocka_unit_test(sizes_are_found_by_name),
#if ARCH_CONT_PTES > 1
		cmocka_unit_test(blocks_must_be_whole),
#endif
	};

	return cmocka_run_group_tests_name(MM_TEST_INSTANCE_NAME, tests, NULL,
					   NULL);
}
