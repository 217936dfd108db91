# SPDX-License-Identifier: MIT
# userfaultfd write-protection, asynchronous: a write takes it away itself.
# Memory that is not mapped is protected by markers, of files and anonymous.
memfd F 8p
mmap A 8p rw shared memfd F 0
mmap B 8p rw private anon
write A 0 4p 5
write B 0 4p 5
uffd_open async
uffd A 0 8p register
uffd B 0 8p register
uffd A 0 8p wp
uffd B 0 8p wp
expect A 0 4p +uffd_wp -write
expect A 4p 4p +marker +uffd_wp
expect B 4p 4p +marker +uffd_wp
write A 0 1p 6
expect min=1 uffd=0
expect A 0 1p -uffd_wp +write b=6
# First the page, protected, then the write.
write A 4p 1p 6
expect min=2
read B 4p 1p
expect min=1
expect B 4p 1p +zero +uffd_wp
write B 4p 1p 7
expect min=1
expect B 4p 1p -uffd_wp +write b=7
# The protection outlives pages of a file, and not anonymous ones.
madvise A 0 4p dontneed
madvise B 0 4p dontneed
expect A 0 1p -marker
expect A 1p 3p +marker +uffd_wp
expect B 0 4p -marker
madvise A 2p 2p remove
expect A 2p 2p +marker
ftruncate F 2p
expect A 5p 3p +marker
ftruncate F 8p
read A 2p 1p
expect A 2p 1p +uffd_wp -write b=0
check
# Nor do they outlive their mapping.
madvise B 5p 1p dontneed
expect B 5p 1p -marker
munmap A 7p 1p
# A child is not watched.
fork C
@C expect A 0 8p -marker -uffd_wp
@C expect B 6p 2p -marker
exit C
# What moves is registered no longer.
mremap A 0 7p 7p D
expect D 5p 2p -marker
expect D 2p 1p -uffd_wp
uffd D 0 7p wp
expect err=ENOENT
uffd B 0 8p unregister
expect B 0 8p -uffd_wp -marker
check
