/* SPDX-License-Identifier: MIT */
/*
 * Large folios (semantics-fault.md 3 to 5 and 13), page by page: what a fault
 * brings in at once, which pages one entry maps together, and what makes single
 * entries of it. Whether there is a table of entries where nothing is mapped is
 * asked of the library.
 */
#include "model.h"

bool is_huge(const struct model_page *p)
{
	return p->kind == ANON_PAGE && p->huge;
}

/* ---- blocks: the pages that a huge entry maps ---- */

/* The index of the first page of the block of an order around a page; false:
 * it is not wholly among those that we look at. */
static bool find_block(const struct run *r, unsigned i, unsigned nr,
		       unsigned *first)
{
	/* Counted from the boundary of a table below all pages. */
	unsigned shift = r->pmd_pages - r->lead;
	unsigned start = (i + shift) / nr * nr;

	if (start < shift || start - shift + nr > r->nr_pages)
		return false;
	*first = start - shift;
	return true;
}

/* All pages of a huge entry are what one of them is. */
static void spread(struct run *r, const struct model_page *p)
{
	struct model_proc *proc = proc_of(r, p);
	struct model_page *q;
	unsigned first, i;

	if (!find_block(r, (unsigned)(p - proc->pages), r->pmd_pages, &first))
		return;
	for (i = 0; i < r->pmd_pages; i++) {
		q = &proc->pages[first + i];
		q->writable = p->writable;
		q->exclusive = p->exclusive;
		q->dirty = p->dirty;
		q->soft = p->soft;
		q->old = p->old;
		q->writers = p->writers;
	}
}

/*
 * Single entries. Those of the zero page are not soft-dirty, whatever the huge
 * one was. The others are clean up to 6.11; arm64 had nothing before 6.1 to say
 * so of those that may write. Later, what is dirty is soft-dirty too.
 */
static void split_entry(struct run *r, struct model_page *p)
{
	bool keeps = from_kernel(r, 6, 12) ||
		     (r->arm64 && p->writable && !from_kernel(r, 6, 1));

	p->huge = false;
	/* The huge zero page's protection is handed on from 6.4 on. */
	if (p->page == ZERO && !from_kernel(r, 6, 4))
		p->wp = false;
	if (p->page == ZERO)
		p->soft = false;
	else if (from_kernel(r, 6, 12) && p->dirty)
		p->soft = r->soft_dirty;
	else if (from_kernel(r, 6, 12))
		model_settle_soft(r, p);
	p->dirty = p->dirty && keeps;
}

static void split_block(struct run *r, struct model_proc *proc, unsigned first)
{
	unsigned i;

	for (i = first; i < first + r->pmd_pages; i++)
		split_entry(r, &proc->pages[i]);
}

void model_split(struct run *r, struct model_proc *proc, unsigned i)
{
	unsigned first;

	if (i < r->nr_pages && is_huge(&proc->pages[i]) &&
	    find_block(r, i, r->pmd_pages, &first) && first != i)
		split_block(r, proc, first);
}

/* The whole entry around a page. */
void model_split_huge(struct run *r, struct model_page *p)
{
	struct model_proc *proc = proc_of(r, p);
	unsigned first;

	if (is_huge(p) &&
	    find_block(r, (unsigned)(p - proc->pages), r->pmd_pages, &first))
		split_block(r, proc, first);
}

void model_split_ends(struct run *r, struct model_proc *proc, unsigned first,
		      unsigned nr)
{
	model_split(r, proc, first);
	model_split(r, proc, first + nr);
}

/* x86-64 from 6.6 to 7.1: a huge entry that may be written is clean once its
 * rights change (arch-x86.md 3, pmd_modify). */
void model_modify_huge(const struct run *r, struct model_page *p)
{
	if (is_huge(p) && p->writable && r->x86 && from_kernel(r, 6, 6) &&
	    !from_kernel(r, 7, 2))
		p->dirty = false;
}

/* From 6.17 on entries of one folio are changed together; if one is dirty then
 * all get dirty by it, and soft-dirty. */
void settle_changed(struct run *r, struct model_page *p)
{
	model_modify_huge(r, p);
	if (r->large && from_kernel(r, 6, 17) && p->page > ZERO && !is_huge(p))
		model_settle_soft(r, p);
}

/*
 * From 6.9 on entries of one folio are copied together; where writes are not
 * tracked all are soft-dirty if the first is.
 */
void settle_forked(struct run *r, struct model_page *p)
{
	struct mmsim_entry e = { .size = sizeof(e) };

	model_settle(r, p);
	if (!from_kernel(r, 6, 9) || p->kind != ANON_PAGE || p->page <= ZERO ||
	    is_huge(p) || proc_of(r, p)->tracked == TRACKED_ALL)
		return;
	library_entry(r, p, &e);
	p->soft = e.flags & MMSIM_E_SOFT_DIRTY;
}

/* Whole tables may move, whose entries stay as they are. */
bool moved_by_table(const struct run *r, const struct move *m)
{
	return r->large &&
	       (m->to + r->pmd_pages * 4 - m->first) % r->pmd_pages == 0;
}

/* A huge entry moves as a whole if it is wholly among what moves, to a place
 * that is as far from a boundary. */
void model_split_moved(struct run *r, struct model_proc *proc,
		       const struct move *m)
{
	unsigned nr = m->nr < m->new_nr ? m->nr : m->new_nr, i, first;

	model_split_ends(r, proc, m->to, m->new_nr);
	model_split_ends(r, proc, m->first, m->nr);
	model_split_ends(r, proc, m->first, nr);
	if (moved_by_table(r, m))
		return;
	for (i = m->first; i < m->first + nr; i++)
		if (is_huge(&proc->pages[i]) &&
		    find_block(r, i, r->pmd_pages, &first))
			split_block(r, proc, first);
}

/* ---- what a mapping may have ---- */

static bool allowed_by(enum thp_mode mode, const struct model_page *p)
{
	return mode == THP_ALWAYS || (mode == THP_MADVISE && p->hugepage);
}

/* Sizes have settings of their own from 6.8 on. */
static bool is_allowed(const struct run *r, const struct model_page *p,
		       unsigned order)
{
	enum thp_mode mode = r->thp_size[order];

	if (p->nohugepage)
		return false;
	if (!from_kernel(r, 6, 8))
		return order == r->pmd_order && allowed_by(r->thp, p);
	return allowed_by(mode == THP_INHERIT ? r->thp : mode, p);
}

/* A block that lies in the mapping of a page and that nothing is mapped in. */
static bool find_room(struct run *r, struct model_page *p, unsigned order,
		      unsigned *first)
{
	struct model_proc *proc = proc_of(r, p);
	unsigned nr = 1u << order, i;

	/* Where faults are watched only huge pages come in large. */
	if (!is_allowed(r, p, order) || (p->watched && order < r->pmd_order) ||
	    !find_block(r, (unsigned)(p - proc->pages), nr, first) ||
	    !in_one_mapping(r, proc, *first, nr))
		return false;
	for (i = *first; i < *first + nr; i++)
		if (proc->pages[i].page != NOTHING || proc->pages[i].guard ||
		    proc->pages[i].wp)
			return false;
	return true;
}

/* ---- faults ---- */

/* New pages of one folio. */
static void map_new(struct run *r, struct model_proc *proc, unsigned first,
		    unsigned nr, bool huge)
{
	struct model_page *p = &proc->pages[first];

	for (; nr--; p++) {
		model_new_page(r, p);
		p->writable = p->prot & MMSIM_PROT_WRITE;
		p->huge = huge;
	}
}

static void map_huge_zero(struct run *r, struct model_proc *proc,
			  unsigned first)
{
	struct model_page *p = &proc->pages[first];
	unsigned i;

	for (i = 0; i < r->pmd_pages; i++, p++) {
		model_clear(p);
		p->page = ZERO;
		p->huge = true;
	}
}

/* Nothing is mapped: whether more than a page comes in. */
static bool fault_missing(struct run *r, struct model_page *p, bool write)
{
	struct model_proc *proc = proc_of(r, p);
	unsigned order, first;

	if (p->no_table && find_room(r, p, r->pmd_order, &first)) {
		if (write || !r->use_zero_page)
			map_new(r, proc, first, r->pmd_pages, true);
		else
			map_huge_zero(r, proc, first);
		return true;
	}
	for (order = r->pmd_order - 1; write && order > 1; order--)
		if (find_room(r, p, order, &first)) {
			map_new(r, proc, first, 1u << order, false);
			return true;
		}
	return false;
}

/* Whether only this entry maps any of the pages that it maps. */
static bool is_alone(struct run *r, const struct model_page *p, unsigned nr)
{
	unsigned i, low = p->page, high = p->page + nr;
	unsigned j, mapped = 0;

	/* Pages of one folio are numbered one by one. */
	for (i = 0; i < NR_PROCS; i++)
		for (j = 0; r->procs[i].mm && j < r->nr_pages; j++) {
			const struct model_page *q = &r->procs[i].pages[j];

			mapped +=
				is_anon(q) && q->page >= low && q->page < high;
		}
	return mapped == nr;
}

/*
 * A write to what a huge entry maps read-only: false: by single entries, which
 * it has been split into.
 */
static bool fault_protected(struct run *r, struct model_page *p)
{
	struct model_proc *proc = proc_of(r, p);
	struct model_page *head;
	unsigned first;

	if (!find_block(r, (unsigned)(p - proc->pages), r->pmd_pages, &first))
		differ(r, "a huge entry at the edge");
	head = &proc->pages[first];
	if (p->page == ZERO && from_kernel(r, 6, 13)) {
		map_new(r, proc, first, r->pmd_pages, true);
	} else if (p->page > ZERO &&
		   (p->exclusive || is_alone(r, head, r->pmd_pages))) {
		p->writable = p->exclusive = p->dirty = true;
		p->soft = r->soft_dirty;
		p->old = false;
		p->writers = 1u << r->cpu;
		spread(r, p);
	} else {
		split_block(r, proc, first);
		return false;
	}
	return true;
}

/* False: as if there were single pages only. */
bool model_touch_large(struct run *r, struct model_page *p, bool write,
		       struct faults *faults)
{
	bool done = false;

	if (!r->large)
		return false;
	if (is_huge(p) && write && !p->writable)
		done = fault_protected(r, p);
	else if (p->kind == ANON_PAGE && p->page == NOTHING)
		done = fault_missing(r, p, write);
	faults->least += done;
	faults->most += done;
	return done;
}

/* After an access to what a huge entry maps. */
void model_touched_large(struct run *r, const struct model_page *p)
{
	if (is_huge(p))
		spread(r, p);
}

/* Before an access: whether there is a table. */
void look_for_table(struct run *r, struct model_page *p)
{
	struct mmsim_entry e = { .size = sizeof(e) };

	library_entry(r, p, &e);
	p->no_table = !e.raw && e.shift >= r->pmd_shift;
}

/* ---- operations ---- */

/* Whole blocks, halves of them, or ends anywhere near. */
void pick_large_range(struct run *r, unsigned *first, unsigned *nr)
{
	unsigned half = r->pmd_pages / 2, how = pick(r, 4), end;

	if (how < 2) {
		*first = r->lead + r->pmd_pages * pick(r, 2);
		*nr = *first == r->lead && pick(r, 2) ? 2 * r->pmd_pages
						      : r->pmd_pages;
		return;
	}
	*first = r->lead + half * pick(r, 4);
	end = *first + half * (1 + pick(r, 2));
	if (how == 3) {
		*first -= pick(r, r->lead);
		end += pick(r, 20);
	}
	*nr = (end < r->nr_pages ? end : r->nr_pages) - *first;
}

static const char *const modes[] = { "never", "madvise", "always", "inherit" };

static void set_size(struct run *r)
{
	unsigned order = 2 + pick(r, r->pmd_order - 1);
	enum thp_mode mode = (enum thp_mode)pick(r, 4);
	char text[80];

	snprintf(text, sizeof(text), "mthp %llu %s\n",
		 (unsigned long long)(r->page_size << order) >> 10,
		 modes[mode]);
	say(r, "- %.*s", (int)strlen(text) - 1, text);
	run_text(r, text);
	r->thp_size[order] = mode;
}

static void set_thp(struct run *r, enum thp_mode mode, bool use_zero_page)
{
	char text[120];

	snprintf(text, sizeof(text),
		 "sys transparent_hugepage/enabled %s\n"
		 "sys transparent_hugepage/use_zero_page %d\n",
		 modes[mode], use_zero_page);
	say(r, "- thp %s, use_zero_page %d", modes[mode], use_zero_page);
	run_text(r, text);
	r->thp = mode;
	r->use_zero_page = use_zero_page;
}

void do_thp_settings(struct run *r)
{
	if (from_kernel(r, 6, 8) && pick(r, 3))
		set_size(r);
	else
		set_thp(r, pick(r, 4) ? THP_ALWAYS : (enum thp_mode)pick(r, 2),
			pick(r, 3));
}

void do_mmap_large(struct run *r)
{
	struct mmsim_mmap_args args = { .size = sizeof(args),
					.flags = PRIVATE | FIXED |
						 MMSIM_MAP_ANONYMOUS };
	struct model_proc *proc = pick_proc(r);
	unsigned first, nr, i;
	uint64_t addr = 0;

	pick_large_range(r, &first, &nr);
	if (!r->op) {
		first = 0;
		nr = r->nr_pages;
	}
	args.addr = r->base + first * r->page_size;
	args.len = nr * r->page_size;
	args.prot = pick(r, 8) ? RW : RO;
	say(r, "%u mmap %u..%u prot %d", mmsim_mm_pid(proc->mm), first,
	    first + nr, args.prot);
	EXPECT(r, mmsim_mmap(proc->mm, &args, &addr), 0, "mmap");
	model_split_ends(r, proc, first, nr);
	if (proc->tracked == TRACKED_ALL)
		proc->tracked = TRACKED_SOME;
	for (i = first; i < first + nr; i++)
		proc->pages[i] = (struct model_page){ .kind = ANON_PAGE,
						      .prot = args.prot };
}

/* A few pages, far apart. */
void do_touch_far(struct run *r)
{
	struct model_proc *proc = pick_proc(r);
	unsigned first, nr, i, step;
	bool write = pick(r, 3) > 0;

	pick_large_range(r, &first, &nr);
	step = nr / 8 + 1 + pick(r, 3);
	say(r, "%u %s %u..%u, each %u", mmsim_mm_pid(proc->mm),
	    write ? "write" : "read", first, first + nr, step);
	r->cpu = pick(r, 2);
	for (i = first; i < first + nr; i += step)
		(void)touch_page(r, proc, i, write, (uint8_t)pick(r, 256));
}

/* ---- folios that are split ---- */

static bool is_zero_filled(const struct model_page *p)
{
	static const uint8_t zeroes[NR_BYTES];

	return !memcmp(p->bytes, zeroes, NR_BYTES);
}

/* From 6.12 on the zero page is mapped for what is all zero; whether it stays
 * protected is left open. */
static void settle_zero(struct run *r, struct model_page *p)
{
	struct mmsim_entry e = { .size = sizeof(e) };

	if (p->page <= ZERO || !is_zero_filled(p))
		return;
	library_entry(r, p, &e);
	if (!(e.flags & MMSIM_E_ZERO))
		return;
	model_clear(p);
	p->page = ZERO;
	p->wp = p->wp && e.flags & MMSIM_E_UFFD_WP;
	model_settle_soft(r, p);
}

static void settle_huge(struct run *r, struct model_proc *proc, unsigned i)
{
	struct mmsim_entry e = { .size = sizeof(e) };
	unsigned first;

	if (!is_huge(&proc->pages[i]) ||
	    !find_block(r, i, r->pmd_pages, &first) || first != i)
		return;
	library_entry(r, &proc->pages[i], &e);
	if (e.flags & MMSIM_E_HUGE)
		return;
	split_block(r, proc, first);
	for (; i < first + r->pmd_pages; i++) {
		library_entry(r, &proc->pages[i], &e);
		proc->pages[i].dirty = e.flags & MMSIM_E_DIRTY;
		model_settle_soft(r, &proc->pages[i]);
	}
}

/*
 * MADV_FREE and MADV_COLD split folios that they are not to have as a whole,
 * if nobody else maps them, which is a guess of some releases: left open, as is
 * whether the entries stay dirty, which may make them soft-dirty. The pages
 * stay what they are.
 */
void settle_folios(struct run *r)
{
	struct model_proc *proc;
	unsigned i;

	for (proc = r->procs; proc < r->procs + NR_PROCS; proc++)
		for (i = 0; proc->mm && i < r->nr_pages; i++) {
			settle_huge(r, proc, i);
			if (from_kernel(r, 6, 12))
				settle_zero(r, &proc->pages[i]);
		}
}

/*
 * MADV_COLLAPSE: whether a block can be collapsed is left to the library; what
 * has been is new pages of the same bytes, of nobody else.
 */
static void model_collapsed(struct run *r, struct model_proc *proc,
			    unsigned first)
{
	struct mmsim_entry e = { .size = sizeof(e) };
	bool any = false;
	unsigned i;

	library_entry(r, &proc->pages[first], &e);
	if (!(e.flags & MMSIM_E_HUGE) || is_huge(&proc->pages[first]))
		return;
	for (i = first; i < first + r->pmd_pages; i++) {
		any |= proc->pages[i].page != NOTHING;
		EXPECT(r, proc->pages[i].kind, ANON_PAGE, "collapsed");
		EXPECT(r, proc->pages[i].nohugepage, false, "collapsed");
	}
	EXPECT(r, any, true, "something to collapse");
	EXPECT(r, in_one_mapping(r, proc, first, r->pmd_pages), true,
	       "collapsed in one mapping");
	map_new(r, proc, first, r->pmd_pages, true);
}

void do_collapse(struct run *r)
{
	struct model_proc *proc = pick_proc(r);
	unsigned first, nr, i, block;
	int rc;

	pick_large_range(r, &first, &nr);
	say(r, "%u collapse %u..%u", mmsim_mm_pid(proc->mm), first, first + nr);
	rc = mmsim_madvise(proc->mm, r->base + first * r->page_size,
			   nr * r->page_size, MMSIM_MADV_COLLAPSE);
	if (!from_kernel(r, 6, 1))
		EXPECT(r, rc, -EINVAL, "collapse");
	for (i = first; i + r->pmd_pages <= first + nr; i++)
		if (find_block(r, i, r->pmd_pages, &block) && block == i)
			model_collapsed(r, proc, block);
}

/* ---- the beginning, and counts ---- */

void begin_large(struct run *r, uint64_t pmd_size)
{
	unsigned order;

	r->large = true;
	r->thp = THP_MADVISE;
	r->use_zero_page = true;
	for (order = 0; order < NR(r->thp_size); order++)
		r->thp_size[order] = THP_NEVER;
	r->pmd_order = r->pmd_shift = 0;
	while (r->page_size << r->pmd_order < pmd_size)
		r->pmd_order++;
	while ((uint64_t)1 << r->pmd_shift < pmd_size)
		r->pmd_shift++;
	r->thp_size[r->pmd_order] = THP_INHERIT;
	r->pmd_pages = 1u << r->pmd_order;
	r->lead = r->pmd_pages / 4;
	r->nr_pages = r->pmd_pages * 5 / 2;
	r->base = BASE + pmd_size - r->lead * r->page_size;
}

/* What a process's anonymous pages come to. */
void compare_rss(struct run *r, const struct model_proc *proc)
{
	struct mmsim_status status = { .size = sizeof(status) };
	unsigned i, nr = 0;

	for (i = 0; i < r->nr_pages; i++)
		nr += is_anon(&proc->pages[i]) && proc->pages[i].page > ZERO;
	EXPECT(r, mmsim_status(proc->mm, &status), 0, "status");
	EXPECT(r, status.rss_anon, nr, "anonymous pages");
}
