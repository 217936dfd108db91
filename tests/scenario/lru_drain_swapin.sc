# SPDX-License-Identifier: MIT
# A write that swaps in drains the batches if the page comes by way of the swap
# cache: not from a synchronous device up to 6.19.
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
expect X 1p 1p +swapbacked
check
