/* SPDX-License-Identifier: MIT */
#include "observe/check.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/backend.h"
#include "mm/file.h"

const struct invariant_info invariant_table[NR_INVARIANTS] = {
#define INVARIANT(id, name, what) { name, what },
#include "observe/invariants.def"
#undef INVARIANT
};

/* One way in which a frame is used; a page has as many as references. */
struct use {
	pfn_t pfn;
	bool mapped;
};

struct check {
	struct mmsim *w;
	mmsim_report_fn fn;
	void *user;
	int broken;
	bool no_memory;
	struct use *uses;
	size_t nr_uses, max_uses;
	struct mmsim_mm *mm;	 /* being walked */
	u64 rss[NR_MM_COUNTERS]; /* found in it */
};

static void __attribute__((format(printf, 3, 4)))
broken(struct check *c, enum invariant inv, const char *fmt, ...)
{
	char line[256];
	va_list ap;
	int n;

	c->broken++;
	if (!c->fn)
		return;
	n = snprintf(line, sizeof(line), "%s: ", invariant_table[inv].name);
	va_start(ap, fmt);
	(void)vsnprintf(line + n, sizeof(line) - (size_t)n, fmt, ap);
	va_end(ap);
	c->fn(line, c->user);
}

/* For the parts that check themselves. */
struct part {
	struct check *c;
	enum invariant inv;
};

static void part_broken(const char *line, void *user)
{
	struct part *p = user;

	broken(p->c, p->inv, "%s", line);
}

static void add_use(struct check *c, pfn_t pfn, bool mapped)
{
	size_t max = c->max_uses ? 2 * c->max_uses : 256;
	struct use *uses;

	if (c->nr_uses == c->max_uses) {
		uses = host_realloc(&c->w->host, c->uses,
				    c->max_uses * sizeof(*uses),
				    max * sizeof(*uses));
		if (!uses) {
			c->no_memory = true;
			return;
		}
		c->uses = uses;
		c->max_uses = max;
	}
	c->uses[c->nr_uses++] = (struct use){ pfn, mapped };
}

/* ---- entries ---- */

#define ADDR(a) ((unsigned long long)(a))

static void check_anon_entry(struct check *c, vaddr_t addr,
			     const struct mmsim_entry *e)
{
	bool exclusive = e->flags & MMSIM_E_EXCLUSIVE;

	if (!feat(c->w, FEAT_ANON_EXCLUSIVE))
		return;
	if (e->flags & MMSIM_E_WRITE && !exclusive)
		broken(c, INV_EXCLUSIVE_WRITE,
		       "pid %u, 0x%llx: pfn 0x%llx is writable, not exclusive",
		       c->mm->pid, ADDR(addr), ADDR(e->pfn));
	if (exclusive && e->mapcount != 1)
		broken(c, INV_EXCLUSIVE_ONE,
		       "pid %u, 0x%llx: pfn 0x%llx is exclusive and mapped %d times",
		       c->mm->pid, ADDR(addr), ADDR(e->pfn), e->mapcount);
}

static void check_file_entry(struct check *c, vaddr_t addr,
			     const struct vm_area_struct *vma,
			     const struct mmsim_entry *e)
{
	u64 index = vma->vm_pgoff +
		    ((addr - vma->vm_start) >> c->w->phys.page_shift);

	if (!vma->vm_file || file_find_page(vma->vm_file, index) != e->pfn)
		broken(c, INV_FILE_PAGE,
		       "pid %u, 0x%llx: pfn 0x%llx is not page %llu of its file",
		       c->mm->pid, ADDR(addr), ADDR(e->pfn), ADDR(index));
}

static void check_zero_entry(struct check *c, vaddr_t addr,
			     const struct mmsim_entry *e)
{
	if (e->flags & (MMSIM_E_WRITE | MMSIM_E_DIRTY))
		broken(c, INV_ZERO_RO, "pid %u, 0x%llx: raw 0x%llx", c->mm->pid,
		       ADDR(addr), ADDR(e->raw));
}

static void check_mapped_page(struct check *c, vaddr_t addr,
			      const struct vm_area_struct *vma,
			      const struct mmsim_entry *e)
{
	const struct page *page = mm_page(c->mm, e->pfn);

	add_use(c, e->pfn, true);
	if (page_test(page, PG_buddy | PG_table) || page->refcount <= 0)
		broken(c, INV_FREE_MAPPED, "pid %u, 0x%llx: pfn 0x%llx",
		       c->mm->pid, ADDR(addr), ADDR(e->pfn));
	if (e->flags & MMSIM_E_ANON) {
		c->rss[MM_ANONPAGES]++;
		check_anon_entry(c, addr, e);
	} else {
		c->rss[page_test(page, PG_swapbacked) ? MM_SHMEMPAGES
						      : MM_FILEPAGES]++;
		check_file_entry(c, addr, vma, e);
	}
}

static void check_entry(vaddr_t addr, const struct mmsim_entry *e, void *user)
{
	struct check *c = user;
	const struct vm_area_struct *vma = vma_tree_find(&c->mm->tree, addr);

	if (!vma || vma->vm_start > addr) {
		broken(c, INV_IN_VMA, "pid %u, 0x%llx: raw 0x%llx", c->mm->pid,
		       ADDR(addr), ADDR(e->raw));
		return;
	}
	if (!(e->flags & MMSIM_E_PRESENT))
		return;
	if (e->flags & MMSIM_E_WRITE && !(vma->vm_flags & VM_WRITE))
		broken(c, INV_RIGHTS, "pid %u, 0x%llx: raw 0x%llx", c->mm->pid,
		       ADDR(addr), ADDR(e->raw));
	if (e->flags & MMSIM_E_ZERO)
		check_zero_entry(c, addr, e);
	else
		check_mapped_page(c, addr, vma, e);
}

/* ---- processes ---- */

/*
 * Neighbours without anonymous pages that no rule keeps apart. A stack that
 * grows up to its neighbour is not merged with it.
 */
static bool could_be_one(const struct check *c, const struct vm_area_struct *a,
			 const struct vm_area_struct *b)
{
	return a->vm_end == b->vm_start && a->vm_file == b->vm_file &&
	       !((a->vm_flags ^ b->vm_flags) & ~VM_SOFTDIRTY) &&
	       !(b->vm_flags & VM_GROWSDOWN) && !a->anon_vma && !b->anon_vma &&
	       !a->kept_apart && !b->kept_apart &&
	       a->vm_pgoff + (vma_size(a) >> c->w->phys.page_shift) ==
		       b->vm_pgoff;
}

static void check_vmas(struct check *c, struct mmsim_mm *mm)
{
	struct part part = { c, INV_VMA_TREE };
	struct vm_area_struct *vma, *next;
	u64 total = 0, locked = 0, pages;

	(void)vma_tree_check(&mm->tree, part_broken, &part);
	for (vma = vma_tree_find(&mm->tree, 0); vma; vma = next) {
		next = vma_tree_next(&mm->tree, vma);
		pages = vma_size(vma) >> c->w->phys.page_shift;
		total += pages;
		if (vma->vm_flags & VM_LOCKED)
			locked += pages;
		if (next && could_be_one(c, vma, next))
			broken(c, INV_VMA_MERGED,
			       "pid %u: the mappings at 0x%llx and 0x%llx",
			       mm->pid, ADDR(vma->vm_start),
			       ADDR(next->vm_start));
	}
	if (total != mm->total_vm || locked != mm->locked_vm)
		broken(c, INV_VM_TOTALS,
		       "pid %u: total_vm %llu, found %llu; locked_vm %llu, found %llu",
		       mm->pid, ADDR(mm->total_vm), ADDR(total),
		       ADDR(mm->locked_vm), ADDR(locked));
}

static void check_tables(struct check *c, struct mmsim_mm *mm)
{
	u64 nr, bytes;

	c->w->be->count_tables(mm, &nr, &bytes);
	if (nr != mm->nr_tables || bytes != mm->pgtables_bytes)
		broken(c, INV_TABLES,
		       "pid %u: %llu tables of %llu bytes, found %llu of %llu",
		       mm->pid, ADDR(mm->nr_tables), ADDR(mm->pgtables_bytes),
		       ADDR(nr), ADDR(bytes));
}

static void check_mm(struct check *c, struct mmsim_mm *mm)
{
	unsigned i;

	c->mm = mm;
	memset(c->rss, 0, sizeof(c->rss));
	c->w->be->for_each_entry(mm, check_entry, c);
	for (i = 0; i < NR_MM_COUNTERS; i++)
		if (c->rss[i] != mm->rss[i])
			broken(c, INV_RSS, "pid %u: %s %llu, found %llu",
			       mm->pid,
			       i == MM_ANONPAGES   ? "anon"
			       : i == MM_FILEPAGES ? "file"
						   : "shmem",
			       ADDR(mm->rss[i]), ADDR(c->rss[i]));
	check_vmas(c, mm);
	check_tables(c, mm);
}

static void check_charges(struct check *c)
{
	struct vm_area_struct *vma;
	struct mmsim_mm *mm;
	u64 charged = 0;

	LIST_FOREACH(mm, &c->w->mms, link)
		for (vma = vma_tree_find(&mm->tree, 0); vma;
		     vma = vma_tree_next(&mm->tree, vma))
			if (vma->vm_flags & VM_ACCOUNT)
				charged +=
					vma_size(vma) >> c->w->phys.page_shift;
	if (charged != c->w->committed)
		broken(c, INV_VM_TOTALS, "%llu pages charged, found %llu",
		       ADDR(c->w->committed), ADDR(charged));
}

/* ---- frames ---- */

static void file_page_use(pfn_t pfn, void *user)
{
	add_use(user, pfn, false);
}

static void other_uses(struct check *c)
{
	struct mmsim_file *file;
	unsigned cpu, i;

	LIST_FOREACH(file, &c->w->files, link)
		file_for_each_page(file, file_page_use, c);
	for (cpu = 0; cpu < c->w->cpus; cpu++) {
		for (i = 0; i < c->w->lru_add[cpu].nr; i++)
			add_use(c, c->w->lru_add[cpu].pfn[i], false);
		for (i = 0; i < c->w->lazyfree[cpu].nr; i++)
			add_use(c, c->w->lazyfree[cpu].pfn[i], false);
	}
}

static int use_order(const void *a, const void *b)
{
	const struct use *x = a, *y = b;

	return x->pfn < y->pfn ? -1 : x->pfn > y->pfn;
}

/* All uses of one frame: [i, j). */
static void check_frame(struct check *c, size_t i, size_t j)
{
	const struct page *page = pfn_to_page(&c->w->phys, c->uses[i].pfn);
	s32 mapped = 0;
	size_t k;

	for (k = i; k < j; k++)
		mapped += c->uses[k].mapped;
	if (mapped != page->mapcount)
		broken(c, INV_MAPCOUNT, "pfn 0x%llx: %d, found %d",
		       ADDR(c->uses[i].pfn), page->mapcount, mapped);
	if ((s32)(j - i) != page->refcount)
		broken(c, INV_REFCOUNT, "pfn 0x%llx: %d, found %d",
		       ADDR(c->uses[i].pfn), page->refcount, (s32)(j - i));
}

static void check_frames(struct check *c)
{
	u64 in_use = c->w->phys.nr_table_pages + 1, alloc = 0;
	struct part part = { c, INV_BUDDY };
	size_t i, j;
	unsigned n;

	if (c->nr_uses)
		qsort(c->uses, c->nr_uses, sizeof(*c->uses), use_order);
	for (i = 0; i < c->nr_uses; i = j) {
		for (j = i + 1;
		     j < c->nr_uses && c->uses[j].pfn == c->uses[i].pfn;)
			j++;
		check_frame(c, i, j);
		in_use++;
	}
	for (n = 0; n < c->w->phys.nr_nodes; n++)
		alloc += c->w->phys.node[n].nr_alloc;
	if (alloc != in_use)
		broken(c, INV_FRAMES, "%llu frames in use, found %llu",
		       ADDR(alloc), ADDR(in_use));
	(void)phys_check(&c->w->phys, part_broken, &part);
}

int check_world(struct mmsim *w, mmsim_report_fn fn, void *user)
{
	struct check c = { .w = w, .fn = fn, .user = user };
	struct mmsim_mm *mm;

	LIST_FOREACH(mm, &w->mms, link)
		check_mm(&c, mm);
	check_charges(&c);
	other_uses(&c);
	if (!c.no_memory)
		check_frames(&c);
	host_free(&w->host, c.uses, c.max_uses * sizeof(*c.uses));
	return c.no_memory ? -ENOMEM : c.broken;
}
