# SPDX-License-Identifier: MIT
# semantics-fault.md 15.3, from 6.2 on: exclusive is enough. Clean and
# writable is no contradiction (kernel-test-cases.md 10).
mmap A 5p rw private anon
write A 0 4p 5
read A 4p 1p
mprotect A 0 5p r
mprotect A 0 5p rw
expect A 0 4p +write +dirty
expect A 4p 1p -write +zero
write A 0 2p 6
expect min=0 done=2
madvise A 2p 1p free
expect A 2p 1p -dirty -young
mprotect A 2p 1p r
mprotect A 2p 1p rw
expect A 2p 1p +write -dirty +exclusive
write A 2p 1p 7
expect min=0
expect A 2p 1p +write +dirty
write A 4p 1p 7
expect min=1
fork C
mprotect A 0 5p r
mprotect A 0 5p rw
expect A 0 5p -write -exclusive
write A 0 1p 8
expect min=1
exit C
mprotect A 0 5p r
mprotect A 0 5p rw
expect A 0 1p +write
expect A 1p 4p -write
write A 0 5p 9
expect min=4
check
