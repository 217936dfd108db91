# SPDX-License-Identifier: MIT
# semantics-fault.md 10: two mappings that have nothing in common but a page
# that KSM merged. Swapped in by the first, it is none of the second's: a copy.
swapon ssd
mmap B 1p rw private anon
mmap A 2p rw private anon
write A 0 2p 21
madvise A 0 2p mergeable
ksm 2
write A 0 1p 22
# Only page 1 maps the KSM page; it stays in the swap cache. A pass meets B,
# which lies below, before it finds that page 1 is not there.
madvise A 1p 1p pageout
expect A 1p 1p +swap
write B 0 1p 21
madvise B 0 1p mergeable
ksm 1
expect B 0 1p +ksm +swapcache mc=1
madvise B 0 1p pageout
expect A 1p 1p +swap
expect B 0 1p +swap
check
read A 1p 1p
expect A 1p 1p -ksm mc=1 b=21
read B 0 1p
expect B 0 1p -ksm -swapcache mc=1 b=21
check
write A 1p 1p 5
expect B 0 1p b=21
write B 0 1p 6
expect A 1p 1p b=5
# The same by swapoff: each has a page of its own.
mmap D 1p rw private anon
mmap C 2p rw private anon
write C 0 2p 31
madvise C 0 2p mergeable
ksm 2
write C 0 1p 32
madvise C 1p 1p pageout
write D 0 1p 31
madvise D 0 1p mergeable
ksm 1
expect D 0 1p +ksm +swapcache
madvise D 0 1p pageout
expect D 0 1p +swap
read C 1p 1p
swapoff
expect err=0
expect C 1p 1p -swap mc=1 b=31
expect D 0 1p -swap mc=1 b=31
check
