# SPDX-License-Identifier: MIT
# What the kernel's own soft-dirty test checks, 15 points, on the bits.

# 1: simple. Cleared, set by one write, again and again.
mmap A 1p rw private anon
write A 0 1p
clear_refs 4
expect A 0 1p pm=PX -soft_dirty
write A 0 1p
expect A 0 1p pm=PXD +soft_dirty
clear_refs 4
expect A 0 1p pm=PX
write A 0 1p
expect A 0 1p pm=PXD

# 2, 3: a mapping is soft-dirty from birth, at an address used before, too.
mmap B 1p rw private anon +64M
expect B 0 1p pm=D
write B 0 1p
clear_refs 4
expect B 0 1p pm=PX
munmap B 0 1p
mmap C 1p rw private anon
expect C 0 1p pm=D
write C 0 1p
expect C 0 1p pm=PXD

# 4, 5: a huge page, cleared and set by its PMD.
mmap H 1h rw private anon
madvise H 0 1h hugepage
write H 0 1p
expect H 0 1p +huge +soft_dirty
clear_refs 4
expect H 0 1p +huge -soft_dirty -write
write H 0 1p
expect min=1
expect H 0 1p +huge +soft_dirty

# 6 to 10: mprotect to read and back must not lose the next write.
mmap M 1p rw private anon
write M 0 1p
expect M 0 1p +soft_dirty
clear_refs 4
expect M 0 1p pm=PX -soft_dirty
mprotect M 0 1p r
expect M 0 1p -soft_dirty
mprotect M 0 1p rw
expect M 0 1p -soft_dirty -write
write M 0 1p
expect min=1
expect M 0 1p +soft_dirty

# 11 to 15: the same in a shared mapping of a file.
file F 1p writenotify
mmap S 1p rw shared memfd F 0
write S 0 1p
expect S 0 1p +soft_dirty
clear_refs 4
expect S 0 1p pm=PFX -soft_dirty
mprotect S 0 1p r
expect S 0 1p -soft_dirty
mprotect S 0 1p rw
expect S 0 1p -soft_dirty -write
write S 0 1p
expect min=1
expect S 0 1p +soft_dirty
check
