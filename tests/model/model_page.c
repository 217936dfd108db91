/* SPDX-License-Identifier: MIT */
#include "model.h"

uint64_t offset_of(const struct run *r, unsigned i)
{
	const uint64_t offsets[NR_BYTES] = { 0, 1, r->page_size / 2,
					     r->page_size - 1 };

	return offsets[i];
}

unsigned file_pages(const struct run *r, const struct model_file *file)
{
	return (unsigned)((file->size + r->page_size - 1) / r->page_size);
}

bool is_anon(const struct model_page *p)
{
	return p->kind == ANON_PAGE || (p->kind == FILE_PRIVATE && p->own);
}

/* The bytes a page shows, or NULL past the end of its file. */
uint8_t *bytes_of(struct run *r, struct model_page *p)
{
	struct model_file *file = &r->files[p->file];

	if (is_anon(p))
		return p->bytes;
	if (p->index >= file_pages(r, file))
		return NULL;
	return file->bytes[p->index];
}

/* What an access ends in, and what it has done until there. */
enum mmsim_fault_kind model_access(struct run *r, struct model_page *p,
				   bool write)
{
	if (p->kind == HOLE)
		return MMSIM_FAULT_SEGV_MAPERR;
	if (!(p->prot & (write ? MMSIM_PROT_WRITE : MMSIM_PROT_READ)))
		return MMSIM_FAULT_SEGV_ACCERR;
	if (p->guard)
		return MMSIM_FAULT_SEGV_MAPERR;
	if (!bytes_of(r, p))
		return MMSIM_FAULT_BUS;
	if (write && p->wp && proc_of(r, p)->uffd == UFFD_SYNC)
		return model_wait(r, p);
	return MMSIM_FAULT_NONE;
}

/* How many entries, of all processes, map a page. */
unsigned sharers(const struct run *r, unsigned page)
{
	unsigned i, j, nr = 0;

	for (i = 0; i < NR_PROCS; i++)
		for (j = 0; r->procs[i].mm && j < r->nr_pages; j++)
			nr += is_anon(&r->procs[i].pages[j]) &&
			      r->procs[i].pages[j].page == page;
	return nr;
}

/* Its entry maps nothing any more. */
void model_clear(struct model_page *p)
{
	p->page = NOTHING;
	p->writable = p->exclusive = p->dirty = p->old = p->unsure = false;
	p->soft = p->given_up = p->ksm = p->huge = false;
}

void model_new_page(struct run *r, struct model_page *p)
{
	model_clear(p);
	p->page = ++r->next_page + ZERO;
	p->writable = p->exclusive = p->dirty = true;
	p->soft = r->soft_dirty;
	p->writers = ~0u;
}

/*
 * Writable though not soft-dirty: a store may take a fault that sets it. A zero
 * page that was moved is soft-dirty, if fork copied it.
 */
void model_settle_soft(struct run *r, struct model_page *p)
{
	struct mmsim_entry e = { .size = sizeof(e) };

	if (!r->soft_dirty || p->soft)
		return;
	library_entry(r, p, &e);
	p->soft = e.flags & MMSIM_E_SOFT_DIRTY;
}

/* A write to an anonymous page that is there (semantics-fault.md 6). */
static void touch_write(struct run *r, struct model_page *p,
			struct faults *faults)
{
	if (p->writable) {
		faults->most +=
			p->old || !p->dirty || !(p->writers >> r->cpu & 1);
		p->writers |= 1u << r->cpu;
		p->dirty = true;
		p->old = false;
		model_settle_soft(r, p);
		return;
	}
	faults->least++;
	faults->most++;
	/* Shared: a copy. Alone: reused or copied, which nobody can tell. */
	p->writers = 1u << r->cpu;
	if (sharers(r, p->page) > 1)
		model_new_page(r, p);
	p->writable = p->exclusive = p->dirty = true;
	p->soft = r->soft_dirty;
	p->old = p->ksm = false;
}

static void touch_anon(struct run *r, struct model_page *p, bool write,
		       struct faults *faults)
{
	if (p->page > ZERO && write) {
		touch_write(r, p, faults);
	} else if (p->page > ZERO) {
		faults->most += p->old;
		p->old = false;
	} else if (write) {
		faults->least++;
		faults->most++;
		model_new_page(r, p);
	} else if (p->unsure) {
		faults->most++;
		model_clear(p);
		p->page = ZERO;
		model_settle_soft(r, p);
	} else if (p->page == NOTHING) {
		faults->least++;
		faults->most++;
		model_clear(p);
		p->page = ZERO;
	} else {
		faults->most += p->old;
		p->old = false;
	}
}

/* An access that the mapping allows: what it makes of the entry. */
void model_touch(struct run *r, struct model_page *p, bool write,
		 struct faults *faults)
{
	if (write && p->waits)
		faults->most++;
	if (write)
		p->waits = false;
	if (write && p->wp)
		model_end_protection(r, p, faults);
	if (model_touch_large(r, p, write, faults))
		return;
	if (is_anon(p)) {
		touch_anon(r, p, write, faults);
		model_touched_large(r, p);
	} else if (p->kind == FILE_PRIVATE && write) {
		faults->least++;
		faults->most++;
		memcpy(p->bytes, bytes_of(r, p), NR_BYTES);
		p->own = true;
		model_new_page(r, p);
	} else {
		faults->most++;
	}
}

/* After model_touch(). */
void model_write(struct run *r, struct model_page *p, unsigned i, uint8_t byte)
{
	bytes_of(r, p)[i] = byte;
	p->given_up = false;
}

/* After the call itself. */
void model_mprotect(struct run *r, struct model_page *p, int prot)
{
	if (p->prot != prot)
		settle_changed(r, p);
	/* A mapping that has these rights is left alone. */
	if (p->prot != prot && is_anon(p)) {
		if (!(prot & MMSIM_PROT_WRITE))
			p->writable = false;
		else
			model_give_write(r, p);
	}
	p->prot = prot;
}

static int advice_remove(struct run *r, struct model_page *p)
{
	if (p->kind == ANON_PAGE)
		return -EINVAL;
	/* From 6.1 on it need not be writable at the moment. */
	if (p->kind != FILE_SHARED ||
	    (!(p->prot & MMSIM_PROT_WRITE) && !from_kernel(r, 6, 1)))
		return -EACCES;
	if (p->index < FILE_PAGES)
		memset(r->files[p->file].bytes[p->index], 0, NR_BYTES);
	return 0;
}

/* Contents that could not be written over are not to be thrown away either. */
static bool discards_sealed(const struct model_page *p, int advice)
{
	return p->sealed && p->kind == ANON_PAGE &&
	       !(p->prot & MMSIM_PROT_WRITE) &&
	       (advice == MMSIM_MADV_DONTNEED || advice == MMSIM_MADV_FREE ||
		advice == MMSIM_MADV_REMOVE || advice == MMSIM_MADV_DONTFORK ||
		advice == MMSIM_MADV_WIPEONFORK ||
		advice == MMSIM_MADV_GUARD_INSTALL);
}

/* Mappings of files take guards from 6.15 on. */
static int advice_guard(const struct run *r, struct model_page *p, int advice)
{
	if (p->kind != ANON_PAGE && !from_kernel(r, 6, 15))
		return -EINVAL;
	if (advice == MMSIM_MADV_GUARD_REMOVE) {
		p->guard = false;
		return 0;
	}
	p->guard = true;
	p->own = p->wp = false;
	memset(p->bytes, 0, NR_BYTES);
	model_clear(p);
	return 0;
}

/* What one page of an advised range makes of it: 0 or the errno that ends
 * the call. */
int model_advice(struct run *r, struct model_page *p, int advice)
{
	if (discards_sealed(p, advice))
		return -EPERM;
	switch (advice) {
	case MMSIM_MADV_DONTNEED:
		p->own = false;
		model_clear(p);
		/* A file's page stays protected, by a marker. */
		if (p->kind == ANON_PAGE) {
			memset(p->bytes, 0, NR_BYTES);
			p->wp = false;
		}
		return 0;
	case MMSIM_MADV_GUARD_INSTALL:
	case MMSIM_MADV_GUARD_REMOVE:
		return advice_guard(r, p, advice);
	case MMSIM_MADV_FREE:
		if (p->kind != ANON_PAGE)
			return -EINVAL;
		if (p->page > ZERO)
			p->dirty = false;
		if (r->swaps)
			model_give_up(r, p);
		p->old = p->page != NOTHING;
		return 0;
	case MMSIM_MADV_COLD:
		p->old = p->page != NOTHING;
		return 0;
	case MMSIM_MADV_REMOVE:
		return advice_remove(r, p);
	case MMSIM_MADV_WIPEONFORK:
		if (p->kind != ANON_PAGE)
			return -EINVAL;
		p->wipe = true;
		return 0;
	case MMSIM_MADV_KEEPONFORK:
		p->wipe = false;
		return 0;
	case MMSIM_MADV_DONTFORK:
		p->dontfork = true;
		return 0;
	case MMSIM_MADV_DOFORK:
		p->dontfork = false;
		return 0;
	case MMSIM_MADV_HUGEPAGE:
	case MMSIM_MADV_NOHUGEPAGE:
		p->hugepage = advice == MMSIM_MADV_HUGEPAGE;
		p->nohugepage = !p->hugepage;
		return 0;
	case MMSIM_MADV_MERGEABLE:
	case MMSIM_MADV_UNMERGEABLE:
		model_ksm_offer(r, p, advice == MMSIM_MADV_MERGEABLE);
		return 0;
	default:
		return 0;
	}
}

/* @child is a copy of @parent (semantics-fault.md 12). */
void model_fork(struct model_page *parent, struct model_page *child)
{
	if (child->dontfork) {
		model_clear(child);
		child->kind = HOLE;
	} else if (child->wipe) {
		memset(child->bytes, 0, NR_BYTES);
		model_clear(child);
		child->guard = child->wp = false;
	} else if (parent->page > ZERO) {
		parent->writable = child->writable = false;
		parent->exclusive = child->exclusive = false;
	} else if (parent->page == ZERO) {
		child->unsure = true;
	}
}
