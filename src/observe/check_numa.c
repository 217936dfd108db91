/* SPDX-License-Identifier: MIT */
#include "observe/check_parts.h"

#include "mm/numa_task.h"
#include "phys/folio.h"

#include <mmsim/numa.h>

/* ---- policies ---- */

static bool nodes_fit(const struct mmsim *w, const struct mempolicy *pol)
{
	u64 all = ALL_NODES >> (PHYS_MAX_NODES - w->phys.nr_nodes);
	bool one = pol->nodes && !(pol->nodes & (pol->nodes - 1));

	if (pol->nodes & ~all)
		return false;
	switch (pol->mode) {
	case MMSIM_MPOL_DEFAULT:
	case MMSIM_MPOL_LOCAL:
		return !pol->nodes && !pol->balancing;
	case MMSIM_MPOL_PREFERRED:
		return one && !pol->balancing;
	case MMSIM_MPOL_INTERLEAVE:
		return pol->nodes && !pol->balancing;
	case MMSIM_MPOL_BIND:
	case MMSIM_MPOL_PREFERRED_MANY:
		return pol->nodes;
	default:
		return false;
	}
}

static void check_policy(struct check *c, const struct mempolicy *pol, u32 pid,
			 u64 at)
{
	if (!nodes_fit(c->w, pol))
		check_broken(c, INV_POLICIES,
			     "pid %u, 0x%llx: mode %u with nodes 0x%llx", pid,
			     ADDR(at), pol->mode, ADDR(pol->nodes));
}

void check_policies(struct check *c, const struct mmsim_mm *mm)
{
	const struct vm_area_struct *vma;

	check_policy(c, &mm->policy, mm->pid, 0);
	for (vma = vma_tree_find(&mm->tree, 0); vma;
	     vma = vma_tree_next(&mm->tree, vma))
		check_policy(c, &vma->policy, mm->pid, vma->vm_start);
}

void check_file_policies(struct check *c)
{
	const struct policy_range *r;
	const struct mmsim_file *file;
	u64 end;
	size_t i;

	LIST_FOREACH(file, &c->w->files, link) {
		for (i = 0, end = 0; i < file->policy.nr; end = r->end, i++) {
			r = &file->policy.range[i];
			check_policy(c, &r->policy, 0, r->start);
			if (r->start < end || r->end <= r->start ||
			    !r->policy.mode)
				check_broken(c, INV_POLICIES,
					     "a file's pages 0x%llx to 0x%llx",
					     ADDR(r->start), ADDR(r->end));
		}
	}
}

/* ---- hinting faults ---- */

/* Those of a node that the task has taken notice of. */
static u64 kept(const struct numa_task *t, unsigned node)
{
	return t->faults[node][NUMA_PRIVATE].kept +
	       t->faults[node][NUMA_SHARED].kept;
}

static bool task_is_sound(const struct mmsim *w, const struct numa_task *t)
{
	u64 sum = 0, most = 0;
	unsigned node;

	for (node = 0; node < PHYS_MAX_NODES; node++) {
		sum += kept(t, node);
		most = max_u64(most, kept(t, node));
		if (kept(t, node) && node >= w->phys.nr_nodes)
			return false;
	}
	if (t->preferred == -1)
		return !sum && !t->total;
	return sum == t->total && t->preferred >= 0 &&
	       t->preferred < (s32)w->phys.nr_nodes &&
	       kept(t, (unsigned)t->preferred) == most;
}

void check_numa_faults(struct check *c, const struct mmsim_mm *mm)
{
	const struct numa_task *t;
	unsigned i, nr = mm->numa ? mm->numa->nr : 0;

	for (i = 0; i < nr; i++) {
		t = &mm->numa->task[i];
		if (!task_is_sound(c->w, t))
			check_broken(c, INV_NUMA_FAULTS,
				     "pid %u, task %u: %llu faults, node %d",
				     mm->pid, i, ADDR(t->total), t->preferred);
	}
}

/* ---- nodes ---- */

struct node_use {
	struct check *c;
	u64 pages[PHYS_MAX_NODES];
	u32 huge[PHYS_MAX_NODES]; /* of hugetlb */
};

static void add_folio(pfn_t pfn, void *user)
{
	struct node_use *use = user;
	const struct phys *phys = &use->c->w->phys;
	unsigned node = pfn_to_node(phys, pfn);

	if (node >= phys->nr_nodes || pfn < phys->node[node].start ||
	    pfn >= phys->node[node].fresh) {
		check_broken(use->c, INV_NODE_PAGES,
			     "pfn 0x%llx is in use, and no node's", ADDR(pfn));
		return;
	}
	use->pages[node] += folio_nr_pages(phys, pfn);
	use->huge[node] += page_test(folio_page(phys, pfn), PG_hugetlb);
}

static void check_hugetlb_nodes(struct check *c, const struct node_use *use)
{
	const struct mmsim *w = c->w;
	u64 sum = 0;
	unsigned i;

	for (i = 0; i < w->phys.nr_nodes; i++) {
		sum += use->huge[i];
		if (use->huge[i] != w->hugetlb.on_node[i])
			check_broken(c, INV_NODE_HUGETLB,
				     "node %u: %u in use, found %u", i,
				     w->hugetlb.on_node[i], use->huge[i]);
	}
	if (sum != w->hugetlb.in_use)
		check_broken(c, INV_NODE_HUGETLB, "%llu in use, found %llu",
			     ADDR(w->hugetlb.in_use), ADDR(sum));
}

/* Frame 0 is nobody's; which tables are on which node is not counted. */
void check_nodes(struct check *c)
{
	const struct phys *phys = &c->w->phys;
	struct node_use use = { .c = c };
	u64 found = phys->nr_table_pages, used = 1;
	unsigned i;

	phys_for_each_folio(phys, add_folio, &use);
	for (i = 0; i < phys->nr_nodes; i++) {
		found += use.pages[i];
		used += phys->node[i].nr_alloc;
		if (use.pages[i] > phys->node[i].nr_alloc + !i)
			check_broken(c, INV_NODE_PAGES,
				     "node %u: %llu pages in use, found %llu",
				     i, ADDR(phys->node[i].nr_alloc),
				     ADDR(use.pages[i]));
	}
	if (found != used)
		check_broken(c, INV_NODE_PAGES,
			     "all nodes: %llu pages in use, found %llu",
			     ADDR(used), ADDR(found));
	check_hugetlb_nodes(c, &use);
}

void check_cpus(struct check *c)
{
	const struct mmsim *w = c->w;
	unsigned cpu;

	for (cpu = 0; cpu < w->cpus; cpu++)
		if (cpu_to_node(w, cpu) >= w->phys.nr_nodes ||
		    (cpu && cpu_to_node(w, cpu) < cpu_to_node(w, cpu - 1)))
			check_broken(c, INV_NODE_CPUS, "CPU %u on node %u", cpu,
				     cpu_to_node(w, cpu));
}
