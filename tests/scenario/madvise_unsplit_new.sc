# SPDX-License-Identifier: MIT
# From 6.10 on MADV_FREE, COLD and PAGEOUT go on behind a large folio that they
# cannot split.
swapon zram
mmap B 1h rw private anon
madvise B 0 1h hugepage
write B 0 1h 3
fork C
write B 300p 1p 4
drain
madvise B 0 1h cold
expect B 300p 1p -young +dirty
madvise B 290p 20p free
expect B 300p 1p -young -dirty
expect B 0 300p order=9
write B 400p 1p 5
drain
madvise B 390p 20p pageout
expect B 400p 1p -present
expect B 401p 9p order=9
check
