/* SPDX-License-Identifier: MIT */
/*
 * move_pages().
 */
#include "mm/mm.h"

#include <errno.h>
#include <limits.h>
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

/* Pages to be moved: a list, or a range to one node. */
struct moves {
	struct mmsim_mm *mm;
	size_t nr;
	bool shared; /* those of others too */
	const u64 *pages;
	const int *nodes;
	int *status;

	vaddr_t start;
	int node, *first;

	/* Those taken one after the other that go to one node: they are moved
	 * together, and have a status only if all of them could be. */
	size_t taken_from, taken, failed;
	int taken_to;
};

static void set_status(const struct moves *m, size_t i, int status)
{
	if (m->status)
		m->status[i] = status;
	else if (!i)
		*m->first = status;
}

static int target_of(const struct moves *m, size_t i)
{
	int node = m->nodes ? m->nodes[i] : m->node;
	unsigned nr = m->mm->world->phys.nr_nodes;

	return node < 0 || (unsigned)node >= nr ? -ENODEV : node;
}

/* Take page i, if it is elsewhere: 0, or what ends the call. */
static int take_page(struct moves *m, size_t i, int node)
{
	u64 page = world_page_size(m->mm->world);
	vaddr_t addr =
		m->pages ? align_down(m->pages[i], page) : m->start + i * page;
	int status = find_movable(m->mm, addr);
	bool taken = false;

	if (!status)
		status = m->mm->world->be->move_page(
			m->mm, addr, (unsigned)node, m->shared, &taken);
	/* No memory on the node, or nothing of ours left. */
	if (status == -ENOMEM || m->mm->world->host.failed)
		return status;
	if (!taken)
		set_status(m, i, status);
	else if (!m->taken)
		m->taken_from = i;
	m->taken += taken;
	m->failed += taken && status < 0;
	m->taken_to = node;
	return 0;
}

/* How many of the taken pages stayed; 0: they have their status. */
static size_t move_taken(struct moves *m)
{
	size_t i, failed = m->failed;

	for (i = 0; i < m->taken && !failed; i++)
		set_status(m, m->taken_from + i, m->taken_to);
	m->taken = 0;
	m->failed = 0;
	return failed;
}

/*
 * Pages that stay end the call: it returns their number and that of the pages
 * that were not looked at (recorded on 5.10 to 7.2).
 */
static int move_all(struct moves *m)
{
	size_t failed = 0, i;
	int node, rc = 0;
	bool went_on;

	for (i = 0; i < m->nr && !rc && !failed; i += went_on) {
		went_on = true;
		node = target_of(m, i);
		if (m->taken && node >= 0 && node != m->taken_to) {
			failed = move_taken(m);
			went_on = false;
			continue;
		}
		rc = node < 0 ? node : take_page(m, i, node);
		/* A page that is not taken ends the row of those that are. */
		if (!rc && m->taken && m->taken_from + m->taken <= i)
			failed = move_taken(m);
	}
	if (failed)
		return (int)(failed + m->nr - i);
	if (rc == -ENOMEM || m->mm->world->host.failed)
		return rc;
	failed = move_taken(m);
	if (rc || !feat(m->mm->world, FEAT_MOVE_PAGES_COUNTS_LAST))
		return rc;
	return (int)failed;
}

static int move_locked(struct moves *m)
{
	int rc;

	lru_add_drain_all(m->mm->world);
	mmap_read_lock(m->mm);
	rc = move_all(m);
	mmap_read_unlock(m->mm);
	return rc;
}

int do_move_pages(struct mmsim_mm *mm, vaddr_t start, u64 len, unsigned node,
		  int *first)
{
	u64 page = world_page_size(mm->world);
	struct moves m = {
		.mm = mm,
		.nr = (size_t)((len + page - 1) / page),
		.start = start,
		.node = node > INT_MAX ? -1 : (int)node,
		.first = first,
	};

	return move_locked(&m);
}

static void ask_nodes(struct mmsim_mm *mm, size_t nr, const u64 *pages,
		      int *status)
{
	size_t i;

	mmap_read_lock(mm);
	for (i = 0; i < nr; i++)
		status[i] = node_of_addr(
			mm, align_down(pages[i], world_page_size(mm->world)));
	mmap_read_unlock(mm);
}

int do_move_page_list(struct mmsim_mm *mm, size_t nr, const u64 *pages,
		      const int *nodes, int *status, unsigned flags)
{
	const unsigned known = MMSIM_MPOL_MF_MOVE | MMSIM_MPOL_MF_MOVE_ALL;
	struct moves m = {
		.mm = mm,
		.nr = nr,
		.shared = flags & MMSIM_MPOL_MF_MOVE_ALL,
		.pages = pages,
		.nodes = nodes,
		.status = status,
	};

	if (flags & ~known)
		return -EINVAL;
	if (nodes)
		return move_locked(&m);
	ask_nodes(mm, nr, pages, status);
	return 0;
}
