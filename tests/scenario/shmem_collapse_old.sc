# SPDX-License-Identifier: MIT
# 6.1: other mappings keep their tables; one without a table is told that it
# failed, and so is one with pages that were swapped out.
memfd F 2h
mmap A 2h rw shared memfd F 0
mmap B 2h rw shared memfd F 0
write A 0 4p 3
read B 0 4p
madvise A 0 1h collapse
expect A 0 1h +huge
read B 0 1p
expect B 0 1p -huge b=3
write A 1h 8p 4
mmap R 2h r shared memfd F 0
madvise R 1h 1h collapse
expect err=EINVAL
expect R 1h 1h -present
read R 1h 1p
expect R 1h 1h +huge
expect R 1h 8p b=4
check
swapon zram
memfd G 1h
mmap C 1h rw shared memfd G 0
write C 0 16p 5
madvise C 8p 2p pageout
madvise C 0 1h collapse
expect err=EAGAIN
expect C 0 10p -present
expect C 10p 6p +present b=5
check
read C 8p 1p
expect min=1 maj=0
read C 9p 1p
expect maj=1
check
