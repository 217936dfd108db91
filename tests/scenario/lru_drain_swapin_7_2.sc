# SPDX-License-Identifier: MIT
# From 7.0 on every page that is swapped in is in the swap cache.
swapon zram
mmap X 40p rw private anon
write X 0 40p 9
mmap B0 8p rw private anon
write B0 0 8p 3
madvise B0 0 8p pageout
expect B0 0 8p +swap
madvise X 0p 1p free
expect X 0p 1p +swapbacked
read B0 0 1p
dump X 0p 1p
expect X 0p 1p +swapbacked
madvise X 1p 1p free
expect X 1p 1p +swapbacked
write B0 1p 1p
dump X 1p 1p
expect X 1p 1p -swapbacked
check
