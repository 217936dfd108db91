# SPDX-License-Identifier: MIT
# The same as kernel_uffd_wp.sc of what is swapped out, pinned, or part of a
# folio of several pages: the child's entries and the moved ones lose the bit.
swapon zram
mthp 64 always
uffd_open async
mmap A 4p rw private anon
mmap M 32p rw private anon
mmap H 1h rw private anon
madvise H 0 1h hugepage
write A 0 4p 1
write M 0 32p 1
write H 0 1h 1
uffd A 0 4p register
uffd M 0 32p register
uffd H 0 1h register

# wp-fork-pin: the pinned page is copied early, without the bit.
pin A 0 1p
uffd A 0 4p wp
expect A 0 4p +uffd_wp -write
fork P1
@P1 expect A 0 4p -uffd_wp b=1
@P1 expect A 0 1p mc=1 +exclusive
@P1 expect A 1p 3p mc=2 -exclusive
expect A 0 4p +uffd_wp
exit P1
unpin
check

# Swapped-out pages: the bit goes with the entry, not into the child's.
drain
madvise A 2p 2p pageout
expect A 2p 2p -present +swap +uffd_wp
fork P2
@P2 expect A 2p 2p -present +swap -uffd_wp
@P2 write A 2p 2p 2
@P2 expect A 2p 2p +write -uffd_wp b=2
exit P2
expect A 2p 2p +uffd_wp
read A 2p 1p
expect A 2p 1p +present +uffd_wp -write b=1
write A 3p 1p 3
expect A 3p 1p +present -uffd_wp +write b=3
check

# A folio's pages, each on its own: one write takes one bit away.
uffd M 0 32p wp
expect M 0 32p +uffd_wp -write
write M 5p 1p 2
expect M 5p 1p -uffd_wp +write b=2
expect M 4p 1p +uffd_wp -write
expect M 6p 10p +uffd_wp -write
fork P3
@P3 expect M 0 32p -uffd_wp
@P3 expect M 5p 1p b=2
expect M 4p 1p +uffd_wp
exit P3
check

# mremap without its event: mapped, and swapped out, of each size.
mremap M 0 16p 16p M2
expect M2 0 16p -uffd_wp
expect M 16p 16p +uffd_wp
drain
madvise M 16p 16p pageout
expect M 16p 16p -present +swap +uffd_wp
mremap M 16p 16p 16p M3
expect M3 0 16p -present +swap -uffd_wp
write M3 0 16p 4
expect M3 0 16p +write b=4
check
mremap A 0 4p 4p A2
expect A2 0 4p -uffd_wp
uffd H 0 1h wp
expect H 0 1h +huge +uffd_wp
drain
madvise H 0 1h pageout
expect H 0 1h -present +swap +uffd_wp
mremap H 0 1h 1h H2
expect H2 0 1h -present +swap -uffd_wp
read H2 0 4p
expect H2 0 4p -uffd_wp b=1
write H2 0 4p 5
expect H2 0 4p +write b=5
check
