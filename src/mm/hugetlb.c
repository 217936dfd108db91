/* SPDX-License-Identifier: MIT */
#include "mm/hugetlb.h"

#include <errno.h>

#include "mm/file.h"
#include "mm/lru.h"
#include "mm/mempolicy.h"
#include "phys/folio.h"

#include <mmsim/process.h>

/* Pages of the pool: of a node, and in all. */
static u64 node_pages(const struct mmsim *w, unsigned node)
{
	unsigned nr = w->phys.nr_nodes, pages = w->knobs[KNOB_NR_HUGEPAGES];
	s64 share = pages / nr + (node < pages % nr);

	share += w->hugetlb.shifted[node];
	return share > 0 ? (u64)share : 0;
}

static u64 pool_pages(const struct mmsim *w)
{
	u64 pages = 0;
	unsigned i;

	for (i = 0; i < w->phys.nr_nodes; i++)
		pages += node_pages(w, i);
	return pages;
}

static u64 pool_available(const struct mmsim *w)
{
	u64 taken = w->hugetlb.in_use + w->hugetlb.reserved;
	u64 pages = pool_pages(w);

	return pages > taken ? pages - taken : 0;
}

/* ---- reservations of private mappings ---- */

struct hugetlb_resv {
	struct mmsim *world;
	u32 refcount;	  /* VMAs cut from the mapping */
	u64 first, pages; /* huge pages of the file */
	u64 bits[];	  /* those that are reserved still */
};

static size_t resv_bytes(u64 pages)
{
	return sizeof(struct hugetlb_resv) +
	       (size_t)((pages + 63) / 64 * sizeof(u64));
}

static bool resv_test(const struct hugetlb_resv *resv, u64 i)
{
	i -= resv->first;
	return i < resv->pages && resv->bits[i / 64] & BIT_U64(i % 64);
}

static void resv_set(struct hugetlb_resv *resv, u64 i)
{
	i -= resv->first;
	if (i >= resv->pages)
		return;
	resv->bits[i / 64] |= BIT_U64(i % 64);
	resv->world->hugetlb.reserved++;
}

/* A page of the mapping needs its reservation no more. */
static void resv_drop(struct hugetlb_resv *resv, u64 i)
{
	i -= resv->first;
	resv->bits[i / 64] &= ~BIT_U64(i % 64);
	resv->world->hugetlb.reserved--;
}

static struct hugetlb_resv *resv_make(struct mmsim *w, u64 first, u64 pages)
{
	struct hugetlb_resv *resv;
	u64 i;

	if (pool_available(w) < pages)
		return NULL;
	resv = host_alloc(&w->host, resv_bytes(pages));
	if (!resv)
		return NULL;
	resv->world = w;
	resv->refcount = 1;
	resv->first = first;
	resv->pages = pages;
	for (i = first; i < first + pages; i++)
		resv_set(resv, i);
	return resv;
}

static void resv_put(struct hugetlb_resv *resv)
{
	if (resv && !--resv->refcount)
		host_free(&resv->world->host, resv, resv_bytes(resv->pages));
}

/* ---- mappings ---- */

static u64 huge_index(const struct vm_area_struct *vma, vaddr_t addr)
{
	const struct phys *phys = &vma->vm_mm->world->phys;
	u64 page = vma->vm_pgoff + ((addr - vma->vm_start) >> phys->page_shift);

	return page >> phys->block_order;
}

/* What a shared mapping finds neither reserved nor there. */
static int reserve_shared(struct mmsim_file *file, u64 first, u64 pages)
{
	u64 left = pool_available(file->world), i;

	for (i = first; i < first + pages; i++)
		if (!file_has_huge(file, i) && !left--)
			return -ENOMEM;
	return file_reserve_huge(file, first, first + pages);
}

int hugetlb_reserve(struct mmsim_file *file, u64 offset, u64 bytes,
		    vm_flags_t flags, struct hugetlb_resv **resv)
{
	u64 size = hugetlb_page_size(file->world), first = offset / size;

	*resv = NULL;
	if (flags & VM_NORESERVE)
		return 0;
	if (flags & VM_SHARED)
		return reserve_shared(file, first, bytes / size);
	*resv = resv_make(file->world, first, bytes / size);
	return *resv ? 0 : -ENOMEM;
}

void hugetlb_vma_clone(struct vm_area_struct *new,
		       const struct vm_area_struct *vma)
{
	new->hugetlb_owner = vma->hugetlb_owner;
	new->hugetlb_lost = vma->hugetlb_lost;
	new->hugetlb_resv = vma->hugetlb_resv;
	if (new->hugetlb_resv)
		new->hugetlb_resv->refcount++;
}

void hugetlb_vma_move(struct vm_area_struct *to, struct vm_area_struct *from)
{
	to->hugetlb_owner = from->hugetlb_owner;
	to->hugetlb_lost = from->hugetlb_lost;
	to->hugetlb_resv = from->hugetlb_resv;
	from->hugetlb_owner = false;
	from->hugetlb_resv = NULL;
}

void hugetlb_vma_free(struct vm_area_struct *vma)
{
	resv_put(vma->hugetlb_resv);
	vma->hugetlb_resv = NULL;
}

void hugetlb_unreserve(struct vm_area_struct *vma, vaddr_t start, vaddr_t end)
{
	u64 i = huge_index(vma, start);
	u64 last = i + (end - start) / hugetlb_page_size(vma->vm_mm->world);

	if (!vma->hugetlb_resv)
		return;
	for (; i < last; i++)
		if (resv_test(vma->hugetlb_resv, i))
			resv_drop(vma->hugetlb_resv, i);
}

/* ---- pages ---- */

static bool is_reserved(const struct vm_area_struct *vma, u64 i)
{
	if (vma->vm_flags & VM_SHARED)
		return file_is_reserved(vma->vm_file, i);
	return vma->hugetlb_resv && resv_test(vma->hugetlb_resv, i);
}

/* A shared mapping's page is its file's, which takes the reservation. */
static int give_page(struct vm_area_struct *vma, u64 i, pfn_t pfn)
{
	if (vma->vm_flags & VM_SHARED)
		return file_add_huge(vma->vm_file, i, pfn);
	if (is_reserved(vma, i))
		resv_drop(vma->hugetlb_resv, i);
	return 0;
}

/* Nodes whose share of the pool is not used up. */
static u64 pool_nodes(const struct mmsim *w)
{
	u64 nodes = 0;
	unsigned i;

	for (i = 0; i < w->phys.nr_nodes; i++)
		if (w->hugetlb.on_node[i] < node_pages(w, i))
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

/* The page that was freed last is the first to be taken, and is as dirty as its
 * owner has left it. */
static void pool_take(struct mmsim *w, pfn_t pfn)
{
	unsigned node = pfn_to_node(&w->phys, pfn);
	struct page *page = folio_page(&w->phys, pfn);

	w->hugetlb.in_use++;
	w->hugetlb.on_node[node]++;
	page_set(page, PG_hugetlb);
	if (w->hugetlb.written[node] & 1)
		page_set(page, PG_dirty);
	w->hugetlb.written[node] >>= 1;
}

static void pool_leave(struct mmsim *w, pfn_t pfn)
{
	w->hugetlb.in_use--;
	w->hugetlb.on_node[pfn_to_node(&w->phys, pfn)]--;
}

pfn_t hugetlb_alloc(struct vm_area_struct *vma, vaddr_t addr)
{
	struct mmsim *w = vma->vm_mm->world;
	u64 i = huge_index(vma, addr);
	pfn_t pfn;

	if (!is_reserved(vma, i) && !pool_available(w))
		return PFN_NONE;
	pfn = take_from_pool(vma, addr);
	if (pfn == PFN_NONE)
		return pfn;
	if (give_page(vma, i, pfn)) {
		folio_page(&w->phys, pfn)->refcount = 0;
		phys_free_folio(&w->phys, pfn);
		return PFN_NONE;
	}
	pool_take(w, pfn);
	return pfn;
}

/* ---- pages that move ---- */

/* More is in use than the pool has, or the node's share of it. */
static bool pool_exceeded(const struct mmsim *w, unsigned node)
{
	return w->hugetlb.in_use + w->hugetlb.reserved > pool_pages(w) ||
	       w->hugetlb.on_node[node] > node_pages(w, node);
}

pfn_t hugetlb_alloc_target(struct mmsim *w, const struct mpol_nodes *at)
{
	unsigned node = mpol_first_node(w, at);
	struct mpol_nodes there = { node, BIT_U64(node), false };
	pfn_t pfn = mpol_alloc(w, w->phys.block_order, &there);

	if (pfn != PFN_NONE)
		pool_take(w, pfn);
	return pfn;
}

void hugetlb_migrated(struct mmsim *w, pfn_t from, pfn_t to)
{
	unsigned node = pfn_to_node(&w->phys, to);

	if (!pool_exceeded(w, node))
		return;
	w->hugetlb.shifted[node]++;
	w->hugetlb.shifted[pfn_to_node(&w->phys, from)]--;
}

/* ---- pages that break ---- */

void hugetlb_dissolve(struct mmsim *w, pfn_t pfn)
{
	struct page *page = folio_page(&w->phys, pfn);
	pfn_t first = folio_pfn(&w->phys, pfn);
	u64 nr = folio_nr_pages(&w->phys, first), i;

	pool_leave(w, first);
	w->hugetlb.shifted[pfn_to_node(&w->phys, first)]--;
	page_clear(page, PG_hugetlb);
	page->mapping = 0;
	folio_break(&w->phys, first);
	for (i = 0; i < nr; i++) {
		page = pfn_to_page(&w->phys, first + i);
		page->refcount = first + i == pfn;
		if (first + i != pfn)
			world_free_page(w, page);
	}
}

/* Its last entry is gone: what takes its place is reserved again. */
void hugetlb_restore(struct vm_area_struct *vma, vaddr_t addr, pfn_t pfn)
{
	const struct mmsim *w = vma->vm_mm->world;
	u64 i = huge_index(vma, addr);

	if (feat(w, FEAT_HUGETLB_RESTORE) && vma->hugetlb_resv &&
	    PageAnon(folio_page(&w->phys, pfn)) &&
	    !folio_mapcount(&w->phys, pfn) && !is_reserved(vma, i))
		resv_set(vma->hugetlb_resv, i);
}

void hugetlb_free(struct mmsim *w, pfn_t pfn)
{
	u64 *written = &w->hugetlb.written[pfn_to_node(&w->phys, pfn)];

	pool_leave(w, pfn);
	*written =
		*written << 1 | page_test(folio_page(&w->phys, pfn), PG_dirty);
}
