# SPDX-License-Identifier: MIT
# Who breaks a page of its own that was written to has a SIGBUS when the call
# returns, and nobody else; with a clean page nothing is lost.
mmap A 8p rw private anon
write A 0 8p 5
fork C
hwpoison A 2p
expect ret=0 sig=BUS
mprotect A 0 8p r
hwpoison A 3p
expect ret=0 sig=BUS
@C read A 1p 1p
@C expect sig=0
exit C
mprotect A 0 8p rw
madvise A 0 8p free
hwpoison A 4p
expect ret=0 sig=0
hwpoison A 9p
expect err=EFAULT sig=0
# Memory of a file is dirty by any write, and what was never written is not.
memfd F 8p
mmap S 8p rw shared memfd F 0
mmap P 8p rw private memfd F 0
write S 2p 1p 5
hwpoison P 2p
expect ret=0 sig=BUS
hwpoison S 3p
expect ret=0 sig=0
check
# A huge page of hugetlb that is private: by its entry. One of a file always.
mmap H 2h rw private hugetlb
read H 0 1p
write H 1h 1p 5
hwpoison H 1p
expect ret=0 sig=0
hwpoison H 1h
expect ret=0 sig=BUS
hugefd G 2h
mmap R 2h r shared memfd G 0
read R 0 1p
hwpoison R 3p
expect ret=0 sig=BUS
read R 3p 1p
expect sig=BUS
check
