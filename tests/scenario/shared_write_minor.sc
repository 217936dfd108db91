# SPDX-License-Identifier: MIT
# From 6.0 on the write completes at once.
memfd M 2p
mmap S 2p rw shared memfd M 0
mmap T 2p rw shared memfd M 0
write S 0 2p 5
expect min=2 maj=0
write T 0 2p 6
expect min=2 maj=0
expect S 0 2p b=6 mc=2
check
