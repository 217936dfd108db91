/* SPDX-License-Identifier: MIT */
#include "pte/pte.h"

#include <errno.h>

#include "mm/pin.h"
#include "mm/reclaim.h"
#include "pte/batch.h"
#include "pte/huge.h"
#include "pte/lock.h"
#include "pte/swap.h"

/* What the child's entry is, given the parent's as it is after the fork. The
 * protection of userfaultfd stays only if its fork event is asked for. */
static pte_t child_pte(const struct vm_area_struct *dst_vma, pte_t pte,
		       const struct arch_rules *rules)
{
	if (dst_vma->vm_flags & VM_SHARED)
		pte = pte_mkclean(pte);
	pte = pte_mkold(pte);
	if (rules->uffd_wp && !userfaultfd_wp(dst_vma))
		pte = pte_clear_uffd_wp(pte);
	return pte;
}

/* What the entries of a batch must have in common. */
static unsigned copy_respects(const struct vm_area_struct *vma,
			      const struct arch_rules *rules)
{
	unsigned flags = 0;

	if (!(vma->vm_flags & VM_SHARED))
		flags |= FPB_RESPECT_DIRTY;
	if (vma_soft_dirty_enabled(vma, rules))
		flags |= FPB_RESPECT_SOFT_DIRTY;
	return flags;
}

static enum sim_rule copy_rule(const struct page *page)
{
	if (!page)
		return RULE_FORK_ZERO;
	return PageAnon(page) ? RULE_FORK_SHARE : RULE_FORK_FILE;
}

/* A folio that a device may write to: what it writes must reach the parent. */
static bool pinned_for_dma(struct mmsim_mm *src,
			   const struct vm_area_struct *dst_vma,
			   struct page *page)
{
	return is_cow_mapping(dst_vma->vm_flags) && page &&
	       PageAnon(page_folio(src, page)) &&
	       folio_maybe_dma_pinned(src->world,
				      page_to_pfn(&src->world->phys, page));
}

static inline bool folio_pinned_for_dma(struct mmsim_mm *src,
					const struct vm_area_struct *dst_vma,
					struct page *page)
{
	return unlikely(src->has_pinned) && pinned_for_dma(src, dst_vma, page);
}

static bool page_unshared(const struct mmsim_mm *src, const struct page *page)
{
	return PageAnonExclusive(page) ||
	       !feat(src->world, FEAT_ANON_EXCLUSIVE);
}

static bool needs_copy_for_dma(struct mmsim_mm *src,
			       const struct vm_area_struct *dst_vma,
			       struct page *page)
{
	return folio_pinned_for_dma(src, dst_vma, page) &&
	       page_unshared(src, page);
}

/* The child's own page, as after a write of its own. */
static int copy_pinned(struct mmsim_mm *dst, struct vm_area_struct *dst_vma,
		       vaddr_t addr, u64 *dst_ptep, pte_t pte)
{
	struct mmsim *w = dst->world;
	const struct arch_rules *r = &w->rules;
	pfn_t pfn = alloc_user_page(dst, dst_vma, addr);
	pte_t new;

	if (pfn == PFN_NONE)
		return -ENOMEM;
	if (page_copy_contents(&w->phys, pfn, pte_pfn(pte))) {
		put_page(dst, mm_page(dst, pfn));
		return -ENOMEM;
	}
	trace_new_anon_rmap(dst, addr, pfn);
	folio_add_new_anon_rmap(dst, dst_vma, addr, pfn);
	new = pte_mkdirty(pfn_pte(pfn, vma_prot(dst_vma)));
	new = maybe_mkwrite(new, dst_vma, r);
	if (userfaultfd_wp(dst_vma) && r->uffd_wp && pte_uffd_wp(pte, r))
		new = pte_mkuffd_wp(pte_wrprotect(new), r);
	set_pte_at(dst, addr, dst_ptep, new, RULE_FORK_PINNED);
	return 0;
}

static int copy_present_pte(struct mmsim_mm *dst, struct mmsim_mm *src,
			    struct vm_area_struct *dst_vma, vaddr_t addr,
			    u64 *dst_ptep, u64 *src_ptep, struct page *page)
{
	const struct arch_rules *rules = &src->world->rules;
	enum sim_rule rule;
	pte_t pte;

	sim_step(src->world, MMSIM_STEP_PTE, addr);
	pte = ptep_get(src_ptep);
	if (unlikely(needs_copy_for_dma(src, dst_vma, page)))
		return copy_pinned(dst, dst_vma, addr, dst_ptep, pte);
	rule = copy_rule(page);
	if (page && PageAnon(page))
		folio_dup_anon_rmap(src, page, addr);
	else if (page)
		folio_add_file_rmap(dst, page, addr, rule);
	if (page && PageAnon(page))
		count_rss(dst, page, 1);
	if (is_cow_mapping(dst_vma->vm_flags) && pte_write(pte)) {
		pte = pte_wrprotect(pte);
		pte_update(src, addr, src_ptep, pte, EV_wrprotect, rule);
	}
	set_pte_at(dst, addr, dst_ptep, child_pte(dst_vma, pte, rules), rule);
	return 0;
}

/* Where copying is, in the child's table and the parent's. */
struct copy_at {
	vaddr_t addr;
	u64 *dst, *src;
};

/*
 * What the last batch came to, of which there is one for each mapping: its
 * entries in the parent, and both sides' after it. Neighbouring folios mostly
 * have the same: then the same is stored for them, without the work.
 */
struct copy_memo {
	bool use; /* a row's entries, if it is anonymous, decide alone */
	u64 from, to, child;  /* without their frames; from ~0: nothing yet */
	enum row_blocks made; /* in the child */
	u64 step;	      /* pfn_step() */
};

static struct copy_memo copy_memo_prepare(const struct mmsim_mm *src)
{
	const struct mmsim *w = src->world;

	return (struct copy_memo){
		.use = feat(w, FEAT_FORK_BATCH) && !src->has_pinned &&
		       !w->sched.fn && !w->obs.heard,
		.from = ~(u64)0,
	};
}

/* Of a row whose first entry was old, and that has been copied. */
static void copy_memo_set(const struct mmsim_mm *dst, struct copy_memo *memo,
			  pte_t old, const struct copy_at *at, u64 nr)
{
	u64 from = pte_val(old), to = arch_load(at->src);
	u64 child = arch_load(at->dst);

	memo->from = ~(u64)0;
	memo->made = row_blocks(dst, at->addr, pte_pfn(old), nr);
	if (!memo->use || arch_pte_hashed(old) ||
	    memo->made == ROW_SOME_BLOCKS ||
	    ((from ^ to) | (from ^ child)) & ARCH_PTE_PFN)
		return;
	memo->from = from & ~ARCH_PTE_PFN;
	memo->to = to & ~ARCH_PTE_PFN;
	memo->child = child & ~ARCH_PTE_PFN;
	memo->step = pfn_step(old);
}

/*
 * Pages of a large folio, in one batch from 6.9 on: what differs in the
 * accessed and write bits alone. One entry that may be written makes all of
 * them read-only.
 */
static unsigned copy_batch(struct mmsim_mm *dst, struct mmsim_mm *src,
			   const struct vm_area_struct *dst_vma,
			   struct copy_memo *memo, const struct copy_at *at,
			   struct page *page, u64 max)
{
	const struct arch_rules *rules = &src->world->rules;
	pte_t pte = ptep_get(at->src), old = pte_raw(at->src);
	struct pte_batch batch = { .nr = 1, .write = pte_write(pte) };
	enum sim_rule rule = copy_rule(page_folio(src, page));

	sim_step(src->world, MMSIM_STEP_PTE, at->addr);
	if (feat(src->world, FEAT_FORK_BATCH))
		batch = folio_pte_batch_write(src, at->addr, page, at->src, pte,
					      max,
					      copy_respects(dst_vma, rules));
	if (rule == RULE_FORK_SHARE)
		folio_dup_anon_ptes(dst, page, batch.nr, at->addr);
	else
		folio_add_file_ptes(dst, page, batch.nr, at->addr, rule);
	if (is_cow_mapping(dst_vma->vm_flags) && batch.write) {
		wrprotect_ptes(src, at->addr, at->src, &batch, rule);
		pte = pte_wrprotect(pte);
	}
	set_ptes(dst, at->addr, at->dst, child_pte(dst_vma, pte, rules),
		 batch.nr, rule);
	if (batch.row)
		copy_memo_set(dst, memo, old, at, batch.nr);
	return batch.nr;
}

/* Up to the next page of a pinned folio that has to be copied, which is never
 * one of a batch. */
static u64 pinned_run(struct mmsim_mm *src, const struct page *page, u64 max)
{
	const struct phys *phys = &src->world->phys;
	pfn_t pfn = page_to_pfn(phys, page);
	u64 left = folio_pfn(phys, pfn) + folio_nr_pages(phys, pfn) - pfn, i;

	for (i = 1; i < min_u64(left, max) && !page_unshared(src, page + i);
	     i++)
		;
	return i;
}

/* A batch whose entries are like those of the one before: how many. */
static inline u64 copy_row(struct mmsim_mm *dst, struct mmsim_mm *src,
			   const struct copy_memo *memo,
			   const struct copy_at *at, u64 max)
{
	pte_t first = pte_raw(at->src);
	u64 frame = pte_val(first) & ARCH_PTE_PFN, nr;
	struct page *page, *head;

	if ((pte_val(first) & ~ARCH_PTE_PFN) != memo->from)
		return 0;
	nr = folio_row(src, at->addr, at->src, memo->step, max);
	if (!nr || row_blocks(dst, at->addr, pte_pfn(first), nr) != memo->made)
		return 0;
	page = mm_page(src, pte_pfn(first));
	head = page_head(&src->world->phys, page);
	if (!PageAnon(head))
		return 0;
	folio_dup_anon_pages(dst, head, page, (unsigned)nr);
	if (memo->to != memo->from)
		change_row_bits(at->src, memo->from ^ memo->to, nr);
	store_row(at->dst, frame | memo->child, memo->step, nr);
	return nr;
}

/* As many such batches as there are, one behind the other. */
static MMSIM_APART unsigned copy_rows(struct mmsim_mm *dst,
				      struct mmsim_mm *src,
				      const struct copy_memo *memo,
				      struct copy_at at, u64 max)
{
	struct row_sums sums = { .like = __pte(memo->from) };
	u64 nr;

	ptl_assert_held(src, at.addr);
	ptl_assert_held(dst, at.addr);
	while (sums.ptes < max) {
		nr = copy_row(dst, src, memo, &at, max - sums.ptes);
		if (!nr)
			break;
		sums.rows++;
		sums.ptes += nr;
		at.addr += nr * PAGE_SIZE;
		at.src += nr;
		at.dst += nr;
	}
	if (!sums.ptes)
		return 0;
	count_row_reads(src, &sums);
	if (memo->to != memo->from)
		count_rows_changed(src, EV_wrprotect, &sums);
	count_rows_set(dst, &sums);
	dst->rss[MM_ANONPAGES] += sums.ptes;
	dst->world->obs.events[EV_dup_anon_rmap] += sums.rows;
	return (unsigned)sums.ptes;
}

/* As many pages of large folios as can be copied at once: *nr. */
static int copy_large(struct mmsim_mm *dst, struct mmsim_mm *src,
		      struct vm_area_struct *dst_vma, struct copy_memo *memo,
		      const struct copy_at *at, struct page *page, u64 max,
		      unsigned *nr)
{
	*nr = copy_rows(dst, src, memo, *at, max);
	if (*nr)
		return 0;
	if (unlikely(folio_pinned_for_dma(src, dst_vma, page))) {
		*nr = 1;
		if (page_unshared(src, page))
			return copy_pinned(dst, dst_vma, at->addr, at->dst,
					   ptep_get(at->src));
		max = pinned_run(src, page, max);
	}
	*nr = copy_batch(dst, src, dst_vma, memo, at, page, max);
	return 0;
}

static int copy_nonpresent(struct mmsim_mm *dst, struct mmsim_mm *src,
			   const struct vm_area_struct *dst_vma, vaddr_t addr,
			   u64 *dst_ptep, u64 *src_ptep)
{
	pte_t pte = pte_raw(src_ptep);

	if (pte_none(pte))
		return 0;
	if (is_slot_pte(src, pte))
		return copy_swap_pte(dst, src, dst_vma, addr, dst_ptep,
				     src_ptep);
	if (is_hwpoison_pte(src, pte))
		set_nonpresent_pte_at(dst, addr, dst_ptep, pte,
				      RULE_FORK_HWPOISON);
	/* Markers are made anew, without the soft-dirty bit of a move. */
	else if (is_guard_pte(src, pte))
		set_nonpresent_pte_at(dst, addr, dst_ptep, guard_pte(dst),
				      RULE_FORK_GUARD);
	else if (userfaultfd_wp(dst_vma) && is_uffd_wp_marker(src, pte))
		set_nonpresent_pte_at(dst, addr, dst_ptep, uffd_wp_marker(dst),
				      RULE_UFFD_FORK);
	return 0;
}

/* The slot of an entry has no room for one more: memory for it may be waited
 * for without the tables' locks. */
static int extend_slot(struct mmsim *w, pte_t pte)
{
	struct swap_ref at = pte_swap_ref(pte, &w->rules);

	if (swap_extend(w, at))
		return 0;
	return reclaim_for_page(w) && swap_extend(w, at) ? 0 : -ENOMEM;
}

/* One entry, or as many of a folio as go together: *nr. */
static inline int copy_some(struct mmsim_mm *dst, struct mmsim_mm *src,
			    struct vm_area_struct *dst_vma,
			    struct copy_memo *memo, const struct copy_at *at,
			    vaddr_t end, unsigned *nr)
{
	pte_t pte = pte_raw(at->src);
	struct page *page;

	*nr = 1;
	if (!pte_present(pte))
		return copy_nonpresent(dst, src, dst_vma, at->addr, at->dst,
				       at->src);
	page = vm_normal_page(src, pte);
	if (page && page_is_large(page))
		return copy_large(dst, src, dst_vma, memo, at, page,
				  (end - at->addr) >> PAGE_SHIFT, nr);
	return copy_present_pte(dst, src, dst_vma, at->addr, at->dst, at->src,
				page);
}

/* Both tables are locked. -EIO: for extend_slot(), and then to go on. */
static int copy_ptes(struct mmsim_mm *dst, struct mmsim_mm *src,
		     struct vm_area_struct *dst_vma, struct copy_memo *memo,
		     struct copy_at *at, vaddr_t end)
{
	struct copy_at now = *at;
	unsigned nr;
	int rc = 0;

	while (now.addr < end) {
		rc = copy_some(dst, src, dst_vma, memo, &now, end, &nr);
		if (rc)
			break;
		now.addr += nr * PAGE_SIZE;
		now.dst += nr;
		now.src += nr;
	}
	*at = now;
	return rc;
}

static int copy_pte_range(struct mmsim_mm *dst, struct mmsim_mm *src,
			  struct vm_area_struct *dst_vma,
			  struct copy_memo *memo, u64 *src_table, vaddr_t start,
			  vaddr_t end)
{
	struct copy_at at = { .addr = start };
	int rc = pte_alloc(dst, start, &at.dst);
	pte_t pte;

	if (rc)
		return rc;
	at.src = &src_table[table_index(start, 0)];
	do {
		at.dst = pte_lock(dst, at.addr, at.dst);
		at.src = pte_lock(src, at.addr, at.src);
		rc = copy_ptes(dst, src, dst_vma, memo, &at, end);
		pte = rc == -EIO ? pte_raw(at.src) : __pte(0);
		pte_unlock(src, start);
		pte_unlock(dst, start);
		if (rc == -EIO)
			rc = extend_slot(src->world, pte);
	} while (!rc && at.addr < end);
	return rc;
}

/* The next table of PTEs; huge entries on the way are copied. The tables are
 * locked by whoever copies, the child's first. */
static u64 *copy_next(struct mmsim_mm *src, vaddr_t *addr, vaddr_t end,
		      vaddr_t *next, struct copy_huge *huge)
{
	u64 *table;

	mm_make_room(src->world);
	table = range_lock_next(src, addr, end, next, copy_huge_pmd, huge);
	if (table)
		pte_unlock(src, *addr);
	return huge->rc ? NULL : table;
}

/* What has no anonymous page of its own the child faults in itself, but what
 * its entries remember besides would be lost. */
static bool needs_copy(const struct vm_area_struct *dst_vma,
		       const struct vm_area_struct *src_vma)
{
	const struct mmsim *w = dst_vma->vm_mm->world;

	if (src_vma->anon_vma || src_vma->vm_flags & VM_MAYBE_GUARD)
		return true;
	if (src_vma->vm_flags & VM_HUGETLB && !feat(w, FEAT_HUGETLB_FORK_LAZY))
		return true;
	return userfaultfd_wp(dst_vma);
}

/* The child has the tables above those of PTEs wherever the parent has them,
 * whatever is below (seen on 6.1 to 7.2). */
static int copy_upper_tables(struct mmsim_mm *dst, struct mmsim_mm *src,
			     vaddr_t addr, vaddr_t end)
{
	unsigned miss = 0;

	for (; addr < end; addr = level_addr_end(addr, end, miss)) {
		if (!pmd_find(src, addr, &miss))
			continue;
		if (!pmd_alloc(dst, addr))
			return -ENOMEM;
		miss = 2;
	}
	return 0;
}

mm_static int copy_page_range(struct mmsim_mm *dst, struct mmsim_mm *src,
			      struct vm_area_struct *dst_vma,
			      struct vm_area_struct *src_vma)
{
	struct copy_huge huge = { .dst = dst,
				  .dst_vma = dst_vma,
				  .src_vma = src_vma };
	struct copy_memo memo = copy_memo_prepare(src);
	vaddr_t addr, next, end = src_vma->vm_end;
	u64 *table;
	int rc;

	if (!needs_copy(dst_vma, src_vma)) {
		mm_trace(src, EV_copy_page_range, RULE_FORK_SKIP,
			 src_vma->vm_start, 0, 0);
		return 0;
	}
	mm_trace(src, EV_copy_page_range, RULE_NONE, src_vma->vm_start, 0, 0);
	rc = copy_upper_tables(dst, src, src_vma->vm_start, end);
	if (rc)
		return rc;
	for (addr = src_vma->vm_start;
	     (table = copy_next(src, &addr, end, &next, &huge)); addr = next) {
		rc = copy_pte_range(dst, src, dst_vma, &memo, table, addr,
				    next);
		if (rc)
			return rc;
	}
	return huge.rc;
}
