/* SPDX-License-Identifier: MIT */
/*
 * The LRU lists (docs/reclaim.md). Nothing is kept of them until something
 * is to be reclaimed for the first time: then every folio that has left its
 * CPU's batch gets its place, in the order of frames.
 */
#include "core/assert.h"
#include "mm/lru.h"
#include "phys/folio.h"

/* Frame 0 is never handed out: it ends a list. */
struct lru_link {
	pfn_t next, prev; /* towards what was used earlier, and later */
	u32 list;	  /* 1 + enum lru_list; 0: on none */
};

static struct lru_link *link_of(const struct mmsim *w, pfn_t pfn)
{
	return sparse_find(&w->lru.links, pfn);
}

/* Memory that has to be swapped out has lists of its own. */
static enum lru_list list_of(const struct page *folio, bool active)
{
	if (page_test(folio, PG_swapbacked))
		return active ? LRU_ACTIVE_ANON : LRU_INACTIVE_ANON;
	return active ? LRU_ACTIVE_FILE : LRU_INACTIVE_FILE;
}

static void link_behind(struct mmsim *w, struct lru_link *link, pfn_t pfn,
			unsigned list, pfn_t prev)
{
	struct lru_ends *ends = &w->lru.ends[list];
	pfn_t next = prev ? link_of(w, prev)->next : ends->first;

	*link = (struct lru_link){ next, prev, list + 1 };
	if (prev)
		link_of(w, prev)->next = pfn;
	else
		ends->first = pfn;
	if (next)
		link_of(w, next)->prev = pfn;
	else
		ends->last = pfn;
	ends->pages += folio_nr_pages(&w->phys, pfn);
}

static void add(struct mmsim *w, pfn_t pfn, bool active, bool coldest)
{
	const struct page *folio = folio_page(&w->phys, pfn);
	unsigned list = list_of(folio, active);
	struct lru_link *link = sparse_make(&w->host, &w->lru.links, pfn);

	if (link)
		link_behind(w, link, pfn, list,
			    coldest ? w->lru.ends[list].last : 0);
}

void lru_list_add(struct mmsim *w, pfn_t pfn, bool active)
{
	if (unlikely(w->lru.on))
		add(w, folio_pfn(&w->phys, pfn), active, false);
}

void lru_list_add_coldest(struct mmsim *w, pfn_t pfn)
{
	if (unlikely(w->lru.on))
		add(w, folio_pfn(&w->phys, pfn), false, true);
}

void lru_list_del(struct mmsim *w, pfn_t pfn)
{
	struct lru_ends *ends;
	struct lru_link *link;

	if (likely(!w->lru.on))
		return;
	pfn = folio_pfn(&w->phys, pfn);
	link = link_of(w, pfn);
	if (!link || !link->list)
		return;
	ends = &w->lru.ends[link->list - 1];
	if (link->prev)
		link_of(w, link->prev)->next = link->next;
	else
		ends->first = link->next;
	if (link->next)
		link_of(w, link->next)->prev = link->prev;
	else
		ends->last = link->prev;
	ends->pages -= folio_nr_pages(&w->phys, pfn);
	link->list = 0;
}

void lru_list_move(struct mmsim *w, pfn_t pfn)
{
	if (likely(!w->lru.on) || !page_test(folio_page(&w->phys, pfn), PG_lru))
		return;
	lru_list_del(w, pfn);
	lru_list_add(w, pfn, false);
}

void lru_list_split(struct mmsim *w, pfn_t head, u64 nr)
{
	struct lru_link *first, *link;
	pfn_t pfn, prev = head;

	if (likely(!w->lru.on) ||
	    !page_test(pfn_to_page(&w->phys, head), PG_lru))
		return;
	first = link_of(w, head);
	if (!first || !first->list)
		return;
	w->lru.ends[first->list - 1].pages -=
		nr - folio_nr_pages(&w->phys, head);
	for (pfn = head + folio_nr_pages(&w->phys, head); pfn < head + nr;
	     pfn += folio_nr_pages(&w->phys, pfn)) {
		link = sparse_make(&w->host, &w->lru.links, pfn);
		if (!link)
			return;
		link_behind(w, link, pfn, link_of(w, head)->list - 1, prev);
		prev = pfn;
	}
}

pfn_t lru_list_coldest(const struct mmsim *w, enum lru_list list)
{
	pfn_t pfn = w->lru.ends[list].last;

	return pfn ? pfn : PFN_NONE;
}

u64 lru_list_pages(const struct mmsim *w, enum lru_list list)
{
	return w->lru.ends[list].pages;
}

int lru_list_of(const struct mmsim *w, pfn_t pfn)
{
	const struct lru_link *link = link_of(w, pfn);

	return link ? (int)link->list - 1 : -1;
}

void lru_list_for_each(const struct mmsim *w, enum lru_list list,
		       void (*fn)(pfn_t pfn, void *user), void *user)
{
	pfn_t pfn;

	for (pfn = w->lru.ends[list].first; pfn; pfn = link_of(w, pfn)->next)
		fn(pfn, user);
}

static void add_present(pfn_t pfn, void *user)
{
	struct mmsim *w = user;

	if (page_test(folio_page(&w->phys, pfn), PG_lru))
		add(w, pfn, false, false);
}

bool lru_lists_begin(struct mmsim *w)
{
	if (w->lru.on)
		return true;
	w->lru.on = true;
	w->lru.links.size = sizeof(struct lru_link);
	phys_for_each_folio(&w->phys, add_present, w);
	if (!w->host.failed)
		return true;
	lru_lists_end(w);
	return false;
}

void lru_lists_end(struct mmsim *w)
{
	sparse_destroy(&w->host, &w->lru.links);
	w->lru = (struct lru){ .may_drop = w->lru.may_drop };
}
