# SPDX-License-Identifier: MIT
# Swapped out and in as a whole; where there is no folio of the size, page by
# page, and the swap-in counts as a fallback. Until it is mapped again what
# comes from swap is no anonymous folio.
swapon zram
mthp 64 always
mmap A 16p rw private anon
write A 0 16p 7
madvise A 0 16p pageout
expect counter transparent_hugepage/hugepages-64kB/stats/swpout=1
expect counter transparent_hugepage/hugepages-64kB/stats/zswpout=0
expect counter transparent_hugepage/hugepages-64kB/stats/nr_anon=0
read A 3p 1p
expect A 0 16p order=4
expect counter transparent_hugepage/hugepages-64kB/stats/swpin=1
expect counter transparent_hugepage/hugepages-64kB/stats/swpin_fallback=0
expect counter transparent_hugepage/hugepages-64kB/stats/nr_anon=1
check
madvise A 0 16p pageout
expect counter transparent_hugepage/hugepages-64kB/stats/swpout=2
fail sim 1
read A 3p 1p
expect A 3p 1p order=0
expect counter transparent_hugepage/hugepages-64kB/stats/swpin=1
expect counter transparent_hugepage/hugepages-64kB/stats/swpin_fallback=1
expect counter transparent_hugepage/hugepages-64kB/stats/swpin_fallback_charge=0
expect counter transparent_hugepage/hugepages-64kB/stats/nr_anon=0
check
