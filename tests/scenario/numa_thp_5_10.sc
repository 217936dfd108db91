# SPDX-License-Identifier: MIT
# Before 5.14 a hinting fault makes the entry of a huge page that it moved as a
# write would; move_pages() restores what there was, old and clean in 5.10.
mmap A 1h rw private anon
madvise A 0 1h hugepage
write A 0 1h 5
move_pages A 0 1h 1
expect A 0 1h node=1 +huge +write
numa_scan 1
read A 0 1p
expect min=1
expect A 0 1h node=0 +huge +write +dirty +young
check
