# SPDX-License-Identifier: MIT
# Memory runs out at each place where a huge page, or what is left of one, asks
# for some: nothing is lost, and what can be done without is.
mmap Z 1h rw private anon
madvise Z 0 1h hugepage
read Z 0 1p
write Z 3p 1p 4
expect Z 3p 1p b=4
check
mmap A 1h rw private anon
madvise A 0 1h hugepage
write A 0 1p 5
write A 9p 1p 6
mprotect A 2p 1p r
expect A 0 1p b=5
check
mprotect A 2p 1p rw
fork C
@C write A 9p 1p 7
@C expect A 9p 1p b=7
expect A 9p 1p b=6
check
madvise A 3p 2p dontneed
@C madvise A 3p 2p dontneed
check
exit C
madvise A 0 1h nohugepage
mmap B 1h rw private anon
madvise B 0 1h nohugepage
write B 0 2p 8
madvise B 0 1h hugepage
madvise B 0 1h collapse
expect B 0 2p b=8
expect B 2p 1p b=0
check
munmap B 1p 1p
munmap A 0 1h
munmap Z 0 1h
check
