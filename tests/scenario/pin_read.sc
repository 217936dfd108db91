# SPDX-License-Identifier: MIT
# semantics-fault.md 11: a pin to read a page that others see unshares it
# first, read-only; the process's next write goes to the page that the device
# reads. A page of its own is pinned as it is.
mmap A 4p rw private anon
write A 0 4p 5
mprotect A 0 1p r
pin A 0 1p ro
expect ret=0
expect A 0 1p +exclusive -write mc=1
fork C
expect A 1p 3p -exclusive -write mc=2
pin A 1p 1p ro fast
expect A 1p 1p +exclusive -write -dirty mc=1 b=5
exit C
pin A 2p 1p ro
expect A 2p 1p +exclusive -write mc=1 b=5
check
mprotect A 0 1p rw
write A 0 3p 7
expect pin b=7
expect A 0 3p +write +dirty +exclusive
check
# A fork copies what is pinned, and the parent stays as it was.
fork D
expect A 0 3p +write +exclusive mc=1
@D expect A 0 3p +write +exclusive mc=1 b=7
expect A 3p 1p -write mc=2
@D write A 0 4p 9
write A 0 4p 8
expect pin b=8
@D expect A 0 4p b=9
check
unpin
# A reference promises nothing: the page stays shared, and a write leaves it.
exit D
fork E
pin A 0 1p get
expect A 0 1p -exclusive mc=2
write A 0 1p 3
expect pin b=8
munmap A 0 4p
check
expect pin b=8
unpin
check
# What may not be pinned.
mmap R 1p r private anon
pin R 0 1p
expect err=EFAULT
pin R 0 2p ro
expect err=EFAULT
mmap N 1p none private anon
pin N 0 1p ro
expect err=EFAULT
check
