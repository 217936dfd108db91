# SPDX-License-Identifier: MIT
# A kernel without a soft-dirty bit accepts clear_refs 4 and changes nothing.
mmap A 1p rw private anon
write A 0 1p 1
expect A 0 1p pm=PX
clear_refs 4
expect ret=0
expect A 0 1p -soft_dirty +write +dirty
write A 0 1p 2
expect min=0
check
