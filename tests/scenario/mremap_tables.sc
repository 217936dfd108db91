# SPDX-License-Identifier: MIT
# Both addresses at a boundary and the whole extent: the table moves, the
# entries are untouched; else entry by entry.
mmap A 2h rw private anon
write A 0 2p 5
write A 1h 1p 6
mremap A 0 2h 2h B
expect ret=0
expect counter move_normal_pmd=2
expect counter move_pte=0
expect B 0 2p b=5
expect B 1h 1p b=6
mremap B 1p 1h 1h D +2p
expect counter move_normal_pmd=2
expect D 0 1p b=5
write D 0 1p 7
expect min=0
check
