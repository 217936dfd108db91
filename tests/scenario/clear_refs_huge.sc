# SPDX-License-Identifier: MIT
# semantics-fault.md 14, recorded-behaviour.md 10: clear_refs 4 keeps a huge
# entry, which the next write makes writable and soft-dirty again in one fault;
# clear_refs 1 makes it old.
mmap A 1h rw private anon
madvise A 0 1h hugepage
write A 0 1h 5
expect A 0 1h +huge +soft_dirty +young
clear_refs 4
expect A 0 1h +huge -soft_dirty -write +dirty +young
write A 7p 1p 6
expect min=1
expect A 0 1h +huge +soft_dirty +write +dirty +exclusive
clear_refs 1
expect A 0 1h +huge -young
check
