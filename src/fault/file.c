/* SPDX-License-Identifier: MIT */
#include "fault/fault.h"

#include <mmsim/process.h>

#include "mm/file.h"
#include "mm/poison.h"
#include "pte/pte.h"

static u64 file_index(const struct vm_fault *vmf)
{
	return linear_page_index(vmf->vma, vmf->addr);
}

/*
 * The entry of a file's page. A read maps with the VMA's rights: in a shared
 * writable mapping without writenotify that is writable and clean.
 */
static pte_t file_pte(const struct vm_fault *vmf, pfn_t pfn, bool write,
		      enum sim_rule *rule)
{
	const struct mmsim *w = vmf->mm->world;
	pte_t pte = pfn_pte(pfn, vma_prot(vmf->vma));

	if (write)
		return maybe_mkwrite(pte_mkdirty(pte), vmf->vma, &w->rules);
	if (feat(w, FEAT_SHARED_READ_DIRTY) && pte_write(pte) &&
	    page_test(pfn_to_page(&w->phys, pfn), PG_dirty)) {
		*rule = RULE_FILE_READ_DIRTY;
		pte = pte_mkdirty(pte);
	}
	return pte;
}

/*
 * A hash MMU loads what a user's fault mapped into the hash table at once,
 * the neighbours too (arch-powerpc-book3s64.md 7).
 */
static void update_mmu_cache(struct vm_fault *vmf, vaddr_t addr, u64 *ptep)
{
	pte_t pte = ptep_get(ptep), hashed = arch_pte_preload(pte);

	if (vmf->flags & FAULT_FLAG_USER && pte_young(pte) &&
	    pte_val(pte) != pte_val(hashed))
		pte_update(vmf->mm, addr, ptep, hashed, EV_hw_hash_fault,
			   RULE_HW_HASH);
}

/* Map a page of the file at an entry; *rule as it turned out. */
static void map_file_page(struct vm_fault *vmf, vaddr_t addr, u64 *ptep,
			  pfn_t pfn, enum sim_rule rule)
{
	bool write = vmf->write && rule == RULE_FILE_SHARED;
	pte_t pte = file_pte(vmf, pfn, write, &rule);
	const struct mmsim *w = vmf->mm->world;

	if (addr != vmf->addr && feat(w, FEAT_OLD_PREFAULT) &&
	    arch_wants_old_prefault(&w->rules))
		pte = pte_mkold(pte);
	folio_add_file_rmap(vmf->mm, mm_page(vmf->mm, pfn), addr, rule);
	set_pte_at(vmf->mm, addr, ptep, pte_marked(vmf, pte), rule);
	update_mmu_cache(vmf, addr, ptep);
}

/* Fault-around: the window of neighbours around the faulting page. */
struct around {
	vaddr_t start, end;
};

/* Where the file ends in a VMA's addresses: what truncation is about to drop
 * may be cached still. */
static vaddr_t file_end(const struct vm_area_struct *vma)
{
	u64 pages = align_up(vma->vm_file->size, PAGE_SIZE) >> PAGE_SHIFT;

	if (pages <= vma->vm_pgoff)
		return vma->vm_start;
	if (pages - vma->vm_pgoff >= vma_size(vma) >> PAGE_SHIFT)
		return vma->vm_end;
	return vma->vm_start + ((pages - vma->vm_pgoff) << PAGE_SHIFT);
}

/* The aligned window, cut to the VMA, the file and the PTE table. */
static struct around around_window(const struct vm_fault *vmf)
{
	u64 bytes =
		max_u64(vmf->mm->world->knobs[KNOB_FAULT_AROUND], PAGE_SIZE);
	vaddr_t first = vmf->addr & ~(bytes - 1);
	struct around a;

	a.start = max_u64(max_u64(first, vmf->vma->vm_start),
			  vmf->addr & PMD_MASK);
	a.end = min_u64(a.start + bytes, file_end(vmf->vma));
	a.end = min_u64(a.end, (vmf->addr & PMD_MASK) + PMD_SIZE);
	return a;
}

static void do_fault_around(struct vm_fault *vmf)
{
	struct around a = around_window(vmf);
	u64 *table = vmf->ptep - table_index(vmf->addr, 0);
	vaddr_t addr;
	u64 *ptep;
	pfn_t pfn;

	for (addr = a.start; addr < a.end; addr += PAGE_SIZE) {
		ptep = &table[table_index(addr, 0)];
		if (!pte_none(ptep_get(ptep)))
			continue;
		pfn = file_find_page(vmf->vma->vm_file,
				     linear_page_index(vmf->vma, addr));
		if (pfn == PFN_NONE || page_is_poisoned(vmf->mm->world, pfn))
			continue;
		mm_trace(vmf->mm, EV_map_pages, RULE_FILE_AROUND, addr, 0, pfn);
		map_file_page(vmf, addr, ptep, pfn, RULE_FILE_READ);
	}
}

static bool should_fault_around(const struct vm_fault *vmf)
{
	return vmf->mm->world->knobs[KNOB_FAULT_AROUND] > PAGE_SIZE &&
	       !(vmf->vma->vm_flags & (VM_UFFD_MINOR | VM_UFFD_WP));
}

/* The page of the file at the fault, with a reference of the fault's own so
 * that truncation does not free it; past the end there is none. */
static unsigned get_file_page(struct vm_fault *vmf, pfn_t *pfn)
{
	sim_step(vmf->mm->world, MMSIM_STEP_ALLOC, vmf->addr);
	if (file_get_page(vmf->vma->vm_file, vmf->mm, file_index(vmf), pfn,
			  &vmf->read))
		return no_page(vmf);
	if (*pfn != PFN_NONE && page_is_poisoned(vmf->mm->world, *pfn)) {
		mm_trace(vmf->mm, EV_sigbus, RULE_FAULT_HWPOISON, vmf->addr, 0,
			 *pfn);
		return VM_FAULT_HWPOISON;
	}
	if (*pfn != PFN_NONE) {
		mm_page(vmf->mm, *pfn)->refcount++;
		return 0;
	}
	mm_trace(vmf->mm, EV_sigbus, RULE_FILE_EOF, vmf->addr, 0, 0);
	return VM_FAULT_SIGBUS;
}

static void put_file_page(struct vm_fault *vmf, pfn_t pfn)
{
	put_page(vmf->mm, mm_page(vmf->mm, pfn));
}

/*
 * Lock the entry for a page that is the file's still: the kernel holds the
 * folio's lock, and truncation waits for it. False: the fault is given up.
 */
static bool file_lock(struct vm_fault *vmf, pfn_t pfn)
{
	if (!sched_on(vmf->mm->world))
		return true;
	if (!vmf_lock(vmf))
		return false;
	if (file_find_page(vmf->vma->vm_file, file_index(vmf)) == pfn)
		return true;
	vmf_unlock(vmf);
	return false;
}

/* Map the neighbours: whether the page itself came with them, or another CPU
 * mapped it. */
static bool fault_around(struct vm_fault *vmf)
{
	bool mapped;

	if (!vmf_lock(vmf))
		return true;
	do_fault_around(vmf);
	mapped = !pte_none(ptep_get(vmf->ptep));
	vmf_unlock(vmf);
	return mapped;
}

static unsigned do_read_fault(struct vm_fault *vmf)
{
	unsigned rc;
	pfn_t pfn;

	mm_trace(vmf->mm, EV_do_fault, RULE_FILE_READ, vmf->addr, 0, 0);
	count_event(vmf->mm, EV_kind_file_read);
	if (should_fault_around(vmf) && fault_around(vmf))
		return 0;
	rc = get_file_page(vmf, &pfn);
	if (rc)
		return rc;
	if (file_lock(vmf, pfn)) {
		map_file_page(vmf, vmf->addr, vmf->ptep, pfn, RULE_FILE_READ);
		vmf_unlock(vmf);
	}
	put_file_page(vmf, pfn);
	return 0;
}

/* A write to a private mapping: the copy is mapped, never the page itself. */
static unsigned do_cow_fault(struct vm_fault *vmf)
{
	struct mmsim *w = vmf->mm->world;
	pfn_t pfn, copy;
	unsigned rc;

	mm_trace(vmf->mm, EV_do_fault, RULE_FILE_COW, vmf->addr, 0, 0);
	count_event(vmf->mm, EV_kind_file_cow);
	rc = anon_vma_fault(vmf);
	if (rc)
		return rc;
	copy = alloc_user_page(vmf->mm, vmf->vma, vmf->addr);
	if (copy == PFN_NONE)
		return no_page(vmf);
	rc = get_file_page(vmf, &pfn);
	if (rc) {
		put_page(vmf->mm, mm_page(vmf->mm, copy));
		return rc;
	}
	if (page_copy_contents(&w->phys, copy, pfn))
		rc = VM_FAULT_HOST;
	if (!rc && file_lock(vmf, pfn)) {
		trace_new_anon_rmap(vmf->mm, vmf->addr, copy);
		map_new_anon(vmf, copy, RULE_FILE_COW);
		vmf_unlock(vmf);
	} else {
		put_page(vmf->mm, mm_page(vmf->mm, copy));
	}
	put_file_page(vmf, pfn);
	return rc;
}

/*
 * Before VM_FAULT_COMPLETED a write that newly dirtied the page dropped the
 * lock and was retried, which counts as major.
 */
static unsigned dirty_shared_page(struct vm_fault *vmf, struct page *page)
{
	bool newly = !page_test(page, PG_dirty);

	page_set(page, PG_dirty);
	if (!newly || feat(vmf->mm->world, FEAT_FAULT_COMPLETED))
		return 0;
	mm_trace(vmf->mm, EV_spurious_fault, RULE_FILE_SHARED_RETRY, vmf->addr,
		 0, 0);
	return VM_FAULT_MAJOR;
}

mm_static void do_page_mkwrite(struct vm_fault *vmf, pfn_t pfn)
{
	if (vmf->vma->vm_file->kind != MMSIM_FILE_WRITENOTIFY)
		return;
	sim_step(vmf->mm->world, MMSIM_STEP_ALLOC, vmf->addr);
	mm_trace(vmf->mm, EV_page_mkwrite, RULE_FILE_MKWRITE, vmf->addr, 0,
		 pfn);
}

static unsigned do_shared_fault(struct vm_fault *vmf)
{
	unsigned rc;
	pfn_t pfn;

	mm_trace(vmf->mm, EV_do_fault, RULE_FILE_SHARED, vmf->addr, 0, 0);
	count_event(vmf->mm, EV_kind_file_shared);
	rc = get_file_page(vmf, &pfn);
	if (rc)
		return rc;
	do_page_mkwrite(vmf, pfn);
	if (file_lock(vmf, pfn)) {
		map_file_page(vmf, vmf->addr, vmf->ptep, pfn, RULE_FILE_SHARED);
		vmf_unlock(vmf);
		rc = dirty_shared_page(vmf, mm_page(vmf->mm, pfn));
	}
	put_file_page(vmf, pfn);
	return rc;
}

static unsigned fault_by_kind(struct vm_fault *vmf)
{
	if (!vmf->write)
		return do_read_fault(vmf);
	if (!(vmf->vma->vm_flags & VM_SHARED))
		return do_cow_fault(vmf);
	return do_shared_fault(vmf);
}

mm_static unsigned do_fault(struct vm_fault *vmf)
{
	unsigned rc = fault_by_kind(vmf);

	return vmf->read && !(rc & VM_FAULT_ERROR) ? rc | VM_FAULT_MAJOR : rc;
}
