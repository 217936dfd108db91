# SPDX-License-Identifier: MIT
# A synchronous device: the page is freed when the call returns, and read
# again by a major fault. A page given up is dropped, one written since stays.
swapon zram
mmap A 4p rw private anon
write A 0 2p 5
madvise A 0 2p pageout
read A 0 1p
expect maj=1 min=0
expect A 0 1p b=5 -swapcache
write A 1p 1p 6
expect maj=1
expect A 1p 1p b=6 -swapcache +write +dirty
check
write A 2p 2p 7
drain
madvise A 2p 2p free
drain
write A 3p 1p 8
madvise A 2p 2p pageout
expect A 2p 1p -present -swap
expect A 3p 1p +present b=8
check
