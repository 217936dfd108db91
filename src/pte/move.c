/* SPDX-License-Identifier: MIT */
#include "pte/pte.h"

#include "mm/reclaim.h"
#include "pte/batch.h"
#include "pte/huge.h"
#include "pte/lock.h"
#include "pte/swap_entry.h"

/* A moved entry counts as written for soft-dirty (semantics-mprotect.md 10).
 * From 6.1's point releases on userfaultfd's protection stays only if its remap
 * event is asked for. */
static pte_t moved_pte(const struct vm_area_struct *new_vma, pte_t pte,
		       const struct arch_rules *rules)
{
	if (rules->soft_dirty)
		pte = pte_mksoft_dirty(pte);
	if (rules->uffd_wp && mremap_clears_uffd_wp(new_vma))
		pte = pte_clear_uffd_wp(pte);
	return pte;
}

/* What is not present keeps its other bits. */
static void set_moved_pte(struct vm_area_struct *new_vma, vaddr_t addr,
			  u64 *ptep, pte_t pte)
{
	struct mmsim_mm *mm = new_vma->vm_mm;
	const struct arch_rules *rules = &mm->world->rules;

	if (pte_present(pte)) {
		set_pte_at(mm, addr, ptep, moved_pte(new_vma, pte, rules),
			   RULE_MREMAP_ENTRY);
		return;
	}
	if (mremap_clears_uffd_wp(new_vma)) {
		if (is_uffd_wp_marker(mm, pte))
			return;
		pte = pte_swp_clear_uffd_wp(pte, rules);
	}
	set_nonpresent_pte_at(mm, addr, ptep, pte_swp_mksoft_dirty(pte, rules),
			      RULE_MREMAP_ENTRY);
}

/* How many entries from this one on are moved as one. */
static unsigned move_batch(struct mmsim_mm *mm, const u64 *ptep, u64 max)
{
	pte_t pte = pte_raw(ptep);

	if (pte_batch_hint(ptep, pte) == 1 ||
	    !feat(mm->world, FEAT_MREMAP_BATCH))
		return 1;
	return folio_pte_batch(mm, vm_normal_page(mm, pte), ptep,
			       ptep_get(ptep), max, FPB_RESPECT_WRITE);
}

static void move_ptes(struct vm_area_struct *new_vma, u64 *from, vaddr_t old,
		      u64 *to, vaddr_t new, unsigned nr)
{
	struct mmsim_mm *mm = new_vma->vm_mm;
	pte_t pte = get_and_clear_ptes(mm, old, from, nr, RULE_MREMAP_ENTRY);

	mm->world->obs.events[EV_move_pte] += nr;
	if (nr == 1)
		set_moved_pte(new_vma, new, to, pte);
	else
		set_ptes(mm, new, to,
			 moved_pte(new_vma, pte, &mm->world->rules), nr,
			 RULE_MREMAP_ENTRY);
}

static void move_pte_range(struct vm_area_struct *new_vma, u64 *from,
			   vaddr_t old, u64 *to, vaddr_t new, u64 len)
{
	struct mmsim_mm *mm = new_vma->vm_mm;
	bool flush = false;
	unsigned nr;
	u64 done;

	flush_tlb_batched_pending(mm);
	for (done = 0; done < len;
	     done += nr * PAGE_SIZE, from += nr, to += nr) {
		nr = 1;
		if (pte_none(pte_raw(from)))
			continue;
		count_ptep_get(mm, from);
		sim_step(mm->world, MMSIM_STEP_PTE, old + done);
		nr = move_batch(mm, from, (len - done) >> PAGE_SHIFT);
		flush |= pte_present(pte_raw(from));
		move_ptes(new_vma, from, old + done, to, new + done, nr);
	}
	/* Before the locks go: nobody may fault the new entries and still
	 * use the old ones. */
	if (flush)
		flush_tlb_range(mm, old, old + len, RULE_FLUSH_NEEDED);
}

/* Bytes up to the next PMD boundary of either address. */
static u64 move_extent(vaddr_t old, vaddr_t new, u64 left)
{
	u64 len = pmd_addr_end(old, old + left) - old;

	return min_u64(len, pmd_addr_end(new, new + left) - new);
}

/*
 * What a hash table has of a page lies by its address: each entry must be taken
 * out there (arch-powerpc-book3s64.md 7). Entries that change on the way, by
 * losing the protection of userfaultfd, are moved one by one as well.
 */
static bool may_move_tables(const struct vm_area_struct *vma,
			    const struct vm_area_struct *new_vma)
{
	return vma->vm_mm->world->mmu != MMSIM_MMU_HASH &&
	       (!userfaultfd_wp(vma) || !mremap_clears_uffd_wp(new_vma));
}

/* One extent, flushed by itself; false: OOM. */
static bool move_one(const struct vm_area_struct *vma, vaddr_t old,
		     struct vm_area_struct *new_vma, vaddr_t new, u64 len,
		     u64 *table)
{
	struct mmsim_mm *mm = new_vma->vm_mm;
	u64 *from = &table[table_index(old, 0)], *to;
	unsigned miss;

	if (len == PMD_SIZE && may_move_tables(vma, new_vma) &&
	    !pte_table_find(mm, new, &miss))
		return move_normal_pmd(mm, old, new);
	if (pte_alloc(mm, new, &to))
		return false;
	from = pte_lock(mm, old, from);
	to = pte_lock(mm, new, to);
	move_pte_range(new_vma, from, old, to, new, len);
	pte_unlock(mm, new);
	pte_unlock(mm, old);
	return true;
}

/*
 * Starting lower, at a PMD boundary, lets the first table be moved whole: if
 * both addresses are mutually aligned, the boundary is reached at all, and
 * nothing else is mapped between it and the start (6.6+).
 */
static bool can_align_down(const struct mmsim_mm *mm,
			   const struct vm_area_struct *vma, vaddr_t addr)
{
	struct vm_area_struct *below;

	if (vma->vm_start != addr)
		return false;
	below = vma_tree_find(&mm->tree, addr & PMD_MASK);
	return !below || below->vm_start >= addr;
}

static u64 realign(const struct mmsim_mm *mm, const struct vm_area_struct *vma,
		   vaddr_t old, const struct vm_area_struct *new_vma,
		   vaddr_t new, u64 len)
{
	u64 offset = old & ~PMD_MASK;

	if (!feat(mm->world, FEAT_MREMAP_REALIGN) || !offset ||
	    offset != (new & ~PMD_MASK) || len < PMD_SIZE - offset)
		return 0;
	if (!can_align_down(mm, vma, old) || !can_align_down(mm, new_vma, new))
		return 0;
	return offset;
}

mm_static u64 move_page_tables(struct mmsim_mm *mm, struct vm_area_struct *vma,
			       vaddr_t old, struct vm_area_struct *new_vma,
			       vaddr_t new, u64 len)
{
	u64 lead = realign(mm, vma, old, new_vma, new, len);
	u64 done = 0, total = len + lead, step;
	bool oom = false;
	unsigned miss;
	u64 *table;

	mm_trace(mm, EV_move_page_tables, RULE_NONE, old, old, new);
	old -= lead;
	new -= lead;
	for (; done < total; done += step) {
		mm_make_room(mm->world);
		step = move_extent(old + done, new + done, total - done);
		if (huge_find_settled(mm, old + done) &&
		    move_huge_pmd(mm, vma, old + done, new_vma, new + done,
				  step, &oom))
			continue;
		table = pte_table_find(mm, old + done, &miss);
		if (oom || (table && !move_one(vma, old + done, new_vma,
					       new + done, step, table)))
			break;
	}
	return done > lead ? done - lead : 0;
}
