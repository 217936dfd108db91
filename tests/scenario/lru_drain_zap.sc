# SPDX-License-Identifier: MIT
# Up to 6.13 what unmaps drains first, whether anything is mapped or not.
mmap X 40p rw private anon
write X 0 40p 9
mmap B0 8p rw private anon
madvise X 0p 1p free
expect X 0p 1p +swapbacked
munmap B0 0 8p
dump X 0p 1p
expect X 0p 1p -swapbacked
mmap B1 8p none private anon
madvise X 1p 1p free
expect X 1p 1p +swapbacked
munmap B1 0 8p
dump X 1p 1p
expect X 1p 1p -swapbacked
madvise X 2p 1p free
expect X 2p 1p +swapbacked
munmap B1 0 8p
dump X 2p 1p
expect X 2p 1p +swapbacked
mmap B2 8p rw private anon
madvise X 3p 1p free
expect X 3p 1p +swapbacked
madvise B2 0 8p dontneed
dump X 3p 1p
expect X 3p 1p -swapbacked
mmap B3 8p rw private anon
madvise X 4p 1p free
expect X 4p 1p +swapbacked
mremap B3 0 8p 8p C3
dump X 4p 1p
expect X 4p 1p -swapbacked
mmap B4 8p rw private anon
madvise X 5p 1p free
expect X 5p 1p +swapbacked
mremap B4 0 8p 4p C4
dump X 5p 1p
expect X 5p 1p -swapbacked
memfd FM0 16p
mmap M0 8p rw shared memfd FM0 0
madvise X 6p 1p free
expect X 6p 1p +swapbacked
madvise M0 0 4p remove
dump X 6p 1p
expect X 6p 1p -swapbacked
fork C
madvise X 7p 1p free
expect X 7p 1p +swapbacked
exit C
dump X 7p 1p
expect X 7p 1p -swapbacked
check
