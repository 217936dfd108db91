# SPDX-License-Identifier: MIT
# From 6.12 on the tables over a collapsed extent go, except where a mapping
# has pages of its own: the next fault maps all of it.
memfd F 2h
mmap A 2h rw shared memfd F 0
mmap B 2h rw shared memfd F 0
mmap P 2h rw private memfd F 0
mmap Q 2h rw shared memfd F 0
write A 0 4p 3
read B 0 4p
write P 1p 1p 9
mprotect Q 0 1p r
read Q 4p 1p
fork K
@K read A 0 4p
madvise A 0 1h collapse
expect A 0 1h +huge
read B 0 1p
expect B 0 1h +huge
@K read A 0 1p
@K expect A 0 1h +huge
read P 0 1p
expect P 0 1p -huge -anon b=3
expect P 1p 1p +anon b=9
# A mapping that does not cover it.
read Q 4p 1p
expect Q 4p 1p -huge b=0
check
# No table at all is needed.
write A 1h 8p 4
mmap R 2h r shared memfd F 0
madvise R 1h 1h collapse
expect ret=0
expect R 1h 1h +huge
check
# A table that maps the folio's own pages goes.
mmap S 2h rw shared memfd F 0
madvise S 0 2h nohugepage
read S 0 1p
write S 1h 1p 5
madvise S 0 2h hugepage
madvise S 0 2h collapse
expect ret=0
expect S 0 2h +huge
expect S 1h 1p b=5
check
# khugepaged: where the settings want it, and within its limits.
memfd G 1h
mmap C 1h rw shared memfd G 0
write C 0 4p 6
khugepaged 1
expect C 0 4p -huge
sys transparent_hugepage/shmem_enabled always
sys transparent_hugepage/khugepaged/max_ptes_none 10
khugepaged 1
expect C 0 4p -huge
sys transparent_hugepage/khugepaged/max_ptes_none 1000000
khugepaged 1
expect C 0 1p -present
read C 0 1p
expect C 0 1h +huge
expect C 0 4p b=6
check
