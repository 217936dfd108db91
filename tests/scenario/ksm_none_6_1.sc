# SPDX-License-Identifier: MIT
# A KSM page of what nobody may access is not broken up, and moves as it is
# (recorded on 6.1).
mmap A 3p rw private anon
write A 0 3p 21
madvise A 0 3p mergeable
ksm 2
mprotect A 1p 1p none
madvise A 0 3p unmergeable
expect min=2
expect A 0 1p -ksm mc=1
expect A 1p 1p +ksm mc=1
expect A 2p 1p -ksm mc=1
mprotect A 0 3p rw
expect A 1p 1p +ksm -write b=21
write A 0 3p 22
expect A 0 3p -ksm mc=1 b=22
madvise A 0 3p mergeable
ksm 2
expect A 0 3p +ksm mc=3
mprotect A 0 3p none
mremap A 0 3p 3p B
expect min=0
expect B 0 3p +ksm mc=3
mprotect B 0 3p rw
write B 0 2p 4
expect B 0 2p -ksm mc=1
expect B 2p 1p +ksm mc=1 b=22
check
