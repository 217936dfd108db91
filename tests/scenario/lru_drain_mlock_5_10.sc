# SPDX-License-Identifier: MIT
# Up to 5.17 what drains is a page that mlock finds.
mmap X 40p rw private anon
write X 0 40p 9
madvise X 0p 1p free
expect X 0p 1p +swapbacked
mmap B0 8p rw private anon populate
dump X 0p 1p
expect X 0p 1p +swapbacked
mmap B1 8p none private anon
madvise X 1p 1p free
expect X 1p 1p +swapbacked
mlock B1 0 8p
dump X 1p 1p
expect X 1p 1p +swapbacked
mmap B2 8p r private anon
madvise X 2p 1p free
expect X 2p 1p +swapbacked
mlock B2 0 8p
dump X 2p 1p
expect X 2p 1p +swapbacked
mmap B3 8p rw private anon
write B3 0 8p 3
mlock B3 0 8p
madvise X 3p 1p free
expect X 3p 1p +swapbacked
munlock B3 0 8p
dump X 3p 1p
expect X 3p 1p +swapbacked
mmap B4 8p rw private anon
write B4 0 8p 3
madvise X 4p 1p free
expect X 4p 1p +swapbacked
mlock B4 0 8p
dump X 4p 1p
expect X 4p 1p -swapbacked
check
