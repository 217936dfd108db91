# SPDX-License-Identifier: MIT
# The hash table is by address: no table is moved whole, each entry leaves the
# hash table and the new one is not in it.
mmap A 2h rw private anon
write A 0 2p 5
write A 1h 1p 6
mremap A 0 2h 2h B
expect ret=0
expect counter move_normal_pmd=0
expect counter move_pte=3
expect counter flush_hash_page=3
expect B 0 2p b=5
expect B 1h 1p b=6
check
