# SPDX-License-Identifier: MIT
# What concerns a part of a huge page splits its entry, not the folio.
mmap A 3h rw private anon
madvise A 0 3h hugepage
write A 0 3h 5
mprotect A 0 2p r
expect A 0 2p -huge -write +exclusive
expect A 2p 1p -huge +write +exclusive b=5
madvise A 1h 2p dontneed
expect A 1h 2p -present
expect counter thp_deferred_split_page=1
munmap A 2h 1p
expect counter thp_split_pmd=3
check
madvise A 0 1h dontneed
check
munmap A 0 3h
check
