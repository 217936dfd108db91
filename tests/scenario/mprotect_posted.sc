# SPDX-License-Identifier: MIT
# The write upgrade as it was posted (form B): exclusive and dirty entries of
# private memory, with the soft-dirty test still inverted.
mmap A 3p rw private anon
write A 0 2p 1
read A 2p 1p
mprotect A 0 3p r
mprotect A 0 3p rw
expect A 0 2p +write +dirty +exclusive
expect A 2p 1p +zero -write
write A 0 2p 2
expect min=0
# Given up, so clean: the next write faults.
madvise A 1p 1p free
mprotect A 0 2p r
mprotect A 0 2p rw
expect A 0 1p +write
expect A 1p 1p -write -dirty
write A 1p 1p 2
# Shared with a child: not exclusive.
fork C
mprotect A 0 2p r
mprotect A 0 2p rw
expect A 0 2p -write -exclusive
write A 0 2p 3
expect min=2
check
exit C
# A tracked entry gets its write bit all the same, and the write is missed.
clear_refs 4
mprotect A 0 1p r
mprotect A 0 1p rw
expect A 0 1p +write -soft_dirty
write A 0 1p 4
expect min=0
expect A 0 1p -soft_dirty
check
