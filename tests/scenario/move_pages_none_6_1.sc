# SPDX-License-Identifier: MIT
# What nobody may access is moved: not by move_pages (recorded on 6.1).
# Needs two nodes.
mmap A 4p rw private anon
write A 0 4p 5
mprotect A 0 2p none
node A 0 4p
expect n0=2 absent=2
move_pages A 0 1p 1
expect st0=-2
# By mbind in every release.
mbind A 0 4p 1 move
mprotect A 0 4p r
expect A 0 4p node=1 b=5
node A 0 4p
expect n1=4
# A huge page is a hole then.
mmap H 1h rw private anon
madvise H 0 1h hugepage
write H 0 1p 3
mprotect H 0 1h none
move_pages H 0 1p 0
expect st0=-14
mprotect H 0 1h rw
expect H 0 1p +huge b=3
check
