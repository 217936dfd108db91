/* SPDX-License-Identifier: MIT */
#include "mm/mm.h"

#include <errno.h>

#include "core/backend.h"
#include "core/sched.h"
#include "ksm/ksm.h"
#include "mm/file.h"
#include "mm/guard.h"
#include "mm/hugetlb.h"
#include "mm/lru.h"
#include "mm/poison.h"
#include "swap/swap.h"
#include "tlb/gather.h"
#include "vma/vma_ops.h"

/* What an advice is about. */
enum advice_kind {
	ADVICE_UNKNOWN, /* this release has no such advice */
	ADVICE_NOTHING, /* a hint without effect here */
	ADVICE_FLAGS,	/* changes flags of the VMAs */
	ADVICE_ENTRIES, /* changes entries */
	ADVICE_POPULATE,
	ADVICE_POISON,
};

static enum advice_kind by_feature(const struct mmsim *w, enum feature f,
				   enum advice_kind kind)
{
	return feat(w, f) ? kind : ADVICE_UNKNOWN;
}

static enum advice_kind advice_kind(const struct mmsim *w, int advice)
{
	switch (advice) {
	case MMSIM_MADV_NORMAL:
	case MMSIM_MADV_RANDOM:
	case MMSIM_MADV_SEQUENTIAL:
	case MMSIM_MADV_DONTFORK:
	case MMSIM_MADV_DOFORK:
	case MMSIM_MADV_WIPEONFORK:
	case MMSIM_MADV_KEEPONFORK:
	case MMSIM_MADV_DONTDUMP:
	case MMSIM_MADV_DODUMP:
	case MMSIM_MADV_MERGEABLE:
	case MMSIM_MADV_UNMERGEABLE:
	case MMSIM_MADV_HUGEPAGE:
	case MMSIM_MADV_NOHUGEPAGE:
		return ADVICE_FLAGS;
	case MMSIM_MADV_WILLNEED:
	case MMSIM_MADV_DONTNEED:
	case MMSIM_MADV_FREE:
	case MMSIM_MADV_COLD:
	case MMSIM_MADV_PAGEOUT:
	case MMSIM_MADV_REMOVE:
		return ADVICE_ENTRIES;
	case MMSIM_MADV_DONTNEED_LOCKED:
		return by_feature(w, FEAT_DONTNEED_LOCKED, ADVICE_ENTRIES);
	case MMSIM_MADV_POPULATE_READ:
	case MMSIM_MADV_POPULATE_WRITE:
		return by_feature(w, FEAT_POPULATE, ADVICE_POPULATE);
	case MMSIM_MADV_HWPOISON:
		return ADVICE_POISON;
	case MMSIM_MADV_COLLAPSE:
		return by_feature(w, FEAT_MADV_COLLAPSE, ADVICE_ENTRIES);
	case MMSIM_MADV_GUARD_INSTALL:
	case MMSIM_MADV_GUARD_REMOVE:
		return by_feature(w, FEAT_GUARD_REGIONS, ADVICE_ENTRIES);
	default:
		return ADVICE_UNKNOWN;
	}
}

/* ---- advice that changes flags ---- */

/* KSM takes private anonymous memory only; it says nothing about the rest. */
static bool ksm_compatible(vm_flags_t flags)
{
	return !(flags & (VM_SHARED | VM_MAYSHARE | VM_PFNMAP | VM_IO |
			  VM_DONTEXPAND | VM_HUGETLB | VM_MIXEDMAP));
}

/* What advice changes of a mapping's flags. */
static const struct advised_flags {
	int advice;
	vm_flags_t clear, set;
	vm_flags_t refuse; /* mappings with any of them */
} advised_flags_of[] = {
	{ MMSIM_MADV_NORMAL, VM_RAND_READ | VM_SEQ_READ, 0, 0 },
	{ MMSIM_MADV_RANDOM, VM_SEQ_READ, VM_RAND_READ, 0 },
	{ MMSIM_MADV_SEQUENTIAL, VM_RAND_READ, VM_SEQ_READ, 0 },
	{ MMSIM_MADV_DONTFORK, 0, VM_DONTCOPY, 0 },
	{ MMSIM_MADV_DOFORK, VM_DONTCOPY, 0, VM_IO },
	{ MMSIM_MADV_WIPEONFORK, 0, VM_WIPEONFORK, VM_SHARED },
	{ MMSIM_MADV_KEEPONFORK, VM_WIPEONFORK, 0, 0 },
	{ MMSIM_MADV_DONTDUMP, 0, VM_DONTDUMP, 0 },
	{ MMSIM_MADV_DODUMP, VM_DONTDUMP, 0,
	  VM_PFNMAP | VM_IO | VM_DONTEXPAND | VM_MIXEDMAP },
	{ MMSIM_MADV_MERGEABLE, 0, VM_MERGEABLE, 0 },
	{ MMSIM_MADV_UNMERGEABLE, VM_MERGEABLE, 0, 0 },
	{ MMSIM_MADV_HUGEPAGE, VM_NOHUGEPAGE, VM_HUGEPAGE, 0 },
	{ MMSIM_MADV_NOHUGEPAGE, VM_HUGEPAGE, VM_NOHUGEPAGE, 0 },
};

static int advised_flags(const struct vm_area_struct *vma, int advice,
			 vm_flags_t *flags)
{
	const vm_flags_t f = vma->vm_flags;
	const struct advised_flags *a;
	size_t i;

	*flags = f;
	for (i = 0; i < ARRAY_SIZE(advised_flags_of); i++) {
		a = &advised_flags_of[i];
		if (a->advice != advice)
			continue;
		if (f & a->refuse ||
		    (advice == MMSIM_MADV_WIPEONFORK && vma->vm_file))
			return -EINVAL;
		if (advice != MMSIM_MADV_MERGEABLE || ksm_compatible(f))
			*flags = (f & ~a->clear) | a->set;
	}
	return 0;
}

/* What is not offered any more gets pages of its own again. */
static int advise_ksm(struct vm_area_struct *vma, vaddr_t start, vaddr_t end,
		      vm_flags_t flags)
{
	if (flags & ~vma->vm_flags & VM_MERGEABLE)
		return ksm_enter(vma->vm_mm);
	if (vma->vm_flags & ~flags & VM_MERGEABLE && vma->anon_vma)
		return vma->vm_mm->world->be->unmerge_ksm(vma->vm_mm, vma,
							  start, end);
	return 0;
}

static int advise_flags(struct mmsim_mm *mm, struct vm_area_struct **vma,
			vaddr_t start, vaddr_t end, int advice)
{
	vm_flags_t flags = 0;
	int rc;

	rc = advised_flags(*vma, advice, &flags);
	if (!rc && advice == MMSIM_MADV_HUGEPAGE)
		mm->world->be->khugepaged_enter(*vma, flags);
	if (rc || flags == (*vma)->vm_flags)
		return rc;
	rc = advise_ksm(*vma, start, end, flags);
	if (!rc)
		rc = vma_reserve(mm, 2);
	/* At the limit of mappings madvise asks to be called again. */
	if (!rc) {
		split_huge_ends(*vma, start, end);
		rc = vma_modify_flags(vma, start, end, flags);
	}
	if (rc == -ENOMEM && !mm->world->host.failed)
		return -EAGAIN;
	return rc;
}

/* ---- advice that changes entries ---- */

static int advise_dontneed(struct mmu_gather *tlb, struct vm_area_struct *vma,
			   vaddr_t start, vaddr_t end, int advice)
{
	const struct zap_details details = { .drop_tables = true };
	struct mmsim *w = tlb->mm->world;
	vm_flags_t forbidden = VM_PFNMAP;

	if (advice != MMSIM_MADV_DONTNEED_LOCKED)
		forbidden |= VM_LOCKED;
	if (vma->vm_flags & forbidden)
		return -EINVAL;
	if (vma_is_hugetlb(vma)) {
		if (!feat(w, FEAT_DONTNEED_HUGETLB) ||
		    !is_aligned(start, hugetlb_page_size(w)))
			return -EINVAL;
		end = align_down(end, hugetlb_page_size(w));
		if (start == end)
			return 0;
	}
	lru_drain_for_zap(w);
	w->be->zap(tlb, vma, start, end, details);
	return 0;
}

static int advise_free(struct mmu_gather *tlb, struct vm_area_struct *vma,
		       vaddr_t start, vaddr_t end)
{
	if (!vma_is_anonymous(vma) || vma->vm_flags & (VM_LOCKED | VM_PFNMAP))
		return -EINVAL;
	tlb->mm->world->be->madvise_free(tlb, vma, start, end);
	return 0;
}

/* MADV_COLD and MADV_PAGEOUT. */
static int advise_cold(struct mmu_gather *tlb, struct vm_area_struct *vma,
		       vaddr_t start, vaddr_t end, int advice)
{
	if (vma->vm_flags & (VM_LOCKED | VM_PFNMAP | VM_HUGETLB))
		return -EINVAL;
	if (advice == MMSIM_MADV_PAGEOUT)
		tlb->mm->world->be->madvise_pageout(tlb->mm, vma, start, end);
	else
		tlb->mm->world->be->madvise_cold(tlb, vma, start, end);
	return tlb->mm->world->unsupported ? -EOPNOTSUPP : 0;
}

static void bring_nearer(struct mmsim_mm *mm, struct vm_area_struct *vma,
			 vaddr_t start, vaddr_t end)
{
	unsigned shift = mm->world->phys.page_shift;
	u64 first = vma->vm_pgoff + ((start - vma->vm_start) >> shift);

	if (vma->anon_vma)
		mm->world->be->willneed(mm, start, end);
	if (vma->vm_file)
		file_willneed(vma->vm_file, first,
			      first + ((end - start) >> shift));
}

/*
 * Only what was swapped out can be brought nearer: the swap cache. Whether
 * there was any, the batches are drained, so that it is on the LRU.
 */
static int advise_willneed(struct mmsim_mm *mm, struct vm_area_struct *vma,
			   vaddr_t start, vaddr_t end)
{
	if (vma_is_hugetlb(vma))
		return 0;
	if (swap_any(mm->world))
		bring_nearer(mm, vma, start, end);
	if (!vma->vm_file || file_is_swapbacked(vma->vm_file))
		lru_add_drain(mm->world);
	return 0;
}

/* Up to 6.6 the mapping must be writable now, since then it need not be. */
static bool may_remove(const struct vm_area_struct *vma)
{
	vm_flags_t write = feat(vma->vm_mm->world, FEAT_REMOVE_MAYWRITE)
				   ? VM_MAYWRITE
				   : VM_WRITE;

	return vma->vm_flags & VM_SHARED && vma->vm_flags & write;
}

/* The hole concerns other processes too: the mapping is not kept locked, and
 * may be gone afterwards, so the file is held. */
static void punch_unlocked(struct mmsim_mm *mm, struct mmsim_file *file,
			   u64 first, u64 last)
{
	file->refcount++;
	mmap_read_unlock(mm);
	file_punch_hole(file, first, last);
	file_put(file);
	mmap_read_lock(mm);
}

/* A hole in the file, for everybody who maps it. */
static int advise_remove(struct mmsim_mm *mm, struct vm_area_struct *vma,
			 vaddr_t start, vaddr_t end)
{
	unsigned shift = mm->world->phys.page_shift;
	u64 first;

	if (vma->vm_flags & VM_LOCKED || !vma->vm_file)
		return -EINVAL;
	if (!may_remove(vma))
		return -EACCES;
	first = vma->vm_pgoff + ((start - vma->vm_start) >> shift);
	punch_unlocked(mm, vma->vm_file, first,
		       first + ((end - start) >> shift));
	return 0;
}

static int advise_gathered(struct mmu_gather *tlb, struct vm_area_struct *vma,
			   vaddr_t start, vaddr_t end, int advice)
{
	switch (advice) {
	case MMSIM_MADV_FREE:
		return advise_free(tlb, vma, start, end);
	case MMSIM_MADV_COLD:
	case MMSIM_MADV_PAGEOUT:
		return advise_cold(tlb, vma, start, end, advice);
	default:
		return advise_dontneed(tlb, vma, start, end, advice);
	}
}

/* From 6.16 on these flush once, however many mappings the range has. */
static bool has_one_flush(const struct mmsim *w, int advice)
{
	return feat(w, FEAT_MADVISE_ONE_FLUSH) &&
	       (advice == MMSIM_MADV_FREE || advice == MMSIM_MADV_DONTNEED ||
		advice == MMSIM_MADV_DONTNEED_LOCKED);
}

/* @tlb: the call's own gather, if it has one for all of its mappings. */
static int advise_entries(struct mmsim_mm *mm, struct mmu_gather *tlb,
			  struct vm_area_struct *vma, vaddr_t start,
			  vaddr_t end, int advice)
{
	struct mmu_gather own;
	int rc;

	switch (advice) {
	case MMSIM_MADV_WILLNEED:
		return advise_willneed(mm, vma, start, end);
	case MMSIM_MADV_REMOVE:
		return advise_remove(mm, vma, start, end);
	case MMSIM_MADV_GUARD_INSTALL:
		return guard_install(vma, start, end);
	case MMSIM_MADV_GUARD_REMOVE:
		return guard_remove(vma, start, end);
	case MMSIM_MADV_COLLAPSE:
		return mm->world->be->collapse(mm, vma, start, end);
	default:
		break;
	}
	if (tlb)
		return advise_gathered(tlb, vma, start, end, advice);
	tlb_gather_mmu(&own, mm);
	rc = advise_gathered(&own, vma, start, end, advice);
	mm->world->be->finish_mmu(&own);
	return rc;
}

/* ---- MADV_POPULATE_* ---- */

static bool may_populate(const struct vm_area_struct *vma, bool write)
{
	if (vma->vm_flags & (VM_PFNMAP | VM_IO))
		return false;
	return vma->vm_flags & (write ? VM_WRITE : VM_READ);
}

/*
 * POPULATE_READ of a mapping that may be written and not read would still be
 * a read: what decides is the right the access needs.
 *
 * Like other advice it went past holes at first, to fail at the end; from 6.9
 * on it ends at the first one.
 */
static int populate_vmas(struct mmsim_mm *mm, vaddr_t start, vaddr_t end,
			 unsigned how)
{
	bool stops = feat(mm->world, FEAT_POPULATE_STOPS);
	struct vm_area_struct *vma;
	int rc, missing = 0;
	vaddr_t next;

	for (; start < end; start = next) {
		vma = vma_tree_find(&mm->tree, start);
		if (!vma || vma->vm_start > start)
			missing = -ENOMEM;
		if (missing && (stops || !vma || vma->vm_start >= end))
			return missing;
		start = max_u64(start, vma->vm_start);
		if (!may_populate(vma, how & POPULATE_WRITE))
			return -EINVAL;
		next = min_u64(vma->vm_end, end);
		rc = mm->world->be->populate(mm, vma, start, next, how);
		if (!stops)
			lru_drain_populated(mm->world);
		if (rc)
			return rc;
	}
	return missing;
}

/* Since it ends at the first hole it drains the batches even if it did
 * nothing (recorded: not on 6.1, on 6.12). */
static int advise_populate(struct mmsim_mm *mm, vaddr_t start, vaddr_t end,
			   unsigned how)
{
	int rc = populate_vmas(mm, start, end, how);

	if (feat(mm->world, FEAT_POPULATE_STOPS))
		lru_drain_populated(mm->world);
	return rc;
}

/* ---- the front ---- */

/*
 * Contents that could not be changed by writing are not to be thrown away
 * either, here or in a child: of a sealed private anonymous mapping that may
 * not be written.
 */
static bool discards_sealed(const struct vm_area_struct *vma, int advice)
{
	if (!(vma->vm_flags & VM_SEALED) || !vma_is_anonymous(vma) ||
	    vma->vm_flags & VM_WRITE)
		return false;
	switch (advice) {
	case MMSIM_MADV_DONTNEED:
	case MMSIM_MADV_DONTNEED_LOCKED:
	case MMSIM_MADV_FREE:
	case MMSIM_MADV_REMOVE:
	case MMSIM_MADV_DONTFORK:
	case MMSIM_MADV_WIPEONFORK:
	case MMSIM_MADV_GUARD_INSTALL:
		return true;
	default:
		return false;
	}
}

static int advise_vma(struct mmsim_mm *mm, struct mmu_gather *tlb,
		      struct vm_area_struct **vma, vaddr_t start, vaddr_t end,
		      int advice, enum advice_kind kind)
{
	if (discards_sealed(*vma, advice))
		return refuse_sealed(mm, start);
	if (kind == ADVICE_FLAGS)
		return advise_flags(mm, vma, start, end, advice);
	if (kind == ADVICE_ENTRIES)
		return advise_entries(mm, tlb, *vma, start, end, advice);
	return 0;
}

/* Holes are passed over and reported at the end. */
static int advise_range(struct mmsim_mm *mm, struct mmu_gather *tlb,
			vaddr_t start, vaddr_t end, int advice,
			enum advice_kind kind)
{
	struct vm_area_struct *vma;
	int rc, hole = 0;
	vaddr_t next;

	for (; start < end; start = next) {
		vma = vma_tree_find(&mm->tree, start);
		if (!vma || vma->vm_start >= end)
			return -ENOMEM;
		if (vma->vm_start > start) {
			hole = -ENOMEM;
			start = vma->vm_start;
		}
		next = min_u64(vma->vm_end, end);
		rc = advise_vma(mm, tlb, &vma, start, next, advice, kind);
		if (rc)
			return rc;
		if (kind == ADVICE_FLAGS)
			next = max_u64(next, vma->vm_end);
	}
	return hole;
}

static int advise_with_flush(struct mmsim_mm *mm, vaddr_t start, vaddr_t end,
			     int advice, enum advice_kind kind)
{
	struct mmu_gather tlb;
	int rc;

	if (!has_one_flush(mm->world, advice))
		return advise_range(mm, NULL, start, end, advice, kind);
	tlb_gather_mmu(&tlb, mm);
	rc = advise_range(mm, &tlb, start, end, advice, kind);
	mm->world->be->finish_mmu(&tlb);
	return rc;
}

/* What changes no VMA leaves faults going on beside it. */
static int advise_locked(struct mmsim_mm *mm, vaddr_t start, vaddr_t end,
			 int advice, enum advice_kind kind)
{
	int rc;

	if (kind == ADVICE_FLAGS)
		mmap_write_lock(mm);
	else
		mmap_read_lock(mm);
	mm_trace(mm, EV_madvise, RULE_NONE, start, (u64)advice, end);
	if (kind == ADVICE_POISON)
		rc = advise_hwpoison(mm, start, end);
	else if (kind == ADVICE_POPULATE)
		rc = advise_populate(mm, start, end,
				     advice == MMSIM_MADV_POPULATE_WRITE
					     ? POPULATE_RETRY | POPULATE_WRITE
					     : POPULATE_RETRY);
	else
		rc = advise_with_flush(mm, start, end, advice, kind);
	if (kind == ADVICE_FLAGS)
		mmap_write_unlock(mm);
	else
		mmap_read_unlock(mm);
	return rc;
}

int do_madvise(struct mmsim_mm *mm, vaddr_t start, u64 len, int advice)
{
	enum advice_kind kind = advice_kind(mm->world, advice);
	vaddr_t end;

	if (kind == ADVICE_UNKNOWN || !mm_page_aligned(mm, start))
		return -EINVAL;
	end = start + mm_page_align(mm, len);
	if ((len && end <= start) || (end == start && len))
		return -EINVAL;
	if (end == start)
		return 0;
	return advise_locked(mm, start, end, advice, kind);
}
