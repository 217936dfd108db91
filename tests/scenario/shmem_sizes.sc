# SPDX-License-Identifier: MIT
# Folios of shared memory of several sizes, from 6.11 on; pages of 4K.
sys transparent_hugepage/hugepages-64kB/shmem_enabled always
sys transparent_hugepage/hugepages-128kB/shmem_enabled always
mmap L 1h rw shared anon
write L 40p 1p 3
expect min=1
mstat 64 shmem_alloc
mstat 128 shmem_alloc
expect L 32p 32p +write +dirty -huge mc=1
expect L 0 32p -present
# Half of the larger block is gone: the smaller size has room.
write L 0 1p
madvise L 8p 24p remove
write L 20p 1p
expect L 16p 16p +dirty mc=1
expect L 0 16p -present
check
# A mapping that holds no block of it whole gets pages.
mmap M 24p rw shared anon
write M 2p 1p
expect M 0 16p +dirty
write M 18p 1p
expect M 18p 1p +dirty
expect M 19p 5p -present
mmap N 64p rw shared anon +3p
write N 20p 1p
expect N 19p 1p -present
check
# Private mappings of such a file, and their children.
memfd F 1h
mmap S 1h rw shared memfd F 0
write S 0 32p 6
mmap P 1h rw private memfd F 0
read P 1p 1p
write P 4p 1p 7
expect P 4p 1p +anon b=7 mc=1
expect P 5p 3p -anon mc=2 b=6
fork C
@C expect P 5p 3p -anon -young mc=3
@C expect P 4p 1p +anon mc=2
@C write P 5p 1p 8
@C expect P 5p 1p +anon b=8
check
exit C
expect P 5p 1p mc=2
mprotect P 0 8p r
mprotect P 0 8p rw
madvise S 8p 2p dontneed
expect S 8p 2p -present
write S 8p 1p 9
expect S 8p 1p mc=2 b=9
check
mremap S 0 20p 20p T
expect T 0 8p +dirty b=6
clear_refs 4
write T 1p 1p 1
expect T 1p 1p +write +dirty
check
# No memory for the larger size.
mmap Q 1h rw shared anon
read Q 40p 1p
fail sim 1
write Q 0 1p
expect Q 0 16p +dirty
expect Q 16p 16p -present
mstat 128 shmem_fallback
# Two pages are a size of shared memory alone.
sys transparent_hugepage/hugepages-64kB/shmem_enabled never
sys transparent_hugepage/hugepages-128kB/shmem_enabled never
sys transparent_hugepage/hugepages-8kB/shmem_enabled always
mmap O 64p rw shared anon
write O 3p 1p
expect O 2p 2p +dirty mc=1
expect O 4p 1p -present
check
# "force" is for the huge size alone.
sys transparent_hugepage/hugepages-8kB/shmem_enabled inherit
sys transparent_hugepage/shmem_enabled force
expect err=EINVAL
sys transparent_hugepage/hugepages-8kB/shmem_enabled never
sys transparent_hugepage/shmem_enabled force
expect ret=0
sys transparent_hugepage/hugepages-8kB/shmem_enabled inherit
expect err=EINVAL
check
