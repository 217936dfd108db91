# SPDX-License-Identifier: MIT
# semantics-fault.md 15.3, 6.0 and 6.1: exclusive and dirty pages get their
# write bit back at once; clean ones do not.
mmap A 5p rw private anon
write A 0 4p 5
read A 4p 1p
mprotect A 0 5p r
expect A 0 4p -write +dirty
mprotect A 0 5p rw
expect A 0 4p +write +dirty
expect A 4p 1p -write +zero
write A 0 2p 6
expect min=0 done=2
madvise A 2p 1p free
mprotect A 2p 1p r
mprotect A 2p 1p rw
expect A 2p 1p -write -dirty +exclusive
write A 2p 1p 7
expect min=1
write A 4p 1p 7
expect min=1
fork C
mprotect A 0 5p r
mprotect A 0 5p rw
expect A 0 5p -write -exclusive
write A 0 1p 8
expect min=1
check
