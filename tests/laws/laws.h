/* SPDX-License-Identifier: MIT */
/*
 * What every format is held to. The same sources are compiled once for each
 * instance, with LAWS_INSTANCE_H naming its header.
 */
#ifndef LAWS_LAWS_H
#define LAWS_LAWS_H

#include LAWS_INSTANCE_H

#include "core/arch.h"
#include "core/features.h"
#include "pte/swap_entry.h"

#include "support/test.h"

/* ---- what this instance is ---- */

#if defined(X86_SAVED_DIRTY)
#define LAW_X86	     1
#define LAW_ARM64    0
#define LAW_PPC	     0
#define LAW_ARCH     0
#define LAW_FIRST    (X86_SAVED_DIRTY ? KERNEL(6, 6) : KERNEL(5, 10))
#define LAW_UNTIL    (X86_SAVED_DIRTY ? KERNEL(8, 0) : KERNEL(6, 6))
#define LAW_PFN_BITS 40
#elif defined(ARM64_PAGE_SHIFT)
#define LAW_X86	     0
#define LAW_ARM64    1
#define LAW_PPC	     0
#define LAW_ARCH     1
#define LAW_FIRST    (ARM64_PRESENT_INVALID_NG ? KERNEL(6, 11) : KERNEL(5, 10))
#define LAW_UNTIL    (ARM64_PRESENT_INVALID_NG ? KERNEL(8, 0) : KERNEL(6, 11))
#define LAW_PFN_BITS (48 - PAGE_SHIFT)
#elif defined(PPC_HASH)
#define LAW_X86	     0
#define LAW_ARM64    0
#define LAW_PPC	     1
#define LAW_ARCH     2
#define LAW_FIRST    (PPC_PAGE_NONE_PRIVILEGED ? KERNEL(5, 10) : KERNEL(6, 7))
#define LAW_UNTIL    (PPC_PAGE_NONE_PRIVILEGED ? KERNEL(6, 7) : KERNEL(8, 0))
#define LAW_PFN_BITS (53 - PAGE_SHIFT)
#else
#define LAW_X86	     0
#define LAW_ARM64    0
#define LAW_PPC	     0
#define LAW_ARCH     0
#define LAW_FIRST    KERNEL(5, 10)
#define LAW_UNTIL    KERNEL(8, 0)
#define LAW_PFN_BITS 36
#endif

#define LAW_MAX_PFN MASK_U64(LAW_PFN_BITS - 1, 0)

/* ---- cases ---- */

/* States that the kernel leaves entries in; see state_names. */
enum law_state {
	STATE_FRESH,
	STATE_OLD,
	STATE_DIRTY,
	STATE_WRITABLE,
	STATE_WRITTEN,
	STATE_WRITTEN_THEN_PROTECTED,
	STATE_SPECIAL,
	STATE_UFFD_WP,
	STATE_SOFT_CLEAN,
	STATE_TOUCHED,
	NR_STATES
};

/* One entry under one set of rules. */
struct law_case {
	struct arch_rules r;
	u32 kernel;
	unsigned prot; /* READ|WRITE|EXEC|SHARED */
	pfn_t pfn;
	enum law_state state;
	bool end; /* after the last one */
};

/* The cases that a group's set-up made. */
#define for_each_case(c, state) for ((c) = *(state); !(c)->end; (c)++)

/* The first case of each set of rules. */
bool law_new_rules(const struct law_case *c);

int laws_setup(void **state);
int laws_teardown(void **state);

/* Fails the test, saying which case it was. */
void law_broken(const struct law_case *c, u64 got, const char *what,
		const char *file, int line);

#define HOLDS_FOR(c, got, cond)                                        \
	do {                                                           \
		if (!(cond))                                           \
			law_broken(c, got, #cond, __FILE__, __LINE__); \
	} while (0)

/* The CPU that was recorded, and one that differs where arm64's may. */
enum law_machine { MACHINE_RECORDED, MACHINE_EPAN_NO_HAFDBS, NR_MACHINES };

/* The rules of a release as a world of this instance has them. */
void law_rules(struct arch_rules *r, u32 kernel, enum law_machine machine);

static inline pgprot_t law_prot(const struct law_case *c)
{
	return arch_protection(c->prot, &c->r);
}

/* What software sees in an entry. */
enum {
	SEES_YOUNG = 1,
	SEES_DIRTY = 2,
	SEES_WRITE = 4,
	SEES_SOFT_DIRTY = 8,
	SEES_SPECIAL = 16,
	SEES_EXEC = 32,
	SEES_USER = 64,
	SEES_UFFD_WP = 128,
	SEES_PROTNONE = 256,
	SEES_PRESENT = 512,
	SEES_DEVMAP = 1024,
};

#define SOFT_DIRTY_IF_ANY (LAW_ARM64 ? 0u : (unsigned)SEES_SOFT_DIRTY)

/* ---- groups ---- */

int run_pte_laws(void);
int run_pmd_laws(void);
int run_swap_laws(void);
int run_hw_laws(void);
int run_geometry_laws(void);
int run_vectors(void);

#endif
