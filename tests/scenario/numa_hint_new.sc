# SPDX-License-Identifier: MIT
# semantics-fault.md 8.2: from 6.2 on a page that was moved, or should have
# been, is read-only afterwards; a local one gets its write bit back. Needs two
# nodes and a CPU on each.
mmap A 4p rw private anon
write A 0 4p 5
move_pages A 0 4p 1
expect st0=1
numa_scan 1
expect A 0 4p +protnone -write node=1
read A 0 1p
expect min=1
expect A 0 1p -protnone -write +exclusive node=0 b=5
write A 1p 1p 6
expect min=2
expect A 1p 1p +write node=0 b=6
write A 0 1p 6
expect min=1
expect counter numa_hint_faults=2
expect counter numa_pages_migrated=2
# Asked for from its own node: it stays, and may be written at once.
cpu 1
write A 2p 1p 6
expect min=1
expect A 2p 1p +write node=1
expect counter numa_hint_faults_local=1
cpu 0
# Nothing may be written where the mapping is read-only.
mprotect A 3p 1p r
numa_scan 1
expect A 3p 1p +protnone
cpu 1
read A 3p 1p
expect min=1
expect A 3p 1p -protnone -write node=1
cpu 0
check
