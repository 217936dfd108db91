# SPDX-License-Identifier: MIT
# 5.10: MADV_FREE splits a large folio if the page at hand is mapped once.
mmap B 1h rw private anon
madvise B 0 1h hugepage
write B 0 1h 3
madvise B 7p 1p dontneed
fork C
@C madvise B 16p 16p dontneed
madvise B 16p 4p free
expect B 16p 16p order=0
expect B 16p 4p -young -dirty
check
