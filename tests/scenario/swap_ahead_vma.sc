# SPDX-License-Identifier: MIT
# Where no device rotates, a swap fault reads the neighbours by address, upwards
# or downwards if that is where the faults go; not beyond the mapping.
swapon ssd
mmap A 64p rw private anon
write A 0 64p 5
madvise A 0 64p pageout
reclaim 1000
sys vm.page-cluster 3
# Pages 17 to 24.
read A 20p 1p
expect maj=1 done=1
expect counter swap_ra=7
expect counter pswpin=8
read A 21p 4p
expect maj=0 min=4
expect counter swap_ra_hit=4
# Pages 25 to 32.
read A 25p 1p
expect maj=1
read A 26p 7p
expect maj=0 min=7
expect counter swap_ra=14
expect counter swap_ra_hit=11
check
# Of eight round page 60, as seven were of use, the mapping has 57 to 63. Where
# nothing is of use the window shrinks by halves: 49 to 52, then 10 and 11.
read A 60p 1p
expect counter swap_ra=20
read A 50p 1p
expect maj=1
expect counter swap_ra=23
read A 10p 1p
expect maj=1
expect counter swap_ra=24
# Downwards: 8 and 9.
read A 9p 1p
expect maj=1
expect counter swap_ra=25
read A 8p 1p
expect maj=0 min=1
check
# A VMA that is split, or forked, goes on as the one it was.
madvise A 0 64p pageout
reclaim 1000
mprotect A 32p 32p r
fork C
read A 40p 1p
@C read A 42p 2p
exit C
check
read A 0 64p
expect A 0 64p b=5
check
# Words that lead elsewhere: slots, and no readahead at all.
madvise A 0 64p pageout
reclaim 1000
sys swap/vma_ra_enabled false
read A 20p 1p
expect maj=1
check
sys vm.page-cluster 0
read A 63p 1p
expect maj=1
swapon disk
sys swap/vma_ra_enabled true
sys vm.page-cluster 2
read A 50p 1p
expect maj=1
read A 0 64p
expect A 0 64p b=5
check
# Nothing is read into a mapping that is gone, and nothing stays of it.
munmap A 0 64p
check
swapoff
expect ret=0
check
