/* SPDX-License-Identifier: MIT */
/*
 * Write-back of a file's page: entries that may have dirtied it become clean
 * and read-only, so that the next write is seen.
 */
#include "pte/pte.h"

#include "pte/lock.h"

static bool needs_clean(pte_t pte)
{
	return pte_present(pte) && (pte_dirty(pte) || pte_write(pte));
}

/*
 * The entry is out while its page is flushed: no CPU may write to the page
 * once it counts as clean.
 */
mm_static bool page_mkclean_one(struct mmsim_mm *mm, vaddr_t addr)
{
	u64 *ptep = pte_find(mm, addr);
	bool cleaned;
	pte_t pte;

	if (ptep)
		ptep = pte_lock(mm, addr, ptep);
	if (!ptep)
		return false;
	pte = ptep_get(ptep);
	cleaned = needs_clean(pte);
	if (cleaned) {
		pte = ptep_clear_flush(mm, addr, ptep, RULE_FLUSH_WRITEBACK);
		set_pte_at(mm, addr, ptep, pte_mkclean(pte_wrprotect(pte)),
			   RULE_MKCLEAN);
	}
	pte_unlock(mm, addr);
	return cleaned;
}
