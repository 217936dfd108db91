# SPDX-License-Identifier: MIT
# What was swapped out comes back for MADV_COLLAPSE (from 6.12 on).
swapon zram
memfd G 1h
mmap C 1h rw shared memfd G 0
write C 0 8p 5
madvise C 0 4p pageout
expect C 0 4p -present
madvise C 0 1h collapse
expect ret=0
expect C 0 1h +huge
expect C 0 8p b=5
expect C 8p 4p b=0
check
