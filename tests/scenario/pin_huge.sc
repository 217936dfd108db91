# SPDX-License-Identifier: MIT
# A pinned huge page stays the parent's over a fork: its entry is split, and the
# child gets single pages at once. Nothing splits or swaps out a pinned folio.
swapon zram
mmap A 1h rw private anon
madvise A 0 1h hugepage
write A 0 1h 5
pin A 0 2p
expect ret=0
expect A 0 1h +huge +write rc=3
fork C
expect A 0 1h -huge +write +exclusive mc=1 b=5
@C expect A 0 1h -huge +write +exclusive mc=1 order=0 b=5
check
@C write A 0 1h 6
write A 0 2p 7
expect pin b=7
@C expect A 0 1h b=6
drain
madvise A 0 1h pageout
expect A 0 1h +present
madvise A 4p 1p cold
expect counter split_folio=0
fork D
@D expect A 0 1h +write +exclusive mc=1
check
munmap A 0 1h
check
expect pin b=7
unpin
check
# Shared: a pin to read splits the entry and copies its page alone.
mmap B 1h rw private anon
madvise B 0 1h hugepage
write B 0 1h 5
fork E
pin B 1p 1p ro
expect B 1p 1p -huge +exclusive -write mc=1
expect B 2p 1p -exclusive mc=2
@E write B 0 1h 3
write B 1p 1p 8
expect pin b=8
check
unpin
exit E
check
# Nobody else has it any more: the whole of it is the process's.
mmap D 1h rw private anon
madvise D 0 1h hugepage
write D 0 1h 5
fork F
exit F
expect D 0 1h +huge -write -exclusive mc=1
pin D 2p 1p ro
expect D 0 1h +huge -write +exclusive mc=1
write D 2p 1p 4
expect pin b=4
expect D 0 1h +huge +write
check
