/* SPDX-License-Identifier: MIT */
#include "observe/check_folio.h"

#include <stdio.h>

#include "mm/pin.h"
#include "phys/folio.h"

struct folio_check {
	const struct mmsim *w;
	pfn_t head;
	mmsim_report_fn report;
	void *user;
};

static void must_be(const struct folio_check *c, const char *what, s64 counted,
		    s64 found)
{
	char line[128];

	if (counted == found)
		return;
	snprintf(line, sizeof(line), "pfn 0x%llx: %s %lld, found %lld",
		 (unsigned long long)c->head, what, (long long)counted,
		 (long long)found);
	c->report(line, c->user);
}

static void check_pages(const struct folio_check *c, const struct use *uses,
			size_t nr)
{
	u64 pages = folio_nr_pages(&c->w->phys, c->head), i;
	size_t k = 0;
	s64 found;

	for (i = 0; i < pages; i++) {
		for (found = 0; k < nr && uses[k].pfn == c->head + i; k++)
			found += uses[k].kind == USE_PTE;
		must_be(c, "map count of a page",
			page_pte_mapcount(&c->w->phys, c->head + i), found);
	}
}

/* A process in a slot cannot have fewer mappings than the slot says. */
static void check_slots(const struct folio_check *c, const struct use *uses,
			size_t nr)
{
	const struct folio_counts *counts = folio_counts(&c->w->phys, c->head);
	unsigned i;
	s64 found;
	size_t k;
	u32 pid;

	for (i = 0; i < 2; i++) {
		pid = counts->mm_id[i] & (u32)FOLIO_MM_ID;
		for (found = 0, k = 0; pid && k < nr; k++)
			found +=
				uses[k].kind != USE_OTHER && uses[k].pid == pid;
		if (counts->mm_mapcount[i] > found)
			must_be(c, "mappings of a process",
				counts->mm_mapcount[i], found);
	}
}

void check_folio(const struct mmsim *w, const struct use *uses, size_t nr,
		 mmsim_report_fn report, void *user)
{
	const struct folio_check c = {
		.w = w,
		.head = folio_pfn(&w->phys, uses[0].pfn),
		.report = report,
		.user = user,
	};
	const struct folio_counts *counts = folio_counts(&w->phys, c.head);
	s64 huge = 0, mapped = 0;
	size_t k;

	for (k = 0; k < nr; k++) {
		huge += uses[k].kind == USE_PMD;
		mapped += uses[k].kind != USE_OTHER;
	}
	must_be(&c, "huge map count", counts->entire_mapcount, huge);
	must_be(&c, "map count", counts->large_mapcount, mapped);
	must_be(&c, "references", folio_page(&w->phys, c.head)->refcount,
		(s64)(nr + folio_pin_refs(w, c.head)));
	check_pages(&c, uses, nr);
	check_slots(&c, uses, nr);
}

/* ---- contiguous blocks (arch-arm64.md 8.1) ---- */

static void cont_broken(vaddr_t addr, const char *what, mmsim_report_fn report,
			void *user)
{
	char line[96];

	snprintf(line, sizeof(line), "0x%llx: %s", (unsigned long long)addr,
		 what);
	report(line, user);
}

/* Only valid entries are blocks; those of PROT_NONE may keep the bit. */
static bool in_block(const struct mmsim_entry *e)
{
	return e && e->flags & MMSIM_E_CONT && !(e->flags & MMSIM_E_PROTNONE);
}

/* What all entries of a block have in common. */
static u32 cont_rights(const struct mmsim_entry *e)
{
	return e->flags &
	       ~(u32)(MMSIM_E_YOUNG | MMSIM_E_DIRTY | MMSIM_E_EXCLUSIVE);
}

static bool continues(const struct cont_check *cont, vaddr_t addr,
		      const struct mmsim_entry *e)
{
	return in_block(e) && addr == cont->addr + BIT_U64(cont->page_shift) &&
	       e->pfn == cont->pfn + 1 && cont_rights(e) == cont->flags;
}

void check_cont(struct cont_check *cont, vaddr_t addr,
		const struct mmsim_entry *e, mmsim_report_fn report, void *user)
{
	u64 pages = addr >> cont->page_shift;

	if (cont->left && !continues(cont, addr, e)) {
		cont_broken(cont->addr, "its block ends here", report, user);
		cont->left = 0;
	}
	if (!in_block(e))
		return;
	if (!cont->left) {
		if (!is_aligned(pages, cont->block) ||
		    !is_aligned(e->pfn, cont->block))
			cont_broken(addr, "no block begins here", report, user);
		if (BIT_U64(e->order) < cont->block)
			cont_broken(addr, "a folio smaller than a block",
				    report, user);
		cont->left = cont->block;
	}
	cont->left--;
	cont->addr = addr;
	cont->pfn = e->pfn;
	cont->flags = cont_rights(e);
}
