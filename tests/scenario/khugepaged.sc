# SPDX-License-Identifier: MIT
# khugepaged on demand and its limits. What it takes and what it leaves was seen
# on 6.18 (docs/divergences.md).
mmap A 1h rw private anon
madvise A 0 1h hugepage
madvise A 0 1h nohugepage
write A 0 1p 5
read A 1p 1p
# A mapping that is not to have huge pages.
khugepaged 1
expect A 0 1p lvl=12
madvise A 0 1h hugepage
sys transparent_hugepage/khugepaged/max_ptes_none 510
khugepaged 1
# The zero page counts like nothing.
expect A 0 1p lvl=12 b=5
sys transparent_hugepage/khugepaged/max_ptes_none 511
khugepaged 1
expect A 0 1h lvl=21 +write +dirty
expect A 0 1p b=5
expect A 1p 511p b=0
expect counter thp_collapse_alloc=1
check

# Shared pages: half of them at most.
mmap B 1h rw private anon
madvise B 0 1h nohugepage
write B 0 1h 6
madvise B 0 1h hugepage
fork C
write B 0 255p 7
khugepaged 1
expect B 0 1p lvl=12 b=7
write B 255p 1p 7
khugepaged 1
expect B 0 256p lvl=21 b=7
expect B 256p 256p lvl=21 b=6
@C expect B 0 1h lvl=12 b=6
check
exit C

# No memory: later, perhaps.
mmap E 1h rw private anon
madvise E 0 1h nohugepage
write E 0 1h 9
madvise E 0 1h hugepage
fail sim 1
khugepaged 1
expect counter thp_collapse_alloc_failed=1
expect E 0 1h lvl=12 b=9
check
khugepaged 1
expect E 0 1h lvl=21 b=9

# What was swapped out comes back, if it is not too much.
swapon zram
mmap F 1h rw private anon
madvise F 0 1h nohugepage
write F 0 1h 3
madvise F 0 65p pageout
madvise F 0 1h hugepage
khugepaged 1
expect F 65p 1p lvl=12
read F 0 1p
khugepaged 1
expect F 0 1h lvl=21 b=3
check
