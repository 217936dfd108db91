# SPDX-License-Identifier: MIT
# What mremap moves keeps the bits of userfaultfd, whose VMA flag is gone: the
# next write is an ordinary one; a page that is reused keeps the bit, a copy
# has none. Recorded on 5.10.262.
uffd_open sync
mmap A 4p rw private anon
write A 0 4p 5
drain
uffd A 0 4p register
uffd A 0 4p wp
mremap A 0 4p 4p B
expect B 0 4p +uffd_wp -write
write B 0 1p 6
expect min=1 uffd=0
expect B 0 1p +uffd_wp +write b=6
mprotect B 0 4p r
mprotect B 0 4p rw
expect B 0 4p +uffd_wp -write
fork C
@C expect B 0 4p -uffd_wp -write
write B 0 3p 7
expect min=3 uffd=0
expect B 0 3p -uffd_wp +write
expect B 3p 1p +uffd_wp -write
exit C
check
# A huge entry.
mmap H 1h rw private anon
madvise H 0 1h hugepage
write H 0 1p 1
uffd H 0 1h register
uffd H 0 1h wp
mremap H 0 1h 1h G
expect G 0 1p +huge +uffd_wp -write
write G 3p 1p 4
expect min=1 uffd=0
expect G 0 1p +huge +uffd_wp +write
check
# What is swapped out.
swapon zram
mmap S 4p rw private anon
write S 0 4p 5
drain
uffd S 0 4p register
uffd S 0 4p wp
madvise S 0 4p pageout
mremap S 0 4p 4p T
expect T 0 4p +swap +uffd_wp
read T 0 2p
expect T 0 2p +present +uffd_wp -write
write T 3p 1p 3
expect min=1 maj=1 uffd=0
expect T 3p 1p -uffd_wp +write b=3
check
