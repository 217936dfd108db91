# SPDX-License-Identifier: MIT
# A page of hugetlb breaks as a whole: huge entries that say so in every
# process, SIGBUS wherever it is touched. The pool has one page less, and what
# is sound of it is free.
mmap A 4h rw private hugetlb
write A 0 2h 5
fork C
hwpoison A 3p
expect ret=0
expect A 0 1h -present +hwpoison -huge
@C expect A 0 1h -present +hwpoison
expect A 1h 1h +huge mc=2
read A 0 1p
expect sig=BUS done=0
@C write A 1p 1p 6
@C expect sig=BUS
expect counter hugetlb_remove_rmap=2
check
# fork, protection and mremap leave the entry; advice and munmap take it out.
fork D
@D expect A 0 1h +hwpoison
@D read A 5p 1p
@D expect sig=BUS
exit D
mprotect A 0 4h r
mprotect A 0 4h rw
expect A 0 1h +hwpoison
hwpoison A 0
expect err=EFAULT
mmap X 5h rw private hugetlb
expect err=ENOMEM
mmap Y 4h rw private hugetlb
expect ret=0
write Y 0 4h 1
exit C
write A 1h 3h 7
# What its page had reserved is used up, and there is no other.
madvise A 0 1h dontneed
expect A 0 1h -present -hwpoison
write A 0 1p 8
expect sig=BUS
munmap Y 0 1h
write A 0 1p 8
expect sig=0
expect A 0 1p b=8 +write
check
# Read-only, never written, and locked.
munmap Y 1h 1h
mmap L 1h r private hugetlb
expect ret=0
mlock L 0 1h
hwpoison L 0
expect ret=0
expect L 0 1h +hwpoison
munmap L 0 1h
munmap A 0 4h
munmap Y 2h 2h
check
mmap Z 6h rw private hugetlb
expect ret=0
write Z 0 6h 1
munmap Z 0 6h
mmap Z 7h rw private hugetlb
expect err=ENOMEM
check
