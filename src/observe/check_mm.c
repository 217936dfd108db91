/* SPDX-License-Identifier: MIT */
#include "observe/check_parts.h"

#include <string.h>

#include "core/backend.h"

/*
 * Neighbours without anonymous pages that no rule keeps apart. A stack that
 * grows up to its neighbour is not merged with it.
 */
static bool could_be_one(const struct check *c, const struct vm_area_struct *a,
			 const struct vm_area_struct *b)
{
	return a->vm_end == b->vm_start && a->vm_file == b->vm_file &&
	       !((a->vm_flags ^ b->vm_flags) & ~VM_IGNORE_MERGE) &&
	       !(b->vm_flags & (VM_GROWSDOWN | VM_HUGETLB)) && !a->anon_vma &&
	       !b->anon_vma && !a->kept_apart && !b->kept_apart &&
	       mpol_equal(&a->policy, &b->policy) &&
	       a->vm_pgoff + (vma_size(a) >> c->w->phys.page_shift) ==
		       b->vm_pgoff;
}

/* VM_READ, VM_WRITE and VM_EXEC lie four bits below VM_MAYREAD and so on. */
static bool beyond_may(vm_flags_t flags)
{
	return flags & VM_ACCESS_FLAGS & ~(flags >> 4);
}

void check_vmas(struct check *c, struct mmsim_mm *mm)
{
	struct part part = { c, INV_VMA_TREE };
	struct vm_area_struct *vma, *next;
	u64 total = 0, locked = 0, pages;

	(void)vma_tree_check(&mm->tree, part_broken, &part);
	for (vma = vma_tree_find(&mm->tree, 0); vma; vma = next) {
		next = vma_tree_next(&mm->tree, vma);
		pages = vma_size(vma) >> c->w->phys.page_shift;
		total += pages;
		if (beyond_may(vma->vm_flags))
			check_broken(c, INV_VMA_RIGHTS,
				     "pid %u, 0x%llx: flags 0x%llx", mm->pid,
				     ADDR(vma->vm_start), ADDR(vma->vm_flags));
		if (vma->vm_flags & VM_LOCKED)
			locked += pages;
		if (next && could_be_one(c, vma, next))
			check_broken(
				c, INV_VMA_MERGED,
				"pid %u: the mappings at 0x%llx and 0x%llx",
				mm->pid, ADDR(vma->vm_start),
				ADDR(next->vm_start));
	}
	if (total != mm->total_vm || locked != mm->locked_vm)
		check_broken(
			c, INV_VM_TOTALS,
			"pid %u: total_vm %llu, found %llu; locked_vm %llu, found %llu",
			mm->pid, ADDR(mm->total_vm), ADDR(total),
			ADDR(mm->locked_vm), ADDR(locked));
}

static void check_tables(struct check *c, struct mmsim_mm *mm)
{
	u64 nr, bytes;

	c->w->be->count_tables(mm, &nr, &bytes);
	if (nr != mm->nr_tables || bytes != mm->pgtables_bytes)
		check_broken(
			c, INV_TABLES,
			"pid %u: %llu tables of %llu bytes, found %llu of %llu",
			mm->pid, ADDR(mm->nr_tables), ADDR(mm->pgtables_bytes),
			ADDR(nr), ADDR(bytes));
}

static void check_deposits(struct check *c, struct mmsim_mm *mm)
{
	if (c->nr_huge != mm->nr_deposited)
		check_broken(
			c, INV_DEPOSIT,
			"pid %u: %llu tables put aside, %llu huge entries have one",
			mm->pid, ADDR(mm->nr_deposited), ADDR(c->nr_huge));
}

static void check_entries(struct check *c, struct mmsim_mm *mm)
{
	struct part cont = { c, INV_CONTPTE };

	memset(c->rss, 0, sizeof(c->rss));
	c->nr_huge = 0;
	c->cont = (struct cont_check){
		.block = c->w->be->cont_ptes,
		.page_shift = c->w->be->page_shift,
	};
	c->w->be->for_each_entry(mm, check_entry, c);
	check_cont(&c->cont, 0, NULL, part_broken, &cont);
	check_deposits(c, mm);
}

void check_mm(struct check *c, struct mmsim_mm *mm)
{
	static const char *const names[NR_MM_COUNTERS] = {
		[MM_ANONPAGES] = "anon",
		[MM_FILEPAGES] = "file",
		[MM_SHMEMPAGES] = "shmem",
		[MM_SWAPENTS] = "swap",
	};
	unsigned i;

	c->mm = mm;
	check_entries(c, mm);
	for (i = 0; i < NR_MM_COUNTERS; i++)
		if (c->rss[i] != mm->rss[i])
			check_broken(c, INV_RSS, "pid %u: %s %llu, found %llu",
				     mm->pid, names[i], ADDR(mm->rss[i]),
				     ADDR(c->rss[i]));
	check_vmas(c, mm);
	check_tables(c, mm);
	c->mm = NULL;
}

static u64 charged_pages(struct mmsim_mm *mm)
{
	struct vm_area_struct *vma;
	u64 charged = 0;

	for (vma = vma_tree_find(&mm->tree, 0); vma;
	     vma = vma_tree_next(&mm->tree, vma))
		if (vma->vm_flags & VM_ACCOUNT)
			charged += vma_size(vma) >> mm->world->phys.page_shift;
	return charged;
}

/* The list is in the order in which processes were made, newest first. */
static void check_pid(struct check *c, const struct mmsim_mm *mm)
{
	const struct mmsim_mm *older = LIST_NEXT(mm, link);

	if (mm->pid > c->w->next_pid || !mm->pid ||
	    (older && older->pid >= mm->pid))
		check_broken(c, INV_PIDS, "pid %u, behind it %u, next %u",
			     mm->pid, older ? older->pid : 0,
			     c->w->next_pid + 1);
}

static void check_locks(struct check *c, const struct mmsim_mm *mm)
{
	if (c->w->sched.suspended)
		return;
	if (lock_is_held(&mm->mmap_lock) || lock_is_held(&mm->page_table_lock))
		check_broken(c, INV_LOCKS, "pid %u", mm->pid);
}

void check_table_end(struct check *c)
{
	const struct watch *watch = &c->w->watch;

	if (watch->overrun_pid)
		check_broken(c, INV_TABLE_END, "pid %u, 0x%llx",
			     watch->overrun_pid, ADDR(watch->overrun));
}

void check_processes(struct check *c)
{
	struct mmsim_mm *mm;
	u64 charged = 0;

	LIST_FOREACH(mm, &c->w->mms, link) {
		charged += charged_pages(mm);
		check_pid(c, mm);
		check_locks(c, mm);
	}
	if (charged != c->w->committed)
		check_broken(c, INV_VM_TOTALS, "%llu pages charged, found %llu",
			     ADDR(c->w->committed), ADDR(charged));
}
