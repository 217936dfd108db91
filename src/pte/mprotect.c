/* SPDX-License-Identifier: MIT */
#include "pte/pte.h"

#include "mm/pin.h"
#include "pte/batch.h"
#include "pte/huge.h"
#include "pte/lock.h"
#include "pte/swap_entry.h"
#include "vma/vma_ops.h"

/* How a protection change ends for one entry. */
struct pte_change {
	pte_t pte;
	enum sim_rule rule;
};

/*
 * Which pages the hinting scanner passes over (semantics-mprotect.md 5). What
 * others may share by copy on write stays where it is: 5.10 asked a page's map
 * count, 5.17 its references, later releases the folio, and whether it is
 * pinned, which the last ones ask in all mappings.
 */
struct numa_filter {
	s32 max_maps, max_refs; /* of a single page */
	bool folio;		/* instead of counts, if the folio is shared */
	bool pinned;
	unsigned here; /* also pages on this node; or NUMA_NO_NODE */
};

/* Which entries of a mapping may become writable. */
struct upgrade {
	const struct vm_area_struct *vma;
	own_rule_fn own; /* the caller's rule in place of the forms */
	bool shared;
	bool wants_dirty;      /* only dirty entries become writable */
	bool wants_soft_dirty; /* only those marked as written do */
	bool uffd_wp;
	bool tracked; /* one of these three */
	enum sim_rule rule;
	const struct page *page; /* the entry's, if the caller has found it */
};

/*
 * What is the same for all entries of a call, so that the loop over them looks
 * at entries and pages alone.
 */
struct change_how {
	const struct vm_area_struct *vma;
	struct upgrade up;
	pgprot_t prot;
	bool accountable; /* form A decides on the write bit */
	bool upgrade;	  /* a later form does */
	unsigned uffd;	  /* MM_CP_UFFD_WP, MM_CP_UFFD_WP_RESOLVE or 0 */
	bool flush_always;
	bool numa;	 /* hinting entries are made */
	bool savedwrite; /* which stash the write bit */
	struct numa_filter filter;
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

static struct numa_filter numa_filter(const struct mmsim *w,
				      const struct vm_area_struct *vma)
{
	bool cow = is_cow_mapping(vma->vm_flags);
	bool folio = feat(w, FEAT_NUMA_LIKELY_SHARED);
	bool refs = feat(w, FEAT_NUMA_PAGE_COUNT) && !folio;
	struct numa_filter f = {
		.max_maps = cow && !refs ? 1 : INT32_MAX,
		.max_refs = cow && refs ? 1 : INT32_MAX,
		.folio = folio,
		.pinned = (cow && folio) || feat(w, FEAT_NUMA_FILTER),
		.here = NUMA_NO_NODE,
	};

	if (f.pinned && f.max_refs > 1)
		f.max_refs = GUP_PIN_COUNTING_BIAS - 1;
	/* As long as one thread alone runs it. */
	if (!(vma->vm_flags & VM_SHARED) && !w->sched.fn &&
	    vma->vm_mm->threads <= 1)
		f.here = numa_node_id(w);
	return f;
}

static inline struct upgrade upgrade_prepare(const struct mmsim *w,
					     const struct vm_area_struct *vma)
{
	bool shared = vma->vm_flags & VM_SHARED;
	bool clean = feat(w, FEAT_UPGRADE_CLEAN);
	struct upgrade up = {
		.vma = vma,
		.own = w->own.can_change_pte_writable,
		.shared = shared,
		.wants_dirty = shared || !clean,
		.wants_soft_dirty = soft_dirty_refuses(vma, w),
		.uffd_wp = vma->vm_flags & VM_UFFD_WP,
		.rule = clean ? RULE_MPROTECT_EXCL : RULE_MPROTECT_EXCL_DIRTY,
	};

	up.tracked = up.wants_dirty || up.wants_soft_dirty || up.uffd_wp;
	return up;
}

static struct change_how change_prepare(const struct mmsim *w,
					const struct vm_area_struct *vma,
					unsigned cp_flags)
{
	struct change_how how = {
		.vma = vma,
		.up = upgrade_prepare(w, vma),
		.prot = vma_prot(vma),
		.accountable = cp_flags & MM_CP_DIRTY_ACCT,
		.upgrade = cp_flags & MM_CP_TRY_CHANGE_WRITABLE,
		.uffd = cp_flags & (MM_CP_UFFD_WP | MM_CP_UFFD_WP_RESOLVE),
		.flush_always = flush_always(w),
	};

	if (cp_flags & MM_CP_PROT_NUMA) {
		how.numa = true;
		how.prot = __pgprot(w->page_prot[0]);
		how.savedwrite = w->rules.savedwrite;
		how.filter = numa_filter(w, vma);
	}
	return how;
}

/* Form A: only shared writenotify mappings, only dirty entries. */
static bool dirty_accountable_upgrade(const struct change_how *how, pte_t pte)
{
	return pte_dirty(pte) &&
	       (!how->up.wants_soft_dirty || pte_soft_dirty(pte));
}

/* What is tracked in the entry itself and forbids the write bit. */
static bool tracking_refuses(const struct upgrade *up, pte_t pte,
			     const struct arch_rules *rules)
{
	return (up->wants_soft_dirty && !pte_soft_dirty(pte)) ||
	       (up->uffd_wp && pte_uffd_wp(pte, rules)) ||
	       (up->wants_dirty && !pte_dirty(pte));
}

/* Forms B, C, C' and D. */
static bool can_change_pte_writable(struct mmsim_mm *mm,
				    const struct upgrade *up, pte_t pte)
{
	const struct page *page = up->page;

	if (pte_protnone(pte))
		return false;
	if (up->tracked && tracking_refuses(up, pte, &mm->world->rules))
		return false;
	if (up->shared)
		return true;
	if (!page)
		page = vm_normal_page(mm, pte);
	/* Only anonymous pages are. */
	return page && PageAnonExclusive(page);
}

static inline enum sim_rule upgrade_rule(struct mmsim_mm *mm,
					 const struct upgrade *up, vaddr_t addr,
					 pte_t pte)
{
	if (unlikely(up->own))
		return ask_rule(mm, up->vma, addr, pte, up->own)
			       ? RULE_OWN
			       : RULE_MPROTECT_NO_UPGRADE;
	return can_change_pte_writable(mm, up, pte) ? up->rule
						    : RULE_MPROTECT_NO_UPGRADE;
}

/* The protection under the one asked for: userfaultfd's own, if it asked. A
 * format without the bit is write-protected all the same (arm64 before it
 * had one). */
static struct pte_change change_begin(const struct change_how *how, pte_t old,
				      const struct arch_rules *rules)
{
	struct pte_change c = {
		.pte = pte_modify(old, how->prot, rules),
		.rule = how->numa ? RULE_NUMA_HINT : RULE_MPROTECT_MODIFY,
	};

	if (likely(!how->uffd))
		return c;
	if (how->uffd == MM_CP_UFFD_WP) {
		c.pte = pte_mkuffd_wp(pte_wrprotect(c.pte), rules);
		c.rule = RULE_UFFD_PROTECT;
	} else {
		c.rule = RULE_UFFD_RESOLVE;
		if (rules->uffd_wp)
			c.pte = pte_clear_uffd_wp(c.pte);
	}
	return c;
}

static struct pte_change decide_change(struct mmsim_mm *mm,
				       const struct change_how *how,
				       vaddr_t addr, pte_t old)
{
	const struct arch_rules *rules = &mm->world->rules;
	struct pte_change c = change_begin(how, old, rules);

	if (how->savedwrite && pte_write(old))
		c.pte = pte_mk_savedwrite(c.pte, rules);
	if (how->accountable) {
		if (!dirty_accountable_upgrade(how, c.pte))
			return c;
		c.rule = RULE_MPROTECT_ACCOUNTABLE;
	} else if (how->upgrade && !pte_write(c.pte)) {
		c.rule = upgrade_rule(mm, &how->up, addr, c.pte);
		if (c.rule == RULE_MPROTECT_NO_UPGRADE)
			return c;
	} else {
		return c;
	}
	c.pte = pte_mkwrite(c.pte, rules);
	return c;
}

mm_static bool pte_may_be_writable(struct mmsim_mm *mm,
				   const struct vm_area_struct *vma,
				   vaddr_t addr, pte_t pte,
				   const struct page *page)
{
	bool asks = vma->vm_flags & VM_SHARED ? vma_wants_writenotify(vma)
					      : vma->vm_flags & VM_WRITE;
	struct upgrade up;

	if (!asks)
		return false;
	up = upgrade_prepare(mm->world, vma);
	up.page = page;
	return upgrade_rule(mm, &up, addr, pte) != RULE_MPROTECT_NO_UPGRADE;
}

/* ---- which entries become hinting entries (semantics-mprotect.md 5) ---- */

static bool numa_counts_refuse(const struct mmsim *w,
			       const struct numa_filter *f, pfn_t pfn)
{
	if (f->pinned && folio_maybe_dma_pinned(w, pfn))
		return true;
	if (f->max_refs == 1 && folio_page(&w->phys, pfn)->refcount != 1)
		return true;
	return f->max_maps == 1 &&
	       (f->folio ? folio_is_shared(w, pfn)
			 : page_mapcount(&w->phys, pfn) != 1);
}

/* What counts for pages and folios alike. */
static bool numa_skips_any(const struct mmsim *w, const struct numa_filter *f,
			   const struct page *folio, pfn_t pfn)
{
	return (folio->flags & (PG_swapbacked | PG_dirty)) == PG_dirty ||
	       pfn_to_node(&w->phys, pfn) == f->here;
}

static bool numa_skips_large(const struct mmsim *w, const struct numa_filter *f,
			     pfn_t pfn)
{
	return numa_counts_refuse(w, f, pfn) ||
	       numa_skips_any(w, f, folio_page(&w->phys, pfn), pfn);
}

/* A page that an entry maps which is none of those that are never marked. */
static inline bool numa_skips_page(struct mmsim_mm *mm,
				   const struct numa_filter *f, pfn_t pfn)
{
	const struct page *page = mm_page(mm, pfn);

	if (unlikely(page_is_large(page)))
		return numa_skips_large(mm->world, f, pfn);
	return PageKsm(page) || page->mapcount > f->max_maps ||
	       page->refcount > f->max_refs ||
	       numa_skips_any(mm->world, f, page, pfn);
}

/* 0: it is one of the usual pages, which is marked unless it is here. In bits
 * that may be added up: of many pages, each is asked without a branch. */
static inline u32 numa_unusual(const struct numa_filter *f,
			       const struct page *page)
{
	const u32 kind = PG_head | PG_tail | PG_ksm | PG_swapbacked;
	/* Counts are no less than 0, so these are below it where they exceed. */
	u32 over = (u32)(f->max_maps - page->mapcount) |
		   (u32)(f->max_refs - page->refcount);

	return ((page->flags & kind) ^ PG_swapbacked) | over >> 31;
}

static inline u32 numa_unusual_four(const struct numa_filter *f,
				    const struct page *page)
{
	return (numa_unusual(f, page) | numa_unusual(f, page + 1)) |
	       (numa_unusual(f, page + 2) | numa_unusual(f, page + 3));
}

/* Of frames from one on, those not here whose struct pages lie together. */
static u64 numa_neighbours(const struct mmsim *w, const struct numa_filter *f,
			   pfn_t pfn)
{
	const struct phys *phys = &w->phys;
	u64 node = pfn_to_node(phys, pfn);

	if (node == f->here)
		return 0;
	node++;
	return phys->pages ? (node << (phys->node_shift - PAGE_SHIFT)) - pfn
			   : 1;
}

static bool numa_skips(struct mmsim_mm *mm, const struct numa_filter *f,
		       pte_t pte)
{
	return pte_protnone(pte) || !vm_normal_page(mm, pte) ||
	       numa_skips_page(mm, f, pte_pfn(pte));
}

/* Until the filters became the folio's, a huge page passed all of them. */
static bool numa_skips_huge(struct mmsim_mm *mm, const struct change_how *how,
			    pmd_t pmd)
{
	if (pmd_protnone(pmd) || !vm_normal_huge(mm, pmd))
		return true;
	return feat(mm->world, FEAT_NUMA_FILTER) &&
	       numa_skips_large(mm->world, &how->filter, pmd_pfn(pmd));
}

/* ---- entries that look alike ---- */

/*
 * What the entry before came to. Neighbours mostly have the same bits but
 * those of the frame: then the same is decided for them, without the work.
 */
struct change_memo {
	bool use;	/* the entry's bits and its page's flag decide alone */
	bool batch;	/* of a large folio's entries, else of single ones */
	bool by_page;	/* the flag does, too */
	bool exclusive; /* what it was */
	bool flush;
	enum row_blocks made; /* of a batch's pages */
	u64 step;	      /* its pfn_step() */
	u64 from, to; /* entries without their frames; from ~0: nothing yet */
	u64 flip;     /* of the frame's bits: all or none (x86's PROT_NONE) */
};

/* What an entry comes to says nothing of batches, whose accessed and dirty bits
 * are or-ed. */
struct change_memos {
	struct change_memo one, batch;
};

static struct change_memos memos_prepare(const struct mmsim_mm *mm,
					 const struct change_how *how)
{
	const struct mmsim *w = mm->world;
	struct change_memo memo = {
		.use = !how->up.own && !w->sched.fn && !w->obs.heard,
		.by_page = how->upgrade && !how->up.shared,
		.from = ~(u64)0,
	};
	struct change_memos memos = { .one = memo, .batch = memo };

	memos.batch.batch = true;
	return memos;
}

/* An entry whose change has side effects is none that others are like; nor is
 * one that its block loses, or that becomes one of a block. */
static void memo_set(struct mmsim_mm *mm, struct change_memo *memo, pte_t old,
		     pte_t new, bool flush)
{
	u64 flip = (pte_val(old) ^ pte_val(new)) & ARCH_PTE_PFN;
	struct page *page;

	memo->from = ~(u64)0;
	if (arch_pte_hashed(old) ||
	    (!memo->batch && (contpte_block(old) || contpte_block(new))) ||
	    (flip && (memo->batch || flip != ARCH_PTE_PFN)))
		return;
	if (memo->by_page) {
		page = vm_normal_page(mm, old);
		if (!page)
			return;
		memo->exclusive = PageAnonExclusive(page);
	}
	memo->from = pte_val(old) & ~ARCH_PTE_PFN;
	memo->to = pte_val(new) & ~ARCH_PTE_PFN;
	memo->flip = flip;
	memo->flush = flush;
}

/* Whether an entry's bits are those that the memo is of. */
static inline bool memo_of(const struct change_memo *memo, pte_t old)
{
	return (pte_val(old) & ~ARCH_PTE_PFN) == memo->from;
}

static inline bool memo_applies(struct mmsim_mm *mm,
				const struct change_memo *memo, pte_t old)
{
	const struct page *page;

	if (!memo_of(memo, old))
		return false;
	if (!memo->by_page)
		return true;
	page = mm_page(mm, pte_pfn(old));
	return PageAnonExclusive(page) == memo->exclusive;
}

static inline void store_by_memo(struct mmsim_mm *mm,
				 const struct change_memo *memo, vaddr_t addr,
				 u64 *ptep)
{
	pte_t old = pte_raw(ptep);
	u64 frame = (pte_val(old) & ARCH_PTE_PFN) ^ memo->flip;
	pte_t new = __pte(frame | memo->to);

	arch_store(ptep, pte_val(new));
	contpte_try_fold(mm, addr, ptep, new);
}

/* So many entries were stored, up to end. The entry before was noted. */
static inline void note_by_memo(struct mmu_gather *tlb,
				const struct change_memo *memo, vaddr_t end,
				u64 nr, struct pte_run *run)
{
	run->nr += nr;
	if (memo->flush)
		tlb->end = max_u64(tlb->end, end);
}

/* Entries one behind the other: how many. */
static inline unsigned change_by_memo(struct mmu_gather *tlb,
				      const struct change_memo *memo,
				      vaddr_t addr, u64 *ptep, vaddr_t end,
				      struct pte_run *run)
{
	struct mmsim_mm *mm = tlb->mm;
	vaddr_t at = addr;
	u64 nr;

	ptl_assert_held(mm, addr);
	for (; at < end && memo_applies(mm, memo, pte_raw(ptep)); ptep++) {
		store_by_memo(mm, memo, at, ptep);
		at += PAGE_SIZE;
	}
	nr = (at - addr) >> PAGE_SHIFT;
	note_by_memo(tlb, memo, at, nr, run);
	return (unsigned)nr;
}

/*
 * Entries from one on that it applies to, of usual pages, each behind the one
 * before: they become hinting entries, of which no contiguous block is made.
 * How many, of at most @max.
 */
static u64 mark_row(struct mmsim_mm *mm, const struct numa_filter *f,
		    const struct change_memo *memo, u64 *ptep, u64 max)
{
	pte_t first = pte_raw(ptep);
	const struct page *page = mm_page(mm, pte_pfn(first));
	const u64 changes = memo->from ^ memo->to ^ memo->flip;
	const u64 step = pfn_step(first);
	u64 value = pte_val(first), i;

	max = min_u64(max, numa_neighbours(mm->world, f, pte_pfn(first)));
	for (i = 0; max - i >= 4 && equal_four(ptep + i, value, step) &&
		    !numa_unusual_four(f, page + i);
	     i += 4, value += 4 * step)
		change_row_bits(ptep + i, changes, 4);
	for (; i < max && arch_load(ptep + i) == value &&
	       !numa_unusual(f, page + i);
	     i++, value += step)
		change_pte_bits(ptep + i, changes);
	return i;
}

/* The scanner looks at each page beside. How many entries are done; those that
 * are marked are added to *changed. */
static MMSIM_APART unsigned numa_by_memo(struct mmu_gather *tlb,
					 const struct change_how *how,
					 const struct change_memo *memo,
					 vaddr_t addr, u64 *ptep, vaddr_t end,
					 struct pte_run *run, u64 *changed)
{
	const struct numa_filter *f = &how->filter;
	struct mmsim_mm *mm = tlb->mm;
	u64 nr;

	ptl_assert_held(mm, addr);
	nr = mark_row(mm, f, memo, ptep, (end - addr) >> PAGE_SHIFT);
	if (!nr && numa_skips_page(mm, f, pte_pfn(pte_raw(ptep))))
		return 1;
	if (!nr) {
		store_by_memo(mm, memo, addr, ptep);
		nr = 1;
	}
	note_by_memo(tlb, memo, addr + nr * PAGE_SIZE, nr, run);
	*changed += nr;
	return (unsigned)nr;
}

static void change_pte(struct mmu_gather *tlb, const struct change_how *how,
		       vaddr_t addr, u64 *ptep, struct pte_run *run,
		       struct change_memo *memo)
{
	struct mmsim_mm *mm = tlb->mm;
	pte_t old = ptep_get(ptep);
	struct pte_change c = decide_change(mm, how, addr, old);
	bool flush = how->flush_always || pte_needs_flush(old, c.pte);

	set_pte_in_run(mm, run, addr, ptep, c.pte, c.rule);
	if (flush)
		tlb_flush_pte_range(tlb, addr, addr + PAGE_SIZE);
	if (memo->use)
		memo_set(mm, memo, old, pte_raw(ptep), flush);
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

/* ---- large folios: batches from 6.17 on (semantics-mprotect.md 6) ---- */

/* What is decided once for a batch: whether its entries may become writable,
 * unless their pages forbid it. */
static bool batch_may_upgrade(struct mmsim_mm *mm, const struct change_how *how,
			      pte_t pte)
{
	return how->upgrade && !pte_write(pte) && !pte_protnone(pte) &&
	       !(how->up.tracked &&
		 tracking_refuses(&how->up, pte, &mm->world->rules));
}

/* What the entries of pages come to that are all exclusive, or none. */
static struct pte_change decide_batch(struct mmsim_mm *mm,
				      const struct change_how *how,
				      struct pte_change c, bool may,
				      const struct page *page)
{
	if (how->upgrade && !pte_write(c.pte))
		c.rule = RULE_MPROTECT_NO_UPGRADE;
	if (!may || (!how->up.shared && !PageAnonExclusive(page)))
		return c;
	c.rule = how->up.rule;
	c.pte = pte_mkwrite(c.pte, &mm->world->rules);
	return c;
}

static inline bool pages_all_exclusive(const struct page *page, u64 nr)
{
	const struct page *end = page + nr, *fours = page + (nr & ~(u64)3);
	u32 all = PG_anon_exclusive;

	for (; page != fours; page += 4)
		all &= page[0].flags & page[1].flags & page[2].flags &
		       page[3].flags;
	for (; page != end; page++)
		all &= page->flags;
	return all;
}

static inline bool pages_any_exclusive(const struct page *page, u64 nr)
{
	const struct page *end = page + nr;
	u32 any = 0;

	for (; page != end; page++)
		any |= page->flags;
	return any & PG_anon_exclusive;
}

/* Entries from the first on whose pages are alike in being exclusive, where
 * that matters. */
static unsigned exclusive_run(const struct change_how *how,
			      const struct page *page, unsigned max)
{
	unsigned nr = 1;

	if (!how->upgrade || how->up.shared)
		return max;
	while (nr < max &&
	       PageAnonExclusive(page + nr) == PageAnonExclusive(page))
		nr++;
	return nr;
}

static bool note_flush(struct mmu_gather *tlb, const struct change_how *how,
		       vaddr_t addr, unsigned nr, pte_t old, pte_t new)
{
	bool flush = how->flush_always || pte_needs_flush(old, new);

	if (flush)
		tlb_flush_pte_range(tlb, addr, addr + nr * PAGE_SIZE);
	return flush;
}

/* Whether the pages of a row decide as those of the batch before did. */
static inline bool row_pages_alike(const struct change_memo *memo,
				   const struct page *page, u64 nr)
{
	if (!memo->by_page)
		return true;
	return memo->exclusive ? pages_all_exclusive(page, nr)
			       : !pages_any_exclusive(page, nr);
}

/* Of the scanner each folio is asked as well. */
static inline u64 change_row(struct mmsim_mm *mm, const struct change_how *how,
			     const struct change_memo *memo, vaddr_t addr,
			     u64 *ptep, u64 max)
{
	pte_t first = pte_raw(ptep);
	u64 nr;

	if (!memo_of(memo, first) ||
	    (unlikely(how->numa) &&
	     numa_skips_page(mm, &how->filter, pte_pfn(first))))
		return 0;
	nr = folio_row(mm, addr, ptep, memo->step, max);
	if (!nr || row_blocks(mm, addr, pte_pfn(first), nr) != memo->made ||
	    !row_pages_alike(memo, mm_page(mm, pte_pfn(first)), nr))
		return 0;
	change_row_bits(ptep, memo->from ^ memo->to, nr);
	return nr;
}

/* Batches one behind the other whose entries and pages are all like the first
 * of the one before: of how many entries. */
static MMSIM_APART unsigned change_rows(struct mmu_gather *tlb,
					const struct change_how *how,
					const struct change_memo *memo,
					vaddr_t addr, u64 *ptep, u64 max)
{
	struct row_sums sums = { .like = __pte(memo->from) };
	struct mmsim_mm *mm = tlb->mm;
	vaddr_t end = addr;
	u64 nr;

	ptl_assert_held(mm, addr);
	while (sums.ptes < max) {
		nr = change_row(mm, how, memo, end, ptep + sums.ptes,
				max - sums.ptes);
		if (!nr)
			break;
		sums.rows++;
		sums.ptes += nr;
		end += nr * PAGE_SIZE;
	}
	if (!sums.ptes)
		return 0;
	count_row_firsts(mm, &sums);
	count_row_reads(mm, &sums);
	count_rows_changed(mm, EV_pte_clear, &sums);
	count_rows_set(mm, &sums);
	if (memo->flush)
		tlb_flush_pte_range(tlb, addr, end);
	return (unsigned)sums.ptes;
}

/* Accessed and dirty of the batch are or-ed: all of it comes out alike. */
static void change_batch(struct mmu_gather *tlb, const struct change_how *how,
			 vaddr_t addr, u64 *ptep, const struct page *page,
			 unsigned nr, struct change_memo *memo)
{
	struct mmsim_mm *mm = tlb->mm;
	unsigned run = exclusive_run(how, page, nr), i;
	pte_t first = pte_raw(ptep), old;
	struct pte_change all, c;
	bool may, flush;

	if (run == nr)
		old = modify_prot_start_ptes(mm, addr, ptep, nr,
					     RULE_MPROTECT_MODIFY);
	else
		old = get_and_clear_ptes(mm, addr, ptep, nr,
					 RULE_MPROTECT_MODIFY);
	all = change_begin(how, old, &mm->world->rules);
	may = batch_may_upgrade(mm, how, all.pte);
	for (i = 0; i < nr; i += run) {
		if (!may)
			run = nr;
		else if (i)
			run = exclusive_run(how, &page[i], nr - i);
		c = decide_batch(mm, how, all, may, &page[i]);
		set_ptes(mm, addr + i * PAGE_SIZE, ptep + i,
			 pte_advance_pfn(c.pte, i), run, c.rule);
		flush = note_flush(tlb, how, addr + i * PAGE_SIZE, run, old,
				   c.pte);
	}
	memo->made = row_blocks(mm, addr, pte_pfn(first), nr);
	memo->step = pfn_step(first);
	if (memo->use && run == nr && memo->made != ROW_SOME_BLOCKS &&
	    pte_same(alike_ptes_merged(first), old))
		memo_set(mm, memo, first, pte_raw(ptep), flush);
	else
		memo->from = ~(u64)0;
}

/* How many entries from this one on are changed as one; the first's page. */
static unsigned change_batch_size(struct mmsim_mm *mm, const u64 *ptep, u64 max,
				  struct page **page)
{
	pte_t pte = ptep_get(ptep);

	*page = vm_normal_page(mm, pte);
	if (!*page || !page_is_large(*page))
		return 1;
	return folio_pte_batch(mm, *page, ptep, pte, max,
			       FPB_RESPECT_SOFT_DIRTY | FPB_RESPECT_WRITE);
}

/* As many pages of a folio as are changed at once; one is not changed yet. */
static unsigned change_large(struct mmu_gather *tlb,
			     const struct change_how *how,
			     struct change_memo *memo, vaddr_t addr, u64 *ptep,
			     u64 max)
{
	struct page *page;
	unsigned nr = change_batch_size(tlb->mm, ptep, max, &page);

	if (nr > 1)
		change_batch(tlb, how, addr, ptep, page, nr, memo);
	return nr;
}

/*
 * What is not present has no rights to change, but may be protected by
 * userfaultfd: a marker where nothing is, a bit of its own in a swap entry.
 * The caller made the tables that markers are wanted in. How many changed.
 */
static unsigned change_nonpresent(struct mmsim_mm *mm,
				  const struct change_how *how, vaddr_t addr,
				  u64 *ptep)
{
	const struct arch_rules *rules = &mm->world->rules;
	bool protect = how->uffd == MM_CP_UFFD_WP;
	pte_t old = pte_raw(ptep), new = old;

	if (likely(!how->uffd) || is_guard_pte(mm, old))
		return 0;
	if (pte_none(old))
		new = protect &&uffd_wp_wants_markers(how->vma)
			      ? uffd_wp_marker(mm)
			      : old;
	else if (is_uffd_wp_marker(mm, old))
		new = protect ? old : __pte(0);
	else
		new = protect ? pte_swp_mkuffd_wp(old, rules)
			      : pte_swp_clear_uffd_wp(old, rules);
	if (pte_same(old, new))
		return 0;
	set_nonpresent_pte_at(mm, addr, ptep, new,
			      protect ? RULE_UFFD_PROTECT : RULE_UFFD_RESOLVE);
	return 1;
}

/* Entries that are like the one before, or large folios: how many. */
static inline unsigned change_alike(struct mmu_gather *tlb,
				    const struct change_how *how,
				    struct change_memos *memo, vaddr_t addr,
				    u64 *ptep, vaddr_t end, struct pte_run *run,
				    u64 *changed)
{
	unsigned nr;

	if (memo_of(&memo->batch, pte_raw(ptep)))
		nr = change_rows(tlb, how, &memo->batch, addr, ptep,
				 (end - addr) >> PAGE_SHIFT);
	else if (!memo_applies(tlb->mm, &memo->one, pte_raw(ptep)))
		return 0;
	else if (unlikely(how->numa))
		return numa_by_memo(tlb, how, &memo->one, addr, ptep, end, run,
				    changed);
	else
		nr = change_by_memo(tlb, &memo->one, addr, ptep, end, run);
	*changed += nr;
	return nr;
}

static u64 change_pte_range(struct mmu_gather *tlb,
			    const struct change_how *how, u64 *table,
			    vaddr_t start, vaddr_t end, struct pte_run *run,
			    struct change_memos *memo)
{
	struct mmsim_mm *mm = tlb->mm;
	u64 *ptep = &table[table_index(start, 0)], nr = 0;
	const bool batches = feat(mm->world, FEAT_MPROTECT_BATCH) &&
			     !how->up.own && mm->world->phys.nr_large;
	unsigned n = 1;
	vaddr_t addr;

	memo->one.use &= !batches;
	for (addr = start; addr < end; addr += n * PAGE_SIZE, ptep += n) {
		n = change_alike(tlb, how, memo, addr, ptep, end, run, &nr);
		if (likely(n))
			continue;
		n = 1;
		if (!pte_present(pte_raw(ptep))) {
			nr += change_nonpresent(mm, how, addr, ptep);
			continue;
		}
		count_ptep_get(mm, ptep);
		if (how->numa && numa_skips(mm, &how->filter, ptep_get(ptep)))
			continue;
		if (batches)
			n = change_large(tlb, how, &memo->batch, addr, ptep,
					 (end - addr) >> PAGE_SHIFT);
		nr += n;
		if (n > 1)
			continue;
		if (unlikely(mm->world->sched.fn))
			modify_prot_start(mm, addr, ptep);
		change_pte(tlb, how, addr, ptep, run, &memo->one);
	}
	return nr;
}

/* ---- huge entries (semantics-mprotect.md 7) ---- */

struct change_huge {
	const struct change_how *how;
	struct vm_area_struct *vma;
	struct mmu_gather *tlb;
	u64 nr;
};

/* The bits that decide lie where a PTE's do; the head's flag is the folio's. */
static bool can_change_pmd_writable(struct mmsim_mm *mm,
				    const struct upgrade *up, pmd_t pmd)
{
	const struct page *head = vm_normal_huge(mm, pmd);
	pte_t bits = __pte(pmd_val(pmd));

	if (pmd_protnone(pmd) || !head)
		return false;
	if (up->shared ? !pmd_dirty(pmd) : !PageAnonExclusive(head))
		return false;
	return !up->tracked || !tracking_refuses(up, bits, &mm->world->rules);
}

mm_static bool pmd_may_be_writable(struct mmsim_mm *mm,
				   const struct vm_area_struct *vma, pmd_t pmd)
{
	struct upgrade up;

	if (!(vma->vm_flags & VM_WRITE) || vma->vm_flags & VM_SHARED)
		return false;
	up = upgrade_prepare(mm->world, vma);
	return can_change_pmd_writable(mm, &up, pmd);
}

static pmd_t decide_huge(struct mmsim_mm *mm, const struct change_how *how,
			 pmd_t old, enum sim_rule *rule)
{
	const struct arch_rules *rules = &mm->world->rules;
	pmd_t pmd;

	*rule = RULE_MPROTECT_MODIFY;
	pmd = pmd_modify(old, how->prot, rules);
	if (how->numa) {
		*rule = RULE_NUMA_HINT;
		return how->savedwrite && pmd_write(old)
			       ? pmd_mk_savedwrite(pmd, rules)
			       : pmd;
	}
	if (how->uffd == MM_CP_UFFD_WP) {
		*rule = RULE_UFFD_PROTECT;
		return pmd_mkuffd_wp(pmd_wrprotect(pmd), rules);
	}
	if (how->uffd && rules->uffd_wp)
		pmd = pmd_clear_uffd_wp(pmd);
	/* Huge entries got the write upgrade with its later form only. */
	if (!how->upgrade || pmd_write(pmd) ||
	    !feat(mm->world, FEAT_UPGRADE_CLEAN))
		return pmd;
	*rule = RULE_MPROTECT_NO_UPGRADE;
	if (!can_change_pmd_writable(mm, &how->up, pmd))
		return pmd;
	*rule = how->up.rule;
	return pmd_mkwrite(pmd, rules);
}

/* x86 keeps the CPU from setting bits without a flush (pmdp_invalidate_ad),
 * from the release on that decides about flushes at all. */
static bool invalidate_flushes(const struct mmsim *w)
{
	return w->arch != MMSIM_ARCH_X86_64 || !feat(w, FEAT_PTE_NEEDS_FLUSH);
}

/* No write bit comes back, nothing is held against a flush: the entry is taken
 * out and stored anew. */
static void change_hugetlb(struct mmsim_mm *mm, u64 *pmdp, vaddr_t addr,
			   struct change_huge *huge)
{
	pmd_t old, new;

	tables_lock(mm);
	if (is_swap_pmd(pmdp_get(pmdp))) {
		hugetlb_modify_nonpresent(mm, addr, pmdp);
		tables_unlock(mm);
		return;
	}
	old = pmdp_huge_get_and_clear(mm, addr, pmdp, RULE_MPROTECT_MODIFY);
	new = hugetlb_modify(mm->world, old, huge->how->prot);
	set_pmd_at(mm, addr, pmdp, new, RULE_MPROTECT_MODIFY);
	tables_unlock(mm);
	if (feat(mm->world, FEAT_PTE_NEEDS_FLUSH))
		tlb_flush_pte_range(huge->tlb, addr, addr + PMD_SIZE);
}

static bool change_huge_pmd(struct mmsim_mm *mm, u64 *pmdp, vaddr_t addr,
			    vaddr_t next, void *ctx)
{
	struct change_huge *huge = ctx;
	const struct change_how *how = huge->how;
	enum sim_rule rule;
	pmd_t old, new;

	if (how->numa && numa_skips_huge(mm, how, pmdp_get(pmdp)))
		return true;
	if (huge->vma->vm_flags & VM_HUGETLB) {
		change_hugetlb(mm, pmdp, addr, huge);
		return true;
	}
	if (next - addr != PMD_SIZE) {
		__split_huge_pmd(mm, huge->vma, pmdp, addr, false);
		return false;
	}
	tables_lock(mm);
	old = pmdp_invalidate(mm, addr, pmdp, invalidate_flushes(mm->world),
			      RULE_MPROTECT_MODIFY);
	new = decide_huge(mm, how, old, &rule);
	mm_trace(mm, EV_change_huge_pmd, rule, addr, pmd_val(old),
		 pmd_val(new));
	set_pmd_at(mm, addr, pmdp, new, rule);
	tables_unlock(mm);
	huge->nr += HPAGE_PMD_NR;
	if (how->numa)
		count_event(mm, EV_numa_huge_pte_updates);
	if (how->flush_always || huge_pmd_needs_flush(old, new))
		tlb_flush_pte_range(huge->tlb, addr, next);
	return true;
}

/*
 * Before pte_needs_flush() each VMA flushed its whole part of the range at
 * once; since then what needs it is flushed when the gather ends.
 */
static MMSIM_APART u64 change_range(struct mmu_gather *tlb,
				    struct vm_area_struct *vma, vaddr_t start,
				    vaddr_t end, unsigned cp_flags)
{
	struct mmsim_mm *mm = tlb->mm;
	const struct change_how how = change_prepare(mm->world, vma, cp_flags);
	/* ptep_modify_prot_start and _commit: nobody sees what lies between,
	 * but both are stores. */
	struct pte_run run = { .stores = 2 };
	struct change_huge huge = { .how = &how, .vma = vma, .tlb = tlb };
	struct change_memos memo = memos_prepare(mm, &how);
	vaddr_t addr, next;
	u64 *table, nr = 0;

	for (addr = start; (table = range_lock_next(mm, &addr, end, &next,
						    change_huge_pmd, &huge));
	     addr = next) {
		flush_tlb_batched_pending(mm);
		nr += change_pte_range(tlb, &how, table, addr, next, &run,
				       &memo);
		pte_unlock(mm, addr);
	}
	pte_run_end(mm, &run);
	nr += huge.nr;
	if (how.numa)
		mm->world->obs.events[EV_numa_pte_updates] += nr;
	/* The range of a hugetlb mapping is, whatever there was in it. */
	if (vma->vm_flags & VM_HUGETLB) {
		flush_tlb_range(mm, start, end, RULE_FLUSH_ALWAYS);
	} else if (nr && !feat(mm->world, FEAT_PTE_NEEDS_FLUSH)) {
		tlb->start = start;
		tlb->end = end;
		tlb->rule = RULE_FLUSH_ALWAYS;
		tlb_flush_mmu_tlbonly(tlb);
	}
	return nr;
}

/* Whether a range that is short enough for one look at the tables has neither
 * entries nor a table for them. */
static bool has_no_entries(struct mmsim_mm *mm, vaddr_t start, vaddr_t end)
{
	const u64 *pmdp;
	unsigned miss;

	if (pmd_addr_end(start, end) < end)
		return false;
	pmdp = pmd_find(mm, start, &miss);
	return !pmdp || pmd_none(pmdp_get(pmdp));
}

mm_static u64 change_protection(struct mmu_gather *tlb,
				struct vm_area_struct *vma, vaddr_t start,
				vaddr_t end, unsigned cp_flags)
{
	mm_trace(tlb->mm, EV_change_protection, RULE_NONE, start, start, end);
	/* A flush of hugetlb does not ask what there is. */
	if (!(vma->vm_flags & VM_HUGETLB) &&
	    has_no_entries(tlb->mm, start, end))
		return 0;
	return change_range(tlb, vma, start, end, cp_flags);
}
