/* SPDX-License-Identifier: MIT */
/*
 * The backend table of the current instance; the last file of instance.inc.
 */
#include "core/backend.h"

#include "core/arch.h"
#include "fault/collapse.h"
#include "fault/fault.h"
#include "ksm/merge.h"
#include "numa/numa.h"
#include "pte/gather.h"
#include "pte/huge.h"
#include "rmap/referenced.h"
#include "swap/reclaim.h"

#ifndef MM_INSTANCE
#define MM_INSTANCE	 fake
#define MM_INSTANCE_NAME "fake"
#endif

static u64 backend_protection(unsigned index, const struct arch_rules *rules)
{
	return pgprot_val(arch_protection(index, rules));
}

/* Blocks of 16 and 32 entries, and 128 with pages of 16K. */
#define CONT_SHIFT                               \
	(ARCH_CONT_PTES == 1	? 0              \
	 : ARCH_CONT_PTES == 16 ? PAGE_SHIFT + 4 \
	 : ARCH_CONT_PTES == 32 ? PAGE_SHIFT + 5 \
				: PAGE_SHIFT + 7)

#define BACKEND_SYMBOL_(name) mm_backend_##name
#define BACKEND_SYMBOL(name)  BACKEND_SYMBOL_(name)

extern const struct mm_backend BACKEND_SYMBOL(MM_INSTANCE);

const struct mm_backend BACKEND_SYMBOL(MM_INSTANCE) = {
	.name = MM_INSTANCE_NAME,
	.page_shift = PAGE_SHIFT,
	.pmd_shift = PMD_SHIFT,
	.hpage_shift = HPAGE_SHIFT,
	.cont_shift = CONT_SHIFT,
	.nr_levels = ARCH_NR_LEVELS,
	.has_thp = ARCH_HAS_THP,
	.cont_ptes = ARCH_CONT_PTES,
	.task_size = TASK_SIZE,
	.has_slices = ARCH_HAS_SLICES,
	.pte_fields = arch_pte_fields,
	.pmd_fields = arch_pmd_fields,
	.swap_fields = arch_swap_fields,
	.nr_pte_fields = arch_nr_pte_fields,
	.nr_pmd_fields = arch_nr_pmd_fields,
	.nr_swap_fields = arch_nr_swap_fields,
	.mask_pfn = entry_mask_pfn,
	.rules_init = arch_rules_init,
	.protection = backend_protection,
	.mm_init = mm_pgd_init,
	.mm_exit = mm_pgd_exit,
	.access_walk = mm_access_walk,
	.translate = mm_translate,
	.fault_first = mm_fault_first,
	.access = mm_access,
	.populate = mm_populate,
	.memory_failure = memory_failure,
	.split_file_folio = split_file_folio,
	.zap = zap_page_range,
	.free_tables = free_pgtables,
	.finish_mmu = tlb_finish_mmu,
	.copy = copy_page_range,
	.change_protection = change_protection,
	.node_of_page = node_of_page,
	.move_page = move_page,
	.unmerge_ksm = unmerge_ksm_pages,
	.ksm_scan = ksm_scan,
	.migrate_range = migrate_range,
	.uffd_wp = uffd_wp_range,
	.move = move_page_tables,
	.madvise_free = madvise_free_range,
	.madvise_cold = madvise_cold_range,
	.madvise_pageout = madvise_pageout_range,
	.reclaim = shrink_lists,
	.willneed = swapin_walk,
	.unuse = unuse_vma,
	.clear_refs = clear_refs_range,
	.mkclean = page_mkclean_one,
	.guard_install = guard_install_range,
	.guard_remove = guard_remove_range,
	.collapse = madvise_collapse,
	.khugepaged = khugepaged_scan,
	.khugepaged_enter = khugepaged_enter_vma,
	.mlocked = folio_mlocked,
	.split_huge = split_huge_at,
	.entry = entry_get,
	.walk = walk_get,
	.would = mm_would,
	.decode = entry_decode,
	.helpers = entry_helpers,
	.for_each_entry = for_each_entry,
	.count_tables = count_tables,
};
