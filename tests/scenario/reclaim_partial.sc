# SPDX-License-Identifier: MIT
# Folios that have lost the mappings of some of their pages (docs/reclaim.md).
mmap A 2h rw private anon
mmap B 1h rw private anon
madvise A 0 2h hugepage
madvise B 0 1h hugepage
write A 0 2h 5
write B 0 1h 5
madvise A 0 8p dontneed
madvise B 0 8p dontneed
expect counter thp_deferred_split_page=2
expect A 8p 8p -huge mc=1 b=5
pin B 8p 1p
check
# Without a device, too: all but what is pinned.
reclaim 1
expect err=EAGAIN
expect counter thp_split_page=1
expect A 0 8p -present
expect A 8p 8p order=0 +write mc=1 rc=1 b=5
expect A 1h 1h +huge b=5
expect B 8p 8p b=5
check
unpin
check
reclaim 1
expect err=EAGAIN
expect counter thp_split_page=2
expect B 8p 8p order=0 mc=1 b=5
check
# Nothing waits any more.
reclaim 1
expect err=EAGAIN
expect counter thp_split_page=2
expect A 1h 1h +huge
check
munmap A 0 2h
munmap B 0 1h
check
