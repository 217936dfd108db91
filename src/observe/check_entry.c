/* SPDX-License-Identifier: MIT */
#include "observe/check_parts.h"

#include "mm/file.h"
#include "phys/folio.h"

static void check_anon_entry(struct check *c, vaddr_t addr,
			     const struct mmsim_entry *e)
{
	bool exclusive = e->flags & MMSIM_E_EXCLUSIVE;

	if (!feat(c->w, FEAT_ANON_EXCLUSIVE))
		return;
	if (e->flags & MMSIM_E_WRITE && !exclusive)
		check_broken(
			c, INV_EXCLUSIVE_WRITE,
			"pid %u, 0x%llx: pfn 0x%llx is writable, not exclusive",
			c->mm->pid, ADDR(addr), ADDR(e->pfn));
	if (exclusive && e->mapcount != 1)
		check_broken(
			c, INV_EXCLUSIVE_ONE,
			"pid %u, 0x%llx: pfn 0x%llx is exclusive and mapped %d times",
			c->mm->pid, ADDR(addr), ADDR(e->pfn), e->mapcount);
}

static void check_file_entry(struct check *c, vaddr_t addr,
			     const struct vm_area_struct *vma,
			     const struct mmsim_entry *e)
{
	u64 index = vma->vm_pgoff +
		    ((addr - vma->vm_start) >> c->w->phys.page_shift);

	if (page_test(mm_page(c->mm, e->pfn), PG_anon_exclusive))
		check_broken(c, INV_EXCLUSIVE_ANON,
			     "pid %u, 0x%llx: pfn 0x%llx is a file's",
			     c->mm->pid, ADDR(addr), ADDR(e->pfn));

	if (!vma->vm_file || file_find_page(vma->vm_file, index) != e->pfn)
		check_broken(
			c, INV_FILE_PAGE,
			"pid %u, 0x%llx: pfn 0x%llx is not page %llu of its file",
			c->mm->pid, ADDR(addr), ADDR(e->pfn), ADDR(index));
}

static void check_zero_entry(struct check *c, vaddr_t addr,
			     const struct mmsim_entry *e)
{
	u32 forbidden = MMSIM_E_WRITE | MMSIM_E_DIRTY;

	/* By the dirty bit KSM tells which ones it made. */
	if (c->w->ksm && feat(c->w, FEAT_KSM_ZERO_MARKED))
		forbidden = MMSIM_E_WRITE;
	if (e->flags & forbidden)
		check_broken(c, INV_ZERO_RO, "pid %u, 0x%llx: raw 0x%llx",
			     c->mm->pid, ADDR(addr), ADDR(e->raw));
}

/* In no count of a process, and no table is put aside for its entry. */
static bool is_hugetlb(const struct check *c, const struct mmsim_entry *e)
{
	return page_test(folio_page(&c->w->phys, e->pfn), PG_hugetlb);
}

/* Of a file's folio only where the MMU keeps marks in it. */
static bool has_deposit(const struct check *c, const struct mmsim_entry *e)
{
	return !is_hugetlb(c, e) && (e->flags & (MMSIM_E_ANON | MMSIM_E_ZERO) ||
				     c->w->mmu == MMSIM_MMU_HASH);
}

static void check_mapped_page(struct check *c, vaddr_t addr,
			      const struct vm_area_struct *vma,
			      const struct mmsim_entry *e)
{
	const struct page *page = folio_page(&c->w->phys, e->pfn);
	u64 nr = 1;

	if (is_hugetlb(c, e) && e->pfn != folio_pfn(&c->w->phys, e->pfn))
		return;
	if (e->flags & MMSIM_E_HUGE)
		nr = BIT_U64(c->w->phys.block_order);
	add_use(c, e->pfn, nr == 1 ? USE_PTE : USE_PMD);
	if (page_test(page, PG_buddy | PG_table) || page->refcount <= 0)
		check_broken(c, INV_FREE_MAPPED, "pid %u, 0x%llx: pfn 0x%llx",
			     c->mm->pid, ADDR(addr), ADDR(e->pfn));
	if (is_hugetlb(c, e))
		nr = 0;
	if (e->flags & MMSIM_E_ANON) {
		c->rss[MM_ANONPAGES] += nr;
		if (!vma->anon_vma)
			check_broken(c, INV_ANON_VMA, "pid %u, 0x%llx",
				     c->mm->pid, ADDR(addr));
		check_anon_entry(c, addr, e);
		if (e->flags & MMSIM_E_KSM)
			check_ksm_entry(c, addr, vma, e);
	} else {
		c->rss[page_test(page, PG_swapbacked) ? MM_SHMEMPAGES
						      : MM_FILEPAGES] += nr;
		check_file_entry(c, addr, vma, e);
	}
}

void check_entry(vaddr_t addr, const struct mmsim_entry *e, void *user)
{
	struct check *c = user;
	const struct vm_area_struct *vma = vma_tree_find(&c->mm->tree, addr);
	struct part cont = { c, INV_CONTPTE };

	c->nr_huge += e->flags & MMSIM_E_HUGE && has_deposit(c, e);
	check_cont(&c->cont, addr, e, part_broken, &cont);
	if (!vma || vma->vm_start > addr) {
		check_broken(c, INV_IN_VMA, "pid %u, 0x%llx: raw 0x%llx",
			     c->mm->pid, ADDR(addr), ADDR(e->raw));
		return;
	}
	check_track(c, addr, vma, e);
	if (e->flags & MMSIM_E_SWAP) {
		c->rss[MM_SWAPENTS]++;
		check_swap_entry(c, e);
	}
	if (!(e->flags & MMSIM_E_PRESENT))
		return;
	if (e->flags & MMSIM_E_WRITE && !(vma->vm_flags & VM_WRITE))
		check_broken(c, INV_RIGHTS, "pid %u, 0x%llx: raw 0x%llx",
			     c->mm->pid, ADDR(addr), ADDR(e->raw));
	if (e->flags & MMSIM_E_EXEC && !(e->flags & MMSIM_E_PROTNONE) &&
	    !(vma->vm_flags & VM_EXEC))
		check_broken(c, INV_EXEC, "pid %u, 0x%llx: raw 0x%llx",
			     c->mm->pid, ADDR(addr), ADDR(e->raw));
	if (e->flags & MMSIM_E_ZERO)
		check_zero_entry(c, addr, e);
	else
		check_mapped_page(c, addr, vma, e);
}
