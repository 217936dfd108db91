# SPDX-License-Identifier: MIT
# A device that cannot be read: SIGBUS; the entry stays, and the next access
# reads again.
swapon zram
mmap A 4p rw private anon
write A 0 4p 5
drain
madvise A 0 4p pageout
expect A 0 4p -present +swap
fail read 2
read A 0 4p
expect ret=-1 err=EFAULT sig=BUS done=1
expect A 0 1p +present b=5
expect A 1p 3p -present +swap
check
write A 1p 3p 6
expect ret=0 done=3 maj=3
expect A 0 1p b=5
expect A 1p 3p b=6
check
