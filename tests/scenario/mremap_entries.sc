# SPDX-License-Identifier: MIT
# What moves keeps its pages, rights and contents; the old place is gone, or
# with DONTUNMAP empty.
mmap A 4p rw private anon
write A 0 3p 5
mremap A 0 4p 6p B
expect ret=0
expect B 0 3p b=5 +write +dirty mc=1
expect B 3p 3p -present
read A 0 1p
expect sig=SEGV
write B 0 3p 6
expect min=0
mremap B 1p 2p 2p D dontunmap
expect D 0 2p b=6
expect B 1p 2p -present
read B 1p 2p
expect min=2 done=2
expect B 1p 2p +zero
mremap B 0 9p 10p E
expect ret=-1 err=EFAULT
mremap B 0 2p 1p F
expect F 0 1p b=6
check
