# SPDX-License-Identifier: MIT
# What the kernel's own test of mremap checks: the data is kept whatever source
# and target are aligned to, and only what is aligned on both sides moves by
# whole tables or huge entries.

# Overlap, and a source and a target that begin inside a page.
mmap A 4p rw private anon
write A 0 4p 5
mremap A 1 1p 1p X
expect err=EINVAL
mremap A 0 1p 1p X +1
expect err=EINVAL
expect A 0 4p +write b=5
check

# Page by page: neither side is aligned to a PMD.
mmap B 2h rw private anon +1p
write B 0 8p 6
mremap B 0 8p 8p B2 +3p
expect counter move_normal_pmd=0
expect B2 0 8p +write +dirty +exclusive mc=1 b=6
expect B 0 8p -present
check

# Whole tables: both are.
mmap D 2h rw private anon
madvise D 0 2h nohugepage
write D 0 8p 7
write D 1h 8p 8
mremap D 0 2h 2h D2
expect counter move_normal_pmd=2
expect D2 0 8p +write +dirty +exclusive mc=1 b=7
expect D2 1h 8p b=8
check

# Huge pages: aligned, they stay; unaligned, their entries are split.
mmap H 2h rw private anon
madvise H 0 2h hugepage
write H 0 2h 9
mremap H 0 2h 2h H2
expect H2 0 2h +huge +write +exclusive b=9
expect counter move_huge_pmd=2
mremap H2 0 2h 2h H3 +1p
expect H3 0 2h -huge +write +exclusive mc=1 b=9
expect counter move_huge_pmd=2
expect counter thp_split_pmd=2
check
# A part of one, and back into the place it came from: never huge again.
mmap I 1h rw private anon
madvise I 0 1h hugepage
write I 0 1h 4
mremap I 0 4p 4p I2
expect I2 0 4p -huge b=4
expect I 4p 1p -huge b=4
expect I 0 4p -present
check

# expand_merge, expand_merge_offset: one VMA again.
mmap E 2p rw private anon
write E 0 2p 3
mremap E 0 2p 4p E2
expect E2 0 2p b=3
expect E2 2p 2p -present
write E2 2p 2p 3
expect E2 0 4p +write b=3
# Within a range: the middle goes, its neighbours stay.
mmap F 6p rw private anon
write F 0 6p 2
mremap F 2p 2p 2p F2
expect F 0 2p b=2
expect F 2p 2p -present
expect F 4p 2p b=2
expect F2 0 2p +write b=2
check
