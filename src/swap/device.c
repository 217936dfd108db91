/* SPDX-License-Identifier: MIT */
#include "swap/device.h"

#include <errno.h>

#include "core/assert.h"

/* ---- clusters ---- */

static size_t cluster_bytes(const struct swap_device *dev)
{
	return sizeof(struct swap_cluster) +
	       (size_t)dev->cluster_pages * sizeof(struct swap_slot);
}

/*
 * Clusters lie in a range of host memory, each at its place. What was written
 * stays until the device goes. The range is reserved, not asked for as huge
 * pages: those may take the host longer than all the rest of swapping out, and
 * a small one has slots for 1024 pages.
 */
#define RANGE_MAX ((u64)1 << 40) /* bytes: as much as we may ask for */

static bool range_init(struct mmsim *w, struct swap_device *dev)
{
	size_t bytes = cluster_bytes(dev);

	if (host_chunks(&w->host) || dev->nr_clusters > RANGE_MAX / bytes)
		return true;
	dev->range =
		host_reserve(&w->host, (size_t)dev->nr_clusters * bytes, false);
	return dev->range;
}

/* Zeroed, but for what swap_drop_cluster() has left; NULL: no host memory. */
static struct swap_cluster *cluster_memory(struct mmsim *w,
					   struct swap_device *dev, u64 index)
{
	if (!dev->range)
		return host_alloc(&w->host, cluster_bytes(dev));
	if (!host_commit(&w->host))
		return NULL;
	return (void *)((char *)dev->range + index * cluster_bytes(dev));
}

static u64 cluster_end(const struct swap_device *dev, u64 index)
{
	return min_u64((index + 1) * dev->cluster_pages, dev->pages);
}

static struct swap_cluster *make_cluster(struct mmsim *w,
					 struct swap_device *dev, u64 index,
					 unsigned order)
{
	struct swap_cluster *cluster;

	cluster = cluster_memory(w, dev, index);
	if (!cluster)
		return NULL;
	cluster->order = order;
	dev->clusters[index] = cluster;
	dev->nr_used++;
	cluster_has_room(dev, index, order);
	return cluster;
}

/* An array of the cluster's with so many bytes for each slot. */
static size_t array_size(const struct swap_device *dev, size_t each)
{
	return (size_t)dev->cluster_pages * each;
}

static void drop_bytes(struct mmsim *w, const struct swap_device *dev,
		       struct swap_cluster *cluster)
{
	u64 i;

	if (!cluster->bytes)
		return;
	for (i = 0; i < dev->cluster_pages; i++)
		host_free(&w->host, cluster->bytes[i],
			  (size_t)world_page_size(w));
	host_free(&w->host, cluster->bytes,
		  array_size(dev, sizeof(*cluster->bytes)));
	cluster->bytes = NULL;
}

/* Its slots are free, and so zeroed; or the device goes. */
void swap_drop_cluster(struct mmsim *w, struct swap_device *dev, u64 index)
{
	struct swap_cluster *cluster = dev->clusters[index];

	drop_bytes(w, dev, cluster);
	host_free(&w->host, cluster->cache,
		  array_size(dev, sizeof(*cluster->cache)));
	cluster->cache = NULL;
	host_free(&w->host, cluster->counts,
		  array_size(dev, sizeof(*cluster->counts)));
	cluster->counts = NULL;
	if (!dev->range)
		host_free(&w->host, cluster, cluster_bytes(dev));
	dev->clusters[index] = NULL;
	dev->nr_used--;
}

void swap_slot_free(struct mmsim *w, unsigned type, u64 offset)
{
	struct swap_device *dev = &w->swap->dev[type];
	u64 index = offset >> dev->cluster_order;
	u64 i = offset & (dev->cluster_pages - 1);
	struct swap_cluster *cluster = dev->clusters[index];

	if (unlikely(!contents_in_flags(slot_flags(&cluster->slots[i])))) {
		host_free(&w->host, cluster->bytes[i],
			  (size_t)world_page_size(w));
		cluster->bytes[i] = NULL;
	}
	swap_slot_empty(w, (struct swap_ref){ type, offset }, cluster,
			&cluster->slots[i]);
}

/* ---- what few slots have ---- */

static void *make_array(struct mmsim *w, unsigned type, size_t each)
{
	return host_alloc(&w->host, array_size(&w->swap->dev[type], each));
}

struct saved_contents swap_slot_saved(const struct mmsim *w, struct swap_ref at)
{
	const struct swap_cluster *cluster = swap_cluster(w, at);
	u64 i = swap_index(w, at);

	return (struct saved_contents){
		.flags = slot_flags(&cluster->slots[i]),
		.bytes = cluster->bytes ? cluster->bytes[i] : NULL,
	};
}

bool swap_slot_save(struct mmsim *w, struct swap_ref at,
		    const struct saved_contents *saved)
{
	struct swap_cluster *cluster = swap_cluster(w, at);
	u64 i = swap_index(w, at);

	if (saved->bytes && !cluster->bytes)
		cluster->bytes =
			make_array(w, at.type, sizeof(*cluster->bytes));
	if (saved->bytes && !cluster->bytes)
		return false;
	if (cluster->bytes)
		cluster->bytes[i] = saved->bytes;
	cluster->slots[i].contents = slot_contents(saved->flags);
	return true;
}

bool swap_may_cache(struct mmsim *w, struct swap_ref at)
{
	struct swap_cluster *cluster = swap_cluster(w, at);

	if (!cluster->cache)
		cluster->cache =
			make_array(w, at.type, sizeof(*cluster->cache));
	return cluster->cache;
}

bool swap_may_count(struct mmsim *w, struct swap_ref at)
{
	struct swap_cluster *cluster = swap_cluster(w, at);

	if (!cluster->counts)
		cluster->counts =
			make_array(w, at.type, sizeof(*cluster->counts));
	return cluster->counts;
}

unsigned swap_count(const struct mmsim *w, struct swap_ref at)
{
	const struct swap_cluster *cluster = swap_cluster(w, at);
	u64 i = swap_index(w, at);
	unsigned count = cluster->slots[i].count;

	return count < SLOT_MANY ? count : cluster->counts[i];
}

void swap_count_set(struct mmsim *w, struct swap_ref at, u32 count)
{
	struct swap_cluster *cluster = swap_cluster(w, at);
	u64 i = swap_index(w, at);
	bool many = count >= SLOT_MANY;

	cluster->slots[i].count = many ? SLOT_MANY : (u8)count;
	if (many)
		cluster->counts[i] = count;
}

void swap_free_slots(struct mmsim *w, struct swap_ref at, u64 nr)
{
	u64 i;

	for (i = 0; i < nr; i++)
		swap_slot_free(w, at.type, at.offset + i);
}

/* ---- finding free ones ---- */

/* 2^order free slots of a cluster that is there, aligned, not before one;
 * 0: there are none. Slot 0 of a device is its header's. */
static u64 find_in_cluster(const struct swap_device *dev, u64 index, u64 from,
			   unsigned order)
{
	const struct swap_cluster *cluster = dev->clusters[index];
	u64 first = index * dev->cluster_pages, nr = BIT_U64(order), at, i;

	from = max_u64(from, first + !first);
	for (at = align_up(from, nr); at + nr <= cluster_end(dev, index);
	     at += nr) {
		for (i = 0; i < nr; i++)
			if (!slot_is_free(&cluster->slots[at + i - first]))
				break;
		if (i == nr)
			return at;
	}
	return 0;
}

/* The first cluster has its header's slot: it is never whole, so what takes
 * whole ones passes it by. So does a last one that is too short. */
static bool may_begin(const struct swap_device *dev, u64 index, unsigned order)
{
	return !dev->clusters[index] &&
	       cluster_end(dev, index) - (index << dev->cluster_order) >=
		       BIT_U64(order);
}

/* An empty one is put behind all others that are empty: it is some time until
 * it is taken again (semantics-rmap-swap.md 6.1). */
static u64 next_empty(const struct swap_device *dev, unsigned order)
{
	u64 index = dev->empty_from, i;

	if (dev->nr_used == dev->nr_clusters)
		return dev->nr_clusters;
	for (i = 1; i < dev->nr_clusters; i++, index++) {
		if (index >= dev->nr_clusters)
			index = 1;
		if (may_begin(dev, index, order))
			return index;
	}
	return dev->nr_clusters;
}

static u64 find_empty(struct mmsim *w, struct swap_device *dev, u64 from,
		      unsigned order)
{
	u64 index = from;

	if (index || !may_begin(dev, 0, order))
		index = next_empty(dev, order);
	if (index >= dev->nr_clusters || !make_cluster(w, dev, index, order))
		return 0;
	if (index)
		dev->empty_from = index + 1;
	return max_u64(index << dev->cluster_order, 1);
}

/* One in use, of this order or of any. */
static u64 find_partial(struct swap_device *dev, unsigned order, bool any)
{
	u64 *from = any ? &dev->any_from : &dev->partial_from[order], at;
	const struct swap_cluster *cluster;

	for (; *from < dev->nr_clusters; ++*from) {
		cluster = dev->clusters[*from];
		if (!cluster || (!any && cluster->order != order))
			continue;
		at = find_in_cluster(dev, *from, 0, order);
		if (at)
			return at;
	}
	return 0;
}

/* Where the device went on last time, even if all before it is free again. */
static u64 find_next(struct mmsim *w, struct swap_device *dev, unsigned order)
{
	u64 next = dev->next[order], index = next >> dev->cluster_order;

	if (!next || index >= dev->nr_clusters ||
	    next + BIT_U64(order) > cluster_end(dev, index))
		return 0;
	if (!dev->clusters[index] && !make_cluster(w, dev, index, order))
		return 0;
	if (dev->clusters[index]->order != order)
		return 0;
	return find_in_cluster(dev, index, next, order);
}

/* A cluster that is empty, and for single slots the header's, whose other slots
 * are. */
static u64 find_fresh(struct mmsim *w, struct swap_device *dev, unsigned order)
{
	return find_empty(w, dev, order ? 1 : dev->first_cluster, order);
}

/* In use, as the header's cluster always is. */
static u64 find_nonfull(struct mmsim *w, struct swap_device *dev,
			unsigned order)
{
	if (!order && !dev->clusters[0])
		return find_empty(w, dev, 0, 0);
	return find_partial(dev, order, false);
}

static u64 find_slots(struct mmsim *w, struct swap_device *dev, unsigned order)
{
	bool nonfull_first = feat(w, FEAT_SWAP_NONFULL_FIRST);
	u64 at = find_next(w, dev, order);

	if (!at && !w->host.failed && nonfull_first)
		at = find_nonfull(w, dev, order);
	if (!at && !w->host.failed)
		at = find_fresh(w, dev, order);
	if (!at && !w->host.failed && !nonfull_first)
		at = find_partial(dev, order, false);
	if (!at && !w->host.failed && !order)
		at = find_empty(w, dev, 0, 0);
	if (!at && !w->host.failed && !order)
		at = find_partial(dev, 0, true);
	return at;
}

/* ---- devices ---- */

/* THP_SWAP: x86-64, and arm64 with 4K pages (recorded-behaviour.md 8). */
static bool thp_swap(const struct mmsim *w)
{
	if (w->arch == MMSIM_ARCH_ARM64)
		return w->phys.page_shift == 12 && feat(w, FEAT_ARM64_THP_SWAP);
	return w->arch == MMSIM_ARCH_X86_64;
}

static bool takes_order(const struct mmsim *w, const struct swap_device *dev,
			unsigned order)
{
	if (!dev->on || dev->closed)
		return false;
	return !order || (thp_swap(w) && (dev->kind != SWAP_DISK ||
					  feat(w, FEAT_SWAPOUT_LARGE_DISK)));
}

/* Whether a device comes before another: priority, then whose turn it is. */
static bool comes_first(const struct swap_device *a,
			const struct swap_device *b)
{
	return a->prio != b->prio ? a->prio > b->prio : a->turn < b->turn;
}

/* The best one that was not tried yet. */
static int next_device(const struct mmsim *w, unsigned order, u32 tried)
{
	const struct swap_device *dev = w->swap->dev;
	int best = -1, i;

	for (i = 0; i < (int)w->swap->nr_types; i++)
		if (!(tried & 1u << i) && takes_order(w, &dev[i], order) &&
		    (best < 0 || comes_first(&dev[i], &dev[best])))
			best = i;
	return best;
}

static void take_slots(struct swap_device *dev, u64 at, unsigned order)
{
	struct swap_cluster *cluster = dev->clusters[at >> dev->cluster_order];
	struct swap_slot *slot = &cluster->slots[at & (dev->cluster_pages - 1)];
	u64 i;

	for (i = 0; i < BIT_U64(order); i++)
		slot[i].taken = true;
	cluster->used += 1u << order;
	dev->used += BIT_U64(order);
	dev->next[order] = at + BIT_U64(order);
}

bool swap_alloc_slots(struct mmsim *w, unsigned order, struct swap_ref *at)
{
	struct swap_device *dev;
	u32 tried = 0;
	u64 offset;
	int i;

	while (w->swap && (i = next_device(w, order, tried)) >= 0) {
		tried |= 1u << i;
		dev = &w->swap->dev[i];
		offset = find_slots(w, dev, order);
		if (!offset)
			continue;
		take_slots(dev, offset, order);
		dev->turn = ++w->swap->turns;
		*at = (struct swap_ref){ (unsigned)i, offset };
		return true;
	}
	return false;
}

/* The only device that folios of an order go to, or -1: others take turns. */
static int only_device(const struct mmsim *w, unsigned order)
{
	const struct swap_device *dev = w->swap->dev;
	int only = -1, i;

	for (i = 0; i < (int)w->swap->nr_types; i++) {
		if (!takes_order(w, &dev[i], order))
			continue;
		if (only >= 0)
			return -1;
		only = i;
	}
	return only;
}

u64 swap_next_slots(struct mmsim *w, unsigned order, struct swap_ref *at)
{
	int type = w->swap ? only_device(w, order) : -1;
	struct swap_device *dev;
	u64 index;

	if (type < 0 || !swap_is_synchronous(w, (unsigned)type))
		return 0;
	dev = &w->swap->dev[type];
	*at = (struct swap_ref){ (unsigned)type, find_slots(w, dev, order) };
	if (!at->offset)
		return 0;
	index = at->offset >> dev->cluster_order;
	/* In a cluster of another order the next one is looked for anew. */
	if (dev->clusters[index]->order != order)
		return 1;
	return (cluster_end(dev, index) - at->offset) >> order;
}

void swap_take_next(struct mmsim *w, unsigned order, struct swap_ref at, u64 nr)
{
	struct swap_device *dev = &w->swap->dev[at.type];
	u64 pages = nr << order;

	dev->clusters[at.offset >> dev->cluster_order]->used += (unsigned)pages;
	dev->used += pages;
	dev->next[order] = at.offset + pages;
	w->swap->turns += nr;
	dev->turn = w->swap->turns;
}

static void drop_device(struct mmsim *w, struct swap_device *dev)
{
	u64 i;

	for (i = 0; i < dev->nr_clusters; i++)
		if (dev->clusters[i])
			swap_drop_cluster(w, dev, i);
	host_free(&w->host, dev->clusters,
		  (size_t)dev->nr_clusters * sizeof(*dev->clusters));
	host_unreserve(&w->host, dev->range);
	swap_more_drop(w, dev);
	*dev = (struct swap_device){ .on = false };
}

static int make_device(struct mmsim *w, struct swap_device *dev,
		       enum swap_kind kind, u64 pages, int prio)
{
	struct swap_device new = {
		.on = true,
		.kind = kind,
		.prio = prio,
		.pages = pages,
		.turn = ++w->swap->turns,
		.cluster_order = thp_swap(w) ? w->phys.block_order : 8,
	};

	new.cluster_pages = BIT_U64(new.cluster_order);
	new.count_max = swap_count_max(w);
	/* A device that does not rotate started with clusters of its own, the
	 * others with the rest of the header's. */
	new.empty_from = 1;
	new.first_cluster =
		kind != SWAP_DISK && !feat(w, FEAT_SWAP_NONFULL_FIRST);
	new.nr_clusters = (pages + new.cluster_pages - 1) / new.cluster_pages;
	new.clusters = host_alloc(&w->host, (size_t) new.nr_clusters *
						    sizeof(*new.clusters));
	if (!new.clusters)
		return -ENOMEM;
	if (!range_init(w, &new)) {
		drop_device(w, &new);
		return -ENOMEM;
	}
	*dev = new;
	return 0;
}

int swap_on(struct mmsim *w, enum swap_kind kind, u64 bytes, int prio,
	    unsigned nr_types)
{
	u64 pages = bytes >> w->phys.page_shift;
	unsigned i;

	if (pages < 2)
		return -EINVAL;
	if (!w->swap)
		w->swap = host_alloc(&w->host, sizeof(*w->swap));
	if (!w->swap)
		return -ENOMEM;
	w->swap->refs.size = sizeof(u64);
	for (i = 0; i < MAX_SWAPFILES && i < nr_types; i++)
		if (!w->swap->dev[i].on)
			break;
	if (i == MAX_SWAPFILES || i == nr_types)
		return -EPERM;
	if (make_device(w, &w->swap->dev[i], kind, pages, prio))
		return -ENOMEM;
	if (i == w->swap->nr_types)
		w->swap->nr_types++;
	return (int)i;
}

bool swap_any(const struct mmsim *w)
{
	return swap_next_type(w, 0) >= 0;
}

int swap_next_type(const struct mmsim *w, unsigned from)
{
	unsigned i;

	for (i = from; w->swap && i < w->swap->nr_types; i++)
		if (w->swap->dev[i].on)
			return (int)i;
	return -1;
}

void swap_close(struct mmsim *w, unsigned type)
{
	w->swap->dev[type].closed = true;
}

void swap_reopen(struct mmsim *w, unsigned type)
{
	w->swap->dev[type].closed = false;
}

bool swap_off(struct mmsim *w, unsigned type)
{
	struct swap_device *dev = &w->swap->dev[type];

	if (dev->used)
		return false;
	drop_device(w, dev);
	return true;
}

bool swap_is_synchronous(const struct mmsim *w, unsigned type)
{
	return swap_device_synchronous(&w->swap->dev[type]);
}

/* Slot 0 is the header's. */
u64 swap_total_pages(const struct mmsim *w)
{
	u64 nr = 0;
	int type;

	for (type = swap_next_type(w, 0); type >= 0;
	     type = swap_next_type(w, (unsigned)type + 1))
		nr += w->swap->dev[type].pages - 1;
	return nr;
}

bool swap_has_room(const struct mmsim *w)
{
	const struct swap_device *dev;
	int type;

	for (type = swap_next_type(w, 0); type >= 0;
	     type = swap_next_type(w, (unsigned)type + 1)) {
		dev = &w->swap->dev[type];
		if (!dev->closed && dev->used + 1 < dev->pages)
			return true;
	}
	return false;
}

bool swap_is_full(const struct mmsim *w)
{
	const struct swap_device *dev;
	u64 used = 0, pages = 0;

	for (dev = w->swap->dev; dev < w->swap->dev + w->swap->nr_types;
	     dev++) {
		used += dev->used;
		pages += dev->pages;
	}
	return used * 2 >= pages;
}

/* ---- which slot a page has ---- */

/* Type and offset as one number that is never 0. */
static u64 pack_ref(struct swap_ref ref)
{
	return (u64)(ref.type + 1) << 56 | ref.offset;
}

struct swap_ref swap_ref_of(const struct mmsim *w, pfn_t pfn)
{
	const u64 *packed = sparse_find(&w->swap->refs, pfn);

	mm_assert(packed && *packed);
	return (struct swap_ref){ (unsigned)(*packed >> 56) - 1,
				  *packed & MASK_U64(55, 0) };
}

bool swap_ref_set(struct mmsim *w, pfn_t pfn, struct swap_ref ref)
{
	u64 *packed = sparse_make(&w->host, &w->swap->refs, pfn);

	if (!packed)
		return false;
	*packed = pack_ref(ref);
	return true;
}

void swap_ref_clear(struct mmsim *w, pfn_t pfn)
{
	u64 *packed = sparse_find(&w->swap->refs, pfn);

	*packed = 0;
}

/* ---- all of it ---- */

void swap_destroy(struct mmsim *w)
{
	struct swap *swap = w->swap;
	u64 i;

	if (!swap)
		return;
	for (i = 0; i < MAX_SWAPFILES; i++)
		if (swap->dev[i].on)
			drop_device(w, &swap->dev[i]);
	sparse_destroy(&w->host, &swap->refs);
	host_free(&w->host, swap, sizeof(*swap));
	w->swap = NULL;
}

/* The slots of one cluster that are in use. @fn may free the slot, and with
 * the last one the cluster goes. */
static void cluster_slots(const struct mmsim *w, unsigned type, u64 index,
			  void (*fn)(struct swap_ref at, unsigned count,
				     pfn_t cache, void *user),
			  void *user)
{
	const struct swap_device *dev = &w->swap->dev[type];
	struct swap_ref at = { type, index << dev->cluster_order };
	u64 i;

	for (i = 0; dev->clusters[index] && i < dev->cluster_pages; i++) {
		if (!slot_is_free(&dev->clusters[index]->slots[i]))
			fn(at, swap_count(w, at), swap_cache_find(w, at), user);
		at.offset++;
	}
}

void swap_for_each_slot(const struct mmsim *w,
			void (*fn)(struct swap_ref at, unsigned count,
				   pfn_t cache, void *user),
			void *user)
{
	u64 index, nr;
	int type;

	for (type = swap_next_type(w, 0); type >= 0;
	     type = swap_next_type(w, (unsigned)type + 1)) {
		nr = w->swap->dev[type].nr_clusters;
		for (index = 0; index < nr; index++)
			cluster_slots(w, (unsigned)type, index, fn, user);
	}
}
