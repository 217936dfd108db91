/* SPDX-License-Identifier: MIT */
#include "mm/mm.h"

#include <errno.h>

#include "core/backend.h"
#include "core/sched.h"
#include "mm/file.h"
#include "mm/hugetlb.h"
#include "vma/vma_ops.h"

#define MAP_TYPE_MASK 0x0f

struct mmap_plan {
	vaddr_t start;
	u64 len;
	u64 pgoff;
	vm_flags_t flags;
	struct mmsim_file *file;
	bool fixed;
};

static vaddr_t gap_down(struct mmsim_mm *mm, u64 len, vaddr_t high)
{
	return vma_tree_gap_down(&mm->tree, len, world_page_size(mm->world),
				 MMAP_MIN_ADDR, high);
}

static bool range_free(const struct mmsim_mm *mm, vaddr_t start, u64 len)
{
	const struct vm_area_struct *vma = vma_tree_find(&mm->tree, start);

	return !vma || vma->vm_start >= start + len;
}

vaddr_t get_unmapped_area(struct mmsim_mm *mm, vaddr_t hint, u64 len)
{
	vaddr_t task_size = mm->world->be->task_size, addr;

	if (len > task_size)
		return ~(vaddr_t)0;
	hint = align_down(hint, world_page_size(mm->world));
	if (hint >= MMAP_MIN_ADDR && hint <= task_size - len &&
	    range_free(mm, hint, len))
		return hint;
	addr = gap_down(mm, len, mm->mmap_base);
	if (addr != ~(vaddr_t)0)
		return addr;
	/* Below everything is full: bottom-up, above the usual base too. */
	return vma_tree_gap_up(&mm->tree, len, world_page_size(mm->world),
			       mm->mmap_base / 3, task_size);
}

/* A file says itself whether it is of hugetlb. */
static bool maps_hugetlb(const struct mmsim_mmap_args *a)
{
	if (a->flags & MMSIM_MAP_ANONYMOUS)
		return a->flags & MMSIM_MAP_HUGETLB;
	return a->file && a->file->kind == MMSIM_FILE_HUGETLB;
}

/* What a mapping's address and length are multiples of. */
static u64 map_granule(const struct mmsim_mm *mm,
		       const struct mmsim_mmap_args *a)
{
	return maps_hugetlb(a) ? hugetlb_page_size(mm->world)
			       : world_page_size(mm->world);
}

/* The arguments that need no look at the address space. */
static int check_args(const struct mmsim_mm *mm,
		      const struct mmsim_mmap_args *a, u64 *len)
{
	if (!mm_page_aligned(mm, a->offset))
		return -EINVAL;
	if (!(a->flags & MMSIM_MAP_ANONYMOUS) && !a->file)
		return -EBADF;
	if (a->flags & MMSIM_MAP_HUGETLB && !maps_hugetlb(a))
		return -EINVAL;
	*len = align_up(a->len, map_granule(mm, a));
	if (!a->len || (!*len && maps_hugetlb(a)))
		return -EINVAL;
	if (!*len || *len > mm->world->be->task_size)
		return -ENOMEM;
	if (mm->tree.count > mm->world->knobs[KNOB_MAX_MAP_COUNT])
		return -ENOMEM;
	return 0;
}

/* Where huge pages may begin, at the hint if that is free. */
static vaddr_t hugetlb_get_unmapped_area(struct mmsim_mm *mm, vaddr_t hint,
					 u64 len)
{
	u64 size = hugetlb_page_size(mm->world);

	hint = align_up(hint, size);
	if (hint && hint <= mm->world->be->task_size - len &&
	    range_free(mm, hint, len))
		return hint;
	return vma_tree_gap_down(&mm->tree, len, size, MMAP_MIN_ADDR,
				 mm->mmap_base);
}

static int find_place(struct mmsim_mm *mm, const struct mmsim_mmap_args *a,
		      struct mmap_plan *p)
{
	const int fixed = MMSIM_MAP_FIXED | MMSIM_MAP_FIXED_NOREPLACE;
	vaddr_t task_size = mm->world->be->task_size;
	bool aligned;

	p->fixed = a->flags & fixed;
	if (!p->fixed) {
		p->start =
			maps_hugetlb(a)
				? hugetlb_get_unmapped_area(mm, a->addr, p->len)
				: get_unmapped_area(mm, a->addr, p->len);
		return p->start == ~(vaddr_t)0 ? -ENOMEM : 0;
	}
	p->start = a->addr;
	aligned = is_aligned(p->start, map_granule(mm, a));
	/* hugetlb, and hash MMUs, which look for a place in their slices:
	 * alignment first. */
	if (!aligned && (maps_hugetlb(a) || mm->world->be->has_slices))
		return -EINVAL;
	if (p->start > task_size - p->len)
		return -ENOMEM;
	if (!aligned)
		return -EINVAL;
	if (a->flags & MMSIM_MAP_FIXED_NOREPLACE &&
	    !range_free(mm, p->start, p->len))
		return -EEXIST;
	return 0;
}

static vm_flags_t flags_of_prot(int prot)
{
	return (prot & MMSIM_PROT_READ ? VM_READ : 0) |
	       (prot & MMSIM_PROT_WRITE ? VM_WRITE : 0) |
	       (prot & MMSIM_PROT_EXEC ? VM_EXEC : 0);
}

static vm_flags_t calc_flags(const struct mmsim_mm *mm,
			     const struct mmsim_mmap_args *a)
{
	const struct mmsim *w = mm->world;
	vm_flags_t flags =
		flags_of_prot(a->prot) | VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC;

	if (a->flags & MMSIM_MAP_SHARED)
		flags |= VM_SHARED | VM_MAYSHARE;
	if (a->flags & MMSIM_MAP_GROWSDOWN)
		flags |= VM_GROWSDOWN;
	if (a->flags & MMSIM_MAP_LOCKED)
		flags |= VM_LOCKED;
	if (a->flags & MMSIM_MAP_STACK && feat(w, FEAT_STACK_NOHUGEPAGE))
		flags |= VM_NOHUGEPAGE;
	if (a->flags & MMSIM_MAP_NORESERVE &&
	    w->knobs[KNOB_OVERCOMMIT] != OVERCOMMIT_NEVER)
		flags |= VM_NORESERVE;
	if (maps_hugetlb(a))
		flags |= VM_HUGETLB | VM_DONTEXPAND;
	return flags;
}

/* Private writable memory is charged: it may all be copied one day. */
static bool accountable_mapping(vm_flags_t flags)
{
	return (flags & (VM_NORESERVE | VM_SHARED | VM_WRITE | VM_HUGETLB)) ==
	       VM_WRITE;
}

/* The file of memory that is shared, or of hugetlb, and has none: its own,
 * that nobody names. */
static int own_file(struct mmsim *w, struct mmap_plan *p,
		    struct mmsim_file **file)
{
	*file = p->file;
	if (p->file || !(p->flags & (VM_SHARED | VM_HUGETLB)))
		return 0;
	*file = file_alloc(w, p->len,
			   p->flags & VM_HUGETLB ? MMSIM_FILE_HUGETLB
						 : MMSIM_FILE_MEMFD);
	p->pgoff = 0;
	return *file ? 0 : -ENOMEM;
}

/* Pages are reserved, and a file that may be written to becomes as long as
 * its mapping. */
static int map_hugetlb(const struct mmap_plan *p, struct mmsim_file *file,
		       struct hugetlb_resv **resv)
{
	u64 offset = p->pgoff << file->world->phys.page_shift;
	int rc = hugetlb_reserve(file, offset, p->len, p->flags, resv);

	if (!rc && p->flags & VM_WRITE)
		file->size = max_u64(file->size, offset + p->len);
	return rc;
}

static int mmap_new_vma(struct mmsim_mm *mm, struct mmap_plan *p,
			struct vm_area_struct **out)
{
	struct hugetlb_resv *resv = NULL;
	struct vm_area_struct *vma;
	struct mmsim_file *file;
	int rc;

	/* Unmapping what was there let others run, who take from the same
	 * reserve. */
	if (vma_reserve(mm, 1))
		return -ENOMEM;
	rc = own_file(mm->world, p, &file);
	if (!rc && p->flags & VM_HUGETLB)
		rc = map_hugetlb(p, file, &resv);
	if (!rc) {
		vma = vma_alloc(mm);
		vma->vm_start = p->start;
		vma->vm_end = p->start + p->len;
		vma->vm_pgoff = p->pgoff;
		vma->vm_flags = p->flags;
		vma->hugetlb_owner = p->flags & VM_HUGETLB;
		vma->hugetlb_resv = resv;
		vma_set_file(vma, file);
		vma_link(vma);
		*out = vma;
	}
	if (file && file != p->file)
		file_put(file);
	return rc;
}

static int mmap_region(struct mmsim_mm *mm, struct mmap_plan *p)
{
	const struct vma_proposal proposal = {
		.start = p->start,
		.end = p->start + p->len,
		.pgoff = p->pgoff,
		.flags = p->flags,
		.file = p->file,
	};
	struct vm_area_struct *vma = NULL;
	int rc = 0;

	if (p->file || !(p->flags & (VM_SHARED | VM_HUGETLB)))
		vma = vma_merge_new(mm, &proposal);
	if (!vma)
		rc = mmap_new_vma(mm, p, &vma);
	if (rc)
		return rc;
	vm_stat_account(mm, p->flags, p->len, 1);
	/* A new mapping counts as written everywhere. */
	if (mm->world->rules.soft_dirty)
		vma->vm_flags |= VM_SOFTDIRTY;
	vma_set_page_prot(vma);
	mm_trace(mm, EV_mmap, RULE_NONE, p->start, p->len, p->flags);
	return 0;
}

/*
 * MAP_POPULATE and mlock bring in what they can: errors after the mapping
 * stands are not mmap's (but host memory is).
 */
static int populate_new(struct mmsim_mm *mm, const struct mmap_plan *p,
			int flags)
{
	bool populate = (flags & (MMSIM_MAP_POPULATE | MMSIM_MAP_NONBLOCK)) ==
			MMSIM_MAP_POPULATE;
	int rc;

	if (!populate && !(p->flags & VM_LOCKED))
		return 0;
	mmap_read_lock(mm);
	rc = mm_populate_range(mm, p->start, p->start + p->len, 0);
	mmap_read_unlock(mm);
	return mm->world->host.failed || rc == -EOPNOTSUPP ? rc : 0;
}

/* The largest file: offsets are signed. */
#define MAX_FILE_BYTES (~(u64)0 >> 1)

static bool beyond_any_file(const struct mmsim_mmap_args *a, u64 len)
{
	return a->offset > MAX_FILE_BYTES - len;
}

/*
 * Only private anonymous memory grows down, and anonymous memory has no
 * flags to validate (both seen on 6.18).
 */
static bool unsuitable_type(const struct mmsim_mmap_args *a)
{
	int type = a->flags & MAP_TYPE_MASK;

	if (!type || type > (MMSIM_MAP_SHARED | MMSIM_MAP_PRIVATE))
		return true;
	if (a->flags & MMSIM_MAP_GROWSDOWN &&
	    (type != MMSIM_MAP_PRIVATE || !(a->flags & MMSIM_MAP_ANONYMOUS)))
		return true;
	return a->flags & MMSIM_MAP_ANONYMOUS &&
	       type == (MMSIM_MAP_SHARED | MMSIM_MAP_PRIVATE);
}

/* Hash with 4K pages had tables of its own for huge pages. */
static bool hugetlb_unsupported(const struct mmsim_mm *mm,
				const struct mmsim_mmap_args *a)
{
	struct mmsim *w = mm->world;

	if (!maps_hugetlb(a) || w->be->hpage_shift == w->be->pmd_shift ||
	    feat(w, FEAT_HUGETLB_PMDS))
		return false;
	w->unsupported = "hugetlb by tables of its own";
	return true;
}

/* Everything that can refuse the mapping, before anything is changed. */
static int mmap_prepare(struct mmsim_mm *mm, const struct mmsim_mmap_args *a,
			struct mmap_plan *p)
{
	int rc;

	if (hugetlb_unsupported(mm, a))
		return -EOPNOTSUPP;
	rc = check_args(mm, a, &p->len);
	if (!rc)
		rc = find_place(mm, a, p);
	if (rc)
		return rc;
	p->flags = calc_flags(mm, a);
	p->file = a->flags & MMSIM_MAP_ANONYMOUS ? NULL : a->file;
	if ((p->file || maps_hugetlb(a)) && beyond_any_file(a, p->len))
		return -EOVERFLOW;
	if (unsuitable_type(a))
		return -EINVAL;
	if (maps_hugetlb(a) && !is_aligned(a->offset, map_granule(mm, a)))
		return -EINVAL;
	p->pgoff =
		(p->file ? a->offset : p->start) >> mm->world->phys.page_shift;
	if (accountable_mapping(p->flags)) {
		rc = vm_enough_memory(mm, p->len);
		p->flags |= VM_ACCOUNT;
	}
	return rc ? rc : vma_reserve(mm, 3);
}

static int mmap_locked(struct mmsim_mm *mm, const struct mmsim_mmap_args *a,
		       struct mmap_plan *p)
{
	int rc;

	rc = mmap_prepare(mm, a, p);
	if (!rc && p->fixed)
		rc = unmap_unsealed(mm, p->start, p->start + p->len);
	return rc ? rc : mmap_region(mm, p);
}

int do_mmap(struct mmsim_mm *mm, const struct mmsim_mmap_args *a, vaddr_t *addr)
{
	struct mmap_plan p = { 0 };
	int rc;

	mmap_write_lock(mm);
	rc = mmap_locked(mm, a, &p);
	mmap_write_unlock(mm);
	if (rc)
		return rc;
	*addr = p.start;
	return populate_new(mm, &p, a->flags);
}
