# SPDX-License-Identifier: MIT
# In the swap cache of a device that takes its time it is a KSM page still: it
# is mapped read-only, and a write takes a copy.
swapon ssd
mmap A 2p rw private anon
write A 0 2p 21
madvise A 0 2p mergeable
ksm 2
write A 0 1p 22
madvise A 0 2p pageout
expect A 1p 1p +swap
check
read A 1p 1p
expect A 1p 1p +ksm +swapcache -write -exclusive mc=1 b=21
check
write A 1p 1p 23
expect A 1p 1p -ksm +write mc=1 b=23
check
