# SPDX-License-Identifier: MIT
# recorded-behaviour.md 9: of equal pages the second one met becomes the KSM
# page, the others are mapped to it; a write takes a copy, mprotect never adds
# the write bit.
mmap A 3p rw private anon
write A 0 3p 77
mmap B 1p rw private anon
write B 0 1p 77
madvise A 0 3p mergeable
madvise B 0 1p mergeable
# The first pass only remembers what it saw.
ksm 1
expect A 0 3p -ksm mc=1 +write
expect counter ksm/pages_volatile=4
ksm 1
expect A 0 3p +ksm mc=4 b=77 -write -dirty +young -exclusive
expect B 0 1p +ksm mc=4 b=77 -write -dirty +young -exclusive
expect counter ksm/pages_shared=1
expect counter ksm/pages_sharing=3
expect counter ksm/pages_volatile=0
expect counter ksm/full_scans=2
check
write A 0 1p 78
expect min=1
expect A 0 1p -ksm mc=1 +write +dirty b=78
expect A 1p 2p +ksm mc=3 b=77
expect counter cow_ksm=1
mprotect A 0 3p r
mprotect A 0 3p rw
expect A 1p 2p +ksm -write
# The counters follow when the scanner comes by again.
munmap B 0 1p
expect A 1p 2p mc=2
expect counter ksm/pages_sharing=3
ksm 1
expect counter ksm/pages_shared=1
expect counter ksm/pages_sharing=1
# A page that equals a KSM page is merged at once, the first time it is seen.
mmap C 2p rw private anon
write C 0 1p 77
write C 1p 1p 78
madvise C 0 2p mergeable
ksm 1
expect C 0 1p +ksm mc=3
expect C 1p 1p -ksm
ksm 1
expect A 0 1p +ksm mc=2 b=78
expect C 1p 1p +ksm mc=2 b=78
expect counter ksm/pages_shared=2
check
# The last mapping of one: its node goes with it.
madvise A 0 3p dontneed
madvise C 0 2p dontneed
expect counter ksm/pages_shared=2
ksm 1
expect counter ksm/pages_shared=0
expect counter ksm/pages_sharing=0
check
