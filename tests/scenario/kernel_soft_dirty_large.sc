# SPDX-License-Identifier: MIT
# The same as kernel_soft_dirty.sc of what is swapped out, and of a folio of
# several pages. (mprotect of such a batch: semantics-mprotect.md 6.)
swapon zram
mthp 64 always

# A swapped-out page keeps the bit, and loses it where it is.
mmap A 2p rw private anon
write A 0 2p 5
drain
madvise A 0 2p pageout
expect A 0 2p -present +swap +soft_dirty pm=SD
read A 0 1p
expect A 0 1p +present +soft_dirty b=5
drain
madvise A 0 2p pageout
clear_refs 4
expect A 0 2p -present +swap -soft_dirty pm=S
read A 0 2p
expect A 0 2p +present -soft_dirty -write
write A 0 1p 6
expect A 0 1p +soft_dirty +write b=6
expect A 1p 1p -soft_dirty -write
check

# Each page of a folio has a bit of its own.
mmap M 16p rw private anon
write M 0 16p 5
expect M 0 16p -huge order=4 +soft_dirty
clear_refs 4
expect M 0 16p order=4 -soft_dirty -write
write M 3p 1p 6
expect min=1
expect M 3p 1p +soft_dirty +write
expect M 0 3p -soft_dirty -write
expect M 4p 12p -soft_dirty -write
write M 0 16p 7
expect min=15
expect M 0 16p +soft_dirty +write
check

# mremap: what has moved is dirty.
clear_refs 4
mremap M 0 16p 16p N
expect N 0 16p +soft_dirty b=7
check
