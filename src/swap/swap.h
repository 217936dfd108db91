/* SPDX-License-Identifier: MIT */
/*
 * Swap devices, their slots, and the swap cache (semantics-rmap-swap.md 6).
 *
 * A slot is in use while entries refer to it (its count) or while a page of
 * the swap cache stands for it; then it is free again. A folio in the swap
 * cache has as many slots as pages, one after the other; each is a reference
 * to the folio.
 *
 * What a device holds is kept in host memory. Input and output take no time:
 * what was to be written is written when the call that wrote it is over.
 */
#ifndef SWAP_SWAP_H
#define SWAP_SWAP_H

#include "core/swap_ahead.h"
#include "core/world.h"

#define MAX_SWAPFILES 23 /* types below that are devices in every release */

enum swap_kind {
	SWAP_ZRAM, /* synchronous, not rotational */
	SWAP_DISK, /* rotational */
	SWAP_SSD,
};

/* Where a page went: a device and a slot. */
struct swap_ref {
	unsigned type;
	u64 offset;
};

/**
 * swap_on() - a new device.
 * @bytes: its size, the header's page included.
 * @prio: higher ones fill up first; equal ones take turns.
 * @nr_types: how many types this format's entries can name.
 *
 * Return: its type; -EPERM: no type is left; -EINVAL: no room for a slot; -ENOMEM
 * (host) with nothing changed.
 */
int swap_on(struct mmsim *w, enum swap_kind kind, u64 bytes, int prio,
	    unsigned nr_types);

/* Whether any device is on. */
bool swap_any(const struct mmsim *w);

/* The next device that is on, from a type on; or -1. */
int swap_next_type(const struct mmsim *w, unsigned from);

/* From now on no slot of it is handed out. */
void swap_close(struct mmsim *w, unsigned type);

/**
 * swap_off() - a closed device goes; nothing may be on it.
 *
 * Return: false: a slot is in use still.
 */
bool swap_off(struct mmsim *w, unsigned type);

/* Another try after swap_close(). */
void swap_reopen(struct mmsim *w, unsigned type);

/* The devices' own memory, whatever is on them: the world ends. */
void swap_destroy(struct mmsim *w);

bool swap_is_synchronous(const struct mmsim *w, unsigned type);

/* Slots of all devices. */
u64 swap_total_pages(const struct mmsim *w);

/* Whether a slot is free. */
bool swap_has_room(const struct mmsim *w);

/* Whether more than half of all slots are in use. */
bool swap_is_full(const struct mmsim *w);

/**
 * folio_alloc_swap() - slots for a folio that is in no swap cache yet, and
 * the cache's references.
 *
 * Return: false: no device takes a folio of this size now (or there is no
 * host memory); nothing has changed.
 */
bool folio_alloc_swap(struct mmsim *w, pfn_t pfn);

/**
 * swap_cache_add() - a folio just read stands for slots from now on.
 * @at: of its first page.
 *
 * Return: false (host memory): nothing has changed.
 */
bool swap_cache_add(struct mmsim *w, pfn_t pfn, struct swap_ref at);

/* The page that stands for a slot, or PFN_NONE. */
pfn_t swap_cache_find(const struct mmsim *w, struct swap_ref at);

/* The slot of a page whose folio is in the swap cache. */
struct swap_ref folio_swap_ref(const struct mmsim *w, pfn_t pfn);

/* A folio leaves the swap cache: its slots stay as long as entries refer to
 * them. Frees it if nobody else refers to it. */
void swap_cache_del(struct mmsim *w, pfn_t pfn);

/**
 * swap_cache_replace() - a folio of the same size takes another one's place,
 * with the cache's references; only the caller's other ones are left.
 *
 * Return: false if the host has no memory: nothing has changed.
 */
bool swap_cache_replace(struct mmsim *w, pfn_t from, pfn_t to);

/**
 * folio_free_swap() - let a folio leave the swap cache if no entry refers to
 * its slots; it is dirty then, for what it holds is nowhere else.
 */
bool folio_free_swap(struct mmsim *w, pfn_t pfn);

/* The same for one that nothing maps any more. */
void free_swap_cache(struct mmsim *w, pfn_t pfn);

/**
 * swap_cache_split() - the pages of a folio in the swap cache are about to be
 * single ones: each keeps the slot that is its own.
 *
 * Return: false (host memory): nothing has changed.
 */
bool swap_cache_split(struct mmsim *w, pfn_t head, u64 nr);

/**
 * swap_dup() - one more entry refers to each of nr slots of one folio.
 *
 * Return: false: one of them can have no more for want of memory; no count has
 * changed. swap_extend() is worth a try where one may wait for memory.
 */
bool swap_dup(struct mmsim *w, struct swap_ref at, u64 nr);

/**
 * swap_extend() - let a slot have one entry more than it can have now.
 *
 * Return: false: no memory, simulated or of the host.
 */
bool swap_extend(struct mmsim *w, struct swap_ref at);

/* The pages that counts have taken, each with one reference. */
void swap_for_each_more(const struct mmsim *w,
			void (*fn)(pfn_t pfn, void *user), void *user);

/* One entry less; slots that nothing uses any more are free. */
void swap_put(struct mmsim *w, struct swap_ref at, u64 nr);

/* swap_put() of entries that went with what they mapped: pages of the swap
 * cache that nobody needs go too. */
void swap_put_and_cache(struct mmsim *w, struct swap_ref at, u64 nr);

/* Whether a slot is handed out: an entry whose table somebody else has locked
 * may name one that is not any more. */
bool swap_in_use(const struct mmsim *w, struct swap_ref at);

/* Entries that refer to a slot. */
unsigned swap_count(const struct mmsim *w, struct swap_ref at);

/**
 * swap_write_folio() - write a folio to its slots.
 * @zero: receives whether that took no output: all of it is known to be
 *	zeroes, and the release looks.
 *
 * Return: 0, or -ENOMEM (host).
 */
int swap_write_folio(struct mmsim *w, pfn_t pfn, bool *zero);

/* Read nr slots into pages: 0, or -ENOMEM (host). */
int swap_read(struct mmsim *w, struct swap_ref at, pfn_t pfn, u64 nr);

/**
 * swap_read_page() - a single page with what a slot holds, refcount 1 beside
 * the LRU batch's, in no swap cache.
 *
 * Return: PFN_NONE: no memory, simulated or of the host.
 */
pfn_t swap_read_page(struct mmsim *w, struct swap_ref at);

/* Read a slot into the swap cache, if it is not there; if there is memory.
 * Return: whether that was done. */
bool swap_read_ahead(struct mmsim *w, struct swap_ref at);

/* ---- readahead (swap/readahead.c) ---- */

/* Whether neighbours are those by address: if no device rotates. */
bool swap_ahead_by_vma(const struct mmsim *w);

/* Whether a fault that misses the swap cache may read neighbours: not from a
 * synchronous device. Up to 6.19 it does where others refer to the slot. */
bool swap_ahead_allowed(const struct mmsim *w, struct swap_ref at);

/* Before hits are counted, or a window is asked for. */
void swap_ahead_begin(struct swap_ahead *s);

/**
 * swap_ahead_window() - how many pages a read takes, a power of two; its hits
 * begin anew.
 * @s: what is known of the reads before.
 * @at: the slot or page that is read now.
 * @max: how many there may be; half as many as last time may be more.
 */
unsigned swap_ahead_window(struct swap_ahead *s, u64 at, unsigned max);

/* A neighbour, if its slot is in use and the swap cache has it not. */
void swap_ahead_read(struct mmsim *w, struct swap_ref at);

/* The neighbours by slot: an aligned window of the device. */
void swap_ahead_cluster(struct mmsim *w, struct swap_ref at);

/* The swap cache's page of a slot was asked for. Return: whether it is there
 * from readahead, and is asked for for the first time. */
bool swap_ahead_used(struct mmsim *w, struct swap_ref at);

/* The same where neighbours are those by slot: such a hit is counted. */
void swap_ahead_cluster_used(struct mmsim *w, struct swap_ref at);

/* Whether a slot was written without input or output: zeroes. */
bool swap_is_zero(const struct mmsim *w, struct swap_ref at);

/**
 * swap_for_each_slot() - each slot in use.
 * @cache: the page that stands for it, or PFN_NONE.
 */
void swap_for_each_slot(const struct mmsim *w,
			void (*fn)(struct swap_ref at, unsigned count,
				   pfn_t cache, void *user),
			void *user);

#endif
