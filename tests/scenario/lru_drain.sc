# SPDX-License-Identifier: MIT
# What drains a CPU's batches in every release, so that pages under MADV_FREE
# are marked, and what does not.
mmap X 40p rw private anon
write X 0 40p 9
madvise X 0p 1p free
expect X 0p 1p +swapbacked
maps
dump X 0p 1p
expect X 0p 1p +swapbacked
mmap B0 8p rw private anon
madvise X 1p 1p free
expect X 1p 1p +swapbacked
write B0 0 1p
dump X 1p 1p
expect X 1p 1p +swapbacked
mmap B1 8p rw private anon
write B1 0 8p 3
madvise X 2p 1p free
expect X 2p 1p +swapbacked
mprotect B1 0 8p r
mprotect B1 0 8p rw
dump X 2p 1p
expect X 2p 1p +swapbacked
mmap B2 8p rw private anon
write B2 0 8p 3
madvise X 3p 1p free
expect X 3p 1p +swapbacked
munlock B2 0 8p
dump X 3p 1p
expect X 3p 1p +swapbacked
mmap B3 8p rw private anon
write B3 0 8p 3
madvise X 4p 1p free
expect X 4p 1p +swapbacked
fork C
@C write B3 0 1p
dump X 4p 1p
expect X 4p 1p +swapbacked
mmap B4 8p rw private anon
write B4 0 8p 3
madvise X 5p 1p free
expect X 5p 1p +swapbacked
madvise B4 0 8p willneed
dump X 5p 1p
expect X 5p 1p -swapbacked
mmap B5 8p none private anon
madvise X 6p 1p free
expect X 6p 1p +swapbacked
madvise B5 0 8p willneed
dump X 6p 1p
expect X 6p 1p -swapbacked
mmap B6 8p rw private anon
madvise X 7p 1p free
expect X 7p 1p +swapbacked
madvise B6 8p 8p willneed
dump X 7p 1p
expect X 7p 1p +swapbacked
memfd FM0 16p
mmap M0 8p rw shared memfd FM0 0
write M0 0 8p
munmap M0 0 8p
madvise X 8p 1p free
expect X 8p 1p +swapbacked
ftruncate FM0 4p
dump X 8p 1p
expect X 8p 1p -swapbacked
memfd FM1 16p
mmap M1 8p rw shared memfd FM1 0
write M1 0 8p
madvise X 9p 1p free
expect X 9p 1p +swapbacked
madvise M1 0 4p remove
dump X 9p 1p
expect X 9p 1p -swapbacked
memfd FM2 16p
mmap M2 8p rw shared memfd FM2 0
write M2 0 8p
madvise X 10p 1p free
expect X 10p 1p +swapbacked
ftruncate FM2 12p
dump X 10p 1p
expect X 10p 1p +swapbacked
memfd F3 16p
madvise X 11p 1p free
expect X 11p 1p +swapbacked
ftruncate F3 4p
dump X 11p 1p
expect X 11p 1p +swapbacked
madvise X 12p 1p free
expect X 12p 1p +swapbacked
swapon zram
dump X 12p 1p
expect X 12p 1p -swapbacked
madvise X 13p 1p free
expect X 13p 1p +swapbacked
swapoff
dump X 13p 1p
expect X 13p 1p -swapbacked
mmap B7 8p rw private anon
write B7 0 8p 3
madvise X 14p 1p free
expect X 14p 1p +swapbacked
mlock B7 0 8p
dump X 14p 1p
expect X 14p 1p -swapbacked
mmap B8 8p rw private anon
madvise X 15p 1p free
expect X 15p 1p +swapbacked
mlock B8 0 8p
dump X 15p 1p
expect X 15p 1p -swapbacked
mmap B9 8p rw private anon
mlock B9 0 8p
madvise X 16p 1p free
expect X 16p 1p +swapbacked
mlock B9 0 8p
dump X 16p 1p
expect X 16p 1p -swapbacked
mmap D0 8p none private anon
mlock D0 0 8p
madvise X 17p 1p free
expect X 17p 1p +swapbacked
mprotect D0 0 8p rw
dump X 17p 1p
expect X 17p 1p -swapbacked
check
