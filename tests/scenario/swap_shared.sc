# SPDX-License-Identifier: MIT
# Shared memory: what was written goes to the device, its file has the slot;
# what was only read holds zeroes and goes. Every process finds it again.
swapon zram
memfd F 6p
mmap A 4p rw shared memfd F 0
mmap B 4p rw shared anon
write A 0 2p 5
read A 2p 1p
write B 0 1p 6
madvise A 0 4p pageout
madvise B 0 4p pageout
expect A 0 4p -present -swap
check
fork C
@C read A 0 1p
@C expect maj=1
@C expect A 0 1p b=5
write A 0 1p 7
@C expect A 0 1p b=7
read A 1p 1p
expect maj=1
expect A 1p 1p b=5
@C read B 0 1p
@C expect B 0 1p b=6
exit C
check
# MADV_WILLNEED reads it before it is asked for.
madvise A 0 2p pageout
madvise A 0 2p willneed
read A 0 2p
expect maj=0 done=2
expect A 0 1p b=7
check
# Truncation drops slots too; the tail of the last page that stays is zeroed.
write A 0 4p 8
madvise A 0 4p pageout
check
ftruncate F 1p
check
read A 0 2p
expect sig=BUS done=1
expect A 0 1p b=8
swapoff
expect ret=0
check
