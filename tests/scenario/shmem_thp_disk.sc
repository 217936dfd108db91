# SPDX-License-Identifier: MIT
# Up to 6.1 they are split first, and their pages swapped out.
sys transparent_hugepage/shmem_enabled always
swapon disk
memfd F 1h
mmap A 1h rw shared memfd F 0
write A 0 4p 3
mmap B 1h rw shared memfd F 0
madvise A 0 1h pageout
expect counter thp_split_page=1
check
read B 0 8p
expect B 0 4p b=3
expect B 4p 4p b=0
check
swapoff
check
