/* SPDX-License-Identifier: MIT */
/*
 * Each invariant, broken on purpose: mmsim_check() names it, and with the knob
 * debug.check the first operation after which it did not hold.
 */
#include <stdio.h>
#include <string.h>

#include "core/backend.h"
#include "ksm/ksm.h"
#include "mm/file.h"
#include "mm/lru.h"
#include "mm/mm.h"
#include "mm/numa_task.h"
#include "mm/swap.h"
#include "observe/check.h"
#include "phys/folio.h"
#include "support/map.h"
#include "support/test.h"
#include "tlb/lookup.h"
#include "vma/anon_vma.h"
#include "vma/vma_ops.h"

#include <mmsim/mmsim.h>

#define BASE ((vaddr_t)1 << 40)

struct broken_world {
	struct mmsim *w;
	struct mmsim_mm *mm;
	struct mmsim_file *file;
	u64 page;
};

/* ---- a world with anonymous memory, a file and its mapping ---- */

static void map(struct broken_world *b, u64 page, int prot, int flags,
		struct mmsim_file *file)
{
	struct mmsim_mmap_args args = { .size = sizeof(args),
					.addr = BASE + page * b->page,
					.len = 4 * b->page,
					.prot = prot,
					.flags = flags | MMSIM_MAP_FIXED,
					.file = file };
	u64 addr;

	assert_int_equal(mmsim_mmap(b->mm, &args, &addr), 0);
}

static void touch(struct broken_world *b, u64 page, enum mmsim_access kind)
{
	struct mmsim_fault fault = MMSIM_FAULT_INIT;

	assert_int_equal(mmsim_access(b->mm, 0, BASE + page * b->page, 1, kind,
				      NULL, &fault),
			 0);
	assert_int_equal(fault.kind, MMSIM_FAULT_NONE);
}

/* Pages 0-3: written; 8-11: read; 16-19: a shared file's. */
static void begin(struct broken_world *b)
{
	const int anon = MMSIM_MAP_PRIVATE | MMSIM_MAP_ANONYMOUS;
	struct mmsim_config config = MMSIM_CONFIG_INIT;
	struct mmsim_world_info info = { .size = sizeof(info) };

	assert_int_equal(mmsim_create(&config, &b->w), 0);
	mmsim_world_info(b->w, &info);
	b->page = info.page_size;
	assert_int_equal(mmsim_mm_create(b->w, &b->mm), 0);
	assert_int_equal(mmsim_file_create(b->w, 4 * b->page, 0, &b->file), 0);
	map(b, 0, MMSIM_PROT_READ | MMSIM_PROT_WRITE, anon, NULL);
	map(b, 8, MMSIM_PROT_READ, anon, NULL);
	map(b, 16, MMSIM_PROT_READ | MMSIM_PROT_WRITE, MMSIM_MAP_SHARED,
	    b->file);
	touch(b, 0, MMSIM_WRITE);
	touch(b, 1, MMSIM_WRITE);
	touch(b, 8, MMSIM_READ);
	touch(b, 16, MMSIM_WRITE);
	assert_int_equal(mmsim_check(b->w, NULL, NULL), 0);
}

static struct page *page_at(struct broken_world *b, u64 page)
{
	struct mmsim_entry e = { .size = sizeof(e) };

	assert_int_equal(mmsim_entry_get(b->mm, BASE + page * b->page, &e), 0);
	return mm_page(b->mm, e.pfn);
}

static struct vm_area_struct *vma_at(struct broken_world *b, u64 page)
{
	return vma_tree_find(&b->mm->tree, BASE + page * b->page);
}

/* ---- one way to break each ---- */

static void break_mapcount(struct broken_world *b)
{
	page_at(b, 16)->mapcount++;
}

static void break_refcount(struct broken_world *b)
{
	page_at(b, 0)->refcount++;
}

static void break_exclusive_write(struct broken_world *b)
{
	page_clear(page_at(b, 0), PG_anon_exclusive);
}

static void break_exclusive_one(struct broken_world *b)
{
	page_at(b, 0)->mapcount = 2;
}

static void break_exclusive_anon(struct broken_world *b)
{
	page_set(page_at(b, 16), PG_anon_exclusive);
}

static void break_zero_uncounted(struct broken_world *b)
{
	pfn_to_page(&b->w->phys, b->w->zero_pfn)->mapcount = 1;
}

/* The entry of page 1 is writable: let its page be the zero page. */
static void break_zero_ro(struct broken_world *b)
{
	page_set(page_at(b, 1), PG_zero);
}

/* ---- of large folios ---- */

#define HUGE_PAGE (1u << 18)

static void map_huge(struct broken_world *b, struct mmsim_entry *e)
{
	struct mmsim_world_info info = { .size = sizeof(info) };
	u64 addr = BASE + HUGE_PAGE * b->page;

	mmsim_world_info(b->w, &info);
	assert_int_equal(
		mmsim_set(b->w, "transparent_hugepage/enabled", "always"), 0);
	map_anon_at(b->mm, addr, info.pmd_size);
	touch(b, HUGE_PAGE, MMSIM_WRITE);
	e->size = sizeof(*e);
	assert_int_equal(mmsim_entry_get(b->mm, addr, e), 0);
	assert_true(e->flags & MMSIM_E_HUGE);
}

static void break_folio(struct broken_world *b)
{
	struct mmsim_entry e;

	map_huge(b, &e);
	folio_counts(&b->w->phys, e.pfn)->large_mapcount++;
}

static void break_deposit(struct broken_world *b)
{
	struct mmsim_entry e;

	map_huge(b, &e);
	b->mm->nr_deposited++;
}

/* Entries as they are, but for a CONT bit that none should have: there is no
 * block of so many equal ones here. */
static const struct mm_backend *cont_be;

struct cont_user {
	void (*fn)(vaddr_t addr, const struct mmsim_entry *entry, void *user);
	void *user;
};

static void cont_entry(vaddr_t addr, const struct mmsim_entry *e, void *user)
{
	const struct cont_user *to = user;
	struct mmsim_entry cont = *e;

	cont.flags |= MMSIM_E_CONT;
	to->fn(addr, &cont, to->user);
}

static void cont_entries(struct mmsim_mm *mm,
			 void (*fn)(vaddr_t addr,
				    const struct mmsim_entry *entry,
				    void *user),
			 void *user)
{
	struct cont_user to = { fn, user };

	cont_be->for_each_entry(mm, cont_entry, &to);
}

static void break_contpte(struct broken_world *b)
{
	static struct mm_backend be;

	cont_be = b->w->be;
	be = *cont_be;
	be.cont_ptes = 16;
	be.for_each_entry = cont_entries;
	b->w->be = &be;
}

/* ---- of what is tracked ---- */

static void protected_entry(vaddr_t addr, const struct mmsim_entry *e,
			    void *user)
{
	const struct cont_user *to = user;
	struct mmsim_entry protected = *e;

	protected.flags |= MMSIM_E_UFFD_WP;
	to->fn(addr, &protected, to->user);
}

static void protected_entries(struct mmsim_mm *mm,
			      void (*fn)(vaddr_t addr,
					 const struct mmsim_entry *entry,
					 void *user),
			      void *user)
{
	struct cont_user to = { fn, user };

	cont_be->for_each_entry(mm, protected_entry, &to);
}

static void break_uffd_ro(struct broken_world *b)
{
	static struct mm_backend be;

	cont_be = b->w->be;
	be = *cont_be;
	be.for_each_entry = protected_entries;
	b->w->be = &be;
}

/* A marker of a mapping that is not registered any more. */
static void break_uffd_registered(struct broken_world *b)
{
	assert_int_equal(mmsim_uffd_open(b->mm, MMSIM_UFFD_FEATURE_WP_ASYNC),
			 0);
	assert_int_equal(mmsim_uffd_register(b->mm, BASE, 4 * b->page,
					     MMSIM_UFFD_REGISTER_MODE_WP),
			 0);
	assert_int_equal(
		mmsim_uffd_writeprotect(b->mm, BASE + 3 * b->page, b->page,
					MMSIM_UFFD_WRITEPROTECT_MODE_WP),
		0);
	assert_int_equal(mmsim_check(b->w, NULL, NULL), 0);
	vma_at(b, 0)->vm_flags &= ~(vm_flags_t)VM_UFFD_WP;
}

/* mprotect takes the mapping for one that is not tracked. */
static void break_soft_dirty(struct broken_world *b)
{
	assert_int_equal(mmsim_clear_refs(b->mm, MMSIM_CLEAR_REFS_SOFT_DIRTY),
			 0);
	vma_at(b, 0)->vm_flags |= VM_SOFTDIRTY;
	assert_int_equal(
		mmsim_mprotect(b->mm, BASE, 4 * b->page, MMSIM_PROT_READ), 0);
	assert_int_equal(mmsim_mprotect(b->mm, BASE, 4 * b->page,
					MMSIM_PROT_READ | MMSIM_PROT_WRITE),
			 0);
	assert_int_equal(mmsim_check(b->w, NULL, NULL), 0);
	vma_at(b, 0)->vm_flags &= ~(vm_flags_t)VM_SOFTDIRTY;
}

static void break_free_mapped(struct broken_world *b)
{
	page_set(page_at(b, 0), PG_table);
}

static void break_in_vma(struct broken_world *b)
{
	vma_tree_resize(&b->mm->tree, vma_at(b, 0), BASE + b->page,
			BASE + 4 * b->page);
}

static void break_rights(struct broken_world *b)
{
	vma_at(b, 0)->vm_flags &= ~(vm_flags_t)VM_WRITE;
}

static void break_exec(struct broken_world *b)
{
	assert_int_equal(mmsim_mprotect(b->mm, BASE, 4 * b->page,
					MMSIM_PROT_READ | MMSIM_PROT_EXEC),
			 0);
	vma_at(b, 0)->vm_flags &= ~(vm_flags_t)VM_EXEC;
}

static void break_anon_vma(struct broken_world *b)
{
	vma_at(b, 0)->anon_vma = NULL;
}

static void break_file_page(struct broken_world *b)
{
	vma_at(b, 16)->vm_pgoff += 2;
}

static void break_file_size(struct broken_world *b)
{
	b->file->size = 0;
}

static void break_rss(struct broken_world *b)
{
	b->mm->rss[MM_ANONPAGES]--;
}

/* Page 1 to a device that keeps it in the swap cache: its slot. */
static struct swap_ref swap_out(struct broken_world *b)
{
	struct mmsim_entry e = { .size = sizeof(e) };
	u64 addr = BASE + b->page;

	assert_int_equal(do_swapon(b->w, SWAP_SSD, (u64)16 << 20, 0), 0);
	assert_int_equal(
		mmsim_madvise(b->mm, addr, b->page, MMSIM_MADV_PAGEOUT), 0);
	assert_int_equal(mmsim_entry_get(b->mm, addr, &e), 0);
	assert_true(e.flags & MMSIM_E_SWAP);
	return (struct swap_ref){ 0, e.pfn };
}

static void break_swap_count(struct broken_world *b)
{
	assert_true(swap_dup(b->w, swap_out(b), 1));
}

static void break_swap_cache(struct broken_world *b)
{
	pfn_t pfn = swap_cache_find(b->w, swap_out(b));

	page_clear(pfn_to_page(&b->w->phys, pfn), PG_swapcache);
}

/* The parent's entry claims the slot for itself after fork. */
/* Pages 0 and 1 are made equal, and then one: its node. */
static struct ksm_stable_node *merge(struct broken_world *b)
{
	assert_int_equal(
		mmsim_madvise(b->mm, BASE, 4 * b->page, MMSIM_MADV_MERGEABLE),
		0);
	for (u64 i = 0; i < 2; i++)
		(void)page_zero_bytes(&b->w->phys,
				      page_to_pfn(&b->w->phys, page_at(b, i)),
				      0, b->page);
	assert_int_equal(do_ksm_scan(b->w, 2), 0);
	assert_true(PageKsm(page_at(b, 0)));
	return page_stable_node(page_at(b, 0));
}

static void break_ksm_page(struct broken_world *b)
{
	merge(b)->pfn++;
}

/* An item looks for its page in a mapping that never had it. */
static void break_ksm_rmap(struct broken_world *b)
{
	struct ksm_rmap_item *item = LIST_FIRST(&merge(b)->items);

	map(b, 64, MMSIM_PROT_READ | MMSIM_PROT_WRITE,
	    MMSIM_MAP_PRIVATE | MMSIM_MAP_ANONYMOUS, NULL);
	touch(b, 64, MMSIM_WRITE);
	anon_vma_put(b->w, item->anon_vma);
	item->anon_vma = vma_at(b, 64)->anon_vma;
	anon_vma_get(item->anon_vma);
}

static void break_ksm_trees(struct broken_world *b)
{
	merge(b);
	b->w->ksm->pages_sharing++;
}

static void break_swap_exclusive(struct broken_world *b)
{
	struct mmsim_walk_step steps[MAX_LEVELS];
	struct mmsim_mm *child;
	u64 *entry;
	int n, i;

	(void)swap_out(b);
	assert_int_equal(mmsim_fork(b->mm, &child), 0);
	for (i = 0; i < MAX_LEVELS; i++)
		steps[i].size = sizeof(steps[i]);
	n = mmsim_walk(b->mm, BASE + b->page, steps, MAX_LEVELS);
	assert_true(n > 0);
	entry = phys_to_virt(&b->w->phys, steps[n - 1].table);
	entry[steps[n - 1].index] |= b->w->rules.swp.exclusive;
}

static void break_vma_tree(struct broken_world *b)
{
	vma_at(b, 8)->vm_end = vma_at(b, 16)->vm_end;
}

static void break_vma_merged(struct broken_world *b)
{
	struct vm_area_struct *upper;

	assert_int_equal(vma_reserve(b->mm, 1), 0);
	assert_int_equal(split_vma(vma_at(b, 8), BASE + 9 * b->page, &upper),
			 0);
}

static void break_vma_rights(struct broken_world *b)
{
	vma_at(b, 8)->vm_flags &= ~(vm_flags_t)VM_MAYREAD;
}

static void break_vm_totals(struct broken_world *b)
{
	b->w->committed++;
}

static void break_tables(struct broken_world *b)
{
	b->mm->nr_tables++;
}

static void break_pids(struct broken_world *b)
{
	struct mmsim_mm *child;

	assert_int_equal(mmsim_fork(b->mm, &child), 0);
	child->pid = b->mm->pid;
}

static void break_table_end(struct broken_world *b)
{
	b->w->watch.overrun = BASE;
	b->w->watch.overrun_pid = b->mm->pid;
}

static void break_locks(struct broken_world *b)
{
	b->mm->mmap_lock.readers = 1;
}

static void break_batches(struct broken_world *b)
{
	b->w->lru_add[0].nr = folio_batch_size(b->w) + 1;
}

/* A folio that is on a list counts as one that has not left its batch. */
static void break_lru(struct broken_world *b)
{
	lru_add_drain(b->w);
	assert_true(lru_lists_begin(b->w));
	page_clear(page_at(b, 0), PG_lru);
}

static void break_frames(struct broken_world *b)
{
	assert_true(phys_alloc(&b->w->phys, 0, 0) != PFN_NONE);
}

static void break_buddy(struct broken_world *b)
{
	b->w->phys.node[0].nr_free--;
}

static void break_policies(struct broken_world *b)
{
	assert_int_equal(
		mmsim_mbind(b->mm, BASE, b->page, MMSIM_MPOL_BIND, 1, 0), 0);
	vma_at(b, 0)->policy.nodes = 2;
}

/* The node it prefers is not the one that its faults were of. */
static void break_numa_faults(struct broken_world *b)
{
	u64 nr;

	assert_int_equal(do_numa_scan(b->mm, &nr), 0);
	task_numa_fault(b->mm, NUMA_PRIVATE, 0, 1, false);
	assert_int_equal(do_numa_scan(b->mm, &nr), 0);
	task_numa_fault(b->mm, NUMA_PRIVATE, 0, 1, false);
	assert_int_equal(b->mm->numa->task[0].preferred, 0);
	b->mm->numa->task[0].preferred = 1;
}

static void break_node_cpus(struct broken_world *b)
{
	b->w->cpu_node[0] = 1;
}

/* A page too many of one node, too few of no other. */
static void break_node_pages(struct broken_world *b)
{
	b->w->phys.node[0].nr_alloc++;
}

static void break_node_hugetlb(struct broken_world *b)
{
	b->w->hugetlb.on_node[0]++;
}

/* As after a flush that was forgotten. */
static void break_tlb(struct broken_world *b)
{
	tlb_fill(b->w, &b->w->tlb.cpus[0], NULL, BASE, TLB_PAGE,
		 page_to_pfn(&b->w->phys, page_at(b, 1)),
		 TLB_ALLOWED(MMSIM_READ));
}

static void (*const breaks[NR_INVARIANTS])(struct broken_world *b) = {
	[INV_MAPCOUNT] = break_mapcount,
	[INV_REFCOUNT] = break_refcount,
	[INV_EXCLUSIVE_WRITE] = break_exclusive_write,
	[INV_EXCLUSIVE_ONE] = break_exclusive_one,
	[INV_EXCLUSIVE_ANON] = break_exclusive_anon,
	[INV_FOLIO] = break_folio,
	[INV_DEPOSIT] = break_deposit,
	[INV_CONTPTE] = break_contpte,
	[INV_FREE_MAPPED] = break_free_mapped,
	[INV_ZERO_UNCOUNTED] = break_zero_uncounted,
	[INV_ZERO_RO] = break_zero_ro,
	[INV_IN_VMA] = break_in_vma,
	[INV_RIGHTS] = break_rights,
	[INV_EXEC] = break_exec,
	[INV_UFFD_RO] = break_uffd_ro,
	[INV_UFFD_REGISTERED] = break_uffd_registered,
	[INV_SOFT_DIRTY] = break_soft_dirty,
	[INV_ANON_VMA] = break_anon_vma,
	[INV_FILE_PAGE] = break_file_page,
	[INV_FILE_SIZE] = break_file_size,
	[INV_RSS] = break_rss,
	[INV_SWAP_COUNT] = break_swap_count,
	[INV_SWAP_CACHE] = break_swap_cache,
	[INV_SWAP_EXCLUSIVE] = break_swap_exclusive,
	[INV_KSM_PAGE] = break_ksm_page,
	[INV_KSM_RMAP] = break_ksm_rmap,
	[INV_KSM_TREES] = break_ksm_trees,
	[INV_VMA_TREE] = break_vma_tree,
	[INV_VMA_MERGED] = break_vma_merged,
	[INV_VMA_RIGHTS] = break_vma_rights,
	[INV_VM_TOTALS] = break_vm_totals,
	[INV_TABLES] = break_tables,
	[INV_TABLE_END] = break_table_end,
	[INV_PIDS] = break_pids,
	[INV_LOCKS] = break_locks,
	[INV_BATCHES] = break_batches,
	[INV_LRU] = break_lru,
	[INV_FRAMES] = break_frames,
	[INV_TLB] = break_tlb,
	[INV_POLICIES] = break_policies,
	[INV_NUMA_FAULTS] = break_numa_faults,
	[INV_NODE_CPUS] = break_node_cpus,
	[INV_NODE_PAGES] = break_node_pages,
	[INV_NODE_HUGETLB] = break_node_hugetlb,
	[INV_BUDDY] = break_buddy,
};

/* ---- what is told ---- */

struct told {
	const char *name, *first; /* looked for */
	unsigned nr_names, nr_firsts, lines;
};

static void take_line(const char *line, void *user)
{
	size_t len = strlen(((struct told *)user)->name);
	struct told *told = user;

	told->lines++;
	told->nr_names += !strncmp(line, told->name, len) && line[len] == ':';
	told->nr_firsts += told->first &&
			   !strncmp(line, told->first, strlen(told->first)) &&
			   strstr(line, told->name);
}

static struct told ask(struct broken_world *b, enum invariant inv)
{
	struct told told = { .name = invariant_table[inv].name };

	assert_true(mmsim_check(b->w, take_line, &told) > 0);
	return told;
}

static void each_is_caught_by_name(void **state)
{
	/* The damage may go beyond what a destroy can take apart. */
	static struct mmsim *kept[NR_INVARIANTS];
	unsigned i;

	(void)state;
	for (i = 0; i < NR_INVARIANTS; i++) {
		struct broken_world b;
		struct told told;

		assert_non_null(breaks[i]);
		begin(&b);
		breaks[i](&b);
		told = ask(&b, (enum invariant)i);
		if (!told.nr_names)
			print_error("%s is not caught\n", told.name);
		assert_true(told.nr_names >= 1);
		kept[i] = b.w;
		assert_ptr_equal(kept[i], b.w);
	}
}

/* Whatever was broken before an operation began is found after it. */
static void the_first_operation_is_named(void **state)
{
	struct told told = { .name = invariant_table[INV_RSS].name,
			     .first = "first broken after operation" };
	struct broken_world b;

	(void)state;
	begin(&b);
	assert_int_equal(mmsim_set(b.w, "debug.check", "all"), 0);
	touch(&b, 2, MMSIM_WRITE);
	break_rss(&b);
	touch(&b, 3, MMSIM_WRITE);
	assert_int_equal(mmsim_mprotect(b.mm, BASE, b.page, MMSIM_PROT_READ),
			 0);
	/* It heals; the first operation is named all the same. */
	b.mm->rss[MM_ANONPAGES]++;
	assert_int_equal(mmsim_check(b.w, take_line, &told), 1);
	assert_int_equal(told.nr_firsts, 1);
	assert_int_equal(told.lines, 1);
	assert_non_null(strstr(b.w->watch.text, "access: rss"));
	mmsim_destroy(b.w);
}

static void cheap_ones_leave_entries_alone(void **state)
{
	struct told told = { .name = "pids", .first = "first broken" };
	struct broken_world b;

	(void)state;
	begin(&b);
	assert_int_equal(mmsim_set(b.w, "debug.check", "cheap"), 0);
	break_rss(&b);
	assert_int_equal(mmsim_munmap(b.mm, BASE + 32 * b.page, b.page), 0);
	assert_true(!b.w->watch.op);
	b.mm->rss[MM_ANONPAGES]++;
	b.mm->pid = 77;
	assert_int_equal(mmsim_munmap(b.mm, BASE + 32 * b.page, b.page), 0);
	b.mm->pid = 1;
	assert_int_equal(mmsim_check(b.w, take_line, &told), 1);
	assert_int_equal(told.nr_firsts, 1);
	mmsim_destroy(b.w);
}

static void a_scenario_names_its_line(void **state)
{
	static const char text[] = "mmap A 2p rw private anon\n"
				   "write A 0 2p\n"
				   "munmap A 0 1p\n";
	struct told told = { .name = "tables",
			     .first = "first broken after line 2, scenario" };
	struct mmsim_scenario *s;
	struct broken_world b;
	int rc;

	(void)state;
	begin(&b);
	assert_int_equal(mmsim_set(b.w, "debug.check", "all"), 0);
	assert_int_equal(mmsim_scenario_open(b.w, text, sizeof(text) - 1,
					     take_line, &told, &s),
			 0);
	assert_int_equal(mmsim_scenario_step(s), 1);
	break_tables(&b);
	do
		rc = mmsim_scenario_step(s);
	while (rc > 0);
	mmsim_scenario_close(s);
	b.mm->nr_tables--;
	assert_int_equal(mmsim_check(b.w, take_line, &told), 1);
	assert_int_equal(told.nr_firsts, 1);
	mmsim_destroy(b.w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_is_caught_by_name),
		cmocka_unit_test(the_first_operation_is_named),
		cmocka_unit_test(cheap_ones_leave_entries_alone),
		cmocka_unit_test(a_scenario_names_its_line),
	};

	return cmocka_run_group_tests_name("invariant", tests, NULL, NULL);
}
