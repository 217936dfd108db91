# SPDX-License-Identifier: MIT
# mremap of hugetlb mappings, from 5.16 on: whole huge pages move with their
# reservation, and nothing grows. (Seen on 6.18.)
mmap A 4h rw private hugetlb
write A 0 1p 5
write A 1h 1p 6
mremap A 0 4h 5h X
expect err=EINVAL
mremap A 1p 1p 1p X
expect err=EINVAL
mremap A 0 4h 4h X +1p
expect err=EINVAL
mremap A 0 4h 4h X dontunmap
expect err=EINVAL
mremap A 0 4h 4h B
expect ret=0
expect A 0 4h -present
expect B 0 2h +huge +write +anon mc=1
expect B 0 1p b=5
expect B 1h 1p b=6
check
# The reservation is where it was: six pages are spoken for.
mmap X 5h rw private hugetlb
expect err=ENOMEM
mmap Y 4h rw private hugetlb
expect ret=0
write Y 0 4h 1
write B 2h 2h 7
fork C
write B 0 1p 9
expect min=1 done=1
@C read B 0 1p
@C expect sig=BUS
@C mremap B 0 4h 4h D
@C expect ret=0
@C expect D 1h 1p b=6 mc=2
@C read D 0 1p
@C expect sig=BUS
exit C
check
# What shrinks gives back what it had.
munmap Y 0 4h
mremap B 0 4h 2h E
expect ret=0
expect E 0 1p b=9
expect E 1h 1p b=6
expect B 2h 2h -present
mmap Y 6h rw private hugetlb
expect ret=0
munmap Y 0 6h
mmap S 2h rw shared hugetlb
write S 0 1p 3
mremap S 0 2h 2h T
expect T 0 1h -anon +write
expect T 0 1p b=3
check
