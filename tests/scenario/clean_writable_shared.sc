# SPDX-License-Identifier: MIT
# kernel-test-cases.md 10: a read maps shared memory writable and clean, and
# mprotect to read-only and back costs no fault either.
mmap S 2p rw shared anon
read S 0 1p
expect min=1 maj=0
expect S 0 1p +write -dirty
write S 0 1p 5
expect min=0 maj=0
expect S 0 1p +write +dirty -anon mc=1
read S 1p 1p
mprotect S 0 2p r
expect S 0 2p -write
write S 0 1p
expect sig=SEGV done=0
mprotect S 0 2p rw
expect S 0 2p +write
write S 0 2p 6
expect min=0 done=2
check
