# SPDX-License-Identifier: MIT
# A folio that is swapped in as a whole becomes a contiguous block at once. A
# write that copies its page then finds another entry than it began with, and
# is made again (recorded on 7.2.13).
mthp 64 always
swapon zram
mmap A 16p rw private anon
write A 0 16p 5
madvise A 0 16p pageout
fork D
@D write A 3p 1p 1
@D expect maj=1 min=1
@D expect A 3p 1p b=1 mc=1
@D expect A 4p 12p -write b=5
write A 0 1p 2
expect maj=0 min=2
expect A 0 1p b=2
exit D
# A single page is not.
mthp 64 never
mmap B 1p rw private anon
write B 0 1p 5
drain
madvise B 0 1p pageout
fork E
@E write B 0 1p 6
@E expect maj=1 min=0
check
