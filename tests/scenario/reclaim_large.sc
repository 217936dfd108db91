# SPDX-License-Identifier: MIT
# Large folios and huge pages are one place on a list.
sys transparent_hugepage/enabled always
mmap H 2h rw private anon
write H 0 2h 5
swapon ssd
reclaim 1
expect ret=0
expect H 0 1h -present +swap
expect H 1h 1h +present
check
reclaim 1000000
expect err=EAGAIN
expect H 0 2h -present +swap
read H 0 2h
expect H 0 2h b=5
check
# Split by the first write behind a fork, listed page by page.
madvise H 0 1p free
fork K
@K write H 1p 1p 6
reclaim 1000000
expect err=EAGAIN
check
read H 1p 1p
expect H 1p 1p b=5
@K read H 1p 1p
@K expect H 1p 1p b=6
exit K
munmap H 0 2h
check
swapoff
expect ret=0
check
