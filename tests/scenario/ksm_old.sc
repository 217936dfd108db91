# SPDX-License-Identifier: MIT
# Up to 6.1 KSM pages are broken up by a write fault: writable and dirty.
# recorded-behaviour.md 9; mremap and pins as seen on 6.1.
mmap A 3p rw private anon
write A 0 3p 21
madvise A 0 3p mergeable
ksm 2
expect A 0 3p +ksm mc=3
madvise A 0 1p unmergeable
expect min=1
expect A 0 1p -ksm mc=1 +write +dirty b=21
expect A 1p 2p +ksm mc=2
# What moves is broken up first.
mremap A 1p 2p 2p B
expect min=2
expect B 0 2p -ksm mc=1 +write +dirty b=21
check
# Neither of two pages is merged if one is pinned: the other one was a KSM page
# for a moment and has got a page of its own again.
mmap P 1p rw private anon
write P 0 1p 66
mmap Q 1p rw private anon
write Q 0 1p 66
pin P 0 1p
madvise P 0 1p mergeable
madvise Q 0 1p mergeable
madvise B 0 2p unmergeable
ksm 3
expect P 0 1p -ksm mc=1 +write
expect Q 0 1p -ksm mc=1 +write +dirty b=66
expect counter ksm/pages_shared=0
unpin
ksm 1
expect P 0 1p +ksm mc=2
expect Q 0 1p +ksm mc=2
madvise P 0 1p unmergeable
madvise Q 0 1p unmergeable
# The zero page that KSM maps is like any other, and stays.
sys ksm/use_zero_pages 1
mmap Z 2p rw private anon
write Z 0 2p 0
madvise Z 0 2p mergeable
ksm 2
expect Z 0 2p +zero +special -dirty -write -soft_dirty
madvise Z 0 1p unmergeable
expect min=0
expect Z 0 2p +zero
write Z 0 1p 5
expect Z 0 1p -zero +write b=5
check
