# SPDX-License-Identifier: MIT
# semantics-fault.md 6, from 6.15 on: reuse where this process has all the
# mappings there are, which it knows by MM ids; not of a single page left.
mthp 64 always
mmap A 16p rw private anon
write A 0 16p 7
fork C
write A 0 1p 9
expect counter wp_page_copy=1
exit C
write A 1p 15p 8
expect min=15
expect counter wp_page_copy=1
expect counter wp_page_reuse=15
expect A 1p 15p order=4 +write +exclusive mc=1 rc=15
check
mmap B 16p rw private anon
write B 0 16p 7
fork D
exit D
madvise B 1p 15p dontneed
write B 0 1p 8
expect counter wp_page_copy=2
expect B 0 1p order=0
check
