# SPDX-License-Identifier: MIT
# pagemap asks the mapping, not the entry, whether a huge page of hugetlbfs was
# written. Recorded on 6.1 and 7.2.
mmap A 1h rw private hugetlb
write A 0 1p 5
expect A 0 1h +soft_dirty pm=PXD
madvise A 0 1h dontneed
clear_refs 4
write A 0 1p 6
expect A 0 1h +soft_dirty pm=PX
check
