/* SPDX-License-Identifier: MIT */
#include "ksm/ksm.h"

#include <errno.h>
#include <string.h>

#include "core/assert.h"
#include "vma/anon_vma.h"

/* ---- tables by contents ---- */

#define KSM_MIN_SLOTS 64

static struct ksm_hashed **table_slot(const struct ksm_table *t, u64 hash)
{
	return &t->slots[hash & (t->nr_slots - 1)];
}

static void table_insert(struct ksm_table *t, struct ksm_hashed *h, u64 hash)
{
	struct ksm_hashed **slot = table_slot(t, hash);

	h->hash = hash;
	h->next = *slot;
	*slot = h;
}

static void table_remove(struct ksm_table *t, struct ksm_hashed *h)
{
	struct ksm_hashed **slot = table_slot(t, h->hash);

	while (*slot != h)
		slot = &(*slot)->next;
	*slot = h->next;
}

/* The first with a hash, or the next one. */
static struct ksm_hashed *table_next(const struct ksm_table *t, u64 hash,
				     const struct ksm_hashed *after)
{
	struct ksm_hashed *h;

	if (!t->slots)
		return NULL;
	h = after ? after->next : *table_slot(t, hash);
	while (h && h->hash != hash)
		h = h->next;
	return h;
}

static void table_free(struct mmsim *w, struct ksm_table *t)
{
	host_free(&w->host, t->slots, (size_t)t->nr_slots * sizeof(*t->slots));
	*t = (struct ksm_table){ .slots = NULL };
}

/* An empty table for so many members: false: the host has no memory, and it is
 * as it was. */
static bool table_reset(struct mmsim *w, struct ksm_table *t, u64 members)
{
	struct ksm_table new = { .nr_slots = KSM_MIN_SLOTS };

	while (new.nr_slots < members)
		new.nr_slots *= 2;
	if (new.nr_slots <= t->nr_slots) {
		memset(t->slots, 0, (size_t)t->nr_slots * sizeof(*t->slots));
		return true;
	}
	new.slots = host_alloc(&w->host,
			       (size_t) new.nr_slots * sizeof(*new.slots));
	if (!new.slots)
		return false;
	table_free(w, t);
	*t = new;
	return true;
}

/* ---- stable nodes ---- */

/* Whether one more may map it: not what no item lists, even if somebody who
 * does not offer it still maps it. */
static bool may_share(const struct mmsim *w, const struct ksm_stable_node *node)
{
	return node->pfn != PFN_NONE && node->nr_items &&
	       node->nr_items < w->knobs[KNOB_KSM_MAX_SHARING];
}

/*
 * Only what may be mapped once more is found in the tree: of many equal pages
 * all but the last node of the chain are full.
 */
static void list_node(struct mmsim *w, struct ksm_stable_node *node)
{
	bool may = may_share(w, node);

	if (may && !node->listed)
		table_insert(&w->ksm->stable, &node->stable, node->stable.hash);
	else if (!may && node->listed)
		table_remove(&w->ksm->stable, &node->stable);
	node->listed = may;
}

struct ksm_stable_node *page_stable_node(const struct page *page)
{
	mm_assert(PageKsm(page));
	return (struct ksm_stable_node *)(uintptr_t)(page->mapping &
						     ~PAGE_MAPPING_ANON);
}

struct ksm_stable_node *ksm_node_alloc(struct mmsim *w, u64 hash)
{
	struct ksm_stable_node *node = host_alloc(&w->host, sizeof(*node));

	if (!node)
		return NULL;
	node->pfn = PFN_NONE;
	node->stable.hash = hash;
	LIST_INIT(&node->items);
	return node;
}

void ksm_node_free(struct mmsim *w, struct ksm_stable_node *node)
{
	host_free(&w->host, node, sizeof(*node));
}

void set_page_stable_node(struct mmsim *w, pfn_t pfn,
			  struct ksm_stable_node *node)
{
	struct page *page = pfn_to_page(&w->phys, pfn);

	page->mapping = (u64)(uintptr_t)node | PAGE_MAPPING_ANON;
	page_set(page, PG_ksm);
	node->pfn = pfn;
	LIST_INSERT_HEAD(&w->ksm->nodes, node, link);
	w->ksm->nr_nodes++;
	list_node(w, node);
}

void ksm_migrate_page(struct mmsim *w, pfn_t from, pfn_t to)
{
	page_set(pfn_to_page(&w->phys, to), PG_ksm);
	page_stable_node(pfn_to_page(&w->phys, from))->pfn = to;
}

void ksm_page_freed(struct mmsim *w, struct page *page)
{
	struct ksm_stable_node *node = page_stable_node(page);

	/* It may have moved. */
	if (node->pfn != page_to_pfn(&w->phys, page))
		return;
	node->pfn = PFN_NONE;
	list_node(w, node);
}

static void node_remove(struct mmsim *w, struct ksm_stable_node *node)
{
	while (!LIST_EMPTY(&node->items))
		remove_rmap_item_from_tree(w, LIST_FIRST(&node->items));
	node->pfn = PFN_NONE;
	list_node(w, node);
	LIST_REMOVE(node, link);
	w->ksm->nr_nodes--;
	ksm_node_free(w, node);
}

static void prune_nodes(struct mmsim *w)
{
	struct ksm_stable_node *node, *next;

	for (node = LIST_FIRST(&w->ksm->nodes); node; node = next) {
		next = LIST_NEXT(node, link);
		if (node->pfn == PFN_NONE)
			node_remove(w, node);
	}
}

struct ksm_stable_node *stable_tree_search(const struct mmsim *w, pfn_t pfn,
					   u64 hash)
{
	struct ksm_stable_node *node, *best = NULL;
	struct ksm_hashed *h = NULL;

	while ((h = table_next(&w->ksm->stable, hash, h))) {
		node = (struct ksm_stable_node *)h;
		if (!page_same_contents(&w->phys, pfn, node->pfn))
			continue;
		if (!best || node->nr_items > best->nr_items)
			best = node;
	}
	return best;
}

void stable_tree_append(struct mmsim *w, struct ksm_rmap_item *item,
			struct ksm_stable_node *node, struct anon_vma *anon_vma)
{
	mm_assert(!item->node && !item->pass);
	anon_vma_get(anon_vma);
	item->anon_vma = anon_vma;
	item->node = node;
	if (LIST_EMPTY(&node->items))
		w->ksm->pages_shared++;
	else
		w->ksm->pages_sharing++;
	LIST_INSERT_HEAD(&node->items, item, node_link);
	node->nr_items++;
	item->slot->merging++;
	list_node(w, node);
}

static void leave_node(struct mmsim *w, struct ksm_rmap_item *item)
{
	struct ksm_stable_node *node = item->node;

	LIST_REMOVE(item, node_link);
	node->nr_items--;
	item->slot->merging--;
	if (LIST_EMPTY(&node->items))
		w->ksm->pages_shared--;
	else
		w->ksm->pages_sharing--;
	anon_vma_put(w, item->anon_vma);
	item->anon_vma = NULL;
	item->node = NULL;
	list_node(w, node);
}

/* ---- items ---- */

struct ksm_rmap_item *unstable_tree_next(const struct mmsim *w, u64 hash,
					 const struct ksm_rmap_item *after)
{
	return (struct ksm_rmap_item *)table_next(
		&w->ksm->unstable, hash, after ? &after->unstable : NULL);
}

void unstable_tree_insert(struct mmsim *w, struct ksm_rmap_item *item, u64 hash)
{
	mm_assert(!item->node && !item->pass);
	item->pass = w->ksm->pass;
	table_insert(&w->ksm->unstable, &item->unstable, hash);
	w->ksm->pages_unshared++;
}

/* The tree of an earlier pass is no more: only the counter remembers. */
static void leave_unstable(struct mmsim *w, struct ksm_rmap_item *item)
{
	if (item->pass == w->ksm->pass)
		table_remove(&w->ksm->unstable, &item->unstable);
	item->pass = 0;
	w->ksm->pages_unshared--;
}

void remove_rmap_item_from_tree(struct mmsim *w, struct ksm_rmap_item *item)
{
	if (item->node)
		leave_node(w, item);
	else if (item->pass)
		leave_unstable(w, item);
}

static void item_free(struct mmsim *w, struct ksm_rmap_item *item)
{
	struct ksm_mm_slot *slot = item->slot;

	remove_rmap_item_from_tree(w, item);
	TAILQ_REMOVE(&slot->items, item, mm_link);
	slot->nr_items--;
	w->ksm->nr_items--;
	host_free(&w->host, item, sizeof(*item));
}

/* Those from the scanner's place on that lie below an address. */
static void drop_items(struct mmsim *w, struct ksm_mm_slot *slot, vaddr_t below)
{
	struct ksm_rmap_item *item;

	while ((item = slot->next) && item->addr < below) {
		slot->next = TAILQ_NEXT(item, mm_link);
		item_free(w, item);
	}
}

struct ksm_rmap_item *ksm_next_item(struct mmsim *w, struct ksm_mm_slot *slot,
				    vaddr_t addr)
{
	struct ksm_rmap_item *item;

	drop_items(w, slot, addr);
	item = slot->next;
	if (item && item->addr == addr) {
		slot->next = TAILQ_NEXT(item, mm_link);
		return item;
	}
	item = host_alloc(&w->host, sizeof(*item));
	if (!item)
		return NULL;
	item->slot = slot;
	item->addr = addr;
	if (slot->next)
		TAILQ_INSERT_BEFORE(slot->next, item, mm_link);
	else
		TAILQ_INSERT_TAIL(&slot->items, item, mm_link);
	slot->nr_items++;
	w->ksm->nr_items++;
	return item;
}

/* ---- processes ---- */

static int ksm_init(struct mmsim *w)
{
	if (w->ksm)
		return 0;
	w->ksm = host_alloc(&w->host, sizeof(*w->ksm));
	if (!w->ksm)
		return -ENOMEM;
	TAILQ_INIT(&w->ksm->slots);
	LIST_INIT(&w->ksm->nodes);
	w->ksm->pass = 1;
	return 0;
}

int ksm_enter(struct mmsim_mm *mm)
{
	struct mmsim *w = mm->world;
	struct ksm_mm_slot *slot;

	if (mm->ksm)
		return 0;
	if (ksm_init(w))
		return -ENOMEM;
	slot = host_alloc(&w->host, sizeof(*slot));
	if (!slot)
		return -ENOMEM;
	slot->mm = mm;
	TAILQ_INIT(&slot->items);
	TAILQ_INSERT_TAIL(&w->ksm->slots, slot, link);
	mm->ksm = slot;
	return 0;
}

int ksm_fork(struct mmsim_mm *child, const struct mmsim_mm *parent)
{
	return parent->ksm ? ksm_enter(child) : 0;
}

static void slot_free(struct mmsim *w, struct ksm_mm_slot *slot)
{
	slot->next = TAILQ_FIRST(&slot->items);
	drop_items(w, slot, ~(vaddr_t)0);
	TAILQ_REMOVE(&w->ksm->slots, slot, link);
	slot->mm->ksm = NULL;
	host_free(&w->host, slot, sizeof(*slot));
}

void ksm_exit(struct mmsim_mm *mm)
{
	if (mm->ksm)
		slot_free(mm->world, mm->ksm);
}

void ksm_end_mm(struct mmsim *w, struct ksm_mm_slot *slot, bool offers)
{
	drop_items(w, slot, ~(vaddr_t)0);
	if (!offers)
		slot_free(w, slot);
}

void ksm_destroy(struct mmsim *w)
{
	struct ksm *ksm = w->ksm;

	if (!ksm)
		return;
	while (!TAILQ_EMPTY(&ksm->slots))
		slot_free(w, TAILQ_FIRST(&ksm->slots));
	while (!LIST_EMPTY(&ksm->nodes))
		node_remove(w, LIST_FIRST(&ksm->nodes));
	table_free(w, &ksm->stable);
	table_free(w, &ksm->unstable);
	host_free(&w->host, ksm, sizeof(*ksm));
	w->ksm = NULL;
}

/* ---- a pass ---- */

/* Each page that becomes a KSM page in this pass has an item already. */
static bool resize_stable(struct mmsim *w)
{
	struct ksm_stable_node *node;
	struct ksm *ksm = w->ksm;

	if (!table_reset(w, &ksm->stable, ksm->nr_nodes + ksm->nr_items / 2))
		return false;
	LIST_FOREACH(node, &ksm->nodes, link) {
		node->listed = false;
		list_node(w, node);
	}
	return true;
}

int ksm_begin_pass(struct mmsim *w)
{
	struct ksm *ksm = w->ksm;
	struct ksm_mm_slot *slot;

	prune_nodes(w);
	if (!resize_stable(w) || !table_reset(w, &ksm->unstable, ksm->nr_items))
		return -ENOMEM;
	TAILQ_FOREACH(slot, &ksm->slots, link)
		slot->next = TAILQ_FIRST(&slot->items);
	return 0;
}

void ksm_end_pass(struct mmsim *w)
{
	w->ksm->pass++;
}

/* ---- counters ---- */

int ksm_counter(const struct mmsim *w, const char *name, u64 *value)
{
	static const struct ksm none = { .pass = 1 };
	const struct ksm *ksm = w->ksm ? w->ksm : &none;

	if (!strcmp(name, "pages_shared"))
		*value = ksm->pages_shared;
	else if (!strcmp(name, "pages_sharing"))
		*value = ksm->pages_sharing;
	else if (!strcmp(name, "pages_unshared"))
		*value = ksm->pages_unshared;
	else if (!strcmp(name, "pages_volatile"))
		*value = ksm->nr_items - ksm->pages_shared -
			 ksm->pages_sharing - ksm->pages_unshared;
	else if (!strcmp(name, "full_scans"))
		*value = ksm->pass - 1;
	else
		return -ENOENT;
	return 0;
}
