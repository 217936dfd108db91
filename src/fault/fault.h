/* SPDX-License-Identifier: MIT */
/*
 * Page faults: the generic handler, one file per kind of fault, and the
 * accesses of a simulated CPU that lead to them.
 */
#ifndef FAULT_FAULT_H
#define FAULT_FAULT_H

#include "core/backend.h"
#include "pte/lock.h"
#include "pte/walk.h"
#include "tlb/lookup.h"

struct swap_ref;

/* What a handler answers: bits, 0 for a minor fault that is done. */
#define VM_FAULT_OOM	     0x1u
#define VM_FAULT_SIGBUS	     0x2u
#define VM_FAULT_MAJOR	     0x4u
#define VM_FAULT_HWPOISON    0x10u
#define VM_FAULT_SIGSEGV     0x40u
#define VM_FAULT_NOPAGE	     0x100u
#define VM_FAULT_FALLBACK    0x800u   /* no huge page: go on with small ones */
#define VM_FAULT_HOST	     0x10000u /* the host has no memory; not a kernel's */
#define VM_FAULT_UNSUPPORTED 0x20000u /* needs what is not modelled yet */
#define VM_FAULT_USERFAULT   0x40000u /* waits; a kernel says RETRY */
#define VM_FAULT_ERROR                                             \
	(VM_FAULT_OOM | VM_FAULT_SIGBUS | VM_FAULT_HWPOISON |      \
	 VM_FAULT_SIGSEGV | VM_FAULT_HOST | VM_FAULT_UNSUPPORTED | \
	 VM_FAULT_USERFAULT)

/* How the fault came about. */
#define FAULT_FLAG_WRITE       1u
#define FAULT_FLAG_ALLOW_RETRY 4u    /* it may wait without the mmap lock */
#define FAULT_FLAG_USER	       64u   /* an access, not populate */
#define FAULT_FLAG_UNSHARE     1024u /* a read-only pin wants its own page */
/* No kernel's: after it the CPU walks, and may be told to fill its TLB by the
 * record of the fault. VM_FAULT_FILL answers that it has been. */
#define FAULT_FLAG_FILL EVENTS_FIRST_FILL
#define VM_FAULT_FILL	EVENTS_FIRST_FILL

struct vm_fault {
	struct mmsim_mm *mm;
	struct vm_area_struct *vma;
	vaddr_t addr;	/* of the page */
	unsigned flags; /* FAULT_FLAG_ */
	bool write;
	bool unshare; /* the page is to be the process's own, not writable */
	bool read;    /* a swap device was read for it */
	bool uffd_wp; /* a marker was there: what is mapped is protected */
	bool told;    /* of the fault itself; see vmf_tell() */
	u64 *ptep;    /* its entry; NULL: a file's, which needs no table yet */
	pte_t orig;   /* as it was found */
	vaddr_t at;   /* of the access */
};

/**
 * vmf_lock() - lock the table of the fault's entry, before it is changed.
 *
 * The entry was read without the lock, and what was allocated since may have
 * let others run: where it is not as it was, the fault is given up, and the
 * access is simply tried again.
 *
 * Return: whether the entry is vmf->orig still, at vmf->ptep; if not, nothing
 * is locked.
 */
mm_static bool vmf_relock(struct vm_fault *vmf);

static inline __attribute__((always_inline)) bool vmf_lock(struct vm_fault *vmf)
{
	count_ptep_get(vmf->mm, vmf->ptep);
	return likely(!sched_on(vmf->mm->world)) || vmf_relock(vmf);
}

static inline void vmf_unlock(struct vm_fault *vmf)
{
	pte_unlock(vmf->mm, vmf->addr);
}

/**
 * ptep_set_access_flags() - make the fault's entry more permissive in place.
 *
 * arm64 then invalidates what made the CPU trap: everywhere up to 6.18, on
 * this CPU alone from 6.19 on. x86 and powerpc look again by themselves.
 */
mm_static void ptep_set_access_flags(struct vm_fault *vmf, pte_t pte,
				     enum sim_rule rule);

/* One file per kind of fault; the entry is missing, or read-only for wp.
 * do_wp_page() finds the table locked, the others unlocked; all leave it
 * unlocked. */
mm_static MMSIM_APART unsigned do_anonymous_page(struct vm_fault *vmf);
/* do_anonymous_page() where somebody hears events. */
mm_static MMSIM_APART unsigned do_anonymous_page_heard(struct vm_fault *vmf);
mm_static MMSIM_APART unsigned do_fault(struct vm_fault *vmf);
mm_static MMSIM_APART unsigned do_wp_page(struct vm_fault *vmf);

/* A fault on an entry that names a slot; as do_anonymous_page(). */
mm_static MMSIM_APART unsigned do_swap_page(struct vm_fault *vmf);

/* What a swap fault found in the swap cache may be there from readahead. */
mm_static void swapin_found(struct vm_fault *vmf, struct swap_ref at);

/* Before a swap fault reads its page: the neighbours'. */
mm_static void swapin_readahead(struct vm_fault *vmf, struct swap_ref at);

/* swapoff: bring back what a VMA has on a device. 0 or -ENOMEM. */
mm_static int unuse_vma(struct mmsim_mm *mm, struct vm_area_struct *vma,
			unsigned type);

/* MADV_WILLNEED: read what was swapped out of a range into the swap cache. */
mm_static void swapin_walk(struct mmsim_mm *mm, vaddr_t start, vaddr_t end);

/* fault/anon.c: orders between a page and the PMD that the mapping may have,
 * as bits. */
mm_static u64 mthp_orders(const struct vm_fault *vmf);

/* A hinting entry, found locked; leaves it unlocked. */
mm_static unsigned do_numa_page(struct vm_fault *vmf);

/* The same for a huge one, not locked yet. */
mm_static unsigned do_huge_pmd_numa_page(struct vm_fault *vmf, u64 *pmdp,
					 pmd_t pmd);

/* Whether a fault of a file's mapping where no table is yet may come by a huge
 * entry, or ends in SIGBUS: then it is taken without one (recorded on 5.10 to
 * 7.2: no table stands there afterwards). */
mm_static bool file_fault_needs_no_table(const struct vm_fault *vmf);

/* Map a huge page of a file where nothing is, no table either: written if the
 * rule is RULE_FILE_SHARED. */
mm_static unsigned do_set_pmd(struct vm_fault *vmf, pfn_t pfn,
			      enum sim_rule rule);

/* Lock a huge entry; false, nothing locked: another CPU's fault changed it. */
mm_static bool pmd_lock_same(struct vm_fault *vmf, u64 *pmdp, pmd_t pmd);

/**
 * huge_fault() - a fault where there is no table of PTEs.
 *
 * Return: as a handler; VM_FAULT_FALLBACK: it is the PTEs' after all.
 */
mm_static MMSIM_APART unsigned huge_fault(struct vm_fault *vmf);

/* The rest of a fault on a huge entry; of a THP's and of hugetlb's. */
mm_static void huge_pmd_set_accessed(struct vm_fault *vmf, u64 *pmdp,
				     pmd_t pmd);
mm_static void update_mmu_cache_pmd(struct vm_fault *vmf);

/* A fault of a hugetlb mapping, and what a write to a read-only entry does. */
mm_static MMSIM_APART unsigned hugetlb_fault(struct vm_fault *vmf);
mm_static enum sim_rule hugetlb_wp_decide(const struct mmsim *w, pmd_t pmd);

/* What a write to a read-only huge entry of a folio does: the pure part. */
mm_static enum sim_rule huge_wp_decide(const struct page *head);

/**
 * wp_decide() - what a write-protect fault does: the pure part.
 * @page: that the entry maps; NULL: the zero page.
 */
mm_static enum sim_rule wp_decide(const struct mmsim *w,
				  const struct vm_area_struct *vma,
				  const struct page *page);

/**
 * anon_vma_prepare() - make sure a VMA has an anon_vma: a neighbour's that it
 * may merge with one day, or a new one.
 *
 * Return: 0 or VM_FAULT_HOST.
 */
mm_static unsigned anon_vma_fault(struct vm_fault *vmf);

/* Tell the file of a shared mapping, if it wants to know, that a page is about
 * to be written to; nothing is locked. */
mm_static void do_page_mkwrite(struct vm_fault *vmf, pfn_t pfn);

/*
 * A write to the page of a shared mapping. Before VM_FAULT_COMPLETED one that
 * newly dirtied the page dropped the lock and was retried, which counts as
 * major: VM_FAULT_MAJOR or 0.
 */
mm_static unsigned dirty_shared_page(struct vm_fault *vmf, struct page *page);

/* Map a new anonymous page at the fault's entry, which is locked, dirty and
 * writable; trace_new_anon_rmap() was there. */
mm_static void map_new_anon(struct vm_fault *vmf, pfn_t pfn,
			    enum sim_rule rule);

/* The same for an unshare fault: read-only, with what the entry remembered. */
mm_static void map_unshared_anon(struct vm_fault *vmf, pfn_t pfn,
				 enum sim_rule rule);

/* What a handler does to an entry that is not writable. */
static inline bool vmf_breaks_cow(const struct vm_fault *vmf)
{
	return vmf->write || vmf->unshare;
}

/* No frame: whose fault it was. */
mm_static unsigned no_page(struct vm_fault *vmf);

/* Tell of the fault. */
mm_static MMSIM_APART void tell_fault(struct vm_fault *vmf);

/* The same before anything else that is told of it; the fault that comes most
 * often is told of together with what it did. */
static inline void vmf_tell(struct vm_fault *vmf)
{
	if (observe_heard(&vmf->mm->world->obs) && !vmf->told)
		tell_fault(vmf);
}

/* handle_mm_fault(), counted already. */
mm_static MMSIM_APART unsigned handle_fault(struct mmsim_mm *mm,
					    struct vm_area_struct *vma,
					    vaddr_t addr, unsigned flags);

/* The same, for the one caller that most faults come from. */
mm_inlined unsigned handle_fault_here(struct mmsim_mm *mm,
				      struct vm_area_struct *vma, vaddr_t addr,
				      unsigned flags);

/**
 * handle_mm_fault() - resolve one fault at an address that a VMA covers and
 * whose access the VMA allows.
 */
static inline unsigned handle_mm_fault(struct mmsim_mm *mm,
				       struct vm_area_struct *vma, vaddr_t addr,
				       unsigned flags)
{
	observe_count(&mm->world->obs, EV_handle_mm_fault, RULE_NONE);
	return handle_fault(mm, vma, addr, flags);
}

/* ---- fault/userfault.c ---- */

/**
 * userfaultfd_wp_fault() - a write to an entry that may be protected by
 * userfaultfd; the table is locked.
 *
 * Return: 0 with the fault going on, its entry without the bit and
 * vmf->orig likewise; VM_FAULT_USERFAULT with the table unlocked.
 */
mm_static unsigned userfaultfd_wp_fault(struct vm_fault *vmf);

/* The same for a huge entry, nothing locked; it goes on with small ones. */
mm_static unsigned userfaultfd_wp_huge(struct vm_fault *vmf, u64 *pmdp,
				       pmd_t pmd);

/* A protected entry if the fault found a marker. */
mm_static pte_t pte_marked(const struct vm_fault *vmf, pte_t pte);

/**
 * userfault_resolve() - let the process's own thread take the protection of a
 * page away.
 *
 * Return: false: it has none.
 */
mm_static bool userfault_resolve(struct vm_area_struct *vma, vaddr_t addr);

/* The CPU waits for a page; whether it did, and is woken by its access. */
mm_static void userfault_wait(struct mmsim_mm *mm, vaddr_t addr);
mm_static bool userfault_wake(struct mmsim_mm *mm, vaddr_t addr, unsigned kind);

/* ---- fault/translate.c: backend entry points ---- */

mm_static pfn_t mm_translate(struct mmsim_mm *mm, struct tlb_cpu *cpu,
			     vaddr_t addr, unsigned kind, vaddr_t ahead);
mm_static int mm_access_walk(struct tlb_cpu *cpu, vaddr_t addr, size_t len,
			     unsigned kind, struct mmsim_fault *fault);
mm_static pfn_t mm_fault_first(struct mmsim_mm *mm, struct tlb_cpu *cpu,
			       struct access *a);

/* By so much is the frame of an entry that a CPU can use moved, to become that
 * of a TLB's entry: pte_pfn() is no more than a shift for it. */
#define HW_DATA_SHIFT (__builtin_ctzll(ARCH_PTE_PFN) - TLB_PFN_SHIFT)

/* What a walk to an entry reads; as tlb_walk_count(). */
static inline void hw_walk_count(struct mmsim *w, struct tlb_cpu *cpu,
				 vaddr_t addr, unsigned levels, bool found)
{
	tlb_walk_count(w, cpu, addr >> PMD_SHIFT,
		       tlb_tag((addr & PMD_MASK) >> PAGE_SHIFT, TLB_PAGE,
			       cpu->context),
		       levels, found);
}

/* ---- fault/access.c ---- */

/*
 * A present entry refuses what its VMA allows and no handler would change
 * (x86: a fetch from an NX page whose VMA may be read only).
 */
static inline bool pte_no_exec(pte_t pte)
{
	return !pte_exec(pte) && pte_present(pte) && !pte_protnone(pte);
}

/* An access that the hardware refused: 0 with a->fault_kind set if the process
 * gets a signal, or what no fault of the process is. @fill: FAULT_FLAG_FILL,
 * which may be answered, or 0. */
mm_inlined int take_fault(struct mmsim_mm *mm, struct access *a, vaddr_t addr,
			  enum hw_result res, bool no_exec, unsigned fill);

/* Backend entry points. */

mm_static int mm_access(struct mmsim_mm *mm, struct access *a);
mm_static int mm_populate(struct mmsim_mm *mm, struct vm_area_struct *vma,
			  vaddr_t start, vaddr_t end, unsigned how);
mm_static void mm_would(struct mmsim_mm *mm, vaddr_t addr, unsigned kind,
			struct mmsim_verdict *verdict);

#endif
