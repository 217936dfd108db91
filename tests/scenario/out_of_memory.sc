# SPDX-License-Identifier: MIT
# No memory for a fault is the process's end, for fork an error; the world
# stays whole.
mmap A 4p rw private anon
write A 0 1p 5
fail sim 1
write A 1p 1p 6
expect ret=-1 err=EFAULT sig=OOM done=0
write A 1p 1p 6
expect ret=0 done=1
fail sim 2
fork C
expect ret=-1 err=ENOMEM
check
expect ret=0
expect A 0 2p mc=1
write A 0 2p 7
expect done=2
brk 4p
brk 1p
brk 0
check
