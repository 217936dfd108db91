# SPDX-License-Identifier: MIT
# What the operations on ranges do with swap entries: moved, given up, zapped,
# protected, locked; their slots go when nothing names them any more.
swapon disk
mmap A 8p rw private anon
write A 0 8p 5
madvise A 0 8p pageout
mremap A 0 2p 2p B
expect ret=0
expect B 0 2p -present +swap
check
read B 0 1p
expect B 0 1p b=5
madvise A 2p 1p dontneed
expect A 2p 1p -present -swap
check
madvise A 3p 1p free
expect A 3p 1p -present -swap
read A 2p 2p
expect A 2p 2p b=0
mprotect A 4p 1p r
read A 4p 1p
expect A 4p 1p -write b=5
write A 4p 1p 6
expect sig=SEGV
# A locked page is brought in, and stays.
mlock A 5p 1p
expect ret=0
expect A 5p 1p +present b=5
madvise A 5p 1p pageout
expect err=EINVAL
expect A 5p 1p +present
check
# Private memory that was never written maps the zero page: nothing to swap.
mmap Z 2p rw private anon
read Z 0 2p
madvise Z 0 2p pageout
expect Z 0 2p +present
check
