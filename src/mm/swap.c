/* SPDX-License-Identifier: MIT */
#include "mm/swap.h"

#include <errno.h>

#include "core/backend.h"
#include "core/sched.h"
#include "mm/file.h"
#include "mm/lru.h"

int do_swapon(struct mmsim *w, enum swap_kind kind, u64 bytes, int prio)
{
	int rc = swap_on(w, kind, bytes, prio, w->rules.types.nr_swapfiles);

	if (rc < 0)
		return rc;
	/* The device's own pages are dropped, which drains the batches. */
	lru_add_drain(w);
	sim_trace(&w->obs, EV_swapon, RULE_NONE, 0, 0, bytes, 0);
	return rc;
}

static int unuse_mm(struct mmsim_mm *mm, unsigned type)
{
	struct vm_area_struct *vma;
	int rc = 0;

	if (!mm->rss[MM_SWAPENTS])
		return 0;
	mmap_read_lock(mm);
	for (vma = vma_tree_find(&mm->tree, 0); vma && !rc;
	     vma = vma_tree_next(&mm->tree, vma))
		rc = mm->world->be->unuse(mm, vma, type);
	mmap_read_unlock(mm);
	return rc;
}

/* Pages of the swap cache that no entry refers to any more. */
static void drop_cached(struct swap_ref at, unsigned count, pfn_t cache,
			void *user)
{
	struct mmsim *w = user;

	(void)at;
	if (!count && cache != PFN_NONE)
		(void)folio_free_swap(w, cache);
}

/* Each process, which stays while it is looked at. */
static int unuse_processes(struct mmsim *w, unsigned type)
{
	struct mmsim_mm *mm = LIST_FIRST(&w->mms), *next;
	int rc = 0;

	if (mm)
		mm->users++;
	for (; mm; mm = next) {
		rc = unuse_mm(mm, type);
		next = rc ? NULL : LIST_NEXT(mm, link);
		if (next)
			next->users++;
		mm->users--;
	}
	return rc;
}

static int unuse_files(struct mmsim *w, unsigned type)
{
	struct mmsim_file *file;
	int rc = 0;

	LIST_FOREACH(file, &w->files, link) {
		rc = file_unuse(file, type);
		if (rc)
			break;
	}
	return rc;
}

/*
 * Until nothing is on it: others may have had some of it in hand, or forked
 * behind us. Where nobody ran meanwhile, they are waited for, if there are any.
 */
static int try_to_unuse(struct mmsim *w, unsigned type)
{
	u64 switches;
	int rc;

	for (;;) {
		switches = w->sched.switches;
		rc = unuse_processes(w, type);
		if (!rc)
			rc = unuse_files(w, type);
		if (rc)
			return rc;
		swap_for_each_slot(w, drop_cached, w);
		if (swap_off(w, type))
			return 0;
		if (w->sched.switches == switches &&
		    (!w->sched.suspended || !sched_wait(w, type)))
			return -EBUSY;
	}
}

int do_swapoff(struct mmsim *w, unsigned type)
{
	int rc;

	if (type >= MAX_SWAPFILES || swap_next_type(w, type) != (int)type)
		return -EINVAL;
	sim_trace(&w->obs, EV_swapoff, RULE_SWAPOFF, 0, 0, type, 0);
	swap_close(w, type);
	rc = try_to_unuse(w, type);
	if (rc)
		swap_reopen(w, type);
	else
		lru_add_drain(w);
	return rc;
}
