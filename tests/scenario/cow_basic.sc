# SPDX-License-Identifier: MIT
# A write after fork is never seen on the other side, whoever writes first;
# neither where mprotect took the right away and gave it back in between.
mmap A 4p rw private anon
write A 0 4p 5
expect min=4 maj=0 done=4
fork C
expect A 0 4p mc=2 -write +dirty +young b=5
@C expect A 0 4p mc=2 -write +dirty -young b=5
write A 0 1p 6
expect min=1 done=1
expect A 0 1p mc=1 +write b=6
@C expect A 0 1p mc=1 -write b=5
@C write A 1p 1p 7
@C expect min=1
@C expect A 1p 1p mc=1 +write b=7
expect A 1p 1p mc=1 -write b=5
mprotect A 0 4p r
mprotect A 0 4p rw
write A 2p 1p 8
expect min=1
@C expect A 2p 1p b=5
@C mprotect A 0 4p r
@C write A 3p 1p 9
@C expect ret=-1 err=EFAULT sig=SEGV done=0 min=0
@C mprotect A 0 4p rw
@C write A 3p 1p 9
@C expect min=1
expect A 3p 1p b=5
exit C
write A 0 4p 4
expect A 0 4p mc=1 +write +dirty b=4
check
expect ret=0
