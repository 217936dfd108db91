# SPDX-License-Identifier: MIT
# semantics-rmap-swap.md 4: entries of moved pages keep their rights; what two
# processes map, what is not there and the zero page stay. Needs two nodes.
mmap A 4p rw private anon
write A 0 2p 5
read A 2p 1p
move_pages A 0 2p 1
expect ret=0 st0=1
expect A 0 2p node=1 b=5 +write mc=1
expect counter pgmigrate_success=2
write A 0 2p 6
expect min=0
move_pages A 0 2p 1
expect st0=1
expect counter pgmigrate_success=2
move_pages A 2p 1p 1
expect st0=-14
move_pages A 0 1p 2
expect err=ENODEV
node A 0 4p
expect n0=0 n1=2 absent=2
fork C
move_pages A 0 1p 0
expect st0=-13
exit C
mprotect A 0 2p r
move_pages A 0 2p 0
expect st0=0
expect A 0 2p node=0 b=6 -write
# A page that somebody holds stays where it is.
write A 3p 1p 4
pin A 3p 1p
move_pages A 3p 1p 1
expect st0=0
expect counter pgmigrate_fail=1
expect A 3p 1p node=0 b=4 +write
check
