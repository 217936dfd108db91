# SPDX-License-Identifier: MIT
# MADV_COLLAPSE copies a KSM page that the extent maps once, and refuses one
# that it maps twice. As seen on 6.1, 6.12 and 6.18.
mmap A 1h rw private anon
madvise A 0 1h nohugepage
write A 0 2p 9
madvise A 0 1h mergeable
ksm 2
expect A 0 2p +ksm mc=2
madvise A 0 1h hugepage
madvise A 0 1h collapse
expect ret=-1
expect A 0 2p +ksm mc=2
write A 1p 1p 7
madvise A 0 1h collapse
expect ret=0
expect A 0 1h +huge -ksm
expect A 0 1p b=9
ksm 1
check
