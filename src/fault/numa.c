/* SPDX-License-Identifier: MIT */
/*
 * Hinting faults: the entry was made inaccessible only to see who asks for the
 * page (semantics-fault.md 8).
 */
#include "fault/fault.h"

#include <errno.h>
#include <mmsim/numa.h>

#include "mm/numa_task.h"
#include "numa/numa.h"
#include "pte/batch.h"
#include "pte/huge.h"

/* A fault while it is dealt with, and what of it is accounted. */
struct numa_fault {
	pfn_t pfn;
	struct page *folio; /* as folio_page() */
	pte_t pte;     /* with the mapping's rights, but not writable yet */
	u64 nr;	       /* pages of its folio */
	unsigned node; /* that they are on */
	u32 flags;     /* MMSIM_NUMA_FAULT_* */
	bool asked;    /* the folio is accounted */
	enum numa_sharing sharing;
	bool writable; /* the entry may be, as far as is known */
	bool lost;     /* the lock was dropped, and that with it */
};

static void numa_account(const struct vm_fault *vmf,
			 const struct numa_fault *nf)
{
	u64 *events = vmf->mm->world->obs.events;

	if (!nf->asked)
		return;
	mm_trace_often(vmf->mm, EV_task_numa_fault, RULE_NONE, vmf->addr,
		       nf->node, nf->flags);
	if (nf->flags & MMSIM_NUMA_FAULT_NO_GROUP)
		events[EV_numa_faults_no_group] += nf->nr;
	if (nf->flags & MMSIM_NUMA_FAULT_SHARED)
		events[EV_numa_faults_shared] += nf->nr;
	task_numa_fault(vmf->mm, nf->sharing, nf->node, nf->nr,
			nf->flags & MMSIM_NUMA_FAULT_MIGRATED);
}

/* A hinting entry with the rights of its mapping. */
static pte_t numa_readable(const struct vm_fault *vmf, pte_t old)
{
	return pte_modify(old, vma_prot(vmf->vma), &vmf->mm->world->rules);
}

/* Whether it becomes writable if the page stays: until 6.1 it had stashed the
 * write bit, since 6.2 the rule is asked that mprotect asks. */
static bool numa_writable(const struct vm_fault *vmf, vaddr_t addr, pte_t old,
			  pte_t pte, const struct page *page)
{
	if (vmf->mm->world->rules.savedwrite)
		return pte_savedwrite(old);
	return pte_write(pte) ||
	       pte_may_be_writable(vmf->mm, vmf->vma, addr, pte, page);
}

static void numa_rebuild_one(struct vm_fault *vmf, vaddr_t addr, u64 *ptep,
			     pte_t pte, bool writable)
{
	const struct arch_rules *rules = &vmf->mm->world->rules;
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
	pte_t old, pte;
	u64 *ptep;

	end = min_u64(vmf->addr + (nr - before) * PAGE_SIZE,
		      pmd_addr_end(vmf->addr, vmf->vma->vm_end));
	addr -= min_u64(before * PAGE_SIZE, addr - low);
	ptep = vmf->ptep - ((vmf->addr - addr) >> PAGE_SHIFT);
	for (; addr < end; addr += PAGE_SIZE, ptep++) {
		old = ptep_get(ptep);
		if (!pte_present(old) || !pte_protnone(old) ||
		    folio_pfn(phys, pte_pfn(old)) != folio_pfn(phys, pfn))
			continue;
		pte = numa_readable(vmf, old);
		numa_rebuild_one(
			vmf, addr, ptep, pte,
			!ignore && numa_writable(vmf, addr, old, pte, NULL));
	}
}

/* The page stays. */
static unsigned numa_map(struct vm_fault *vmf, const struct page *page,
			 const struct numa_fault *nf)
{
	const struct mmsim *w = vmf->mm->world;

	if (page && page_is_large(page) && feat(w, FEAT_NUMA_REBUILD))
		numa_rebuild_large(vmf, nf->pfn, nf->lost);
	else
		numa_rebuild_one(vmf, vmf->addr, vmf->ptep, nf->pte,
				 !nf->lost && nf->writable);
	vmf_unlock(vmf);
	numa_account(vmf, nf);
	return 0;
}

/* ---- asking for it ---- */

/* Pages of files are left alone while they are dirty, and where several
 * processes run code from them. */
static bool numa_leaves(const struct vm_fault *vmf, const struct numa_fault *nf)
{
	if (page_test(nf->folio, PG_swapbacked))
		return false;
	return page_test(nf->folio, PG_dirty) ||
	       (vmf->vma->vm_flags & VM_EXEC &&
		folio_mapcount(&vmf->mm->world->phys, nf->pfn) > 1);
}

/* Take a folio off the LRU, with a reference: false if it is not to be had. */
static bool numa_isolate(const struct vm_fault *vmf,
			 const struct numa_fault *nf)
{
	if (!page_test(nf->folio, PG_lru) || numa_leaves(vmf, nf))
		return false;
	nf->folio->refcount++;
	return true;
}

/* A fault is counted, and where it wants its folio (semantics-fault.md 8.1:
 * who shares what cannot be written is no sign that they belong together). */
static unsigned numa_ask(const struct vm_fault *vmf, struct numa_fault *nf)
{
	const struct phys *phys = &vmf->mm->world->phys;
	struct page *folio = nf->folio;

	nf->asked = true;
	nf->node = pfn_to_node(phys, nf->pfn);
	count_event(vmf->mm, EV_numa_hint_faults);
	if (nf->node == numa_node_id(vmf->mm->world)) {
		count_event(vmf->mm, EV_numa_hint_faults_local);
		nf->flags |= MMSIM_NUMA_FAULT_LOCAL;
	}
	if (!nf->writable)
		nf->flags |= MMSIM_NUMA_FAULT_NO_GROUP;
	if (vmf->vma->vm_flags & VM_SHARED &&
	    folio_is_shared(vmf->mm->world, nf->pfn))
		nf->flags |= MMSIM_NUMA_FAULT_SHARED;
	if (folio->last_cpupid &&
	    !cpupid_match_task(vmf->mm, folio->last_cpupid))
		nf->sharing = NUMA_SHARED;
	return numa_target(vmf->vma, vmf->addr, folio, nf->node);
}

/* Nothing is locked: VM_FAULT_FALLBACK if the folio is where it was. */
static unsigned numa_move(struct vm_fault *vmf, struct numa_fault *nf,
			  unsigned node)
{
	struct mmsim *w = vmf->mm->world;
	int rc = migrate_misplaced_folio(w, nf->pfn, node);

	if (w->host.failed)
		return VM_FAULT_HOST;
	if (rc)
		return VM_FAULT_FALLBACK;
	w->obs.events[EV_numa_pages_migrated] += nf->nr;
	nf->node = node;
	nf->flags |= MMSIM_NUMA_FAULT_MIGRATED;
	numa_account(vmf, nf);
	return 0;
}

/* The lock is dropped: from 6.2 on the answer about the write bit with it. */
static unsigned numa_migrate(struct vm_fault *vmf, struct page *page,
			     struct numa_fault *nf, unsigned node)
{
	const struct mmsim *w = vmf->mm->world;
	bool isolated = numa_isolate(vmf, nf);
	unsigned rc = VM_FAULT_FALLBACK;

	if (!isolated)
		nf->flags |= MMSIM_NUMA_FAULT_MIGRATE_FAIL;
	if (!isolated && feat(w, FEAT_NUMA_ISOLATE_FIRST))
		return numa_map(vmf, page, nf);
	vmf_unlock(vmf);
	if (isolated)
		rc = numa_move(vmf, nf, node);
	if (rc != VM_FAULT_FALLBACK)
		return rc;
	nf->flags |= MMSIM_NUMA_FAULT_MIGRATE_FAIL;
	nf->lost = !w->rules.savedwrite;
	if (!vmf_lock(vmf))
		return 0;
	if (pte_same(ptep_get(vmf->ptep), vmf->orig))
		return numa_map(vmf, page, nf);
	vmf_unlock(vmf);
	return 0;
}

mm_static unsigned do_numa_page(struct vm_fault *vmf)
{
	const struct mmsim *w = vmf->mm->world;
	struct numa_fault nf = {
		.pfn = pte_pfn(vmf->orig),
		.pte = numa_readable(vmf, vmf->orig),
	};
	struct page *page = vm_normal_page(vmf->mm, nf.pte);
	unsigned node;

	mm_trace_often(vmf->mm, EV_do_numa_page, RULE_NONE, vmf->addr,
		       pte_val(vmf->orig), 0);
	nf.writable = numa_writable(vmf, vmf->addr, vmf->orig, nf.pte, page);
	if (!page || (page_is_large(page) && !feat(w, FEAT_NUMA_REBUILD)))
		return numa_map(vmf, page, &nf);
	nf.nr = BIT_U64(folio_order_of_page(page));
	nf.folio = page_folio(vmf->mm, page);
	node = numa_ask(vmf, &nf);
	if (node == NUMA_NO_NODE)
		return numa_map(vmf, page, &nf);
	return numa_migrate(vmf, page, &nf, node);
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

/* Under the lock, which goes. */
static unsigned numa_map_huge(struct vm_fault *vmf, u64 *pmdp,
			      const struct numa_fault *nf)
{
	const struct arch_rules *rules = &vmf->mm->world->rules;
	enum sim_rule rule = RULE_NUMA_READ_ONLY;
	pmd_t pmd;

	pmd = pmd_modify(pmdp_get(pmdp), vma_prot(vmf->vma), rules);
	pmd = pmd_mkyoung(pmd);
	if (!nf->lost && nf->writable) {
		pmd = pmd_mkwrite(pmd, rules);
		rule = rules->savedwrite ? RULE_NUMA_SAVEDWRITE
					 : RULE_NUMA_UPGRADE;
	}
	set_pmd_at(vmf->mm, vmf->addr & PMD_MASK, pmdp, pmd, rule);
	tables_unlock(vmf->mm);
	numa_account(vmf, nf);
	return 0;
}

/* As numa_migrate(). */
static unsigned numa_migrate_huge(struct vm_fault *vmf, u64 *pmdp, pmd_t pmd,
				  struct numa_fault *nf, unsigned node)
{
	const struct mmsim *w = vmf->mm->world;
	bool isolated = numa_isolate(vmf, nf);
	unsigned rc = VM_FAULT_FALLBACK;

	if (!isolated)
		nf->flags |= MMSIM_NUMA_FAULT_MIGRATE_FAIL;
	if (!isolated && feat(w, FEAT_NUMA_ISOLATE_FIRST))
		return numa_map_huge(vmf, pmdp, nf);
	tables_unlock(vmf->mm);
	if (isolated)
		rc = numa_move(vmf, nf, node);
	if (rc != VM_FAULT_FALLBACK)
		return rc;
	nf->flags |= MMSIM_NUMA_FAULT_MIGRATE_FAIL;
	nf->lost = !w->rules.savedwrite;
	if (!pmd_lock_same(vmf, pmdp, pmd))
		return 0;
	return numa_map_huge(vmf, pmdp, nf);
}

mm_static unsigned do_huge_pmd_numa_page(struct vm_fault *vmf, u64 *pmdp,
					 pmd_t pmd)
{
	const struct mmsim *w = vmf->mm->world;
	struct numa_fault nf = { .pfn = pmd_pfn(pmd) };
	unsigned node;

	mm_trace(vmf->mm, EV_do_huge_pmd_numa_page, RULE_NONE, vmf->addr,
		 pmd_val(pmd), 0);
	if (!pmd_lock_same(vmf, pmdp, pmd))
		return 0;
	nf.nr = HPAGE_PMD_NR;
	nf.writable = numa_huge_writable(vmf, pmd);
	nf.folio = folio_page(&w->phys, nf.pfn);
	node = numa_ask(vmf, &nf);
	if (node == NUMA_NO_NODE)
		return numa_map_huge(vmf, pmdp, &nf);
	return numa_migrate_huge(vmf, pmdp, pmd, &nf, node);
}
