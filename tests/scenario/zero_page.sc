# SPDX-License-Identifier: MIT
# A read maps the zero page, which belongs to nobody; a write replaces it.
mmap A 4p rw private anon
read A 0 4p
expect min=4
expect A 0 4p +zero +special -write -dirty mc=0 b=0
status
write A 1p 1p 5
expect min=1
expect A 1p 1p +anon -zero -special +write mc=1
mprotect A 0 4p r
mprotect A 0 4p rw
expect A 0 1p -write +zero
write A 0 1p 6
expect min=1
write A 3p 1p 7
fork C
@C expect A 2p 1p +zero -young
madvise A 0 4p dontneed
expect A 0 4p -present
munmap A 0 4p
write A 0 1p
expect sig=SEGV
check
