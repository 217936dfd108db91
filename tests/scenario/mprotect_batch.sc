# SPDX-License-Identifier: MIT
# A batch of mprotect: dirty of the others is set on the first entry, and what
# sets it marks the entry as written too (semantics-mprotect.md 6). Recorded on
# 7.2.13.
mthp 64 always
mmap A 16p rw private anon
write A 0 16p 5
clear_refs 4
write A 3p 1p 6
expect A 0 3p +dirty -soft_dirty -write
expect A 3p 1p +soft_dirty +write
# Page 2 is alone, as is page 3, which is writable; 4 and 5 are two.
mprotect A 2p 4p none
expect A 2p 1p -soft_dirty
expect A 3p 3p +soft_dirty
expect A 6p 10p -soft_dirty
mprotect A 2p 4p rw
expect A 2p 1p -soft_dirty -write
expect A 3p 3p +soft_dirty +write +dirty
# What is not dirty stays unmarked.
mmap B 16p rw private anon
write B 0 1p 5
madvise B 0 16p free
clear_refs 4
mprotect B 0 16p r
expect B 0 16p -dirty -soft_dirty
# All of a folio.
mprotect A 8p 8p r
expect A 8p 8p +soft_dirty -write
check
