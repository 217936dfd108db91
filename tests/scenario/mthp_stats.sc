# SPDX-License-Identifier: MIT
# What the sizes of folios count, as a kernel of 6.18 does: there are so many
# anonymous ones, and so many of them are partially mapped; a folio that
# something else refers to cannot be split.
mthp 64 always
mmap A 64p rw private anon
write A 0 64p 7
expect counter transparent_hugepage/hugepages-64kB/stats/anon_fault_alloc=4
expect counter transparent_hugepage/hugepages-64kB/stats/nr_anon=4
madvise A 0 1p dontneed
expect counter transparent_hugepage/hugepages-64kB/stats/nr_anon=4
expect counter transparent_hugepage/hugepages-64kB/stats/nr_anon_partially_mapped=1
madvise A 1p 1p dontneed
madvise A 17p 1p free
expect counter transparent_hugepage/hugepages-64kB/stats/split=1
expect counter transparent_hugepage/hugepages-64kB/stats/nr_anon=3
expect counter transparent_hugepage/hugepages-64kB/stats/split_deferred=2
madvise A 0 16p dontneed
expect counter transparent_hugepage/hugepages-64kB/stats/nr_anon=2
expect counter transparent_hugepage/hugepages-64kB/stats/nr_anon_partially_mapped=0
check
fork C
@C madvise A 40p 1p dontneed
madvise A 41p 2p dontneed
expect counter transparent_hugepage/hugepages-64kB/stats/nr_anon_partially_mapped=0
check
exit C
expect counter transparent_hugepage/hugepages-64kB/stats/nr_anon_partially_mapped=1
munmap A 0 64p
expect counter transparent_hugepage/hugepages-64kB/stats/nr_anon=0
expect counter transparent_hugepage/hugepages-64kB/stats/nr_anon_partially_mapped=0
check
mmap B 16p rw private anon
write B 0 16p 7
pin B 3p 1p
madvise B 1p 1p free
expect counter transparent_hugepage/hugepages-64kB/stats/split_failed=1
madvise B 2p 1p cold
expect counter transparent_hugepage/hugepages-64kB/stats/split_failed=2
madvise B 2p 1p pageout
expect counter transparent_hugepage/hugepages-64kB/stats/split_failed=3
expect counter transparent_hugepage/hugepages-64kB/stats/split=1
madvise B 0 16p pageout
expect counter transparent_hugepage/hugepages-64kB/stats/split_failed=3
unpin
madvise B 2p 1p cold
expect counter transparent_hugepage/hugepages-64kB/stats/split=2
expect counter transparent_hugepage/hugepages-64kB/stats/nr_anon=0
expect counter thp_split_page_failed=0
check
