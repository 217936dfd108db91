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

mm_static int memory_failure(struct mmsim_mm *mm, pfn_t pfn)
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
		return -EBUSY;
	rc = poison_page(w, pfn);
	if (rc)
		return rc;
	mm_trace(mm, EV_memory_failure, RULE_UNMAP_HWPOISON, 0, 0, pfn);
	try_to_unmap(w, pfn, &unmap);
	try_to_unmap_flush(w, &unmap);
	if (huge)
		return isolate_poisoned_hugetlb(w, pfn);
	isolate_poisoned(w, pfn);
	return 0;
}
