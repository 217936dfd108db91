/* SPDX-License-Identifier: MIT */
/*
 * memory_failure(): a page that is broken goes out of use. Whoever maps it has
 * an entry that says so instead, and a signal at the next access.
 */
#include "rmap/unmap.h"

#include <errno.h>

#include "mm/file.h"
#include "mm/hugetlb.h"
#include "mm/lru.h"
#include "mm/pin.h"
#include "mm/poison.h"
#include "pmd/pmd.h"

#include <mmsim/access.h>
#include <mmsim/process.h>

static struct mmsim_file *file_of(const struct page *folio)
{
	return PageAnon(folio) ? NULL
			       : (struct mmsim_file *)(uintptr_t)folio->mapping;
}

/* Why the page is none that is dealt with here; NULL: it is. */
static const char *poison_unsupported(const struct mmsim *w, pfn_t pfn)
{
	const struct page *folio = folio_page(&w->phys, pfn);

	if (page_test(folio, PG_zero) || pfn == w->zero_pfn ||
	    (w->huge_zero_pfn && folio_pfn(&w->phys, pfn) == w->huge_zero_pfn))
		return "hwpoison of the zero page";
	if (PageKsm(folio))
		return "hwpoison of a KSM page";
	if (page_test(folio, PG_swapcache))
		return "hwpoison of a page in the swap cache";
	if (folio_pin_refs(w, pfn))
		return "hwpoison of a pinned page";
	if (file_of(folio) && file_of(folio)->kind == MMSIM_FILE_WRITENOTIFY)
		return "hwpoison of a file system's page";
	return NULL;
}

/*
 * Nothing is left of the page but its frame. Memory of a file stays in the file
 * from 5.16 on, for whoever comes next to see; until then it was gone, and
 * read as zeroes.
 */
static void isolate_poisoned(struct mmsim *w, pfn_t pfn)
{
	struct page *page = pfn_to_page(&w->phys, pfn);
	struct mmsim_file *file = file_of(page);

	lru_list_del(w, pfn);
	page_clear(page, PG_lru | PG_dirty);
	if (file && !feat(w, FEAT_SHMEM_KEEPS_POISON))
		file_forget_folio(w, pfn);
}

/*
 * All of a page of hugetlb is unmapped. One of a file stays as it is, in the
 * file or not: it is the pool's, and no use to anybody. An anonymous one leaves
 * the pool, and what is sound of it is free.
 */
static int isolate_poisoned_hugetlb(struct mmsim *w, pfn_t pfn)
{
	struct page *head = folio_page(&w->phys, pfn);

	page_clear(head, PG_dirty | PG_anon_exclusive);
	if (!PageAnon(head)) {
		if (!feat(w, FEAT_HUGETLB_KEEPS_POISON))
			file_forget_folio(w, pfn);
		return 0;
	}
	/* Ours. */
	if (head->refcount != 1)
		return -EBUSY;
	hugetlb_dissolve(w, pfn);
	return 0;
}

/*
 * Where the caller is told that its page was: a page of a file may have several
 * places in a process. The one that counts is the mapping that begins first in
 * the file, of two of them the older one, whether it has an entry or not.
 */
static vaddr_t signal_address(struct mmsim_mm *mm, vaddr_t addr, pfn_t pfn)
{
	const struct mmsim_file *file =
		file_of(folio_page(&mm->world->phys, pfn));
	const struct vm_area_struct *first = vma_tree_find(&mm->tree, addr);
	u64 index = linear_page_index(first, addr);
	const struct vm_area_struct *vma;

	if (!file)
		return addr;
	LIST_FOREACH(vma, &file->vmas, file_link)
		if (vma->vm_mm == mm && vma->vm_pgoff <= first->vm_pgoff &&
		    index - vma->vm_pgoff < vma_size(vma) >> PAGE_SHIFT)
			first = vma;
	return first->vm_start + ((index - first->vm_pgoff) << PAGE_SHIFT);
}

/* One SIGBUS waits for the process; a second one changes nothing. */
static void signal_caller(struct mmsim_mm *mm, vaddr_t addr, pfn_t pfn)
{
	vaddr_t at = signal_address(mm, addr, pfn);

	mm_trace(mm, EV_force_sig_mceerr, RULE_HWPOISON_SIGNAL, at, 0, pfn);
	if (mm->signal.kind)
		return;
	mm->signal.kind = MMSIM_FAULT_HWPOISON;
	mm->signal.addr = at;
}

/* The huge page stays as it is, but for the news. */
static int split_failed(struct mmsim_mm *mm, vaddr_t addr, pfn_t pfn)
{
	if (!feat(mm->world, FEAT_HWPOISON_SIGNAL))
		return -EBUSY;
	signal_caller(mm, addr, pfn);
	return -EHWPOISON;
}

mm_static int memory_failure(struct mmsim_mm *mm, vaddr_t addr, pfn_t pfn)
{
	struct unmap unmap = { .flags = TTU_IGNORE_MLOCK | TTU_HWPOISON };
	struct mmsim *w = mm->world;
	bool huge = page_test(folio_page(&w->phys, pfn), PG_hugetlb);
	int rc;

	lru_add_drain_all(w);
	w->unsupported = poison_unsupported(w, pfn);
	if (w->unsupported)
		return -EOPNOTSUPP;
	if (!huge && folio_order(&w->phys, pfn) && !split_folio(mm, pfn))
		return split_failed(mm, addr, pfn);
	rc = poison_page(w, pfn);
	if (rc)
		return rc;
	mm_trace(mm, EV_memory_failure, RULE_UNMAP_HWPOISON, 0, 0, pfn);
	try_to_unmap(w, pfn, &unmap);
	try_to_unmap_flush(w, &unmap);
	/* Of a clean page there is another copy, or nothing is lost. */
	if (feat(w, FEAT_HWPOISON_SIGNAL) &&
	    page_test(folio_page(&w->phys, pfn), PG_dirty))
		signal_caller(mm, addr, pfn);
	if (huge)
		return isolate_poisoned_hugetlb(w, pfn);
	isolate_poisoned(w, pfn);
	return 0;
}
