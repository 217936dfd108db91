# SPDX-License-Identifier: MIT
# hash with 4K pages: eight entries of 2 MiB map a page of 16 MiB, and whatever
# is done to it is done to all eight.
mmap A 48M rw private hugetlb
expect ret=0
mmap X 96M rw private hugetlb
expect err=ENOMEM
read A 5M 1p
expect min=1
expect A 0 16M +huge -write -dirty +anon lvl=21 mc=1 rc=1
expect A 16M 1p -present
check
write A 15M 1p 5
expect min=1
expect A 0 16M +write +dirty mc=1
expect A 15M 1p b=5
write A 0 16M 6
expect min=0 done=4096
fork C
expect A 0 16M -write +dirty mc=2
@C expect A 0 16M -write +dirty mc=2
check
@C write A 2M 1p 7
@C expect min=1
@C expect A 0 16M +write +dirty mc=1
@C expect A 0 1p b=6
@C expect A 2M 1p b=7
expect A 0 16M -write mc=1 b=6
check
write A 14M 1p 8
expect min=1
mprotect A 0 16M r
expect A 0 16M -write
mprotect A 0 16M rw
mprotect A 2M 2M r
expect err=EINVAL
munmap A 2M 2M
expect err=EINVAL
madvise A 0 2M dontneed
expect ret=0
expect A 0 16M +present
madvise A 0 16M dontneed
expect A 0 16M -present
@C expect A 0 16M +present
exit C
munmap A 16M 32M
expect ret=0
# What MADV_DONTNEED gave back is reserved again: seven are left.
mmap B 7h rw private hugetlb
expect ret=0
mmap D 112M rw private hugetlb
expect err=ENOMEM
mmap E 96M rw private hugetlb
expect ret=0
check
munmap B 0 16M
munmap E 0 96M
# It does not move, and breaks as a whole.
mmap G 48M rw private hugetlb
write G 0 48M 3
move_pages G 0 1p 1
expect ret=1 st0=0
mbind G 0 16M bind:1 move strict
expect err=EIO
fork C
hwpoison G 21M
expect ret=0
expect G 16M 16M -present +hwpoison lvl=21
@C expect G 16M 16M -present +hwpoison
expect G 0 16M +present mc=2
expect G 32M 16M +present mc=2
check
fork D
@D expect G 16M 16M +hwpoison
mprotect G 0 48M r
mprotect G 0 48M rw
mremap G 16M 32M 32M H
expect H 0 16M +hwpoison
read H 14M 1p
expect sig=BUS
madvise H 0 16M dontneed
expect H 0 16M -hwpoison
expect H 16M 16M +present
@D expect G 16M 16M +hwpoison
exit D
@C munmap G 16M 16M
check
exit C
munmap H 0 32M
munmap G 0 16M
munmap A 0 16M
mmap J 128M rw private hugetlb
expect err=ENOMEM
mmap J 112M rw private hugetlb
expect ret=0
check
