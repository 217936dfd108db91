# SPDX-License-Identifier: MIT
# semantics-fault.md 4: one fault maps a huge page where the mapping asks for
# one and has room for it; elsewhere small pages.
mmap A 2h rw private anon
write A 0 1p 5
expect A 0 1p -huge order=0
madvise A 1h 1h hugepage
write A 1h 1h 6
expect min=1
expect counter thp_fault_alloc=1
expect A 1h 1h +huge +write +dirty mc=1 rc=1 b=6
madvise A 1h 1h dontneed
expect A 1h 1h -present
expect counter zap_huge_pmd=1
sys transparent_hugepage/enabled never
write A 1h 1p 7
expect A 1h 1p -huge
sys transparent_hugepage/enabled always
mmap B 1h rw private anon
write B 0 1p 8
expect B 0 1h +huge
mmap C 1h rw private anon
madvise C 0 1h nohugepage
write C 0 1p 9
expect C 0 1p -huge
check
