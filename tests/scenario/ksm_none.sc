# SPDX-License-Identifier: MIT
# PROT_NONE does not keep a KSM page from being broken up: what nobody may
# access has a page of its own again all the same (seen on 5.10, 6.12 and 6.18).
mmap A 3p rw private anon
write A 0 3p 21
madvise A 0 3p mergeable
ksm 2
mprotect A 1p 1p none
madvise A 0 3p unmergeable
expect min=3
expect A 0 3p -ksm mc=1
expect A 1p 1p +protnone
mprotect A 0 3p rw
expect A 0 3p -protnone b=21
# Nor does it when the mapping is moved.
madvise A 0 3p mergeable
ksm 2
expect A 0 3p +ksm mc=3
mprotect A 0 3p none
mremap A 0 3p 3p B
expect min=3
expect B 0 3p -ksm mc=1 +protnone
mprotect B 0 3p r
expect B 0 3p b=21
check
