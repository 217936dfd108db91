# SPDX-License-Identifier: MIT
# Fault-around: 64 KiB of what the page cache has; sixteen pages of 4K.
memfd M 20p
mmap S 20p rw shared memfd M 0
write S 0 18p 5
mmap P 20p rw private memfd M 0
read P 1p 1p
expect min=1
expect P 0 16p +present -write mc=2
expect P 16p 2p -present
read P 0 16p
expect min=0
write P 2p 1p 6
expect min=1
expect P 2p 1p +anon +write
expect S 2p 1p mc=1 b=5
read P 19p 1p
expect min=1
expect P 16p 2p +present
expect P 18p 1p -present
check
