# SPDX-License-Identifier: MIT
# semantics-fault.md 15.3, up to 5.19: mprotect to read-only and back leaves
# private pages read-only, one fault each.
mmap A 5p rw private anon
write A 0 4p 5
read A 4p 1p
mprotect A 0 5p r
expect A 0 4p -write +dirty
write A 0 1p 6
expect ret=-1 sig=SEGV done=0
mprotect A 0 5p rw
expect A 0 5p -write
write A 0 2p 6
expect min=2 done=2
madvise A 2p 1p free
mprotect A 2p 1p r
mprotect A 2p 1p rw
expect A 2p 1p -write -dirty
write A 2p 1p 7
expect min=1
write A 4p 1p 7
expect min=1
check
