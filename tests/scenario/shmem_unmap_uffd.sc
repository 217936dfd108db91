# SPDX-License-Identifier: MIT
# Shared memory that loses its mappings, swapped out or with the folio that it
# is a part of split: userfaultfd's protection stays as a marker (asked of
# 6.18; semantics-rmap-swap.md 3).
sys transparent_hugepage/hugepages-64kB/shmem_enabled always
swapon zram
uffd_open async
mmap A 32p rw shared anon
write A 0 32p 1
uffd A 0 32p register
uffd A 0 32p wp
expect A 0 32p +uffd_wp -marker
madvise A 8p 4p remove
expect A 0 16p +marker +uffd_wp
expect A 16p 16p +uffd_wp -marker
drain
madvise A 16p 16p pageout
expect A 16p 16p +marker +uffd_wp
read A 0 32p
expect A 0 32p +uffd_wp -marker -write
