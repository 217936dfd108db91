# SPDX-License-Identifier: MIT
# Shared memory has its neighbours by slot, whatever the device.
swapon ssd
memfd F 32p
mmap A 32p rw shared memfd F 0
write A 0 32p 7
madvise A 0 32p pageout
reclaim 1000
sys vm.page-cluster 3
read A 20p 1p
expect maj=1
expect counter swap_ra=7
read A 21p 1p
expect maj=0 min=1
expect counter swap_ra_hit=1
check
reclaim 1000
expect A 20p 2p -present
read A 0 32p
expect A 0 32p b=7
check
madvise A 0 32p pageout
reclaim 1000
read A 20p 1p
munmap A 0 32p
check
swapoff
expect ret=0
check
