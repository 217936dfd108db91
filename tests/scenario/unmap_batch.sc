# SPDX-License-Identifier: MIT
# unmap-batch-anon: the same folio is swapped out in one go. Nothing is unfolded,
# one invalidation is sent, slots are counted up once; the entries are the same.
mthp 64 always
swapon zram
mmap A 16p rw private anon
write A 0 16p 5
madvise A 0 16p pageout
expect A 0 16p -present +swap +exclusive
expect counter try_to_unmap_one=1
expect counter folio_dup_swap=1
expect counter contpte_convert=0
expect counter set_tlb_ubc_flush_pending=1
expect counter folio_remove_rmap_ptes=1
expect counter deferred_split_folio=0
expect counter ptep_get_and_clear=16
expect counter rmap_pte_read=3
expect counter contpte_ptep_get=3
expect counter contpte_pte_load=6
expect counter __contpte_try_unfold=0
expect counter hw_tlbi=1
expect counter hw_dsb=1
expect counter folio_try_share_anon_rmap_pte=1
expect counter unmap_rss_update=2
expect counter set_swap_pte=16
check
# What it held and may do is what it was; a folio partly shared goes in pieces
# of equal exclusivity.
read A 0 16p
expect A 0 16p b=5 +write
fork C
@C write A 0 4p 6
exit C
write A 0 4p 7
drain
madvise A 0 16p pageout
expect A 0 16p -present +swap
expect A 0 4p +exclusive
expect A 4p 12p -exclusive
read A 0 16p
expect A 0 4p b=7
expect A 4p 12p b=5
check
