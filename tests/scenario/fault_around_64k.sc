# SPDX-License-Identifier: MIT
# Pages of 64K: the window of fault-around is the page itself.
memfd M 3p
mmap S 3p rw shared memfd M 0
write S 0 3p 5
mmap P 3p rw private memfd M 0
read P 1p 1p
expect min=1
expect P 0 1p -present
expect P 2p 1p -present
read P 0 3p
expect min=2
check
