# SPDX-License-Identifier: MIT
# The pool gives out what came back last, as dirty as it came: whoever only
# reads a page gets the signal of one that an earlier owner wrote. Pages of
# files come back clean (all recorded on 6.12 and 7.2).
mmap A 3h rw private hugetlb
read A 0 3h
write A 0 1p 5
munmap A 0 3h
mmap L 3h r private hugetlb
read L 0 1p
read L 1h 1p
read L 2h 1p
hwpoison L 0
expect ret=0 sig=0
hwpoison L 1h
expect ret=0 sig=0
hwpoison L 2h
expect ret=0 sig=BUS
check
# One of many goes and comes again.
mmap B 2h rw private hugetlb
write B 0 2h 5
munmap B 1h 1h
mmap C 2h rw private hugetlb
read C 0 2h
hwpoison C 0
expect ret=0 sig=BUS
hwpoison C 1h
expect ret=0 sig=0
munmap C 0 2h
munmap B 0 1h
# The last of B is taken by the file, which forgets.
mmap S 1h rw shared hugetlb
write S 0 1h 5
munmap S 0 1h
mmap D 1h r private hugetlb
read D 0 1p
hwpoison D 0
expect ret=0 sig=0
check
