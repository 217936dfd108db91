# SPDX-License-Identifier: MIT
# No huge page to be had: small ones in the same fault. No table to put aside:
# out of memory, nothing lost.
mmap A 1h rw private anon
madvise A 0 1h hugepage
mmap B 1p rw private anon +1h
write B 0 1p 1
fail sim 1
write A 0 1p 5
expect min=1
expect counter thp_fault_fallback=1
expect A 0 1p -huge +write b=5
check
mmap C 1h rw private anon
madvise C 0 1h hugepage
mmap D 1p rw private anon +1h
write D 0 1p 1
fail sim 2
write C 0 1p 5
expect ret=-1
expect C 0 1p -present
check
write C 0 1p 5
expect C 0 1h +huge
check
mmap E 1h rw private anon
madvise E 0 1h hugepage
mmap F 1p rw private anon +1h
write F 0 1p 1
fail sim 2
read E 0 1p
expect counter thp_zero_page_alloc_failed=1
expect E 0 1p -huge +zero
check
