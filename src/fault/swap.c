/* SPDX-License-Identifier: MIT */
/*
 * Swap faults (semantics-fault.md 10), and what swapoff brings back.
 */
#include "fault/fault.h"

#include <errno.h>

#include "mm/lru.h"
#include "mm/mempolicy.h"
#include "mm/mthp.h"
#include "mm/reclaim.h"
#include "pmd/pmd.h"
#include "pte/batch.h"
#include "pte/huge.h"
#include "pte/swap.h"
#include "swap/device.h"

/* A folio with what a slot held: the fault's reference keeps it. */
struct swapin {
	struct swap_ref at; /* of the faulting page */
	pfn_t pfn;	    /* that page */
	bool read;	    /* from the device: a major fault */
	bool copied;	    /* the page is a copy of what the cache has */
};

/* ---- reading (where the swap cache has nothing) ---- */

/* Up to 6.19 a synchronous device is read past the swap cache if no other
 * entry refers to the slot. */
static bool may_bypass(const struct mmsim *w, struct swap_ref at)
{
	return swap_is_synchronous(w, at.type) &&
	       !feat(w, FEAT_SWAP_COUNT_TABLE) && swap_count(w, at) == 1;
}

/* Whether slots [at, at + nr) can be read as one: none is in the swap cache,
 * and all of them have data on the device, or none. */
static bool slots_agree(const struct mmsim *w, struct swap_ref at, u64 nr)
{
	bool zero = swap_is_zero(w, at);
	u64 i;

	for (i = 0; i < nr; i++, at.offset++)
		if (!swap_in_use(w, at) || swap_cache_find(w, at) != PFN_NONE ||
		    swap_is_zero(w, at) != zero)
			return false;
	return true;
}

/* The block of an order around the fault is swapped out to as many slots that
 * follow each other, aligned as its pages are. */
static bool block_swapped(const struct vm_fault *vmf, struct swap_ref at,
			  unsigned order)
{
	u64 nr = BIT_U64(order), index = (vmf->addr >> PAGE_SHIFT) & (nr - 1);
	const u64 *first = vmf->ptep - index;

	if ((at.offset & (nr - 1)) != index ||
	    !is_slot_pte(vmf->mm, pte_raw(first)))
		return false;
	at.offset -= index;
	return pte_swap_ref(pte_raw(first), &vmf->mm->world->rules).offset ==
		       at.offset &&
	       swap_pte_batch(vmf->mm, first, nr) == nr &&
	       slots_agree(vmf->mm->world, at, nr);
}

/* From 6.12 on synchronous devices are read in folios of several pages. */
static u64 swapin_orders(const struct vm_fault *vmf, struct swap_ref at)
{
	const struct mmsim *w = vmf->mm->world;

	if (!feat(w, FEAT_SWAPIN_LARGE) || !swap_is_synchronous(w, at.type))
		return 0;
	if (!feat(w, FEAT_SWAP_COUNT_TABLE) && !may_bypass(w, at))
		return 0;
	return mthp_orders(vmf);
}

/* Its first frame, or PFN_NONE. */
static pfn_t alloc_swap_folio(struct vm_fault *vmf, struct swap_ref at,
			      unsigned *order)
{
	u64 orders = swapin_orders(vmf, at);
	pfn_t pfn;

	for (*order = HPAGE_PMD_ORDER - 1; orders && *order; --*order) {
		if (!(orders & BIT_U64(*order)) ||
		    !thp_vma_suitable_order(vmf->vma, vmf->addr, *order) ||
		    !block_swapped(vmf, at, *order))
			continue;
		pfn = vma_alloc_folio(vmf->mm, vmf->vma, vmf->addr, *order);
		if (pfn != PFN_NONE) {
			mm_trace(vmf->mm, EV_page_alloc, RULE_NONE, 0, 0, pfn);
			return pfn;
		}
		mthp_count(vmf->mm->world, *order, MTHP_SWPIN_FALLBACK);
	}
	*order = 0;
	return alloc_user_page(vmf->mm, vmf->vma, vmf->addr);
}

static void count_swapin(struct mmsim *w, bool zero, unsigned order)
{
	if (zero) {
		w->obs.events[EV_swpin_zero] += BIT_U64(order);
		return;
	}
	w->obs.events[EV_pswpin] += BIT_U64(order);
	mthp_count(w, order, MTHP_SWPIN);
}

/* A read that is to fail: mmsim_fail_read(). */
static bool read_must_fail(struct mmsim *w)
{
	return w->fail_read_in && !--w->fail_read_in;
}

/* A folio with the contents of slots from one on: 0, -ENOMEM (host), or -EIO
 * with nothing changed. */
static int fill_swap_folio(struct mmsim_mm *mm, pfn_t head, unsigned order,
			   struct swap_ref at)
{
	struct mmsim *w = mm->world;
	struct page *folio = folio_page(&w->phys, head);

	if (unlikely(read_must_fail(w)))
		return -EIO;
	if (swap_read(w, at, head, BIT_U64(order)))
		return -ENOMEM;
	page_set(folio, PG_swapbacked);
	if (!may_bypass(w, at) && !swap_cache_add(w, head, at))
		return -ENOMEM;
	count_swapin(w, swap_is_zero(w, at), order);
	if (order)
		folio_add_lru_large(w, head);
	else
		folio_add_lru(w, folio);
	return 0;
}

/* Others may have run since the entry was read, without its lock: its slot may
 * be nobody's by now. */
static bool entry_is_still(struct vm_fault *vmf)
{
	const struct mmsim *w = vmf->mm->world;

	if (likely(!sched_on(w)))
		return true;
	vmf->ptep = pte_find(vmf->mm, vmf->addr);
	if (!vmf->ptep || !pte_same(pte_raw(vmf->ptep), vmf->orig))
		return false;
	if (swap_in_use(w, pte_swap_ref(vmf->orig, &w->rules)))
		return true;
	/* Who has let go of the slot is about to change the entry. */
	if (vmf_relock(vmf))
		vmf_unlock(vmf);
	return false;
}

/* The same after memory was looked for: and all of the block's slots are to be
 * read still. Nobody runs until they are in the swap cache. */
static bool still_to_read(struct vm_fault *vmf, struct swap_ref at,
			  unsigned order)
{
	if (likely(!sched_on(vmf->mm->world)))
		return true;
	if (!entry_is_still(vmf))
		return false;
	return order ? block_swapped(vmf, at, order)
		     : swap_cache_find(vmf->mm->world, at) == PFN_NONE;
}

/* Where others came first in->pfn is none, and the access is tried again. */
static unsigned swap_in(struct vm_fault *vmf, struct swapin *in)
{
	struct swap_ref at = in->at;
	unsigned order;
	pfn_t head;
	u64 index;
	int rc;

	swapin_readahead(vmf, at);
	head = alloc_swap_folio(vmf, at, &order);
	if (head == PFN_NONE)
		return no_page(vmf);
	if (!still_to_read(vmf, at, order)) {
		world_put_folio(vmf->mm->world, head, 1);
		return 0;
	}
	index = (vmf->addr >> PAGE_SHIFT) & (BIT_U64(order) - 1);
	at.offset -= index;
	rc = fill_swap_folio(vmf->mm, head, order, at);
	if (rc)
		world_put_folio(vmf->mm->world, head, 1);
	if (rc == -EIO) {
		mm_trace(vmf->mm, EV_sigbus, RULE_SWAPIN_ERROR, vmf->addr,
			 pte_val(vmf->orig), 0);
		return VM_FAULT_SIGBUS;
	}
	if (rc)
		return VM_FAULT_HOST;
	in->pfn = head + index;
	in->read = true;
	return 0;
}

/* ---- how much of a folio is mapped, and with which rights ---- */

struct swap_map {
	vaddr_t addr; /* of the first page mapped */
	u64 *ptep;
	pfn_t pfn;
	struct folio_view folio;
	struct swap_ref at;
	unsigned nr;
	bool exclusive;
	bool copied; /* the page is a copy of what the swap cache has */
};

/* All of a large folio, if its entries are all here and agree; one page
 * otherwise. */
static struct swap_map swap_extent(const struct vm_fault *vmf,
				   const struct swapin *in)
{
	const struct mmsim *w = vmf->mm->world;
	struct swap_map one = { .copied = in->copied,
				.addr = vmf->addr,
				.ptep = vmf->ptep,
				.pfn = in->pfn,
				.folio = folio_view(&w->phys, in->pfn),
				.at = in->at,
				.nr = 1 };
	struct swap_map all = one;
	u64 nr = BIT_U64(one.folio.order), index = in->pfn - one.folio.pfn;

	if (nr == 1 || !feat(w, FEAT_SWAPIN_MAP_WHOLE))
		return one;
	all.addr -= index * PAGE_SIZE;
	all.ptep -= index;
	all.pfn -= index;
	all.at.offset -= index;
	all.nr = (unsigned)nr;
	if (all.addr < vmf->vma->vm_start ||
	    all.addr + nr * PAGE_SIZE > vmf->vma->vm_end ||
	    (all.addr ^ (all.addr + nr * PAGE_SIZE - 1)) & PMD_MASK)
		return one;
	if (!is_slot_pte(vmf->mm, pte_raw(all.ptep)) ||
	    pte_swap_ref(pte_raw(all.ptep), &w->rules).offset !=
		    all.at.offset ||
	    swap_pte_batch(vmf->mm, all.ptep, nr) != nr)
		return one;
	return all;
}

/* Nobody needs the slots, and the swap cache's copy with them. */
static bool should_try_to_free_swap(const struct vm_fault *vmf,
				    const struct swap_map *map, s32 extra)
{
	const struct mmsim *w = vmf->mm->world;
	const struct page *folio = map->folio.page;

	if (!page_test(folio, PG_swapcache))
		return false;
	if ((feat(w, FEAT_SWAP_COUNT_TABLE) &&
	     swap_is_synchronous(w, map->at.type)) ||
	    swap_is_full(w) || vmf->vma->vm_flags & VM_LOCKED)
		return true;
	return vmf->write && feat(w, FEAT_WP_REUSE_DRAIN) &&
	       folio->refcount == extra + (s32)BIT_U64(map->folio.order);
}

/*
 * Until 5.17 a write takes the page over if no other entry refers to page or
 * slot; what it has in the swap cache goes.
 */
static bool reuse_swap_page(struct mmsim *w, const struct swap_map *map)
{
	const struct page *page = pfn_to_page(&w->phys, map->pfn);

	return !PageKsm(page) &&
	       (u64)page->mapcount + swap_count(w, map->at) <= 1;
}

static bool is_exclusive(const struct vm_fault *vmf, const struct swap_map *map)
{
	struct mmsim *w = vmf->mm->world;
	const struct page *folio = map->folio.page;

	if (!feat(w, FEAT_WP_REUSE_DRAIN))
		return vmf->write && reuse_swap_page(w, map);
	return !PageKsm(folio) && (pte_swp_exclusive(vmf->orig, &w->rules) ||
				   !page_test(folio, PG_swapcache));
}

/* The entry of the faulting page. A write that it allows is done. */
static inline __attribute__((always_inline)) pte_t
swapped_in_pte(struct vm_fault *vmf, pfn_t pfn, bool exclusive,
	       enum sim_rule *rule)
{
	const struct mmsim *w = vmf->mm->world;
	const struct arch_rules *r = &w->rules;
	pte_t pte = pte_mkyoung(pfn_pte(pfn, vma_prot(vmf->vma)));

	*rule = RULE_SWAPIN;
	if (r->soft_dirty && pte_swp_soft_dirty(vmf->orig, r))
		pte = pte_mksoft_dirty(pte);
	if (r->uffd_wp && pte_swp_uffd_wp(vmf->orig, r))
		pte = pte_mkuffd_wp(pte, r);
	if (!exclusive)
		return pte;
	*rule = RULE_SWAPIN_READ_RO;
	if (!vmf->write && !feat(w, FEAT_SWAPIN_READ_WRITABLE))
		return pte;
	*rule = RULE_SWAPIN_EXCLUSIVE;
	if (feat(w, FEAT_SWAPIN_READ_WRITABLE) &&
	    (!(vmf->vma->vm_flags & VM_WRITE) ||
	     (r->uffd_wp && pte_uffd_wp(pte, r)) ||
	     (!pte_soft_dirty(pte) && vma_soft_dirty_enabled(vmf->vma, r))))
		return pte;
	if (vmf->write)
		pte = pte_mkdirty(pte);
	vmf->write = false;
	pte = maybe_mkwrite(pte, vmf->vma, r);
	/* The write comes back for the protection. */
	return r->uffd_wp && pte_uffd_wp(pte, r) ? pte_wrprotect(pte) : pte;
}

/* ---- the fault ---- */

static void map_swapped_in(struct vm_fault *vmf, const struct swap_map *map,
			   pte_t pte, enum sim_rule rule)
{
	struct mmsim_mm *mm = vmf->mm;
	struct page *page = mm_page(mm, map->pfn);
	pte_t first = pte_advance_pfn(
		pte, -(u64)((vmf->addr - map->addr) >> PAGE_SHIFT));

	map->folio.page->refcount += (s32)map->nr - 1;
	folio_add_anon_rmap_ptes(mm, vmf->vma, page, map->nr, map->addr,
				 (map->exclusive ? RMAP_EXCLUSIVE : 0) |
					 (map->copied ? RMAP_COPY : 0));
	mm->rss[MM_SWAPENTS] -= map->nr;
	sim_step(mm->world, MMSIM_STEP_PTE, vmf->addr);
	set_ptes(mm, map->addr, map->ptep, first, map->nr, rule);
	/* As it was meant, not as it became in a contiguous block: who copies
	 * the page finds another entry then, and the fault is made again. */
	vmf->orig = pte;
}

/* A write that the new entry does not allow goes on. */
static unsigned swapin_mapped(struct vm_fault *vmf)
{
	count_event(vmf->mm, EV_kind_swap);
	if (vmf->write)
		return do_wp_page(vmf);
	vmf_unlock(vmf);
	return 0;
}

/*
 * Up to 6.19 slots and swap cache are let go of before it is asked whether the
 * page is exclusive: a sole user that writes finds itself alone. From 7.0 on
 * after the page is mapped.
 */
static unsigned map_swapin(struct vm_fault *vmf, struct swapin *in)
{
	struct mmsim *w = vmf->mm->world;
	struct swap_map map = swap_extent(vmf, in);
	bool late = feat(w, FEAT_SWAP_COUNT_TABLE);
	enum sim_rule rule;
	pte_t pte;

	map.exclusive = is_exclusive(vmf, &map);
	if (!late) {
		swap_put(w, map.at, map.nr);
		if (should_try_to_free_swap(vmf, &map, 1) ||
		    (map.exclusive && !feat(w, FEAT_WP_REUSE_DRAIN)))
			folio_free_swap(w, in->pfn);
	}
	if (feat(w, FEAT_WP_REUSE_DRAIN) && !PageKsm(map.folio.page) &&
	    map.folio.page->refcount == 1)
		map.exclusive = true;
	pte = swapped_in_pte(vmf, in->pfn, map.exclusive, &rule);
	map_swapped_in(vmf, &map, pte, rule);
	if (late) {
		swap_put(w, map.at, map.nr);
		if (should_try_to_free_swap(vmf, &map, (s32)map.nr))
			folio_free_swap(w, in->pfn);
	}
	return swapin_mapped(vmf);
}

/* The copy of a page of the swap cache that belongs elsewhere: it is in no swap
 * cache. */
static unsigned copy_swapin(struct vm_fault *vmf, struct swapin *in,
			    enum sim_rule rule)
{
	struct mmsim *w = vmf->mm->world;
	pfn_t old = in->pfn, copy;
	struct page *page;
	int rc;

	/* Others may take it out of the swap cache meanwhile. */
	folio_page(&w->phys, old)->refcount++;
	copy = alloc_user_page(vmf->mm, vmf->vma, vmf->addr);
	if (copy == PFN_NONE) {
		world_put_folio(w, old, 1);
		return no_page(vmf);
	}
	page = pfn_to_page(&w->phys, copy);
	rc = page_copy_contents(&w->phys, copy, old);
	world_put_folio(w, old, 1);
	if (rc) {
		put_page(vmf->mm, page);
		return VM_FAULT_HOST;
	}
	mm_trace(vmf->mm, EV_page_copy, rule, vmf->addr, old, copy);
	page_set(page, PG_swapbacked | PG_dirty);
	folio_add_lru(w, page);
	in->pfn = copy;
	in->copied = true;
	return 0;
}

/* A page of a huge page in the swap cache, but its first, was taken for one
 * that belongs elsewhere. */
static bool is_copied(const struct mmsim *w, pfn_t pfn)
{
	return feat(w, FEAT_SWAPIN_COPIES_TAIL) &&
	       pfn != folio_pfn(&w->phys, pfn);
}

/*
 * What was a KSM page may be swapped in by mappings that have nothing in
 * common: it then belongs to the first of them, where the reverse map looks
 * for it.
 */
static bool belongs_elsewhere(const struct vm_fault *vmf, pfn_t pfn)
{
	const struct page *page = mm_page(vmf->mm, pfn);
	const struct anon_vma *av;

	if (page_is_large(page) || PageKsm(page) || !page->mapping)
		return false;
	for (av = vmf->vma->anon_vma; av; av = av->parent)
		if (page->mapping == ((u64)(uintptr_t)av | PAGE_MAPPING_ANON))
			return page->index !=
			       linear_page_index(vmf->vma, vmf->addr);
	return true;
}

/* The page with what the entry's slot held, and a reference; in->pfn is none
 * where others came first, and the access is tried again. */
static unsigned find_swapin(struct vm_fault *vmf, struct swapin *in)
{
	struct mmsim *w = vmf->mm->world;

	in->pfn = PFN_NONE;
	if (!entry_is_still(vmf))
		return 0;
	in->at = pte_swap_ref(vmf->orig, &w->rules);
	in->pfn = swap_cache_find(w, in->at);
	if (in->pfn == PFN_NONE)
		return swap_in(vmf, in);
	swapin_found(vmf, in->at);
	if (is_copied(w, in->pfn))
		return copy_swapin(vmf, in, RULE_SWAPIN_COPY);
	if (belongs_elsewhere(vmf, in->pfn))
		return copy_swapin(vmf, in, RULE_KSM_SWAPIN_COPY);
	folio_page(&w->phys, in->pfn)->refcount++;
	return 0;
}

/* Of what is in the swap cache it will be counted whether others use it: a
 * batch it waits in would have a reference too many. */
static void drain_for_reuse(struct mmsim *w, const struct page *folio)
{
	if (feat(w, FEAT_WP_REUSE_DRAIN) && page_test(folio, PG_swapcache) &&
	    !PageKsm(folio) && !page_test(folio, PG_lru))
		lru_add_drain(w);
}

static unsigned map_found(struct vm_fault *vmf, struct swapin *in)
{
	struct mmsim *w = vmf->mm->world;
	unsigned rc = find_swapin(vmf, in);

	if (rc || in->pfn == PFN_NONE)
		return rc;
	if (vmf->write)
		drain_for_reuse(w, folio_page(&w->phys, in->pfn));
	if (!vmf_lock(vmf)) {
		world_put_folio(w, in->pfn, 1);
		in->read = false;
		return 0;
	}
	return map_swapin(vmf, in);
}

/* What the swap cache has, or is to have. */
static MMSIM_APART unsigned swap_in_shared(struct vm_fault *vmf,
					   struct swap_ref at)
{
	struct swapin in = { .at = at };
	unsigned rc = map_found(vmf, &in);

	return in.read && !(rc & VM_FAULT_ERROR) ? rc | VM_FAULT_MAJOR : rc;
}

/* ---- a page that is this entry's alone ---- */

/*
 * Reading a slot that no other entry refers to leaves nothing in the swap
 * cache, where the device is synchronous: up to 6.19 it goes past it, from 7.0
 * on the page is there from one step to the next only. Where nobody runs or
 * hears of anything between two steps, it never gets there.
 */
static bool exclusive_alone(const struct vm_fault *vmf)
{
	const struct mmsim *w = vmf->mm->world;

	return feat(w, FEAT_WP_REUSE_DRAIN) &&
	       (!feat(w, FEAT_SWAP_COUNT_TABLE) ||
		pte_swp_exclusive(vmf->orig, &w->rules));
}

/* @exclusive: exclusive_alone() */
static bool swaps_in_alone(const struct vm_fault *vmf, struct swap_ref at,
			   bool exclusive, struct swap_place *place)
{
	const struct mmsim *w = vmf->mm->world;

	return (exclusive || !vmf->write) && !w->sched.fn &&
	       !observe_heard(&w->obs) && !w->fail_read_in &&
	       !mthp_orders(vmf) && swap_is_alone(w, at, place);
}

/* A new page with what the slot held, on its way to the LRU. */
static void fill_alone(struct vm_fault *vmf, struct swap_ref at,
		       const struct swap_place *place, struct page *page)
{
	struct mmsim *w = vmf->mm->world;
	bool cached = feat(w, FEAT_SWAP_COUNT_TABLE);

	page_set(page, PG_swapbacked | (cached ? PG_dirty : 0));
	count_swapin(w, swap_take_alone(w, at, place, page), 0);
	observe_count_many(&w->obs, EV_swap_free, RULE_NONE, cached);
	folio_add_lru(w, page);
	if (vmf->write && cached && !page_test(page, PG_lru))
		lru_add_drain(w);
}

/* map_swapped_in() of such a page. */
static void map_alone(struct vm_fault *vmf, struct page *page, bool exclusive,
		      pte_t pte, enum sim_rule rule)
{
	struct mmsim_mm *mm = vmf->mm;

	folio_add_anon_rmap_pte(mm, vmf->vma, page, vmf->addr,
				exclusive ? RMAP_EXCLUSIVE : 0);
	mm->rss[MM_SWAPENTS]--;
	set_pte_at(mm, vmf->addr, vmf->ptep, pte, rule);
	vmf->orig = pte;
}

static unsigned swap_in_alone(struct vm_fault *vmf, struct swap_ref at,
			      bool exclusive, const struct swap_place *place)
{
	pfn_t pfn = alloc_page_untold(vmf->mm, vmf->vma, vmf->addr);
	enum sim_rule rule;
	struct page *page;
	unsigned rc;
	pte_t pte;

	if (pfn == PFN_NONE)
		return no_page(vmf);
	page = mm_page(vmf->mm, pfn);
	fill_alone(vmf, at, place, page);
	(void)vmf_lock(vmf);
	pte = swapped_in_pte(vmf, pfn, exclusive, &rule);
	map_alone(vmf, page, exclusive, pte, rule);
	rc = swapin_mapped(vmf);
	return rc & VM_FAULT_ERROR ? rc : rc | VM_FAULT_MAJOR;
}

mm_static unsigned do_swap_page(struct vm_fault *vmf)
{
	struct mmsim *w = vmf->mm->world;
	struct swap_ref at = pte_swap_ref(vmf->orig, &w->rules);
	bool exclusive = exclusive_alone(vmf);
	struct swap_place place;

	mm_trace(vmf->mm, EV_do_swap_page, RULE_NONE, vmf->addr,
		 pte_val(vmf->orig), 0);
	if (swaps_in_alone(vmf, at, exclusive, &place))
		return swap_in_alone(vmf, at, exclusive, &place);
	return swap_in_shared(vmf, at);
}

/* ---- swapoff ---- */

/* A page comes back read-only and old, exclusive if it was. */
static void unuse_pte(struct vm_fault *vmf, const struct swapin *in)
{
	const struct arch_rules *r = &vmf->mm->world->rules;
	struct swap_map map = { .addr = vmf->addr,
				.ptep = vmf->ptep,
				.pfn = in->pfn,
				.folio = folio_view(&vmf->mm->world->phys,
						    in->pfn),
				.at = in->at,
				.nr = 1 };
	pte_t pte = pte_mkold(pfn_pte(in->pfn, vma_prot(vmf->vma)));

	map.exclusive = pte_swp_exclusive(vmf->orig, r) ||
			!page_test(map.folio.page, PG_swapcache);
	if (r->soft_dirty && pte_swp_soft_dirty(vmf->orig, r))
		pte = pte_mksoft_dirty(pte);
	if (r->uffd_wp && pte_swp_uffd_wp(vmf->orig, r))
		pte = pte_mkuffd_wp(pte, r);
	mm_trace(vmf->mm, EV_unuse_pte, RULE_SWAPOFF, vmf->addr,
		 pte_val(vmf->orig), pte_val(pte));
	map_swapped_in(vmf, &map, pte, RULE_SWAPOFF);
	swap_put(vmf->mm->world, map.at, 1);
	folio_free_swap(vmf->mm->world, in->pfn);
}

/* All pages that are read come by way of the swap cache here. */
static int unuse_read(struct mmsim *w, struct swapin *in)
{
	in->pfn = swap_read_page(w, in->at);
	if (in->pfn == PFN_NONE)
		return -ENOMEM;
	if (swap_cache_add(w, in->pfn, in->at))
		return 0;
	world_put_folio(w, in->pfn, 1);
	return -ENOMEM;
}

static int unuse_one(struct mmsim_mm *mm, struct vm_area_struct *vma,
		     vaddr_t addr, u64 *ptep, unsigned type)
{
	struct vm_fault vmf = { .mm = mm, .vma = vma, .addr = addr };
	struct mmsim *w = mm->world;
	struct swapin in = { .read = false };
	int rc;

	vmf.ptep = ptep;
	vmf.orig = pte_raw(ptep);
	if (!is_slot_pte(mm, vmf.orig))
		return 0;
	in.at = pte_swap_ref(vmf.orig, &w->rules);
	if (in.at.type != type)
		return 0;
	in.pfn = swap_cache_find(w, in.at);
	if (in.pfn == PFN_NONE) {
		rc = unuse_read(w, &in);
		if (rc)
			return rc;
	} else if (belongs_elsewhere(&vmf, in.pfn)) {
		if (copy_swapin(&vmf, &in, RULE_KSM_SWAPIN_COPY))
			return -ENOMEM;
	} else {
		folio_page(&w->phys, in.pfn)->refcount++;
	}
	unuse_pte(&vmf, &in);
	return 0;
}

mm_static int unuse_vma(struct mmsim_mm *mm, struct vm_area_struct *vma,
			unsigned type)
{
	vaddr_t addr, next, from;
	int rc = 0;
	u64 *table;

	for (addr = vma->vm_start;
	     (table = pte_table_lock_next(mm, &addr, vma->vm_end, &next));
	     addr = rc ? from : next) {
		rc = 0;
		for (from = addr; addr < next && !rc; addr += PAGE_SIZE)
			rc = unuse_one(mm, vma, addr,
				       &table[table_index(addr, 0)], type);
		pte_unlock(mm, from);
		if (rc && !reclaim_for_page(mm->world))
			return rc;
	}
	return 0;
}

/* ---- MADV_WILLNEED ---- */

mm_static void swapin_walk(struct mmsim_mm *mm, vaddr_t start, vaddr_t end)
{
	const struct arch_rules *r = &mm->world->rules;
	vaddr_t addr, next, from;
	u64 *table;
	pte_t pte;

	for (addr = start; (table = pte_table_lock_next(mm, &addr, end, &next));
	     addr = next) {
		for (from = addr; addr < next; addr += PAGE_SIZE) {
			pte = pte_raw(&table[table_index(addr, 0)]);
			if (is_slot_pte(mm, pte))
				swap_read_ahead(mm->world,
						pte_swap_ref(pte, r));
		}
		pte_unlock(mm, from);
	}
}
