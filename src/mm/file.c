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
#include "mm/mthp.h"
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
 * A page that was swapped out, with the order of what it was a page of:
 *                                    | 1 | 0 | order (5) | type (5) | offset (52) |
 * One that only the file system has:      | 1 | 1 | 0 |
 * One of hugetlb that is reserved:         | 1 | 1 | 0 | 1 |
 */
#define SLOT_FLAG  BIT_U64(63)
#define STORE_FLAG BIT_U64(62)
#define IN_STORE   (SLOT_FLAG | STORE_FLAG)
/* Of a hugetlb file a page that is not there yet, but reserved. */
#define RESERVED (IN_STORE | 1)

#define SLOT_ORDER_SHIFT 57
#define SLOT_TYPE_SHIFT	 52

static u64 slot_value(struct swap_ref at, unsigned order)
{
	return SLOT_FLAG | (u64)order << SLOT_ORDER_SHIFT |
	       (u64)at.type << SLOT_TYPE_SHIFT | at.offset;
}

static struct swap_ref value_slot(u64 value)
{
	return (struct swap_ref){ (unsigned)(value >> SLOT_TYPE_SHIFT) & 31,
				  value & MASK_U64(SLOT_TYPE_SHIFT - 1, 0) };
}

static unsigned slot_order(u64 value)
{
	return (unsigned)(value >> SLOT_ORDER_SHIFT) & 31;
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
	/* The pool gets a clean page back. */
	if (is_hugetlb(file))
		page_clear(page, PG_dirty);
	if (is_hugetlb(file) || page_is_large(page))
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

/* Where the folio of a cached page begins. */
static u64 folio_index(const struct mmsim_file *file, u64 index, pfn_t pfn)
{
	return index - (pfn - folio_pfn(&file->world->phys, pfn));
}

/* A page of the cache, or what there is instead. */
static u64 place_of(const struct mmsim_file *file, u64 index, u64 value)
{
	return is_cached(value) && !is_hugetlb(file)
		       ? folio_index(file, index, value)
		       : index;
}

u64 file_last_page(const struct mmsim_file *file)
{
	const struct page_cache *chunk;
	u64 last = ~(u64)0, index;
	unsigned i;

	for (chunk = file->cache; chunk; chunk = chunk->hh.next) {
		for (i = 0; i < CHUNK_PAGES; i++) {
			index = place_of(file, chunk->first + i, chunk->pfn[i]);
			if (chunk->pfn[i] != PFN_NONE &&
			    chunk->pfn[i] != RESERVED &&
			    (last == ~(u64)0 || index > last))
				last = index;
		}
	}
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
	/* There is no other copy of it. */
	page_set(head, PG_dirty);
	return 0;
}

/* ---- pages of the file's own ---- */

/* The policy that shared memory keeps itself, or the process's, not that of the
 * mapping; what is no file of a file system interleaves by the place in it. */
static pfn_t alloc_file_folio(const struct mmsim_file *file,
			      struct mmsim_mm *mm, u64 index, unsigned order)
{
	const struct mempolicy *pol = file_policy(file, index);
	struct mmsim *w = file->world;
	struct mpol_nodes at;

	if (likely(!pol) && likely(!mm || !mm->policy.mode))
		return phys_alloc_folio(&w->phys, order, numa_node_id(w));
	index >>= order;
	if (pol)
		at = mpol_choose_at(w, pol, index);
	else
		at = mpol_choose(mm, &mm->policy,
				 file->kind == MMSIM_FILE_WRITENOTIFY
					 ? MPOL_NO_INDEX
					 : index);
	return mpol_alloc(w, order, &at);
}

/* What has no place of its own to be written to. */
bool file_is_swapbacked(const struct mmsim_file *file)
{
	return file->kind != MMSIM_FILE_WRITENOTIFY;
}

/* A new page: zeroed, not dirty yet; the cache's reference. */
static pfn_t new_file_page(struct mmsim_file *file, struct mmsim_mm *mm,
			   u64 index)
{
	struct mmsim *w = file->world;
	pfn_t pfn = alloc_file_folio(file, mm, index, 0);
	struct page *page;

	if (pfn == PFN_NONE)
		return pfn;
	sim_trace(&w->obs, EV_page_alloc, RULE_NONE, 0, 0, 0, pfn);
	page = pfn_to_page(&w->phys, pfn);
	page->mapping = (u64)(uintptr_t)file;
	page->index = index;
	if (file_is_swapbacked(file))
		page_set(page, PG_swapbacked);
	folio_add_lru(w, page);
	return pfn;
}

/* ---- folios of shared memory (docs/shmem-thp.md) ---- */

/* Whether neither a page of the block is there nor anything in its place. */
static bool block_is_free(const struct mmsim_file *file, u64 first, u64 nr)
{
	u64 index;

	for (index = first; index < first + nr; index++)
		if (cache_value(file, index) != PFN_NONE)
			return false;
	return true;
}

bool file_block_is_free(const struct mmsim_file *file, u64 index,
			unsigned order)
{
	return block_is_free(file, align_down(index, BIT_U64(order)),
			     BIT_U64(order));
}

static void count_shmem(struct mmsim *w, unsigned order, bool got)
{
	bool huge = order == w->phys.block_order;

	mthp_count(w, order, got ? MTHP_SHMEM_ALLOC : MTHP_SHMEM_FALLBACK);
	w->obs.events[EV_thp_file_alloc] += got && huge;
	w->obs.events[EV_thp_file_fallback] += !got && huge;
}

/* Every page of it is in the cache, which has a reference for each, in the
 * place of nothing or of a slot. */
static void add_folio(struct mmsim_file *file, u64 first, pfn_t pfn)
{
	struct mmsim *w = file->world;
	u64 nr = folio_nr_pages(&w->phys, pfn), *value, i;
	struct page_cache *chunk;
	struct page *folio;

	folio_spread(&w->phys, pfn);
	folio = folio_page(&w->phys, pfn);
	folio->mapping = (u64)(uintptr_t)file;
	folio->index = first;
	folio->refcount = (s32)nr;
	for (i = 0; i < nr; i++) {
		chunk = find_chunk(file, first + i);
		value = &chunk->pfn[(first + i) % CHUNK_PAGES];
		chunk->nr += *value == PFN_NONE;
		*value = pfn + i;
	}
	page_set(folio, PG_swapbacked);
	folio_add_lru_large(w, pfn);
}

/* A folio of an order around a page: false: there is no room or no memory. */
static bool new_file_folio(struct mmsim_file *file, struct mmsim_mm *mm,
			   u64 index, unsigned order)
{
	u64 first = align_down(index, BIT_U64(order));
	struct mmsim *w = file->world;
	pfn_t pfn;

	if (!block_is_free(file, first, BIT_U64(order)) ||
	    !has_chunks(file, first, first + BIT_U64(order)))
		return false;
	pfn = alloc_file_folio(file, mm, first, order);
	count_shmem(w, order, pfn != PFN_NONE);
	if (pfn == PFN_NONE)
		return false;
	sim_trace(&w->obs, EV_page_alloc, RULE_NONE, 0, 0, 0, pfn);
	add_folio(file, first, pfn);
	return true;
}

/* The largest of some orders that can be had. */
static bool new_large_folio(struct mmsim_file *file, struct mmsim_mm *mm,
			    u64 index, u64 orders)
{
	unsigned order = file->world->phys.block_order;

	for (; order && orders && !file->world->host.failed; order--)
		if (orders & BIT_U64(order) &&
		    new_file_folio(file, mm, index, order))
			return true;
	return false;
}

/* Whether a page and all others of the folio that it was swapped out with can
 * come back as one. */
static bool slots_are_whole(const struct mmsim_file *file, u64 index, u64 value)
{
	u64 nr = BIT_U64(slot_order(value)), i;
	u64 first = align_down(index, nr);

	if (nr == 1 || !feat(file->world, FEAT_SHMEM_SWAPIN_LARGE) ||
	    !swap_is_synchronous(file->world, value_slot(value).type))
		return false;
	value -= index - first;
	for (i = 0; i < nr; i++)
		if (cache_value(file, first + i) != value + i)
			return false;
	return true;
}

unsigned file_order_at(const struct mmsim_file *file, u64 index)
{
	u64 value = cache_value(file, index);

	if (is_cached(value) && value != PFN_NONE)
		return folio_order(&file->world->phys, value);
	return is_slot(value) && slots_are_whole(file, index, value)
		       ? slot_order(value)
		       : 0;
}

/* All pages of such a folio come back. False: there is no memory for it. */
static bool swap_in_folio(struct mmsim_file *file, struct mmsim_mm *mm,
			  u64 index, u64 value)
{
	unsigned order = slot_order(value);
	u64 first = align_down(index, BIT_U64(order));
	struct swap_ref at = value_slot(value - (index - first));
	struct mmsim *w = file->world;
	pfn_t pfn = alloc_file_folio(file, mm, first, order);

	if (pfn == PFN_NONE)
		return false;
	sim_trace(&w->obs, EV_page_alloc, RULE_NONE, 0, 0, 0, pfn);
	folio_spread(&w->phys, pfn);
	if (swap_read(w, at, pfn, BIT_U64(order))) {
		world_put_folio(w, pfn, 1);
		return false;
	}
	w->obs.events[EV_pswpin] += BIT_U64(order);
	add_folio(file, first, pfn);
	page_set(folio_page(&w->phys, pfn), PG_dirty);
	swap_put(w, at, BIT_U64(order));
	return true;
}

/* ---- collapse ---- */

/* A page of the cache that nobody refers to but those who map its folio. */
static bool page_is_free_to_go(const struct mmsim *w, pfn_t pfn)
{
	const struct page *folio = folio_page(&w->phys, pfn);

	return (u64)folio->refcount ==
	       folio_nr_pages(&w->phys, pfn) +
		       (u64)folio_mapcount(&w->phys, pfn);
}

struct file_extent file_look_at_extent(const struct mmsim_file *file, u64 first,
				       u64 nr)
{
	struct file_extent e = { 0 };
	u64 index, value;

	for (index = first; index < first + nr; index++) {
		value = cache_value(file, index);
		e.swapped += is_slot(value);
		if (!is_cached(value))
			continue;
		e.present++;
		e.huge |= folio_nr_pages(&file->world->phys, value) == nr;
		e.busy |= !page_is_free_to_go(file->world, value);
	}
	return e;
}

int file_swap_in_extent(struct mmsim_file *file, u64 first, u64 nr)
{
	u64 index;
	bool read;
	pfn_t pfn;

	for (index = first; index < first + nr; index++)
		if (is_slot(cache_value(file, index)) &&
		    file_get_page(file, NULL, index, 0, &pfn, &read))
			return -ENOMEM;
	return 0;
}

/* The contents of what is there: false: the host has no memory. */
static bool copy_extent(const struct mmsim_file *file, u64 first, pfn_t pfn,
			u64 nr)
{
	pfn_t from;
	u64 i;

	for (i = 0; i < nr; i++) {
		from = file_find_page(file, first + i);
		if (from != PFN_NONE &&
		    page_copy_contents(&file->world->phys, pfn + i, from))
			return false;
	}
	return true;
}

int file_collapse(struct mmsim_file *file, u64 first, pfn_t pfn)
{
	struct mmsim *w = file->world;
	u64 nr = folio_nr_pages(&w->phys, pfn), i;
	struct file_extent e = file_look_at_extent(file, first, nr);
	struct page_cache *chunk;

	if (e.busy || e.swapped)
		return -EAGAIN;
	folio_spread(&w->phys, pfn);
	if (!has_chunks(file, first, first + nr) ||
	    !copy_extent(file, first, pfn, nr))
		return -ENOMEM;
	for (i = 0; i < nr; i++) {
		chunk = find_chunk(file, first + i);
		if (chunk->pfn[(first + i) % CHUNK_PAGES] != PFN_NONE)
			drop_page(file, chunk,
				  (unsigned)((first + i) % CHUNK_PAGES));
	}
	add_folio(file, first, pfn);
	page_set(folio_page(&w->phys, pfn), PG_dirty);
	return 0;
}

/* ---- splits ---- */

bool file_folio_past_end(const struct mmsim *w, pfn_t pfn)
{
	const struct page *folio = folio_page(&w->phys, pfn);
	const struct mmsim_file *file =
		(const struct mmsim_file *)(uintptr_t)folio->mapping;
	u64 end = folio->index + folio_nr_pages(&w->phys, pfn);

	return end * world_page_size(w) >
	       align_up(file->size, world_page_size(w));
}

void file_drop_past_end(struct mmsim *w, pfn_t head, u64 nr)
{
	const struct page *folio = folio_page(&w->phys, head);
	struct mmsim_file *file =
		(struct mmsim_file *)(uintptr_t)folio->mapping;
	u64 page_size = world_page_size(w), index = folio->index, i;
	u64 end = align_up(file->size, page_size) / page_size;
	struct page_cache *chunk;

	for (i = 0; i < nr; i++, index++) {
		chunk = find_chunk(file, index);
		if (folio_index(file, index, head + i) < end)
			continue;
		drop_page(file, chunk, (unsigned)(index % CHUNK_PAGES));
		if (!chunk->nr)
			drop_chunk(file, chunk);
	}
}

/* ---- what is not in memory ---- */

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
	struct page *folio = folio_page(&w->phys, pfn);
	struct mmsim_file *file =
		(struct mmsim_file *)(uintptr_t)folio->mapping;
	unsigned order = folio_order(&w->phys, pfn);
	struct swap_ref at = folio_swap_ref(w, pfn);
	u64 index = folio->index, last = index + BIT_U64(order);
	struct page_cache *chunk;

	(void)swap_dup(w, at, BIT_U64(order));
	for (; index < last; index++, at.offset++) {
		chunk = find_chunk(file, index);
		chunk->pfn[index % CHUNK_PAGES] = slot_value(at, order);
	}
	folio->mapping = 0;
	world_put_folio(w, pfn, (s32)BIT_U64(order));
}

void file_replace_folio(struct mmsim *w, pfn_t from, pfn_t to)
{
	struct page *folio = folio_page(&w->phys, from);
	struct mmsim_file *file =
		(struct mmsim_file *)(uintptr_t)folio->mapping;
	unsigned order = index_order(file);
	u64 nr = folio_nr_pages(&w->phys, from) >> order, index, i;
	struct page_cache *chunk;

	for (i = 0; i < nr; i++) {
		index = (folio->index >> order) + i;
		chunk = find_chunk(file, index);
		mm_assert(chunk->pfn[index % CHUNK_PAGES] == from + i);
		chunk->pfn[index % CHUNK_PAGES] = to + i;
	}
	folio->mapping = 0;
	folio->refcount -= (s32)nr;
	folio_page(&w->phys, to)->refcount += (s32)nr;
}

void file_forget_folio(struct mmsim *w, pfn_t pfn)
{
	struct page *folio = folio_page(&w->phys, pfn);
	struct mmsim_file *file =
		(struct mmsim_file *)(uintptr_t)folio->mapping;
	unsigned order = index_order(file);
	u64 index = folio->index >> order;
	u64 last = index + (folio_nr_pages(&w->phys, pfn) >> order);
	struct page_cache *chunk;

	for (; index < last; index++) {
		chunk = find_chunk(file, index);
		drop_page(file, chunk, (unsigned)(index % CHUNK_PAGES));
		if (!chunk->nr)
			drop_chunk(file, chunk);
	}
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

	if (is_slot(*value) && slots_are_whole(file, index, *value) &&
	    swap_in_folio(file, mm, index, *value)) {
		*read = true;
		return 0;
	}
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
		  u64 orders, pfn_t *pfn, bool *read)
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
	if (unlikely(orders) && new_large_folio(file, mm, index, orders)) {
		*pfn = chunk->pfn[index % CHUNK_PAGES];
		return 0;
	}
	if (file->world->host.failed)
		return -ENOMEM;
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
	lru_drain_for_zap(vma->vm_mm->world);
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

/* Whether a folio lies in [first, last) as a whole. */
static bool folio_inside(const struct mmsim_file *file, u64 index, pfn_t pfn,
			 u64 first, u64 last)
{
	u64 start = folio_index(file, index, pfn);

	return start >= first &&
	       start + folio_nr_pages(&file->world->phys, pfn) <= last;
}

/* Split the folio of a page, if it is one of several. */
static void split_around(struct mmsim_file *file, u64 index)
{
	struct mmsim *w = file->world;
	pfn_t pfn = file_find_page(file, index);

	if (pfn != PFN_NONE && folio_order(&w->phys, pfn))
		(void)w->be->split_file_folio(w, 0, pfn,
					      feat(w, FEAT_FILE_SPLIT_UNEVEN));
}

/*
 * A folio of which a part is to go is split where that begins, and what is
 * still large of it where it ends (docs/shmem-thp.md).
 */
static void split_edges(struct mmsim_file *file, u64 first, u64 last)
{
	pfn_t pfn = file_find_page(file, first);
	u64 end = 0;

	if (pfn != PFN_NONE && !folio_inside(file, first, pfn, first, last)) {
		end = folio_index(file, first, pfn) +
		      folio_nr_pages(&file->world->phys, pfn);
		split_around(file, first);
	}
	pfn = last == ~(u64)0 ? PFN_NONE : file_find_page(file, last);
	if (pfn != PFN_NONE &&
	    (last < end || folio_index(file, last, pfn) < last))
		split_around(file, last);
}

/* One place of a chunk. What could not be split stays, as zeroes. */
static void drop_or_zero(struct mmsim_file *file, struct page_cache *chunk,
			 unsigned i, u64 first, u64 last)
{
	u64 value = chunk->pfn[i];

	if (is_hugetlb(file) || !is_cached(value) ||
	    folio_inside(file, chunk->first + i, value, first, last))
		drop_page(file, chunk, i);
	else
		(void)page_zero_bytes(&file->world->phys, value, 0,
				      world_page_size(file->world));
}

/* Before the first page goes, or is cut, the batches are drained. */
static void drop_chunk_pages(struct mmsim_file *file, struct page_cache *chunk,
			     u64 first, u64 last, bool keep_cows, bool *drained)
{
	unsigned i;
	u64 index;

	for (i = 0; i < CHUNK_PAGES; i++) {
		index = chunk->first + i;
		if (chunk->pfn[i] == PFN_NONE || index < first || index >= last)
			continue;
		if (!*drained && is_cached(chunk->pfn[i])) {
			lru_add_drain(file->world);
			*drained = true;
		}
		/* A hole leaves what is reserved. */
		if (!keep_cows || chunk->pfn[i] != RESERVED)
			drop_or_zero(file, chunk, i, first, last);
	}
	if (!chunk->nr)
		drop_chunk(file, chunk);
}

static void file_drop_pages(struct mmsim_file *file, u64 first, u64 last,
			    bool keep_cows)
{
	struct page_cache *chunk, *tmp;
	bool drained = false;

	do
		file_unmap_pages(file, first, last, keep_cows);
	while (file->world->sched.fn && !file->world->obs.alert.broken &&
	       still_mapped(file, first, last));
	if (file->world->phys.nr_large && !is_hugetlb(file))
		split_edges(file, first, last);
	HASH_ITER(hh, file->cache, chunk, tmp)
		drop_chunk_pages(file, chunk, first, last, keep_cows, &drained);
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
	if (file_get_page(file, NULL, index, 0, &pfn, &read))
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
