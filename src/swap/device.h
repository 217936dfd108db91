/* SPDX-License-Identifier: MIT */
/*
 * Inside src/swap: how slots are found, and which slot a page has.
 *
 * Slots lie in clusters. From the moment a cluster gets its first slot to the
 * moment it is empty again it has one order, that of the folios whose slots it
 * holds; each order goes on where it stopped. (semantics-rmap-swap.md 6.1)
 */
#ifndef SWAP_DEVICE_H
#define SWAP_DEVICE_H

#include "core/assert.h"
#include "core/sparse.h"
#include "phys/frames.h"
#include "swap/swap.h"

/*
 * A page that is swapped out takes four bytes. What few slots have lies in
 * arrays of their cluster, made when the first of them needs it: contents that
 * are in host memory, the swap cache's page, a count that does not fit.
 */
#define SLOT_MANY UINT8_MAX

struct swap_slot {
	u16 contents;	/* of the page's flags */
	u8 count;	/* SLOT_MANY: so many or more, in the cluster's array */
	bool taken : 1; /* handed out: an entry refers to it, or the cache */
	bool zero : 1;	/* all zeroes: nothing was written */
	bool ahead : 1; /* the cache has it from readahead, not asked for yet */
};

_Static_assert(PG_CONTENTS >> PG_FIRST_SHIFT <= UINT16_MAX, "they fit");

static inline bool slot_is_free(const struct swap_slot *slot)
{
	return !slot->taken;
}

struct swap_cluster {
	unsigned order;
	unsigned used; /* slots */
	/* By slot; NULL: no slot has one. */
	void **bytes; /* contents in host memory */
	pfn_t *cache; /* page that stands for it; 0: none */
	u32 *counts;
	struct swap_slot slots[];
};

/* A page beside those where a group of slots has its counts. */
struct swap_more {
	LIST_ENTRY(swap_more) link;
	u64 group;
	pfn_t pfn;
};

struct swap_device {
	bool on, closed;
	enum swap_kind kind;
	int prio;
	u64 turn; /* of its last allocation: equal ones take turns */
	u64 pages, used;
	unsigned cluster_order;
	u64 nr_clusters, cluster_pages; /* 2^cluster_order */
	u64 first_cluster;		/* where single slots begin */
	struct swap_cluster **clusters; /* NULL: none of its slots is in use */
	void *range;		   /* where they lie; NULL: each by itself */
	u64 next[PHYS_MAX_ORDERS]; /* slot to look at first; 0: none yet */
	u64 nr_used;		   /* clusters that are there */
	u64 empty_from;		   /* which to look at first for an empty one */
	/* None before these has free slots that follow each other, of an order
	 * or of any for a single slot. */
	u64 partial_from[PHYS_MAX_ORDERS], any_from;
	u32 count_max; /* of a slot without pages beside */
	LIST_HEAD(, swap_more) more;
};

struct swap {
	struct swap_device dev[MAX_SWAPFILES];
	unsigned nr_types; /* no type from here on was ever in use */
	u64 turns;	   /* allocations so far */
	struct swap_ahead ahead;
	struct sparse
		refs; /* u64: slots of the swap cache's folios, by frame */
};

static inline bool swap_device_synchronous(const struct swap_device *dev)
{
	return dev->kind == SWAP_ZRAM;
}

/* The cluster of a slot that is in use. */
static inline struct swap_cluster *swap_cluster(const struct mmsim *w,
						struct swap_ref at)
{
	const struct swap_device *dev = &w->swap->dev[at.type];

	mm_assert(at.type < MAX_SWAPFILES && dev->on && at.offset < dev->pages);
	return dev->clusters[at.offset >> dev->cluster_order];
}

/* Its place in there. */
static inline u64 swap_index(const struct mmsim *w, struct swap_ref at)
{
	return at.offset & (w->swap->dev[at.type].cluster_pages - 1);
}

/**
 * swap_slots() - the slots from one that is in use on.
 *
 * They are an array up to the cluster's end; all of a folio's lie in one.
 */
static inline struct swap_slot *swap_slots(const struct mmsim *w,
					   struct swap_ref at)
{
	return &swap_cluster(w, at)->slots[swap_index(w, at)];
}

/* The pages that stand for slots from one on, if one of its cluster has. */
static inline pfn_t *swap_cached(const struct mmsim *w, struct swap_ref at)
{
	return &swap_cluster(w, at)->cache[swap_index(w, at)];
}

/* What a page's flags say of its contents, and back. */
static inline u16 slot_contents(u32 flags)
{
	return (u16)((flags & PG_CONTENTS) >> PG_FIRST_SHIFT);
}

static inline u32 slot_flags(const struct swap_slot *slot)
{
	return (u32)slot->contents << PG_FIRST_SHIFT;
}

/* The i-th slot from one on: wherever it lies. */
static inline struct swap_slot *swap_slot(const struct mmsim *w,
					  struct swap_ref at, u64 i)
{
	at.offset += i;
	return swap_slots(w, at);
}

/* 2^order slots that follow each other: false if no device has them. */
bool swap_alloc_slots(struct mmsim *w, unsigned order, struct swap_ref *at);

/**
 * swap_next_slots() - where the next folio of an order goes, which the caller
 * takes by swap_take_next(). Those after it would get the slots behind, each by
 * an allocation of its own, as long as those are free.
 *
 * Return: how many folios there may be, that one included; 0: devices take
 * turns, or what is written takes time, or there is no room (or no host
 * memory).
 */
u64 swap_next_slots(struct mmsim *w, unsigned order, struct swap_ref *at);

/* The first nr folios have theirs; the caller has said so in each slot. */
void swap_take_next(struct mmsim *w, unsigned order, struct swap_ref at,
		    u64 nr);

void swap_free_slots(struct mmsim *w, struct swap_ref at, u64 nr);
void swap_slot_free(struct mmsim *w, unsigned type, u64 offset);

/* None of a cluster's slots is in use any more, or the device goes. */
void swap_drop_cluster(struct mmsim *w, struct swap_device *dev, u64 index);

/* A cluster has a free slot that it had not: searches begin there again. */
static inline void cluster_has_room(struct swap_device *dev, u64 index,
				    unsigned order)
{
	if (index < dev->any_from)
		dev->any_from = index;
	if (index < dev->partial_from[order])
		dev->partial_from[order] = index;
}

/* swap_slot_free() of one that has nothing in host memory. */
static inline void swap_slot_empty(struct mmsim *w, struct swap_ref at,
				   struct swap_cluster *cluster,
				   struct swap_slot *slot)
{
	struct swap_device *dev = &w->swap->dev[at.type];
	u64 index = at.offset >> dev->cluster_order;

	*slot = (struct swap_slot){ .taken = false };
	dev->used--;
	if (unlikely(!--cluster->used))
		swap_drop_cluster(w, dev, index);
	else
		cluster_has_room(dev, index, cluster->order);
}

/* Where a slot that is in use lies: it stays there. */
struct swap_place {
	struct swap_cluster *cluster;
	struct swap_slot *slot;
};

/* Whether one entry refers to a slot and no page stands for it, on a device
 * that is read at once, and what it holds is in no host memory.
 * @place: receives where it lies. */
static inline bool swap_is_alone(const struct mmsim *w, struct swap_ref at,
				 struct swap_place *place)
{
	struct swap_cluster *cluster = swap_cluster(w, at);
	u64 i = swap_index(w, at);

	*place = (struct swap_place){ cluster, &cluster->slots[i] };
	return cluster->slots[i].count == 1 &&
	       !(cluster->cache && cluster->cache[i]) &&
	       contents_in_flags(slot_flags(&cluster->slots[i])) &&
	       swap_device_synchronous(&w->swap->dev[at.type]);
}

/* Read such a slot into a new single page; the entry lets go of the slot.
 * Return: swap_is_zero(). */
static inline bool swap_take_alone(struct mmsim *w, struct swap_ref at,
				   const struct swap_place *place,
				   struct page *page)
{
	bool zero = place->slot->zero;

	page_load_flags(page, slot_flags(place->slot));
	swap_slot_empty(w, at, place->cluster, place->slot);
	return zero;
}

/* What a slot holds; and to have it hold something, which it owns then. False:
 * no host memory, nothing has changed. */
struct saved_contents swap_slot_saved(const struct mmsim *w,
				      struct swap_ref at);
bool swap_slot_save(struct mmsim *w, struct swap_ref at,
		    const struct saved_contents *saved);

/* Whether slots of its cluster can have pages that stand for them, or counts
 * from SLOT_MANY on. False: no host memory. */
bool swap_may_cache(struct mmsim *w, struct swap_ref at);
bool swap_may_count(struct mmsim *w, struct swap_ref at);

/* What swap_count() says from now on. */
void swap_count_set(struct mmsim *w, struct swap_ref at, u32 count);

/* What a slot's own count reaches in this release. */
u32 swap_count_max(const struct mmsim *w);

/* The device goes, and its pages with it. */
void swap_more_drop(struct mmsim *w, struct swap_device *dev);

struct swap_ref swap_ref_of(const struct mmsim *w, pfn_t pfn);
bool swap_ref_set(struct mmsim *w, pfn_t pfn, struct swap_ref ref);
void swap_ref_clear(struct mmsim *w, pfn_t pfn);

#endif
