# SPDX-License-Identifier: MIT
# A huge page in the swap cache of which one page is mapped and written is split
# when that page is swapped out again: what was written since is not lost with
# the dirty bit that migration entries forgot before 6.1.
swapon ssd
mmap A 1h rw private anon
madvise A 0 1h hugepage
write A 0 1h 5
madvise A 0 1h pageout
write A 0 1p 6
drain
madvise A 0 1p pageout
check
madvise A 0 1p pageout
read A 0 2p
expect A 0 1p b=6
expect A 1p 1p b=5
check
munmap A 0 1h
check
