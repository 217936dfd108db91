# SPDX-License-Identifier: MIT
# Swap entries under fork: each process sees what was written, and its own
# writes alone; a page that two processes map is not reclaimed.
swapon zram
mmap A 4p rw private anon
write A 0 4p 5
madvise A 0 2p pageout
fork C
expect A 0 2p -present +swap -exclusive
@C expect A 0 2p -present +swap -exclusive
expect A 2p 2p +present -write mc=2
check
madvise A 2p 2p pageout
expect A 2p 2p +present mc=2
@C write A 0 1p 7
@C expect done=1
@C expect A 0 1p b=7 mc=1
check
read A 0 2p
expect A 0 2p b=5
check
write A 0 4p 8
@C read A 0 4p
@C expect A 0 1p b=7
@C expect A 1p 3p b=5
expect A 0 4p b=8
check
exit C
check
write A 0 4p 9
expect A 0 4p b=9 mc=1
check
