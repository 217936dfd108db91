/* SPDX-License-Identifier: MIT */
/*
 * userfaultfd with write-protection: what its ioctls do to mappings
 * (semantics-mprotect.md 5, semantics-fault.md 6 and 7).
 */
#include "mm/mm.h"

#include <errno.h>

#include "core/backend.h"
#include "core/sched.h"
#include "mm/hugetlb.h"
#include "vma/vma_ops.h"

#define F(name) MMSIM_UFFD_FEATURE_##name

/* Which the releases have, oldest first. */
static const struct {
	u64 features;
	u32 first; /* KERNEL() */
} releases[] = {
	{ F(EVENT_FORK) | F(EVENT_REMAP) | F(EVENT_REMOVE) |
		  F(MISSING_HUGETLBFS) | F(MISSING_SHMEM) | F(EVENT_UNMAP) |
		  F(SIGBUS) | F(THREAD_ID),
	  0 },
	{ F(MINOR_HUGETLBFS), KERNEL(5, 13) },
	{ F(MINOR_SHMEM), KERNEL(5, 14) },
	{ F(EXACT_ADDRESS), KERNEL(5, 18) },
	{ F(POISON), KERNEL(6, 6) },
	{ F(MOVE), KERNEL(6, 8) },
};

/* What changes nothing here, or is modelled. */
#define MODELLED                                                               \
	(F(PAGEFAULT_FLAG_WP) | F(EVENT_FORK) | F(EVENT_REMAP) |               \
	 F(WP_HUGETLBFS_SHMEM) | F(WP_UNPOPULATED) | F(WP_ASYNC) |             \
	 F(EXACT_ADDRESS) | F(THREAD_ID) | F(MISSING_SHMEM) | F(MINOR_SHMEM) | \
	 F(MISSING_HUGETLBFS) | F(MINOR_HUGETLBFS) | F(POISON) | F(MOVE))

/* Without a bit for it in the entries there is no protection; releases that
 * did not ask accepted it all the same (recorded-behaviour.md 10). */
static bool has_wp(const struct mmsim *w)
{
	return w->rules.uffd_wp || !feat(w, FEAT_UFFD_WP_CHECK);
}

static u64 known_features(const struct mmsim *w)
{
	u64 known = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(releases); i++)
		if (w->kernel >= releases[i].first)
			known |= releases[i].features;
	if (!has_wp(w))
		return known;
	known |= F(PAGEFAULT_FLAG_WP);
	if (feat(w, FEAT_UFFD_MARKERS))
		known |= F(WP_HUGETLBFS_SHMEM);
	if (feat(w, FEAT_UFFD_WP_UNPOPULATED))
		known |= F(WP_UNPOPULATED);
	if (feat(w, FEAT_UFFD_WP_ASYNC))
		known |= F(WP_ASYNC);
	return known;
}

static int not_modelled(struct mmsim_mm *mm, const char *what)
{
	mm->world->unsupported = what;
	return -EOPNOTSUPP;
}

int do_uffd_open(struct mmsim_mm *mm, u64 features)
{
	if (mm->uffd.open)
		return not_modelled(mm, "a second userfaultfd of a process");
	if (features & ~known_features(mm->world))
		return -EINVAL;
	if (features & ~(u64)MODELLED)
		return not_modelled(mm, "a feature of userfaultfd");
	/* Asynchronous protection is of what is not mapped as well. */
	if (features & F(WP_ASYNC))
		features |= F(WP_UNPOPULATED);
	mm->uffd.features = features;
	mm->uffd.open = true;
	return 0;
}

/* ---- ranges ---- */

static int check_range(const struct mmsim_mm *mm, vaddr_t start, u64 len)
{
	vaddr_t task_size = mm->world->be->task_size;

	if (!mm->uffd.open || !mm_page_aligned(mm, start) ||
	    !mm_page_aligned(mm, len) || !len)
		return -EINVAL;
	return start >= task_size || len > task_size - start ? -EINVAL : 0;
}

/*
 * Which memory userfaultfd takes (vma_can_userfault): anonymous and shared
 * memory. To protect files there must be markers, and entries with a bit.
 */
static bool can_userfault(const struct vm_area_struct *vma, bool protect)
{
	const struct mmsim *w = vma->vm_mm->world;

	if (vma->vm_mm->uffd.features & F(WP_ASYNC) || vma_is_anonymous(vma))
		return true;
	if (vma->vm_file->kind == MMSIM_FILE_WRITENOTIFY)
		return false;
	return !protect || (feat(w, FEAT_UFFD_MARKERS) && w->rules.uffd_wp);
}

/* What refuses a range as a whole, before anything is changed. */
static int check_vmas(struct mmsim_mm *mm, vaddr_t start, vaddr_t end,
		      bool protect)
{
	struct vm_area_struct *vma = vma_tree_find(&mm->tree, start);

	if (!vma || vma->vm_start >= end)
		return -EINVAL;
	for (; vma && vma->vm_start < end;
	     vma = vma_tree_next(&mm->tree, vma)) {
		if (!can_userfault(vma, protect))
			return -EINVAL;
		if (vma_is_hugetlb(vma))
			return not_modelled(mm, "userfaultfd on hugetlb");
	}
	return 0;
}

/* Give a part of a VMA other flags; *vma covers it afterwards. */
static int set_uffd_flags(struct vm_area_struct **vma, vaddr_t start,
			  vaddr_t end, vm_flags_t flags)
{
	int rc;

	rc = vma_reserve((*vma)->vm_mm, 2);
	if (rc)
		return rc;
	split_huge_ends(*vma, start, end);
	rc = vma_modify_flags(vma, start, end, flags);
	/* Writes to a protected shared mapping must be seen. */
	if (!rc)
		vma_set_page_prot(*vma);
	return rc;
}

typedef int (*range_fn)(struct vm_area_struct **vma, vaddr_t start,
			vaddr_t end);

static int for_each_part(struct mmsim_mm *mm, vaddr_t start, vaddr_t end,
			 range_fn fn)
{
	struct vm_area_struct *vma;
	vaddr_t next;
	int rc;

	for (; (vma = vma_tree_part(&mm->tree, &start, end, &next));
	     start = next) {
		rc = fn(&vma, start, next);
		if (rc)
			return rc;
	}
	return 0;
}

/* ---- register, unregister ---- */

static int register_part(struct vm_area_struct **vma, vaddr_t start,
			 vaddr_t end)
{
	vm_flags_t flags = (*vma)->vm_flags;

	if (flags & VM_UFFD_WP)
		return 0;
	return set_uffd_flags(vma, start, end, flags | VM_UFFD_WP);
}

/* The protection goes with the registration, from 6.1 on. */
static int unregister_part(struct vm_area_struct **vma, vaddr_t start,
			   vaddr_t end)
{
	struct mmsim_mm *mm = (*vma)->vm_mm;
	vm_flags_t flags = (*vma)->vm_flags;
	int rc = 0;

	if (!(flags & VM_UFFD_WP))
		return 0;
	if (feat(mm->world, FEAT_UFFD_UNREG_CLEARS))
		rc = mm->world->be->uffd_wp(mm, *vma, start, end, false);
	return rc ? rc : set_uffd_flags(vma, start, end, flags & ~VM_UFFD_WP);
}

static int change_range(struct mmsim_mm *mm, vaddr_t start, u64 len,
			range_fn fn)
{
	int rc;

	mmap_write_lock(mm);
	mm_trace(mm, EV_userfaultfd, RULE_NONE, start, start, start + len);
	rc = check_vmas(mm, start, start + len, fn == register_part);
	if (!rc)
		rc = for_each_part(mm, start, start + len, fn);
	mmap_write_unlock(mm);
	return rc;
}

int do_uffd_register(struct mmsim_mm *mm, vaddr_t start, u64 len, u64 mode)
{
	const u64 modes = MMSIM_UFFD_REGISTER_MODE_MISSING |
			  MMSIM_UFFD_REGISTER_MODE_WP |
			  MMSIM_UFFD_REGISTER_MODE_MINOR;
	int rc;

	if (!mode || mode & ~modes)
		return -EINVAL;
	rc = check_range(mm, start, len);
	if (rc)
		return rc;
	if (mode != MMSIM_UFFD_REGISTER_MODE_WP)
		return not_modelled(mm, "a mode of userfaultfd but WP");
	if (!has_wp(mm->world))
		return -EINVAL;
	return change_range(mm, start, len, register_part);
}

int do_uffd_unregister(struct mmsim_mm *mm, vaddr_t start, u64 len)
{
	int rc = check_range(mm, start, len);

	return rc ? rc : change_range(mm, start, len, unregister_part);
}

/* ---- protect ---- */

static int protect_part(struct vm_area_struct **vma, vaddr_t start, vaddr_t end)
{
	if (!((*vma)->vm_flags & VM_UFFD_WP))
		return -ENOENT;
	return (*vma)->vm_mm->world->be->uffd_wp((*vma)->vm_mm, *vma, start,
						 end, true);
}

static int unprotect_part(struct vm_area_struct **vma, vaddr_t start,
			  vaddr_t end)
{
	if (!((*vma)->vm_flags & VM_UFFD_WP))
		return -ENOENT;
	return (*vma)->vm_mm->world->be->uffd_wp((*vma)->vm_mm, *vma, start,
						 end, false);
}

/* The range may begin in a hole, but not lie in one; up to 6.2 one VMA had to
 * cover all of it. */
static int check_target(struct mmsim_mm *mm, vaddr_t start, vaddr_t end)
{
	const struct vm_area_struct *vma = vma_tree_find(&mm->tree, start);

	if (!vma || vma->vm_start >= end)
		return -ENOENT;
	if (feat(mm->world, FEAT_UFFD_WP_MULTI))
		return 0;
	return vma->vm_start <= start && vma->vm_end >= end ? 0 : -ENOENT;
}

int do_uffd_writeprotect(struct mmsim_mm *mm, vaddr_t start, u64 len, u64 mode)
{
	const u64 modes = MMSIM_UFFD_WRITEPROTECT_MODE_WP |
			  MMSIM_UFFD_WRITEPROTECT_MODE_DONTWAKE;
	int rc;

	rc = check_range(mm, start, len);
	if (rc)
		return rc;
	if (mode & ~modes || mode == modes)
		return -EINVAL;
	mmap_read_lock(mm);
	mm_trace(mm, EV_mwriteprotect, RULE_NONE, start, mode, start + len);
	rc = check_target(mm, start, start + len);
	if (!rc)
		rc = for_each_part(mm, start, start + len,
				   mode & MMSIM_UFFD_WRITEPROTECT_MODE_WP
					   ? protect_part
					   : unprotect_part);
	mmap_read_unlock(mm);
	return rc;
}
