# SPDX-License-Identifier: MIT
# Pages go to a device and come back with what they held. On a device that is
# not synchronous they stay in the swap cache, so nothing has to be read.
swapon ssd
mmap A 4p rw private anon
write A 0 4p 5
madvise A 0 4p pageout
expect ret=0
expect A 0 4p -present +swap
check
read A 0 1p
expect min=1 done=1
expect A 0 1p +present b=5 +swapcache
expect A 1p 3p -present +swap
check
write A 1p 1p 6
expect min=1
expect A 1p 1p +present +write +dirty b=6
check
# A second time, what was not written since needs no write and goes at once.
madvise A 0 4p pageout
expect A 0 4p -present +swap
check
read A 0 1p
expect maj=1
read A 1p 3p
expect maj=0 min=3
expect A 0 1p b=5
expect A 1p 1p b=6
expect A 2p 2p b=5
check
# Unmapped, swapped out or not, nothing is left of them.
madvise A 2p 2p pageout
munmap A 1p 2p
munmap A 0 1p
munmap A 3p 1p
check
swapoff
expect ret=0
check
