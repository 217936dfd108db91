# SPDX-License-Identifier: MIT
# What is read before it is asked for, and what swapoff reads, lies on the node
# of the CPU that reads.
swapon ssd
mmap A 16p rw private anon
write A 0 16p 5
expect A 0 16p node=0
madvise A 0 16p pageout
reclaim 1000
cpu 1
sys vm.page-cluster 2
read A 5p 1p
cpu 0
read A 4p 4p
expect A 4p 4p node=1
madvise A 0 1p willneed
cpu 1
madvise A 1p 1p willneed
read A 0 2p
expect A 0 1p node=0
expect A 1p 1p node=1
swapoff
expect ret=0
expect A 8p 8p node=1
check
