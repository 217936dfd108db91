# SPDX-License-Identifier: MIT
# The soft-dirty test of the write upgrade as it was before the fix in 6.0: a
# tracked entry gets its write bit back, and the next write leaves no trace.
mmap A 1p rw private anon
write A 0 1p 1
clear_refs 4
mprotect A 0 1p r
mprotect A 0 1p rw
expect A 0 1p +write -soft_dirty
write A 0 1p 2
expect min=0
expect A 0 1p -soft_dirty
check
