/* SPDX-License-Identifier: MIT */
/*
 * The pass of ksmd over all pages that are offered.
 */
#include "ksm/merge.h"

#include <errno.h>

#include "mm/lru.h"
#include "pte/huge.h"
#include "pte/lock.h"

/* ---- one page ---- */

/* Merge under the lock of the process that has the page. */
static bool merge_locked(struct ksm_target *t, pfn_t kpfn,
			 struct anon_vma **anon_vma)
{
	bool merged;

	mmap_read_lock(t->mm);
	merged = try_to_merge_one_page(t, kpfn, anon_vma);
	mmap_read_unlock(t->mm);
	return merged;
}

/* A page that equals a KSM page is mapped no more: that one is. */
static bool merge_with_node(struct ksm_target *t, struct ksm_rmap_item *item,
			    struct ksm_stable_node *node)
{
	struct mmsim *w = t->mm->world;
	struct anon_vma *anon_vma;

	if (!merge_locked(t, node->pfn, &anon_vma))
		return false;
	mm_trace(t->mm, EV_ksm_merge, RULE_KSM_STABLE, t->addr, 0, node->pfn);
	stable_tree_append(w, item, node, anon_vma);
	return true;
}

/* The KSM page that it was made has nobody to share it with: whether the
 * process has a page of its own again. */
static bool break_cow(const struct ksm_target *t)
{
	struct ksm_target now = { t->mm, t->addr, PFN_NONE };
	struct vm_area_struct *vma;
	bool same;

	mmap_read_lock(t->mm);
	vma = vma_tree_find(&t->mm->tree, t->addr);
	if (vma && vma->vm_start <= t->addr)
		(void)break_ksm(t->mm, vma, t->addr, t->addr + PAGE_SIZE,
				false);
	same = ksm_get_page(&now, true) && now.pfn == t->pfn;
	ksm_put_page(&now);
	mmap_read_unlock(t->mm);
	return !same;
}

/*
 * Two pages that nobody has merged yet: the one met now becomes the KSM page
 * where it is, the one that waited in the unstable tree is mapped to it.
 */
static bool try_to_merge_two_pages(struct ksm_target *t,
				   struct ksm_rmap_item *item,
				   struct ksm_target *tree,
				   struct ksm_rmap_item *tree_item, u64 hash)
{
	struct mmsim *w = t->mm->world;
	struct anon_vma *anon_vma, *tree_anon_vma;
	struct ksm_stable_node *node = ksm_node_alloc(w, hash);

	if (!node)
		return false;
	if (!merge_locked(t, t->pfn, &anon_vma)) {
		ksm_node_free(w, node);
		return false;
	}
	page_set(mm_page(t->mm, t->pfn), PG_dirty | PG_referenced);
	set_page_stable_node(w, t->pfn, node);
	if (!merge_locked(tree, t->pfn, &tree_anon_vma)) {
		if (!break_cow(t))
			stable_tree_append(w, item, node, anon_vma);
		return false;
	}
	mm_trace(t->mm, EV_ksm_merge, RULE_KSM_UNSTABLE, t->addr, tree->pfn,
		 t->pfn);
	remove_rmap_item_from_tree(w, tree_item);
	stable_tree_append(w, item, node, anon_vma);
	stable_tree_append(w, tree_item, node, tree_anon_vma);
	return true;
}

enum met { MET_NONE, MET_ANOTHER, MET_REFUSED };

/*
 * The item of the unstable tree whose page is equal to this one, with a
 * reference to that page. A page that is met by itself, in another process,
 * or, from 6.1 to 6.5, one that nobody may access is not merged, nor does what
 * met it wait in the tree.
 */
static enum met unstable_tree_search(const struct ksm_target *t, u64 hash,
				     struct ksm_rmap_item **found,
				     struct ksm_target *tree)
{
	struct mmsim *w = t->mm->world;
	bool hinted = !feat(w, FEAT_FOLLOW_STOPS);
	struct ksm_rmap_item *item = NULL;

	while ((item = unstable_tree_next(w, hash, item))) {
		*tree = (struct ksm_target){ item->slot->mm, item->addr,
					     PFN_NONE };
		if (!ksm_get_page(tree, hinted))
			return MET_REFUSED;
		if (tree->pfn == t->pfn) {
			ksm_put_page(tree);
			return MET_REFUSED;
		}
		if (page_same_contents(&w->phys, t->pfn, tree->pfn)) {
			*found = item;
			return MET_ANOTHER;
		}
		ksm_put_page(tree);
	}
	return MET_NONE;
}

/* Pages of one large folio: the references to both keep it from being split,
 * so that neither is merged; it is split then, for the next time. */
static void split_common(struct ksm_target *t, struct ksm_target *tree)
{
	const struct phys *phys = &t->mm->world->phys;
	pfn_t pfn = t->pfn;
	bool common = pfn != PFN_NONE && folio_order(phys, pfn) &&
		      folio_pfn(phys, pfn) == folio_pfn(phys, tree->pfn);

	ksm_put_page(tree);
	if (!common)
		return;
	ksm_put_page(t);
	mm_trace(t->mm, EV_ksm_merge, RULE_KSM_SPLIT, t->addr, 0, pfn);
	(void)split_folio(t->mm, pfn);
}

static void meet_unstable(struct ksm_target *t, struct ksm_rmap_item *item,
			  u64 hash)
{
	struct mmsim *w = t->mm->world;
	struct ksm_rmap_item *tree_item;
	struct ksm_target tree;

	switch (unstable_tree_search(t, hash, &tree_item, &tree)) {
	case MET_NONE:
		unstable_tree_insert(w, item, hash);
		mm_trace(t->mm, EV_ksm_unstable, RULE_KSM_WAIT, t->addr, 0,
			 t->pfn);
		break;
	case MET_ANOTHER:
		if (try_to_merge_two_pages(t, item, &tree, tree_item, hash))
			ksm_put_page(&tree);
		else
			split_common(t, &tree);
		break;
	default:
		break;
	}
}

/* What another process, or another address, got by fork: it is listed as well,
 * however many there are. */
static void adopt_ksm_page(struct ksm_target *t, struct ksm_rmap_item *item)
{
	const struct page *page = mm_page(t->mm, t->pfn);
	struct vm_area_struct *vma = vma_tree_find(&t->mm->tree, t->addr);

	if (item->node == page_stable_node(page))
		return;
	remove_rmap_item_from_tree(t->mm->world, item);
	mm_trace(t->mm, EV_ksm_merge, RULE_KSM_FORKED, t->addr, 0, t->pfn);
	stable_tree_append(t->mm->world, item, page_stable_node(page),
			   vma->anon_vma);
}

/* Merging with the zero page, if that is wanted. */
static bool merge_zero(struct ksm_target *t)
{
	struct mmsim *w = t->mm->world;
	struct anon_vma *anon_vma;

	return w->knobs[KNOB_KSM_ZERO_PAGES] &&
	       page_is_zero(&w->phys, t->pfn) &&
	       merge_locked(t, w->zero_pfn, &anon_vma);
}

/*
 * First the stable tree, whatever the page was before; the unstable one only
 * if it is as the last pass saw it.
 */
static void cmp_and_merge_page(struct ksm_target *t, struct ksm_rmap_item *item)
{
	struct mmsim *w = t->mm->world;
	struct ksm_stable_node *node;
	u64 hash;

	if (PageKsm(folio_page(&w->phys, t->pfn))) {
		adopt_ksm_page(t, item);
		return;
	}
	remove_rmap_item_from_tree(w, item);
	if (!page_hash(&w->phys, t->pfn, &hash))
		return;
	node = stable_tree_search(w, t->pfn, hash);
	if (node) {
		(void)merge_with_node(t, item, node);
		return;
	}
	if (!item->seen || item->oldchecksum != hash) {
		item->seen = true;
		item->oldchecksum = hash;
		return;
	}
	if (!merge_zero(t))
		meet_unstable(t, item, hash);
}

/* ---- all of them ---- */

/* Where to go on if an address has no page: past what has no table at all. */
static vaddr_t next_addr(struct mmsim_mm *mm, vaddr_t addr, vaddr_t end)
{
	unsigned miss = 0;

	if (pte_table_find(mm, addr, &miss) || huge_find(mm, addr))
		return addr + PAGE_SIZE;
	return level_addr_end(addr, end, miss);
}

/* The next page that a process offers, from an address on, with a reference. */
static bool next_page(struct ksm_target *t)
{
	struct vm_area_struct *vma;

	while ((vma = vma_tree_find(&t->mm->tree, t->addr))) {
		t->addr = max_u64(t->addr, vma->vm_start);
		if (!(vma->vm_flags & VM_MERGEABLE) || !vma->anon_vma)
			t->addr = vma->vm_end;
		for (; t->addr < vma->vm_end;
		     t->addr = next_addr(t->mm, t->addr, vma->vm_end))
			if (ksm_get_page(t, true))
				return true;
	}
	return false;
}

static bool next_page_locked(struct ksm_target *t)
{
	bool found;

	mmap_read_lock(t->mm);
	found = next_page(t);
	mmap_read_unlock(t->mm);
	return found;
}

/* Whether any of its mappings still offers pages. */
static bool offers(const struct mmsim_mm *mm)
{
	struct vm_area_struct *vma;

	for (vma = vma_tree_find(&mm->tree, 0); vma;
	     vma = vma_tree_next(&mm->tree, vma))
		if (vma->vm_flags & VM_MERGEABLE)
			return true;
	return false;
}

/* False: the host has no memory. */
static bool scan_mm(struct mmsim *w, struct ksm_mm_slot *slot)
{
	struct ksm_target t = { slot->mm, 0, PFN_NONE };
	struct ksm_rmap_item *item;

	for (; next_page_locked(&t); t.addr += PAGE_SIZE) {
		item = ksm_next_item(w, slot, t.addr);
		if (item)
			cmp_and_merge_page(&t, item);
		ksm_put_page(&t);
		if (w->host.failed)
			return false;
	}
	ksm_end_mm(w, slot, offers(slot->mm));
	return true;
}

mm_static int ksm_scan(struct mmsim *w)
{
	struct ksm_mm_slot *slot, *next;

	if (!w->ksm || TAILQ_EMPTY(&w->ksm->slots))
		return 0;
	/* What waits in a batch has a reference too many. */
	lru_add_drain_all(w);
	if (ksm_begin_pass(w))
		return -ENOMEM;
	for (slot = TAILQ_FIRST(&w->ksm->slots); slot; slot = next) {
		next = TAILQ_NEXT(slot, link);
		if (!scan_mm(w, slot))
			return -ENOMEM;
	}
	ksm_end_pass(w);
	return 0;
}
