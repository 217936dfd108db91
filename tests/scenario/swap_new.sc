# SPDX-License-Identifier: MIT
# From 7.0 on the swap cache of a device that is not synchronous stays after a
# write to an exclusive page; zeroes need no device at all (6.12).
swapon ssd
mmap A 2p rw private anon
write A 0 2p 5
madvise A 0 2p pageout
write A 0 1p 6
expect min=1
expect A 0 1p +write +dirty +exclusive +swapcache b=6
check
mmap Z 2p rw private anon
write Z 0 2p 0
madvise Z 0 2p pageout
expect Z 0 2p -present +swap
read Z 0 2p
expect maj=2
expect Z 0 2p b=0
check
