# SPDX-License-Identifier: MIT
# From 6.14 on unmapping and exit leave the batches alone.
mmap X 40p rw private anon
write X 0 40p 9
mmap B0 8p rw private anon
write B0 0 8p 3
madvise X 0p 1p free
expect X 0p 1p +swapbacked
munmap B0 0 8p
dump X 0p 1p
expect X 0p 1p +swapbacked
mmap B2 8p rw private anon
write B2 0 8p 3
madvise X 1p 1p free
expect X 1p 1p +swapbacked
madvise B2 0 8p dontneed
dump X 1p 1p
expect X 1p 1p +swapbacked
mmap B3 8p rw private anon
write B3 0 8p 3
madvise X 2p 1p free
expect X 2p 1p +swapbacked
mremap B3 0 8p 8p C3
dump X 2p 1p
expect X 2p 1p +swapbacked
memfd FM0 16p
mmap M0 8p rw shared memfd FM0 0
madvise X 3p 1p free
expect X 3p 1p +swapbacked
madvise M0 0 4p remove
dump X 3p 1p
expect X 3p 1p +swapbacked
mmap B4 8p rw private anon
write B4 0 8p 3
fork C
@C write B4 0 1p
madvise X 4p 1p free
expect X 4p 1p +swapbacked
exit C
dump X 4p 1p
expect X 4p 1p +swapbacked
memfd FM1 16p
mmap M1 8p rw shared memfd FM1 0
write M1 0 8p
madvise M1 0 8p dontneed
madvise X 5p 1p free
expect X 5p 1p +swapbacked
madvise M1 0 4p remove
dump X 5p 1p
expect X 5p 1p -swapbacked
check
