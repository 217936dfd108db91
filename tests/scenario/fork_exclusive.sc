# SPDX-License-Identifier: MIT
# semantics-fault.md 15.4: the parent copies while the child maps, whoever is
# left reuses. The exclusive flag goes with fork and comes back with reuse.
mmap A 3p rw private anon
write A 0 3p 5
expect A 0 3p +anon +exclusive +write
fork C
expect A 0 3p -exclusive -write
@C expect A 0 3p -exclusive -write
write A 0 1p 6
expect min=1
expect counter wp_page_copy=1
expect A 0 1p +exclusive +write mc=1
@C expect A 0 1p -exclusive mc=1
@C write A 0 1p 7
@C expect min=1
expect counter wp_page_copy=1
expect counter wp_page_reuse=1
@C expect A 0 1p +exclusive +write
exit C
write A 1p 2p 8
expect min=2
expect counter wp_page_copy=1
expect counter wp_page_reuse=3
expect A 0 3p +exclusive +write mc=1
check
