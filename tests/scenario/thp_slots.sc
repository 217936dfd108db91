# SPDX-License-Identifier: MIT
# Two processes that map a folio are told apart (semantics-rmap-swap.md 1.1).
# A third one gets a place when another has gone, and is not known there by what
# it mapped before: whatever it unmaps, the place is free when it has ended.
mmap A 1h rw private anon
madvise A 0 1h hugepage
write A 0 1p 1
fork C
fork D
exit C
@D write A 5p 1p 7
check
exit D
check
# The one that is left has the folio to itself.
write A 0 1h 2
check
