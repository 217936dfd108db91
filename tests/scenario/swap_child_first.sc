# SPDX-License-Identifier: MIT
# A child brings a page in first, then the parent takes it over: it belongs to
# both until then, so the parent's entry is found when it is swapped out again.
swapon zram
mmap A 2p rw private anon
write A 0 2p 3
madvise A 0 2p pageout
fork C
@C write A 1p 1p 4
write A 1p 1p 5
expect A 1p 1p +present b=5
check
drain
madvise A 0 2p pageout
expect A 0 2p -present +swap
check
read A 0 2p
expect A 0 1p b=3
expect A 1p 1p b=5
@C read A 0 2p
@C expect A 0 1p b=3
@C expect A 1p 1p b=4
check
# What was swapped out and is wanted is read before it is asked for.
write A 0 1p 6
drain
madvise A 0 1p pageout
madvise A 0 1p willneed
read A 0 1p
expect maj=0 min=1
expect A 0 1p b=6
check
