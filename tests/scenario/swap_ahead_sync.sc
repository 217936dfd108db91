# SPDX-License-Identifier: MIT
# A synchronous device has no readahead; up to 6.19 it has where another entry
# refers to the slot.
swapon zram
mmap A 32p rw private anon
write A 0 32p 5
sys vm.page-cluster 3
madvise A 0 32p pageout
reclaim 1000
read A 10p 1p
expect maj=1
expect counter swap_ra=0
fork C
read A 20p 1p
expect maj=1
expect counter swap_ra=7
@C read A 19p 1p
@C expect maj=0 min=1
expect counter swap_ra_hit=1
check
@C write A 0 32p 6
read A 0 32p
expect A 0 32p b=5
exit C
check
swapoff
expect ret=0
expect A 0 32p b=5
check
