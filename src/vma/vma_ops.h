/* SPDX-License-Identifier: MIT */
/*
 * Finding, making, splitting and merging the VMAs of a process.
 *
 * Whoever changes the set calls vma_reserve() first: what follows cannot fail
 * for want of host memory.
 */
#ifndef VMA_VMA_OPS_H
#define VMA_VMA_OPS_H

#include "core/world.h"

/* Nothing is mapped below without being asked for (vm.mmap_min_addr). */
#define MMAP_MIN_ADDR 65536

/* Not the one found last. */
struct vm_area_struct *find_vma_other(struct mmsim_mm *mm, vaddr_t addr);
struct vm_area_struct *find_vma_other_growing(struct mmsim_mm *mm,
					      vaddr_t addr);

static inline bool vma_covers(const struct vm_area_struct *vma, vaddr_t addr)
{
	return vma && vma->vm_start <= addr && addr < vma->vm_end;
}

/* The VMA that ends above an address (it may start above it too), or NULL. */
static inline struct vm_area_struct *find_vma(struct mmsim_mm *mm, vaddr_t addr)
{
	struct vm_area_struct *vma = mm->mmap_cache;

	return likely(vma_covers(vma, addr)) ? vma : find_vma_other(mm, addr);
}

/* The same, after growing a VM_GROWSDOWN mapping down to the address. */
static inline struct vm_area_struct *find_vma_growing(struct mmsim_mm *mm,
						      vaddr_t addr)
{
	struct vm_area_struct *vma = mm->mmap_cache;

	return likely(vma_covers(vma, addr)) ? vma
					     : find_vma_other_growing(mm, addr);
}

/* Account len bytes with these flags as mapped (nr_sign 1) or not (-1). */
void vm_stat_account(struct mmsim_mm *mm, vm_flags_t flags, u64 len, int sign);

/* Charge pages against the overcommit limit: 0 or -ENOMEM. */
int vm_enough_memory(struct mmsim_mm *mm, u64 len);

/**
 * vma_reserve() - host memory for @nr new VMAs.
 *
 * Return: 0, or -ENOMEM with nothing changed.
 */
int vma_reserve(struct mmsim_mm *mm, unsigned nr);

/* Give back all of a world's VMA memory. */
void vma_pool_destroy(struct mmsim *w);

/* An empty VMA out of the reserve; not in the tree yet. */
struct vm_area_struct *vma_alloc(struct mmsim_mm *mm);
void vma_free(struct vm_area_struct *vma);

/* Hang a VMA into the tree and its file's list; take it out and free it. */
void vma_link(struct vm_area_struct *vma);
void vma_remove(struct vm_area_struct *vma);

/* Free one that is in the tree no longer. */
void vma_forget(struct vm_area_struct *vma);

/* Let a VMA refer to a file; may be NULL. */
void vma_set_file(struct vm_area_struct *vma, struct mmsim_file *file);

/* vm_page_prot from the flags: without SHARED where writes must be seen. */
void vma_set_page_prot(struct vm_area_struct *vma);

/* Whether a shared mapping must fault on the first write to a page. */
bool vma_wants_writenotify(const struct vm_area_struct *vma);

/* Whether a change of protection may give entries their write bit at once. */
bool vma_wants_manual_pte_write_upgrade(const struct vm_area_struct *vma);

/**
 * split_vma() - cut a VMA in two at an address inside it.
 *
 * Return: 0 with @vma as the lower part and *upper the other; -ENOMEM at the
 * process's limit of mappings. Wants a vma_reserve() of 1.
 */
int split_vma(struct vm_area_struct *vma, vaddr_t addr,
	      struct vm_area_struct **upper);

/**
 * vma_modify_flags() - give [start, end), inside one VMA, other flags.
 * @vma: on success the VMA that covers it: it may reach further.
 *
 * It merges with equal neighbours, else is split off. vm_page_prot is not
 * touched.
 *
 * Return: 0, or -ENOMEM at the limit of mappings, where it may have been
 * split without being changed. Wants a vma_reserve() of 2.
 */
int vma_modify_flags(struct vm_area_struct **vma, vaddr_t start, vaddr_t end,
		     vm_flags_t flags);

/* The same for its memory policy. */
int vma_modify_policy(struct vm_area_struct **vma, vaddr_t start, vaddr_t end,
		      const struct mempolicy *policy);

/* What a mapping that is to be made would be. */
struct vma_proposal {
	vaddr_t start, end;
	u64 pgoff;
	vm_flags_t flags;
	struct mmsim_file *file;
	struct mempolicy policy;
	const struct vm_area_struct *source; /* of mremap: its anon_vma */
	const struct vm_area_struct *apart;  /* does not merge with this one */
};

/**
 * vma_merge_new() - grow a neighbour instead of making a mapping.
 *
 * Return: the VMA that now covers it, or NULL if none fits.
 */
struct vm_area_struct *vma_merge_new(struct mmsim_mm *mm,
				     const struct vma_proposal *p);

#endif
