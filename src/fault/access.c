/* SPDX-License-Identifier: MIT */
#include "fault/fault.h"

#include <errno.h>
#include <mmsim/process.h>

#include "mm/lru.h"
#include "pmd/pmd.h"
#include "pte/pte.h"
#include "pte/swap.h"
#include "tlb/context.h"
#include "tlb/lookup.h"
#include "vma/vma_ops.h"

/* What the CPU left changed in an entry. */
static void hw_trace(struct mmsim_mm *mm, vaddr_t addr, pte_t old, pte_t new)
{
	if (!pte_young(old) && pte_young(new))
		mm_trace(mm, EV_hw_set_accessed, RULE_HW_ACCESSED, addr,
			 pte_val(old), pte_val(new));
	if (!pte_dirty(old) && pte_dirty(new))
		mm_trace(mm, EV_hw_set_dirty, RULE_HW_DIRTY, addr, pte_val(old),
			 pte_val(new));
	if (arch_pte_hashed(new) && !arch_pte_hashed(old))
		mm_trace(mm, EV_hw_hash_fault, RULE_HW_HASH, addr, pte_val(old),
			 pte_val(new));
}

/* What a look at the tables came to. */
struct hw_walk {
	pfn_t pfn;    /* of the page */
	bool no_exec; /* present, and its entry forbids fetches for good */
	bool missed;  /* the TLB had nothing, and no fault adds to it */
	bool counted; /* this miss and its walk have been */
};

/* pte_no_exec() of a huge one. */
static bool pmd_no_exec(pmd_t pmd)
{
	return !pmd_exec(pmd) && pmd_present(pmd) && !pmd_protnone(pmd);
}

/* ---- what the TLB keeps of a walk ---- */

/* What a CPU may do with an entry: at once, or after it changed it. */
static MMSIM_COLD unsigned hw_rights(pte_t pte, const struct arch_rules *rules)
{
	unsigned kind, rights = 0;
	pte_t after;

	for (kind = HW_READ; kind <= HW_EXEC; kind++) {
		after = pte;
		if (hw_pte_access(&after, (enum hw_access)kind, rules) != HW_OK)
			continue;
		rights |= TLB_ALLOWED(kind);
		if (pte_val(after) == pte_val(pte))
			rights |= TLB_READY(kind);
	}
	return rights;
}

static MMSIM_COLD unsigned hw_pmd_rights(pmd_t pmd,
					 const struct arch_rules *rules)
{
	unsigned kind, rights = 0;
	pmd_t after;

	for (kind = HW_READ; kind <= HW_EXEC; kind++) {
		after = pmd;
		if (hw_pmd_access(&after, (enum hw_access)kind, rules) != HW_OK)
			continue;
		rights |= TLB_ALLOWED(kind);
		if (pmd_val(after) == pmd_val(pmd))
			rights |= TLB_READY(kind);
	}
	return rights;
}

/* For accesses by such entries alone. */
static MMSIM_COLD void hw_ready_again(struct tlb_cpu *cpu, u64 bits)
{
	unsigned kind;

	for (kind = HW_READ; kind <= HW_EXEC; kind++)
		cpu->ready_of[kind] =
			cpu->rights & TLB_READY(kind) &&
					!arch_pte_cont(__pte(bits))
				? bits
				: ~(u64)0;
	cpu->ready_data = cpu->rights - (bits >> HW_DATA_SHIFT);
}

/* Most entries have the bits of the one before, but those of the frame. */
static unsigned hw_rights_again(struct tlb_cpu *cpu, pte_t pte,
				const struct arch_rules *rules)
{
	u64 bits = pte_val(pte) & ~ARCH_PTE_PFN;

	if (unlikely(bits != cpu->rights_of)) {
		cpu->rights = hw_rights(pte, rules);
		cpu->rights_of = bits;
		hw_ready_again(cpu, bits);
	}
	return cpu->rights;
}

static unsigned hw_pmd_rights_again(struct tlb_cpu *cpu, pmd_t pmd,
				    const struct arch_rules *rules)
{
	u64 bits = pmd_val(pmd) & ~ARCH_PTE_PFN;

	if (unlikely(bits != cpu->huge_rights_of)) {
		cpu->huge_rights = hw_pmd_rights(pmd, rules);
		cpu->huge_rights_of = bits;
	}
	return cpu->huge_rights;
}

/* The entries of a contiguous block share one translation. */
static void hw_tlb_fill(struct mmsim_mm *mm, struct tlb_cpu *cpu,
			struct tlb_entry *entry, vaddr_t addr, pte_t pte)
{
	struct mmsim *w = mm->world;
	unsigned rights = hw_rights_again(cpu, pte, &w->rules);

	if (contpte_block(pte) && w->tlb.contiguous)
		tlb_fill(w, cpu, entry, addr, TLB_CONT,
			 align_down(pte_pfn(pte), ARCH_CONT_PTES), rights);
	else
		tlb_fill(w, cpu, entry, addr, TLB_PAGE, pte_pfn(pte), rights);
	mm_trace(mm, EV_hw_tlb_fill, RULE_HW_FILL, addr, 0, pte_val(pte));
}

static void hw_tlb_fill_huge(struct mmsim_mm *mm, struct tlb_cpu *cpu,
			     struct tlb_entry *entry, vaddr_t addr, pmd_t pmd)
{
	struct mmsim *w = mm->world;

	tlb_fill(w, cpu, entry, addr, TLB_PMD, pmd_pfn(pmd),
		 hw_pmd_rights_again(cpu, pmd, &w->rules));
	mm_trace(mm, EV_hw_tlb_fill, RULE_HW_FILL, addr, 0, pmd_val(pmd));
}

/* ---- the walker ---- */

/* No table of PTEs: a walk that ends at a huge entry, or where nothing is. */
static MMSIM_COLD enum hw_result
hw_walk_huge(struct mmsim_mm *mm, struct tlb_cpu *cpu, struct tlb_entry *entry,
	     vaddr_t addr, enum hw_access kind, struct hw_walk *walk)
{
	u64 *pmdp = huge_find(mm, addr);
	enum hw_result res;
	unsigned miss = 0;
	pmd_t old, pmd;

	(void)pte_table_find(mm, addr, &miss);
	hw_walk_count(mm->world, cpu, addr, ARCH_NR_LEVELS - miss, false);
	if (!pmdp)
		return HW_NOT_PRESENT;
	pmd = old = pmdp_get(pmdp);
	res = hw_pmd_access(&pmd, kind, &mm->world->rules);
	if (res == HW_OK && unlikely(pmd_val(pmd) != pmd_val(old))) {
		arch_store(pmdp, pmd_val(pmd));
		hw_trace(mm, addr, __pte(pmd_val(old)), __pte(pmd_val(pmd)));
	}
	walk->pfn = pmd_pfn(pmd) + ((addr & ~PMD_MASK) >> PAGE_SHIFT);
	walk->no_exec = pmd_no_exec(pmd);
	if (res == HW_OK)
		hw_tlb_fill_huge(mm, cpu, entry, addr, pmd);
	return res;
}

/* The walk of the tables, the bits it sets, and what the TLB keeps of it. */
static enum hw_result hw_walk(struct mmsim_mm *mm, struct tlb_cpu *cpu,
			      struct tlb_entry *entry, u64 *ptep, vaddr_t addr,
			      enum hw_access kind, struct hw_walk *walk)
{
	enum hw_result res;
	pte_t old, pte;

	if (unlikely(!ptep))
		return hw_walk_huge(mm, cpu, entry, addr, kind, walk);
	if (likely(!walk->counted))
		hw_walk_count(mm->world, cpu, addr, ARCH_NR_LEVELS, true);
	pte = old = pte_raw(ptep);
	res = hw_pte_access(&pte, kind, &mm->world->rules);
	if (res == HW_OK && unlikely(pte_val(pte) != pte_val(old))) {
		arch_store(ptep, pte_val(pte));
		hw_trace(mm, addr, old, pte);
	}
	walk->pfn = pte_pfn(pte);
	walk->no_exec = pte_no_exec(pte);
	if (res == HW_OK)
		hw_tlb_fill(mm, cpu, entry, addr, pte);
	return res;
}

/* ---- what the TLB says ---- */

/* What the tables say by now, of an access that changes nothing in them;
 * *marks: it would have to change them. */
static enum hw_result hw_look(struct mmsim_mm *mm, vaddr_t addr,
			      enum hw_access kind, struct hw_walk *walk,
			      bool *marks)
{
	const struct arch_rules *rules = &mm->world->rules;
	const u64 *ptep = pte_find(mm, addr), *pmdp;
	enum hw_result res;
	pte_t pte, after;
	pmd_t pmd, then;

	*marks = false;
	if (ptep) {
		pte = after = pte_raw(ptep);
		res = hw_pte_access(&after, kind, rules);
		*marks = pte_dirty(after) && !pte_dirty(pte);
		walk->pfn = pte_pfn(pte);
		walk->no_exec = pte_no_exec(pte);
		return res;
	}
	pmdp = huge_find(mm, addr);
	if (!pmdp)
		return HW_NOT_PRESENT;
	pmd = then = pmdp_get(pmdp);
	res = hw_pmd_access(&then, kind, rules);
	*marks = pmd_dirty(then) && !pmd_dirty(pmd);
	walk->pfn = pmd_pfn(pmd) + ((addr & ~PMD_MASK) >> PAGE_SHIFT);
	walk->no_exec = pmd_no_exec(pmd);
	return res;
}

/*
 * The TLB's translation forbids the access: the CPU traps without a look at
 * the tables, which may allow it by now. x86 and powerpc forget it by that;
 * arm64 keeps it until the kernel says (arch-arm64.md 6).
 */
static MMSIM_COLD enum hw_result hw_refuse(struct mmsim_mm *mm,
					   struct tlb_cpu *cpu, vaddr_t addr,
					   enum hw_access kind,
					   struct hw_walk *walk)
{
	bool marks;

	mm_trace(mm, EV_hw_tlb_refuse, RULE_HW_REFUSE, addr, kind, 0);
	if (mm->world->arch != MMSIM_ARCH_ARM64)
		tlb_drop(mm->world, cpu, addr);
	(void)hw_look(mm, addr, kind, walk, &marks);
	return HW_PERMISSION;
}

/*
 * The tables have no such translation any more. While another CPU is in the
 * middle of an operation, or this one's flush is pending, that may be.
 */
static MMSIM_COLD void hw_check_stale(struct mmsim_mm *mm, vaddr_t addr,
				      enum hw_access kind, pfn_t pfn)
{
	struct hw_walk walk = { 0 };
	bool marks;

	if (mm->world->sched.suspended)
		return;
	if (hw_look(mm, addr, kind, &walk, &marks) != HW_OK ||
	    walk.pfn != pfn || marks)
		mm_trace(mm, EV_hw_tlb_stale, RULE_HW_STALE, addr, kind, pfn);
}

static enum hw_result hw_hit(struct mmsim_mm *mm, struct tlb_entry *entry,
			     vaddr_t addr, unsigned size, enum hw_access kind,
			     struct hw_walk *walk)
{
	struct mmsim *w = mm->world;

	count_event(mm, EV_hw_tlb_hit);
	walk->pfn = tlb_pfn(w, entry, addr, size);
	if (unlikely(w->knobs[KNOB_DEBUG_CHECK]))
		hw_check_stale(mm, addr, kind, walk->pfn);
	return HW_OK;
}

/* A CPU's access to one address: by its TLB, or by a walk. */
static enum hw_result hw_access_addr(struct mmsim_mm *mm, vaddr_t addr,
				     enum hw_access kind, struct hw_walk *walk)
{
	struct mmsim *w = mm->world;
	struct tlb_cpu *cpu = tlb_switch(mm);
	struct tlb_entry *entry = NULL;
	unsigned size = TLB_PAGE;
	enum hw_result res;
	u64 *ptep;

	if (!walk->missed)
		entry = tlb_last_used(w, cpu, addr);
	if (entry && tlb_ready(entry, kind))
		return hw_hit(mm, entry, addr, size, kind, walk);
	ptep = pte_find(mm, addr);
	/* On its way while the TLB is searched. */
	__builtin_prefetch(ptep);
	if (!entry && !walk->missed)
		entry = tlb_lookup(w, cpu, addr, &size);
	walk->missed = !entry;
	if (entry && tlb_ready(entry, kind))
		return hw_hit(mm, entry, addr, size, kind, walk);
	if (entry && !(tlb_rights(entry) & TLB_ALLOWED(kind)))
		return hw_refuse(mm, cpu, addr, kind, walk);
	if (likely(!walk->counted))
		count_event(mm, EV_hw_tlb_miss);
	res = hw_walk(mm, cpu, entry, ptep, addr, kind, walk);
	walk->counted = false;
	return res;
}

/* The fault handler turns an access away. */
static MMSIM_COLD int fault_denied(struct mmsim_mm *mm,
				   const struct vm_area_struct *vma,
				   struct access *a, vaddr_t addr)
{
	bool mapped = vma && vma->vm_start <= addr;

	a->fault_kind =
		mapped ? MMSIM_FAULT_SEGV_ACCERR : MMSIM_FAULT_SEGV_MAPERR;
	mm_trace(mm, EV_access_error,
		 mapped ? RULE_FAULT_DENIED : RULE_FAULT_NO_VMA, addr, a->kind,
		 0);
	return 0;
}

static unsigned fault_signal(unsigned rc)
{
	if (rc & VM_FAULT_OOM)
		return MMSIM_FAULT_OOM;
	if (rc & VM_FAULT_USERFAULT)
		return MMSIM_FAULT_USERFAULT;
	if (rc & VM_FAULT_HWPOISON)
		return MMSIM_FAULT_HWPOISON;
	/* The mapping allowed it: the kernel says SEGV_MAPERR. */
	return rc & VM_FAULT_SIGBUS ? MMSIM_FAULT_BUS : MMSIM_FAULT_SEGV_MAPERR;
}

static int fault_errno(unsigned rc)
{
	if (rc & VM_FAULT_HOST)
		return -ENOMEM;
	return rc & VM_FAULT_UNSUPPORTED ? -EOPNOTSUPP : 0;
}

/* The page itself refuses the fetch, not its VMA. */
static bool refused_for_good(enum hw_result res, unsigned kind, bool no_exec)
{
	return res == HW_PERMISSION && kind == MMSIM_EXEC && no_exec;
}

/*
 * A fault that was tried twice is major; where the first try was made under
 * the VMA's own lock, the second one counts as the first.
 */
static bool counts_as_major(const struct mmsim_mm *mm, const struct access *a,
			    unsigned rc)
{
	return rc & VM_FAULT_MAJOR ||
	       (a->tried && !feat(mm->world, FEAT_PER_VMA_LOCK));
}

static void account_fault(struct mmsim_mm *mm, struct access *a, bool major)
{
	if (unlikely(major)) {
		a->major++;
		count_event(mm, EV_fault_major);
	} else {
		a->minor++;
	}
	count_event(mm, EV_fault_minor);
}

/* A fault that waits, as long as the process's own thread can help. */
static MMSIM_COLD unsigned fault_again(struct mmsim_mm *mm,
				       struct vm_area_struct *vma,
				       struct access *a, vaddr_t addr,
				       unsigned flags)
{
	unsigned rc = VM_FAULT_USERFAULT;

	while (rc & VM_FAULT_USERFAULT && userfault_resolve(vma, addr)) {
		a->tried = true;
		rc = handle_mm_fault(mm, vma, addr, flags);
	}
	return rc;
}

static MMSIM_COLD int fault_failed(struct mmsim_mm *mm, struct access *a,
				   vaddr_t addr, unsigned rc)
{
	if (rc & (VM_FAULT_HOST | VM_FAULT_UNSUPPORTED))
		return fault_errno(rc);
	if (rc & VM_FAULT_USERFAULT)
		userfault_wait(mm, addr);
	a->fault_kind = fault_signal(rc);
	a->tried = false;
	return 0;
}

/* One fault. 0 with a->fault_kind set if the process gets a signal. */
static inline __attribute__((always_inline)) int
fault_locked(struct mmsim_mm *mm, struct access *a, vaddr_t addr,
	     enum hw_result res, bool no_exec, unsigned fill)
{
	struct vm_area_struct *vma = find_vma_growing(mm, addr);
	unsigned rc, flags = FAULT_FLAG_USER | FAULT_FLAG_ALLOW_RETRY | fill;

	if (unlikely(!vma || vma->vm_start > addr ||
		     !arch_vma_permits(vma->vm_flags, (enum hw_access)a->kind,
				       &mm->world->rules) ||
		     refused_for_good(res, a->kind, no_exec)))
		return fault_denied(mm, vma, a, addr);
	flags |= a->kind == MMSIM_WRITE ? FAULT_FLAG_WRITE : 0;
	/* handle_mm_fault() */
	observe_count(&mm->world->obs, EV_handle_mm_fault, RULE_NONE);
	rc = handle_fault_here(mm, vma, addr, flags);
	if (unlikely(rc & VM_FAULT_USERFAULT))
		rc = fault_again(mm, vma, a, addr, flags);
	if (unlikely(rc & VM_FAULT_ERROR))
		return fault_failed(mm, a, addr, rc);
	account_fault(mm, a, counts_as_major(mm, a, rc));
	a->tried = false;
	return (int)(rc & fill);
}

mm_inlined int take_fault(struct mmsim_mm *mm, struct access *a, vaddr_t addr,
			  enum hw_result res, bool no_exec, unsigned fill)
{
	int rc;

	mmap_read_lock(mm);
	rc = fault_locked(mm, a, addr, res, no_exec, fill);
	mmap_read_unlock(mm);
	return rc;
}

/* The same where faults are not all that there is. */
static MMSIM_APART int take_fault_apart(struct mmsim_mm *mm, struct access *a,
					vaddr_t addr, enum hw_result res,
					bool no_exec)
{
	return take_fault(mm, a, addr, res, no_exec, 0);
}

/* Contents of one piece inside a page. */
static int move_bytes(struct mmsim_mm *mm, struct access *a, pfn_t pfn,
		      u64 offset, u64 len, char *buf)
{
	struct phys *phys = &mm->world->phys;

	if (a->kind == MMSIM_WRITE) {
		if (buf)
			return page_write_bytes(phys, pfn, offset, buf, len);
		page_write_unknown(phys, pfn);
	} else if (buf) {
		page_read_bytes(phys, pfn, offset, buf, len);
	}
	return 0;
}

/* Retry until the hardware lets the access pass or the process is signalled.
 * Each fault makes progress, unless another CPU undoes it; the bound catches a
 * handler of ours that does not. */
#define MAX_FAULTS 8

static int access_page(struct mmsim_mm *mm, struct access *a, vaddr_t addr,
		       u64 len, char *buf)
{
	const struct sched *sched = &mm->world->sched;
	u64 switches = sched->switches;
	enum hw_result res;
	unsigned tries;
	struct hw_walk walk = { .missed = a->missed, .counted = a->counted };
	int rc;

	a->missed = a->counted = false;
	for (tries = 0; tries < MAX_FAULTS; tries++) {
		sim_step(mm->world, MMSIM_STEP_ACCESS, addr);
		res = hw_access_addr(mm, addr, (enum hw_access)a->kind, &walk);
		if (likely(res == HW_OK))
			return move_bytes(mm, a, walk.pfn, addr & ~PAGE_MASK,
					  len, buf);
		rc = take_fault_apart(mm, a, addr, res, walk.no_exec);
		if (rc || a->fault_kind)
			return rc;
		if (unlikely(switches != sched->switches)) {
			switches = sched->switches;
			tries = 0;
			walk.missed = false;
		}
	}
	mm_assert(tries < MAX_FAULTS); /* a handler made no progress */
	return -EIO;
}

mm_static int mm_access(struct mmsim_mm *mm, struct access *a)
{
	u64 left = a->len, len;
	char *buf = a->buf;
	int rc;

	sched_uses(mm);
	if (unlikely(mm->uffd.waiting) &&
	    userfault_wake(mm, a->addr, a->kind)) {
		a->tried = true;
		rc = take_fault_apart(mm, a, a->addr, HW_NOT_PRESENT, false);
		if (rc || a->fault_kind)
			return rc;
	}
	while (left) {
		len = min_u64(left, PAGE_SIZE - (a->addr & ~PAGE_MASK));
		rc = access_page(mm, a, a->addr, len, buf);
		if (rc || a->fault_kind)
			return rc;
		a->addr += len;
		left -= len;
		if (buf)
			buf += len;
	}
	return 0;
}

/*
 * A read-only pin would lose its page to the process's next write: of an
 * anonymous page that others may map, and, from 6.2 on, of the page of a file
 * or the zero page in a private mapping (semantics-fault.md 11).
 * @page: NULL: the zero page; @folio speaks for it.
 */
static bool gup_must_unshare(const struct vm_area_struct *vma,
			     const struct page *folio, const struct page *page)
{
	const struct mmsim *w = vma->vm_mm->world;

	if (!feat(w, FEAT_ANON_EXCLUSIVE))
		return false;
	if (folio && PageAnon(folio))
		return !PageAnonExclusive(page);
	return feat(w, FEAT_UNSHARE_FILE) && is_cow_mapping(vma->vm_flags);
}

static bool pmd_populated(const struct vm_area_struct *vma, pmd_t pmd,
			  unsigned how)
{
	const struct page *head;

	if (!pmd_present(pmd) || pmd_protnone(pmd))
		return false;
	if (pmd_write(pmd) || !(how & (POPULATE_WRITE | POPULATE_UNSHARE)))
		return true;
	if (how & POPULATE_WRITE)
		return false;
	head = vm_normal_huge(vma->vm_mm, pmd);
	return !gup_must_unshare(vma, head, head);
}

/* Whether a fault is needed at all to have the page in. */
static bool populated(const struct vm_area_struct *vma, vaddr_t addr,
		      unsigned how)
{
	struct mmsim_mm *mm = vma->vm_mm;
	u64 *ptep = pte_find(mm, addr), *pmdp;
	struct page *page;
	pte_t pte;

	if (!ptep) {
		pmdp = huge_find(mm, addr);
		return pmdp && pmd_populated(vma, pmdp_get(pmdp), how);
	}
	pte = ptep_get_counted(mm, ptep);
	if (!pte_present(pte) || pte_protnone(pte))
		return false;
	if (pte_write(pte) || !(how & (POPULATE_WRITE | POPULATE_UNSHARE)))
		return true;
	if (how & POPULATE_WRITE)
		return false;
	page = vm_normal_page(mm, pte);
	return !gup_must_unshare(vma, page ? page_folio(mm, page) : NULL, page);
}

/* What is in already is touched: for a write its page counts as written. */
static void populate_touch(struct mmsim_mm *mm, vaddr_t addr, bool write)
{
	u64 *ptep = pte_find(mm, addr);
	struct page *page;

	if (!write || !ptep || pte_dirty(ptep_get(ptep)))
		return;
	page = vm_normal_page(mm, pte_raw(ptep));
	if (page)
		page_set(page_folio(mm, page), PG_dirty);
}

/* Up to 5.17 each small page was locked as it was found, which took it out of
 * its batch with all others; the zero page is not locked. */
static void populate_locked(struct mmsim_mm *mm, vaddr_t addr)
{
	const u64 *ptep = pte_find(mm, addr);
	const struct page *page;

	if (feat(mm->world, FEAT_MLOCK_DRAINS_LRU) || !ptep)
		return;
	page = vm_normal_page(mm, ptep_get(ptep));
	if (page && !page_is_large(page))
		lru_add_drain(mm->world);
}

/* Errors of a fault that no access took; 0: it is done. */
static int populate_error(struct mmsim_mm *mm, unsigned rc, unsigned how)
{
	if (rc & VM_FAULT_USERFAULT) {
		mm->world->unsupported = "a call that waits for userfaultfd";
		rc |= VM_FAULT_UNSUPPORTED;
	}
	if (rc & (VM_FAULT_HOST | VM_FAULT_UNSUPPORTED))
		return fault_errno(rc);
	if (rc & VM_FAULT_OOM)
		return -ENOMEM;
	/* MADV_POPULATE_* tells of broken pages. */
	if (rc & VM_FAULT_HWPOISON && how & POPULATE_RETRY)
		return -EHWPOISON;
	return rc & VM_FAULT_ERROR ? -EFAULT : 0;
}

/* Faults of hugetlb that no access took went past the counts at first. */
static bool populate_counts(const struct vm_area_struct *vma)
{
	return !(vma->vm_flags & VM_HUGETLB) ||
	       feat(vma->vm_mm->world, FEAT_HUGETLB_POPULATE_COUNTS);
}

/*
 * One page: look, fault, look again. Who waited for userfaultfd looks too
 * before the fault is tried again, which makes it major.
 */
static int populate_page(struct mmsim_mm *mm, struct vm_area_struct *vma,
			 vaddr_t addr, unsigned how, struct access *a)
{
	bool write = how & POPULATE_WRITE, tried = false;
	unsigned flags = write ? FAULT_FLAG_WRITE : 0, tries, rc;

	if (!(how & POPULATE_NOWAIT))
		flags |= FAULT_FLAG_ALLOW_RETRY;
	if (how & POPULATE_UNSHARE)
		flags |= FAULT_FLAG_UNSHARE;
	for (tries = 0; tries < MAX_FAULTS && !populated(vma, addr, how);
	     tries++) {
		mm_trace(mm, EV_populate,
			 write ? RULE_POPULATE_WRITE : RULE_POPULATE_READ, addr,
			 0, 0);
		rc = handle_mm_fault(mm, vma, addr, flags);
		if (rc & VM_FAULT_USERFAULT && userfault_resolve(vma, addr)) {
			tried = how & POPULATE_RETRY;
			continue;
		}
		if (rc & VM_FAULT_ERROR)
			return populate_error(mm, rc, how);
		if (populate_counts(vma))
			account_fault(mm, a, tried || rc & VM_FAULT_MAJOR);
		tried = false;
	}
	populate_touch(mm, addr, write);
	if (how & POPULATE_LOCKED)
		populate_locked(mm, addr);
	return 0;
}

mm_static int mm_populate(struct mmsim_mm *mm, struct vm_area_struct *vma,
			  vaddr_t start, vaddr_t end, unsigned how)
{
	struct access a = { .minor = 0 };
	vaddr_t addr;
	int rc;

	for (addr = start; addr < end; addr += PAGE_SIZE) {
		rc = populate_page(mm, vma, addr, how, &a);
		if (rc)
			return rc;
	}
	return 0;
}

/* ---- what an access would do ---- */

static void verdict_by(struct mmsim_verdict *v, enum sim_rule rule)
{
	v->rule = rule_table[rule].name;
	v->action = rule_table[rule].what;
}

static bool past_end(const struct mmsim_mm *mm,
		     const struct vm_area_struct *vma, vaddr_t addr)
{
	u64 pages = align_up(vma->vm_file->size, world_page_size(mm->world)) >>
		    PAGE_SHIFT;

	return linear_page_index(vma, addr) >= pages;
}

static void would_missing(const struct mmsim_mm *mm,
			  const struct vm_area_struct *vma, vaddr_t addr,
			  bool write, struct mmsim_verdict *v)
{
	if (vma_is_anonymous(vma)) {
		verdict_by(v, write ? RULE_ANON_NEW : RULE_ANON_ZERO);
	} else if (past_end(mm, vma, addr)) {
		v->kind = MMSIM_FAULT_BUS;
		verdict_by(v, RULE_FILE_EOF);
	} else if (!write) {
		verdict_by(v, RULE_FILE_READ);
	} else {
		verdict_by(v, vma->vm_flags & VM_SHARED ? RULE_FILE_SHARED
							: RULE_FILE_COW);
	}
}

/* The page as a write-protect fault would find it: the handler drains this
 * CPU's batch before it counts references (wp_prepare()). */
static const struct page *
page_at_fault(const struct mmsim *w, const struct page *page, struct page *copy)
{
	const struct folio_batch *batch = &w->lru_add[w->obs.cpu];
	unsigned i;

	if (!page || page_test(page, PG_lru) || page->refcount > 3 ||
	    !feat(w, FEAT_WP_REUSE_DRAIN))
		return page;
	*copy = *page;
	for (i = 0; i < batch->nr; i++)
		if (pfn_to_page(&w->phys, batch->pfn[i]) == page)
			copy->refcount--;
	return copy;
}

/* Whether a write waits for userfaultfd, or takes its protection away. */
static bool would_event(const struct vm_area_struct *vma, bool protected,
			struct mmsim_verdict *v)
{
	u64 features = vma->vm_mm->uffd.features;

	if (!protected || !userfaultfd_wp(vma))
		return false;
	if (features & MMSIM_UFFD_FEATURE_WP_ASYNC) {
		verdict_by(v, RULE_UFFD_ASYNC);
		return true;
	}
	v->kind = MMSIM_FAULT_USERFAULT;
	verdict_by(v, RULE_UFFD_EVENT);
	return true;
}

static void would_fault(struct mmsim_mm *mm, const struct vm_area_struct *vma,
			vaddr_t addr, pte_t pte, bool write,
			struct mmsim_verdict *v)
{
	const struct arch_rules *rules = &mm->world->rules;
	const struct page *page;
	struct page copy;

	if (pte_none(pte) || is_uffd_wp_marker(mm, pte)) {
		would_missing(mm, vma, addr, write, v);
	} else if (is_hwpoison_pte(mm, pte)) {
		v->kind = MMSIM_FAULT_HWPOISON;
		verdict_by(v, RULE_FAULT_HWPOISON);
	} else if (is_guard_pte(mm, pte)) {
		v->kind = MMSIM_FAULT_SEGV_MAPERR;
		verdict_by(v, RULE_GUARD_FAULT);
	} else if (pte_protnone(pte)) {
		verdict_by(v, RULE_NUMA_HINT);
	} else if (write && !pte_write(pte) &&
		   would_event(vma, rules->uffd_wp && pte_uffd_wp(pte, rules),
			       v)) {
		return;
	} else if (write && !pte_write(pte)) {
		page = page_at_fault(mm->world, vm_normal_page(mm, pte), &copy);
		verdict_by(v, wp_decide(mm->world, vma, page));
	} else {
		verdict_by(v, write ? RULE_FAULT_DIRTY : RULE_FAULT_YOUNG);
	}
}

/* Of a mapping of hugetlb: false: no more than a bit of an entry is missing. */
static bool would_hugetlb(struct mmsim_mm *mm, const u64 *pmdp, bool write,
			  struct mmsim_verdict *v)
{
	if (!pmdp) {
		verdict_by(v, RULE_HUGETLB);
	} else if (is_hwpoison_pte(mm, __pte(pmd_val(pmdp_get(pmdp))))) {
		v->kind = MMSIM_FAULT_HWPOISON;
		verdict_by(v, RULE_FAULT_HWPOISON);
	} else if (write) {
		verdict_by(v, hugetlb_wp_decide(mm->world, pmdp_get(pmdp)));
	} else {
		return false;
	}
	return true;
}

/* A huge entry is there, or would be. */
static bool would_huge(struct mmsim_mm *mm, const struct vm_area_struct *vma,
		       vaddr_t addr, bool write, struct mmsim_verdict *v)
{
	const struct arch_rules *rules = &mm->world->rules;
	u64 *pmdp = huge_find(mm, addr);
	const struct page *head;

	if (vma->vm_flags & VM_HUGETLB && would_hugetlb(mm, pmdp, write, v))
		return true;
	if (!pmdp) {
		if (!thp_vma_suitable_order(vma, addr, HPAGE_PMD_ORDER) ||
		    !thp_vma_allows_huge(vma))
			return false;
		verdict_by(v, write || !mm->world->knobs[KNOB_THP_USE_ZERO]
				      ? RULE_THP_NEW
				      : RULE_THP_ZERO);
	} else if (write && !pmd_write(pmdp_get(pmdp)) &&
		   would_event(vma,
			       rules->uffd_wp &&
				       pmd_uffd_wp(pmdp_get(pmdp), rules),
			       v)) {
		return true;
	} else if (write && !pmd_write(pmdp_get(pmdp))) {
		head = vm_normal_huge(mm, pmdp_get(pmdp));
		if (head)
			verdict_by(v, huge_wp_decide(head));
		else
			verdict_by(v, feat(mm->world, FEAT_HUGEZERO_WP_ALLOC)
					      ? RULE_HUGEZERO_WP_ALLOC
					      : RULE_HUGEZERO_WP_SPLIT);
	} else {
		verdict_by(v, write ? RULE_FAULT_DIRTY : RULE_FAULT_YOUNG);
	}
	return true;
}

/* What the hardware says to an access; *pte: the entry, if it is a PTE. */
static enum hw_result would_access(struct mmsim_mm *mm, vaddr_t addr,
				   enum hw_access kind, pte_t *pte,
				   bool *no_exec)
{
	const struct arch_rules *rules = &mm->world->rules;
	u64 *ptep = pte_find(mm, addr), *pmdp;
	pte_t try;
	pmd_t pmd;

	*pte = __pte(0);
	*no_exec = false;
	if (ptep) {
		try = *pte = ptep_get(ptep);
		*no_exec = pte_no_exec(*pte);
		return hw_pte_access(&try, kind, rules);
	}
	pmdp = huge_find(mm, addr);
	if (!pmdp)
		return HW_NOT_PRESENT;
	pmd = pmdp_get(pmdp);
	*no_exec = pmd_no_exec(pmd);
	return hw_pmd_access(&pmd, kind, rules);
}

mm_static void mm_would(struct mmsim_mm *mm, vaddr_t addr, unsigned kind,
			struct mmsim_verdict *v)
{
	const struct arch_rules *rules = &mm->world->rules;
	struct vm_area_struct *vma = vma_tree_find(&mm->tree, addr);
	bool no_exec, write = kind == MMSIM_WRITE;
	enum hw_result res;
	enum sim_rule rule;
	pte_t pte;

	res = would_access(mm, addr, (enum hw_access)kind, &pte, &no_exec);
	if (res == HW_OK) {
		v->action = "the hardware lets it pass";
		return;
	}
	v->faults = 1;
	if (!vma || vma->vm_start > addr)
		v->kind = MMSIM_FAULT_SEGV_MAPERR;
	else if (!arch_vma_permits(vma->vm_flags, (enum hw_access)kind,
				   rules) ||
		 refused_for_good(res, kind, no_exec))
		v->kind = MMSIM_FAULT_SEGV_ACCERR;
	if (v->kind) {
		rule = v->kind == MMSIM_FAULT_SEGV_MAPERR ? RULE_FAULT_NO_VMA
							  : RULE_FAULT_DENIED;
		verdict_by(v, rule);
		return;
	}
	if (pte_find(mm, addr) || !would_huge(mm, vma, addr, write, v))
		would_fault(mm, vma, addr, pte, write, v);
}
