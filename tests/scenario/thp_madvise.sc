# SPDX-License-Identifier: MIT
# MADV_FREE and MADV_COLD of a whole huge page keep it; of a part, the folio
# is split into pages, and from 6.12 on those that hold zeroes go.
mmap A 2h rw private anon
madvise A 0 2h hugepage
write A 0 2h 5
madvise A 0 1h cold
expect A 0 1h +huge -young +dirty
madvise A 0 1h free
expect A 0 1h +huge -young -dirty -swapbacked
madvise A 1h 4p free
expect A 1h 4p -huge -dirty
expect A 1h 1h -huge order=0 +exclusive b=5
expect counter thp_split_page=1
check
