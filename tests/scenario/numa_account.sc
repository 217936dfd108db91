# SPDX-License-Identifier: MIT
# semantics-fault.md 8: what of a hinting fault is accounted. NO_GROUP where the
# entry may not be writable, SHARED where others map a shared mapping's page.
# Needs two nodes and a CPU on each.
mmap A 2p rw private anon
write A 0 2p 5
mprotect A 1p 1p r
move_pages A 0 2p 1
numa_scan 1
cpu 1
read A 0 1p
expect counter task_numa_fault=1
expect counter numa_faults_no_group=0
expect counter numa_hint_faults_local=1
read A 1p 1p
expect counter task_numa_fault=2
expect counter numa_faults_no_group=1
expect counter numa_faults_shared=0
cpu 0
# Of shared memory, mapped once and twice; it may be written.
mmap S 2p rw shared anon
write S 0 2p 5
munmap A 0 2p
numa_scan 1
read S 0 1p
expect counter task_numa_fault=3
expect counter numa_faults_shared=0
fork C
@C read S 1p 1p
read S 1p 1p
expect counter task_numa_fault=4
expect counter numa_faults_shared=1
expect counter numa_faults_no_group=1
exit C
# One that moves is accounted once.
cpu 1
numa_scan 1
read S 0 1p
expect S 0 1p node=1
expect counter task_numa_fault=5
expect counter numa_pages_migrated=1
check
