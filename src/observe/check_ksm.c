/* SPDX-License-Identifier: MIT */
#include "observe/check_parts.h"

#include "ksm/ksm.h"

/* Whether a VMA's pages may be those of an anon_vma: its own or a parent's. */
static bool descends(const struct vm_area_struct *vma,
		     const struct anon_vma *from)
{
	const struct anon_vma *av = vma->anon_vma;

	while (av && av != from)
		av = av->parent;
	return av;
}

/*
 * Whether the reverse map comes by where KSM has listed the page. What a
 * process got by fork of one that offers nothing is not listed before it is
 * scanned there, nor found.
 */
static bool is_found(const struct ksm_stable_node *node,
		     const struct vm_area_struct *vma, vaddr_t addr)
{
	const struct ksm_rmap_item *item;
	bool listed = false;

	LIST_FOREACH(item, &node->items, node_link) {
		if (item->addr != addr)
			continue;
		if (descends(vma, item->anon_vma))
			return true;
		listed |= item->slot->mm == vma->vm_mm;
	}
	return !listed;
}

void check_ksm_entry(struct check *c, vaddr_t addr,
		     const struct vm_area_struct *vma,
		     const struct mmsim_entry *e)
{
	const struct page *page = mm_page(c->mm, e->pfn);

	if (e->flags & (MMSIM_E_WRITE | MMSIM_E_EXCLUSIVE) || e->order ||
	    !(e->flags & MMSIM_E_ANON))
		check_broken(c, INV_KSM_PAGE,
			     "pid %u, 0x%llx: pfn 0x%llx is one process's own",
			     c->mm->pid, ADDR(addr), ADDR(e->pfn));
	if (page_stable_node(page)->pfn != e->pfn)
		check_broken(c, INV_KSM_PAGE,
			     "pid %u, 0x%llx: pfn 0x%llx: its node has 0x%llx",
			     c->mm->pid, ADDR(addr), ADDR(e->pfn),
			     ADDR(page_stable_node(page)->pfn));
	if (!is_found(page_stable_node(page), vma, addr))
		check_broken(c, INV_KSM_RMAP,
			     "pid %u, 0x%llx: pfn 0x%llx is not found there",
			     c->mm->pid, ADDR(addr), ADDR(e->pfn));
}

/* What the items of one kind come to. */
struct ksm_sums {
	u64 items, merging, waiting;
	u64 shared, sharing;
};

static void check_slot_items(struct check *c, const struct ksm_mm_slot *slot,
			     struct ksm_sums *all)
{
	const struct ksm_rmap_item *item, *next;
	struct ksm_sums own = { 0 };

	TAILQ_FOREACH(item, &slot->items, mm_link) {
		next = TAILQ_NEXT(item, mm_link);
		own.items++;
		own.merging += item->node != NULL;
		own.waiting += item->pass != 0;
		if (item->slot != slot || (next && next->addr <= item->addr) ||
		    (item->node && item->pass))
			check_broken(c, INV_KSM_TREES, "pid %u: item 0x%llx",
				     slot->mm->pid, ADDR(item->addr));
	}
	if (own.items != slot->nr_items || own.merging != slot->merging ||
	    slot->mm->ksm != slot)
		check_broken(
			c, INV_KSM_TREES,
			"pid %u: %llu items, %llu merged, found %llu, %llu",
			slot->mm->pid, ADDR(slot->nr_items),
			ADDR(slot->merging), ADDR(own.items),
			ADDR(own.merging));
	all->items += own.items;
	all->waiting += own.waiting;
}

static void check_node(struct check *c, const struct ksm_stable_node *node,
		       struct ksm_sums *all)
{
	const struct ksm_rmap_item *item;
	const struct page *page;
	u64 nr = 0;

	LIST_FOREACH(item, &node->items, node_link)
		nr += item->node == node;
	if (nr != node->nr_items)
		check_broken(c, INV_KSM_TREES,
			     "node of pfn 0x%llx: %llu items, found %llu",
			     ADDR(node->pfn), ADDR(node->nr_items), ADDR(nr));
	if (nr) {
		all->shared++;
		all->sharing += nr - 1;
	}
	if (node->pfn == PFN_NONE)
		return;
	page = pfn_to_page(&c->w->phys, node->pfn);
	if (!PageKsm(page) || page_stable_node(page) != node)
		check_broken(c, INV_KSM_PAGE, "pfn 0x%llx is not its node's",
			     ADDR(node->pfn));
}

void check_ksm(struct check *c)
{
	const struct ksm *ksm = c->w->ksm;
	const struct ksm_stable_node *node;
	const struct ksm_mm_slot *slot;
	struct ksm_sums all = { 0 };

	if (!ksm)
		return;
	TAILQ_FOREACH(slot, &ksm->slots, link)
		check_slot_items(c, slot, &all);
	LIST_FOREACH(node, &ksm->nodes, link)
		check_node(c, node, &all);
	if (all.items != ksm->nr_items || all.shared != ksm->pages_shared ||
	    all.sharing != ksm->pages_sharing ||
	    all.waiting != ksm->pages_unshared)
		check_broken(
			c, INV_KSM_TREES,
			"%llu items, %llu shared, %llu sharing, %llu unshared, found %llu, %llu, %llu, %llu",
			ADDR(ksm->nr_items), ADDR(ksm->pages_shared),
			ADDR(ksm->pages_sharing), ADDR(ksm->pages_unshared),
			ADDR(all.items), ADDR(all.shared), ADDR(all.sharing),
			ADDR(all.waiting));
}
