# SPDX-License-Identifier: MIT
# Until 6.14 no page of a large folio that was shared is written again: each
# is copied, though nobody else maps it any more.
mthp 64 always
mmap A 16p rw private anon
write A 0 16p 7
fork C
exit C
expect A 0 16p -exclusive mc=1
write A 0 16p 8
expect min=16
expect counter wp_page_copy=16
expect A 0 16p order=0 +write +exclusive
check
