# SPDX-License-Identifier: MIT
# numa_memory_policy.rst: shared memory keeps its policy itself, whoever maps
# it. Needs two nodes, a CPU on each; which mapping sees which policy was asked
# of 6.18 by get_mempolicy().
memfd F 16p
mmap A 16p rw shared memfd F 0
mmap B 8p rw shared memfd F 4p
mbind A 4p 4p bind:1
expect ret=0
write A 3p 1p
expect A 3p 1p node=0
write B 0 1p
expect B 0 1p node=1
write B 4p 1p
expect B 4p 1p node=0
write A 5p 1p
expect A 5p 1p node=1
# The process's own policy holds where the memory has none.
set_mempolicy bind:0
write A 6p 1p
expect A 6p 1p node=1
set_mempolicy default
# A mapping that has the policy already has nothing to say: here the default.
mbind B 0 4p default
expect ret=0
write A 7p 1p
expect A 7p 1p node=1
# A private mapping sets it as well, and its copies follow it.
mmap P 16p rw private memfd F 0
mbind P 8p 4p bind:1
expect ret=0
write A 9p 1p
expect A 9p 1p node=1
read P 3p 1p
write P 3p 1p
expect P 3p 1p node=0
read P 8p 1p
write P 8p 1p
expect P 8p 1p node=1
# A child has what the memory has, and gives it to its parent.
mmap S 4p rw shared anon
mbind S 0 2p bind:1
fork C
@C write S 1p 1p
@C mbind S 2p 2p bind:1
exit C
read S 1p 1p
expect S 1p 1p node=1
write S 2p 1p
expect S 2p 1p node=1
# The middle goes back to the default, the ends stay.
mbind A 5p 1p default
madvise A 0 16p dontneed
ftruncate F 0
ftruncate F 16p
write A 4p 3p
expect A 4p 1p node=1
expect A 5p 1p node=0
expect A 6p 1p node=1
check
# Interleaved by the place in the memory, from both of its mappings.
mbind A 0 16p interleave:0-1
ftruncate F 0
ftruncate F 16p
write B 1p 1p
write A 4p 1p
read A 5p 1p
node A 4p 2p
expect n0=1 n1=1
# A new mapping finds it; what lies elsewhere can be moved there.
munmap A 0 16p
munmap B 0 8p
munmap P 0 16p
mmap D 16p rw shared memfd F 0
write D 0 16p
node D 0 16p
expect n0=8 n1=8
mbind D 0 16p bind:1 move strict
expect ret=0
node D 0 16p
expect n1=16
mbind D 0 16p bind:0 strict
expect err=EIO
check
