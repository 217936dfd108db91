# SPDX-License-Identifier: MIT
# 6.1 to 6.14: MADV_FREE asks how often the first page of a large folio is
# mapped, whichever page is to go.
mmap B 1h rw private anon
madvise B 0 1h hugepage
write B 0 1h 3
madvise B 7p 1p dontneed
fork C
@C madvise B 16p 16p dontneed
madvise B 16p 4p free
expect B 16p 16p order=9 +young
check
