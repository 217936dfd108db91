# SPDX-License-Identifier: MIT
# What the kernel's own tests of userfaultfd write-protection check, on the
# bits: wp-fork, wp-unpopulated, and mremap of base pages and huge ones,
# private and shared. (With the fork event: tests/api/process_test.c.)
uffd_open async
memfd F 4p
mmap A 4p rw private anon
mmap S 4p rw shared memfd F 0
mmap H 1h rw private anon
madvise H 0 1h hugepage
write A 0 2p 1
write S 0 2p 1
write H 0 1p 1
expect H 0 1p +huge
uffd A 0 4p register
uffd S 0 4p register
uffd H 0 1h register
# wp-unpopulated: markers, which DONTNEED clears.
uffd A 0 4p wp
expect A 0 2p +uffd_wp -write
expect A 2p 2p +marker +uffd_wp
madvise A 2p 1p dontneed
expect A 2p 1p -marker
expect A 3p 1p +marker
# Unprotected: the markers go, too.
uffd A 0 4p unwp
expect A 0 4p -uffd_wp -marker
uffd A 0 4p wp
uffd S 0 4p wp
uffd H 0 1h wp
expect H 0 1p +huge +uffd_wp -write
# wp-fork: the bit is dropped in the child, the parent's stays.
fork C
@C expect A 0 4p -uffd_wp -marker
@C expect S 0 4p -uffd_wp -marker
@C expect H 0 1p -uffd_wp
expect A 0 2p +uffd_wp
expect S 0 2p +uffd_wp
expect H 0 1p +huge +uffd_wp
exit C
# Also what was zapped: a marker of the parent, nothing of the child.
madvise S 0 1p dontneed
expect S 0 1p +marker +uffd_wp
fork D
@D expect S 0 1p -marker
exit D
# A write to the huge page: small ones, and only its own is free.
write H 3p 1p 2
expect min=1
expect H 3p 1p -huge -uffd_wp +write
expect H 4p 1p -huge +uffd_wp -write
# mremap without its event drops the bits.
mremap A 0 4p 4p A2
expect A2 0 4p -uffd_wp -marker
mremap S 0 4p 4p S2
expect S2 0 4p -uffd_wp -marker
mremap H 0 1h 1h H2
expect H2 4p 1p -uffd_wp
mmap G 1h rw private anon
madvise G 0 1h hugepage
write G 0 1p 1
uffd G 0 1h register
uffd G 0 1h wp
expect G 0 1p +huge +uffd_wp
mremap G 0 1h 1h G2
expect G2 0 1p +huge -uffd_wp
check
