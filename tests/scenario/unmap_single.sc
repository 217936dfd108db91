# SPDX-License-Identifier: MIT
# Swapping out a folio of 16 pages, exclusive, one contiguous block: up to 7.2
# page by page. The first entry taken out unfolds the block.
mthp 64 always
swapon zram
mmap A 16p rw private anon
write A 0 16p 5
madvise A 0 16p pageout
expect A 0 16p -present +swap +exclusive
expect counter try_to_unmap_one=1
expect counter folio_dup_swap=16
expect counter contpte_convert=1
expect counter set_tlb_ubc_flush_pending=16
expect counter folio_remove_rmap_ptes=16
expect counter deferred_split_folio=15
expect counter ptep_get_and_clear=16
check
