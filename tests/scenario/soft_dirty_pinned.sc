# SPDX-License-Identifier: MIT
# clear_refs leaves a pinned page as it is: one that was never written stays
# writable, though writes are tracked. No invariant is broken by that.
mmap A 2p rw private anon
pin A 0 1p ro
mprotect A 0 2p r
mprotect A 0 2p rw
expect A 0 1p +write -soft_dirty
clear_refs 4
expect A 0 1p +write -soft_dirty
check
