# SPDX-License-Identifier: MIT
# A page of a hugetlb file breaks: it stays in the pool, and from 6.1 on in the
# file, so that whoever comes later gets SIGBUS too.
hugefd F 3h
mmap S 3h rw shared memfd F 0
mmap P 3h rw private memfd F 0
write S 0 3h 5
read P 0 1p
write P 1h 1p 6
read P 2h 1p
expect P 0 1h mc=2 -anon
hwpoison S 1p
expect ret=0
expect S 0 1h +hwpoison
expect P 0 1h +hwpoison
hwpoison S 1h
expect S 1h 1h +hwpoison
# A copy is a page of its own.
expect P 1h 1h +present +anon +write
read P 0 1p
expect sig=BUS
check
mmap T 3h r shared memfd F 0
read T 0 1p
expect sig=BUS
expect T 0 1h -present -hwpoison
read T 2h 1p
expect sig=0
fork C
@C read S 0 1p
@C expect sig=BUS
@C write S 2h 1p 7
@C expect sig=0
exit C
madvise S 0 3h dontneed
expect S 0 3h -present -hwpoison
read S 0 1p
expect sig=BUS
expect S 0 1h -present
mremap P 0 1h 1h Q
expect Q 0 1h +hwpoison
read Q 0 1p
expect sig=BUS
check
# A hole lets it go, not to the pool: of eight two are lost.
madvise S 0 2h remove
expect ret=0
write S 0 1p 9
expect sig=0
expect S 0 1p b=9
check
munmap S 0 3h
munmap T 0 3h
munmap P 1h 2h
munmap Q 0 1h
ftruncate F 0
# And a third stays reserved for what mremap left of P.
mmap X 6h rw private hugetlb
expect err=ENOMEM
mmap X 5h rw private hugetlb
expect ret=0
write X 0 5h 1
expect sig=0
check
