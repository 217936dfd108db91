# SPDX-License-Identifier: MIT
# semantics-fault.md 8.1: until 6.1 a hinting entry stashes the write bit, and
# a page that is moved comes back writable. Needs two nodes.
mmap A 4p rw private anon
write A 0 4p 5
move_pages A 0 4p 1
expect st0=1
expect A 0 4p node=1 b=5
numa_scan 1
expect A 0 4p +protnone node=1
expect counter numa_pte_updates=4
# move_pages does not look behind a hinting entry
move_pages A 0 1p 0
expect st0=-2
read A 0 1p
expect min=1
write A 1p 1p 6
expect min=1
expect A 0 2p -protnone +write node=0
expect A 2p 2p +protnone node=1
expect counter numa_hint_faults=2
expect counter numa_pages_migrated=2
write A 0 1p 7
expect min=0
check
# Once more the pages are local: the scanner leaves them alone.
numa_scan 1
expect A 0 2p -protnone
# The zero page and pages of two processes are passed over.
mmap B 1p rw private anon
read B 0 1p
fork C
numa_scan 1
expect A 0 2p -protnone
expect B 0 1p -protnone
exit C
check
