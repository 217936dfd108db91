/* SPDX-License-Identifier: MIT */
/*
 * Hinting faults: the entry was made inaccessible only to see who asks for the
 * page (semantics-fault.md 8).
 */
#include "fault/fault.h"

#include <errno.h>

#include "numa/numa.h"
#include "pte/batch.h"
#include "pte/huge.h"

/* What the entry becomes if the page stays: until 6.1 it had stashed the write
 * bit, since 6.2 the rule is asked that mprotect asks. */
static bool numa_writable(const struct vm_fault *vmf, vaddr_t addr, pte_t old)
{
	const struct mmsim *w = vmf->mm->world;
	pte_t pte = pte_modify(old, vma_prot(vmf->vma), &w->rules);

	if (w->rules.savedwrite)
		return pte_savedwrite(old);
	return pte_write(pte) ||
	       pte_may_be_writable(vmf->mm, vmf->vma, addr, pte);
}

static void numa_rebuild_one(struct vm_fault *vmf, vaddr_t addr, u64 *ptep,
			     bool writable)
{
	const struct arch_rules *rules = &vmf->mm->world->rules;
	pte_t pte = pte_modify(ptep_get(ptep), vma_prot(vmf->vma), rules);
	enum sim_rule rule = RULE_NUMA_READ_ONLY;

	pte = pte_mkyoung(pte);
	if (writable) {
		pte = pte_mkwrite(pte, rules);
		rule = rules->savedwrite ? RULE_NUMA_SAVEDWRITE
					 : RULE_NUMA_UPGRADE;
	}
	/* ptep_modify_prot_start and _commit are a store each. */
	count_event(vmf->mm, EV_set_pte);
	set_pte_at(vmf->mm, addr, ptep, pte, rule);
}

/* From 6.10 on the fault restores all entries of a large folio that lie in the
 * same table and VMA; each decides on its write bit. */
static void numa_rebuild_large(struct vm_fault *vmf, pfn_t pfn, bool ignore)
{
	const struct phys *phys = &vmf->mm->world->phys;
	u64 nr = folio_nr_pages(phys, pfn), before = pfn - folio_pfn(phys, pfn);
	vaddr_t low = max_u64(vmf->vma->vm_start, vmf->addr & PMD_MASK);
	vaddr_t addr = vmf->addr, end;
	u64 *ptep;
	pte_t pte;

	end = min_u64(vmf->addr + (nr - before) * PAGE_SIZE,
		      pmd_addr_end(vmf->addr, vmf->vma->vm_end));
	addr -= min_u64(before * PAGE_SIZE, addr - low);
	ptep = vmf->ptep - ((vmf->addr - addr) >> PAGE_SHIFT);
	for (; addr < end; addr += PAGE_SIZE, ptep++) {
		pte = ptep_get(ptep);
		if (!pte_present(pte) || !pte_protnone(pte) ||
		    folio_pfn(phys, pte_pfn(pte)) != folio_pfn(phys, pfn))
			continue;
		numa_rebuild_one(vmf, addr, ptep,
				 !ignore && numa_writable(vmf, addr, pte));
	}
}

/* The page stays. @ignore: the write bit was lost on the way. */
static unsigned numa_map(struct vm_fault *vmf, const struct page *page,
			 bool ignore)
{
	const struct mmsim *w = vmf->mm->world;

	if (page && page_is_large(page) && feat(w, FEAT_NUMA_REBUILD))
		numa_rebuild_large(vmf, pte_pfn(vmf->orig), ignore);
	else
		numa_rebuild_one(
			vmf, vmf->addr, vmf->ptep,
			!ignore && numa_writable(vmf, vmf->addr, vmf->orig));
	vmf_unlock(vmf);
	return 0;
}

/* ---- asking for it ---- */

/* Pages of files are left alone while they are dirty, and where several
 * processes run code from them. */
static bool numa_leaves(const struct vm_fault *vmf, pfn_t pfn)
{
	const struct phys *phys = &vmf->mm->world->phys;
	const struct page *folio = folio_page(phys, pfn);

	if (page_test(folio, PG_swapbacked))
		return false;
	return page_test(folio, PG_dirty) ||
	       (vmf->vma->vm_flags & VM_EXEC && folio_mapcount(phys, pfn) > 1);
}

/* Take a folio off the LRU, with a reference: false if it is not to be had. */
static bool numa_isolate(const struct vm_fault *vmf, pfn_t pfn)
{
	struct page *folio = folio_page(&vmf->mm->world->phys, pfn);

	if (!page_test(folio, PG_lru) || numa_leaves(vmf, pfn))
		return false;
	folio->refcount++;
	return true;
}

/* A fault is counted, and where it wants its folio. */
static unsigned numa_ask(const struct vm_fault *vmf, struct page *folio,
			 pfn_t pfn)
{
	const struct mmsim *w = vmf->mm->world;
	unsigned node = pfn_to_node(&w->phys, pfn);

	count_event(vmf->mm, EV_numa_hint_faults);
	if (node == numa_node_id(w))
		count_event(vmf->mm, EV_numa_hint_faults_local);
	return numa_target(vmf->vma, vmf->addr, folio, node);
}

/* Nothing is locked: VM_FAULT_FALLBACK if the folio is where it was. */
static unsigned numa_move(struct vm_fault *vmf, pfn_t pfn, unsigned node)
{
	struct mmsim *w = vmf->mm->world;
	u64 nr = folio_nr_pages(&w->phys, pfn);
	int rc = migrate_misplaced_folio(w, pfn, node);

	if (!rc)
		w->obs.events[EV_numa_pages_migrated] += nr;
	if (w->host.failed)
		return VM_FAULT_HOST;
	if (rc == -EOPNOTSUPP)
		return VM_FAULT_UNSUPPORTED;
	return rc ? VM_FAULT_FALLBACK : 0;
}

/* The lock is dropped: from 6.2 on the answer about the write bit with it. */
static unsigned numa_migrate(struct vm_fault *vmf, struct page *page,
			     unsigned node)
{
	const struct mmsim *w = vmf->mm->world;
	pfn_t pfn = pte_pfn(vmf->orig);
	bool isolated = numa_isolate(vmf, pfn);
	unsigned rc = VM_FAULT_FALLBACK;

	if (!isolated && feat(w, FEAT_NUMA_ISOLATE_FIRST))
		return numa_map(vmf, page, false);
	vmf_unlock(vmf);
	if (isolated)
		rc = numa_move(vmf, pfn, node);
	if (rc != VM_FAULT_FALLBACK)
		return rc;
	if (!vmf_lock(vmf))
		return 0;
	if (pte_same(ptep_get(vmf->ptep), vmf->orig))
		return numa_map(vmf, page, !w->rules.savedwrite);
	vmf_unlock(vmf);
	return 0;
}

/* The frame without what an inaccessible entry may do to it. */
static struct page *numa_page(const struct vm_fault *vmf)
{
	return vm_normal_page(vmf->mm, pte_modify(vmf->orig, vma_prot(vmf->vma),
						  &vmf->mm->world->rules));
}

mm_static unsigned do_numa_page(struct vm_fault *vmf)
{
	const struct mmsim *w = vmf->mm->world;
	struct page *page = numa_page(vmf);
	unsigned node;

	mm_trace(vmf->mm, EV_do_numa_page, RULE_NONE, vmf->addr,
		 pte_val(vmf->orig), 0);
	if (!page || (page_is_large(page) && !feat(w, FEAT_NUMA_REBUILD)))
		return numa_map(vmf, page, false);
	node = numa_ask(vmf, page_folio(vmf->mm, page), pte_pfn(vmf->orig));
	if (node == NUMA_NO_NODE)
		return numa_map(vmf, page, false);
	return numa_migrate(vmf, page, node);
}

/* ---- huge entries (semantics-fault.md 8.4) ---- */

static bool numa_huge_writable(const struct vm_fault *vmf, pmd_t old)
{
	const struct mmsim *w = vmf->mm->world;
	pmd_t pmd = pmd_modify(old, vma_prot(vmf->vma), &w->rules);

	if (w->rules.savedwrite)
		return pmd_savedwrite(old);
	return pmd_write(pmd) || pmd_may_be_writable(vmf->mm, vmf->vma, pmd);
}

/* Under the lock, which goes. @ignore: the write bit was lost on the way. */
static unsigned numa_map_huge(struct vm_fault *vmf, u64 *pmdp, bool ignore)
{
	const struct arch_rules *rules = &vmf->mm->world->rules;
	pmd_t old = pmdp_get(pmdp), pmd;
	enum sim_rule rule = RULE_NUMA_READ_ONLY;

	pmd = pmd_mkyoung(pmd_modify(old, vma_prot(vmf->vma), rules));
	if (!ignore && numa_huge_writable(vmf, old)) {
		pmd = pmd_mkwrite(pmd, rules);
		rule = rules->savedwrite ? RULE_NUMA_SAVEDWRITE
					 : RULE_NUMA_UPGRADE;
	}
	set_pmd_at(vmf->mm, vmf->addr & PMD_MASK, pmdp, pmd, rule);
	tables_unlock(vmf->mm);
	return 0;
}

mm_static unsigned do_huge_pmd_numa_page(struct vm_fault *vmf, u64 *pmdp,
					 pmd_t pmd)
{
	const struct mmsim *w = vmf->mm->world;
	pfn_t pfn = pmd_pfn(pmd);
	unsigned node, rc = VM_FAULT_FALLBACK;
	bool isolated;

	mm_trace(vmf->mm, EV_do_huge_pmd_numa_page, RULE_NONE, vmf->addr,
		 pmd_val(pmd), 0);
	if (!pmd_lock_same(vmf, pmdp, pmd))
		return 0;
	node = numa_ask(vmf, folio_page(&w->phys, pfn), pfn);
	if (node == NUMA_NO_NODE)
		return numa_map_huge(vmf, pmdp, false);
	isolated = numa_isolate(vmf, pfn);
	if (!isolated && feat(w, FEAT_NUMA_ISOLATE_FIRST))
		return numa_map_huge(vmf, pmdp, false);
	tables_unlock(vmf->mm);
	if (isolated)
		rc = numa_move(vmf, pfn, node);
	if (rc != VM_FAULT_FALLBACK)
		return rc;
	if (!pmd_lock_same(vmf, pmdp, pmd))
		return 0;
	return numa_map_huge(vmf, pmdp, !w->rules.savedwrite);
}
