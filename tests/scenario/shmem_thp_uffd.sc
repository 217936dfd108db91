# SPDX-License-Identifier: MIT
# Protection by userfaultfd is page by page in a file: a huge entry goes, and
# each page gets a marker.
sys transparent_hugepage/shmem_enabled always
memfd F 2h
mmap A 2h rw shared memfd F 0
write A 0 4p 3
uffd_open async
uffd A 0 2h register
expect A 0 1h +huge
uffd A 0 1h wp
expect A 0 1h -present +marker
read A 0 1p
expect A 0 1p +uffd_wp -write b=3
write A 1p 1p
expect A 1p 1p -uffd_wp +write
write A 1h 1p
expect A 1h 1h +huge
uffd A 0 2h unregister
read A 4p 1p
expect A 4p 1p -uffd_wp
check
