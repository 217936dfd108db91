# SPDX-License-Identifier: MIT
# The same with 512 pages, as it was recorded on 6.1 and 6.12: two KSM pages
# of 256 mappings each; page 1 belongs to the second one.
mmap A 1h rw private anon
madvise A 0 1h hugepage
write A 0 1h 9
madvise A 0 1h mergeable
ksm 2
expect A 257p 255p +ksm mc=255
ksm 1
expect A 0 1h +ksm mc=256
expect counter ksm/pages_shared=2
expect counter ksm/pages_sharing=510
check
