/* SPDX-License-Identifier: MIT */
/*
 * What a scenario shows: entries and their pages, mappings, status.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/backend.h"
#include "mm/hugetlb.h"
#include "phys/folio.h"
#include "scenario/run.h"
#include "scenario/scenario.h"

/* ---- dump ---- */

/* Everything a dump says of one page; equal neighbours form a run. */
struct shown {
	u32 flags; /* MMSIM_E_* */
	u64 raw;   /* present: without the PFN */
	unsigned shift;
	s32 mapcount;
	int byte; /* -1: unknown or none */
	bool soft_dirty, exclusive, file, guard, uffd_wp;
	bool swap;	 /* pagemap says so of what is not there */
	bool head, tail; /* of a large folio */
	bool huge;	 /* of hugetlb, not a THP */
};

static bool same_shown(const struct shown *a, const struct shown *b)
{
	return a->flags == b->flags && a->raw == b->raw &&
	       a->shift == b->shift && a->mapcount == b->mapcount &&
	       a->byte == b->byte && a->soft_dirty == b->soft_dirty &&
	       a->exclusive == b->exclusive && a->file == b->file &&
	       a->guard == b->guard && a->swap == b->swap &&
	       a->head == b->head && a->tail == b->tail && a->huge == b->huge;
}

/*
 * Bit 56 of pagemap: mapped once. Of a huge entry's pages 6.12 asks each, the
 * others ask the head (recorded-behaviour.md 5).
 */
static bool mapped_once(const struct mmsim *w, const struct mmsim_entry *e)
{
	if (!(e->flags & MMSIM_E_HUGE) || feat(w, FEAT_PAGEMAP_EACH))
		return e->mapcount == 1;
	return page_mapcount(&w->phys, folio_pfn(&w->phys, e->pfn)) == 1;
}

/* The huge zero page counts as a file's from 5.11 on, the small one never. */
static bool shown_as_file(const struct mmsim *w, const struct mmsim_entry *e)
{
	if (e->flags & MMSIM_E_ANON)
		return false;
	if (!(e->flags & MMSIM_E_ZERO))
		return true;
	return e->flags & MMSIM_E_HUGE && feat(w, FEAT_HUGEZERO_FILE);
}

/* What kpageflags shows of a folio in the place of one page of it. */
static void show_folio(const struct mmsim *w, const struct mmsim_entry *e,
		       struct shown *s)
{
	if (!e->order)
		return;
	s->head = e->pfn == folio_pfn(&w->phys, e->pfn);
	s->tail = !s->head;
	s->huge = page_test(folio_page(&w->phys, e->pfn), PG_hugetlb);
	if (s->tail && !feat(w, FEAT_TAILS_SWAPBACKED))
		s->flags &= ~MMSIM_E_SWAPBACKED;
}

static void show_present(struct mmsim_mm *mm, vaddr_t addr,
			 const struct mmsim_entry *e, struct shown *s)
{
	s->raw = mm->world->be->mask_pfn(e->raw, &mm->world->rules);
	s->mapcount = e->mapcount;
	s->exclusive = mapped_once(mm->world, e);
	s->file = shown_as_file(mm->world, e);
	show_folio(mm->world, e, s);
	s->byte = mmsim_page_peek(mm, addr);
}

static void show_page(struct mmsim_mm *mm, vaddr_t addr, struct shown *s)
{
	const struct vm_area_struct *vma = vma_tree_find(&mm->tree, addr);
	struct mmsim_entry e;
	bool hugetlb;

	if (vma && vma->vm_start > addr)
		vma = NULL;
	hugetlb = vma && vma_is_hugetlb(vma);
	mm->world->be->entry(mm, addr, &e);
	memset(s, 0, sizeof(*s));
	s->flags = e.flags;
	s->shift = e.shift;
	s->byte = -1;
	/* Of a huge page of hugetlbfs the mapping alone is asked (recorded on
	 * 6.1 and 7.2). */
	s->soft_dirty = mm->world->rules.soft_dirty &&
			((e.flags & MMSIM_E_SOFT_DIRTY && !hugetlb) ||
			 (vma && vma->vm_flags & VM_SOFTDIRTY));
	if (e.flags & MMSIM_E_PRESENT)
		show_present(mm, addr, &e, s);
	else
		s->raw = e.raw;
	/* Nor is a page that broke said to be swapped (5.10 to 7.2). */
	s->swap = s->raw && !hugetlb;
	/* Markers are guards or protections by userfaultfd. */
	s->guard = e.flags & MMSIM_E_MARKER && !(e.flags & MMSIM_E_UFFD_WP);
	s->uffd_wp =
		e.flags & MMSIM_E_UFFD_WP && feat(mm->world, FEAT_PAGEMAP_UFFD);
}

/* The letters of pagemap. */
static size_t letters(const struct shown *s, char pm[PAGEMAP_LETTERS])
{
	size_t n = 0;

	if (s->flags & MMSIM_E_PRESENT)
		pm[n++] = 'P';
	else if (s->swap)
		pm[n++] = 'S';
	if (s->file)
		pm[n++] = 'F';
	if (s->guard)
		pm[n++] = 'G';
	if (s->uffd_wp)
		pm[n++] = 'W';
	if (s->exclusive)
		pm[n++] = 'X';
	if (s->soft_dirty)
		pm[n++] = 'D';
	pm[n] = '\0';
	return n;
}

void pagemap_letters(struct mmsim_mm *mm, vaddr_t addr,
		     char pm[PAGEMAP_LETTERS])
{
	struct shown s;

	show_page(mm, addr, &s);
	(void)letters(&s, pm);
}

static void put_pagemap(struct json *j, const struct shown *s)
{
	char pm[PAGEMAP_LETTERS];
	size_t n = letters(s, pm);

	json_key(j, "pm");
	json_string(j, pm, n);
}

/* The words of kpageflags that are a rule's business. */
static void put_kpageflags(struct json *j, const struct shown *s)
{
	static const struct {
		u32 flag;
		const char *word;
	} words[] = {
		{ MMSIM_E_ANON, "anon" },
		{ MMSIM_E_SWAPCACHE, "swapcache" },
		{ MMSIM_E_SWAPBACKED, "swapbacked" },
		{ MMSIM_E_KSM, "ksm" },
		{ MMSIM_E_ZERO, "zero" },
	};
	char buf[96];
	size_t i, n = 0;

	if (s->head || s->tail)
		n = (size_t)snprintf(buf, sizeof(buf), "%s %s",
				     s->head ? "head" : "tail",
				     s->huge ? "huge" : "thp");
	for (i = 0; i < ARRAY_SIZE(words); i++)
		if (s->flags & words[i].flag)
			n += (size_t)snprintf(buf + n, sizeof(buf) - n, "%s%s",
					      n ? " " : "", words[i].word);
	json_key(j, "kpf");
	json_string(j, buf, n);
}

/* The names of the bits that are set, from the highest down. */
static void put_bits(struct json *j, const struct mm_backend *be,
		     const struct shown *s)
{
	bool pte = s->shift == be->page_shift;
	const struct arch_field *f = pte ? be->pte_fields : be->pmd_fields;
	unsigned nr = pte ? be->nr_pte_fields : be->nr_pmd_fields, i;
	char buf[256];
	size_t n = 0;

	for (i = 0; i < nr && n < sizeof(buf); i++)
		if (f[i].hi == f[i].lo && s->raw >> f[i].lo & 1)
			n += (size_t)snprintf(buf + n, sizeof(buf) - n, "%s%s",
					      n ? " " : "", f[i].name);
	json_key(j, "fl");
	json_string(j, buf, min_u64(n, sizeof(buf) - 1));
}

static void put_run(struct json *j, const struct mm_backend *be,
		    const struct shown *s, u64 first, u64 last)
{
	bool present = s->flags & MMSIM_E_PRESENT;

	json_open(j, '{');
	json_key(j, "i");
	json_open(j, '[');
	json_int(j, (s64)first);
	json_int(j, (s64)last);
	json_close(j, ']');
	put_pagemap(j, s);
	if (present) {
		json_key_int(j, "mc", s->mapcount);
		put_kpageflags(j, s);
		if (s->byte >= 0)
			json_key_int(j, "b", s->byte);
	}
	json_key(j, present || !s->raw ? "pte" : "swp");
	if (s->raw)
		json_hex(j, s->raw);
	else
		json_int(j, 0);
	if (present)
		put_bits(j, be, s);
	json_key_int(j, "lvl", s->shift);
	json_close(j, '}');
}

static void put_pages(struct mmsim_scenario *s, vaddr_t start, u64 nr)
{
	u64 page = world_page_size(s->w), i, run = 0;
	struct shown now, before;

	json_key(&s->json, "pages");
	json_open(&s->json, '[');
	for (i = 0; i < nr; i++) {
		show_page(s->proc->mm, start + i * page, &now);
		if (i && !same_shown(&now, &before)) {
			put_run(&s->json, s->w->be, &before, run, i - 1);
			run = i;
		}
		before = now;
	}
	if (nr)
		put_run(&s->json, s->w->be, &before, run, nr - 1);
	json_close(&s->json, ']');
}

/* Dumping more than this says nothing to anybody and takes for ever. */
#define MAX_DUMP_PAGES ((u64)1 << 24)

int op_dump(struct mmsim_scenario *s)
{
	u64 page = world_page_size(s->w), off = 0, len;
	struct name *name;
	int rc;

	if (s->line.nr == 3)
		return bad_word(s, s->line.text, "dump NAME [OFF LEN]");
	rc = find_name(s, s->line.words[1], &name);
	if (rc)
		return rc;
	len = name->len;
	if (s->line.nr == 4) {
		rc = parse_size_word(s, s->line.words[2], &off);
		if (!rc)
			rc = parse_size_word(s, s->line.words[3], &len);
	}
	if (rc)
		return rc;
	if (len / page > MAX_DUMP_PAGES ||
	    off > s->w->be->task_size - name->base)
		return bad_word(s, s->line.text, "a range that can be shown");
	/* A name whose mmap or mremap failed has no pages to show. */
	if (!name->base)
		len = 0;
	begin_line(s);
	put_result(s);
	put_pages(s, name->base + off, align_up(len, page) / page);
	return 0;
}

/* ---- maps ---- */

#define SCENARIO_END (SCENARIO_BASE + ((vaddr_t)1 << 43))

static void put_offset(struct json *j, const char *key, u64 value)
{
	json_key(j, key);
	if (value)
		json_hex(j, value);
	else
		json_string(j, "0", 1);
}

static void put_vma(struct json *j, const struct mmsim_vma *vma)
{
	char perm[5] = "----", flags[128];

	if (vma->flags & VM_READ)
		perm[0] = 'r';
	if (vma->flags & VM_WRITE)
		perm[1] = 'w';
	if (vma->flags & VM_EXEC)
		perm[2] = 'x';
	perm[3] = vma->flags & VM_MAYSHARE ? 's' : 'p';
	(void)mmsim_vma_flags(vma->flags, flags, sizeof(flags));
	json_open(j, '{');
	put_offset(j, "start", vma->start - SCENARIO_BASE);
	put_offset(j, "end", vma->end - SCENARIO_BASE);
	json_key_string(j, "perm", perm);
	put_offset(j, "off", vma->offset);
	json_key_string(j, "flags", flags);
	json_close(j, '}');
}

int op_maps(struct mmsim_scenario *s)
{
	struct mmsim_vma vma = { .size = sizeof(vma) };
	vaddr_t addr = SCENARIO_BASE;

	begin_line(s);
	put_result(s);
	json_key(&s->json, "vmas");
	json_open(&s->json, '[');
	while (!mmsim_vma_next(s->proc->mm, addr, &vma) &&
	       vma.start < SCENARIO_END) {
		put_vma(&s->json, &vma);
		addr = vma.end;
	}
	json_close(&s->json, ']');
	return 0;
}

/* ---- status ---- */

int op_status(struct mmsim_scenario *s)
{
	static const char *const keys[] = { "VmPTE", "RssAnon", "RssFile",
					    "RssShmem", "VmSwap" };
	const struct mmsim_mm *mm = s->proc->mm;
	u64 kb = world_page_size(s->w) / 1024;
	const u64 now[] = { mm->pgtables_bytes / 1024,
			    mm->rss[MM_ANONPAGES] * kb,
			    mm->rss[MM_FILEPAGES] * kb,
			    mm->rss[MM_SHMEMPAGES] * kb,
			    mm->rss[MM_SWAPENTS] * kb };
	size_t i;

	begin_line(s);
	put_result(s);
	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		json_key_int(&s->json, keys[i],
			     s->proc->has_status
				     ? (s64)(now[i] - s->proc->status[i])
				     : 0);
		s->proc->status[i] = now[i];
	}
	s->proc->has_status = true;
	return 0;
}
