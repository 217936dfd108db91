# SPDX-License-Identifier: MIT
# From 6.17 on a pure move takes several mappings and the gaps along.
mmap A 6p rw private anon
write A 0 6p 5
munmap A 2p 1p
mprotect A 4p 1p r
mremap A 0 6p 6p B
expect ret=0
expect B 0 2p b=5
expect B 2p 1p -present
expect B 3p 3p b=5
read B 2p 1p
expect sig=SEGV
check
