# SPDX-License-Identifier: MIT
# Pages of a huge page: the first two that are equal split it, and wait for the
# next pass but for the first; the third is merged with that. As seen on 6.1.
mmap A 1h rw private anon
madvise A 0 1h hugepage
write A 0 1h 9
expect A 0 1p +huge
madvise A 0 1h mergeable
ksm 2
expect A 0 1p +ksm
expect A 1p 1p -ksm -huge mc=1
expect A 2p 2p +ksm
ksm 1
expect A 0 1h +ksm -write
expect counter thp_split_page=1
check
