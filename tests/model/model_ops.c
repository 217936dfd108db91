/* SPDX-License-Identifier: MIT */
#include "model.h"

void pick_range(struct run *r, unsigned most, unsigned *first, unsigned *nr)
{
	if (r->large && pick(r, 2)) {
		pick_large_range(r, first, nr);
		return;
	}
	*nr = 1 + pick(r, most);
	*first = pick(r, r->nr_pages - *nr + 1);
}

static int pick_prot(struct run *r)
{
	static const int prots[] = { RW, RW, RW, RO, 0 };

	return prots[pick(r, NR(prots))];
}

struct model_proc *pick_proc(struct run *r)
{
	unsigned i;

	do
		i = pick(r, NR_PROCS);
	while (!r->procs[i].mm);
	return &r->procs[i];
}

static void do_access(struct run *r)
{
	struct model_proc *proc = pick_proc(r);
	struct mmsim_fault fault = MMSIM_FAULT_INIT;
	unsigned i = pick(r, r->nr_pages), j = pick(r, NR_BYTES);
	bool write = pick(r, 3) > 0, two = j == NR_BYTES - 1;
	uint64_t addr = r->base + i * r->page_size + offset_of(r, j);
	uint8_t buf[2] = { (uint8_t)pick(r, 256), (uint8_t)pick(r, 256) };
	struct faults faults = { 0, 0 };
	enum mmsim_fault_kind want;
	uint8_t got[2];
	unsigned n, len = two && i + 1 < r->nr_pages ? 2 : 1;

	r->cpu = 1;
	say(r, "%u %s %u+%u, %u bytes", mmsim_mm_pid(proc->mm),
	    write ? "write" : "read", i, j, len);
	memcpy(got, buf, sizeof(got));
	for (n = 0; n < len; n++)
		look_before(r, &proc->pages[i + n]);
	EXPECT(r,
	       mmsim_access(proc->mm, r->cpu, addr, len,
			    write ? MMSIM_WRITE : MMSIM_READ, got, &fault),
	       0, "access");
	/* The second byte is the first of the next page. */
	for (n = 0, want = MMSIM_FAULT_NONE; n < len; n++) {
		want = model_access(r, &proc->pages[i + n], write);
		if (want)
			break;
		model_touch(r, &proc->pages[i + n], write, &faults);
		if (write)
			model_write(r, &proc->pages[i + n], n ? 0 : j, buf[n]);
		else
			EXPECT(r, got[n],
			       bytes_of(r, &proc->pages[i + n])[n ? 0 : j],
			       "read");
	}
	EXPECT(r, fault.kind, want, "fault kind");
	EXPECT(r, fault.addr, addr + n, "fault address");
	if (want)
		return;
	check_faults(r, &fault, &faults);
}

static void set_page(struct model_page *p, enum kind kind, int prot,
		     unsigned file, unsigned index)
{
	*p = (struct model_page){
		.kind = kind, .prot = prot, .file = file, .index = index
	};
}

/* Which file a new mapping shows; NR_FILES: none is left. */
static unsigned choose_file(struct run *r, enum kind kind, bool *anon)
{
	*anon = kind == FILE_SHARED && pick(r, 3) == 0;
	if (!*anon)
		return pick(r, 3);
	return r->nr_files < NR_FILES ? r->nr_files++ : NR_FILES;
}

static bool any_sealed(const struct model_proc *proc, unsigned first,
		       unsigned nr)
{
	for (; nr--; first++)
		if (proc->pages[first].kind != HOLE &&
		    proc->pages[first].sealed)
			return true;
	return false;
}

static bool any_mapped(const struct model_proc *proc, unsigned first,
		       unsigned nr)
{
	for (; nr--; first++)
		if (proc->pages[first].kind != HOLE)
			return true;
	return false;
}

/*
 * MAP_POPULATE touches each page as an access would: private memory that may
 * be written is written to. It ends at the first page that it cannot have.
 */
static void model_populate(struct run *r, struct model_page *p, unsigned nr)
{
	struct faults faults = { 0, 0 };
	bool write = p->prot & MMSIM_PROT_WRITE && p->kind != FILE_SHARED;

	for (; nr-- && p->prot && bytes_of(r, p); p++)
		model_touch(r, p, write, &faults);
}

static void do_mmap(struct run *r)
{
	struct model_proc *proc = pick_proc(r);
	enum kind kind = (enum kind)(1 + pick(r, 3));
	struct mmsim_mmap_args args = { .size = sizeof(args) };
	unsigned first, nr, i, file = 0, index = 0;
	bool anon = kind == ANON_PAGE, noreplace = pick(r, 4) == 0;
	uint64_t addr = 0;
	int want = 0;

	pick_range(r, 10, &first, &nr);
	if (!anon)
		file = choose_file(r, kind, &anon);
	if (file == NR_FILES)
		return;
	if (kind != ANON_PAGE && anon)
		r->files[file].size = nr * r->page_size;
	else if (!anon)
		index = pick(r, 4);
	args.addr = r->base + first * r->page_size;
	args.len = nr * r->page_size;
	args.offset = index * r->page_size;
	args.prot = pick_prot(r);
	args.flags = (kind == FILE_SHARED ? SHARED : PRIVATE) |
		     (anon ? MMSIM_MAP_ANONYMOUS : 0) |
		     (noreplace ? MMSIM_MAP_FIXED_NOREPLACE : FIXED) |
		     (pick(r, 6) ? 0 : MMSIM_MAP_POPULATE);
	args.file = anon ? NULL : r->files[file].file;
	say(r, "%u mmap %u..%u prot %d flags %#x file %u index %u",
	    mmsim_mm_pid(proc->mm), first, first + nr, args.prot,
	    (unsigned)args.flags, file, index);
	if (noreplace && any_mapped(proc, first, nr))
		want = -EEXIST;
	else if (any_sealed(proc, first, nr))
		want = -EPERM;
	EXPECT(r, mmsim_mmap(proc->mm, &args, &addr), want, "mmap");
	if (want)
		return;
	if (proc->tracked == TRACKED_ALL)
		proc->tracked = TRACKED_SOME;
	for (i = 0; i < nr; i++)
		set_page(&proc->pages[first + i], kind, args.prot, file,
			 index + i);
	if (args.flags & MMSIM_MAP_POPULATE)
		model_populate(r, &proc->pages[first], nr);
}

static void do_munmap(struct run *r)
{
	struct model_proc *proc = pick_proc(r);
	unsigned first, nr, i;
	bool sealed;

	pick_range(r, 8, &first, &nr);
	sealed = any_sealed(proc, first, nr);
	say(r, "%u munmap %u..%u", mmsim_mm_pid(proc->mm), first, first + nr);
	EXPECT(r,
	       mmsim_munmap(proc->mm, r->base + first * r->page_size,
			    nr * r->page_size),
	       sealed ? -EPERM : 0, "munmap");
	if (!sealed)
		model_split_ends(r, proc, first, nr);
	for (i = 0; !sealed && i < nr; i++)
		proc->pages[first + i].kind = HOLE;
}

/* A mapping is split at the ends of what changes, and its huge entries. */
static void split_protected(struct run *r, struct model_proc *proc,
			    unsigned first, unsigned nr, int prot)
{
	unsigned i;

	if (proc->pages[first].prot != prot)
		model_split(r, proc, first);
	for (i = first; i < first + nr && proc->pages[i].kind != HOLE;)
		i++;
	if (i == first + nr && proc->pages[i - 1].prot != prot)
		model_split(r, proc, i);
}

static void do_mprotect(struct run *r)
{
	struct model_proc *proc = pick_proc(r);
	int prot = pick_prot(r), want = 0, got;
	unsigned first, nr, i;

	pick_range(r, 16, &first, &nr);
	say(r, "%u mprotect %u..%u %d", mmsim_mm_pid(proc->mm), first,
	    first + nr, prot);
	got = mmsim_mprotect(proc->mm, r->base + first * r->page_size,
			     nr * r->page_size, prot);
	split_protected(r, proc, first, nr, prot);
	for (i = 0; !want && i < nr; i++) {
		if (proc->pages[first + i].kind == HOLE)
			want = -ENOMEM;
		else if (proc->pages[first + i].sealed)
			want = -EPERM;
		else
			model_mprotect(r, &proc->pages[first + i], prot);
	}
	EXPECT(r, got, want, "mprotect");
}

static bool is_guard(int advice)
{
	return advice == MMSIM_MADV_GUARD_INSTALL ||
	       advice == MMSIM_MADV_GUARD_REMOVE;
}

/* Guards over a file's marker are not modelled (docs/divergences.md). */
static bool any_protected(const struct model_proc *proc, unsigned first,
			  unsigned nr)
{
	for (; nr--; first++)
		if (proc->pages[first].kind != ANON_PAGE &&
		    proc->pages[first].wp)
			return true;
	return false;
}

/* Whether it changes what kind of mapping a page is in, or what is mapped. */
static bool advice_changes(const struct model_page *p, int advice)
{
	switch (advice) {
	case MMSIM_MADV_DONTNEED:
		return true;
	case MMSIM_MADV_DONTFORK:
	case MMSIM_MADV_DOFORK:
		return p->dontfork != (advice == MMSIM_MADV_DONTFORK);
	case MMSIM_MADV_WIPEONFORK:
	case MMSIM_MADV_KEEPONFORK:
		return p->wipe != (advice == MMSIM_MADV_WIPEONFORK);
	case MMSIM_MADV_HUGEPAGE:
		return !p->hugepage;
	case MMSIM_MADV_NOHUGEPAGE:
		return !p->nohugepage;
	default:
		return false;
	}
}

static void split_advised(struct run *r, struct model_proc *proc,
			  unsigned first, unsigned nr, int advice)
{
	if (advice_changes(&proc->pages[first], advice))
		model_split(r, proc, first);
	if (advice_changes(&proc->pages[first + nr - 1], advice))
		model_split(r, proc, first + nr);
}

static void advise(struct run *r, int advice, unsigned most)
{
	struct model_proc *proc = pick_proc(r);
	unsigned first, nr, i;
	bool hole = false;
	int want = 0;

	pick_range(r, most, &first, &nr);
	if (is_guard(advice) && !from_kernel(r, 6, 13))
		want = -EINVAL;
	if (is_guard(advice) && any_protected(proc, first, nr))
		return;
	say(r, "%u madvise %u..%u %d", mmsim_mm_pid(proc->mm), first,
	    first + nr, advice);
	split_advised(r, proc, first, nr, advice);
	for (i = 0; !want && i < nr; i++) {
		if (proc->pages[first + i].kind == HOLE)
			hole = true;
		else
			want = model_advice(r, &proc->pages[first + i], advice);
	}
	if (!want && hole)
		want = -ENOMEM;
	EXPECT(r,
	       mmsim_madvise(proc->mm, r->base + first * r->page_size,
			     nr * r->page_size, advice),
	       want, "madvise");
	if (r->large &&
	    (advice == MMSIM_MADV_FREE || advice == MMSIM_MADV_COLD))
		settle_folios(r);
}

static void do_madvise(struct run *r)
{
	static const int advices[] = {
		MMSIM_MADV_DONTNEED,	 MMSIM_MADV_DONTNEED,
		MMSIM_MADV_FREE,	 MMSIM_MADV_REMOVE,
		MMSIM_MADV_WIPEONFORK,	 MMSIM_MADV_KEEPONFORK,
		MMSIM_MADV_DONTFORK,	 MMSIM_MADV_DOFORK,
		MMSIM_MADV_COLD,	 MMSIM_MADV_MERGEABLE,
		MMSIM_MADV_UNMERGEABLE,	 MMSIM_MADV_GUARD_INSTALL,
		MMSIM_MADV_GUARD_REMOVE,
	};

	advise(r, advices[pick(r, NR(advices))], 8);
}

static void do_madvise_large(struct run *r)
{
	static const int advices[] = {
		MMSIM_MADV_DONTNEED,   MMSIM_MADV_DONTNEED,
		MMSIM_MADV_HUGEPAGE,   MMSIM_MADV_HUGEPAGE,
		MMSIM_MADV_NOHUGEPAGE, MMSIM_MADV_WIPEONFORK,
		MMSIM_MADV_KEEPONFORK, MMSIM_MADV_DONTFORK,
		MMSIM_MADV_DOFORK,     MMSIM_MADV_FREE,
		MMSIM_MADV_FREE,       MMSIM_MADV_COLD,
	};

	advise(r, advices[pick(r, NR(advices))], 8);
}

/* Many pages, so that there are equal ones. */
static void do_offer(struct run *r)
{
	advise(r, pick(r, 4) ? MMSIM_MADV_MERGEABLE : MMSIM_MADV_UNMERGEABLE,
	       r->nr_pages / 2);
}

/* Whether the range lies in one mapping: asked of the library, since only it
 * knows what merged. */
bool in_one_mapping(struct run *r, struct model_proc *proc, unsigned first,
		    unsigned nr)
{
	struct mmsim_vma vma = { .size = sizeof(vma) };
	uint64_t addr = r->base + first * r->page_size;

	return !mmsim_vma_next(proc->mm, addr, &vma) && vma.start <= addr &&
	       vma.end >= addr + nr * r->page_size;
}

/*
 * The target's page i out of the source's, or behind its end. Who did not ask
 * to be told watches it no longer; up to 6.0 its entries stay protected.
 */
static void model_moved(struct run *r, struct model_page *to,
			const struct model_page *from, const struct move *m,
			unsigned i, bool told)
{
	unsigned nr = m->nr;

	*to = from[i < nr ? i : nr - 1];
	to->waits = false;
	to->watched = to->watched && told;
	to->wp = to->wp && (told || !from_kernel(r, 6, 1));
	if (i < nr) {
		if (moved_by_table(r, m) && !is_huge(to))
			model_settle_soft(r, to);
		else if (to->page != NOTHING)
			to->soft = r->soft_dirty;
		return;
	}
	to->index = from[nr - 1].index + (i - nr + 1);
	to->own = to->wp = to->guard = false;
	memset(to->bytes, 0, NR_BYTES);
	model_clear(to);
}

static void model_mremap(struct run *r, struct model_proc *proc,
			 const struct move *m)
{
	bool told = proc->uffd_features & MMSIM_UFFD_FEATURE_EVENT_REMAP;
	struct model_page *from = r->moved, *p;
	unsigned i;

	for (i = 0; i < m->nr && i < m->new_nr; i++)
		model_ksm_break(r, &proc->pages[m->first + i]);
	model_split_moved(r, proc, m);
	memcpy(from, &proc->pages[m->first], m->nr * sizeof(*from));
	for (i = 0; i < m->nr; i++) {
		p = &proc->pages[m->first + i];
		model_clear(p);
		if (!m->dontunmap)
			p->kind = HOLE;
		memset(p->bytes, 0, NR_BYTES);
		p->guard = p->wp = p->waits = false;
	}
	for (i = 0; i < m->new_nr; i++)
		model_moved(r, &proc->pages[m->to + i], from, m, i, told);
}

static bool is_watched(const struct model_proc *proc, unsigned i)
{
	return i < MOST_PAGES && proc->pages[i].kind != HOLE &&
	       proc->pages[i].watched;
}

/*
 * Left out: what may merge with something that is watched before it is known
 * that it is so itself no longer.
 */
static bool may_merge_watched(const struct model_proc *proc,
			      const struct move *m)
{
	return !(proc->uffd_features & MMSIM_UFFD_FEATURE_EVENT_REMAP) &&
	       is_watched(proc, m->first) &&
	       (is_watched(proc, m->to - 1) ||
		is_watched(proc, m->to + m->new_nr));
}

/* Mostly as many pages, as far from a boundary. */
static void pick_large_move(struct run *r, struct move *m)
{
	unsigned by = r->pmd_pages / 2 * (1 + pick(r, 4));

	if (!pick(r, 4))
		return;
	m->to = pick(r, 2) || m->first < by ? m->first + by : m->first - by;
	m->new_nr = m->nr;
	if (m->to + m->nr > r->nr_pages)
		m->to = r->nr_pages - m->nr;
}

static void do_mremap(struct run *r)
{
	int flags = MMSIM_MREMAP_MAYMOVE | MMSIM_MREMAP_FIXED, want;
	struct model_proc *proc = pick_proc(r);
	struct move m = { 0 };
	uint64_t addr;

	pick_range(r, 8, &m.first, &m.nr);
	pick_range(r, 8, &m.to, &m.new_nr);
	if (r->large)
		pick_large_move(r, &m);
	if (m.to < m.first + m.nr && m.first < m.to + m.new_nr)
		return;
	if (!in_one_mapping(r, proc, m.first, m.nr) ||
	    may_merge_watched(proc, &m))
		return;
	m.dontunmap = m.nr == m.new_nr &&
		      proc->pages[m.first].kind == ANON_PAGE && pick(r, 2);
	if (m.dontunmap)
		flags |= MMSIM_MREMAP_DONTUNMAP;
	say(r, "%u mremap %u..%u to %u..%u%s", mmsim_mm_pid(proc->mm), m.first,
	    m.first + m.nr, m.to, m.to + m.new_nr,
	    m.dontunmap ? " dontunmap" : "");
	addr = r->base + m.to * r->page_size;
	/* Of the source its beginning tells; nothing has changed. */
	want = proc->pages[m.first].sealed || any_sealed(proc, m.to, m.new_nr)
		       ? -EPERM
		       : 0;
	EXPECT(r,
	       mmsim_mremap(proc->mm, r->base + m.first * r->page_size,
			    m.nr * r->page_size, m.new_nr * r->page_size, flags,
			    &addr),
	       want, "mremap");
	if (!want)
		model_mremap(r, proc, &m);
}

/* A mapping that is shortened at its end, or in the middle. */
static void do_shrink(struct run *r)
{
	struct model_proc *proc = pick_proc(r);
	unsigned first, nr, keep, i;
	uint64_t addr = 0;
	int want;

	pick_range(r, 8, &first, &nr);
	keep = 1 + pick(r, nr);
	if (proc->pages[first].kind == HOLE)
		return;
	say(r, "%u mremap %u..%u to %u pages", mmsim_mm_pid(proc->mm), first,
	    first + nr, keep);
	want = proc->pages[first].sealed ||
			       any_sealed(proc, first + keep, nr - keep)
		       ? -EPERM
		       : 0;
	EXPECT(r,
	       mmsim_mremap(proc->mm, r->base + first * r->page_size,
			    nr * r->page_size, keep * r->page_size, 0, &addr),
	       want, "mremap");
	if (!want && keep < nr)
		model_split_ends(r, proc, first + keep, nr - keep);
	for (i = keep; !want && i < nr; i++)
		proc->pages[first + i].kind = HOLE;
}

static void do_fork(struct run *r)
{
	struct model_proc *proc = pick_proc(r), *child;
	unsigned i;

	child = &r->procs[pick(r, NR_PROCS)];
	if (child->mm)
		return;
	say(r, "%u fork", mmsim_mm_pid(proc->mm));
	memcpy(child, proc, offsetof(struct model_proc, pages));
	memcpy(child->pages, proc->pages, r->nr_pages * sizeof(*child->pages));
	EXPECT(r, mmsim_fork(proc->mm, &child->mm), 0, "fork");
	for (i = 0; i < r->nr_pages; i++)
		model_fork(&proc->pages[i], &child->pages[i]);
	for (i = 0; r->large && i < r->nr_pages; i++)
		settle_forked(r, &child->pages[i]);
	model_fork_watch(r, proc, child);
	model_fork_ksm(r, proc, child);
}

static void do_exit(struct run *r)
{
	struct model_proc *proc = pick_proc(r);

	if (proc == &r->procs[0])
		return;
	say(r, "%u exit", mmsim_mm_pid(proc->mm));
	mmsim_mm_exit(proc->mm);
	proc->mm = NULL;
}

/*
 * Pages past the new end: gone, private copies too. A file that grows keeps
 * what was stored behind its old end in the last page.
 */
static void model_truncate(struct run *r, unsigned file)
{
	struct model_file *m = &r->files[file];
	struct model_page *p;
	unsigned i, j;

	for (i = 0; i < FILE_PAGES; i++)
		for (j = 0; j < NR_BYTES; j++)
			if (i * r->page_size + offset_of(r, j) >= m->size)
				m->bytes[i][j] = 0;
	for (i = 0; i < NR_PROCS; i++) {
		for (j = 0; j < r->nr_pages; j++) {
			p = &r->procs[i].pages[j];
			if (p->kind != FILE_PRIVATE || p->file != file ||
			    p->index < file_pages(r, m))
				continue;
			p->own = false;
			model_clear(p);
		}
	}
}

static void do_truncate(struct run *r)
{
	unsigned file = pick(r, 3);
	uint64_t size = pick(r, 14) * r->page_size;
	bool grows;

	if (pick(r, 2))
		size += pick(r, (unsigned)r->page_size);
	say(r, "truncate %u to %llu", file, (unsigned long long)size);
	EXPECT(r, mmsim_file_truncate(r->files[file].file, size), 0,
	       "truncate");
	grows = size >= r->files[file].size;
	r->files[file].size = size;
	if (!grows)
		model_truncate(r, file);
}

/* What a monitor does about an event: the write is made again then. */
static void resolve(struct run *r, struct model_proc *proc, unsigned i)
{
	EXPECT(r,
	       mmsim_uffd_writeprotect(proc->mm, r->base + i * r->page_size,
				       r->page_size, 0),
	       0, "resolve");
	model_unprotect(r, &proc->pages[i]);
}

/* Access the first byte of a page. */
enum mmsim_fault_kind touch_page(struct run *r, struct model_proc *proc,
				 unsigned i, bool write, uint8_t byte)
{
	struct mmsim_fault fault = MMSIM_FAULT_INIT;
	struct model_page *p = &proc->pages[i];
	struct faults faults = { 0, 0 };

	look_before(r, p);
	EXPECT(r,
	       mmsim_access(proc->mm, r->cpu, r->base + i * r->page_size, 1,
			    write ? MMSIM_WRITE : MMSIM_READ, &byte, &fault),
	       0, "access");
	EXPECT(r, fault.kind, model_access(r, p, write), "fault kind");
	if (fault.kind)
		return fault.kind;
	model_touch(r, p, write, &faults);
	check_faults(r, &fault, &faults);
	if (write)
		model_write(r, p, 0, byte);
	else
		EXPECT(r, byte, bytes_of(r, p)[0], "read");
	return MMSIM_FAULT_NONE;
}

/* Each page of a range, up to the first that cannot be had. */
static void do_sweep(struct run *r)
{
	struct model_proc *proc = pick_proc(r);
	bool write = pick(r, 3) > 0;
	unsigned first, nr, i, few = pick(r, 2) ? 2 : 256; /* for KSM */
	enum mmsim_fault_kind kind;

	r->cpu = 0;
	pick_range(r, 16, &first, &nr);
	say(r, "%u %s %u..%u", mmsim_mm_pid(proc->mm), write ? "write" : "read",
	    first, first + nr);
	for (i = first; i < first + nr; i++) {
		kind = touch_page(r, proc, i, write, (uint8_t)pick(r, few));
		if (kind == MMSIM_FAULT_USERFAULT && pick(r, 2))
			resolve(r, proc, i--);
		else if (kind && kind != MMSIM_FAULT_USERFAULT)
			return;
	}
}

/* ---- programs ---- */

static void (*const all[])(struct run *) = {
	do_access,   do_access,	 do_access,   do_access,     do_sweep,
	do_sweep,    do_mmap,	 do_mmap,     do_munmap,     do_mprotect,
	do_mprotect, do_madvise, do_madvise,  do_mremap,     do_shrink,
	do_fork,     do_exit,	 do_truncate, do_uffd_range, do_uffd_open,
};

static void (*const sharing[])(struct run *) = {
	do_access,   do_sweep,	 do_sweep, do_sweep, do_mprotect, do_mprotect,
	do_mprotect, do_madvise, do_fork,  do_fork,  do_exit,	  do_exit,
};

static void (*const moving[])(struct run *) = {
	do_access, do_sweep,  do_sweep,	   do_mmap,    do_mremap,
	do_mremap, do_mremap, do_mprotect, do_madvise, do_fork,
	do_exit,   do_shrink, do_ksm,
};

static void (*const watching[])(struct run *) = {
	do_access,     do_sweep,      do_sweep,	     do_mprotect,
	do_mprotect,   do_mprotect,   do_madvise,    do_mremap,
	do_fork,       do_exit,	      do_truncate,   do_uffd_open,
	do_uffd_range, do_uffd_range, do_uffd_range, do_clear_refs,
	do_clear_refs, do_mmap,	      do_ksm,	     do_offer,
};

static void (*const refusing[])(struct run *) = {
	do_access,  do_sweep,	   do_sweep,	 do_mprotect,	do_mprotect,
	do_madvise, do_bad,	   do_bad,	 do_seal,	do_mremap,
	do_munmap,  do_mmap,	   do_uffd_open, do_uffd_range, do_fork,
	do_exit,    do_clear_refs, do_shrink,
};

static void (*const swapping[])(struct run *) = {
	do_access,  do_sweep,	 do_sweep,   do_sweep,	  do_sweep,
	do_sweep,   do_sweep,	 do_sweep,   do_pageout,  do_pageout,
	do_pageout, do_pageout,	 do_madvise, do_madvise,  do_fork,
	do_exit,    do_exit,	 do_mremap,  do_mprotect, do_mmap,
	do_mmap,    do_truncate, do_swapoff, do_ksm,	  do_offer,
};

static void (*const merging[])(struct run *) = {
	do_sweep,   do_sweep,	  do_sweep,	 do_sweep,	do_ksm,
	do_ksm,	    do_ksm,	  do_offer,	 do_offer,	do_offer,
	do_fork,    do_exit,	  do_mprotect,	 do_mprotect,	do_mremap,
	do_madvise, do_uffd_open, do_uffd_range, do_clear_refs, do_truncate,
};

static void (*const large[])(struct run *) = {
	do_access,	  do_sweep,	 do_sweep,	do_sweep,
	do_touch_far,	  do_touch_far,	 do_touch_far,	do_touch_far,
	do_touch_far,	  do_touch_far,	 do_mmap_large, do_mmap_large,
	do_munmap,	  do_mprotect,	 do_mprotect,	do_madvise_large,
	do_madvise_large, do_mremap,	 do_mremap,	do_shrink,
	do_fork,	  do_fork,	 do_exit,	do_exit,
	do_thp_settings,  do_collapse,	 do_clear_refs, do_uffd_open,
	do_uffd_range,	  do_uffd_range, do_uffd_range, do_uffd_range,
	do_uffd_range,	  do_uffd_range, do_uffd_range,
};

/* How those of large folios begin. */
static void (*const begins[])(struct run *) = { do_mmap_large, do_thp_settings,
						do_uffd_open };

/* Of everything, of sharing and protection with few changes of the mappings, of
 * moving mappings about, of watching what is written, of calls that are
 * refused, of swapping, of merging by KSM, and of large folios. */
static const struct {
	void (*const *ops)(struct run *);
	size_t nr;
} kinds[NR_KINDS] = {
	[ALL] = { all, NR(all) },
	[SHARING] = { sharing, NR(sharing) },
	[MOVING] = { moving, NR(moving) },
	[WATCHING] = { watching, NR(watching) },
	[REFUSING] = { refusing, NR(refusing) },
	[SWAPPING] = { swapping, NR(swapping) },
	[MERGING] = { merging, NR(merging) },
	[LARGE] = { large, NR(large) },
};

void one_operation(struct run *r)
{
	if (r->large && r->op < 3)
		begins[r->op](r);
	else if (r->op < 8 && !r->large)
		do_mmap(r);
	else
		kinds[r->kind].ops[pick(r, (unsigned)kinds[r->kind].nr)](r);
}
