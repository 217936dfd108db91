# SPDX-License-Identifier: MIT
# Before 6.6 and 6.9.
mmap X 40p rw private anon
write X 0 40p 9
madvise X 0p 1p free
expect X 0p 1p +swapbacked
mmap B0 8p rw private anon populate
dump X 0p 1p
expect X 0p 1p -swapbacked
mmap B1 8p rw private anon
madvise X 1p 1p free
expect X 1p 1p +swapbacked
madvise B1 0 8p populate_read
dump X 1p 1p
expect X 1p 1p -swapbacked
mmap B3 8p none private anon
madvise X 2p 1p free
expect X 2p 1p +swapbacked
madvise B3 0 8p populate_read
dump X 2p 1p
expect X 2p 1p +swapbacked
mmap B4 8p rw private anon
madvise X 3p 1p free
expect X 3p 1p +swapbacked
madvise B4 8p 8p populate_read
dump X 3p 1p
expect X 3p 1p +swapbacked
madvise X 4p 1p free
expect X 4p 1p +swapbacked
mmap B5 8p none private anon populate
dump X 4p 1p
expect X 4p 1p -swapbacked
mmap B6 8p none private anon
mlock B6 0 8p
madvise X 5p 1p free
expect X 5p 1p +swapbacked
mlock B6 0 8p
dump X 5p 1p
expect X 5p 1p -swapbacked
check
