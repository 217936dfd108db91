/* SPDX-License-Identifier: MIT */
/*
 * struct mm_backend - what an instance exports: coarse operations, each a
 * fault or a range, never one entry. Everything else of it is static.
 *
 * All ranges are page-aligned [start, end) inside the user's address space.
 */
#ifndef CORE_BACKEND_H
#define CORE_BACKEND_H

#include "core/access.h"
#include "core/types.h"
#include "core/world.h"

#include <mmsim/entry.h>

struct arch_field;
struct mmu_gather;

/* Which parts of a zap the caller asks for. */
struct zap_details {
	bool drop_tables;  /* MADV_DONTNEED: PT_RECLAIM may apply */
	bool keep_cows;	   /* a hole in a file: private copies stay */
	bool drop_markers; /* the VMA goes: its guards too */
};

/* How pages are faulted in without an access. */
#define POPULATE_WRITE	 1u
#define POPULATE_RETRY	 2u  /* a fault that waited goes on, else begins anew */
#define POPULATE_NOWAIT	 4u  /* none may wait */
#define POPULATE_UNSHARE 8u  /* read-only, but the process's own pages */
#define POPULATE_LOCKED	 16u /* and keep them: mlock */

/* What mprotect asks of change_protection(). */
#define MM_CP_TRY_CHANGE_WRITABLE 1u  /* 6.0+ */
#define MM_CP_DIRTY_ACCT	  2u  /* until 5.19 */
#define MM_CP_PROT_NUMA		  16u /* hinting entries, not vm_page_prot */

/* And userfaultfd: protect, or take the protection away. */
#define MM_CP_UFFD_WP	      4u
#define MM_CP_UFFD_WP_RESOLVE 8u

struct mm_backend {
	const char *name;
	unsigned page_shift, pmd_shift, nr_levels;
	unsigned hpage_shift; /* of a hugetlb page, and the largest folio */
	unsigned cont_shift;  /* of a contiguous block; 0: there is none */
	bool has_thp;
	unsigned cont_ptes; /* entries of a contiguous block, 1: none */
	vaddr_t task_size;
	bool has_slices; /* of a hash MMU: where a mapping may lie */
	const struct arch_field *pte_fields, *pmd_fields, *swap_fields;
	unsigned nr_pte_fields, nr_pmd_fields, nr_swap_fields;

	/* A present entry without its page frame number. */
	u64 (*mask_pfn)(u64 raw, const struct arch_rules *rules);

	/* What a release and its features mean for the format. */
	void (*rules_init)(struct arch_rules *rules,
			   const struct feature_set *features, u32 kernel);
	u64 (*protection)(unsigned index, const struct arch_rules *rules);

	/* The top-level table: 0 or -ENOMEM; mm_exit wants an empty one. */
	int (*mm_init)(struct mmsim_mm *mm);
	void (*mm_exit)(struct mmsim_mm *mm);

	/* mmsim_access() inside one page, without contents, by the CPU's
	 * process in a world where nobody looks on (access_is_plain()), which
	 * the TLB's last used entry does not grant; its operation has begun.
	 * What translate() has no page for ends in mmsim.access_rest(), with
	 * the same arguments. */
	int (*access_walk)(struct tlb_cpu *cpu, vaddr_t addr, size_t len,
			   unsigned kind, struct mmsim_fault *fault);

	/* The page of an access inside one page, in a world where nobody looks
	 * on (access_is_plain()), if the TLB grants it or a walk finds an entry
	 * like the one before. As access(), but contents are left to the
	 * caller. @ahead: where an access goes that comes soon, or 0.
	 * PFN_OTHER: the TLB has nothing, the walk, which is counted, comes to
	 * another entry: fault_first() goes on. PFN_NONE: nothing happened
	 * yet, access() does it. */
	pfn_t (*translate)(struct mmsim_mm *mm, struct tlb_cpu *cpu,
			   vaddr_t addr, unsigned kind, vaddr_t ahead);

	/* The same access after PFN_OTHER, by a fault if the entry refuses it.
	 * PFN_NONE: the process gets a signal, access->error says why it
	 * failed, or it needs access() after all. */
	pfn_t (*fault_first)(struct mmsim_mm *mm, struct tlb_cpu *cpu,
			     struct access *access);

	/* Carry out an access. 0, or a negative errno for what is no fault of
	 * the simulated process (host memory, not modelled). */
	int (*access)(struct mmsim_mm *mm, struct access *access);

	/* Fault pages in as an access would, without one (POPULATE_*): 0,
	 * -EFAULT, -ENOMEM, or as access. */
	int (*populate)(struct mmsim_mm *mm, struct vm_area_struct *vma,
			vaddr_t start, vaddr_t end, unsigned how);

	/* A page is broken, which the process has at @addr: it goes out of
	 * use. 0; -EBUSY or -EHWPOISON: a huge page that cannot be split;
	 * -EOPNOTSUPP. */
	int (*memory_failure)(struct mmsim_mm *mm, vaddr_t addr, pfn_t pfn);

	/* Split a file's folio at one of its frames: pte/huge.h. */
	bool (*split_file_folio)(struct mmsim *w, u32 pid, pfn_t at,
				 bool uneven);

	/* Take entries out; their pages go at finish_mmu(). */
	void (*zap)(struct mmu_gather *tlb, struct vm_area_struct *vma,
		    vaddr_t start, vaddr_t end, struct zap_details details);

	/* Take out the tables that lie wholly in [floor, ceiling) and map
	 * nothing but [start, end). */
	void (*free_tables)(struct mmu_gather *tlb, vaddr_t start, vaddr_t end,
			    vaddr_t floor, vaddr_t ceiling);

	/* Flush what was gathered, free it, and end the gather. */
	void (*finish_mmu)(struct mmu_gather *tlb);

	/* Copy a VMA's entries at fork: 0 or -ENOMEM. */
	int (*copy)(struct mmsim_mm *dst, struct mmsim_mm *src,
		    struct vm_area_struct *dst_vma,
		    struct vm_area_struct *src_vma);

	/* Give entries the VMA's vm_page_prot: how many were changed. */
	u64 (*change_protection)(struct mmu_gather *tlb,
				 struct vm_area_struct *vma, vaddr_t start,
				 vaddr_t end, unsigned cp_flags);

	/* userfaultfd: write-protect the entries of a range or take the
	 * protection away: 0; -ENOMEM, what came before it done. */
	int (*uffd_wp)(struct mmsim_mm *mm, struct vm_area_struct *vma,
		       vaddr_t start, vaddr_t end, bool enable);

	/* move_pages(): the page's node, now or after it was moved; -ENOENT,
	 * -EFAULT, -EACCES, -EBUSY or -ENOMEM. *taken: it was isolated to be
	 * moved, and is where it was if the value is negative. */
	int (*node_of_page)(struct mmsim_mm *mm, vaddr_t addr);
	int (*move_page)(struct mmsim_mm *mm, vaddr_t addr, unsigned node,
			 bool shared, bool *taken);
	/* mbind(), migrate_pages(): part of a mapping. 0; -ENOMEM: host, or
	 * for migrate_pages() a node that is full. */
	int (*migrate_range)(struct mmsim_mm *mm, struct vm_area_struct *vma,
			     vaddr_t start, vaddr_t end,
			     struct move_range *move);

	/* KSM: give a range pages of its own in the place of KSM pages: 0 or
	 * -ENOMEM; a pass over all that is offered: 0 or -ENOMEM (host). */
	int (*unmerge_ksm)(struct mmsim_mm *mm, struct vm_area_struct *vma,
			   vaddr_t start, vaddr_t end);
	int (*ksm_scan)(struct mmsim *w);

	/* Move entries: bytes moved, less than len if memory ran out. */
	u64 (*move)(struct mmsim_mm *mm, struct vm_area_struct *vma,
		    vaddr_t old, struct vm_area_struct *new_vma, vaddr_t new,
		    u64 len);

	void (*madvise_free)(struct mmu_gather *tlb, struct vm_area_struct *vma,
			     vaddr_t start, vaddr_t end);
	void (*madvise_cold)(struct mmu_gather *tlb, struct vm_area_struct *vma,
			     vaddr_t start, vaddr_t end);

	void (*madvise_pageout)(struct mmsim_mm *mm, struct vm_area_struct *vma,
				vaddr_t start, vaddr_t end);

	/* Free pages not used for longest, as kswapd or for whoever needs
	 * them: how many were freed. */
	u64 (*reclaim)(struct mmsim *w, u64 nr, bool kswapd);

	/* MADV_WILLNEED: read what was swapped out into the swap cache. */
	void (*willneed)(struct mmsim_mm *mm, vaddr_t start, vaddr_t end);

	/* swapoff: bring back what a VMA has on a device: 0 or -ENOMEM. */
	int (*unuse)(struct mmsim_mm *mm, struct vm_area_struct *vma,
		     unsigned type);

	/* /proc/PID/clear_refs for one VMA: make entries old, or clear their
	 * soft-dirty and write bits. The caller flushes. */
	void (*clear_refs)(struct mmsim_mm *mm, struct vm_area_struct *vma,
			   bool soft_dirty);
	/* Write-back: make the entry of a page clean and read-only; whether it
	 * was neither. */
	bool (*mkclean)(struct mmsim_mm *mm, vaddr_t addr);
	/* MADV_COLLAPSE: 0, -EINVAL, -EAGAIN or -ENOMEM. */
	int (*collapse)(struct mmsim_mm *mm, struct vm_area_struct *vma,
			vaddr_t start, vaddr_t end);
	/* khugepaged's look at a VMA: extents collapsed; 0 or -ENOMEM. */
	int (*khugepaged)(struct mmsim_mm *mm, struct vm_area_struct *vma,
			  u64 *nr);
	/* Whether a locked VMA maps a folio, and all of it. */
	bool (*mlocked)(struct mmsim *w, pfn_t pfn);
	/* Memory that is in use may have huge pages, once it has the flags:
	 * khugepaged hears of its process. */
	void (*khugepaged_enter)(const struct vm_area_struct *vma,
				 vm_flags_t flags);

	/* A VMA that begins at floor by then is about to be cut at an address:
	 * a huge entry that maps it is split. */
	void (*split_huge)(struct vm_area_struct *vma, vaddr_t floor,
			   vaddr_t addr);

	/* Guard markers: 0 or -ENOMEM, what came before it done. */
	int (*guard_install)(struct mmsim_mm *mm, struct vm_area_struct *vma,
			     vaddr_t start, vaddr_t end);
	void (*guard_remove)(struct mmsim_mm *mm, vaddr_t start, vaddr_t end);

	/* Look, changing nothing. */
	void (*entry)(struct mmsim_mm *mm, vaddr_t addr,
		      struct mmsim_entry *entry);
	unsigned (*walk)(struct mmsim_mm *mm, vaddr_t addr,
			 struct mmsim_walk_step *steps, unsigned max);
	void (*would)(struct mmsim_mm *mm, vaddr_t addr, unsigned kind,
		      struct mmsim_verdict *verdict);
	int (*decode)(u64 raw, unsigned shift, const struct arch_rules *rules,
		      struct mmsim_entry *entry);
	void (*helpers)(u64 raw, unsigned shift, const struct arch_rules *rules,
			void (*fn)(const char *name, void *user), void *user);

	/* Go through all leaf entries of a process. */
	void (*for_each_entry)(struct mmsim_mm *mm,
			       void (*fn)(vaddr_t addr,
					  const struct mmsim_entry *entry,
					  void *user),
			       void *user);
	/* Tables in use by walking them: how many, and their bytes. */
	void (*count_tables)(struct mmsim_mm *mm, u64 *nr, u64 *bytes);
};

#endif
