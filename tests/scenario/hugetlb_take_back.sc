# SPDX-License-Identifier: MIT
# The owner of a reservation whose copy finds the pool empty takes the page from
# its children: it is written where it is, and what a child does not have is an
# error from then on, in all of its mapping, but no grandchild's. A child itself
# gets none. (Seen on 6.18.)
mmap A 8h rw private hugetlb
write A 0 8h 5
fork C
@C mprotect A 4h 4h r
write A 0 1p 6
expect min=1 done=1
expect A 0 1p +write +dirty mc=1 b=6
expect A 1p 1p b=5
@C expect A 0 1p -present
@C expect A 1h 1p mc=2 b=5
check
@C read A 0 1p
@C expect sig=BUS
@C write A 1h 1p 7
@C expect sig=BUS
expect A 1h 1p b=5
munmap A 6h 2h
@C madvise A 6h 2h dontneed
# There are two pages now, but not for it.
@C madvise A 1h 1h dontneed
@C read A 0 1p
@C expect sig=BUS
@C read A 1h 1p
@C expect sig=BUS
@C mprotect A 1h 1h r
@C read A 1h 1p
@C expect sig=BUS
# Nothing was taken from the other half, which is a mapping of its own.
@C read A 6h 1p
@C expect sig=0
@C expect A 6h 1p b=0
check
@C fork D
@D read A 0 1p
@D expect sig=0
@D expect A 0 1p b=0
check
# A pin to read that finds no page for its copy does the same.
write A 1h 1p 9
pin A 2h 1p ro
expect ret=0
expect A 2h 1p -write mc=1 b=5
@C read A 2h 1p
@C expect sig=BUS
check
