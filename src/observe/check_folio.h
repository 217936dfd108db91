/* SPDX-License-Identifier: MIT */
/*
 * The invariants of large folios, as part of check_world().
 */
#ifndef OBSERVE_CHECK_FOLIO_H
#define OBSERVE_CHECK_FOLIO_H

#include "core/world.h"

#include <mmsim/entry.h>

/* One way in which a frame is used; a folio has as many as references. */
enum use_kind { USE_OTHER, USE_PTE, USE_PMD };

struct use {
	pfn_t pfn;
	enum use_kind kind;
	u32 pid; /* whose entry it is; 0: none */
};

/**
 * check_folio() - the counts of one large folio against its uses.
 * @uses, @nr: all of them, sorted by pfn; at least one.
 * @report: one line for each count that is wrong.
 */
void check_folio(const struct mmsim *w, const struct use *uses, size_t nr,
		 mmsim_report_fn report, void *user);

/* Contiguous blocks, while the entries of a process go by in order. */
struct cont_check {
	unsigned block; /* entries of one; 1: there are none */
	unsigned page_shift;
	vaddr_t addr; /* the entry before, if it was of a block */
	u64 pfn;
	u32 flags;
	unsigned left; /* entries that its block still needs */
};

/* The next entry; a NULL one: the process has no more. */
void check_cont(struct cont_check *cont, vaddr_t addr,
		const struct mmsim_entry *e, mmsim_report_fn report,
		void *user);

#endif
