# SPDX-License-Identifier: MIT
# A part of a private hugetlb mapping moves: the reservation goes with it, all
# of it. What stays has none, and what was reserved for it is so for ever.
mmap A 3h rw private hugetlb
write A 1h 1p 6
mremap A 0 1h 1h Q
expect ret=0
# Of eight one is in use, and two are spoken for.
mmap Y 6h rw private hugetlb
expect err=ENOMEM
mmap Y 5h rw private hugetlb
expect ret=0
write A 2h 1p 7
expect sig=BUS
write Q 0 1p 8
expect min=1 done=1
munmap Y 0 1h
write A 2h 1p 7
expect min=1 done=1
check
munmap A 1h 2h
munmap Q 0 1h
munmap Y 1h 4h
mmap X 8h rw private hugetlb
expect err=ENOMEM
mmap X 7h rw private hugetlb
expect ret=0
write X 0 7h 1
expect sig=0
check
munmap X 0 7h
# The last part, and one in the middle: what stays on both sides.
mmap M 3h rw private hugetlb
mremap M 1h 1h 1h N
expect ret=0
mmap X 5h rw private hugetlb
expect err=ENOMEM
mmap X 4h rw private hugetlb
expect ret=0
write M 0 1h 1
expect sig=BUS
write M 2h 1h 1
expect sig=BUS
write N 0 1h 1
expect sig=0
munmap X 0 4h
munmap M 0 3h
munmap N 0 1h
mmap X 6h rw private hugetlb
expect err=ENOMEM
mmap X 5h rw private hugetlb
expect ret=0
check
