/* SPDX-License-Identifier: MIT */
/*
 * KSM (semantics-fault.md 11, recorded-behaviour.md 9), page by page: whoever
 * offers a page of bytes that a KSM page has maps that one; of two others the
 * second that a pass meets becomes one. Who merges is listed, until a pass
 * finds that it has something else; a page that nobody is listed for is not
 * merged with.
 */
#include "model.h"

static bool same_bytes(const struct model_page *a, const struct model_page *b)
{
	return !memcmp(a->bytes, b->bytes, NR_BYTES);
}

/* The entry of a page that is protected where it is: it stays soft-dirty. */
static void protect_in_place(struct model_page *p)
{
	p->ksm = true;
	p->writable = p->exclusive = p->dirty = false;
}

/* A KSM page in the place of its own; what userfaultfd protected is not any
 * more. */
static void map_ksm(struct model_page *p, unsigned page)
{
	model_clear(p);
	p->wp = false;
	p->page = page;
	p->ksm = true;
}

/* How many places are listed for a KSM page. */
static unsigned nr_listed(const struct run *r, unsigned page)
{
	unsigned i, j, nr = 0;

	for (i = 0; i < NR_PROCS; i++)
		for (j = 0; r->procs[i].mm && j < r->nr_pages; j++)
			nr += r->procs[i].listed[j] == page;
	return nr;
}

static bool same_frame(struct run *r, const struct model_page *p,
		       const struct model_page *q)
{
	struct mmsim_entry a = { .size = sizeof(a) }, b = { .size = sizeof(b) };

	library_entry(r, p, &a);
	library_entry(r, q, &b);
	return a.pfn == b.pfn;
}

/*
 * A KSM page of the same bytes that any place is listed for, by whatever
 * process maps it: the one with the most places. Which of two with as many is
 * left open.
 */
static struct model_page *find_ksm(struct run *r, const struct model_page *p)
{
	struct model_page *q, *best = NULL;
	unsigned i, j, nr, most = 0;

	for (i = 0; i < NR_PROCS; i++)
		for (j = 0; r->procs[i].mm && j < r->nr_pages; j++) {
			q = &r->procs[i].pages[j];
			if (!is_anon(q) || !q->ksm || !same_bytes(q, p))
				continue;
			nr = nr_listed(r, q->page);
			if (nr > most ||
			    (best && nr == most && same_frame(r, p, q)))
				best = q;
			if (nr > most)
				most = nr;
		}
	return best;
}

/* All who map the page see that it is a KSM page now. */
static void becomes_ksm(struct run *r, struct model_page *p)
{
	struct model_page *q;
	unsigned i, j;

	for (i = 0; i < NR_PROCS; i++)
		for (j = 0; r->procs[i].mm && j < r->nr_pages; j++) {
			q = &r->procs[i].pages[j];
			if (is_anon(q) && q->page == p->page)
				q->ksm = true;
		}
	protect_in_place(p);
}

static void list_place(struct run *r, const struct model_page *p)
{
	struct model_proc *proc = proc_of(r, p);

	proc->listed[p - proc->pages] = p->page;
}

/*
 * A page that waits itself, in another process, or from 6.1 to 6.5 one that
 * nobody may access is not merged, nor does what met it wait.
 */
static void meet_waiting(struct run *r, struct model_page *p)
{
	struct model_page *q;
	unsigned i;

	for (i = 0; i < r->nr_waiting && !same_bytes(r->waiting[i], p);)
		i++;
	if (i == r->nr_waiting) {
		r->waiting[r->nr_waiting++] = p;
		return;
	}
	q = r->waiting[i];
	if (q->page == p->page ||
	    (!q->prot && from_kernel(r, 6, 1) && !from_kernel(r, 6, 6)))
		return;
	becomes_ksm(r, p);
	map_ksm(q, p->page);
	list_place(r, p);
	list_place(r, q);
	r->waiting[i] = r->waiting[--r->nr_waiting];
}

static bool is_offered(const struct model_page *p)
{
	return p->kind != HOLE && p->mergeable;
}

/* What has changed since the last pass is left alone for now, unless there is
 * a KSM page of its bytes. */
static void scan_page(struct run *r, struct model_proc *proc, unsigned i)
{
	struct model_page *p = &proc->pages[i];
	struct model_page *ksm;

	if (!is_offered(p) || !is_anon(p) || p->page <= ZERO) {
		proc->scanned[i] = false;
		proc->listed[i] = 0;
		return;
	}
	if (p->ksm) {
		list_place(r, p);
		return;
	}
	proc->listed[i] = 0;
	ksm = find_ksm(r, p);
	if (ksm) {
		map_ksm(p, ksm->page);
		list_place(r, p);
	} else if (proc->scanned[i] &&
		   !memcmp(proc->scanned_bytes[i], p->bytes, NR_BYTES)) {
		meet_waiting(r, p);
	} else {
		proc->scanned[i] = true;
		memcpy(proc->scanned_bytes[i], p->bytes, NR_BYTES);
	}
}

/* The process that offered pages next after one. */
static struct model_proc *next_proc(struct run *r, unsigned turn)
{
	struct model_proc *best = NULL;
	unsigned i;

	for (i = 0; i < NR_PROCS; i++)
		if (r->procs[i].mm && r->procs[i].ksm_turn > turn &&
		    (!best || r->procs[i].ksm_turn < best->ksm_turn))
			best = &r->procs[i];
	return best;
}

/* Who offers nothing any more is forgotten. */
static void scan_proc(struct run *r, struct model_proc *proc)
{
	bool offers = false;
	unsigned i;

	for (i = 0; i < r->nr_pages; i++) {
		scan_page(r, proc, i);
		offers |= is_offered(&proc->pages[i]);
	}
	if (!offers)
		proc->ksm_turn = 0;
}

/* A pass. It comes by the scenario language, its only door. */
void do_ksm(struct run *r)
{
	struct model_proc *proc;
	unsigned turn = 0;

	r->nr_waiting = 0;
	say(r, "- ksm 1");
	run_text(r, "ksm 1\n");
	while ((proc = next_proc(r, turn))) {
		turn = proc->ksm_turn;
		scan_proc(r, proc);
	}
}

/* A page of its own again: up to 6.1 by a write, then by a fault that writes
 * nothing. 6.1 passes over what nobody may access. */
void model_ksm_break(struct run *r, struct model_page *p)
{
	bool write = !from_kernel(r, 6, 2), soft = p->soft;

	if (!is_offered(p) || !is_anon(p) || !p->ksm ||
	    (write && !p->prot && from_kernel(r, 6, 1)))
		return;
	model_new_page(r, p);
	p->dirty = write;
	p->writable = write && p->prot & MMSIM_PROT_WRITE;
	p->soft = write ? r->soft_dirty : soft;
}

/* MADV_MERGEABLE, MADV_UNMERGEABLE; shared mappings take no notice. */
void model_ksm_offer(struct run *r, struct model_page *p, bool offer)
{
	struct model_proc *proc = proc_of(r, p);

	if (p->kind == FILE_SHARED)
		return;
	if (!offer)
		model_ksm_break(r, p);
	if (offer && !p->mergeable && !proc->ksm_turn)
		proc->ksm_turn = ++r->ksm_turns;
	p->mergeable = offer;
}

/* The child's pages are offered by it as well, and have not been seen yet. */
void model_fork_ksm(struct run *r, const struct model_proc *parent,
		    struct model_proc *child)
{
	child->ksm_turn = parent->ksm_turn ? ++r->ksm_turns : 0;
	memset(child->scanned, 0, r->nr_pages * sizeof(*child->scanned));
	memset(child->listed, 0, r->nr_pages * sizeof(*child->listed));
}
