# SPDX-License-Identifier: MIT
# Seen in recordings from 6.12 on: splitting a folio maps the pages of it that
# hold zeroes to the zero page, and frees them.
mmap A 1h rw private anon
madvise A 0 1h hugepage
write A 0 2p 5
madvise A 0 1p cold
expect counter split_folio=1
expect A 0 2p order=0 +write +exclusive b=5
expect A 2p 1p +zero -write
check
write A 2p 1p 6
expect min=1
check
