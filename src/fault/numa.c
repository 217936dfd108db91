/* SPDX-License-Identifier: MIT */
/*
 * Hinting faults: the entry was made inaccessible only to see who asks for the
 * page (semantics-fault.md 8).
 */
#include "fault/fault.h"

#include <errno.h>

#include "numa/numa.h"
#include "pte/batch.h"

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

/* The lock is dropped: from 6.2 on the answer about the write bit with it. */
static unsigned numa_migrate(struct vm_fault *vmf, struct page *page,
			     unsigned node)
{
	struct mmsim *w = vmf->mm->world;
	const struct mpol_nodes at = { node, BIT_U64(node), false };
	bool isolated = page_test(page_folio(vmf->mm, page), PG_lru);
	int rc = -EAGAIN;

	if (!isolated && feat(w, FEAT_NUMA_ISOLATE_FIRST))
		return numa_map(vmf, page, false);
	page_folio(vmf->mm, page)->refcount += isolated;
	vmf_unlock(vmf);
	if (isolated)
		rc = migrate_folio(w, pte_pfn(vmf->orig), &at);
	if (!rc) {
		count_event(vmf->mm, EV_numa_pages_migrated);
		return 0;
	}
	if (w->host.failed)
		return VM_FAULT_HOST;
	if (rc == -EOPNOTSUPP)
		return VM_FAULT_UNSUPPORTED;
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
	struct mmsim *w = vmf->mm->world;
	struct page *page = numa_page(vmf);
	unsigned node;
	pfn_t pfn;

	mm_trace(vmf->mm, EV_do_numa_page, RULE_NONE, vmf->addr,
		 pte_val(vmf->orig), 0);
	if (!page || (page_is_large(page) && !feat(w, FEAT_NUMA_REBUILD)))
		return numa_map(vmf, page, false);
	pfn = pte_pfn(vmf->orig);
	count_event(vmf->mm, EV_numa_hint_faults);
	if (pfn_to_node(&w->phys, pfn) == numa_node_id(w))
		count_event(vmf->mm, EV_numa_hint_faults_local);
	node = numa_target(vmf->vma, pfn);
	if (node == NUMA_NO_NODE)
		return numa_map(vmf, page, false);
	return numa_migrate(vmf, page, node);
}
