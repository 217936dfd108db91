# SPDX-License-Identifier: MIT
# swapoff brings back what every process has on the devices.
swapoff
expect err=EINVAL
swapon zram
swapon disk
mmap A 4p rw private anon
write A 0 4p 5
madvise A 0 4p pageout
fork C
@C write A 0 1p 6
swapoff
expect ret=0
expect A 0 4p +present b=5
@C expect A 0 1p b=6
@C expect A 1p 3p +present b=5
check
write A 0 4p 7
@C read A 0 4p
@C expect A 0 1p b=6
@C expect A 1p 3p b=5
expect A 0 4p b=7
check
# Without a device there is nowhere to go.
madvise A 0 4p pageout
expect A 0 4p +present
check
