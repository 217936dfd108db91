# SPDX-License-Identifier: MIT
# Where a device rotates, a swap fault reads the aligned window of slots round
# its own. Page n has slot n + 1, so slots 16 to 23 are pages 15 to 22.
swapon disk
mmap A 64p rw private anon
write A 0 64p 5
madvise A 0 64p pageout
reclaim 1000
# As in the recorded worlds: none.
read A 1p 1p
expect maj=1 done=1
expect counter swap_ra=0
expect counter pswpin=1
sys vm.page-cluster 3
read A 20p 1p
expect maj=1 done=1
expect counter swap_ra=7
expect counter pswpin=9
expect A 20p 1p +present +swapcache b=5
expect A 15p 5p -present +swap
check
# They are in memory, each a hit for once.
read A 21p 1p
expect maj=0 min=1
write A 22p 1p 6
expect maj=0 min=1
expect A 22p 1p b=6
expect counter swap_ra_hit=2
expect counter pswpin=9
check
# Two hits: slots 60 to 63. Half as many where nothing is of use, and one beside
# another that was read last.
read A 59p 1p
expect maj=1
expect counter swap_ra=10
read A 40p 1p
expect maj=1
expect counter swap_ra=11
read A 7p 1p
expect maj=1
expect counter swap_ra=11
read A 8p 1p
expect maj=1
expect counter swap_ra=11
read A 9p 1p
expect maj=1
expect counter swap_ra=12
read A 10p 1p
expect maj=0 min=1
expect counter swap_ra_hit=3
check
# What is read ahead and not asked for goes again under reclaim, with no more
# output, comes back with a fault, or leaves with its mapping or device.
reclaim 1000
expect counter pswpout=65
read A 0 64p
expect A 0 22p b=5
expect A 22p 1p b=6
expect A 23p 41p b=5
check
madvise A 0 64p pageout
reclaim 1000
read A 30p 1p
munmap A 24p 4p
check
fork C
@C read A 50p 1p
exit C
check
swapoff
expect ret=0
expect A 0 22p b=5
expect A 22p 1p b=6
expect A 28p 36p b=5
check
