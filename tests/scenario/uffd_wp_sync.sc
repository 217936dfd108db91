# SPDX-License-Identifier: MIT
# userfaultfd write-protection, synchronous: a thread resolves each event.
uffd_open sync
mmap A 4p rw private anon
write A 0 2p 5
uffd A 0 4p register
uffd A 0 4p wp
expect A 0 2p +uffd_wp -write
# What is not mapped is not protected: no marker.
expect A 2p 2p -marker
read A 0 1p
expect min=0 uffd=0
write A 0 1p 6
expect uffd=1 min=1 maj=0
expect A 0 1p -uffd_wp +write b=6
expect A 1p 1p +uffd_wp -write b=5
write A 2p 1p 6
expect uffd=0 min=1
# The write upgrade of mprotect passes by what is protected.
mprotect A 0 4p r
mprotect A 0 4p rw
expect A 0 1p +write
expect A 1p 1p +uffd_wp -write
# The child is not watched.
fork C
@C expect A 1p 1p -uffd_wp -write
@C write A 1p 1p 7
@C expect uffd=0
exit C
uffd A 0 4p unwp
expect A 1p 1p -uffd_wp
check
uffd A 0 4p wp
uffd A 0 4p unregister
expect A 0 3p -uffd_wp
uffd A 0 4p wp
expect err=ENOENT
check
