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
# What it takes: the first entry is read by madvise, by the walk and by what
# unmaps it, each time as a block; the others by the walk twice. One wait for
# the unfolding, one for all that was put off.
expect counter rmap_pte_read=48
expect counter contpte_ptep_get=3
expect counter __contpte_try_unfold=1
expect counter hw_tlbi=17
expect counter hw_dsb=2
expect counter folio_try_share_anon_rmap_pte=16
expect counter unmap_rss_update=32
expect counter set_swap_pte=16
