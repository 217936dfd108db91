# SPDX-License-Identifier: MIT
# Shared hugetlb mappings: their pages are the file's, which keeps reservations
# too. (Seen on 6.18, but for the bits of entries.)
mmap A 4h rw shared hugetlb
expect ret=0
mmap X 5h rw private hugetlb
expect err=ENOMEM
mmap B 4h rw private hugetlb
expect ret=0
munmap B 0 4h
read A 0 1p
expect min=1
expect A 0 1h +huge +write +dirty -anon mc=1 rc=2
write A 0 1p 5
expect min=0
write A 1h 1p 6
expect min=1
fork C
@C read A 0 1p
@C expect A 0 1p b=5 mc=2
@C write A 0 1p 7
@C expect min=0
@C write A 2h 1p 8
@C expect min=1
expect A 0 1p b=7
read A 2h 1p
expect min=1
expect A 2h 1p b=8 mc=2
check
mprotect A 0 1h r
expect A 0 1h -write
@C expect A 0 1h +write
mprotect A 0 1h rw
write A 0 1p 9
expect min=0
madvise A 0 1h dontneed
expect ret=0
expect A 0 1h -present
read A 0 1p
expect min=1
expect A 0 1p b=9
exit C
# A hole is for everybody; what was there is not reserved any more.
madvise A 0 1h remove
expect ret=0
expect A 0 1h -present
mmap D 5h rw private hugetlb
expect ret=0
read A 0 1p
expect sig=BUS
munmap D 0 5h
read A 0 1p
expect A 0 1p b=0
write A 1h 2p 3
madvise A 1h 1p remove
expect A 1h 1p b=0
check
munmap A 0 1h
munmap A 1h 3h
mmap E 8h r shared hugetlb
expect ret=0
read E 0 8h
expect E 0 8h -write -anon mc=1
munmap E 0 8h
check
