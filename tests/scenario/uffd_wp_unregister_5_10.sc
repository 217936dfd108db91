# SPDX-License-Identifier: MIT
# Up to 5.10 at least, unregistering leaves the protection in the entries: they
# are read-only until a write, which nobody hears of.
uffd_open sync
mmap A 4p rw private anon
write A 0 4p 5
uffd A 0 4p register
uffd A 0 4p wp
uffd A 0 4p unregister
expect A 0 4p +uffd_wp -write
write A 0 1p 6
expect uffd=0 min=1
expect A 0 1p +write b=6
expect A 1p 3p +uffd_wp -write b=5
check
