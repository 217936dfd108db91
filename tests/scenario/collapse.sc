# SPDX-License-Identifier: MIT
# MADV_COLLAPSE, from 6.1 on: whatever the pages were, the huge page is
# writable and dirty; what nobody touched reads as zero.
mmap A 2h rw private anon
madvise A 0 2h nohugepage
write A 0 8p 5
write A 8p 1p 6
madvise A 0 1h collapse
expect err=EINVAL
madvise A 0 2h hugepage
# Less than an extent: nothing to do, unless neither end of one is in it.
madvise A 0 4p collapse
expect ret=0
madvise A 4p 1h collapse
expect ret=0
expect A 0 4p -huge
mmap S 8p rw private anon
write S 0 1p
madvise S 0 4p collapse
expect err=EINVAL
madvise A 0 1h collapse
expect ret=0
expect A 0 1h +huge +write +young +dirty +exclusive mc=1 rc=1
expect A 0 8p b=5
expect A 8p 1p b=6
expect A 9p 1p b=0
madvise A 0 1h collapse
expect ret=0
madvise A 1h 1h collapse
expect err=EINVAL
check
fork C
@C write A 0 1p 7
@C madvise A 0 1h collapse
@C expect ret=0
@C expect A 0 1h +huge +write mc=1
@C expect A 0 1p b=7
expect A 0 1p b=5
check
mprotect A 0 1p r
mprotect A 0 1p rw
expect A 0 1h -huge
# Something is writable, which releases up to 6.17 ask for.
write A 0 1p 5
fail sim 1
madvise A 0 1h collapse
expect err=ENOMEM
expect counter thp_collapse_alloc_failed=1
expect A 0 8p -huge b=5
check
madvise A 0 1h collapse
expect A 0 1h +huge +write
check
