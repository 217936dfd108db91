# SPDX-License-Identifier: MIT
# Seen on 6.18. Where there is no swap device a large folio is split all the
# same, and the pages of it that hold zeroes go. A folio that is zeroes in part
# is written, and read, as a whole.
mthp 64 always
mmap A 16p rw private anon
write A 0 1p 5
drain
madvise A 0 16p pageout
expect counter split_folio=1
expect A 0 1p order=0 b=5
expect A 1p 15p +zero b=0
check
swapon zram
mmap B 16p rw private anon
write B 0 1p 5
drain
madvise B 0 16p pageout
expect counter pswpout=16
expect counter swpout_zero=0
write B 3p 13p 6
expect maj=1
expect B 0 1p order=4 +write b=5
expect B 1p 2p order=4 +write b=0
expect B 3p 13p order=4 +write b=6
check
