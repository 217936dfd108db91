/* SPDX-License-Identifier: MIT */
/*
 * The reverse map finds every entry that maps a folio, each once, and none
 * that does not: after fork, exit, split, move, copy on write.
 */
#include MM_TEST_INSTANCE_STUB

#include "mm/file.h"
#include "unit/instance_world.h"

#define PAGES 4

struct found {
	unsigned vmas, entries, huge;
	struct mmsim_mm *first;
	unsigned stop_after; /* VMAs; 0: never */
};

static bool count_entries(struct mmsim *w, pfn_t pfn,
			  struct vm_area_struct *vma, vaddr_t addr, void *arg)
{
	struct page_vma_mapped_walk pvmw = mapped_walk(w, pfn, vma, addr, 0);
	struct found *found = arg;
	u64 page;

	if (!found->vmas++)
		found->first = vma->vm_mm;
	while (page_vma_mapped_walk(&pvmw)) {
		if (!pvmw.ptep) {
			found->huge++;
			continue;
		}
		page = linear_page_index(vma, pvmw.addr) - pvmw.index;
		assert_true(page < pvmw.nr);
		assert_int_equal(pte_pfn(pte_raw(pvmw.ptep)), pvmw.pfn + page);
		assert_ptr_equal(pvmw.ptep, pte_find(vma->vm_mm, pvmw.addr));
		found->entries++;
	}
	return found->vmas != found->stop_after;
}

static struct found find_all(struct world *t, pfn_t pfn)
{
	struct found found = { 0 };
	const struct rmap_walk walk = { .one = count_entries, .arg = &found };

	rmap_walk(t->w, pfn, &walk);
	return found;
}

static void map(struct world *t, u64 size, struct mmsim_file *file)
{
	struct mmsim_mmap_args args = {
		.size = sizeof(args),
		.addr = BASE,
		.len = size,
		.prot = MMSIM_PROT_READ | MMSIM_PROT_WRITE,
		.flags = MMSIM_MAP_FIXED |
			 (file ? MMSIM_MAP_SHARED
			       : MMSIM_MAP_PRIVATE | MMSIM_MAP_ANONYMOUS),
		.file = file,
	};
	vaddr_t addr;

	assert_int_equal(do_mmap(t->mm, &args, &addr), 0);
	assert_int_equal(addr, BASE);
}

static void touch(struct mmsim_mm *mm, vaddr_t addr, unsigned kind)
{
	char byte = 1;
	struct access a = {
		.kind = kind, .addr = addr, .len = 1, .buf = &byte
	};

	assert_int_equal(mm->world->be->access(mm, &a), 0);
	assert_int_equal(a.fault_kind, 0);
}

static void touch_all(struct mmsim_mm *mm, u64 size)
{
	vaddr_t addr;

	for (addr = BASE; addr < BASE + size; addr += PAGE_SIZE)
		touch(mm, addr, MMSIM_WRITE);
}

static pfn_t pfn_at(struct mmsim_mm *mm, vaddr_t addr)
{
	struct mmsim_entry entry;

	mm->world->be->entry(mm, addr, &entry);
	assert_true(entry.flags & MMSIM_E_PRESENT);
	return entry.pfn;
}

static void set_up(struct world *t, u64 size)
{
	start(t, newest());
	map(t, size, NULL);
}

static void one_process_has_one_entry(void **state)
{
	struct found found;
	struct world t;
	unsigned i;

	(void)state;
	set_up(&t, PAGES * PAGE_SIZE);
	touch_all(t.mm, PAGES * PAGE_SIZE);
	for (i = 0; i < PAGES; i++) {
		found = find_all(&t, pfn_at(t.mm, BASE + i * PAGE_SIZE));
		assert_int_equal(found.vmas, 1);
		assert_int_equal(found.entries, 1);
	}
	finish(&t);
}

/* The child, its child, and both after the first process has exited. */
static void descendants_are_found_without_their_ancestor(void **state)
{
	struct mmsim_mm *child, *grandchild;
	struct found found;
	struct world t;
	pfn_t pfn, own;

	(void)state;
	set_up(&t, PAGES * PAGE_SIZE);
	touch_all(t.mm, PAGES * PAGE_SIZE);
	pfn = pfn_at(t.mm, BASE);
	assert_int_equal(mm_fork(t.mm, &child), 0);
	assert_int_equal(mm_fork(child, &grandchild), 0);
	found = find_all(&t, pfn);
	assert_int_equal(found.entries, 3);
	assert_ptr_equal(found.first, t.mm);

	/* What the grandchild copied is nobody else's: not even looked for. */
	touch(grandchild, BASE, MMSIM_WRITE);
	own = pfn_at(grandchild, BASE);
	assert_int_not_equal(own, pfn);
	found = find_all(&t, own);
	assert_int_equal(found.vmas, 1);
	assert_int_equal(found.entries, 1);

	mm_exit(t.mm);
	found = find_all(&t, pfn);
	assert_int_equal(found.entries, 1);
	assert_ptr_equal(found.first, child);
	mm_exit(child);
	found = find_all(&t, pfn_at(grandchild, BASE + PAGE_SIZE));
	assert_int_equal(found.entries, 1);
	finish(&t);
}

static void parts_and_moved_parts_are_found(void **state)
{
	vaddr_t to = BASE + 8 * PMD_SIZE + PAGE_SIZE;
	struct found found;
	struct world t;
	pfn_t pfn[PAGES];
	unsigned i;

	(void)state;
	set_up(&t, PAGES * PAGE_SIZE);
	touch_all(t.mm, PAGES * PAGE_SIZE);
	for (i = 0; i < PAGES; i++)
		pfn[i] = pfn_at(t.mm, BASE + i * PAGE_SIZE);
	assert_int_equal(
		do_mprotect(t.mm, BASE + PAGE_SIZE, PAGE_SIZE, MMSIM_PROT_READ),
		0);
	assert_int_equal(
		do_mremap(t.mm, BASE + 2 * PAGE_SIZE, PAGE_SIZE, PAGE_SIZE,
			  MMSIM_MREMAP_MAYMOVE | MMSIM_MREMAP_FIXED, &to),
		0);
	for (i = 0; i < PAGES; i++) {
		found = find_all(&t, pfn[i]);
		assert_int_equal(found.entries, 1);
		assert_int_equal(found.vmas, 1);
	}
	finish(&t);
}

static void mappings_of_a_file_are_found(void **state)
{
	struct rmap_walk walk = { .one = count_entries };
	struct found found = { .stop_after = 1 };
	struct mmsim_file *file;
	struct mmsim_mm *child;
	struct world t;
	pfn_t pfn;

	(void)state;
	start(&t, newest());
	file = file_alloc(t.w, PAGES * PAGE_SIZE, MMSIM_FILE_MEMFD);
	assert_non_null(file);
	map(&t, PAGES * PAGE_SIZE, file);
	touch(t.mm, BASE + PAGE_SIZE, MMSIM_WRITE);
	assert_int_equal(mm_fork(t.mm, &child), 0);
	touch(child, BASE + PAGE_SIZE, MMSIM_READ);
	pfn = pfn_at(child, BASE + PAGE_SIZE);
	assert_int_equal(find_all(&t, pfn).entries, 2);
	/* The walk ends where it is told to. */
	walk.arg = &found;
	rmap_walk(t.w, pfn, &walk);
	assert_int_equal(found.vmas, 1);
	file_put(file);
	finish(&t);
}

/* A huge entry is one match; split, as many as the folio has pages. */
static void huge_entries_are_found_whole_and_split(void **state)
{
	struct found found;
	struct world t;
	vaddr_t addr;
	pfn_t pfn;

	(void)state;
	if (!ARCH_HAS_THP)
		skip();
	set_up(&t, PMD_SIZE);
	assert_int_equal(do_madvise(t.mm, BASE, PMD_SIZE, MMSIM_MADV_HUGEPAGE),
			 0);
	touch(t.mm, BASE, MMSIM_WRITE);
	pfn = pfn_at(t.mm, BASE);
	found = find_all(&t, pfn + 1);
	assert_int_equal(found.huge, 1);
	assert_int_equal(found.entries, 0);

	/* Three quarters stay, in two VMAs. */
	addr = BASE + PMD_SIZE / 4;
	assert_int_equal(do_munmap(t.mm, addr, PMD_SIZE / 4), 0);
	found = find_all(&t, pfn);
	assert_int_equal(found.huge, 0);
	assert_int_equal(found.vmas, 2);
	assert_int_equal(found.entries, HPAGE_PMD_NR / 4 * 3);
	finish(&t);
}

/* ---- a page of hugetlb ---- */

/* One that is written, with a reference of ours. */
static u64 *map_hugetlb(struct world *t, pfn_t *pfn)
{
	const struct mmsim_mmap_args args = {
		.size = sizeof(args),
		.addr = BASE,
		.len = HPAGE_SIZE,
		.prot = MMSIM_PROT_READ | MMSIM_PROT_WRITE,
		.flags = MMSIM_MAP_FIXED | MMSIM_MAP_PRIVATE |
			 MMSIM_MAP_ANONYMOUS | MMSIM_MAP_HUGETLB,
	};
	vaddr_t addr;

	assert_int_equal(do_mmap(t->mm, &args, &addr), 0);
	touch(t->mm, BASE, MMSIM_WRITE);
	*pfn = pfn_at(t->mm, BASE);
	folio_page(&t->w->phys, *pfn)->refcount++;
	return huge_find(t->mm, BASE);
}

static void moves_and_comes_back(struct world *t, u64 *pmdp, pfn_t pfn)
{
	const struct arch_rules *r = &t->w->rules;
	struct page *head = folio_page(&t->w->phys, pfn);
	struct unmap unmap = { .flags = TTU_BATCH_FLUSH };
	pmd_t before = pmdp_get(pmdp), pmd;

	try_to_migrate(t->w, pfn, &unmap);
	pmd = pmdp_get(pmdp);
	assert_true(is_swap_pmd(pmd) && !unmap.pending);
	assert_true(is_writable_migration_entry(pmd_to_swp_entry(pmd, r), r));
	assert_int_equal(swp_offset_pfn(pmd_to_swp_entry(pmd, r), r), pfn);
	assert_ptr_equal(huge_find(t->mm, BASE), pmdp);
	assert_int_equal(find_all(t, pfn).huge, 0);
	assert_int_equal(head->refcount, 1);
	remove_migration_ptes(t->w, pfn, pfn, 0);
	pmd = pmdp_get(pmdp);
	assert_true(pmd_leaf(pmd) && pmd_write(pmd));
	assert_int_equal(pmd_pfn(pmd), pfn);
	assert_int_equal(pmd_soft_dirty(pmd), pmd_soft_dirty(before));
	assert_int_equal(PageAnonExclusive(head),
			 feat(t->w, FEAT_ANON_EXCLUSIVE));
	if (feat(t->w, FEAT_MIGRATION_AD))
		assert_true(pmd_young(pmd) && pmd_dirty(pmd));
	else
		assert_false(pmd_young(pmd));
	assert_int_equal(find_all(t, pfn).huge, 1);
	assert_int_equal(head->refcount, 2);
}

/* It is unmapped if it breaks, else never. */
static void breaks(struct world *t, u64 *pmdp, pfn_t pfn)
{
	const struct arch_rules *r = &t->w->rules;
	struct unmap unmap = { .flags = TTU_IGNORE_MLOCK };
	swp_entry_t entry;

	try_to_unmap(t->w, pfn, &unmap);
	assert_int_equal(find_all(t, pfn).huge, 1);
	unmap.flags |= TTU_HWPOISON;
	try_to_unmap(t->w, pfn, &unmap);
	assert_int_equal(find_all(t, pfn).huge, 0);
	assert_true(is_swap_pmd(pmdp_get(pmdp)));
	entry = pmd_to_swp_entry(pmdp_get(pmdp), r);
	assert_true(is_hwpoison_entry(entry, r));
	assert_int_equal(swp_offset_pfn(entry, r), pfn);
}

/* Eight entries for a page: tests/scenario/hugetlb_parts.sc. */
static void hugetlb_pages_move_and_break(void **state)
{
	struct world t;
	u64 *pmdp;
	pfn_t pfn;
	size_t i;

	(void)state;
	if (HPAGE_NR_PMDS > 1)
		skip();
	for (i = 0; i < ARRAY_SIZE(releases); i++) {
		if (!release_uses_layout(releases[i]))
			continue;
		start(&t, releases[i]);
		pmdp = map_hugetlb(&t, &pfn);
		assert_int_equal(find_all(&t, pfn + 1).huge, 1);
		moves_and_comes_back(&t, pmdp, pfn);
		breaks(&t, pmdp, pfn);
		world_put_folio(t.w, pfn, 1);
		finish(&t);
	}
}

static void vma_address_is_the_first_page_inside(void **state)
{
	struct vm_area_struct vma = {
		.vm_start = BASE,
		.vm_end = BASE + 4 * PAGE_SIZE,
		.vm_pgoff = 10,
	};
	struct world t;

	(void)state;
	start(&t, newest());
	vma.vm_mm = t.mm;
	assert_int_equal(vma_address(&vma, 10, 1), BASE);
	assert_int_equal(vma_address(&vma, 13, 4), BASE + 3 * PAGE_SIZE);
	assert_int_equal(vma_address(&vma, 8, 3), BASE);
	assert_true(vma_address(&vma, 8, 2) == VMA_ADDRESS_NONE);
	assert_true(vma_address(&vma, 14, 1) == VMA_ADDRESS_NONE);
	finish(&t);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_process_has_one_entry),
		cmocka_unit_test(descendants_are_found_without_their_ancestor),
		cmocka_unit_test(parts_and_moved_parts_are_found),
		cmocka_unit_test(mappings_of_a_file_are_found),
		cmocka_unit_test(huge_entries_are_found_whole_and_split),
		cmocka_unit_test(hugetlb_pages_move_and_break),
		cmocka_unit_test(vma_address_is_the_first_page_inside),
	};

	return cmocka_run_group_tests_name(MM_TEST_INSTANCE_NAME, tests, NULL,
					   NULL);
}
