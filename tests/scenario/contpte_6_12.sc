# SPDX-License-Identifier: MIT
# arch-arm64.md 8.4, before mprotect worked in batches: entry by entry, so the
# first unfolds the block and the last folds it again.
mthp 64 always
mmap A 16p rw private anon
write A 0 16p 7
expect A 0 16p +cont
mprotect A 0 16p r
expect A 0 16p +cont -write
expect counter contpte_convert=2
mprotect A 0 16p rw
expect A 0 16p +cont +write
expect counter contpte_convert=4
mprotect A 4p 4p r
mprotect A 4p 4p rw
expect A 0 16p -cont +write
expect counter contpte_convert=5
check
# A range from the last entry of one block into the next: what folds the first
# says nothing of the second.
mmap B 32p rw private anon
write B 0 32p 7
expect B 0 32p +cont
mprotect B 15p 10p r
mprotect B 15p 10p rw
expect B 0 16p +cont +write
expect B 16p 16p -cont +write
check
