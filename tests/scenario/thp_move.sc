# SPDX-License-Identifier: MIT
# semantics-mprotect.md 10: aligned on both sides the huge entry is moved, else
# it is split and its entries are.
mmap A 1h rw private anon
madvise A 0 1h hugepage
write A 0 1h 5
mremap A 0 1h 1h B
expect B 0 1h +huge +write b=5
expect counter move_huge_pmd=1
mremap B 0 1h 1h D +4p
expect D 0 1h -huge +write b=5
expect counter move_huge_pmd=1
expect counter thp_split_pmd=1
check
