# SPDX-License-Identifier: MIT
# semantics-fault.md 15.1, from 6.13 on: a write to the huge zero page maps a
# new huge page; without memory for one it is as before.
mmap A 1h rw private anon
madvise A 0 1h hugepage
read A 0 1p
expect A 0 1h +huge +zero -write
write A 3p 1p 7
expect min=1
expect A 0 1h +huge -zero +write +dirty +exclusive
expect A 3p 1p b=7
expect counter thp_split_pmd=0
write A 0 1h 8
expect counter thp_fault_alloc=1
mmap B 1h rw private anon
madvise B 0 1h hugepage
read B 0 1p
fail sim 1
write B 3p 1p 7
expect counter thp_fault_fallback=1
expect counter thp_split_pmd=1
expect B 3p 1p -huge +write b=7
expect B 4p 1p -huge +zero
check
