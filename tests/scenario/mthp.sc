# SPDX-License-Identifier: MIT
# semantics-fault.md 3: one fault maps a whole folio where its block is free,
# a smaller one, or a page, where it is not.
mthp 64 always
expect ret=0
mthp 32 always
mmap A 64p rw private anon
write A 5p 1p 7
expect min=1
expect A 0 16p order=4 +write +dirty +exclusive mc=1 rc=16
expect A 5p 1p b=7
expect A 6p 1p b=0
read A 40p 1p
expect A 40p 1p +zero order=0
expect A 41p 1p -present
write A 33p 1p 1
expect A 32p 8p order=3
expect A 41p 1p -present
write A 41p 1p 1
expect A 41p 1p order=0
expect counter anon_fault_alloc=2
check
fork C
expect A 0 16p -write -exclusive mc=2 rc=32
madvise A 1p 2p dontneed
expect counter thp_deferred_split_page=0
@C madvise A 1p 1p dontneed
expect counter thp_deferred_split_page=1
check
exit C
mprotect A 3p 4p none
madvise A 0 16p dontneed
expect A 0 16p -present
check
fail sim 1
write A 16p 1p 3
expect A 16p 8p order=3
expect counter anon_fault_fallback=1
check
