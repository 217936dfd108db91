# SPDX-License-Identifier: MIT
# MADV_POPULATE_* (5.14+) and mlock bring pages in as an access would.
mmap A 4p rw private anon
madvise A 0 4p populate_read
expect ret=0 min=4
expect A 0 4p +zero
madvise A 0 2p populate_write
expect min=2
expect A 0 2p +anon +dirty +write
write A 0 2p 5
expect min=0
madvise A 0 9p populate_read
expect ret=-1 err=ENOMEM
mmap B 2p rw private anon populate
write B 0 2p
expect min=0
mmap L 3p rw private anon
mlock L 0 2p
expect ret=0 min=2
munlock L 0 2p
mprotect L 0 3p none
mlock L 0 1p
expect ret=-1 err=ENOMEM
check
