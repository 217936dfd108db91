/* SPDX-License-Identifier: MIT */
#include "pte/pte.h"

#include "pte/lock.h"

/* How a protection change ends for one entry. */
struct pte_change {
	pte_t pte;
	enum sim_rule rule;
};

/*
 * What is the same for all entries of a call, so that the loop over them looks
 * at entries and pages alone.
 */
struct change_how {
	const struct vm_area_struct *vma;
	own_rule_fn own;	/* the caller's rule in place of the forms */
	pgprot_t prot;
	bool accountable;	/* form A decides on the write bit */
	bool upgrade;		/* a later form does */
	bool shared;
	bool wants_dirty;	/* only dirty entries become writable */
	bool wants_soft_dirty;	/* only those marked as written do */
	bool uffd_wp;
	bool tracked;		/* one of these three */
	bool flush_always;
	enum sim_rule upgraded;
};

/*
 * can_change_pte_writable() in the forms it had: A is mprotect's own test
 * until 5.19, B was posted, C came in 6.0, C' fixed the soft-dirty test, D
 * (6.2) no longer wants private pages to be dirty (semantics-mprotect.md 3).
 */
static bool soft_dirty_refuses(const struct vm_area_struct *vma,
			       const struct mmsim *w)
{
	if (!w->rules.soft_dirty)
		return false;
	if (feat(w, FEAT_SOFT_DIRTY_CHECK))
		return vma_soft_dirty_enabled(vma, &w->rules);
	/* The inverted test: it refused where nothing was tracked. */
	return vma->vm_flags & VM_SOFTDIRTY;
}

/* arm64 had no test of its own before 6.19: the generic yes. */
static bool flush_always(const struct mmsim *w)
{
	return !feat(w, FEAT_PTE_NEEDS_FLUSH) ||
	       (w->arch == MMSIM_ARCH_ARM64 &&
		!feat(w, FEAT_ARM64_NEEDS_FLUSH));
}

static struct change_how change_prepare(const struct mmsim *w,
					const struct vm_area_struct *vma,
					unsigned cp_flags)
{
	bool shared = vma->vm_flags & VM_SHARED;
	bool clean = feat(w, FEAT_UPGRADE_CLEAN);
	struct change_how how = {
		.vma = vma,
		.own = w->own.can_change_pte_writable,
		.prot = vma_prot(vma),
		.accountable = cp_flags & MM_CP_DIRTY_ACCT,
		.upgrade = cp_flags & MM_CP_TRY_CHANGE_WRITABLE,
		.shared = shared,
		.wants_dirty = shared || !clean,
		.wants_soft_dirty = soft_dirty_refuses(vma, w),
		.uffd_wp = vma->vm_flags & VM_UFFD_WP,
		.flush_always = flush_always(w),
		.upgraded = clean ? RULE_MPROTECT_EXCL :
					  RULE_MPROTECT_EXCL_DIRTY,
	};

	how.tracked = how.wants_dirty || how.wants_soft_dirty || how.uffd_wp;
	return how;
}

/* Form A: only shared writenotify mappings, only dirty entries. */
static bool dirty_accountable_upgrade(const struct change_how *how, pte_t pte)
{
	return pte_dirty(pte) &&
	       (!how->wants_soft_dirty || pte_soft_dirty(pte));
}

/* What is tracked in the entry itself and forbids the write bit. */
static bool tracking_refuses(const struct change_how *how, pte_t pte,
			     const struct arch_rules *rules)
{
	return (how->wants_soft_dirty && !pte_soft_dirty(pte)) ||
	       (how->uffd_wp && pte_uffd_wp(pte, rules)) ||
	       (how->wants_dirty && !pte_dirty(pte));
}

/* Forms B, C, C' and D. */
static bool can_change_pte_writable(struct mmsim_mm *mm,
				    const struct change_how *how, pte_t pte)
{
	struct page *page;

	if (pte_protnone(pte))
		return false;
	if (how->tracked && tracking_refuses(how, pte, &mm->world->rules))
		return false;
	if (how->shared)
		return true;
	page = vm_normal_page(mm, pte);
	return page && PageAnon(page) && PageAnonExclusive(page);
}

static enum sim_rule upgrade_rule(struct mmsim_mm *mm,
				  const struct change_how *how, vaddr_t addr,
				  pte_t pte)
{
	if (unlikely(how->own))
		return ask_rule(mm, how->vma, addr, pte, how->own) ?
			       RULE_OWN :
			       RULE_MPROTECT_NO_UPGRADE;
	return can_change_pte_writable(mm, how, pte) ?
		       how->upgraded :
		       RULE_MPROTECT_NO_UPGRADE;
}

static struct pte_change decide_change(struct mmsim_mm *mm,
				       const struct change_how *how,
				       vaddr_t addr, pte_t old)
{
	const struct arch_rules *rules = &mm->world->rules;
	struct pte_change c = {
		.pte = pte_modify(old, how->prot, rules),
		.rule = RULE_MPROTECT_MODIFY,
	};

	if (how->accountable) {
		if (!dirty_accountable_upgrade(how, c.pte))
			return c;
		c.rule = RULE_MPROTECT_ACCOUNTABLE;
	} else if (how->upgrade && !pte_write(c.pte)) {
		c.rule = upgrade_rule(mm, how, addr, c.pte);
		if (c.rule == RULE_MPROTECT_NO_UPGRADE)
			return c;
	} else {
		return c;
	}
	c.pte = pte_mkwrite(c.pte, rules);
	return c;
}

/* What one call has done so far. */
struct change_sum {
	vaddr_t from, to;	/* what must be flushed at the end, if to is
				 * not 0; it only grows upwards */
	struct pte_run run;
};

static void change_pte(struct mmsim_mm *mm, const struct change_how *how,
		       vaddr_t addr, u64 *ptep, struct change_sum *sum)
{
	pte_t old = ptep_get(ptep);
	struct pte_change c = decide_change(mm, how, addr, old);

	set_pte_in_run(mm, &sum->run, addr, ptep, c.pte, c.rule);
	if (!how->flush_always && !pte_needs_flush(old, c.pte))
		return;
	if (!sum->to)
		sum->from = addr;
	sum->to = addr + PAGE_SIZE;
}

/*
 * ptep_modify_prot_start: until the new entry is there no CPU can use it, nor
 * set bits in it that would be lost.
 */
static void modify_prot_start(struct mmsim_mm *mm, vaddr_t addr, u64 *ptep)
{
	pte_t old;

	sim_step(mm->world, MMSIM_STEP_PTE, addr);
	old = ptep_get(ptep);
	arch_store(ptep, pte_val(pte_modify_start(old)));
	sim_step(mm->world, MMSIM_STEP_PTE, addr);
	arch_store(ptep, pte_val(old));
}

static u64 change_pte_range(struct mmsim_mm *mm,
			    const struct change_how *how, u64 *table,
			    vaddr_t start, vaddr_t end,
			    struct change_sum *sum)
{
	u64 *ptep = &table[table_index(start, 0)], nr = 0;
	const bool steps = mm->world->sched.fn;
	vaddr_t addr;

	for (addr = start; addr < end; addr += PAGE_SIZE, ptep++) {
		if (!pte_present(ptep_get(ptep)))
			continue;
		if (unlikely(steps))
			modify_prot_start(mm, addr, ptep);
		change_pte(mm, how, addr, ptep, sum);
		nr++;
	}
	return nr;
}

mm_static u64 change_protection(struct mmsim_mm *mm, struct vm_area_struct *vma,
				vaddr_t start, vaddr_t end, unsigned cp_flags)
{
	const struct change_how how = change_prepare(mm->world, vma, cp_flags);
	/* ptep_modify_prot_start and _commit: nobody sees what lies between,
	 * but both are stores. */
	struct change_sum sum = { .run = { .stores = 2 } };
	vaddr_t addr, next;
	u64 *table, nr = 0;

	mm_trace(mm, EV_change_protection, RULE_NONE, start, start, end);
	for (addr = start; (table = pte_table_lock_next(mm, &addr, end, &next));
	     addr = next) {
		nr += change_pte_range(mm, &how, table, addr, next, &sum);
		pte_unlock(mm, addr);
	}
	pte_run_end(mm, &sum.run);
	if (nr && !feat(mm->world, FEAT_PTE_NEEDS_FLUSH))
		flush_tlb_range(mm, start, end, RULE_FLUSH_ALWAYS);
	else if (sum.to)
		flush_tlb_range(mm, sum.from, sum.to, RULE_FLUSH_NEEDED);
	return nr;
}
