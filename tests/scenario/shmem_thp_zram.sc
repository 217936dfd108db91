# SPDX-License-Identifier: MIT
# A huge page of shared memory is swapped out as one from 6.12 on, and comes
# back page by page; as one seen on 6.18.
sys transparent_hugepage/shmem_enabled always
swapon zram
memfd F 1h
mmap A 1h rw shared memfd F 0
write A 0 1h 3
madvise A 0 1h pageout
expect A 0 1h -present
expect counter thp_split_page=0
expect counter thp_swpout=1
check
read A 3p 1p
expect maj=1
expect A 3p 1p b=3
check
read A 0 1h
expect A 0 1h b=3
check
# What was never written holds zeroes and needs no slot.
memfd G 1h
mmap B 1h rw shared memfd G 0
read B 0 1p
madvise B 0 1h pageout
expect counter thp_swpout=1
read B 0 1p
expect maj=0
expect B 0 1h +huge b=0
# A part is gone before the rest comes back.
write B 0 1h 4
madvise B 0 1h pageout
madvise B 1p 1p remove
read B 0 4p
expect B 0 1p b=4
expect B 1p 1p b=0
expect B 2p 2p b=4
check
swapoff
read B 0 1h
expect B 2p 2p b=4
check
