# SPDX-License-Identifier: MIT
# What the kernel's own test of khugepaged checks, as far as MADV_COLLAPSE can
# be asked: its limits (max_ptes_none, _swap, _shared) bind khugepaged alone.
swapon zram

# alloc_at_fault: huge from the first fault on.
mmap A 1h rw private anon
madvise A 0 1h hugepage
write A 0 1p 5
expect A 0 1h +huge mc=1
# madvise_collapse_existing_thps: nothing to do is no error.
madvise A 0 1h collapse
expect ret=0
expect counter thp_collapse_alloc=0

# collapse_full, collapse_empty, collapse_single_pte_entry.
mmap B 3h rw private anon
madvise B 0 3h nohugepage
write B 0 1h 5
write B 2h 1p 7
madvise B 0 3h hugepage
madvise B 0 1h collapse
expect ret=0
expect B 0 1h +huge +write +exclusive mc=1 b=5
madvise B 1h 1h collapse
expect err=EINVAL
madvise B 2h 1h collapse
expect ret=0
expect B 2h 1p +huge b=7
expect B 2h 4p +huge
expect counter thp_collapse_alloc=2
check

# single_pte_entry_compound, full_of_compound: pages of huge pages.
mmap C 2h rw private anon
madvise C 0 2h hugepage
write C 0 2h 6
madvise C 1p 1p dontneed
madvise C 1h 2p nohugepage
madvise C 1h 1h hugepage
expect C 1h 1h -huge b=6
madvise C 0 2h collapse
expect ret=0
expect C 0 2h +huge +write
expect C 0 1p b=6
expect C 1p 1p b=0
expect C 1h 1h b=6
check

# swapin_single_pte and max_ptes_swap: what is swapped out comes back.
mmap D 1h rw private anon
madvise D 0 1h nohugepage
write D 0 8p 3
drain
madvise D 0 6p pageout
expect D 0 6p -present +swap
madvise D 0 1h hugepage
madvise D 0 1h collapse
expect ret=0
expect D 0 1h +huge +write +dirty +exclusive
expect D 0 8p b=3
expect D 8p 1p b=0
check

# fork, fork_compound, max_ptes_shared: the child's huge page is its own.
mmap E 2h rw private anon
madvise E 0 1h nohugepage
madvise E 1h 1h hugepage
write E 0 2p 4
write E 1h 1h 4
fork K
@K write E 2p 1p 9
@K madvise E 0 1h hugepage
@K madvise E 0 1h collapse
@K expect ret=0
@K expect E 0 1h +huge +write mc=1
@K expect E 0 2p b=4
@K madvise E 1h 1h collapse
@K expect ret=0
@K write E 1h 1p 8
@K expect E 1h 1p -huge b=8
@K madvise E 1h 1h collapse
@K expect E 1h 1p +huge +write mc=1 b=8
@K expect E 2p 1p b=9
expect E 0 2p -huge -write mc=1 b=4
expect E 1h 1h +huge -write mc=1 b=4
check
exit K
write E 0 2p 5
write E 1h 1h 5
check

# What cannot be: a part of one, a guard, a page that somebody else refers to.
mmap F 1h rw private anon
madvise F 0 1h nohugepage
write F 0 4p 5
madvise F 0 1h hugepage
pin F 0 1p
madvise F 0 1h collapse
expect err=EAGAIN
expect F 0 1p -huge +write b=5
unpin
madvise F 0 1h collapse
expect ret=0
expect F 0 1h +huge
check
