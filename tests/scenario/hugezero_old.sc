# SPDX-License-Identifier: MIT
# semantics-fault.md 15.1, until 6.12: a write to the huge zero page leaves one
# new page and zero pages.
mmap A 1h rw private anon
madvise A 0 1h hugepage
read A 0 1p
expect min=1
expect A 0 1h +huge +zero -write -dirty
write A 3p 1p 7
expect min=1
expect A 0 3p -huge +zero +special -write
expect A 3p 1p -huge -zero +write +dirty +exclusive b=7
expect A 4p 1p +zero
expect counter thp_split_pmd=1
check
write A 0 1h 8
expect counter thp_fault_alloc=0
check
