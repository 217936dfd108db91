# SPDX-License-Identifier: MIT
# Guard regions: what was mapped is freed, every access is a SIGSEGV, and only
# the end of the mapping or guard_remove takes a guard away.
mmap A 6p rw private anon
write A 0 4p 5
madvise A 1p 2p guard_install
expect ret=0
expect A 1p 2p -present +marker
read A 0 4p
expect sig=SEGV done=1
write A 2p 1p 6
expect sig=SEGV
expect A 0 1p +present b=5
expect A 3p 1p +present b=5
check
# Again, and over a page that is not there yet.
madvise A 2p 3p guard_install
expect ret=0
expect A 1p 4p +marker
# Advice and protection leave them.
madvise A 0 6p dontneed
expect A 1p 4p +marker
expect A 0 1p -present -marker
mprotect A 0 6p none
mprotect A 0 6p rw
expect A 1p 4p +marker
madvise A 0 2p populate_write
expect err=EFAULT
# The child has them, and loses them with its own mapping.
fork C
@C expect A 1p 4p +marker
@C write A 1p 1p 1
@C expect sig=SEGV
@C munmap A 0 6p
@C check
expect A 1p 4p +marker
# They move.
mremap A 0 6p 6p B
expect B 1p 4p +marker
madvise B 1p 2p guard_remove
expect ret=0
expect B 1p 2p -marker
expect B 3p 2p +marker
write B 1p 2p 7
expect ret=0 min=2
expect B 1p 2p +present b=7
check
munmap B 0 6p
check
# Not while locked; removing is allowed, also where none is.
mmap L 2p rw private anon
mlock L 0 1p
madvise L 0 1p guard_install
expect err=EINVAL
madvise L 0 2p guard_remove
expect ret=0
# What is mapped gets them, a hole makes it an error all the same.
mmap H 3p rw private anon
munmap H 1p 1p
madvise H 0 3p guard_install
expect err=ENOMEM
expect H 0 1p +marker
expect H 2p 1p +marker
# A fresh mapping without any page: fork copies the guards of it too.
mmap N 1p rw private anon
madvise N 0 1p guard_install
fork D
@D read N 0 1p
@D expect sig=SEGV
# Shared files.
memfd F 2p
mmap S 2p rw shared memfd F 0
write S 0 2p 9
madvise S 0 1p guard_install
expect ret=0
ftruncate F 0
expect S 0 1p +marker
ftruncate F 2p
read S 0 2p
expect sig=SEGV done=0
madvise S 0 1p guard_remove
read S 0 2p
expect ret=0
check
