/* SPDX-License-Identifier: MIT */
#include "fault/fault.h"

#include <mmsim/process.h>

#include "mm/file.h"
#include "mm/lru.h"
#include "mm/poison.h"
#include "pmd/pmd.h"
#include "pte/batch.h"
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
	    page_test(folio_page(&w->phys, pfn), PG_dirty)) {
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

/* Consecutive pages of one folio, and where they are mapped. */
struct file_run {
	vaddr_t addr;
	u64 *ptep;
	pfn_t pfn;
	unsigned nr;
};

/* Whether they are neighbours that come along with a fault's page. */
static bool is_prefault(const struct vm_fault *vmf, const struct file_run *run)
{
	return vmf->addr - run->addr >= run->nr * PAGE_SIZE;
}

/* Map them by entries that were empty; rule as it turns out. */
static void map_file_pages(struct vm_fault *vmf, const struct file_run *run,
			   enum sim_rule rule)
{
	bool write = vmf->write && rule == RULE_FILE_SHARED;
	pte_t pte = file_pte(vmf, run->pfn, write, &rule);
	const struct mmsim *w = vmf->mm->world;
	unsigned i;

	if (is_prefault(vmf, run) && feat(w, FEAT_OLD_PREFAULT) &&
	    arch_wants_old_prefault(&w->rules))
		pte = pte_mkold(pte);
	pte = pte_marked(vmf, pte);
	folio_add_file_ptes(vmf->mm, mm_page(vmf->mm, run->pfn), run->nr,
			    run->addr, rule);
	if (run->nr == 1)
		set_pte_at(vmf->mm, run->addr, run->ptep, pte, rule);
	else
		set_ptes(vmf->mm, run->addr, run->ptep, pte, run->nr, rule);
	for (i = 0; i < run->nr; i++)
		update_mmu_cache(vmf, run->addr + i * PAGE_SIZE, run->ptep + i);
}

/* All pages of a fault's folio, in place of its own alone, if one table and
 * the mapping hold them. */
static bool whole_folio(const struct vm_fault *vmf, struct file_run *run)
{
	const struct phys *phys = &vmf->mm->world->phys;
	u64 before = run->pfn - folio_pfn(phys, run->pfn);
	u64 nr = folio_nr_pages(phys, run->pfn);
	vaddr_t start = run->addr - before * PAGE_SIZE;
	vaddr_t end = start + nr * PAGE_SIZE;

	if (nr == 1 || start > run->addr || start < vmf->vma->vm_start ||
	    end > vmf->vma->vm_end ||
	    (start & PMD_MASK) != ((end - PAGE_SIZE) & PMD_MASK))
		return false;
	run->addr = start;
	run->ptep -= before;
	run->pfn -= before;
	run->nr = (unsigned)nr;
	return true;
}

static bool all_none(const struct file_run *run)
{
	unsigned i;

	for (i = 0; i < run->nr; i++)
		if (!pte_none(pte_raw(run->ptep + i)))
			return false;
	return true;
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

/* What of a folio that fault-around has met is mapped: the rest of it in the
 * window; later all of it. */
static struct file_run around_folio(const struct vm_fault *vmf,
				    const struct around *window,
				    struct file_run run)
{
	const struct phys *phys = &vmf->mm->world->phys;
	u64 left = folio_pfn(phys, run.pfn) + folio_nr_pages(phys, run.pfn) -
		   run.pfn;

	if (feat(vmf->mm->world, FEAT_AROUND_WHOLE_FOLIO) &&
	    whole_folio(vmf, &run))
		return run;
	run.nr =
		(unsigned)min_u64(left, (window->end - run.addr) >> PAGE_SHIFT);
	return run;
}

/* Map those of the pages whose entries are empty. */
static void map_empty(struct vm_fault *vmf, const struct file_run *all)
{
	bool batch = feat(vmf->mm->world, FEAT_FAULT_WHOLE_FOLIO);
	struct file_run run = *all;
	unsigned left = all->nr;

	for (; left; left -= run.nr, run.addr += run.nr * PAGE_SIZE,
		     run.ptep += run.nr, run.pfn += run.nr) {
		run.nr = 1;
		if (!pte_none(pte_raw(run.ptep)))
			continue;
		while (batch && run.nr < left &&
		       pte_none(pte_raw(run.ptep + run.nr)))
			run.nr++;
		mm_trace(vmf->mm, EV_map_pages, RULE_FILE_AROUND, run.addr, 0,
			 run.pfn);
		map_file_pages(vmf, &run, RULE_FILE_READ);
	}
}

static void do_fault_around(struct vm_fault *vmf)
{
	struct around a = around_window(vmf);
	u64 *table = vmf->ptep - table_index(vmf->addr, 0);
	struct file_run run;
	vaddr_t addr;

	for (addr = a.start; addr < a.end;
	     addr = run.addr + run.nr * PAGE_SIZE) {
		run = (struct file_run){ .addr = addr, .nr = 1 };
		run.ptep = &table[table_index(addr, 0)];
		if (!pte_none(ptep_get(run.ptep)))
			continue;
		run.pfn = file_find_page(vmf->vma->vm_file,
					 linear_page_index(vmf->vma, addr));
		if (run.pfn == PFN_NONE ||
		    page_is_poisoned(vmf->mm->world, run.pfn))
			continue;
		run = around_folio(vmf, &a, run);
		map_empty(vmf, &run);
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
	u64 orders = shmem_allowable_orders(vmf->vma, vmf->addr);

	sim_step(vmf->mm->world, MMSIM_STEP_ALLOC, vmf->addr);
	if (file_get_page(vmf->vma->vm_file, vmf->mm, file_index(vmf), orders,
			  pfn, &vmf->read))
		return no_page(vmf);
	if (*pfn != PFN_NONE && page_is_poisoned(vmf->mm->world, *pfn)) {
		mm_trace(vmf->mm, EV_sigbus, RULE_FAULT_HWPOISON, vmf->addr, 0,
			 *pfn);
		return VM_FAULT_HWPOISON;
	}
	if (*pfn != PFN_NONE) {
		folio_page(&vmf->mm->world->phys, *pfn)->refcount++;
		return 0;
	}
	mm_trace(vmf->mm, EV_sigbus, RULE_FILE_EOF, vmf->addr, 0, 0);
	return VM_FAULT_SIGBUS;
}

static void put_file_page(struct vm_fault *vmf, pfn_t pfn)
{
	sim_step(vmf->mm->world, MMSIM_STEP_REF, pfn);
	world_put_folio(vmf->mm->world, pfn, 1);
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

/* ---- huge entries ---- */

/* Whether the mapping lets the extent of a fault be mapped by one. */
static bool extent_is_suitable(const struct vm_fault *vmf)
{
	const struct vm_area_struct *vma = vmf->vma;

	if (vma->vm_flags & VM_NOHUGEPAGE &&
	    feat(vmf->mm->world, FEAT_FILE_PMD_ADVISED))
		return false;
	return thp_vma_suitable_order(vma, vmf->addr, HPAGE_PMD_ORDER);
}

/* Whether its page is of a huge page, or may become so. */
static bool page_may_be_huge(const struct vm_fault *vmf)
{
	const struct mmsim_file *file = vmf->vma->vm_file;

	if (file_order_at(file, file_index(vmf)) == HPAGE_PMD_ORDER)
		return true;
	return shmem_allowable_orders(vmf->vma, vmf->addr) &
		       BIT_U64(HPAGE_PMD_ORDER) &&
	       file_block_is_free(file, file_index(vmf), HPAGE_PMD_ORDER);
}

static bool fault_may_be_huge(const struct vm_fault *vmf)
{
	const struct mmsim *w = vmf->mm->world;

	if (likely(!w->shmem_any && !w->phys.nr_large) || !ARCH_HAS_THP)
		return false;
	if (vmf->write && !(vmf->vma->vm_flags & VM_SHARED))
		return false;
	return extent_is_suitable(vmf) && page_may_be_huge(vmf);
}

/* Whether fault-around would find a page. */
static bool has_neighbours(const struct vm_fault *vmf)
{
	struct around a = around_window(vmf);
	vaddr_t addr;

	for (addr = a.start; addr < a.end; addr += PAGE_SIZE)
		if (file_find_page(vmf->vma->vm_file,
				   linear_page_index(vmf->vma, addr)) !=
		    PFN_NONE)
			return true;
	return false;
}

/* Past the end of its file there is nothing to map. */
static bool fault_is_vain(const struct vm_fault *vmf)
{
	const struct mmsim_file *file = vmf->vma->vm_file;

	if (file_index(vmf) < align_up(file->size, PAGE_SIZE) >> PAGE_SHIFT)
		return false;
	return vmf->write || !should_fault_around(vmf) || !has_neighbours(vmf);
}

mm_static bool file_fault_needs_no_table(const struct vm_fault *vmf)
{
	return !vma_is_anonymous(vmf->vma) &&
	       (fault_may_be_huge(vmf) || fault_is_vain(vmf));
}

mm_static unsigned do_set_pmd(struct vm_fault *vmf, pfn_t pfn,
			      enum sim_rule rule)
{
	struct mmsim_mm *mm = vmf->mm;
	vaddr_t haddr = vmf->addr & PMD_MASK;
	pfn_t head = folio_pfn(&mm->world->phys, pfn);
	bool deposit = mm->world->mmu == MMSIM_MMU_HASH;
	pmd_t pmd = mk_huge_pmd(head, vmf->vma);
	u64 *pmdp = pmd_alloc(mm, vmf->addr);

	if (!pmdp || (deposit && !pgtable_trans_huge_deposit(mm)))
		return no_page(vmf);
	if (!pmd_lock_same(vmf, pmdp, __pmd(0))) {
		if (deposit)
			free_deposited_table(mm);
		return 0;
	}
	if (rule == RULE_FILE_SHARED)
		pmd = maybe_pmd_mkwrite(pmd_mkdirty(pmd), vmf->vma,
					&mm->world->rules);
	folio_add_pmd(mm, head, haddr, EV_add_file_rmap, RULE_FILE_HUGE);
	count_event(mm, EV_thp_file_mapped);
	set_pmd_at(mm, haddr, pmdp, pmd, RULE_FILE_HUGE);
	tables_unlock(mm);
	update_mmu_cache_pmd(vmf);
	return 0;
}

/* ---- the three kinds ---- */

/* As many pages as come with the fault's own: its folio's, if their entries
 * are empty. */
static struct file_run fault_run(const struct vm_fault *vmf, pfn_t pfn)
{
	struct file_run one = {
		.addr = vmf->addr, .ptep = vmf->ptep, .pfn = pfn, .nr = 1
	};
	struct file_run run = one;

	if (feat(vmf->mm->world, FEAT_FAULT_WHOLE_FOLIO) &&
	    !(vmf->vma->vm_flags & VM_UFFD_ANY) && whole_folio(vmf, &run) &&
	    all_none(&run))
		return run;
	return one;
}

/* Map the file's page, or the huge one that it is of: *mapped unless others
 * were faster. */
static unsigned finish_fault(struct vm_fault *vmf, pfn_t pfn,
			     enum sim_rule rule, bool *mapped)
{
	struct mmsim_mm *mm = vmf->mm;
	struct file_run run;

	*mapped = false;
	if (!vmf->ptep &&
	    folio_order(&mm->world->phys, pfn) == HPAGE_PMD_ORDER) {
		*mapped = true;
		return do_set_pmd(vmf, pfn, rule);
	}
	if (!vmf->ptep && pte_alloc(mm, vmf->addr, &vmf->ptep))
		return no_page(vmf);
	if (!file_lock(vmf, pfn))
		return 0;
	run = fault_run(vmf, pfn);
	map_file_pages(vmf, &run, rule);
	vmf_unlock(vmf);
	*mapped = true;
	return 0;
}

static unsigned do_read_fault(struct vm_fault *vmf)
{
	bool mapped;
	unsigned rc;
	pfn_t pfn;

	mm_trace(vmf->mm, EV_do_fault, RULE_FILE_READ, vmf->addr, 0, 0);
	count_event(vmf->mm, EV_kind_file_read);
	/* Without a table there is a huge page to find, or nothing. */
	if (vmf->ptep && should_fault_around(vmf) && fault_around(vmf))
		return 0;
	rc = get_file_page(vmf, &pfn);
	if (rc)
		return rc;
	rc = finish_fault(vmf, pfn, RULE_FILE_READ, &mapped);
	put_file_page(vmf, pfn);
	return rc;
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

mm_static unsigned dirty_shared_page(struct vm_fault *vmf, struct page *page)
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
	bool mapped;
	unsigned rc;
	pfn_t pfn;

	mm_trace(vmf->mm, EV_do_fault, RULE_FILE_SHARED, vmf->addr, 0, 0);
	count_event(vmf->mm, EV_kind_file_shared);
	rc = get_file_page(vmf, &pfn);
	if (rc)
		return rc;
	do_page_mkwrite(vmf, pfn);
	rc = finish_fault(vmf, pfn, RULE_FILE_SHARED, &mapped);
	if (mapped && !rc)
		rc = dirty_shared_page(
			vmf, page_folio(vmf->mm, mm_page(vmf->mm, pfn)));
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
