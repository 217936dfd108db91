# SPDX-License-Identifier: MIT
# semantics-fault.md 8.4: hinting faults on huge entries from 6.2 on. Needs two
# nodes and a CPU on each.
mmap A 2h rw private anon
madvise A 0 2h hugepage
write A 0 2h 5
move_pages A 0 2h 1
expect st0=1
expect A 0 2h node=1 +huge +write +exclusive b=5
write A 0 2h 5
expect min=0
numa_scan 1
expect A 0 1h +huge +protnone -write
read A 0 1p
expect min=1
# It was moved: read-only until it is written to.
expect A 0 1h node=0 +huge -protnone -write +exclusive b=5
write A 1p 1p 6
expect min=1
expect A 0 1h +write +dirty
write A 1h 1p 6
expect min=2
expect A 1h 1h node=0 +huge +write
expect counter numa_hint_faults=2
expect counter numa_huge_pte_updates=2
expect counter thp_migration_success=4
# Asked for from its own node it stays, and may be written at once.
move_pages A 0 1h 1
numa_scan 1
cpu 1
write A 0 1p 7
expect min=1
expect A 0 1h node=1 +huge +write
expect counter numa_hint_faults_local=1
# All of a process, and by policy.
migrate_pages 1 0
expect A 0 1h node=0 +huge +write
mbind A 0 1h 1 move
expect A 0 1h node=1 +huge +write
# A child that maps it as well: it is read-only for both wherever it goes.
fork C
move_pages A 0 1h 0
expect st0=-13
mbind A 0 1h 0 move_all
expect A 0 1h node=0 +huge -write -exclusive
@C read A 0 1h
@C expect A 0 1h node=0 -write
exit C
# Mapped by PTEs it is still one folio.
mprotect A 1h 1p r
write A 1h 1p
expect err=EFAULT
move_pages A 1h 1h 1
expect st0=1
expect A 1h 1h node=1
check
