/* SPDX-License-Identifier: MIT */
#include "pte/pte.h"

/* How a protection change ends for one entry. */
struct pte_change {
	pte_t pte;
	enum sim_rule rule;
};

/*
 * can_change_pte_writable() in the forms it had: A is mprotect's own test
 * until 5.19, C came in 6.0, C' fixed the soft-dirty test, D (6.2) no longer
 * wants private pages to be dirty (semantics-mprotect.md section 3).
 */
static bool soft_dirty_refuses(const struct vm_area_struct *vma, pte_t pte,
			       const struct mmsim *w)
{
	if (!w->rules.soft_dirty || pte_soft_dirty(pte))
		return false;
	if (feat(w, FEAT_SOFT_DIRTY_CHECK))
		return vma_soft_dirty_enabled(vma, &w->rules);
	/* The inverted test: it refused where nothing was tracked. */
	return vma->vm_flags & VM_SOFTDIRTY;
}

/* Form A: only shared writenotify mappings, only dirty entries. */
static bool dirty_accountable_upgrade(struct mmsim_mm *mm,
				      const struct vm_area_struct *vma,
				      pte_t pte)
{
	return pte_dirty(pte) && !soft_dirty_refuses(vma, pte, mm->world);
}

/* Forms C, C' and D. */
static bool can_change_pte_writable(struct mmsim_mm *mm,
				    const struct vm_area_struct *vma, pte_t pte)
{
	const struct mmsim *w = mm->world;
	bool shared = vma->vm_flags & VM_SHARED;
	struct page *page;

	if (pte_protnone(pte) || soft_dirty_refuses(vma, pte, w))
		return false;
	if (vma->vm_flags & VM_UFFD_WP && pte_uffd_wp(pte, &w->rules))
		return false;
	if ((shared || !feat(w, FEAT_UPGRADE_CLEAN)) && !pte_dirty(pte))
		return false;
	if (shared)
		return true;
	page = vm_normal_page(mm, pte);
	return page && PageAnon(page) && PageAnonExclusive(page);
}

/* Which rule gives the write bit, or that none does. */
static enum sim_rule upgrade_rule(struct mmsim_mm *mm,
				  const struct vm_area_struct *vma,
				  vaddr_t addr, pte_t pte, unsigned cp_flags)
{
	const struct mmsim *w = mm->world;

	if (cp_flags & MM_CP_DIRTY_ACCT)
		return dirty_accountable_upgrade(mm, vma, pte) ?
			       RULE_MPROTECT_ACCOUNTABLE :
			       RULE_MPROTECT_MODIFY;
	if (!(cp_flags & MM_CP_TRY_CHANGE_WRITABLE) || pte_write(pte))
		return RULE_MPROTECT_MODIFY;
	if (w->own.can_change_pte_writable)
		return ask_rule(mm, vma, addr, pte,
				w->own.can_change_pte_writable) ?
			       RULE_OWN :
			       RULE_MPROTECT_NO_UPGRADE;
	if (!can_change_pte_writable(mm, vma, pte))
		return RULE_MPROTECT_NO_UPGRADE;
	return feat(w, FEAT_UPGRADE_CLEAN) ? RULE_MPROTECT_EXCL :
					     RULE_MPROTECT_EXCL_DIRTY;
}

static struct pte_change decide_change(struct mmsim_mm *mm,
				       const struct vm_area_struct *vma,
				       vaddr_t addr, pte_t old,
				       unsigned cp_flags)
{
	const struct arch_rules *rules = &mm->world->rules;
	struct pte_change c = {
		.pte = pte_modify(old, vma_prot(vma), rules),
	};

	c.rule = upgrade_rule(mm, vma, addr, c.pte, cp_flags);
	if (c.rule != RULE_MPROTECT_MODIFY &&
	    c.rule != RULE_MPROTECT_NO_UPGRADE)
		c.pte = pte_mkwrite(c.pte, rules);
	return c;
}

/* What one call has done so far. */
struct change_sum {
	vaddr_t from, to;	/* what must be flushed at the end */
	struct pte_run run;
};

static bool change_needs_flush(const struct mmsim *w, pte_t old, pte_t new)
{
	if (!feat(w, FEAT_PTE_NEEDS_FLUSH))
		return true;
	/* arm64 had no test of its own before 6.19: the generic yes. */
	if (w->arch == MMSIM_ARCH_ARM64 && !feat(w, FEAT_ARM64_NEEDS_FLUSH))
		return true;
	return pte_needs_flush(old, new);
}

static void change_pte(struct mmsim_mm *mm, const struct vm_area_struct *vma,
		       vaddr_t addr, u64 *ptep, unsigned cp_flags,
		       struct change_sum *sum)
{
	pte_t old = ptep_get(ptep);
	struct pte_change c = decide_change(mm, vma, addr, old, cp_flags);

	set_pte_in_run(mm, &sum->run, addr, ptep, c.pte, c.rule);
	if (!change_needs_flush(mm->world, old, c.pte))
		return;
	sum->from = min_u64(sum->from, addr);
	sum->to = max_u64(sum->to, addr + PAGE_SIZE);
}

static u64 change_pte_range(struct mmsim_mm *mm,
			    const struct vm_area_struct *vma, u64 *table,
			    vaddr_t start, vaddr_t end, unsigned cp_flags,
			    struct change_sum *sum)
{
	vaddr_t addr;
	u64 *ptep, nr = 0;

	for (addr = start; addr < end; addr += PAGE_SIZE) {
		ptep = &table[table_index(addr, 0)];
		if (!pte_present(ptep_get(ptep)))
			continue;
		change_pte(mm, vma, addr, ptep, cp_flags, sum);
		nr++;
	}
	return nr;
}

mm_static u64 change_protection(struct mmsim_mm *mm, struct vm_area_struct *vma,
				vaddr_t start, vaddr_t end, unsigned cp_flags)
{
	struct change_sum sum = { .from = end, .to = start };
	vaddr_t addr, next;
	u64 *table, nr = 0;

	mm_trace(mm, EV_change_protection, RULE_NONE, start, start, end);
	for (addr = start; (table = pte_table_next(mm, &addr, end, &next));
	     addr = next)
		nr += change_pte_range(mm, vma, table, addr, next, cp_flags,
				       &sum);
	pte_run_end(mm, &sum.run);
	/* ptep_modify_prot_start and _commit: nobody sees what lies between,
	 * but both are writes. */
	mm->world->obs.events[EV_set_pte] += nr;
	if (nr && !feat(mm->world, FEAT_PTE_NEEDS_FLUSH))
		flush_tlb_range(mm, start, end, RULE_FLUSH_ALWAYS);
	else if (sum.from < sum.to)
		flush_tlb_range(mm, sum.from, sum.to, RULE_FLUSH_NEEDED);
	return nr;
}
