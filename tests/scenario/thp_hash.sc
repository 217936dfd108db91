# SPDX-License-Identifier: MIT
# A huge entry that is in the hash table is taken out of it by whatever changes
# it, before anything asks for a flush (arch-powerpc-book3s64.md 7): no CPU
# translates by what it was.
mmap A 2h rw private anon
madvise A 0 2h hugepage
write A 0 1p 1
read A 14p 1p
madvise A 128p 128p dontneed
expect counter flush_hash_hugepage=1
check
read A 129p 1p
expect min=1
write A 1h 1p 2
write A 1h 1p 2
munmap A 1h 1h
check
expect counter flush_hash_hugepage=2
# fork takes the right to write away.
mmap B 1h rw private anon
madvise B 0 1h hugepage
write B 0 1p 1
write B 7p 1p 1
fork C
expect counter flush_hash_hugepage=3
check
write B 7p 1p 2
check
