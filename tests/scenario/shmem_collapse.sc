# SPDX-License-Identifier: MIT
# MADV_COLLAPSE of shared memory: what the file has of an extent becomes one
# huge page, whoever maps it (docs/shmem-thp.md). The cases of the kernel's
# khugepaged test, with shared memory.
memfd F 4h
mmap A 4h rw shared memfd F 0
write A 0 4p 3
madvise A 0 1h collapse
expect ret=0
expect A 0 1h +huge +write +young -dirty mc=1
expect A 0 4p b=3
expect A 4p 4p b=0
expect counter thp_collapse_alloc=1
check
read A 0 8p
expect min=0
write A 5p 1p 4
expect A 5p 1p b=4
madvise A 0 1h collapse
expect ret=0
expect counter thp_collapse_alloc=1
# Nothing there: no. It ends the call.
write A 2h 1p 5
madvise A 0 4h collapse
expect err=EINVAL
expect A 2h 1p -huge
expect counter thp_collapse_alloc=2
# Pages that are there, hardly one of them mapped here.
mmap B 4h rw shared memfd F 0
write B 3h 1h 6
read A 3h 1p
madvise A 3h 1h collapse
expect A 3h 1h b=6
check
# What a file has already as one.
mmap R 4h r shared memfd F 0
madvise R 0 1h collapse
expect ret=0
expect R 0 1h +huge -write
expect R 5p 1p b=4
# A private mapping, until it has a page of its own.
mmap P 4h rw private memfd F 0
madvise P 0 1h collapse
expect ret=0
expect P 0 1h +huge -write
write P 3p 1p 9
expect min=1
madvise P 0 1h collapse
expect err=EINVAL
expect P 3p 1p +anon b=9
expect A 3p 1p b=3
check
# Not where the mapping forbids it or has no room.
madvise R 2h 1h nohugepage
madvise R 2h 1h collapse
expect err=EINVAL
mmap S 8p rw shared memfd F 0
madvise S 0 8p collapse
expect err=EINVAL
mmap T 1h rw shared memfd F 1p
madvise T 0 1h collapse
expect err=EINVAL
# The end of the file lies in the extent.
memfd G 8p
mmap C 2h rw shared memfd G 0
write C 0 4p 7
madvise C 0 1h collapse
expect C 0 1h +huge
expect C 1p 1p b=7
check
ftruncate G 2p
read C 1p 1p
expect C 1p 1p -huge b=7
read C 2p 1p
expect sig=BUS
check
# Several processes.
memfd H 1h
mmap D 1h rw shared memfd H 0
mmap E 1h rw shared memfd H 0
write D 0 8p 5
read E 0 8p
fork K
@K read D 0 8p
fail sim 1
madvise D 0 1h collapse
expect err=ENOMEM
expect D 0 8p -huge b=5
check
madvise D 0 1h collapse
expect ret=0
expect D 0 1h +huge mc=1
expect E 0 8p -present
@K expect D 0 8p -present
check
@K write D 9p 1p 6
expect D 9p 1p b=6
check
