/* SPDX-License-Identifier: MIT */
/*
 * What the invariants' parts share: check.c goes through the world and calls
 * check_entry.c, check_mm.c and check_frame.c.
 */
#ifndef OBSERVE_CHECK_PARTS_H
#define OBSERVE_CHECK_PARTS_H

#include "observe/check.h"
#include "observe/check_folio.h"
#include "swap/swap.h"

#include <mmsim/entry.h>

/* A swap entry that was found. */
struct swapped {
	struct swap_ref at;
	bool exclusive;
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
	u64 nr_huge;		 /* huge entries in it */
	struct cont_check cont;
	struct swapped *swapped; /* swap entries of all processes */
	size_t nr_swapped, max_swapped, swap_pos;
};

/* For the parts of the core that check themselves. */
struct part {
	struct check *c;
	enum invariant inv;
};

#define ADDR(a) ((unsigned long long)(a))

/* check_broken() - count and report one. */
void check_broken(struct check *c, enum invariant inv, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void part_broken(const char *line, void *user);
void add_use(struct check *c, pfn_t pfn, enum use_kind kind);

/* check_entry.c: called for each entry that is not empty. */
void check_entry(vaddr_t addr, const struct mmsim_entry *e, void *user);

/* check_track.c: one that lies in a mapping. */
void check_track(struct check *c, vaddr_t addr,
		 const struct vm_area_struct *vma, const struct mmsim_entry *e);

/* check_mm.c: the VMAs of one process; the whole of it; all charges. */
void check_vmas(struct check *c, struct mmsim_mm *mm);
void check_mm(struct check *c, struct mmsim_mm *mm);
void check_processes(struct check *c);

/* What went behind the end of a table since the world began. */
void check_table_end(struct check *c);

/* check_swap.c: a swap entry; all slots, once all entries are known. */
void check_swap_entry(struct check *c, const struct mmsim_entry *e);
void check_swap(struct check *c);

/* check_ksm.c: an entry of a KSM page; KSM's own lists. */
void check_ksm_entry(struct check *c, vaddr_t addr,
		     const struct vm_area_struct *vma,
		     const struct mmsim_entry *e);
void check_ksm(struct check *c);

/* check_frame.c: files, batches and frames, once all entries are known. */
void check_files(struct check *c);
void check_poisoned(struct check *c);
void check_pins(struct check *c);		 /* as uses, one per record */
void check_batches(struct check *c, bool count); /* as uses, too */
void check_lru(struct check *c);

/* Those that wait to be split are as many as are counted. */
void check_large(struct check *c);
void check_frames(struct check *c);

/* check_numa.c: policies of a process and of files, hinting faults; which node pages in use
 * and CPUs are on. */
void check_policies(struct check *c, const struct mmsim_mm *mm);
void check_file_policies(struct check *c);
void check_numa_faults(struct check *c, const struct mmsim_mm *mm);
void check_nodes(struct check *c);
void check_cpus(struct check *c);

/* check_tlb.c: what each CPU remembers. */
void check_tlbs(struct check *c);

#endif
