# SPDX-License-Identifier: MIT
# A synchronous device has no readahead. From 7.0 on not even where others refer
# to the slot; shared memory is read as it is asked for.
swapon zram
sys vm.page-cluster 3
memfd F 32p
mmap B 32p rw shared memfd F 0
write B 0 32p 7
madvise B 0 32p pageout
reclaim 1000
read B 10p 1p
expect maj=1
mmap A 32p rw private anon
write A 0 32p 5
fork C
drain
reclaim 1000
read A 10p 1p
expect maj=1
@C read A 10p 1p
@C expect maj=0 min=1
@C read A 11p 1p
@C expect maj=1
expect counter swap_ra=0
check
