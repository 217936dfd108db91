# SPDX-License-Identifier: MIT
# recorded-behaviour.md 9: the page that becomes the KSM page keeps its
# soft-dirty bit, the others have none.
mmap A 3p rw private anon
write A 0 3p 77
madvise A 0 3p mergeable
ksm 2
expect A 0 1p +ksm -soft_dirty
expect A 1p 1p +ksm +soft_dirty
expect A 2p 1p +ksm -soft_dirty
check
