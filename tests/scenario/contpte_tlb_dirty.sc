# SPDX-License-Identifier: MIT
# A contiguous block is one translation: what any of its entries is marked with
# the others are marked with too (arch-arm64.md 8). The CPU marks the one that
# it finds, and writes to the others by the TLB then.
tlb keep
mthp 64 always
mmap A 32p rw private anon
write A 0 32p 7
madvise A 0 32p free
write A 15p 1p 0
check
write A 3p 1p 0
check
