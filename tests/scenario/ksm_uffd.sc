# SPDX-License-Identifier: MIT
# A page whose entry is replaced loses its protection by userfaultfd, the KSM
# page itself keeps it, and it survives breaking up. As seen on 6.12 and 6.18.
uffd_open async
mmap A 3p rw private anon
write A 0 3p 21
uffd A 0 3p register
uffd A 0 2p wp
madvise A 0 3p mergeable
ksm 2
expect A 0 1p +ksm -uffd_wp
expect A 1p 1p +ksm +uffd_wp
expect A 2p 1p +ksm -uffd_wp
madvise A 0 3p unmergeable
expect min=3
expect uffd=0
expect A 0 1p -ksm -uffd_wp
expect A 1p 1p -ksm +uffd_wp -write +exclusive
uffd A 1p 1p unwp
expect A 1p 1p +write -dirty
check
