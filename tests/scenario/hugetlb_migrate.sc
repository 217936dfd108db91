# SPDX-License-Identifier: MIT
# Huge pages of hugetlb move as a whole, and their entries come back with their
# rights. Needs two nodes and a CPU on each.
mmap A 4h rw private hugetlb
write A 0 1h 5
read A 1h 1p
expect A 0 2h node=0 +huge
move_pages A 0 1p 1
expect ret=0 st0=1
expect A 0 1h node=1 +huge +write +dirty +anon mc=1 rc=1 b=5
expect A 1h 1h node=0
expect counter try_to_migrate_one=1
expect counter remove_migration_pte=1
write A 0 1h 6
expect min=0
move_pages A 1h 1p 1
expect st0=1
expect A 1h 1h node=1 -write -dirty mc=1
# What was exclusive is: no copy.
write A 1h 1p 7
expect min=1
expect counter hugetlb_wp=1
expect A 1h 1p node=1 +write b=7
node A 0 4h
check
# The reservation of what is not there yet stays.
mmap X 5h rw private hugetlb
expect err=ENOMEM
move_pages A 2h 1p 1
expect st0=-2
# What two processes map stays, unless it is asked for; then all of them.
fork C
move_pages A 0 1p 0
expect st0=-13
mbind A 0 1h bind:0 move_all
expect ret=0
expect A 0 1h node=0 -write +dirty mc=2 b=6
@C expect A 0 1h node=0 -write +dirty mc=2 b=6
check
@C write A 0 1p 8
@C expect min=1
@C expect A 0 1p +write mc=1 b=8
expect A 0 1p b=6 mc=1
exit C
write A 0 1p 9
expect min=1
mprotect A 1h 1h r
migrate_pages 1 0
expect ret=0
expect A 1h 1h node=0 -write
expect A 1h 1p b=7
expect A 0 1h node=0 +write
expect A 0 1p b=9
check
# A page that somebody holds stays, with its entry as it was.
pin A 0 1p ro
move_pages A 0 1p 1
expect ret=1 st0=0
expect A 0 1h node=0 +write mc=1
unpin
move_pages A 0 1p 1
expect st0=1
munmap A 0 4h
check
# Shared mappings: the file has the page where it is now.
hugefd F 3h
mmap S 3h rw shared memfd F 0
write S 1h 1p 5
mmap T 2h rw shared memfd F 1h
move_pages S 1h 1p 1
expect st0=1
read T 0 1p
expect T 0 1h node=1 -anon +write mc=2 rc=3
move_pages T 0 1p 0
expect st0=-13
mbind T 0 1h bind:0 move_all
expect T 0 1p b=5
expect S 1h 1h node=0 +write +dirty -anon mc=2 rc=3
expect T 0 1h node=0 +write +dirty mc=2
write S 1h 1p 6
expect min=0
expect T 0 1p b=6
check
munmap S 0 3h
munmap T 0 2h
mmap V 1h r shared memfd F 1h
read V 0 1p
expect V 0 1p b=6 node=0
check
