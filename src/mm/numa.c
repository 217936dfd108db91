/* SPDX-License-Identifier: MIT */
/*
 * move_pages().
 */
#include "mm/mm.h"

#include <errno.h>
#include <mmsim/numa.h>

#include "core/backend.h"
#include "core/sched.h"
#include "mm/lru.h"
#include "mm/mempolicy.h"
#include "vma/vma_ops.h"

/* 0, or the errno that a page of the range has for its status. */
static int find_movable(struct mmsim_mm *mm, vaddr_t addr)
{
	const struct vm_area_struct *vma = vma_tree_find(&mm->tree, addr);

	if (!vma || vma->vm_start > addr || vma->vm_flags & (VM_IO | VM_PFNMAP))
		return -EFAULT;
	return 0;
}

int node_of_addr(struct mmsim_mm *mm, vaddr_t addr)
{
	int rc = find_movable(mm, addr);

	return rc ? rc : mm->world->be->node_of_page(mm, addr);
}

static int move_one(struct mmsim_mm *mm, vaddr_t addr, unsigned node,
		    bool shared)
{
	int rc = find_movable(mm, addr);

	return rc ? rc : mm->world->be->move_page(mm, addr, node, shared);
}

/* No memory on the node, or nothing of ours left: the call ends there. */
static bool ends_call(const struct mmsim *w, int status)
{
	return status == -ENOMEM || w->host.failed;
}

int do_move_pages(struct mmsim_mm *mm, vaddr_t start, u64 len, unsigned node,
		  int *first)
{
	struct mmsim *w = mm->world;
	vaddr_t addr;
	int rc = 0, status;

	if (len && node >= w->phys.nr_nodes)
		return -ENODEV;
	lru_add_drain_all(w);
	mmap_read_lock(mm);
	for (addr = start; addr < start + len; addr += world_page_size(w)) {
		status = move_one(mm, addr, node, false);
		if (ends_call(w, status)) {
			rc = status;
			break;
		}
		if (addr == start)
			*first = status;
	}
	mmap_read_unlock(mm);
	return rc;
}

/* One page of a list: 0, or what ends the call. */
static int list_one(struct mmsim_mm *mm, vaddr_t addr, const int *node,
		    int *status, bool shared)
{
	u64 page = align_down(addr, world_page_size(mm->world));
	int rc;

	if (node && (*node < 0 || (unsigned)*node >= mm->world->phys.nr_nodes))
		return -ENODEV;
	rc = node ? move_one(mm, page, (unsigned)*node, shared)
		  : node_of_addr(mm, page);
	if (ends_call(mm->world, rc))
		return rc;
	*status = rc;
	return 0;
}

int do_move_page_list(struct mmsim_mm *mm, size_t nr, const u64 *pages,
		      const int *nodes, int *status, unsigned flags)
{
	const unsigned known = MMSIM_MPOL_MF_MOVE | MMSIM_MPOL_MF_MOVE_ALL;
	size_t i;
	int rc = 0;

	if (flags & ~known)
		return -EINVAL;
	if (nodes)
		lru_add_drain_all(mm->world);
	mmap_read_lock(mm);
	for (i = 0; i < nr && !rc; i++)
		rc = list_one(mm, pages[i], nodes ? &nodes[i] : NULL,
			      &status[i], flags & MMSIM_MPOL_MF_MOVE_ALL);
	mmap_read_unlock(mm);
	return rc;
}
