# SPDX-License-Identifier: MIT
# A KSM page that is mapped once is swapped out like another page; what comes
# back from the device is none any more. As seen with zram on 6.1, 6.12, 6.18.
swapon zram
mmap A 2p rw private anon
write A 0 2p 21
madvise A 0 2p mergeable
ksm 2
# Mapped twice it stays.
madvise A 0 2p pageout
expect A 0 2p +ksm mc=2
write A 0 1p 22
madvise A 0 2p pageout
expect A 0 2p +swap
check
read A 0 2p
expect maj=2
expect A 0 1p -ksm b=22
expect A 1p 1p -ksm b=21 mc=1
ksm 1
expect counter ksm/pages_shared=0
check
