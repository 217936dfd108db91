# SPDX-License-Identifier: MIT
# Huge pages of shared memory from 6.12 on: only where the mapping that asks
# holds them whole; a fault maps all pages of one.
sys transparent_hugepage/shmem_enabled always
memfd F 2h
mmap A 4p rw shared memfd F 0
read A 1p 1p
expect A 1p 1p -huge mc=1
expect counter thp_file_alloc=0
mmap B 2h rw shared memfd F 0
write B 1h 1p 4
expect B 1h 1h +huge
mmap C 2h rw shared memfd F 0
madvise C 0 2h nohugepage
write C 1h 1p 5
expect min=1
expect C 1h 1h -huge +write +dirty mc=2
expect B 1h 1h +huge mc=2
check
# One entry in use: a page at a time.
mmap D 2h rw private memfd F 0
madvise D 0 2h nohugepage
write D 1h 1p 6
expect D 1h 1p +anon
write C 1h 3p 7
madvise C 1h 2p dontneed
write C 1h 1p 8
expect C 1h 1p -huge b=8 mc=2
check
# Children of such entries.
read D 1h 4p
fork K
@K expect D 1h 1p +anon b=6
@K read D 1h 4p
check
exit K
munmap C 0 2h
munmap D 0 2h
# What two processes map MADV_PAGEOUT leaves.
fork L
@L read B 1h 1p
madvise B 1h 1h pageout
expect B 1h 1h +huge mc=2
exit L
madvise B 1h 1h pageout
expect B 1h 1h -present
expect counter thp_split_page=0
read B 1h 1p
expect B 1h 1h +huge
expect B 1h 1p b=8
check
