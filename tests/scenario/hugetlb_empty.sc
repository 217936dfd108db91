# SPDX-License-Identifier: MIT
# Without a reservation a fault that finds the pool empty is a SIGBUS; a page
# that goes comes back to the pool. noreserve is not known to the language, so
# a child stands for it: it has no reservation of its own.
mmap A 8h rw private hugetlb
write A 0 8h 5
fork C
@C write A 0 1p 6
@C expect ret=-1 sig=BUS
@C munmap A 0 4h
check
madvise A 0 1h dontneed
expect A 0 1h -present
write A 0 1p 7
expect A 0 1h +huge +write
munmap A 7h 1h
@C munmap A 7h 1h
@C write A 4h 1p 6
@C expect sig=0 done=1
check
