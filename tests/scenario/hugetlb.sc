# SPDX-License-Identifier: MIT
# Private hugetlb mappings: pages of a pool of 8 that the mapping reserves; a
# write makes the page its own; a fork shares, a write copies; nothing smaller
# than a page is cut off.
mmap A 4h rw private hugetlb
expect ret=0
mmap X 5h rw private hugetlb
expect err=ENOMEM
mmap B 4h rw private hugetlb
expect ret=0
read A 0 1p
expect min=1
expect A 0 1h +huge -write -dirty +anon mc=1 rc=1
write A 0 1h 5
expect min=1
expect A 0 1h +huge +write +dirty b=5
munmap B 0 4h
fork C
expect A 0 1h -write mc=2
@C write A 0 1p 6
@C expect min=1
@C expect A 0 1p +write mc=1 b=6
@C expect A 1p 1p b=5
expect A 0 1p -write mc=1 b=5
check
write A 0 1p 7
expect min=1
expect counter hugetlb_wp=3
exit C
mprotect A 0 1h r
mprotect A 0 1h rw
write A 0 1p 8
expect min=1
mprotect A 0 1p r
expect err=EINVAL
munmap A 1p 1p
expect err=EINVAL
madvise A 0 1h free
expect err=EINVAL
madvise A 0 1h cold
expect err=EINVAL
madvise A 0 1p dontfork
expect err=EINVAL
madvise A 1h 1h hugepage
expect ret=0
munmap A 0 4h
mmap D 8h rw private hugetlb
expect ret=0
check
