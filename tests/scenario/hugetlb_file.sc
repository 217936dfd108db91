# SPDX-License-Identifier: MIT
# Files of hugetlb: a private mapping has pages of its own, but for those that
# the file had first, which it copies. (Seen on 6.18.)
hugefd F 4h
mmap S 2h rw shared memfd F 0
expect ret=0
mmap T 2h rw shared memfd F 1h
expect ret=0
mmap P 2h rw private memfd F 0
expect ret=0
# Three of the file and two for the private mapping; three are left.
mmap X 4h rw private hugetlb
expect err=ENOMEM
read P 0 1p
expect min=1
expect P 0 1h +anon -write mc=1
read S 0 1p
expect S 0 1h -anon +write mc=1
write S 0 1p 5
expect P 0 1p b=0
write T 0 1p 6
read P 1h 1p
expect min=1
expect P 1h 1h -anon -write mc=2
expect P 1h 1p b=6
write P 1h 1p 7
expect min=1
expect P 1h 1h +anon +write mc=1
expect P 1h 1p b=7
read S 1h 1p
expect S 1h 1p b=6 mc=2
check
fork C
@C read P 0 1p
@C expect min=0
@C expect P 0 1h +anon mc=2
@C write P 1h 1p 8
@C expect min=1
expect P 1h 1p b=7
exit C
# A private write to what the file has takes one fault.
munmap P 0 2h
mmap Q 2h rw private memfd F 0
write Q 0 1p 4
expect min=1
expect Q 0 1h +anon +write
expect Q 0 1p b=4
expect S 0 1p b=5
read Q 1h 1p
check
# Private copies go with the page as well.
madvise S 0 2h remove
expect ret=0
expect Q 0 2h -present
expect S 0 2h -present
expect T 0 1h -present
read Q 0 1p
expect Q 0 1p b=0
check
# The end of the file.
write S 0 1p 1
write S 1h 1p 2
ftruncate F 100
expect err=EINVAL
ftruncate F 1h
expect ret=0
expect S 1h 1h -present
read S 1h 1p
expect sig=BUS
read T 0 1p
expect sig=BUS
read Q 1h 1p
expect sig=BUS
ftruncate F 4h
read S 1h 1p
expect S 1h 1p b=0
check
munmap Q 0 2h
munmap S 0 2h
munmap T 0 2h
# Where a mapping may write it makes the file longer.
hugefd G 0
mmap U 2h r shared memfd G 0
read U 0 1p
expect sig=BUS
mmap V 2h rw shared memfd G 0
read U 1h 1p
expect sig=0 min=1
mmap W 1h r shared memfd G 1p
expect err=EINVAL
hugefd H 1p
expect err=EINVAL
check
