# SPDX-License-Identifier: MIT
# A broken page: its entry says so in every process, the next access is a
# SIGBUS, and the frame is out of use.
mmap A 8p rw private anon
write A 0 8p 5
fork C
hwpoison A 2p
expect ret=0
expect A 2p 1p -present +hwpoison
@C expect A 2p 1p -present +hwpoison
expect A 1p 1p +present mc=2 b=5
read A 0 8p
expect sig=BUS done=2
@C write A 2p 1p 6
@C expect sig=BUS
check
# fork, protection and mremap leave it; advice and munmap take it out.
fork D
@D expect A 2p 1p +hwpoison
@D read A 2p 1p
@D expect sig=BUS
exit D
mprotect A 0 8p r
mprotect A 0 8p rw
expect A 2p 1p +hwpoison
mremap A 0 8p 8p B
expect B 2p 1p +hwpoison
read B 2p 1p
expect sig=BUS
hwpoison B 2p
expect err=EFAULT
madvise B 0 8p dontneed
expect B 0 8p -present -hwpoison
write B 2p 1p 7
expect sig=0
expect B 2p 1p +present b=7
@C expect A 2p 1p +hwpoison
check
exit C
# Nothing, and what may not be read.
hwpoison B 9p
expect err=EFAULT
mprotect B 0 8p none
hwpoison B 0
expect err=EFAULT
# One by one, and locked ones too.
mmap L 4p rw private anon
write L 0 4p 1
mlock L 0 4p
hwpoison L 0
expect ret=0
hwpoison L 3p
expect ret=0
expect L 0 1p +hwpoison
expect L 1p 2p +present
expect L 3p 1p +hwpoison
munmap L 0 4p
check
