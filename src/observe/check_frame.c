/* SPDX-License-Identifier: MIT */
#include "observe/check_parts.h"

#include <stdlib.h>

#include "mm/file.h"
#include "mm/lru.h"
#include "mm/mthp.h"
#include "mm/pin.h"
#include "phys/folio.h"

static void file_page_use(pfn_t pfn, void *user)
{
	add_use(user, pfn, USE_OTHER);
}

/* What nobody else knows of is referred to by its being broken. */
void check_poisoned(struct check *c)
{
	u64 i;

	for (i = 0; i < c->w->poisoned.nr; i++)
		add_use(c, c->w->poisoned.pfn[i], USE_OTHER);
}

void check_pins(struct check *c)
{
	const struct mmsim *w = c->w;
	u64 i;

	for (i = 0; i < w->pins.nr; i++)
		if (w->pins.pin[i].refs)
			add_use(c, w->pins.pin[i].pfn, USE_OTHER);
}

/* Pages that the file's end has left behind: its count is what tells. */
static void check_file_size(struct check *c, const struct mmsim_file *file)
{
	u64 end = (file->size + world_page_size(c->w) - 1) >>
		  c->w->phys.page_shift;
	u64 last = file_last_page(file);

	if (last != ~(u64)0 && last >= end)
		check_broken(c, INV_FILE_SIZE, "page %llu of %llu bytes",
			     ADDR(last), ADDR(file->size));
}

void check_files(struct check *c)
{
	struct mmsim_file *file;

	LIST_FOREACH(file, &c->w->files, link) {
		file_for_each_page(file, file_page_use, c);
		check_file_size(c, file);
	}
}

static void check_batch(struct check *c, const struct folio_batch *batch,
			unsigned cpu, bool count)
{
	unsigned i;

	if (batch->nr > folio_batch_size(c->w))
		check_broken(c, INV_BATCHES, "CPU %u: %u pages", cpu,
			     batch->nr);
	for (i = 0; i < batch->nr && i < FOLIO_BATCH_MAX; i++) {
		pfn_t pfn = batch->pfn[i];

		if (pfn_to_page(&c->w->phys, pfn)->refcount <= 0)
			check_broken(c, INV_BATCHES,
				     "CPU %u: pfn 0x%llx is free", cpu,
				     ADDR(pfn));
		if (count)
			add_use(c, pfn, USE_OTHER);
	}
}

void check_batches(struct check *c, bool count)
{
	unsigned cpu;

	for (cpu = 0; cpu < c->w->cpus; cpu++) {
		check_batch(c, &c->w->lru_add[cpu], cpu, count);
		check_batch(c, &c->w->lazyfree[cpu], cpu, count);
	}
}

/* ---- the LRU lists ---- */

struct lru_check {
	struct check *c;
	unsigned list;
	u64 pages;
};

static void check_on_list(pfn_t pfn, void *user)
{
	struct lru_check *l = user;
	const struct page *folio = folio_page(&l->c->w->phys, pfn);
	bool anon = l->list == LRU_INACTIVE_ANON || l->list == LRU_ACTIVE_ANON;

	l->pages += folio_nr_pages(&l->c->w->phys, pfn);
	if (!page_test(folio, PG_lru) || folio->refcount <= 0)
		check_broken(l->c, INV_LRU,
			     "pfn 0x%llx: on list %u, not in use", ADDR(pfn),
			     l->list);
	else if (anon != page_test(folio, PG_swapbacked))
		check_broken(l->c, INV_LRU, "pfn 0x%llx: on the wrong list, %u",
			     ADDR(pfn), l->list);
}

static void check_listed(pfn_t pfn, void *user)
{
	struct lru_check *l = user;

	if (page_test(folio_page(&l->c->w->phys, pfn), PG_lru) &&
	    lru_list_of(l->c->w, pfn) < 0)
		check_broken(l->c, INV_LRU, "pfn 0x%llx: on no list",
			     ADDR(pfn));
}

void check_lru(struct check *c)
{
	struct lru_check l = { .c = c };

	if (!c->w->lru.on)
		return;
	for (; l.list < NR_LRU_LISTS; l.list++) {
		l.pages = 0;
		lru_list_for_each(c->w, (enum lru_list)l.list, check_on_list,
				  &l);
		if (l.pages != lru_list_pages(c->w, (enum lru_list)l.list))
			check_broken(c, INV_LRU,
				     "list %u: %llu pages, found %llu", l.list,
				     ADDR(lru_list_pages(
					     c->w, (enum lru_list)l.list)),
				     ADDR(l.pages));
	}
	phys_for_each_folio(&c->w->phys, check_listed, &l);
}

/* ---- large folios: those that wait to be split, and the anonymous ones ---- */

struct large_check {
	const struct mmsim *w;
	u64 waiting;
	u64 anon[PHYS_MAX_ORDERS], partial[PHYS_MAX_ORDERS];
};

static void count_large(pfn_t pfn, void *user)
{
	struct large_check *found = user;
	const struct folio_view f = folio_view(&found->w->phys, pfn);
	u32 marks;

	if (!f.order)
		return;
	marks = folio_counts(&found->w->phys, pfn)->mm_id[1];
	found->waiting += !!(marks & FOLIO_WAITS);
	found->partial[f.order] += !!(marks & FOLIO_PARTIALLY_MAPPED);
	found->anon[mthp_anon_order(&f)]++;
}

static void check_anon_orders(struct check *c, const struct large_check *found)
{
	unsigned order;

	for (order = 1; order < PHYS_MAX_ORDERS; order++) {
		const u64 *counts = c->w->mthp[order];

		if (counts[MTHP_NR_ANON] != found->anon[order] ||
		    counts[MTHP_NR_ANON_PARTIALLY_MAPPED] !=
			    found->partial[order])
			check_broken(
				c, INV_FOLIO,
				"order %u: %llu anonymous, %llu partially mapped, found %llu and %llu",
				order, ADDR(counts[MTHP_NR_ANON]),
				ADDR(counts[MTHP_NR_ANON_PARTIALLY_MAPPED]),
				ADDR(found->anon[order]),
				ADDR(found->partial[order]));
	}
}

void check_large(struct check *c)
{
	struct large_check found = { .w = c->w };

	if (c->w->phys.nr_large)
		phys_for_each_folio(&c->w->phys, count_large, &found);
	if (found.waiting != c->w->phys.nr_waiting)
		check_broken(c, INV_FOLIO, "%llu wait to be split, found %llu",
			     ADDR(c->w->phys.nr_waiting), ADDR(found.waiting));
	check_anon_orders(c, &found);
}

static void check_zero_page(struct check *c)
{
	const struct page *page = pfn_to_page(&c->w->phys, c->w->zero_pfn);

	if (page->mapcount)
		check_broken(c, INV_ZERO_UNCOUNTED, "%d mappings",
			     page->mapcount);
}

static int use_order(const void *a, const void *b)
{
	const struct use *x = a, *y = b;

	return x->pfn < y->pfn ? -1 : x->pfn > y->pfn;
}

/* All uses of one frame: [i, j). */
static void check_frame(struct check *c, size_t i, size_t j)
{
	const struct page *page = pfn_to_page(&c->w->phys, c->uses[i].pfn);
	s32 mapped = 0, refs;
	size_t k;

	for (k = i; k < j; k++)
		mapped += c->uses[k].kind == USE_PTE;
	if (mapped != page->mapcount)
		check_broken(c, INV_MAPCOUNT, "pfn 0x%llx: %d, found %d",
			     ADDR(c->uses[i].pfn), page->mapcount, mapped);
	refs = (s32)(j - i) + (s32)folio_pin_refs(c->w, c->uses[i].pfn);
	if (refs != page->refcount)
		check_broken(c, INV_REFCOUNT, "pfn 0x%llx: %d, found %d",
			     ADDR(c->uses[i].pfn), page->refcount, refs);
}

/* Where the uses of the folio end that the i-th is one of. */
static size_t folio_end(const struct check *c, size_t i)
{
	const struct phys *phys = &c->w->phys;
	pfn_t end = folio_pfn(phys, c->uses[i].pfn) +
		    folio_nr_pages(phys, c->uses[i].pfn);

	while (i < c->nr_uses && c->uses[i].pfn < end)
		i++;
	return i;
}

/* How many frames they are. */
static u64 check_uses(struct check *c, size_t i, size_t j)
{
	u64 nr = folio_nr_pages(&c->w->phys, c->uses[i].pfn);
	struct part folio = { c, INV_FOLIO };

	if (nr == 1)
		check_frame(c, i, j);
	else
		check_folio(c->w, &c->uses[i], j - i, part_broken, &folio);
	return nr;
}

void check_frames(struct check *c)
{
	u64 in_use = c->w->phys.nr_table_pages + 1, alloc = 0;
	struct part part = { c, INV_BUDDY };
	size_t i, j;
	unsigned n;

	check_zero_page(c);
	if (c->nr_uses)
		qsort(c->uses, c->nr_uses, sizeof(*c->uses), use_order);
	for (i = 0; i < c->nr_uses; i = j) {
		j = folio_end(c, i);
		in_use += check_uses(c, i, j);
	}
	if (c->w->huge_zero_pfn)
		in_use += folio_nr_pages(&c->w->phys, c->w->huge_zero_pfn);
	for (n = 0; n < c->w->phys.nr_nodes; n++)
		alloc += c->w->phys.node[n].nr_alloc;
	if (alloc != in_use)
		check_broken(c, INV_FRAMES, "%llu frames in use, found %llu",
			     ADDR(alloc), ADDR(in_use));
	(void)phys_check(&c->w->phys, part_broken, &part);
}
