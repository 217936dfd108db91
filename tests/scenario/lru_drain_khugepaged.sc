# SPDX-License-Identifier: MIT
# Up to 6.12 khugepaged drains all batches when it hears of a first process: at a
# fault that may map a huge page, or at advice for memory that is in use.
mmap X 40p rw private anon
write X 0 40p 9
mmap B0 4h rw private anon
madvise B0 0 4h hugepage
madvise X 0p 1p free
expect X 0p 1p +swapbacked
write B0 0 1p
sleep 50
dump X 0p 1p
expect X 0p 1p -swapbacked
mmap B1 4h rw private anon
madvise B1 0 4h hugepage
madvise X 1p 1p free
expect X 1p 1p +swapbacked
write B1 0 1p
sleep 50
dump X 1p 1p
expect X 1p 1p +swapbacked
check
