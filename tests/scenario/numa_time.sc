# SPDX-License-Identifier: MIT
# The hinting scanner as time passes (sched-debug.rst): a process is scanned when
# it has run for the scan delay, then again after each. Needs two nodes and a
# CPU on each.
mmap A 2p rw private anon
write A 0 2p 5
move_pages A 0 2p 1
drain
time 999
expect ret=0
expect A 0 2p -protnone
time 1
expect A 0 2p +protnone
read A 0 1p
expect A 0 1p -protnone node=0
# Who sleeps is not scanned, however long.
sleep 60000
time 999
expect A 0 1p -protnone
# A child has its own time.
fork C
@C time 999
expect A 0 1p -protnone
exit C
munmap A 1p 1p
mmap B 1p rw private anon
write B 0 1p 7
move_pages B 0 1p 1
drain
time 1
expect B 0 1p +protnone
read B 0 1p
move_pages B 0 1p 1
drain
sys kernel.numa_balancing 0
time 60000
expect B 0 1p -protnone
sys kernel.numa_balancing 1
sys kernel.numa_balancing_scan_size_mb 0
time 60000
expect B 0 1p -protnone
sys kernel.numa_balancing_scan_size_mb 256
time 1
expect B 0 1p +protnone
check
