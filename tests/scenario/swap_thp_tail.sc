# SPDX-License-Identifier: MIT
# Seen in the recordings of 5.10 and 6.1: a huge page that went out whole lies
# in the swap cache as one folio. Its first page comes back as it is, another
# one as a copy, which is in no swap cache.
swapon ssd
mmap A 1h rw private anon
madvise A 0 1h hugepage
write A 0 1h 5
madvise A 0 1h pageout
expect counter thp_swpout=1
read A 0 1p
expect min=1
expect A 0 1p order=9 b=5
write A 1p 1p 6
expect min=1
expect counter copy_mc_user_highpage=1
expect A 1p 1p order=0 +write b=6
check
read A 0 1h
check
