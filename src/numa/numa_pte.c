/* SPDX-License-Identifier: MIT */
#include "numa/numa.h"

#include <errno.h>

#include "ksm/ksm.h"
#include "mm/file.h"
#include "mm/hugetlb.h"
#include "mm/lru.h"
#include "mm/numa_task.h"
#include "pmd/pmd.h"
#include "pte/batch.h"
#include "pte/huge.h"
#include "rmap/migrate.h"
#include "swap/reclaim.h"
#include "swap/swap.h"

/* ---- one folio ---- */

#define MIGRATED_FLAGS (PG_swapbacked | PG_dirty | PG_referenced)

/* A folio on its way, looked up once. */
struct move {
	pfn_t from, to;
	struct page *old, *new; /* as folio_page() */
	unsigned order;
	u64 nr;
};

/* What the folio is goes with it; how it is mapped comes with its entries. */
static void folio_migrate_flags(struct mmsim *w, const struct move *m)
{
	const struct page *old = m->old;
	struct page *new = m->new;

	new->mapping = old->mapping;
	new->index = old->index;
	new->last_cpupid = old->last_cpupid;
	page_set(new, old->flags & MIGRATED_FLAGS);
	if (PageKsm(old))
		ksm_migrate_page(w, m->from, m->to);
	/* Taking its entries out one by one has put the folio on the list of
	 * those to split; its successor comes there instead. */
	if (m->order && feat(w, FEAT_DEFERRED_ONCE) &&
	    folio_is_partially_mapped(&w->phys, m->from))
		sim_trace(&w->obs, EV_deferred_split, RULE_DEFERRED_SPLIT, 0, 0,
			  0, m->to);
	/* Of single pages it is their entries that say it. */
	if (page_is_large(old))
		page_set(new, old->flags & PG_anon_exclusive);
}

/* 0 or -ENOMEM (host). */
static int folio_copy(struct mmsim *w, const struct move *m)
{
	u64 i;

	for (i = 0; i < m->nr; i++)
		if (page_copy_contents(&w->phys, m->to + i, m->from + i))
			return -ENOMEM;
	return 0;
}

/* A folio for the copy: false if there is none. */
static bool alloc_migration_target(struct mmsim *w, struct move *m,
				   const struct mpol_nodes *at)
{
	bool huge = page_test(m->old, PG_hugetlb);

	sim_step(w, MMSIM_STEP_ALLOC, m->order);
	m->to = huge ? hugetlb_alloc_target(w, at)
		     : mpol_alloc(w, m->order, at);
	if (m->to == PFN_NONE)
		return false;
	sim_trace(&w->obs, EV_page_alloc, RULE_NONE, 0, 0, 0, m->to);
	if (!huge && m->order &&
	    !block_is_whole(pfn_to_block(&w->phys, m->from)))
		folio_spread(&w->phys, m->to);
	m->new = folio_page(&w->phys, m->to);
	return true;
}

/* Until 5.10 it waits in the CPU's batch like any new page; 6.1 was seen to
 * have it on the list at once. */
static void putback_migrated(struct mmsim *w, pfn_t pfn)
{
	folio_putback_lru(w, pfn);
	if (feat(w, FEAT_MIGRATE_LRU))
		lru_add_drain(w);
}

/* The caller's reference is left, and the cache's that the folio is in: one for
 * each page, of hugetlb one for all. */
static bool nobody_else(const struct mmsim *w, const struct move *m)
{
	bool cached = page_test(m->old, PG_swapcache) || !PageAnon(m->old);
	u64 nr = page_test(m->old, PG_hugetlb) ? 1 : m->nr;

	return (u64)m->old->refcount == 1 + (cached ? nr : 0) &&
	       !folio_mapcount(&w->phys, m->from);
}

/* What finds a page by its place finds the new one: 0 or -ENOMEM (host). */
static int replace_in_caches(struct mmsim *w, const struct move *m)
{
	if (!PageAnon(m->old))
		file_replace_folio(w, m->from, m->to);
	else if (page_test(m->old, PG_swapcache) &&
		 !swap_cache_replace(w, m->from, m->to))
		return -ENOMEM;
	return 0;
}

static int move_to_new_folio(struct mmsim *w, const struct move *m, bool fresh)
{
	struct unmap unmap = { .flags = TTU_BATCH_FLUSH };
	u64 mapping = m->old->mapping;
	int rc;

	try_to_migrate(w, m->from, &unmap);
	try_to_unmap_flush(w, &unmap);
	rc = nobody_else(w, m) ? folio_copy(w, m) : -EAGAIN;
	if (!rc) {
		folio_migrate_flags(w, m);
		rc = replace_in_caches(w, m);
	}
	/* It is found as long as it says where it belongs. */
	m->old->mapping = mapping;
	if (rc) {
		remove_migration_ptes(w, m->from, m->from, 0);
		return rc;
	}
	remove_migration_ptes(w, m->from, m->to, fresh ? RMP_FRESH_HUGE : 0);
	m->old->mapping = 0;
	page_clear(m->old, PG_ksm);
	return 0;
}

/* Huge pages of hugetlb do that are of the size of an entry of some level. */
static int may_migrate(const struct page *folio)
{
	bool sized = !page_test(folio, PG_hugetlb) || HPAGE_NR_PMDS == 1;

	return folio->mapping && sized ? 0 : -EAGAIN;
}

/* On the LRU again, and to be split when memory is short if it is huge. Of
 * hugetlb nothing is on a list, but a node may have given its share. */
static void migrated(struct mmsim *w, const struct move *m)
{
	if (page_test(m->new, PG_hugetlb)) {
		hugetlb_migrated(w, m->from, m->to);
		world_put_folio(w, m->to, 1);
		return;
	}
	if (PageAnon(m->new) && m->order == HPAGE_PMD_ORDER &&
	    feat(w, FEAT_THP_DEFERRED)) {
		sim_trace(&w->obs, EV_deferred_split, RULE_DEFERRED_SPLIT, 0, 0,
			  0, m->to);
		huge_folio_waits(w, m->to);
	}
	putback_migrated(w, m->to);
}

/* What /proc/vmstat counts a folio as. */
static u64 pages_migrated(const struct mmsim *w, const struct move *m)
{
	if (page_test(m->old, PG_hugetlb) &&
	    !feat(w, FEAT_HUGETLB_MIGRATE_STATS))
		return 1;
	return m->nr;
}

static void count_migrated(struct mmsim *w, const struct move *m, bool done)
{
	bool huge =
		m->order == HPAGE_PMD_ORDER && !page_test(m->old, PG_hugetlb);

	w->obs.events[done ? EV_pgmigrate_success : EV_pgmigrate_fail] +=
		pages_migrated(w, m);
	w->obs.events[done ? EV_thp_migration_success
			   : EV_thp_migration_fail] += huge;
}

static int move_locked(struct mmsim *w, const struct move *m, bool fresh)
{
	bool huge = page_test(m->old, PG_hugetlb);
	int rc;

	if (huge)
		hugetlb_set_moving(w, m->from, true);
	rc = move_to_new_folio(w, m, fresh);
	if (huge) {
		hugetlb_set_moving(w, m->from, false);
		hugetlb_set_moving(w, m->to, false);
	}
	return rc;
}

static int migrate(struct mmsim *w, pfn_t pfn, const struct mpol_nodes *at,
		   bool fresh)
{
	const struct folio_view f = folio_view(&w->phys, pfn);
	struct move m = {
		.from = f.pfn,
		.to = PFN_NONE,
		.old = f.page,
		.order = f.order,
		.nr = BIT_U64(f.order),
	};
	int rc = may_migrate(m.old);

	if (!rc) {
		rc = alloc_migration_target(w, &m, at)
			     ? move_locked(w, &m, fresh)
			     : -ENOMEM;
		if (!rc)
			migrated(w, &m);
		else if (m.to != PFN_NONE)
			world_put_folio(w, m.to, 1);
	}
	count_migrated(w, &m, !rc);
	world_put_folio(w, m.from, 1);
	return rc;
}

mm_static int migrate_folio(struct mmsim *w, pfn_t pfn,
			    const struct mpol_nodes *at)
{
	return migrate(w, pfn, at, false);
}

mm_static int migrate_misplaced_folio(struct mmsim *w, pfn_t pfn, unsigned node)
{
	const struct mpol_nodes at = { node, BIT_U64(node), false };
	bool fresh = !feat(w, FEAT_NUMA_THP_ENTRIES) &&
		     folio_order(&w->phys, pfn) == HPAGE_PMD_ORDER;

	return migrate(w, pfn, &at, fresh);
}

/* ---- move_pages() ---- */

/* What is nowhere: once a hole of anonymous memory was what the zero page is,
 * not a page to be moved. */
static int hole_status(struct mmsim_mm *mm, vaddr_t addr)
{
	const struct vm_area_struct *vma = vma_tree_find(&mm->tree, addr);

	return feat(mm->world, FEAT_HOLE_EFAULT) && vma_is_anonymous(vma)
		       ? -EFAULT
		       : -ENOENT;
}

static int look_at_pte(struct mmsim_mm *mm, vaddr_t addr, pte_t pte, bool stops,
		       pfn_t *pfn)
{
	if (pte_none(pte))
		return hole_status(mm, addr);
	if (!pte_present(pte) || (stops && pte_protnone(pte)))
		return -ENOENT;
	*pfn = pte_pfn(pte);
	return pte_special(pte) ? -EFAULT : 0;
}

/* Where a huge entry stops it, it is a hole. */
static int look_at_huge(struct mmsim_mm *mm, vaddr_t addr, pmd_t pmd,
			bool stops, pfn_t *pfn)
{
	if (!pmd_present(pmd))
		return -ENOENT;
	if (stops && pmd_protnone(pmd))
		return hole_status(mm, addr);
	*pfn = pmd_pfn(pmd) + ((addr & ~PMD_MASK) >> PAGE_SHIFT);
	return vm_normal_huge(mm, pmd) ? 0 : -EFAULT;
}

/* The frame that an address maps, or an errno; @stops: not behind a hinting
 * entry. */
static int look_at_page(struct mmsim_mm *mm, vaddr_t addr, bool stops,
			pfn_t *pfn)
{
	u64 *ptep = pte_find(mm, addr), *pmdp;

	if (ptep)
		return look_at_pte(mm, addr, ptep_get_counted(mm, ptep), stops,
				   pfn);
	pmdp = huge_find(mm, addr);
	return pmdp ? look_at_huge(mm, addr, pmdp_get(pmdp), stops, pfn)
		    : hole_status(mm, addr);
}

static int follow_page(struct mmsim_mm *mm, vaddr_t addr, pfn_t *pfn)
{
	return look_at_page(mm, addr, feat(mm->world, FEAT_FOLLOW_STOPS), pfn);
}

mm_static int node_of_page(struct mmsim_mm *mm, vaddr_t addr)
{
	pfn_t pfn;
	int rc = follow_page(mm, addr, &pfn);

	return rc ? rc : (int)pfn_to_node(&mm->world->phys, pfn);
}

static bool can_isolate(const struct mmsim *w, pfn_t pfn)
{
	const struct page *folio = folio_page(&w->phys, pfn);

	if (page_test(folio, PG_hugetlb))
		return !hugetlb_is_moving(w, pfn);
	return page_test(folio, PG_lru);
}

/* Off the LRU and away: 0 or a negative errno. */
static int isolate_and_migrate(struct mmsim *w, pfn_t pfn,
			       const struct mpol_nodes *at, bool shared,
			       bool *taken)
{
	int rc;

	*taken = false;
	if (!shared && folio_is_shared(w, pfn))
		return -EACCES;
	if (!can_isolate(w, pfn))
		return -EBUSY;
	*taken = true;
	folio_page(&w->phys, pfn)->refcount++;
	rc = migrate_folio(w, pfn, at);
	return rc == -EAGAIN ? -EBUSY : rc;
}

/* At first nothing but its first page stood for a page of hugetlb. */
static bool names_folio(const struct mmsim *w, pfn_t pfn)
{
	return feat(w, FEAT_MOVE_HUGETLB_TAIL) ||
	       !page_test(folio_page(&w->phys, pfn), PG_hugetlb) ||
	       pfn == folio_pfn(&w->phys, pfn);
}

mm_static int move_page(struct mmsim_mm *mm, vaddr_t addr, unsigned node,
			bool shared, bool *taken)
{
	const struct mpol_nodes at = { node, BIT_U64(node), false };
	struct mmsim *w = mm->world;
	pfn_t pfn;
	int rc = follow_page(mm, addr, &pfn);

	if (rc)
		return rc;
	if (pfn_to_node(&w->phys, pfn) == node)
		return (int)node;
	if (!names_folio(w, pfn))
		return -EACCES;
	rc = isolate_and_migrate(w, pfn, &at, shared, taken);
	return rc ? rc : (int)node;
}

/* ---- mbind(), migrate_pages() ---- */

static struct mpol_nodes range_target(struct mmsim_mm *mm,
				      const struct vm_area_struct *vma,
				      vaddr_t addr, pfn_t pfn,
				      const struct move_range *move)
{
	const struct phys *phys = &mm->world->phys;
	unsigned node = pfn_to_node(phys, pfn);

	if (!move->to)
		return vma_mpol_choose(mm, vma, addr, folio_order(phys, pfn));
	return (struct mpol_nodes){ move->to[node], BIT_U64(move->to[node]),
				    false };
}

/* One folio found in the range: 0, or what ends the call. */
static int range_one(struct mmsim_mm *mm, const struct vm_area_struct *vma,
		     vaddr_t addr, pfn_t pfn, struct move_range *move)
{
	struct mmsim *w = mm->world;
	unsigned node = pfn_to_node(&w->phys, pfn);
	u64 nr = folio_nr_pages(&w->phys, pfn);
	struct mpol_nodes at;
	int rc = -EBUSY;
	bool taken;

	if (page_test(folio_page(&w->phys, pfn), PG_hugetlb))
		nr = 1;
	if (move->stay & BIT_U64(node))
		return 0;
	if (!move->look) {
		at = range_target(mm, vma, addr, pfn, move);
		if (mpol_first_node(w, &at) == node)
			return 0;
		rc = isolate_and_migrate(w, pfn, &at, move->shared, &taken);
	}
	if (rc == -EACCES)
		move->skipped += nr;
	else if (rc)
		move->stayed += nr;
	/* migrate_pages() ends where a node is full, mbind() goes on. */
	return w->host.failed || (rc == -ENOMEM && move->to) ? rc : 0;
}

/* Where the next entry may be, past a level that has none here. */
static vaddr_t next_mapped(struct mmsim_mm *mm, vaddr_t addr, vaddr_t end)
{
	unsigned miss = 0;

	while (addr < end && !pte_table_find(mm, addr, &miss) &&
	       !(miss == 1 && huge_find(mm, addr)))
		addr = level_addr_end(addr, end, miss);
	return addr;
}

mm_static int migrate_range(struct mmsim_mm *mm, struct vm_area_struct *vma,
			    vaddr_t start, vaddr_t end, struct move_range *move)
{
	const struct phys *phys = &mm->world->phys;
	pfn_t pfn, last = PFN_NONE;
	vaddr_t addr = start;
	int rc = 0;

	for (addr = next_mapped(mm, start, end); addr < end && !rc;
	     addr = next_mapped(mm, addr + PAGE_SIZE, end)) {
		/* Once for each folio. */
		if (look_at_page(mm, addr, false, &pfn) ||
		    folio_pfn(phys, pfn) == last)
			continue;
		rc = range_one(mm, vma, addr, pfn, move);
		if (!follow_page(mm, addr, &pfn))
			last = folio_pfn(phys, pfn);
	}
	return rc;
}

/* ---- which node a hinting fault prefers ---- */

/* Passes over the address space that count as a process's early life. */
#define NUMA_EARLY_SCANS 4

/*
 * The two-stage filter: a page follows the CPU at once if nobody asked for it
 * before, or the same task did early in its process's life; later the last one to ask
 * must have been on the same node already. Groups of processes, and the node
 * that a process has come to prefer, are not modelled.
 */
static bool may_follow(const struct mmsim_mm *mm, u32 last, unsigned here)
{
	if (!last)
		return true;
	if (mm->numa_scan_seq <= NUMA_EARLY_SCANS &&
	    cpupid_match_task(mm, last))
		return true;
	return cpu_to_node(mm->world, cpupid_to_cpu(last)) == here;
}

mm_static unsigned numa_target(const struct vm_area_struct *vma, vaddr_t addr,
			       struct page *folio, unsigned node)
{
	const struct mmsim_mm *mm = vma->vm_mm;
	unsigned here = numa_node_id(mm->world);
	u32 last = folio->last_cpupid;

	folio->last_cpupid = make_cpupid(mm);
	if (!may_follow(mm, last, here) || node == here ||
	    !vma_policy_may_move_to(vma, addr, here))
		return NUMA_NO_NODE;
	return here;
}
