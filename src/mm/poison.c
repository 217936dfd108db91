/* SPDX-License-Identifier: MIT */
#include "mm/poison.h"

#include <errno.h>

#include "core/backend.h"
#include "core/sched.h"
#include "mm/mm.h"
#include "phys/folio.h"

#include <mmsim/entry.h>

int poison_page(struct mmsim *w, pfn_t pfn)
{
	pfn_t *grown = host_grow(&w->host, w->poisoned.pfn, &w->poisoned.max,
				 sizeof(*grown), w->poisoned.nr + 1);

	if (!grown)
		return -ENOMEM;
	w->poisoned.pfn = grown;
	w->poisoned.pfn[w->poisoned.nr++] = pfn;
	folio_page(&w->phys, pfn)->refcount++;
	return 0;
}

void poison_destroy(struct mmsim *w)
{
	host_free(&w->host, w->poisoned.pfn,
		  (size_t)w->poisoned.max * sizeof(*w->poisoned.pfn));
}

/* What get_user_pages() finds at an address, which may be read. */
static int get_page(struct mmsim_mm *mm, vaddr_t addr, pfn_t *pfn)
{
	struct vm_area_struct *vma = vma_tree_find(&mm->tree, addr);
	struct mmsim_entry e;
	int rc;

	if (!vma || vma->vm_start > addr || !(vma->vm_flags & VM_READ))
		return -EFAULT;
	rc = mm->world->be->populate(mm, vma, addr,
				     addr + world_page_size(mm->world), 0);
	if (rc)
		return rc;
	mm->world->be->entry(mm, addr, &e);
	*pfn = e.pfn;
	return e.flags & MMSIM_E_PRESENT ? 0 : -EFAULT;
}

int advise_hwpoison(struct mmsim_mm *mm, vaddr_t start, vaddr_t end)
{
	struct mmsim *w = mm->world;
	u64 nr = 1;
	int rc = 0;
	pfn_t pfn;

	for (; !rc && start < end; start += nr * world_page_size(w)) {
		rc = get_page(mm, start, &pfn);
		if (rc)
			break;
		/* It may be single pages afterwards. */
		nr = folio_nr_pages(&w->phys, pfn);
		rc = w->be->memory_failure(mm, start, pfn);
	}
	return rc;
}
