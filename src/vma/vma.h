/* SPDX-License-Identifier: MIT */
/*
 * struct vm_area_struct, and what makes two of them one.
 */
#ifndef VMA_VMA_H
#define VMA_VMA_H

#include "core/mempolicy.h"
#include "core/swap_ahead.h"
#include "core/types.h"
#include "core/vm_flags.h"

#include <bsd/sys/queue.h>

struct hugetlb_resv;
struct mmsim_file;
struct mmsim_mm;

LIST_HEAD(anon_vma_list, anon_vma);
TAILQ_HEAD(anon_vma_vmas, vm_area_struct);

/*
 * An anon_vma: pages that one VMA or a family of VMAs by fork may share. What
 * merging asks of it is its identity; the reverse map (rmap/rmap.h) goes
 * through the VMAs of it and of all that descend from it.
 *
 * A VMA is linked to the anon_vma that its new pages belong to and, through
 * that one's parents, to those of its ancestors: the chain of the kernel.
 */
struct anon_vma {
	u64 id;
	u32 refcount; /* VMAs linked to it, its children, and KSM */
	struct anon_vma *parent;
	struct anon_vma_list children;
	LIST_ENTRY(anon_vma) siblings;
	struct anon_vma_vmas vmas; /* oldest first */
};

struct vm_area_struct {
	vaddr_t vm_start, vm_end; /* [vm_start, vm_end) */
	vm_flags_t vm_flags;
	u64 vm_pgoff;	  /* pages; of an anonymous VMA its first address,
				 * as it was when it was made */
	u64 vm_page_prot; /* a pgprot_t of the world's format */
	struct mmsim_mm *vm_mm;
	struct mmsim_file *vm_file; /* NULL: private anonymous memory */
	struct anon_vma *anon_vma;
	struct mempolicy policy;
	struct swap_ahead swap_ahead; /* of its swap faults */
	bool kept_apart;    /* emptied by mremap, or cut at the limit: may
				 * lie beside one it could merge with */
	bool hugetlb_owner; /* it is none that fork made */
	bool hugetlb_lost;  /* the owner took a page of it back */
	struct hugetlb_resv *hugetlb_resv;     /* of a private one; or NULL */
	u32 nr_anon_chain;		       /* anon_vmas it is linked to */
	TAILQ_ENTRY(vm_area_struct) anon_link; /* in anon_vma's list */
	LIST_ENTRY(vm_area_struct) file_link;  /* in vm_file's list */
	struct vm_area_struct *next_free;      /* while in the pool */
};

static inline bool vma_is_anonymous(const struct vm_area_struct *vma)
{
	return !vma->vm_file;
}

/* A VMA that some access is allowed in; PROT_NONE is not. */
static inline bool vma_is_accessible(const struct vm_area_struct *vma)
{
	return vma->vm_flags & VM_ACCESS_FLAGS;
}

static inline u64 vma_size(const struct vm_area_struct *vma)
{
	return vma->vm_end - vma->vm_start;
}

#endif
