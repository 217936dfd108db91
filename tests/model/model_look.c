/* SPDX-License-Identifier: MIT */
#include "model.h"

void check_faults(struct run *r, const struct mmsim_fault *fault,
		  const struct faults *faults)
{
	unsigned nr = fault->minor + fault->major;

	if (!r->swaps && (nr < faults->least || nr > faults->most))
		differ(r, "%u faults, the model says %u to %u", nr,
		       faults->least, faults->most);
}

struct model_proc *proc_of(struct run *r, const struct model_page *p)
{
	struct model_proc *proc = r->procs;

	while (p < proc->pages || p >= proc->pages + MOST_PAGES)
		proc++;
	return proc;
}

void library_entry(struct run *r, const struct model_page *p,
		   struct mmsim_entry *e)
{
	struct model_proc *proc = proc_of(r, p);

	EXPECT(r,
	       mmsim_entry_get(proc->mm,
			       r->base + (p - proc->pages) * r->page_size, e),
	       0, "entry");
}

/* What only the scenario language can do. */
void run_text(struct run *r, const char *text)
{
	EXPECT(r, mmsim_run_scenario(r->w, text, strlen(text), NULL, NULL), 0,
	       text);
}

/* Before an access: what only the library knows. */
void look_before(struct run *r, struct model_page *p)
{
	settle_given_up(r, p);
	if (r->large)
		look_for_table(r, p);
}

static void compare_page(struct run *r, struct model_proc *proc, unsigned i)
{
	uint64_t addr = r->base + i * r->page_size;
	struct model_page *p = &proc->pages[i];
	uint8_t byte;
	unsigned j;

	look_before(r, p);
	for (j = 0; j < NR_BYTES; j++) {
		struct mmsim_fault fault = MMSIM_FAULT_INIT;
		struct faults faults = { 0, 0 };

		EXPECT(r,
		       mmsim_access(proc->mm, r->cpu, addr + offset_of(r, j), 1,
				    MMSIM_READ, &byte, &fault),
		       0, "access");
		EXPECT(r, fault.kind, model_access(r, p, false),
		       "what reading ends in");
		if (fault.kind)
			continue;
		model_touch(r, p, false, &faults);
		check_faults(r, &fault, &faults);
		EXPECT(r, byte, bytes_of(r, p)[j], "contents");
	}
}

static void compare_mapping(struct run *r, struct model_proc *proc, unsigned i)
{
	struct mmsim_vma vma = { .size = sizeof(vma) };
	uint64_t addr = r->base + i * r->page_size;
	struct model_page *p = &proc->pages[i];
	bool mapped =
		!mmsim_vma_next(proc->mm, addr, &vma) && vma.start <= addr;

	EXPECT(r, mapped, p->kind != HOLE, "mapped");
	if (!mapped)
		return;
	EXPECT(r, vma.flags & 7, p->prot, "rights");
	EXPECT(r, !!(vma.flags & 8), p->kind == FILE_SHARED, "shared");
	EXPECT(r, !!(vma.flags & VM_UFFD_WP), p->watched, "registered");
	if (p->kind != ANON_PAGE)
		EXPECT(r, (vma.offset + (addr - vma.start)) / r->page_size,
		       p->index, "page of the file");
}

/* What the entry of an anonymous page maps, and who else does. */
static void compare_anon(struct run *r, const struct model_page *p,
			 const struct mmsim_entry *e)
{
	EXPECT(r, !!(e->flags & MMSIM_E_PRESENT), p->page != NOTHING,
	       "an entry is there");
	EXPECT(r, !!(e->flags & MMSIM_E_ZERO), p->page == ZERO,
	       "it maps the zero page");
	EXPECT(r, !!(e->flags & MMSIM_E_HUGE), is_huge(p), "a huge entry");
	if (p->page == NOTHING)
		return;
	EXPECT(r, !!(e->flags & MMSIM_E_SOFT_DIRTY), p->soft, "soft-dirty");
	if (p->page == ZERO)
		return;
	EXPECT(r, e->mapcount, r->mapped[p->page], "entries that map a page");
	EXPECT(r, !!(e->flags & MMSIM_E_KSM), p->ksm, "a KSM page");
	EXPECT(r, !!(e->flags & MMSIM_E_WRITE), p->writable,
	       "the entry may write");
	if (from_kernel(r, 5, 19))
		EXPECT(r, !!(e->flags & MMSIM_E_EXCLUSIVE), p->exclusive,
		       "the page is exclusive");
}

static void compare_entry(struct run *r, const struct model_page *p)
{
	struct mmsim_entry e = { .size = sizeof(e) };

	if (p->kind == HOLE || p->unsure || r->swaps)
		return;
	library_entry(r, p, &e);
	EXPECT(r, e.flags & MMSIM_E_MARKER && !(e.flags & MMSIM_E_UFFD_WP),
	       p->guard, "guard");
	EXPECT(r, !!(e.flags & MMSIM_E_UFFD_WP), p->wp, "protected");
	if (is_anon(p))
		compare_anon(r, p, &e);
}

/* How many entries, of all processes, map each page. */
static void count_mapped(struct run *r)
{
	struct model_page *p;
	unsigned i, j;

	free(r->mapped);
	r->mapped = calloc(r->next_page + ZERO + 1, sizeof(*r->mapped));
	if (!r->mapped)
		differ(r, "no memory");
	for (i = 0; i < NR_PROCS; i++)
		for (j = 0; r->procs[i].mm && j < r->nr_pages; j++) {
			p = &r->procs[i].pages[j];
			r->mapped[is_anon(p) ? p->page : NOTHING]++;
		}
}

static void compare_entries(struct run *r, struct model_proc *proc)
{
	unsigned i;

	for (i = 0; i < r->nr_pages; i++) {
		compare_mapping(r, proc, i);
		compare_entry(r, &proc->pages[i]);
	}
	if (r->large)
		compare_rss(r, proc);
}

/* Of many pages those that have been written to, and a few others. */
static void compare_contents(struct run *r, struct model_proc *proc)
{
	static const uint8_t zeroes[NR_BYTES];
	unsigned i, step = r->nr_pages / NR_PAGES;

	for (i = 0; i < r->nr_pages; i++)
		if (i % step == 0 ||
		    memcmp(proc->pages[i].bytes, zeroes, NR_BYTES))
			compare_page(r, proc, i);
}

void compare_all(struct run *r, bool contents)
{
	unsigned i;

	r->cpu = 0;
	count_mapped(r);
	for (i = 0; i < NR_PROCS; i++)
		if (r->procs[i].mm)
			compare_entries(r, &r->procs[i]);
	for (i = 0; contents && i < NR_PROCS; i++)
		if (r->procs[i].mm)
			compare_contents(r, &r->procs[i]);
}
