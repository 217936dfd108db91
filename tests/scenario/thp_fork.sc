# SPDX-License-Identifier: MIT
# semantics-fault.md 12, 5.1, 13: both map the huge page read-only; a write
# while it is shared splits the entry and copies one page; whoever is left
# writes its own entry again.
mmap A 1h rw private anon
madvise A 0 1h hugepage
write A 0 1h 5
fork C
expect A 0 1h +huge -write -exclusive mc=2 rc=2
@C expect A 0 1h +huge -write -young mc=2
@C write A 2p 1p 6
@C expect min=1
@C expect A 2p 1p -huge +write +exclusive mc=1 b=6
@C expect A 3p 1p -huge -write mc=2 b=5
expect A 2p 1p +huge mc=1 b=5
check
exit C
check
write A 0 1h 7
expect min=1
expect A 0 1h +huge +write +exclusive mc=1 rc=1
check
