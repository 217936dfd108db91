# SPDX-License-Identifier: MIT
# Policies of hugetlb mappings: the mapping's, not the file's; the pool of 8 is
# spread over the two nodes. Needs a CPU on each.
mmap A 8h rw private hugetlb
expect ret=0
write A 0 1p
expect A 0 1h node=0
mbind A 1h 2h bind:1
expect ret=0
write A 1h 1p
expect A 1h 1h node=1
# Nothing smaller than a huge page has one.
mbind A 4h 1p bind:1
expect err=EINVAL
mbind A 1p 1h bind:1
expect err=EINVAL
set_mempolicy bind:1
write A 4h 1p
expect A 4h 1h node=1
set_mempolicy default
mbind A 5h 3h preferred:1
write A 5h 1p
write A 2h 1p
expect A 5h 1h node=1
expect A 2h 1h node=1
# The node's share of 4 is used up: what prefers it goes elsewhere, what is
# bound to it has nowhere to go, although its page is reserved.
write A 6h 1p
expect A 6h 1h node=0
mbind A 3h 1h bind:1
write A 3h 1p
expect sig=BUS
mbind A 3h 1h default
write A 3h 1p
expect A 3h 1h node=0
check
munmap A 0 8h
check
