/* SPDX-License-Identifier: MIT */
/*
 * The entry types, and the helpers that a format defines once for both.
 *
 * A PTE and a huge PMD hold most of their bits in the same places. A format
 * defines what those bits do as leaf_*() functions on the bare u64, and by
 * itself what is different for a PMD. For nobody but the src/arch/X/pgtable.h
 * headers: everybody else includes core/arch.h.
 */
#ifndef CORE_ARCH_LEAF_H
#define CORE_ARCH_LEAF_H

#include "core/arch_rules.h"
#include "core/types.h"

typedef struct {
	u64 pte;
} pte_t;

typedef struct {
	u64 pmd;
} pmd_t;

typedef struct {
	u64 pgprot;
} pgprot_t;

static inline pte_t __pte(u64 v)
{
	return (pte_t){ v };
}

static inline u64 pte_val(pte_t pte)
{
	return pte.pte;
}

static inline pmd_t __pmd(u64 v)
{
	return (pmd_t){ v };
}

static inline u64 pmd_val(pmd_t pmd)
{
	return pmd.pmd;
}

static inline pgprot_t __pgprot(u64 v)
{
	return (pgprot_t){ v };
}

static inline u64 pgprot_val(pgprot_t prot)
{
	return prot.pgprot;
}

/* ---- what a format defines ---- */

static inline bool leaf_protnone(u64 v);
static inline bool leaf_write(u64 v);
static inline bool leaf_dirty(u64 v);
static inline bool leaf_young(u64 v);
static inline bool leaf_soft_dirty(u64 v);
static inline bool leaf_uffd_wp(u64 v, const struct arch_rules *r);
static inline bool leaf_special(u64 v);
static inline bool leaf_devmap(u64 v);
static inline bool leaf_exec(u64 v);
static inline bool leaf_user(u64 v);
static inline bool leaf_savedwrite(u64 v);
static inline bool leaf_access_permitted(u64 v, bool write);
static inline bool leaf_same(u64 a, u64 b);
static inline u64 leaf_mkold(u64 v);
static inline u64 leaf_mkyoung(u64 v);
static inline u64 leaf_mkclean(u64 v);
static inline u64 leaf_mkdirty(u64 v);
static inline u64 leaf_wrprotect(u64 v);
static inline u64 leaf_mkwrite(u64 v, const struct arch_rules *r);
static inline u64 leaf_mkwrite_novma(u64 v, const struct arch_rules *r);
static inline u64 leaf_mksoft_dirty(u64 v);
static inline u64 leaf_clear_soft_dirty(u64 v);
static inline u64 leaf_mkuffd_wp(u64 v, const struct arch_rules *r);
static inline u64 leaf_clear_uffd_wp(u64 v);
static inline u64 leaf_mkspecial(u64 v);
static inline u64 leaf_mkdevmap(u64 v);
static inline u64 leaf_mk_savedwrite(u64 v, const struct arch_rules *r);
static inline u64 leaf_clear_savedwrite(u64 v);

/* ---- pte: tests (core/arch.h) ---- */

static inline bool pte_protnone(pte_t pte)
{
	return leaf_protnone(pte_val(pte));
}

static inline bool pte_write(pte_t pte)
{
	return leaf_write(pte_val(pte));
}

static inline bool pte_dirty(pte_t pte)
{
	return leaf_dirty(pte_val(pte));
}

static inline bool pte_young(pte_t pte)
{
	return leaf_young(pte_val(pte));
}

static inline bool pte_soft_dirty(pte_t pte)
{
	return leaf_soft_dirty(pte_val(pte));
}

static inline bool pte_uffd_wp(pte_t pte, const struct arch_rules *r)
{
	return leaf_uffd_wp(pte_val(pte), r);
}

static inline bool pte_special(pte_t pte)
{
	return leaf_special(pte_val(pte));
}

static inline bool pte_devmap(pte_t pte)
{
	return leaf_devmap(pte_val(pte));
}

static inline bool pte_exec(pte_t pte)
{
	return leaf_exec(pte_val(pte));
}

static inline bool pte_user(pte_t pte)
{
	return leaf_user(pte_val(pte));
}

static inline bool pte_savedwrite(pte_t pte)
{
	return leaf_savedwrite(pte_val(pte));
}

static inline bool pte_access_permitted(pte_t pte, bool write)
{
	return leaf_access_permitted(pte_val(pte), write);
}

static inline bool pte_same(pte_t a, pte_t b)
{
	return leaf_same(pte_val(a), pte_val(b));
}

/* ---- pte: changes ---- */

static inline pte_t pte_mkold(pte_t pte)
{
	return __pte(leaf_mkold(pte_val(pte)));
}

static inline pte_t pte_mkyoung(pte_t pte)
{
	return __pte(leaf_mkyoung(pte_val(pte)));
}

static inline pte_t pte_mkclean(pte_t pte)
{
	return __pte(leaf_mkclean(pte_val(pte)));
}

static inline pte_t pte_mkdirty(pte_t pte)
{
	return __pte(leaf_mkdirty(pte_val(pte)));
}

static inline pte_t pte_wrprotect(pte_t pte)
{
	return __pte(leaf_wrprotect(pte_val(pte)));
}

static inline pte_t pte_mkwrite(pte_t pte, const struct arch_rules *r)
{
	return __pte(leaf_mkwrite(pte_val(pte), r));
}

static inline pte_t pte_mkwrite_novma(pte_t pte, const struct arch_rules *r)
{
	return __pte(leaf_mkwrite_novma(pte_val(pte), r));
}

static inline pte_t pte_mksoft_dirty(pte_t pte)
{
	return __pte(leaf_mksoft_dirty(pte_val(pte)));
}

static inline pte_t pte_clear_soft_dirty(pte_t pte)
{
	return __pte(leaf_clear_soft_dirty(pte_val(pte)));
}

static inline pte_t pte_mkuffd_wp(pte_t pte, const struct arch_rules *r)
{
	return __pte(leaf_mkuffd_wp(pte_val(pte), r));
}

static inline pte_t pte_clear_uffd_wp(pte_t pte)
{
	return __pte(leaf_clear_uffd_wp(pte_val(pte)));
}

static inline pte_t pte_mkspecial(pte_t pte)
{
	return __pte(leaf_mkspecial(pte_val(pte)));
}

static inline pte_t pte_mkdevmap(pte_t pte)
{
	return __pte(leaf_mkdevmap(pte_val(pte)));
}

static inline pte_t pte_mk_savedwrite(pte_t pte, const struct arch_rules *r)
{
	return __pte(leaf_mk_savedwrite(pte_val(pte), r));
}

static inline pte_t pte_clear_savedwrite(pte_t pte)
{
	return __pte(leaf_clear_savedwrite(pte_val(pte)));
}

/* ---- pmd: tests (core/arch.h) ---- */

static inline bool pmd_protnone(pmd_t pmd)
{
	return leaf_protnone(pmd_val(pmd));
}

static inline bool pmd_write(pmd_t pmd)
{
	return leaf_write(pmd_val(pmd));
}

static inline bool pmd_dirty(pmd_t pmd)
{
	return leaf_dirty(pmd_val(pmd));
}

static inline bool pmd_young(pmd_t pmd)
{
	return leaf_young(pmd_val(pmd));
}

static inline bool pmd_soft_dirty(pmd_t pmd)
{
	return leaf_soft_dirty(pmd_val(pmd));
}

static inline bool pmd_uffd_wp(pmd_t pmd, const struct arch_rules *r)
{
	return leaf_uffd_wp(pmd_val(pmd), r);
}

static inline bool pmd_special(pmd_t pmd)
{
	return leaf_special(pmd_val(pmd));
}

static inline bool pmd_devmap(pmd_t pmd)
{
	return leaf_devmap(pmd_val(pmd));
}

static inline bool pmd_exec(pmd_t pmd)
{
	return leaf_exec(pmd_val(pmd));
}

static inline bool pmd_user(pmd_t pmd)
{
	return leaf_user(pmd_val(pmd));
}

static inline bool pmd_savedwrite(pmd_t pmd)
{
	return leaf_savedwrite(pmd_val(pmd));
}

static inline bool pmd_access_permitted(pmd_t pmd, bool write)
{
	return leaf_access_permitted(pmd_val(pmd), write);
}

static inline bool pmd_same(pmd_t a, pmd_t b)
{
	return leaf_same(pmd_val(a), pmd_val(b));
}

/* ---- pmd: changes ---- */

static inline pmd_t pmd_mkold(pmd_t pmd)
{
	return __pmd(leaf_mkold(pmd_val(pmd)));
}

static inline pmd_t pmd_mkyoung(pmd_t pmd)
{
	return __pmd(leaf_mkyoung(pmd_val(pmd)));
}

static inline pmd_t pmd_mkclean(pmd_t pmd)
{
	return __pmd(leaf_mkclean(pmd_val(pmd)));
}

static inline pmd_t pmd_mkdirty(pmd_t pmd)
{
	return __pmd(leaf_mkdirty(pmd_val(pmd)));
}

static inline pmd_t pmd_wrprotect(pmd_t pmd)
{
	return __pmd(leaf_wrprotect(pmd_val(pmd)));
}

static inline pmd_t pmd_mkwrite(pmd_t pmd, const struct arch_rules *r)
{
	return __pmd(leaf_mkwrite(pmd_val(pmd), r));
}

static inline pmd_t pmd_mkwrite_novma(pmd_t pmd, const struct arch_rules *r)
{
	return __pmd(leaf_mkwrite_novma(pmd_val(pmd), r));
}

static inline pmd_t pmd_mksoft_dirty(pmd_t pmd)
{
	return __pmd(leaf_mksoft_dirty(pmd_val(pmd)));
}

static inline pmd_t pmd_clear_soft_dirty(pmd_t pmd)
{
	return __pmd(leaf_clear_soft_dirty(pmd_val(pmd)));
}

static inline pmd_t pmd_mkuffd_wp(pmd_t pmd, const struct arch_rules *r)
{
	return __pmd(leaf_mkuffd_wp(pmd_val(pmd), r));
}

static inline pmd_t pmd_clear_uffd_wp(pmd_t pmd)
{
	return __pmd(leaf_clear_uffd_wp(pmd_val(pmd)));
}

static inline pmd_t pmd_mkspecial(pmd_t pmd)
{
	return __pmd(leaf_mkspecial(pmd_val(pmd)));
}

static inline pmd_t pmd_mkdevmap(pmd_t pmd)
{
	return __pmd(leaf_mkdevmap(pmd_val(pmd)));
}

static inline pmd_t pmd_mk_savedwrite(pmd_t pmd, const struct arch_rules *r)
{
	return __pmd(leaf_mk_savedwrite(pmd_val(pmd), r));
}

static inline pmd_t pmd_clear_savedwrite(pmd_t pmd)
{
	return __pmd(leaf_clear_savedwrite(pmd_val(pmd)));
}

#endif
