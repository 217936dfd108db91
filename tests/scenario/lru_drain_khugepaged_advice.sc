# SPDX-License-Identifier: MIT
# The whole mapping counts, not the part that the advice is for.
mmap X 40p rw private anon
write X 0 40p 9
mmap B0 8p rw private anon
write B0 0 8p
madvise X 0p 1p free
expect X 0p 1p +swapbacked
madvise B0 0 8p hugepage
dump X 0p 1p
expect X 0p 1p +swapbacked
mmap B1 4h rw private anon
madvise X 1p 1p free
expect X 1p 1p +swapbacked
madvise B1 0 4h hugepage
dump X 1p 1p
expect X 1p 1p +swapbacked
mmap B2 4h rw private anon
write B2 0 1p
madvise X 2p 1p free
expect X 2p 1p +swapbacked
madvise B2 0 4p hugepage
sleep 50
dump X 2p 1p
expect X 2p 1p -swapbacked
check
