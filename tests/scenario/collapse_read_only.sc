# SPDX-License-Identifier: MIT
# Until 6.17 MADV_COLLAPSE wants an entry that is writable: what a fork shares,
# and what is swapped out as a whole, stays as it is.
swapon zram
mmap A 1h rw private anon
madvise A 0 1h nohugepage
write A 0 4p 5
madvise A 0 1h hugepage
fork C
madvise A 0 1h collapse
expect err=EINVAL
expect A 0 4p -huge -write mc=2
write A 3p 1p 6
madvise A 0 1h collapse
expect ret=0
expect A 0 1h +huge +write
@C expect A 0 4p -huge mc=1 b=5
mmap B 1h rw private anon
madvise B 0 1h nohugepage
write B 0 4p 5
madvise B 0 1h hugepage
drain
madvise B 0 4p pageout
madvise B 0 1h collapse
expect err=EINVAL
expect B 0 4p -present +swap
check
