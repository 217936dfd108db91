# SPDX-License-Identifier: MIT
# A KSM page that is mapped once moves to another node and stays one: pages of
# its contents are merged with it there. As seen on 6.1.
mmap A 2p rw private anon
write A 0 2p 55
madvise A 0 2p mergeable
ksm 2
move_pages A 0 2p 1
expect A 0 2p +ksm node=0 mc=2
write A 0 1p 54
move_pages A 1p 1p 1
expect st0=1
expect A 1p 1p +ksm node=1 mc=1 -write b=55
check
mmap B 1p rw private anon
write B 0 1p 55
madvise B 0 1p mergeable
ksm 1
expect B 0 1p +ksm node=1 mc=2
expect A 1p 1p mc=2
check
