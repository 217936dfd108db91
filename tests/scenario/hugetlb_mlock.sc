# SPDX-License-Identifier: MIT
# mlock faults huge pages in, but the mapping does not become a locked one: what
# a locked one refuses succeeds. Recorded on 6.1 and 7.2.
mmap A 2h rw private hugetlb
mlock A 0 1h
expect A 0 1h +present
madvise A 0 1h dontneed
expect A 0 1h -present
munlock A 0 1h
check
