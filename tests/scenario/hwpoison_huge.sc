# SPDX-License-Identifier: MIT
# A huge page is split, and one of its pages breaks.
mmap A 1h rw private anon
madvise A 0 1h hugepage
write A 0 1h 5
expect A 0 1h +huge
hwpoison A 3p
expect ret=0
expect A 0 3p -huge +present mc=1 b=5
expect A 3p 1p +hwpoison
expect A 4p 1p +present b=5
read A 3p 1p
expect sig=BUS
check
madvise A 0 1h collapse
expect ret=-1
madvise A 0 1h free
check
munmap A 0 1h
check
