/* SPDX-License-Identifier: MIT */
#include "laws.h"

#define pte_hw_access hw_pte_access
#define pmd_hw_access hw_pmd_access

#define E(name)		pte_##name
#define E_T		pte_t
#define E_val(e)	pte_val(e)
#define E_make(v)	__pte(v)
#define E_of(pfn, prot) pfn_pte(pfn, prot)
#include "hw_laws.inc"

#undef E
#undef E_T
#undef E_val
#undef E_make
#undef E_of
#undef LAW
#undef EACH_ACCESS
#undef HW_LAWS

#define E(name)		pmd_##name
#define E_T		pmd_t
#define E_val(e)	pmd_val(e)
#define E_make(v)	__pmd(v)
#define E_of(pfn, prot) pmd_mkhuge(pfn_pmd((pfn) & ~(HPAGE_PMD_NR - 1), prot))
#include "hw_laws.inc"

int run_hw_laws(void)
{
	return pte_run_hw() + pmd_run_hw();
}
