# SPDX-License-Identifier: MIT
# Pages of files, and of the swap cache, move with their place. Needs two nodes
# and a CPU on each.
memfd F 4p
mmap A 4p rw shared memfd F 0
write A 0 2p 5
read A 2p 1p
move_pages A 0 3p 1
expect st0=1
expect A 0 2p node=1 b=5 +write
expect A 2p 1p node=1
write A 0 2p 6
expect min=0
# Who maps it later finds the new page.
mmap B 4p r shared memfd F 0
read B 0 2p
expect B 0 2p node=1 b=6
move_pages A 0 1p 0
expect st0=-13
mbind A 0 1p default
migrate_pages 1 0
expect A 0 1p node=1
munmap B 0 4p
migrate_pages 1 0
expect A 0 3p node=0
check
# A private mapping of the file, and its own copy.
mmap P 2p rw private memfd F 0
read P 0 1p
write P 1p 1p 9
munmap A 0 4p
move_pages P 0 2p 1
expect P 0 1p node=1 b=6 -write
expect P 1p 1p node=1 b=9 +write
write P 0 1p 4
expect P 0 1p b=4
munmap P 0 2p
ftruncate F 1p
mmap Q 4p rw shared memfd F 0
read Q 0 1p
expect Q 0 1p b=6 node=1
# Hinting faults on those of a file system's: not dirty.
file G 1p writenotify
mmap H 1p rw shared memfd G 0
read H 0 1p
move_pages H 0 1p 1
drain
numa_scan 1
read H 0 1p
expect min=1
expect H 0 1p node=0 -protnone
check
# In the swap cache.
swapon disk
mmap S 1p rw private anon
write S 0 1p 3
drain
madvise S 0 1p pageout
read S 0 1p
move_pages S 0 1p 1
expect st0=1
expect S 0 1p node=1 b=3
madvise S 0 1p pageout
read S 0 1p
expect S 0 1p b=3
check
