# SPDX-License-Identifier: MIT
# Huge pages of shared memory up to 6.1: whatever the mapping is like that
# asks for a page, and split before they are reclaimed.
sys transparent_hugepage/shmem_enabled always
memfd F 2h
mmap A 4p rw shared memfd F 0
read A 1p 1p
expect A 1p 1p -huge mc=1
expect counter thp_file_alloc=1
mmap B 1h rw shared memfd F 0
madvise B 0 1h nohugepage
read B 0 1p
expect B 0 1h +huge
mmap C 1h rw private memfd F 0
write C 3p 1p 5
expect C 3p 1p +anon b=5
read C 4p 1p
expect C 4p 1p -huge -anon
check
munmap A 0 4p
munmap C 0 1h
write B 0 4p 7
madvise B 0 1h pageout
expect counter thp_split_page=1
expect B 0 1h -present
read B 0 1p
expect B 0 1p -huge b=7
check
