# SPDX-License-Identifier: MIT
# semantics-fault.md 11: from 6.2 on a long-term pin to read the zero page or a
# page of a file in a private mapping makes the process a page of its own.
memfd F 2p
mmap S 2p rw shared memfd F 0
write S 0 2p 4
mmap P 2p rw private memfd F 0
mmap Z 2p rw private anon
read P 0 2p
read Z 0 2p
pin P 0 1p ro
pin Z 0 1p ro
expect P 0 1p +anon +exclusive -write b=4
expect Z 0 1p +anon +exclusive -write -zero b=0
expect P 1p 1p -anon
expect Z 1p 1p +zero
write P 0 1p 6
write Z 0 1p 6
expect pin b=6
expect S 0 1p b=4
check
unpin
# In a shared mapping the page is the file's, and stays so.
pin S 0 1p ro
expect S 0 1p -anon
write S 0 1p 9
expect pin b=9
ftruncate F 0
expect pin b=9
check
unpin
check
