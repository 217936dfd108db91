/* SPDX-License-Identifier: MIT */
/*
 * Accesses on their way from the public calls to an instance, and back.
 */
#ifndef CORE_ACCESS_H
#define CORE_ACCESS_H

#include "core/types.h"
#include "core/world.h"

#include <mmsim/access.h>

/* One access of a process, and what became of it. */
struct access {
	unsigned kind;	     /* enum mmsim_access */
	unsigned fault_kind; /* enum mmsim_fault_kind */
	vaddr_t addr;
	u64 len;
	char *buf; /* NULL: touch without contents */
	unsigned minor, major;
	bool tried;   /* the fault is one that waited and is tried again */
	bool missed;  /* the TLB has nothing for its first page */
	bool counted; /* the miss and the walk to its entry have been */
	int error;    /* of fault_first() */
};

/* No frame either: what translate() says of entries not like the last one. */
#define PFN_OTHER (PFN_NONE - 1)

/* Of an access's kind: translate() has said, or would say, PFN_OTHER. */
#define ACCESS_OTHER 0x100u

/* Whether accesses of a process are nothing but themselves on a CPU: none is
 * to be checked or stepped, and it is the one that runs. */
static inline bool access_is_plain(const struct mmsim *w,
				   const struct tlb_cpu *cpu,
				   const struct mmsim_mm *mm)
{
	return likely(cpu->mm == mm && observe_calm(&w->obs));
}

/* @inside: the bits of an address inside a page. */
static inline bool access_in_page(uint64_t addr, size_t len, u64 inside)
{
	return len - 1 <= (~addr & inside); /* nor of no length */
}

/* What is reported of one that took no fault and ends there. */
static inline void access_report_done(vaddr_t end, struct mmsim_fault *fault)
{
	if (likely(!fault))
		return;
	fault->kind = MMSIM_FAULT_NONE;
	fault->addr = end;
	fault->minor = 0;
	fault->major = 0;
}

#endif
