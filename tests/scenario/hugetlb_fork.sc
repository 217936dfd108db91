# SPDX-License-Identifier: MIT
# Until 6.0 fork copies the entries of shared hugetlb mappings, as they are,
# also those of pinned pages.
mmap A 2h rw shared hugetlb
write A 0 1p 5
write A 1h 1p 6
pin A 0 1p ro
fork C
@C expect A 0 1h +write +dirty -anon mc=2
@C expect A 0 1p b=5
expect A 0 1h +write mc=2
@C write A 0 1p 7
@C expect min=0
expect A 0 1p b=7
@C munmap A 0 2h
expect A 1h 1p +write mc=1 b=6
check
