/* SPDX-License-Identifier: MIT */
#include "mm/hugetlb.h"

#include <errno.h>

#include "mm/file.h"
#include "mm/mempolicy.h"
#include "phys/folio.h"

#include <mmsim/process.h>

static u64 pool_available(const struct mmsim *w)
{
	u64 taken = w->hugetlb.in_use + w->hugetlb.reserved;
	u64 pages = w->knobs[KNOB_NR_HUGEPAGES];

	return pages > taken ? pages - taken : 0;
}

static u64 resv_bytes(u64 pages)
{
	return (pages + 63) / 64 * sizeof(u64);
}

static bool resv_test(const struct mmsim_file *file, u64 i)
{
	return i < file->resv_pages && file->resv[i / 64] & BIT_U64(i % 64);
}

/* A page of the file needs its reservation no more. */
static void resv_drop(struct mmsim_file *file, u64 i)
{
	file->resv[i / 64] &= ~BIT_U64(i % 64);
	file->world->hugetlb.reserved--;
}

static int resv_make(struct mmsim_file *file, u64 pages)
{
	struct mmsim *w = file->world;
	u64 i;

	if (pool_available(w) < pages)
		return -ENOMEM;
	file->resv = host_alloc(&w->host, (size_t)resv_bytes(pages));
	if (!file->resv)
		return -ENOMEM;
	file->resv_pages = pages;
	for (i = 0; i < pages; i++)
		file->resv[i / 64] |= BIT_U64(i % 64);
	w->hugetlb.reserved += pages;
	return 0;
}

int hugetlb_reserve(struct mmsim *w, u64 bytes, bool reserve,
		    struct mmsim_file **out)
{
	struct mmsim_file *file = file_alloc(w, bytes, MMSIM_FILE_HUGETLB);
	int rc = 0;

	if (!file)
		return -ENOMEM;
	if (reserve)
		rc = resv_make(file, bytes / hugetlb_page_size(w));
	if (rc)
		file_put(file);
	else
		*out = file;
	return rc;
}

void hugetlb_file_free(struct mmsim_file *file)
{
	host_free(&file->world->host, file->resv,
		  (size_t)resv_bytes(file->resv_pages));
}

static u64 huge_index(const struct vm_area_struct *vma, vaddr_t addr)
{
	const struct phys *phys = &vma->vm_mm->world->phys;
	u64 page = vma->vm_pgoff + ((addr - vma->vm_start) >> phys->page_shift);

	return page >> phys->block_order;
}

void hugetlb_unreserve(struct vm_area_struct *vma, vaddr_t start, vaddr_t end)
{
	u64 i = huge_index(vma, start);
	u64 last = i + (end - start) / hugetlb_page_size(vma->vm_mm->world);

	if (!vma->hugetlb_owner)
		return;
	for (; i < last; i++)
		if (resv_test(vma->vm_file, i))
			resv_drop(vma->vm_file, i);
}

/* Nodes whose share of the pool is not used up. */
static u64 pool_nodes(const struct mmsim *w)
{
	unsigned nr = w->phys.nr_nodes, pages = w->knobs[KNOB_NR_HUGEPAGES];
	u64 nodes = 0;
	unsigned i;

	for (i = 0; i < nr; i++)
		if (w->hugetlb.on_node[i] < pages / nr + (i < pages % nr))
			nodes |= BIT_U64(i);
	return nodes;
}

static pfn_t take_from_pool(struct vm_area_struct *vma, vaddr_t addr)
{
	struct mmsim *w = vma->vm_mm->world;
	struct mpol_nodes at =
		vma_mpol_choose(vma->vm_mm, vma, addr, w->phys.block_order);
	u64 nodes = pool_nodes(w);

	if (at.others && !(at.allowed & nodes))
		at.allowed = ALL_NODES;
	at.allowed &= nodes;
	return at.allowed ? mpol_alloc(w, w->phys.block_order, &at) : PFN_NONE;
}

pfn_t hugetlb_alloc(struct vm_area_struct *vma, vaddr_t addr)
{
	struct mmsim *w = vma->vm_mm->world;
	u64 i = huge_index(vma, addr);
	bool reserved = vma->hugetlb_owner && resv_test(vma->vm_file, i);
	pfn_t pfn;

	if (!reserved && !pool_available(w))
		return PFN_NONE;
	pfn = take_from_pool(vma, addr);
	if (pfn == PFN_NONE)
		return pfn;
	if (reserved)
		resv_drop(vma->vm_file, i);
	w->hugetlb.in_use++;
	w->hugetlb.on_node[pfn_to_node(&w->phys, pfn)]++;
	page_set(folio_page(&w->phys, pfn), PG_hugetlb);
	return pfn;
}

void hugetlb_free(struct mmsim *w, pfn_t pfn)
{
	w->hugetlb.in_use--;
	w->hugetlb.on_node[pfn_to_node(&w->phys, pfn)]--;
}
