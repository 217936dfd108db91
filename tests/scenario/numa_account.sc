# SPDX-License-Identifier: MIT
# semantics-fault.md 8: what of a hinting fault is accounted. NO_GROUP where the
# entry may not be writable.
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
# One that moves is accounted once.
munmap A 0 2p
mmap B 1p rw private anon
write B 0 1p 5
move_pages B 0 1p 0
drain
numa_scan 1
read B 0 1p
expect B 0 1p node=1
expect counter task_numa_fault=3
expect counter numa_pages_migrated=1
check
