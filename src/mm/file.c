/* SPDX-License-Identifier: MIT */
#include "mm/file.h"

#include <errno.h>
#include <mmsim/process.h>
#include <string.h>

#include "core/assert.h"
#include "core/backend.h"
#include "core/sched.h"
#include "mm/hugetlb.h"
#include "mm/lru.h"
#include "mm/mempolicy.h"
#include "mm/reclaim.h"
#include "mm/shared_policy.h"
#include "swap/swap.h"
#include "tlb/gather.h"

/* Keys are one u64; uthash's own function falls through cases unmarked. */
static unsigned hash_u64(const void *key)
{
	u64 k;

	memcpy(&k, key, sizeof(k));
	return (unsigned)((k * 0x9e3779b97f4a7c15u) >> 32);
}

#define HASH_FUNCTION(key, len, hash) ((void)(len), (hash) = hash_u64(key))
/* The table's own memory is the world's too; `file` is in scope wherever the
 * table grows or goes. */
#define uthash_malloc(size)    host_alloc(&file->world->host, size)
#define uthash_free(ptr, size) host_free(&file->world->host, ptr, size)
#define HASH_NONFATAL_OOM      1
#include <uthash.h>

/* Pages of a file by chunks of consecutive indices: one hash look-up finds
 * a whole fault-around window. */
#define CHUNK_PAGES 64

struct page_cache {
	u64 first;		      /* index of pfn[0]; the key */
	unsigned nr;		      /* pages in it */
	u64 pfn[CHUNK_PAGES];	      /* or where it is instead, or PFN_NONE */
	struct saved_contents *store; /* what the file system has; or NULL */
	UT_hash_handle hh;
};

/*
 * A page that was swapped out:            | 1 | 0 | - | type (5) | offset (56) |
 * One that only the file system has:      | 1 | 1 | 0 |
 * One of hugetlb that is reserved:         | 1 | 1 | 0 | 1 |
 */
#define SLOT_FLAG  BIT_U64(63)
#define STORE_FLAG BIT_U64(62)
#define IN_STORE   (SLOT_FLAG | STORE_FLAG)
/* Of a hugetlb file a page that is not there yet, but reserved. */
#define RESERVED (IN_STORE | 1)

static u64 slot_value(struct swap_ref at)
{
	return SLOT_FLAG | (u64)at.type << 56 | at.offset;
}

static struct swap_ref value_slot(u64 value)
{
	return (struct swap_ref){ (unsigned)(value >> 56) & 31,
				  value & MASK_U64(55, 0) };
}

static bool is_slot(u64 value)
{
	return (value & (SLOT_FLAG | STORE_FLAG)) == SLOT_FLAG;
}

/* A page in memory. */
static bool is_cached(u64 value)
{
	return !(value & SLOT_FLAG);
}

static bool is_hugetlb(const struct mmsim_file *file)
{
	return file->kind == MMSIM_FILE_HUGETLB;
}

/* What the cache's indices count: of hugetlb huge pages. */
static unsigned index_order(const struct mmsim_file *file)
{
	return is_hugetlb(file) ? file->world->phys.block_order : 0;
}

/* A place in the file in pages; what is too far away is at the end. */
static u64 small_index(const struct mmsim_file *file, u64 index)
{
	unsigned order = index_order(file);

	return index > ~(u64)0 >> order ? ~(u64)0 : index << order;
}

static u64 file_page_size(const struct mmsim_file *file)
{
	return world_page_size(file->world) << index_order(file);
}

struct mmsim_file *file_alloc(struct mmsim *w, u64 bytes, unsigned kind)
{
	struct mmsim_file *file = host_alloc(&w->host, sizeof(*file));

	if (!file)
		return NULL;
	file->world = w;
	file->refcount = 1;
	file->size = bytes;
	file->kind = kind;
	w->lru.may_drop |= kind == MMSIM_FILE_WRITENOTIFY;
	LIST_INIT(&file->vmas);
	LIST_INSERT_HEAD(&w->files, file, link);
	return file;
}

static void drop_chunk(struct mmsim_file *file, struct page_cache *chunk)
{
	HASH_DEL(file->cache, chunk);
	host_free(&file->world->host, chunk->store,
		  CHUNK_PAGES * sizeof(*chunk->store));
	host_free(&file->world->host, chunk, sizeof(*chunk));
}

static void drop_page(struct mmsim_file *file, struct page_cache *chunk,
		      unsigned i)
{
	u64 value = chunk->pfn[i];
	struct page *page;

	chunk->pfn[i] = PFN_NONE;
	chunk->nr--;
	if (is_slot(value)) {
		swap_put_and_cache(file->world, value_slot(value), 1);
		return;
	}
	if (value == IN_STORE) {
		saved_contents_drop(&file->world->phys, &chunk->store[i]);
		return;
	}
	if (value == RESERVED) {
		file->world->hugetlb.reserved--;
		return;
	}
	page = folio_page(&file->world->phys, value);
	page->mapping = 0;
	if (is_hugetlb(file))
		world_put_folio(file->world, value, 1);
	else
		world_put_page(file->world, page);
}

static struct page_cache *find_chunk(const struct mmsim_file *file, u64 index)
{
	u64 first = index - index % CHUNK_PAGES;
	struct page_cache *chunk;

	HASH_FIND(hh, file->cache, &first, sizeof(first), chunk);
	return chunk;
}

static u64 cache_value(const struct mmsim_file *file, u64 index)
{
	const struct page_cache *chunk = find_chunk(file, index);

	return chunk ? chunk->pfn[index % CHUNK_PAGES] : PFN_NONE;
}

pfn_t file_find_page(const struct mmsim_file *file, u64 index)
{
	unsigned order = index_order(file);
	u64 value = cache_value(file, index >> order);

	return is_cached(value) ? value + (index & (BIT_U64(order) - 1))
				: PFN_NONE;
}

u64 file_last_page(const struct mmsim_file *file)
{
	const struct page_cache *chunk;
	u64 last = ~(u64)0;
	unsigned i;

	for (chunk = file->cache; chunk; chunk = chunk->hh.next)
		for (i = 0; i < CHUNK_PAGES; i++)
			if (chunk->pfn[i] != PFN_NONE &&
			    chunk->pfn[i] != RESERVED &&
			    (last == ~(u64)0 || chunk->first + i > last))
				last = chunk->first + i;
	/* The last small page of a huge one. */
	return last == ~(u64)0 ? last : small_index(file, last + 1) - 1;
}

void file_for_each_page(const struct mmsim_file *file,
			void (*fn)(pfn_t pfn, void *user), void *user)
{
	const struct page_cache *chunk;
	unsigned i;

	for (chunk = file->cache; chunk; chunk = chunk->hh.next)
		for (i = 0; i < CHUNK_PAGES; i++)
			if (is_cached(chunk->pfn[i]))
				fn(chunk->pfn[i], user);
}

void file_for_each_slot(const struct mmsim_file *file,
			void (*fn)(struct swap_ref at, void *user), void *user)
{
	const struct page_cache *chunk;
	unsigned i;

	for (chunk = file->cache; chunk; chunk = chunk->hh.next)
		for (i = 0; i < CHUNK_PAGES; i++)
			if (is_slot(chunk->pfn[i]))
				fn(value_slot(chunk->pfn[i]), user);
}

static struct page_cache *make_chunk(struct mmsim_file *file, u64 index)
{
	struct page_cache *chunk;
	unsigned i;

	chunk = host_alloc(&file->world->host, sizeof(*chunk));
	if (!chunk)
		return NULL;
	chunk->first = index - index % CHUNK_PAGES;
	for (i = 0; i < CHUNK_PAGES; i++)
		chunk->pfn[i] = PFN_NONE;
	/* uthash leaves the key out of the table if it had no memory. */
	HASH_ADD(hh, file->cache, first, sizeof(chunk->first), chunk);
	if (find_chunk(file, index))
		return chunk;
	file->world->host.failed = true;
	host_free(&file->world->host, chunk, sizeof(*chunk));
	return NULL;
}

static struct page_cache *get_chunk(struct mmsim_file *file, u64 index)
{
	struct page_cache *chunk = find_chunk(file, index);

	return chunk ? chunk : make_chunk(file, index);
}

/* ---- hugetlb ---- */

bool file_has_huge(const struct mmsim_file *file, u64 index)
{
	return cache_value(file, index) != PFN_NONE;
}

bool file_is_reserved(const struct mmsim_file *file, u64 index)
{
	return cache_value(file, index) == RESERVED;
}

static bool has_chunks(struct mmsim_file *file, u64 first, u64 last)
{
	u64 index;

	for (index = first; index < last; index++)
		if (!get_chunk(file, index))
			return false;
	return true;
}

/* A chunk that was made for nothing goes with the file. */
int file_reserve_huge(struct mmsim_file *file, u64 first, u64 last)
{
	struct page_cache *chunk;
	u64 index;

	if (!has_chunks(file, first, last))
		return -ENOMEM;
	for (index = first; index < last; index++) {
		chunk = find_chunk(file, index);
		if (chunk->pfn[index % CHUNK_PAGES] != PFN_NONE)
			continue;
		chunk->pfn[index % CHUNK_PAGES] = RESERVED;
		chunk->nr++;
		file->world->hugetlb.reserved++;
	}
	return 0;
}

int file_add_huge(struct mmsim_file *file, u64 index, pfn_t pfn)
{
	struct page_cache *chunk = get_chunk(file, index);
	struct page *head = folio_page(&file->world->phys, pfn);
	u64 *value;

	if (!chunk)
		return -ENOMEM;
	value = &chunk->pfn[index % CHUNK_PAGES];
	if (*value == RESERVED)
		file->world->hugetlb.reserved--;
	else
		chunk->nr++;
	*value = pfn;
	head->mapping = (u64)(uintptr_t)file;
	head->index = index << index_order(file);
	return 0;
}

/* ---- pages of the file's own ---- */

/* The policy that shared memory keeps itself, or the process's, not that of the
 * mapping; what is no file of a file system interleaves by the place in it. */
static pfn_t alloc_file_page(const struct mmsim_file *file, struct mmsim_mm *mm,
			     u64 index)
{
	const struct mempolicy *pol = file_policy(file, index);
	struct mmsim *w = file->world;
	struct mpol_nodes at;

	if (likely(!pol) && likely(!mm || !mm->policy.mode))
		return phys_alloc(&w->phys, 0, numa_node_id(w));
	if (pol)
		at = mpol_choose_at(w, pol, index);
	else
		at = mpol_choose(mm, &mm->policy,
				 file->kind == MMSIM_FILE_WRITENOTIFY
					 ? MPOL_NO_INDEX
					 : index);
	return mpol_alloc(w, 0, &at);
}

/* A new page: zeroed, not dirty yet; the cache's reference. What has no place
 * of its own to be written to is swap-backed. */
static pfn_t new_file_page(struct mmsim_file *file, struct mmsim_mm *mm,
			   u64 index)
{
	struct mmsim *w = file->world;
	pfn_t pfn = alloc_file_page(file, mm, index);
	struct page *page;

	if (pfn == PFN_NONE)
		return pfn;
	sim_trace(&w->obs, EV_page_alloc, RULE_NONE, 0, 0, 0, pfn);
	page = pfn_to_page(&w->phys, pfn);
	page->mapping = (u64)(uintptr_t)file;
	page->index = index;
	if (file->kind != MMSIM_FILE_WRITENOTIFY)
		page_set(page, PG_swapbacked);
	folio_add_lru(w, page);
	return pfn;
}

/* A page with what the slot held, in the swap cache no more. */
static pfn_t read_slot(struct mmsim *w, struct swap_ref at, bool *read)
{
	pfn_t pfn = swap_cache_find(w, at);

	if (pfn != PFN_NONE) {
		swap_ahead_cluster_used(w, at);
		/* The cache's reference becomes the caller's. */
		pfn_to_page(&w->phys, pfn)->refcount++;
		swap_cache_del(w, pfn);
		return pfn;
	}
	pfn = swap_read_page(w, at);
	if (pfn == PFN_NONE)
		return pfn;
	*read = true;
	return pfn;
}

/* A page of the file comes back from its slot. */
static pfn_t swap_in_page(struct mmsim_file *file, u64 index, u64 *value,
			  bool *read)
{
	struct swap_ref at = value_slot(*value);
	struct mmsim *w = file->world;
	pfn_t pfn = read_slot(w, at, read);
	struct page *page;

	if (pfn == PFN_NONE)
		return pfn;
	page = pfn_to_page(&w->phys, pfn);
	page->mapping = (u64)(uintptr_t)file;
	page->index = index;
	page_set(page, PG_dirty);
	*value = pfn;
	swap_put(w, at, 1);
	return pfn;
}

void file_swap_out(struct mmsim *w, pfn_t pfn)
{
	struct page *page = pfn_to_page(&w->phys, pfn);
	struct mmsim_file *file = (struct mmsim_file *)(uintptr_t)page->mapping;
	struct page_cache *chunk = find_chunk(file, page->index);
	struct swap_ref at = folio_swap_ref(w, pfn);

	(void)swap_dup(w, at, 1);
	chunk->pfn[page->index % CHUNK_PAGES] = slot_value(at);
	page->mapping = 0;
	world_put_page(w, page);
}

void file_replace_page(struct mmsim *w, pfn_t from, pfn_t to)
{
	struct page *page = folio_page(&w->phys, from);
	struct mmsim_file *file = (struct mmsim_file *)(uintptr_t)page->mapping;
	u64 index = page->index >> index_order(file);
	struct page_cache *chunk = find_chunk(file, index);

	mm_assert(chunk->pfn[index % CHUNK_PAGES] == from);
	chunk->pfn[index % CHUNK_PAGES] = to;
	page->mapping = 0;
	page->refcount--;
	folio_page(&w->phys, to)->refcount++;
}

void file_forget_page(struct mmsim *w, pfn_t pfn)
{
	const struct page *page = folio_page(&w->phys, pfn);
	struct mmsim_file *file = (struct mmsim_file *)(uintptr_t)page->mapping;
	u64 index = page->index >> index_order(file);
	struct page_cache *chunk = find_chunk(file, index);

	drop_page(file, chunk, (unsigned)(index % CHUNK_PAGES));
	if (!chunk->nr)
		drop_chunk(file, chunk);
}

void file_willneed(struct mmsim_file *file, u64 first, u64 last)
{
	const struct page_cache *chunk;
	u64 index;

	for (index = first; index < last; index++) {
		chunk = find_chunk(file, index);
		if (chunk && is_slot(chunk->pfn[index % CHUNK_PAGES]))
			swap_read_ahead(
				file->world,
				value_slot(chunk->pfn[index % CHUNK_PAGES]));
	}
}

/* With as much reclaim as it takes. */
static int unuse_page(struct mmsim_file *file, struct page_cache *chunk,
		      unsigned i)
{
	bool read;

	do
		if (swap_in_page(file, chunk->first + i, &chunk->pfn[i],
				 &read) != PFN_NONE)
			return 0;
	while (reclaim_for_page(file->world));
	return -ENOMEM;
}

int file_unuse(struct mmsim_file *file, unsigned type)
{
	struct page_cache *chunk;
	unsigned i;

	for (chunk = file->cache; chunk; chunk = chunk->hh.next)
		for (i = 0; i < CHUNK_PAGES; i++)
			if (is_slot(chunk->pfn[i]) &&
			    value_slot(chunk->pfn[i]).type == type &&
			    unuse_page(file, chunk, i))
				return -ENOMEM;
	return 0;
}

/* ---- a file system's files ---- */

bool file_drop_clean(struct mmsim *w, pfn_t pfn)
{
	struct page *page = pfn_to_page(&w->phys, pfn);
	struct mmsim_file *file = (struct mmsim_file *)(uintptr_t)page->mapping;
	struct page_cache *chunk = find_chunk(file, page->index);
	unsigned i = (unsigned)(page->index % CHUNK_PAGES);

	if (page_test(page, PG_dirty))
		return false;
	if (!chunk->store)
		chunk->store = host_alloc(&w->host,
					  CHUNK_PAGES * sizeof(*chunk->store));
	if (!chunk->store ||
	    page_save_contents(&w->phys, pfn, &chunk->store[i]))
		return false;
	chunk->pfn[i] = IN_STORE;
	page->mapping = 0;
	world_put_page(w, page);
	return true;
}

/* A page of the file is read again. */
static pfn_t read_store(struct mmsim_file *file, struct mmsim_mm *mm,
			struct page_cache *chunk, u64 index)
{
	struct saved_contents *saved = &chunk->store[index % CHUNK_PAGES];
	pfn_t pfn = new_file_page(file, mm, index);

	if (pfn == PFN_NONE)
		return pfn;
	if (page_load_contents(&file->world->phys, pfn, saved)) {
		pfn_to_page(&file->world->phys, pfn)->mapping = 0;
		world_put_page(file->world,
			       pfn_to_page(&file->world->phys, pfn));
		return PFN_NONE;
	}
	saved_contents_drop(&file->world->phys, saved);
	return pfn;
}

/* Shared memory has its neighbours by slot; a synchronous device none. */
static void swap_in_around(struct mmsim *w, struct swap_ref at)
{
	if (swap_cache_find(w, at) == PFN_NONE &&
	    !swap_is_synchronous(w, at.type))
		swap_ahead_cluster(w, at);
}

/* A page that is not in memory, but somewhere else: 0 or -ENOMEM. */
static int bring_back(struct mmsim_file *file, struct mmsim_mm *mm,
		      struct page_cache *chunk, u64 index, bool *read)
{
	u64 *value = &chunk->pfn[index % CHUNK_PAGES];
	pfn_t pfn;

	if (is_slot(*value)) {
		swap_in_around(file->world, value_slot(*value));
		pfn = swap_in_page(file, index, value, read);
		return pfn == PFN_NONE ? -ENOMEM : 0;
	}
	pfn = read_store(file, mm, chunk, index);
	if (pfn == PFN_NONE)
		return -ENOMEM;
	*value = pfn;
	*read = true;
	return 0;
}

int file_get_page(struct mmsim_file *file, struct mmsim_mm *mm, u64 index,
		  pfn_t *pfn, bool *read)
{
	u64 page_size = world_page_size(file->world);
	struct page_cache *chunk;

	*pfn = PFN_NONE;
	if (index >= align_up(file->size, page_size) / page_size)
		return 0;
	chunk = get_chunk(file, index);
	if (!chunk)
		return -ENOMEM;
	if (chunk->pfn[index % CHUNK_PAGES] != PFN_NONE) {
		if (!is_cached(chunk->pfn[index % CHUNK_PAGES]) &&
		    bring_back(file, mm, chunk, index, read))
			return -ENOMEM;
		*pfn = chunk->pfn[index % CHUNK_PAGES];
		return 0;
	}
	*pfn = new_file_page(file, mm, index);
	if (*pfn == PFN_NONE) {
		if (!chunk->nr)
			drop_chunk(file, chunk);
		return -ENOMEM;
	}
	chunk->pfn[index % CHUNK_PAGES] = *pfn;
	chunk->nr++;
	return 0;
}

/* Take the entries of pages [first, last) out of one VMA. */
static void unmap_vma_pages(struct vm_area_struct *vma, u64 first, u64 last,
			    bool keep_cows)
{
	unsigned shift = vma->vm_mm->world->phys.page_shift;
	u64 vma_last = vma->vm_pgoff + (vma_size(vma) >> shift);
	struct zap_details details = { .keep_cows = keep_cows };
	struct mmu_gather tlb;

	first = max_u64(first, vma->vm_pgoff);
	last = min_u64(last, vma_last);
	if (first >= last)
		return;
	tlb_gather_mmu(&tlb, vma->vm_mm);
	vma->vm_mm->world->be->zap(
		&tlb, vma, vma->vm_start + ((first - vma->vm_pgoff) << shift),
		vma->vm_start + ((last - vma->vm_pgoff) << shift), details);
	vma->vm_mm->world->be->finish_mmu(&tlb);
}

/* Whether another CPU's fault has mapped a page again meanwhile. */
static bool still_mapped(const struct mmsim_file *file, u64 first, u64 last)
{
	const struct page_cache *chunk;
	unsigned i;
	u64 index;

	for (chunk = file->cache; chunk; chunk = chunk->hh.next) {
		for (i = 0; i < CHUNK_PAGES; i++) {
			index = chunk->first + i;
			if (is_cached(chunk->pfn[i]) && index >= first &&
			    index < last &&
			    folio_mapcount(&file->world->phys, chunk->pfn[i]))
				return true;
		}
	}
	return false;
}

static void file_unmap_pages(struct mmsim_file *file, u64 first, u64 last,
			     bool keep_cows)
{
	struct vm_area_struct *vma;

	first = small_index(file, first);
	last = small_index(file, last);
	LIST_FOREACH(vma, &file->vmas, file_link)
		unmap_vma_pages(vma, first, last, keep_cows);
}

static void file_drop_pages(struct mmsim_file *file, u64 first, u64 last,
			    bool keep_cows)
{
	struct page_cache *chunk, *tmp;
	unsigned i;
	u64 index;

	do
		file_unmap_pages(file, first, last, keep_cows);
	while (file->world->sched.fn && !file->world->broken &&
	       still_mapped(file, first, last));
	HASH_ITER(hh, file->cache, chunk, tmp) {
		for (i = 0; i < CHUNK_PAGES; i++) {
			index = chunk->first + i;
			if (chunk->pfn[i] == PFN_NONE || index < first ||
			    index >= last)
				continue;
			/* A hole leaves what is reserved. */
			if (!keep_cows || chunk->pfn[i] != RESERVED)
				drop_page(file, chunk, i);
		}
		if (!chunk->nr)
			drop_chunk(file, chunk);
	}
}

/* Pages of huge ones that are not in the hole as a whole: they stay. */
static void zero_pages(struct mmsim_file *file, u64 first, u64 last)
{
	pfn_t pfn;

	for (; first < last; first++) {
		pfn = file_find_page(file, first);
		if (pfn != PFN_NONE)
			(void)page_zero_bytes(&file->world->phys, pfn, 0,
					      world_page_size(file->world));
	}
}

static void punch_huge(struct mmsim_file *file, u64 first, u64 last)
{
	u64 nr = BIT_U64(index_order(file));
	u64 from = align_up(first, nr), to = align_down(last, nr);

	if (feat(file->world, FEAT_HUGETLB_PUNCH_ZERO)) {
		zero_pages(file, first, min_u64(from, last));
		zero_pages(file, max_u64(to, min_u64(from, last)), last);
	}
	if (from < to)
		file_drop_pages(file, from / nr, to / nr, true);
}

void file_punch_hole(struct mmsim_file *file, u64 first, u64 last)
{
	files_lock(file->world);
	if (is_hugetlb(file))
		punch_huge(file, first, last);
	else
		file_drop_pages(file, first, last, true);
	files_unlock(file->world);
}

/* ---- write-back ---- */

static void mkclean_vma(struct vm_area_struct *vma, u64 index)
{
	unsigned shift = vma->vm_mm->world->phys.page_shift;
	u64 first = vma->vm_pgoff;

	/* A private mapping's entries of the page itself are clean. */
	if (!(vma->vm_flags & VM_SHARED) || index < first ||
	    index - first >= vma_size(vma) >> shift)
		return;
	(void)vma->vm_mm->world->be->mkclean(
		vma->vm_mm, vma->vm_start + ((index - first) << shift));
}

/*
 * The page counts as clean before its entries are: a write in between makes it
 * dirty again.
 */
static void write_page(struct mmsim_file *file, u64 index, struct page *page)
{
	struct vm_area_struct *vma;

	if (!page_test(page, PG_dirty))
		return;
	page_clear(page, PG_dirty);
	sim_trace(&file->world->obs, EV_writeback, RULE_MKCLEAN, 0, index, 0,
		  page_to_pfn(&file->world->phys, page));
	LIST_FOREACH(vma, &file->vmas, file_link)
		mkclean_vma(vma, index);
}

/* What was written through a writable entry has made its page dirty when the
 * entry became writable (page_mkwrite): the entries need not be searched. */
void file_writeback(struct mmsim_file *file)
{
	struct page_cache *chunk;
	unsigned i;

	if (file->kind != MMSIM_FILE_WRITENOTIFY)
		return;
	files_lock(file->world);
	for (chunk = file->cache; chunk; chunk = chunk->hh.next)
		for (i = 0; i < CHUNK_PAGES; i++)
			if (is_cached(chunk->pfn[i]))
				write_page(file, chunk->first + i,
					   pfn_to_page(&file->world->phys,
						       chunk->pfn[i]));
	files_unlock(file->world);
}

void file_put(struct mmsim_file *file)
{
	if (--file->refcount)
		return;
	file_drop_pages(file, 0, ~(u64)0, false);
	LIST_REMOVE(file, link);
	shared_policy_free(file);
	host_free(&file->world->host, file, sizeof(*file));
}

/* The bytes of the last page past the end read as zero. */
static int zero_tail(struct mmsim_file *file, u64 bytes)
{
	u64 page_size = world_page_size(file->world),
	    offset = bytes % page_size;
	u64 index = bytes / page_size;
	const struct page_cache *chunk = find_chunk(file, index);
	bool read;
	pfn_t pfn;

	/* What was never there needs no zeroes. */
	if (!offset || !chunk || chunk->pfn[index % CHUNK_PAGES] == PFN_NONE)
		return 0;
	if (file_get_page(file, NULL, index, &pfn, &read))
		return -ENOMEM;
	return page_zero_bytes(&file->world->phys, pfn, offset,
			       page_size - offset);
}

int file_truncate(struct mmsim_file *file, u64 bytes)
{
	u64 page_size = file_page_size(file);
	int rc;

	if (is_hugetlb(file) && !is_aligned(bytes, page_size))
		return -EINVAL;

	if (bytes < file->size) {
		rc = zero_tail(file, bytes);
		if (rc)
			return rc;
		/* No fault brings in anew what is about to go. */
		file->size = bytes;
		files_lock(file->world);
		file_drop_pages(file, align_up(bytes, page_size) / page_size,
				~(u64)0, false);
		files_unlock(file->world);
	}
	file->size = bytes;
	return 0;
}
