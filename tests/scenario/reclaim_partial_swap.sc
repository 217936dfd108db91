# SPDX-License-Identifier: MIT
# semantics-rmap-swap.md 7: whole folios are swapped out whole, those that have
# lost the mappings of some pages are split when their turn has come.
mthp 64 always
mmap A 32p rw private anon
write A 0 32p 5
swapon zram
madvise A 3p 2p dontneed
drain
expect A 0 3p order=4
mstat 64 split swpout swpout_fallback
clear_refs 1
reclaim 14
expect ret=0
mstat 64 split swpout swpout_fallback
expect A 0 3p -present +swap
expect A 3p 2p -present -swap
expect A 5p 11p -present +swap
expect A 16p 16p order=4 +present
check
reclaim 16
expect ret=0
mstat 64 split swpout swpout_fallback
expect A 16p 16p -present +swap
check
read A 0 3p
expect A 0 3p b=5
read A 5p 11p
expect A 5p 11p b=5
read A 16p 16p
expect A 16p 16p b=5
expect A 3p 2p -present
check
