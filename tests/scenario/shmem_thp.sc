# SPDX-License-Identifier: MIT
# Huge pages of shared memory: from a fault on, if the settings let it
# (docs/shmem-thp.md), mapped by a huge entry where the mapping has room.
mmap N 1h rw shared anon
write N 0 1p
expect N 0 1p -huge
sys transparent_hugepage/shmem_enabled always
mmap A 2h rw shared anon
read A 5p 1p
expect A 0 1h +huge +write +young -dirty -anon mc=1
expect counter thp_file_alloc=1
expect counter thp_file_mapped=1
write A 6p 1p 3
expect A 0 1h +huge +dirty
write A 1h 1p 7
expect A 1h 1h +huge +write +dirty mc=1
check
# An entry that is split goes: the page is found again, as one.
madvise A 8p 4p dontneed
expect counter thp_split_pmd=1
expect A 0 1h -present
read A 0 1h
expect min=1 maj=0
expect A 0 1h +huge mc=1
expect A 6p 1p b=3
# What does not cover the extent maps its pages.
munmap A 0 1p
expect A 1p 8p -present
write A 2p 1p 4
expect A 2p 1p -huge +dirty mc=1
expect A 6p 1p -present
check
# Two mappings, one of them private: a write there copies a page.
memfd F 2h
mmap S 2h rw shared memfd F 0
write S 0 4p 3
mmap P 2h rw private memfd F 0
read P 2p 1p
expect min=1
expect P 0 1h +huge -write -dirty mc=2
write P 3p 1p 9
expect min=1
expect P 3p 1p +anon +write -huge b=9 mc=1
expect P 4p 1p -present
expect S 0 1h +huge mc=1
expect S 3p 1p b=3
check
# The child has none of them, and faults them in.
fork C
@C expect S 0 1h -present
@C expect P 4p 1p -present
@C expect P 3p 1p b=9
@C read S 1p 1p
@C expect S 0 1h +huge mc=2
@C write S 1p 1p 5
check
exit C
expect S 0 1h +huge mc=1
expect S 1p 1p b=5
# Protection of a part, and of all.
mprotect S 0 1h r
expect S 0 1h +huge -write
mprotect S 0 1h rw
expect S 0 1h +huge +write
mprotect S 2p 2p r
expect S 0 1h -present
mprotect S 2p 2p rw
check
# Moved whole, and to where it cannot be huge.
memfd G 2h
mmap B 2h rw shared memfd G 0
write B 0 1p 6
write B 1h 1p 6
mremap B 0 1h 1h D
expect D 0 1h +huge +dirty mc=1
mremap B 1h 1h 1h E +1p
expect E 0 1h -present
read E 0 1p
expect E 0 1p -huge b=6
check
# A hole in it: the folio is split, what is left keeps its contents.
write D 0 8p 5
madvise D 2p 1p remove
expect counter thp_split_page=1
expect D 0 1h -present
read D 0 8p
expect D 1p 1p b=5 -huge
expect D 2p 1p b=0
expect D 3p 1p b=5
check
# All of one goes, and the next is huge again.
madvise D 0 1h remove
munmap D 0 1h
mmap D 1h rw shared memfd G 0
read D 0 1p
expect D 0 1h +huge
ftruncate G 4p
expect D 0 1h -present
read D 0 1p
expect D 0 1p -huge b=0
read D 4p 1p
expect sig=BUS
check
# Without memory for one, or for any.
memfd I 1h
mmap H 1h rw shared memfd I 0
fail sim 1
write H 0 1p 8
expect ret=0
expect H 0 1p -huge b=8
expect counter thp_file_fallback=1
check
madvise H 0 1h remove
mmap J 1h rw shared memfd I 0
write J 0 1p 8
expect J 0 1h +huge
expect counter thp_file_alloc=7
# Written protection is told apart no longer where the entry is gone.
clear_refs 4
write J 1p 1p 9
expect J 0 1h +huge +write +dirty
check
