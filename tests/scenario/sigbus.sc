# SPDX-License-Identifier: MIT
# Past the end of its file a mapping is there, but no page is.
memfd M 5
mmap S 3p rw shared memfd M 0
mmap P 3p rw private memfd M 0
write S 0 3p 5
expect ret=-1 err=EFAULT sig=BUS done=1
read P 1p 1p
expect sig=BUS done=0
write P 1p 1p
expect sig=BUS done=0
write P 0 1p 6
ftruncate M 3p
write S 0 3p 7
expect ret=0 done=3
read P 0 3p
expect done=3
expect P 0 1p b=6 +anon
expect P 1p 2p b=7 -anon
ftruncate M 0
expect S 0 3p -present
expect P 0 3p -present
read P 0 1p
expect sig=BUS
check
