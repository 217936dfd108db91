# SPDX-License-Identifier: MIT
# What a child gets: nothing of DONTFORK, an empty WIPEONFORK, no locks, no
# entries of what it can fault in itself.
mmap A 3p rw private anon
write A 0 3p 5
madvise A 0 1p dontfork
madvise A 1p 1p wipeonfork
mmap Z 1p rw private anon
read Z 0 1p
memfd M 1p
mmap F 1p rw private memfd M 0
read F 0 1p
mmap S 1p rw shared memfd M 0
write S 0 1p 6
mlock A 2p 1p
expect ret=0
fork C
@C read A 0 1p
@C expect sig=SEGV done=0
@C read A 1p 1p
@C expect min=1 done=1
@C expect A 1p 1p +zero
@C expect A 2p 1p mc=2 b=5
@C expect Z 0 1p -present
@C expect F 0 1p -present
@C expect S 0 1p -present
@C read S 0 1p
@C expect S 0 1p b=6 mc=3
@C madvise A 2p 1p dontneed
@C expect ret=0
madvise A 2p 1p dontneed
expect ret=-1 err=EINVAL
madvise A 0 1p dofork
madvise A 1p 1p keeponfork
fork D
@D expect A 0 3p b=5 mc=2
mprotect A 0 3p rw
check
