# SPDX-License-Identifier: MIT
# Holes in files; private copies stay. A read of dirty shared memory.
memfd M 4p
mmap S 4p rw shared memfd M 0
mmap P 4p rw private memfd M 0
write S 0 4p 5
write P 0 1p 6
read P 1p 1p
madvise S 0 4p remove
expect ret=0
expect S 0 4p -present
expect P 0 1p b=6
expect P 1p 1p -present
madvise P 0 1p remove
expect ret=-1 err=EACCES
write S 0 1p 7
mmap T 4p rw shared memfd M 0
read T 0 1p
expect T 0 1p b=7 mc=2
madvise P 0 4p dontneed
read P 0 1p
expect P 0 1p b=7 mc=3
write P 0 1p 8
expect min=1
expect counter wp_page_copy=1
read P 2p 1p
fork C
@C expect P 2p 1p mc=2 -anon
@C expect P 0 1p b=8 mc=2
check
