# SPDX-License-Identifier: MIT
# A sealed mapping keeps its place and rights (6.10+); the errors are 6.18's.
mmap A 8p rw private anon
write A 0 8p 5
mseal A 0 16p
expect err=ENOMEM
mseal A 1 1p
expect err=EINVAL
mseal A 0 0
expect err=0
# A refused range seals nothing.
mprotect A 0 1p r
expect err=0
mprotect A 0 1p rw
mseal A 2p 2p
expect err=0
mseal A 2p 100
expect err=0
munmap A 0 8p
expect err=EPERM
munmap A 3p 1p
expect err=EPERM
expect counter split_vma=3
# The first mapping is cut before the seal is found.
munmap A 1p 3p
expect err=EPERM
expect counter split_vma=4
expect A 0 8p +present b=5
# Even without a change; what lies before is changed.
mprotect A 2p 1p rw
expect err=EPERM
mprotect A 0 8p r
expect err=EPERM
expect A 0 2p -write
expect A 2p 6p +write
# In place and to another one.
mremap A 2p 2p 2p X
expect err=EPERM
mremap A 2p 2p 1p X
expect err=EPERM
mremap A 2p 2p 4p X
expect err=EPERM
mremap A 2p 6p 7p X
expect err=EPERM
# What may be written may be given up.
madvise A 2p 2p dontneed
expect err=0
mlock A 2p 2p
expect err=0
munlock A 2p 2p
expect err=0
# What may not be written and is private and anonymous may not.
mmap B 4p r private anon
mseal B 0 4p
madvise B 0 4p dontneed
expect err=EPERM
madvise B 0 4p free
expect err=EPERM
madvise B 0 4p dontfork
expect err=EPERM
madvise B 0 4p wipeonfork
expect err=EPERM
madvise B 0 4p cold
expect err=0
memfd F 4p
mmap C 4p r shared memfd F 0
mseal C 0 4p
madvise C 0 4p dontneed
expect err=0
mmap D 4p r private memfd F 0
mseal D 0 4p
madvise D 0 4p dontneed
expect err=0
# Children inherit the seal.
fork K
@K munmap B 0 4p
@K expect err=EPERM
exit K
check
