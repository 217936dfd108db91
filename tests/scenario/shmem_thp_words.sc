# SPDX-License-Identifier: MIT
# shmem_enabled, where one size is all there is.
sys transparent_hugepage/shmem_enabled within_size
mmap A 2h rw shared anon
write A 1h 1p
expect A 1h 1h +huge
memfd G 1h
ftruncate G 8192
mmap B 1h rw shared memfd G 0
write B 0 1p
expect B 0 1p -huge
# Advice is as good as room.
madvise B 0 1h hugepage
memfd H 1p
mmap D 1h rw shared memfd H 0
madvise D 0 1h hugepage
write D 0 1p
expect D 0 1h +huge
# Past the end of the file, inside its last folio, there is memory.
write D 3p 1p
expect ret=0
check
ftruncate H 0
expect D 0 1h -present
sys transparent_hugepage/shmem_enabled advise
mmap I 2h rw shared anon
write I 0 1p
expect I 0 1p -huge
madvise I 0 2h hugepage
write I 1h 1p
expect I 1h 1h +huge
# A block with a page in it gets no folio of its own.
write I 1p 1p
expect I 0 2p -huge
sys transparent_hugepage/shmem_enabled force
mmap J 1h rw shared anon
madvise J 0 1h nohugepage
write J 0 1p
expect J 0 1p -huge
memfd K 1p
mmap K1 1h rw shared memfd K 0
write K1 0 1p
expect K1 0 1h +huge
sys transparent_hugepage/shmem_enabled deny
mmap L 1h rw shared anon
madvise L 0 1h hugepage
write L 0 1p
expect L 0 1p -huge
sys transparent_hugepage/shmem_enabled always
# What anonymous memory gets does not matter.
sys transparent_hugepage/enabled never
mmap M 1h rw shared anon
write M 0 1p
expect M 0 1h +huge
check
