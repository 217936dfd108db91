# SPDX-License-Identifier: MIT
# A pinned page: fork gives the child a copy at once, the parent keeps the page
# and may go on writing; reclaim leaves it alone until it is unpinned.
swapon zram
mmap A 2p rw private anon
write A 0 2p 5
pin A 0 1p
expect ret=0
check
fork C
expect A 0 1p +write mc=1 b=5
expect A 1p 1p -write mc=2
@C expect A 0 1p +write +dirty mc=1 b=5
@C expect A 1p 1p -write mc=2
check
write A 0 2p 6
expect min=1
@C read A 0 2p
@C expect A 0 2p b=5
exit C
drain
madvise A 0 2p pageout
expect A 0 1p +present b=6
expect A 1p 1p -present +swap
check
unpin
madvise A 0 1p pageout
expect A 0 1p -present +swap
read A 0 2p
expect A 0 2p b=6
check
# What a process has pinned goes with it.
fork D
@D write A 0 1p 7
@D pin A 0 1p
@D expect ret=0
exit D
check
