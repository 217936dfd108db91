# SPDX-License-Identifier: MIT
# Where the node has nothing left in the pool, or all of it is spoken for, the
# copy comes from elsewhere and stays in the pool for the page that it replaces:
# node 1 has five of the eight then, node 0 three. Needs a CPU on each.
mmap A 8h rw private hugetlb
write A 0 8h 5
expect A 0 4h node=0
expect A 4h 4h node=1
move_pages A 0 1p 1
expect st0=1
expect A 0 1h node=1 +write b=5
check
munmap A 0 8h
mmap X 9h rw private hugetlb
expect err=ENOMEM
mmap B 8h rw private hugetlb
expect ret=0
mbind B 0 5h bind:1
mbind B 5h 3h bind:0
write B 0 8h 6
expect B 0 5h node=1
expect B 5h 3h node=0
check
munmap B 0 8h
mmap D 8h rw private hugetlb
mbind D 0 4h bind:0
write D 0 4h
expect sig=BUS
munmap D 0 8h
# All that node 1 has left is reserved.
mmap E 8h rw private hugetlb
mbind E 0 1h bind:0
write E 0 1h 7
move_pages E 0 1p 1
expect st0=1
mbind E 0 8h default
munmap E 0 8h
mmap G 8h rw private hugetlb
mbind G 0 6h bind:1
mbind G 6h 2h bind:0
write G 0 8h
expect sig=0
check
