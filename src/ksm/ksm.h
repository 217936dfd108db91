/* SPDX-License-Identifier: MIT */
/*
 * KSM: what it knows of the pages that processes have offered by
 * MADV_MERGEABLE.
 *
 *   ksm_mm_slot       a process that has offered some
 *   ksm_rmap_item     one page of its address space, by its address
 *   ksm_stable_node   one page of physical memory that KSM has made: the items
 *                     that map it, so that it can be found wherever it is
 *                     mapped (its page->mapping)
 *
 * The stable tree has the pages that KSM has made, the unstable one those that
 * were met once in the pass that is under way. The kernel's are sorted by the
 * pages' bytes; here they are found by a hash of them, and then compared. The
 * counters follow only when the scanner comes by again, as the kernel's do.
 */
#ifndef KSM_KSM_H
#define KSM_KSM_H

#include "core/world.h"

struct anon_vma;

/* A member of a table by contents. */
struct ksm_hashed {
	struct ksm_hashed *next;
	u64 hash;
};

struct ksm_rmap_item {
	struct ksm_hashed unstable; /* first: it is found by it */
	TAILQ_ENTRY(ksm_rmap_item) mm_link;
	LIST_ENTRY(ksm_rmap_item) node_link;
	struct ksm_mm_slot *slot;
	vaddr_t addr;
	u64 oldchecksum; /* what the last pass saw */
	bool seen;	 /* there was one that did */
	u64 pass;	 /* in whose unstable tree it is; 0: in none */
	struct ksm_stable_node *node; /* in whose list it is; NULL: in none */
	struct anon_vma *anon_vma;    /* as long as it is in one */
};

TAILQ_HEAD(ksm_item_list, ksm_rmap_item);
LIST_HEAD(ksm_node_items, ksm_rmap_item);
LIST_HEAD(ksm_node_list, ksm_stable_node);

struct ksm_stable_node {
	struct ksm_hashed stable; /* first: it is found by it */
	LIST_ENTRY(ksm_stable_node) link;
	pfn_t pfn; /* PFN_NONE: the page has gone, the node is to follow */
	struct ksm_node_items items;
	u64 nr_items;
	bool listed; /* in the tree: it may be mapped once more */
};

struct ksm_mm_slot {
	TAILQ_ENTRY(ksm_mm_slot) link;
	struct mmsim_mm *mm;
	struct ksm_item_list items; /* by address */
	struct ksm_rmap_item *next; /* the scanner's place */
	u64 nr_items, merging;	    /* items; those of stable nodes */
};

TAILQ_HEAD(ksm_slot_list, ksm_mm_slot);

struct ksm_table {
	struct ksm_hashed **slots;
	u64 nr_slots; /* a power of two */
};

struct ksm {
	struct ksm_slot_list slots; /* in the order in which they came */
	struct ksm_node_list nodes;
	struct ksm_table stable, unstable;
	u64 pass; /* the one under way, or the next */
	u64 nr_items, nr_nodes;
	u64 pages_shared, pages_sharing, pages_unshared;
};

/**
 * ksm_enter() - a process offers pages; once is enough.
 *
 * Return: 0, or -ENOMEM (host) with nothing changed.
 */
int ksm_enter(struct mmsim_mm *mm);

/* A child offers what its parent does: 0 or -ENOMEM (host). */
int ksm_fork(struct mmsim_mm *child, const struct mmsim_mm *parent);

/* A process, or the world, has ended. */
void ksm_exit(struct mmsim_mm *mm);
void ksm_destroy(struct mmsim *w);

/* ---- the scanner ---- */

/**
 * ksm_begin_pass() - a new pass: an empty unstable tree, and no nodes whose
 * pages have gone.
 *
 * Return: 0 or -ENOMEM (host).
 */
int ksm_begin_pass(struct mmsim *w);
void ksm_end_pass(struct mmsim *w);

/**
 * ksm_next_item() - the item of an address above the last one's.
 *
 * Those in between are for pages that are not there any more: they go.
 *
 * Return: NULL: the host has no memory.
 */
struct ksm_rmap_item *ksm_next_item(struct mmsim *w, struct ksm_mm_slot *slot,
				    vaddr_t addr);

/* No page is left; a process that offers nothing any more is forgotten. */
void ksm_end_mm(struct mmsim *w, struct ksm_mm_slot *slot, bool offers);

/* Take an item out of the tree that it is in, if any. */
void remove_rmap_item_from_tree(struct mmsim *w, struct ksm_rmap_item *item);

/* ---- the stable tree ---- */

/* The node of a KSM page. */
struct ksm_stable_node *page_stable_node(const struct page *page);

/**
 * stable_tree_search() - a KSM page with the contents of a page, that may be
 * mapped once more (max_page_sharing): the one that is mapped most.
 */
struct ksm_stable_node *stable_tree_search(const struct mmsim *w, pfn_t pfn,
					   u64 hash);

/* A node for a page that is about to become a KSM page: NULL: the host has no
 * memory. */
struct ksm_stable_node *ksm_node_alloc(struct mmsim *w, u64 hash);

/* It has not become one. */
void ksm_node_free(struct mmsim *w, struct ksm_stable_node *node);

/* An item maps a node's page from now on. */
void stable_tree_append(struct mmsim *w, struct ksm_rmap_item *item,
			struct ksm_stable_node *node,
			struct anon_vma *anon_vma);

/* ---- the unstable tree ---- */

/* The next item after one with the same hash; NULL: the first. */
struct ksm_rmap_item *unstable_tree_next(const struct mmsim *w, u64 hash,
					 const struct ksm_rmap_item *after);
void unstable_tree_insert(struct mmsim *w, struct ksm_rmap_item *item,
			  u64 hash);

/* ---- KSM pages ---- */

/* A page becomes a node's, and is one from now on. */
void set_page_stable_node(struct mmsim *w, pfn_t pfn,
			  struct ksm_stable_node *node);

/* A KSM page moves to another frame: what was of the old one is of the new. */
void ksm_migrate_page(struct mmsim *w, pfn_t from, pfn_t to);

/* A KSM page is about to be freed. */
void ksm_page_freed(struct mmsim *w, struct page *page);

/* A counter of /sys/kernel/mm/ksm by its name: 0 or -ENOENT. */
int ksm_counter(const struct mmsim *w, const char *name, u64 *value);

#endif
