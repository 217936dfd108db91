/* SPDX-License-Identifier: MIT */
#include "vma/vma_ops.h"

#include <errno.h>
#include <mmsim/process.h>

#include "core/assert.h"
#include "core/sched.h"
#include "mm/file.h"
#include "mm/hugetlb.h"
#include "swap/swap.h"
#include "vma/anon_vma.h"

#define VMA_CHUNK 32

/* A chunk of VMAs; the pool links chunks and free VMAs. */
struct vma_chunk {
	struct vma_chunk *next;
	struct vm_area_struct vmas[VMA_CHUNK];
};

struct vm_area_struct *find_vma_other(struct mmsim_mm *mm, vaddr_t addr)
{
	struct vm_area_struct *vma = vma_tree_find_far(&mm->tree, addr);

	if (vma)
		mm->mmap_cache = vma;
	return vma;
}

/* ---- accounting ---- */

void vm_stat_account(struct mmsim_mm *mm, vm_flags_t flags, u64 len, int sign)
{
	u64 pages = (len >> mm->world->phys.page_shift) * (u64)(s64)sign;

	mm->total_vm += pages;
	if (flags & VM_LOCKED)
		mm->locked_vm += pages;
	if (flags & VM_ACCOUNT)
		mm->world->committed += pages;
}

static u64 total_ram(const struct mmsim *w)
{
	return w->phys.node_pages * w->phys.nr_nodes;
}

/*
 * vm.overcommit_memory: 1 never refuses, 0 refuses what exceeds all memory and
 * swap at once, 2 holds the sum of all charges to half of memory, and swap.
 */
int vm_enough_memory(struct mmsim_mm *mm, u64 len)
{
	const struct mmsim *w = mm->world;
	u64 pages = len >> w->phys.page_shift, swap = swap_total_pages(w);

	if (w->knobs[KNOB_OVERCOMMIT] == OVERCOMMIT_ALWAYS)
		return 0;
	if (w->knobs[KNOB_OVERCOMMIT] == OVERCOMMIT_GUESS)
		return pages > total_ram(w) + swap ? -ENOMEM : 0;
	return w->committed + pages > total_ram(w) / 2 + swap ? -ENOMEM : 0;
}

/* ---- growing stacks ---- */

/* Distance that must stay free below a stack (stack_guard_gap). */
#define STACK_GUARD_PAGES 256

static bool may_grow_down(struct mmsim_mm *mm, struct vm_area_struct *vma,
			  vaddr_t start)
{
	u64 gap = STACK_GUARD_PAGES * world_page_size(mm->world);
	struct vm_area_struct *prev = vma_tree_prev(&mm->tree, vma);

	if (start < MMAP_MIN_ADDR ||
	    vma->vm_end - start > (u64)mm->world->knobs[KNOB_STACK_LIMIT])
		return false;
	if (!prev || prev->vm_flags & VM_GROWSDOWN || !vma_is_accessible(prev))
		return !prev || prev->vm_end <= start;
	return start >= prev->vm_end && start - prev->vm_end >= gap;
}

struct vm_area_struct *find_vma_other_growing(struct mmsim_mm *mm, vaddr_t addr)
{
	struct vm_area_struct *vma = find_vma_other(mm, addr);
	u64 page = world_page_size(mm->world);
	vaddr_t start;

	if (!vma || vma->vm_start <= addr || !(vma->vm_flags & VM_GROWSDOWN))
		return vma;
	start = align_down(addr, page);
	if (!may_grow_down(mm, vma, start))
		return vma;
	if (vma->vm_flags & VM_ACCOUNT &&
	    vm_enough_memory(mm, vma->vm_start - start))
		return vma;
	vm_stat_account(mm, vma->vm_flags, vma->vm_start - start, 1);
	mm_trace(mm, EV_mmap, RULE_STACK_GROW, addr, vma->vm_start, start);
	vma->vm_pgoff -= (vma->vm_start - start) / page;
	vma_tree_resize(&mm->tree, vma, start, vma->vm_end);
	return vma;
}

/* ---- memory ---- */

static void vma_pool_put(struct vma_pool *pool, struct vm_area_struct *vma)
{
	vma->next_free = pool->free;
	pool->free = vma;
	pool->nr_free++;
}

static int pool_grow(struct mmsim *w)
{
	struct vma_chunk *chunk = host_alloc(&w->host, sizeof(*chunk));
	unsigned i;

	if (!chunk)
		return -ENOMEM;
	chunk->next = w->vma_pool.chunks;
	w->vma_pool.chunks = chunk;
	for (i = 0; i < VMA_CHUNK; i++)
		vma_pool_put(&w->vma_pool, &chunk->vmas[i]);
	return 0;
}

int vma_reserve(struct mmsim_mm *mm, unsigned nr)
{
	struct mmsim *w = mm->world;

	while (w->vma_pool.nr_free < nr)
		if (pool_grow(w))
			return -ENOMEM;
	return vma_tree_reserve(&mm->tree, nr);
}

void vma_pool_destroy(struct mmsim *w)
{
	struct vma_chunk *chunk;

	while ((chunk = w->vma_pool.chunks)) {
		w->vma_pool.chunks = chunk->next;
		host_free(&w->host, chunk, sizeof(*chunk));
	}
}

struct vm_area_struct *vma_alloc(struct mmsim_mm *mm)
{
	struct vma_pool *pool = &mm->world->vma_pool;
	struct vm_area_struct *vma = pool->free;

	mm_assert(vma);
	pool->free = vma->next_free;
	pool->nr_free--;
	*vma = (struct vm_area_struct){ .vm_mm = mm };
	return vma;
}

void vma_free(struct vm_area_struct *vma)
{
	anon_vma_unlink(vma);
	hugetlb_vma_free(vma);
	vma_set_file(vma, NULL);
	vma_pool_put(&vma->vm_mm->world->vma_pool, vma);
}

/* ---- the tree and the file's list ---- */

void vma_link(struct vm_area_struct *vma)
{
	int rc MMSIM_UNUSED = vma_tree_insert(&vma->vm_mm->tree, vma);

	mm_assert(!rc);
}

void vma_forget(struct vm_area_struct *vma)
{
	struct mmsim_mm *mm = vma->vm_mm;

	if (mm->mmap_cache == vma)
		mm->mmap_cache = NULL;
	vma_free(vma);
}

void vma_remove(struct vm_area_struct *vma)
{
	vma_tree_erase(&vma->vm_mm->tree, vma);
	vma_forget(vma);
}

void vma_set_file(struct vm_area_struct *vma, struct mmsim_file *file)
{
	if (vma->vm_file) {
		rmap_wait(vma->vm_mm->world, vma->vm_start);
		LIST_REMOVE(vma, file_link);
		file_put(vma->vm_file);
	}
	vma->vm_file = file;
	if (!file)
		return;
	LIST_INSERT_HEAD(&file->vmas, vma, file_link);
	file->refcount++;
}

/* The file wants to be asked before a page of it is written to. */
static bool vma_has_page_mkwrite(const struct vm_area_struct *vma)
{
	return vma->vm_file && vma->vm_file->kind == MMSIM_FILE_WRITENOTIFY;
}

bool vma_wants_writenotify(const struct vm_area_struct *vma)
{
	const struct mmsim *w = vma->vm_mm->world;

	if ((vma->vm_flags & (VM_WRITE | VM_SHARED)) != (VM_WRITE | VM_SHARED))
		return false;
	if (w->rules.soft_dirty &&
	    !(vma->vm_flags & (VM_SOFTDIRTY | VM_HUGETLB)))
		return true;
	if (vma->vm_flags & VM_UFFD_WP)
		return true;
	return vma_has_page_mkwrite(vma);
}

bool vma_wants_manual_pte_write_upgrade(const struct vm_area_struct *vma)
{
	if (!(vma->vm_flags & VM_SHARED))
		return vma->vm_flags & VM_WRITE;
	/*
	 * The other reasons to be told of writes are looked for only where
	 * vm_page_prot is still what the flags say, and they took the write
	 * right out of it (seen on 6.18 with userfaultfd).
	 */
	return vma->vm_flags & VM_WRITE && vma_has_page_mkwrite(vma);
}

void vma_set_page_prot(struct vm_area_struct *vma)
{
	const struct mmsim *w = vma->vm_mm->world;
	vm_flags_t flags = vma->vm_flags;

	if (vma_wants_writenotify(vma))
		flags &= ~VM_SHARED;
	vma->vm_page_prot = w->page_prot[flags & 15];
}

static bool huge_aligned(const struct mmsim *w, vaddr_t addr)
{
	return is_aligned(addr,
			  BIT_U64(w->phys.page_shift + w->phys.block_order));
}

int split_vma(struct vm_area_struct *vma, vaddr_t addr,
	      struct vm_area_struct **upper)
{
	struct mmsim_mm *mm = vma->vm_mm;
	struct vm_area_struct *new;

	if (mm->tree.count >= mm->world->knobs[KNOB_MAX_MAP_COUNT])
		return -ENOMEM;
	if (vma->vm_flags & VM_HUGETLB && !huge_aligned(mm->world, addr))
		return -EINVAL;
	new = vma_alloc(mm);
	new->vm_flags = vma->vm_flags;
	new->vm_page_prot = vma->vm_page_prot;
	new->policy = vma->policy;
	new->swap_ahead = vma->swap_ahead;
	new->kept_apart = vma->kept_apart;
	hugetlb_vma_clone(new, vma);
	new->vm_start = addr;
	new->vm_end = vma->vm_end;
	new->vm_pgoff = vma->vm_pgoff +
			((addr - vma->vm_start) >> mm->world->phys.page_shift);
	vma_set_file(new, vma->vm_file);
	anon_vma_clone(new, vma);
	vma_tree_split(&mm->tree, vma, new);
	mm_trace(mm, EV_split_vma, RULE_VMA_SPLIT, addr, vma->vm_start,
		 new->vm_end);
	*upper = new;
	return 0;
}
