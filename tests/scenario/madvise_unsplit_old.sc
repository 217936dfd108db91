# SPDX-License-Identifier: MIT
# Up to 6.9 a large folio that cannot be split ends what MADV_FREE, COLD and
# PAGEOUT do in its table: the page of one's own behind it is left as it is.
swapon zram
mmap B 1h rw private anon
madvise B 0 1h hugepage
write B 0 1h 3
fork C
write B 300p 1p 4
drain
madvise B 0 1h cold
expect B 300p 1p +young
madvise B 290p 20p free
expect B 300p 1p +young +dirty
madvise B 290p 20p pageout
expect B 300p 1p +present b=4
# In front of it there is nothing to stop at.
madvise B 300p 212p cold
expect B 300p 1p -young
expect B 301p 211p order=9
check
