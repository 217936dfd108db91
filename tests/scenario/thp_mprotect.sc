# SPDX-License-Identifier: MIT
# semantics-mprotect.md 7, 6.2 and later: a whole huge entry is changed as it
# is, and gets its write bit back; the huge zero page never does.
mmap A 2h rw private anon
madvise A 0 2h hugepage
write A 0 1h 5
read A 1h 1p
mprotect A 0 2h r
expect A 0 1h +huge -write +exclusive
expect A 1h 1h +huge +zero -write
mprotect A 0 2h rw
expect A 0 1h +huge +write +exclusive b=5
expect A 1h 1h +huge +zero -write
mprotect A 0 1h none
expect A 0 1h +huge +protnone -write
mprotect A 0 1h rw
write A 0 1h 6
expect min=0
expect counter change_huge_pmd=6
expect counter thp_split_pmd=0
check
