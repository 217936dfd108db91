# SPDX-License-Identifier: MIT
# Shared memory is scanned for NUMA hinting only if its own policy asks for
# that, by whatever mapping, and whatever the policy of the process. Needs two
# nodes and a CPU on each; seen on 6.1 and 6.12 with two nodes.
memfd F 2p
mmap A 2p rw shared memfd F 0
mmap P 2p rw private memfd F 0
mmap S 2p rw shared anon
write A 0 2p
write S 0 2p
write P 1p 1p
drain
cpu 1
numa_scan 1
expect A 0 2p -protnone
expect P 1p 1p -protnone
expect S 0 2p -protnone
set_mempolicy bind+balancing:0-1
numa_scan 1
expect A 0 2p -protnone
expect P 1p 1p -protnone
expect S 0 2p -protnone
# A process with a policy that does not ask is not scanned, LOCAL not either.
mmap B 1p rw private anon
cpu 0
write B 0 1p
drain
cpu 1
set_mempolicy local
numa_scan 1
expect B 0 1p -protnone
set_mempolicy default
numa_scan 1
expect B 0 1p +protnone
read B 0 1p
expect B 0 1p node=1
expect counter numa_hint_faults=1
mbind P 0 2p bind+balancing:0-1
expect ret=0
numa_scan 1
expect A 0 2p +protnone
expect P 1p 1p +protnone
expect S 0 2p -protnone
read A 0 1p
expect A 0 1p -protnone node=1
# What is accounted of it (semantics-fault.md 8): SHARED where others map the
# page. It may be written, so it is never NO_GROUP.
cpu 0
mbind S 0 2p bind+balancing:0-1
numa_scan 1
read S 0 1p
expect counter task_numa_fault=3
expect counter numa_faults_shared=0
fork C
@C read S 1p 1p
read S 1p 1p
expect counter task_numa_fault=4
expect counter numa_faults_shared=1
expect counter numa_faults_no_group=0
exit C
check
