# SPDX-License-Identifier: MIT
# What nobody may access is moved: by move_pages as well (recorded on 5.10, 6.12 and 7.2).
# Needs two nodes.
mmap A 4p rw private anon
write A 0 4p 5
mprotect A 0 2p none
node A 0 4p
expect n0=4
move_pages A 0 1p 1
expect st0=1
# By mbind in every release.
mbind A 0 4p 1 move
mprotect A 0 4p r
expect A 0 4p node=1 b=5
node A 0 4p
expect n1=4
check
