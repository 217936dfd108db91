/* SPDX-License-Identifier: MIT */
#include "mm/mm.h"

#include <errno.h>

#include "core/backend.h"
#include "core/sched.h"
#include "mm/hugetlb.h"
#include "vma/anon_vma.h"
#include "vma/vma_ops.h"

struct mremap {
	struct mmsim_mm *mm;
	vaddr_t addr, new_addr;
	u64 old_len, new_len; /* page-aligned */
	int flags;
};

/* ---- arguments ---- */

static int check_target(const struct mremap *r)
{
	vaddr_t task_size = r->mm->world->be->task_size;

	if (!mm_page_aligned(r->mm, r->new_addr))
		return -EINVAL;
	if (r->new_len > task_size || r->new_addr > task_size - r->new_len)
		return -EINVAL;
	if (r->addr + r->old_len > r->new_addr &&
	    r->new_addr + r->new_len > r->addr)
		return -EINVAL;
	return 0;
}

/*
 * From 5.16 to 6.16 an address that is not mapped, or sealed, was refused
 * before the target was looked at or emptied; what lies behind it only later.
 */
static int look_up_source(const struct mremap *r)
{
	const struct mmsim *w = r->mm->world;
	const struct vm_area_struct *vma;

	if (!feat(w, FEAT_MREMAP_LOOKS_UP) || feat(w, FEAT_MREMAP_CHECK_FIRST))
		return 0;
	vma = vma_tree_find(&r->mm->tree, r->addr);
	if (!vma || vma->vm_start > r->addr)
		return -EFAULT;
	return vma->vm_flags & VM_SEALED ? refuse_sealed(r->mm, r->addr) : 0;
}

static int check_args(const struct mremap *r)
{
	const int fixed = MMSIM_MREMAP_FIXED, dont = MMSIM_MREMAP_DONTUNMAP;
	int rc;

	if (r->flags & ~(MMSIM_MREMAP_MAYMOVE | fixed | dont))
		return -EINVAL;
	if (r->flags & (fixed | dont) && !(r->flags & MMSIM_MREMAP_MAYMOVE))
		return -EINVAL;
	if (r->flags & dont && r->old_len != r->new_len)
		return -EINVAL;
	if (!mm_page_aligned(r->mm, r->addr) || !r->new_len)
		return -EINVAL;
	/* Until 6.17 nobody asks for the size of what is to grow in place. */
	if (feat(r->mm->world, FEAT_MREMAP_CHECK_FIRST) &&
	    r->new_len > r->mm->world->be->task_size)
		return -EINVAL;
	rc = look_up_source(r);
	/* With DONTUNMAP the address is a hint, and looked at all the same. */
	return rc || !(r->flags & (fixed | dont)) ? rc : check_target(r);
}

/* Huge pages move as a whole, and no mapping of them grows. */
static int check_hugetlb(const struct mremap *r,
			 const struct vm_area_struct *vma)
{
	u64 size = hugetlb_page_size(r->mm->world);

	if (!vma_is_hugetlb(vma))
		return 0;
	if (!feat(r->mm->world, FEAT_MREMAP_HUGETLB) ||
	    !is_aligned(r->addr, size) || r->new_len > r->old_len)
		return -EINVAL;
	return r->flags & MMSIM_MREMAP_FIXED && !is_aligned(r->new_addr, size)
		       ? -EINVAL
		       : 0;
}

/* What vma_to_resize() refuses. */
static int check_vma(const struct mremap *r, const struct vm_area_struct *vma)
{
	if (!vma || vma->vm_start > r->addr)
		return -EFAULT;
	if (vma->vm_flags & VM_SEALED)
		return refuse_sealed(r->mm, r->addr);
	if (check_hugetlb(r, vma))
		return -EINVAL;
	/* A second mapping of the same pages: shared mappings only. */
	if (!r->old_len && !(vma->vm_flags & (VM_SHARED | VM_MAYSHARE)))
		return -EINVAL;
	if (r->flags & MMSIM_MREMAP_DONTUNMAP &&
	    !feat(r->mm->world, FEAT_DONTUNMAP_FILE) && vma->vm_file)
		return -EINVAL;
	if (r->flags & MMSIM_MREMAP_DONTUNMAP &&
	    vma->vm_flags & (VM_DONTEXPAND | VM_PFNMAP))
		return -EINVAL;
	if (r->old_len > vma->vm_end - r->addr)
		return -EFAULT;
	if (r->new_len <= r->old_len)
		return 0;
	if (vma->vm_flags & (VM_DONTEXPAND | VM_PFNMAP))
		return -EFAULT;
	if (vma->vm_flags & VM_ACCOUNT)
		return vm_enough_memory(r->mm, r->new_len - r->old_len);
	return 0;
}

/* ---- moving ---- */

/*
 * Anonymous memory that was never written is numbered anew at its new place,
 * so that it can merge there; what has pages keeps its numbers.
 */
static u64 moved_pgoff(const struct mremap *r, const struct vm_area_struct *vma)
{
	unsigned shift = r->mm->world->phys.page_shift;

	if (vma_is_anonymous(vma) && !vma->anon_vma)
		return r->new_addr >> shift;
	return vma->vm_pgoff + ((r->addr - vma->vm_start) >> shift);
}

/*
 * What moved is registered no longer, unless its userfaultfd asked for the
 * event. That is found out only after it has merged, or has not.
 */
static void leave_userfaultfd(struct vm_area_struct *new)
{
	if (!(new->vm_flags &VM_UFFD_ANY) ||
	    new->vm_mm->uffd.features & MMSIM_UFFD_FEATURE_EVENT_REMAP)
		return;
	new->vm_flags &= ~VM_UFFD_ANY;
	new->kept_apart = true;
}

/* DONTUNMAP leaves two mappings: up to 6.18 they could still be one VMA. */
static const struct vm_area_struct *
keeps_apart(const struct mremap *r, const struct vm_area_struct *vma)
{
	bool apart = r->flags & MMSIM_MREMAP_DONTUNMAP &&
		     feat(r->mm->world, FEAT_DONTUNMAP_APART);

	return apart ? vma : NULL;
}

/* The target VMA: a neighbour grown, or a new one like the source. */
static struct vm_area_struct *copy_vma(const struct mremap *r,
				       struct vm_area_struct *vma)
{
	const struct vma_proposal p = {
		.start = r->new_addr,
		.end = r->new_addr + r->new_len,
		.pgoff = moved_pgoff(r, vma),
		.flags = vma->vm_flags,
		.file = vma->vm_file,
		.policy = vma->policy,
		.source = vma,
		.apart = keeps_apart(r, vma),
	};
	struct vm_area_struct *new;

	new = vma_merge_new(r->mm, &p);
	if (new) {
		/* What it merged with is registered no longer either; its
		 * markers and protected entries stay (seen on 6.18). */
		if (new->vm_flags & VM_UFFD_WP)
			r->mm->uffd.stale = true;
		leave_userfaultfd(new);
		return new;
	}
	new = vma_alloc(r->mm);
	new->vm_start = p.start;
	new->vm_end = p.end;
	new->vm_pgoff = p.pgoff;
	new->vm_flags = p.flags;
	new->vm_page_prot = vma->vm_page_prot;
	new->policy = vma->policy;
	vma_set_file(new, vma->vm_file);
	hugetlb_vma_move(new, vma);
	anon_vma_clone(new, vma);
	leave_userfaultfd(new);
	vma_link(new);
	return new;
}

static int move_failed(const struct mremap *r, u64 moved,
		       struct vm_area_struct *new)
{
	struct vm_area_struct *old = vma_tree_find(&r->mm->tree, r->addr);

	/* Back again: the source's tables still exist. */
	r->mm->world->be->move(r->mm, new, r->new_addr, old, r->addr, moved);
	hugetlb_vma_move(old, new);
	(void)unmap_range(r->mm, r->new_addr, r->new_addr + r->new_len);
	return -ENOMEM;
}

/* The part that was moved becomes a VMA of its own. */
static int split_off(const struct mremap *r, struct vm_area_struct **vma)
{
	struct vm_area_struct *upper;
	int rc = 0;

	if (r->addr > (*vma)->vm_start) {
		rc = split_vma(*vma, r->addr, &upper);
		*vma = rc ? *vma : upper;
	}
	if (!rc && r->addr + r->old_len < (*vma)->vm_end)
		rc = split_vma(*vma, r->addr + r->old_len, &upper);
	return rc;
}

/*
 * What was moved is locked no more. Up to 6.18 that went for the whole VMA,
 * and it stayed in one piece.
 */
static int unlock_source(const struct mremap *r, struct vm_area_struct **vma)
{
	int rc = 0;

	if (!((*vma)->vm_flags & VM_LOCKED_MASK))
		return 0;
	if (feat(r->mm->world, FEAT_DONTUNMAP_UNLOCKS_RANGE))
		rc = split_off(r, vma);
	if (rc)
		return rc;
	if ((*vma)->vm_flags & VM_LOCKED)
		r->mm->locked_vm -=
			vma_size(*vma) >> r->mm->world->phys.page_shift;
	(*vma)->vm_flags &= ~VM_LOCKED_MASK;
	return 0;
}

/*
 * All of its pages went: nothing ties it to the old family. Up to 6.18 its
 * offsets stayed those of where its pages came from.
 */
static void start_anew(const struct mremap *r, struct vm_area_struct *vma)
{
	struct mmsim *w = r->mm->world;

	anon_vma_unlink(vma);
	if (vma_is_anonymous(vma) && feat(w, FEAT_DONTUNMAP_REBASES))
		vma->vm_pgoff = vma->vm_start >> w->phys.page_shift;
}

/* DONTUNMAP: the source stays, emptied. */
static int keep_source(const struct mremap *r, struct vm_area_struct *vma)
{
	int rc = unlock_source(r, &vma);

	vma->kept_apart = true;
	if (r->addr == vma->vm_start && r->addr + r->old_len == vma->vm_end)
		start_anew(r, vma);
	return rc;
}

static int unmap_source(const struct mremap *r)
{
	if (!r->old_len)
		return 0;
	return unmap_range(r->mm, r->addr, r->addr + r->old_len);
}

/* KSM finds its pages by their addresses: what moves is merged no more. */
static int break_moved_ksm(const struct mremap *r, struct vm_area_struct *vma)
{
	if (!(vma->vm_flags & VM_MERGEABLE) || !vma->anon_vma)
		return 0;
	return r->mm->world->be->unmerge_ksm(r->mm, vma, r->addr,
					     r->addr + r->old_len);
}

static int move_vma(const struct mremap *r)
{
	struct mmsim_mm *mm = r->mm;
	struct vm_area_struct *vma = vma_tree_find(&mm->tree, r->addr), *new;
	vm_flags_t flags = vma->vm_flags;
	u64 moved;
	int rc;

	/* Both ends of the source may have to be cut off. */
	if (mm->tree.count + 3 >= mm->world->knobs[KNOB_MAX_MAP_COUNT])
		return -ENOMEM;
	rc = break_moved_ksm(r, vma);
	if (!rc)
		rc = vma_reserve(mm, 4);
	if (rc)
		return rc;
	new = copy_vma(r, vma);
	/* If the move fails, unmapping the target takes it back. */
	vm_stat_account(mm, flags, r->new_len, 1);
	moved = mm->world->be->move(mm, vma, r->addr, new, r->new_addr,
				    r->old_len);
	if (moved < r->old_len)
		return move_failed(r, moved, new);
	/* VM_SOFTDIRTY is the source's, like all flags: 65-vma-softdirty. */
	vma_set_page_prot(new);
	vma = vma_tree_find(&mm->tree, r->addr);
	if (r->flags & MMSIM_MREMAP_DONTUNMAP)
		rc = keep_source(r, vma);
	else
		rc = unmap_source(r);
	if (!rc && flags & VM_LOCKED && r->new_len > r->old_len)
		rc = mm_populate_range(mm, r->new_addr + r->old_len,
				       r->new_addr + r->new_len, 0);
	return mm->world->host.failed || rc == -EOPNOTSUPP ? rc : 0;
}

/* ---- a fixed target ---- */

static int shrink_tail(struct mremap *r)
{
	int rc;

	if (r->new_len >= r->old_len)
		return 0;
	/* A length that leaves the address space is found out only here. */
	rc = do_munmap(r->mm, r->addr + r->new_len, r->old_len - r->new_len);
	if (!rc)
		r->old_len = r->new_len;
	return rc;
}

static int clear_target(const struct mremap *r)
{
	if (!(r->flags & MMSIM_MREMAP_FIXED))
		return 0;
	return unmap_unsealed(r->mm, r->new_addr, r->new_addr + r->new_len);
}

/* What is moved: the tail of a source that shrinks is not. */
static u64 moved_len(const struct mremap *r)
{
	return min_u64(r->old_len, r->new_len);
}

static int check_source(const struct mremap *r)
{
	struct mremap kept = *r;

	kept.old_len = moved_len(r);
	return check_vma(&kept, vma_tree_find(&r->mm->tree, r->addr));
}

/* Where it goes, with nothing there. */
static int find_target(struct mremap *r)
{
	if (!(r->flags & MMSIM_MREMAP_FIXED)) {
		r->new_addr = get_unmapped_area(r->mm, r->new_addr, r->new_len);
		return r->new_addr == ~(vaddr_t)0 ? -ENOMEM : 0;
	}
	if (!feat(r->mm->world, FEAT_MREMAP_CHECK_FIRST))
		return 0;
	return clear_target(r);
}

static int mremap_to_one(struct mremap *r)
{
	int rc;

	rc = check_source(r);
	if (!rc)
		rc = find_target(r);
	if (!rc)
		rc = shrink_tail(r);
	/*
	 * A second mapping of no length may have been put onto its source, and
	 * so may the target of a length that leaves the address space.
	 */
	if (!rc)
		rc = check_source(r);
	return rc ? rc : move_vma(r);
}

static bool spans_vmas(const struct mremap *r)
{
	const struct vm_area_struct *vma = vma_tree_find(&r->mm->tree, r->addr);

	return vma && vma->vm_start <= r->addr &&
	       moved_len(r) > vma->vm_end - r->addr;
}

/*
 * Take several VMAs along, with the gaps between them: what lies at the
 * target of a gap stays.
 */
static int move_spanned(const struct mremap *all)
{
	vaddr_t end = all->addr + all->old_len, next;
	struct vm_area_struct *vma;
	struct mremap one = *all;
	int rc;

	mm_trace(all->mm, EV_mremap, RULE_MREMAP_MULTI, all->addr, 0,
		 all->new_addr);
	for (vma = vma_tree_find(&all->mm->tree, all->addr);
	     vma && vma->vm_start < end;
	     vma = vma_tree_find(&all->mm->tree, next)) {
		/* Each move would be an event of its own. */
		if (vma->vm_flags & VM_UFFD_ANY)
			return -EFAULT;
		one.addr = max_u64(vma->vm_start, all->addr);
		next = min_u64(vma->vm_end, end);
		one.old_len = one.new_len = next - one.addr;
		one.new_addr = all->new_addr + (one.addr - all->addr);
		rc = mremap_to_one(&one);
		if (rc)
			return rc;
		if (next >= end)
			break;
	}
	return 0;
}

/*
 * Up to 6.16 what lies at the target goes before anything else is looked at,
 * then the tail of a source that shrinks, and they stay gone if the move is
 * refused; from 6.17 on a move that is refused changes nothing. A pure move to
 * a fixed place may span several VMAs from 6.17 on.
 */
static int mremap_to(struct mremap *r)
{
	bool may_span = feat(r->mm->world, FEAT_MREMAP_MULTI) &&
			r->old_len == r->new_len &&
			r->flags & MMSIM_MREMAP_FIXED;
	int rc = 0;

	if (!feat(r->mm->world, FEAT_MREMAP_CHECK_FIRST)) {
		rc = clear_target(r);
		if (!rc)
			rc = shrink_tail(r);
	}
	if (rc)
		return rc;
	if (!spans_vmas(r))
		return mremap_to_one(r);
	if (may_span)
		return move_spanned(r);
	/* What else is wrong with the first one is told before its length. */
	rc = check_vma(r, vma_tree_find(&r->mm->tree, r->addr));
	if (rc == -EFAULT)
		mm_trace(r->mm, EV_mremap, RULE_MREMAP_ONE_VMA, r->addr, 0,
			 r->new_addr);
	return rc;
}

/* ---- in place ---- */

static bool vma_expandable(const struct mremap *r,
			   const struct vm_area_struct *vma, u64 delta)
{
	const struct vm_area_struct *next = vma_tree_next(&r->mm->tree, vma);
	vaddr_t end = vma->vm_end + delta;

	if (end < vma->vm_end || end > r->mm->world->be->task_size)
		return false;
	return !next || next->vm_start >= end;
}

/* Grow where it is; *done says whether that was possible. */
static int grow_in_place(const struct mremap *r, struct vm_area_struct *vma,
			 bool *done)
{
	u64 delta = r->new_len - r->old_len;
	struct vma_proposal p = {
		.start = vma->vm_end,
		.end = vma->vm_end + delta,
		.pgoff = vma->vm_pgoff +
			 (vma_size(vma) >> r->mm->world->phys.page_shift),
		.flags = vma->vm_flags,
		.file = vma->vm_file,
		.policy = vma->policy,
		.source = vma,
	};
	vm_flags_t flags = vma->vm_flags;
	int rc;

	*done = r->addr + r->old_len == vma->vm_end &&
		vma_expandable(r, vma, delta);
	if (!*done)
		return 0;
	rc = vma_reserve(r->mm, 1);
	if (rc)
		return rc;
	if (!vma_merge_new(r->mm, &p))
		return -ENOMEM;
	vm_stat_account(r->mm, flags, delta, 1);
	if (!(flags & VM_LOCKED))
		return 0;
	rc = mm_populate_range(r->mm, p.start, p.end, 0);
	return r->mm->world->host.failed || rc == -EOPNOTSUPP ? rc : 0;
}

/* Up to 5.15 the tail goes whatever lies before it. */
static int shrink_in_place(struct mremap *r)
{
	const struct vm_area_struct *vma = vma_tree_find(&r->mm->tree, r->addr);

	if (!feat(r->mm->world, FEAT_MREMAP_LOOKS_UP))
		return shrink_tail(r);
	if (!vma || vma->vm_start > r->addr)
		return -EFAULT;
	if (vma->vm_flags & VM_SEALED)
		return refuse_sealed(r->mm, r->addr);
	return shrink_tail(r);
}

static int mremap_in_place(struct mremap *r)
{
	struct vm_area_struct *vma = vma_tree_find(&r->mm->tree, r->addr);
	bool done;
	int rc;

	r->new_addr = r->addr;
	if (r->new_len <= r->old_len && r->old_len)
		return shrink_in_place(r);
	rc = check_vma(r, vma);
	if (!rc)
		rc = grow_in_place(r, vma, &done);
	if (rc || done)
		return rc;
	if (!(r->flags & MMSIM_MREMAP_MAYMOVE))
		return -ENOMEM;
	r->new_addr = get_unmapped_area(r->mm, 0, r->new_len);
	if (r->new_addr == ~(vaddr_t)0)
		return -ENOMEM;
	return move_vma(r);
}

/* Of hugetlb lengths are rounded up to huge pages, and a range begins with
 * one. */
static int round_hugetlb(struct mremap *r)
{
	const struct vm_area_struct *vma = vma_tree_find(&r->mm->tree, r->addr);
	u64 size = hugetlb_page_size(r->mm->world);

	if (!vma || vma->vm_start > r->addr || !vma_is_hugetlb(vma) ||
	    !feat(r->mm->world, FEAT_MREMAP_HUGETLB))
		return 0;
	r->old_len = align_up(r->old_len, size);
	r->new_len = align_up(r->new_len, size);
	return is_aligned(r->addr, size) ? 0 : -EINVAL;
}

int do_mremap(struct mmsim_mm *mm, vaddr_t addr, u64 old_len, u64 new_len,
	      int flags, vaddr_t *new_addr)
{
	struct mremap r = {
		.mm = mm,
		.addr = addr,
		.new_addr = *new_addr,
		.flags = flags,
		.old_len = mm_page_align(mm, old_len),
		.new_len = mm_page_align(mm, new_len),
	};
	int rc;

	rc = round_hugetlb(&r);
	if (!rc)
		rc = check_args(&r);
	if (rc)
		return rc;
	mm_trace(mm, EV_mremap, RULE_NONE, addr, old_len, new_len);
	mmap_write_lock(mm);
	if (flags & (MMSIM_MREMAP_FIXED | MMSIM_MREMAP_DONTUNMAP))
		rc = mremap_to(&r);
	else
		rc = mremap_in_place(&r);
	mmap_write_unlock(mm);
	if (!rc)
		*new_addr = r.new_addr;
	return rc;
}
