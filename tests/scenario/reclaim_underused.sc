# SPDX-License-Identifier: MIT
# Huge pages of little but zeroes, from 6.12 on (docs/reclaim.md).
sys transparent_hugepage/enabled always
sys transparent_hugepage/khugepaged/max_ptes_none 10
sys transparent_hugepage/shrink_underused 0
mmap A 1h rw private anon
write A 0 3p 5
sys transparent_hugepage/shrink_underused 1
mmap B 1h rw private anon
write B 0 1h 6
write B 0 10p 0
mmap D 1h rw private anon
write D 0 3p 8
fork E
# It decides what waits, not what is split.
sys transparent_hugepage/shrink_underused 0
reclaim 1
expect err=EAGAIN
expect A 0 1h +huge
expect counter thp_underused_split_page=1
expect counter thp_split_page=1
expect D 0 3p order=0 mc=2 b=8
expect D 3p 8p +zero b=0
@E expect D 0 3p b=8
check
exit E
write D 3p 1p 9
expect D 3p 1p -zero b=9
# Ten pages of zeroes are no more than ten; nor does it matter what it holds
# later.
expect B 0 1h +huge
write B 0 1h 0
reclaim 1
expect err=EAGAIN
expect B 0 1h +huge b=0
expect counter thp_underused_split_page=1
check
# With the value it begins with none is split.
sys transparent_hugepage/khugepaged/max_ptes_none 511
sys transparent_hugepage/shrink_underused 1
mmap F 1h rw private anon
write F 0 1p 1
reclaim 1
expect err=EAGAIN
expect F 0 1h +huge
check
