# SPDX-License-Identifier: MIT
# What the kernel's own test of splits checks, as far as something in a process
# splits a huge page: the data stays, the pages' counts and orders are right.

# split_pmd_thp: reclaim of a part splits the entry, then the folio.
mmap A 1h rw private anon
madvise A 0 1h hugepage
write A 0 1h 5
expect A 0 1h +huge mc=1
madvise A 3p 1p cold
expect A 0 1h -huge order=0 +write +exclusive mc=1 rc=1 b=5
expect counter split_folio=1
check
write A 0 1h 6
expect min=0
expect A 0 1h b=6

# split_pte_mapped_thp: pages that mremap moved away, first.
mmap B 1h rw private anon
madvise B 0 1h hugepage
write B 0 1h 5
mremap B 0 1p 1p M
mremap B 2p 1p 1p N
expect M 0 1p -huge -cont mc=1 b=5
expect N 0 1p -huge -cont mc=1 b=5
expect B 1p 1p -huge b=5
expect B 0 1p -present
check
madvise M 0 1p cold
expect M 0 1p order=0 rc=1 mc=1 b=5
expect N 0 1p order=0 rc=1 mc=1 b=5
expect B 1p 1p order=0 b=5
expect B 3p 5p order=0 rc=1 mc=1 b=5
check
write M 0 1p 7
write N 0 1p 8
write B 1p 1p 9
expect min=0
expect M 0 1p b=7
expect N 0 1p b=8
check

# A page that is shared is not split: not its folio, whoever asks.
mmap D 1h rw private anon
madvise D 0 1h hugepage
write D 0 1h 5
fork C
madvise D 3p 1p cold
expect D 0 1h mc=2 b=5
@C expect D 0 1h +huge mc=2 b=5
check
exit C
check
