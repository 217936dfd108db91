# SPDX-License-Identifier: MIT
# Where entries have a soft-dirty bit: a write sets it, a read does not, a
# store through a writable entry of shared memory does not either. mremap sets
# it on what it moves entry by entry, the zero page too.
mmap A 3p rw private anon
write A 0 1p 5
read A 1p 1p
expect A 0 1p +soft_dirty
expect A 1p 1p -soft_dirty
mmap S 1p rw shared anon
read S 0 1p
write S 0 1p 5
expect S 0 1p +dirty -soft_dirty
fork C
@C expect A 0 1p +soft_dirty
mremap A 0 3p 3p B
expect B 0 2p +soft_dirty
expect B 1p 1p +zero -write -dirty
expect B 2p 1p -present
check
