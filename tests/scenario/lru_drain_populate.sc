# SPDX-License-Identifier: MIT
# Locking, unlocking and populating drain (5.18); MADV_POPULATE also where it
# fails (6.9), while a mapping without access is not looked at (6.6).
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
mmap B2 8p rw private anon
write B2 0 8p 3
madvise X 2p 1p free
expect X 2p 1p +swapbacked
madvise B2 0 8p populate_write
dump X 2p 1p
expect X 2p 1p -swapbacked
mmap B3 8p none private anon
madvise X 3p 1p free
expect X 3p 1p +swapbacked
madvise B3 0 8p populate_read
dump X 3p 1p
expect X 3p 1p -swapbacked
mmap B4 8p rw private anon
madvise X 4p 1p free
expect X 4p 1p +swapbacked
madvise B4 8p 8p populate_read
dump X 4p 1p
expect X 4p 1p -swapbacked
madvise X 5p 1p free
expect X 5p 1p +swapbacked
mmap B5 8p none private anon populate
dump X 5p 1p
expect X 5p 1p +swapbacked
mmap B6 8p none private anon
madvise X 6p 1p free
expect X 6p 1p +swapbacked
mlock B6 0 8p
dump X 6p 1p
expect X 6p 1p -swapbacked
madvise X 7p 1p free
expect X 7p 1p +swapbacked
mlock B6 0 8p
dump X 7p 1p
expect X 7p 1p +swapbacked
madvise X 8p 1p free
expect X 8p 1p +swapbacked
munlock B6 0 8p
dump X 8p 1p
expect X 8p 1p -swapbacked
check
