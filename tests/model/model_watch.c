/* SPDX-License-Identifier: MIT */
/*
 * Writes that somebody wants to know of, and what must not be touched:
 * userfaultfd's protection (semantics-mprotect.md 5, semantics-fault.md 6),
 * soft-dirty (semantics-mprotect.md 4), guard regions, seals.
 */
#include "model.h"

/* Whether writes to a mapping are tracked: asked of the library where it is
 * not the same for all, since only it knows what merged. */
static bool is_tracked(struct run *r, const struct model_page *p)
{
	struct mmsim_vma vma = { .size = sizeof(vma) };
	struct model_proc *proc = proc_of(r, p);
	uint64_t addr = r->base + (p - proc->pages) * r->page_size;

	if (proc->tracked != TRACKED_SOME)
		return proc->tracked == TRACKED_ALL;
	EXPECT(r, mmsim_vma_next(proc->mm, addr, &vma), 0, "vma_next");
	return !(vma.flags & VM_SOFTDIRTY);
}

/* Whether an entry that gets the right to write may do so at once, in 6.0 and
 * 6.1 only if it is dirty. A write that is tracked must fault. */
static bool may_write_again(struct run *r, const struct model_page *p)
{
	if (p->page <= ZERO || !p->exclusive || p->wp ||
	    !from_kernel(r, 6, 0) || (!p->dirty && !from_kernel(r, 6, 2)))
		return false;
	if (is_huge(p) && !from_kernel(r, 6, 2))
		return false;
	return p->soft || !is_tracked(r, p);
}

void model_give_write(struct run *r, struct model_page *p)
{
	if (p->writable || !may_write_again(r, p))
		return;
	p->writable = true;
	p->writers = 0;
}

/* ---- userfaultfd ---- */

/* A child's zero page that fork copied, or did not. */
void model_settle(struct run *r, struct model_page *p)
{
	struct mmsim_entry e = { .size = sizeof(e) };

	if (!p->unsure)
		return;
	library_entry(r, p, &e);
	p->unsure = false;
	if (!(e.flags & MMSIM_E_PRESENT))
		model_clear(p);
}

/*
 * A write that has to wait: what was not there has been brought in, protected,
 * before that was found out.
 */
enum mmsim_fault_kind model_wait(struct run *r, struct model_page *p)
{
	struct mmsim_entry e = { .size = sizeof(e) };

	p->waits = true;
	if (p->kind == FILE_PRIVATE && !p->own) {
		library_entry(r, p, &e);
		if (e.flags & MMSIM_E_ANON) {
			memcpy(p->bytes, bytes_of(r, p), NR_BYTES);
			p->own = true;
		}
	}
	if (is_anon(p) && p->page == NOTHING) {
		model_new_page(r, p);
		p->writable = false;
	}
	return MMSIM_FAULT_USERFAULT;
}

/* Asynchronous protection ends with the write, in a fault of its own if the
 * page has to be brought in before. */
void model_end_protection(struct run *r, struct model_page *p,
			  struct faults *faults)
{
	model_split_huge(r, p);
	p->wp = false;
	if (!is_anon(p)) {
		faults->most++;
	} else if (p->page == NOTHING) {
		faults->least++;
		faults->most++;
		model_new_page(r, p);
		p->writable = false;
	}
}

/* Releases that did not ask took it without a bit for it: entries lose the
 * right to write, and nobody is told. */
static void protect(struct run *r, struct model_proc *proc,
		    struct model_page *p)
{
	bool markers = p->kind != ANON_PAGE ||
		       proc->uffd_features & MMSIM_UFFD_FEATURE_WP_UNPOPULATED;

	model_settle(r, p);
	if (p->guard || (is_anon(p) && p->page == NOTHING && !markers))
		return;
	model_modify_huge(r, p);
	p->writable = false;
	p->wp = r->uffd_bit;
}

/* Every entry of the range gets the mapping's protection, which is without the
 * right to write; from 6.2 on that comes back at once. */
void model_unprotect(struct run *r, struct model_page *p)
{
	p->wp = p->writable = false;
	if (is_anon(p) && p->prot & MMSIM_PROT_WRITE && from_kernel(r, 6, 2))
		model_give_write(r, p);
}

static bool uffd_known(const struct run *r)
{
	return r->uffd_bit || !from_kernel(r, 6, 1);
}

static uint64_t known_features(const struct run *r)
{
	uint64_t known =
		MMSIM_UFFD_FEATURE_EVENT_FORK | MMSIM_UFFD_FEATURE_EVENT_REMAP;

	if (uffd_known(r))
		known |= MMSIM_UFFD_FEATURE_PAGEFAULT_FLAG_WP;
	if (uffd_known(r) && from_kernel(r, 6, 4))
		known |= MMSIM_UFFD_FEATURE_WP_UNPOPULATED;
	if (uffd_known(r) && from_kernel(r, 6, 7))
		known |= MMSIM_UFFD_FEATURE_WP_ASYNC;
	return known;
}

void do_uffd_open(struct run *r)
{
	static const uint64_t choice[] = {
		MMSIM_UFFD_FEATURE_PAGEFAULT_FLAG_WP,
		MMSIM_UFFD_FEATURE_EVENT_FORK,
		MMSIM_UFFD_FEATURE_EVENT_REMAP,
		MMSIM_UFFD_FEATURE_WP_UNPOPULATED,
		MMSIM_UFFD_FEATURE_WP_ASYNC,
	};
	struct model_proc *proc = pick_proc(r);
	uint64_t features = 0;
	size_t i;

	if (proc->uffd != UFFD_NONE)
		return;
	for (i = 0; i < NR(choice); i++)
		features |= pick(r, 2) ? choice[i] : 0;
	if (pick(r, 4))
		features &= known_features(r);
	say(r, "%u uffd_open %#llx", mmsim_mm_pid(proc->mm),
	    (unsigned long long)features);
	EXPECT(r, mmsim_uffd_open(proc->mm, features),
	       features & ~known_features(r) ? -EINVAL : 0, "uffd_open");
	if (features & ~known_features(r))
		return;
	proc->uffd = UFFD_SYNC;
	/* Asynchronous protection is of what is not there as well. */
	if (features & MMSIM_UFFD_FEATURE_WP_ASYNC) {
		proc->uffd = UFFD_ASYNC;
		features |= MMSIM_UFFD_FEATURE_WP_UNPOPULATED;
	}
	proc->uffd_features = features;
}

enum ioctl { REGISTER, UNREGISTER, PROTECT, UNPROTECT, NR_IOCTLS };

static int call_ioctl(struct run *r, struct model_proc *proc, enum ioctl ioctl,
		      unsigned first, unsigned nr)
{
	uint64_t addr = r->base + first * r->page_size, len = nr * r->page_size;

	if (ioctl == REGISTER)
		return mmsim_uffd_register(proc->mm, addr, len,
					   MMSIM_UFFD_REGISTER_MODE_WP);
	if (ioctl == UNREGISTER)
		return mmsim_uffd_unregister(proc->mm, addr, len);
	return mmsim_uffd_writeprotect(proc->mm, addr, len, ioctl == PROTECT);
}

/* What refuses a registration: nothing mapped, or memory of a file before
 * there were markers for it. */
static int check_registration(const struct run *r,
			      const struct model_proc *proc, enum ioctl ioctl,
			      unsigned first, unsigned nr)
{
	bool any = false;

	if (proc->uffd == UFFD_NONE)
		return -EINVAL;
	for (; nr--; first++) {
		if (proc->pages[first].kind == HOLE)
			continue;
		any = true;
		if (ioctl == REGISTER && proc->pages[first].kind != ANON_PAGE &&
		    (!from_kernel(r, 5, 19) || !r->uffd_bit))
			return -EINVAL;
	}
	return any ? 0 : -EINVAL;
}

static int model_registration(struct run *r, struct model_proc *proc,
			      enum ioctl ioctl, unsigned first, unsigned nr)
{
	int rc = check_registration(r, proc, ioctl, first, nr);
	struct model_page *p;

	if (ioctl == REGISTER && !uffd_known(r))
		rc = -EINVAL;
	if (!rc && proc->pages[first].watched != (ioctl == REGISTER))
		model_split(r, proc, first);
	if (!rc && proc->pages[first + nr - 1].watched != (ioctl == REGISTER))
		model_split(r, proc, first + nr);
	for (; !rc && nr--; first++) {
		p = &proc->pages[first];
		if (ioctl == UNREGISTER && p->kind != HOLE && p->watched) {
			settle_changed(r, p);
			if (from_kernel(r, 6, 1))
				model_unprotect(r, p);
		}
		p->watched = ioctl == REGISTER;
	}
	return rc;
}

/* Pages before the one that is refused are done. */
static int model_protection(struct run *r, struct model_proc *proc,
			    enum ioctl ioctl, unsigned first, unsigned nr)
{
	bool any = false;
	struct model_page *p;

	if (proc->uffd == UFFD_NONE)
		return -EINVAL;
	for (; nr--; first++) {
		p = &proc->pages[first];
		if (p->kind == HOLE)
			continue;
		if (!p->watched)
			return -ENOENT;
		if (!any)
			model_split(r, proc, first);
		if (!nr)
			model_split(r, proc, first + 1);
		any = true;
		settle_changed(r, p);
		if (ioctl == PROTECT)
			protect(r, proc, p);
		else
			model_unprotect(r, p);
	}
	return any ? 0 : -ENOENT;
}

void do_uffd_range(struct run *r)
{
	static const char *const names[] = { "register", "unregister",
					     "protect", "unprotect" };
	static const enum ioctl ioctls[] = { REGISTER,	REGISTER, UNREGISTER,
					     PROTECT,	PROTECT,  PROTECT,
					     UNPROTECT, UNPROTECT };
	enum ioctl ioctl = ioctls[pick(r, NR(ioctls))];
	struct model_proc *proc = pick_proc(r);
	unsigned first, nr;
	bool one;
	int got, want;

	pick_range(r, 8, &first, &nr);
	one = in_one_mapping(r, proc, first, nr);
	say(r, "%u uffd %s %u..%u", mmsim_mm_pid(proc->mm), names[ioctl], first,
	    first + nr);
	got = call_ioctl(r, proc, ioctl, first, nr);
	if (ioctl == REGISTER || ioctl == UNREGISTER)
		want = model_registration(r, proc, ioctl, first, nr);
	else if (proc->uffd != UFFD_NONE && !one && !from_kernel(r, 6, 3))
		want = -ENOENT;
	else
		want = model_protection(r, proc, ioctl, first, nr);
	EXPECT(r, got, want, names[ioctl]);
}

/* ---- fork ---- */

/* What fork does not copy is protected and guarded no more. */
static void settle_child(struct run *r, struct model_page *p)
{
	struct mmsim_entry e = { .size = sizeof(e) };
	bool marker;

	library_entry(r, p, &e);
	marker = e.flags & MMSIM_E_MARKER && !(e.flags & MMSIM_E_UFFD_WP);
	if (p->kind != ANON_PAGE && !from_kernel(r, 6, 18))
		p->guard = p->guard && marker;
	p->wp = p->wp && e.flags & MMSIM_E_UFFD_WP;
	model_settle(r, p);
}

/* A child is watched if its parent asked for the event. */
void model_fork_watch(struct run *r, const struct model_proc *parent,
		      struct model_proc *child)
{
	bool event = parent->uffd_features & MMSIM_UFFD_FEATURE_EVENT_FORK;
	struct model_page *p = child->pages;
	unsigned i;

	for (i = 0; i < r->nr_pages; i++, p++) {
		p->waits = false;
		p->watched = p->watched && event;
		p->wp = p->wp && event;
		if (p->kind != HOLE && (p->guard || (p->wp && p->page <= ZERO)))
			settle_child(r, p);
	}
	if (event)
		return;
	child->uffd = UFFD_NONE;
	child->uffd_features = 0;
}

/* ---- clear_refs ---- */

static void forget_write(struct run *r, struct model_page *p)
{
	model_settle(r, p);
	p->writable = p->soft = false;
}

static void forget_access(struct model_page *p, unsigned value)
{
	bool file = p->kind != ANON_PAGE;

	if (value == MMSIM_CLEAR_REFS_ALL ||
	    file == (value == MMSIM_CLEAR_REFS_MAPPED))
		p->old = p->page != NOTHING;
}

void do_clear_refs(struct run *r)
{
	static const unsigned values[] = { 4, 4, 4, 4, 4, 4,  1,
					   2, 3, 5, 0, 6, ~0u };
	unsigned value = values[pick(r, NR(values))], i;
	struct model_proc *proc = pick_proc(r);
	bool known = value >= 1 && value <= MMSIM_CLEAR_REFS_PEAK_RSS;

	say(r, "%u clear_refs %u", mmsim_mm_pid(proc->mm), value);
	EXPECT(r, mmsim_clear_refs(proc->mm, value), known ? 0 : -EINVAL,
	       "clear_refs");
	if (value == MMSIM_CLEAR_REFS_SOFT_DIRTY && r->soft_dirty)
		proc->tracked = TRACKED_ALL;
	for (i = 0; i < r->nr_pages; i++) {
		struct model_page *p = &proc->pages[i];

		if (p->kind == HOLE || !is_anon(p))
			continue;
		if (value == MMSIM_CLEAR_REFS_SOFT_DIRTY && r->soft_dirty)
			forget_write(r, p);
		else if (value >= 1 && value <= MMSIM_CLEAR_REFS_MAPPED)
			forget_access(p, value);
	}
}

/* ---- seals ---- */

void do_seal(struct run *r)
{
	struct model_proc *proc = pick_proc(r);
	unsigned first, nr, i;
	int want = 0;

	pick_range(r, 3, &first, &nr);
	say(r, "%u mseal %u..%u", mmsim_mm_pid(proc->mm), first, first + nr);
	for (i = first; i < first + nr; i++)
		if (proc->pages[i].kind == HOLE)
			want = -ENOMEM;
	if (!from_kernel(r, 6, 10))
		want = -ENOSYS;
	EXPECT(r,
	       mmsim_mseal(proc->mm, r->base + first * r->page_size,
			   nr * r->page_size, 0),
	       want, "mseal");
	for (i = first; !want && i < first + nr; i++)
		proc->pages[i].sealed = true;
}
