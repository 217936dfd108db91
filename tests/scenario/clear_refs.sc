# SPDX-License-Identifier: MIT
# The kernel's test of soft-dirty, but for its huge page: a write sets the bit,
# clear_refs 4 clears it, a new mapping has it from birth, also at an address
# used before, and mprotect must not give the write bit back unseen.
mmap A 2p rw private anon
expect A 0 2p pm=D
read A 1p 1p
expect A 1p 1p pm=PD
clear_refs 4
write A 0 1p 1
expect min=1
expect A 0 1p +soft_dirty +write
expect A 1p 1p pm=P
clear_refs 4
expect ret=0
expect A 0 1p -soft_dirty -write +dirty b=1
read A 0 1p
expect A 0 1p -soft_dirty
write A 0 1p 2
expect min=1
expect A 0 1p +soft_dirty +write
munmap A 0 2p
mmap B 2p rw private anon
expect B 0 2p pm=D
# Private anonymous memory.
write B 0 1p 3
clear_refs 4
mprotect B 0 2p r
expect B 0 1p -soft_dirty
mprotect B 0 2p rw
expect B 0 1p -soft_dirty -write
write B 0 1p 4
expect min=1
expect B 0 1p +soft_dirty +write
check
# Shared memory: cleared mappings fault on the first write to each page.
mmap S 2p rw shared anon
write S 0 2p 5
clear_refs 4
expect S 0 2p -soft_dirty -write +dirty
mprotect S 0 2p r
mprotect S 0 2p rw
expect S 0 2p -soft_dirty -write
read S 0 2p
expect min=0
write S 0 1p 6
expect min=1
expect S 0 1p +soft_dirty +write
expect S 1p 1p -soft_dirty -write
# Moved entries count as written; the mapping stays tracked.
mremap S 0 2p 2p T
expect T 0 2p +soft_dirty
check
# Values that do not exist; 5 does.
clear_refs 0
expect ret=-1 err=EINVAL
clear_refs 6
expect err=EINVAL
clear_refs 5
expect ret=0
