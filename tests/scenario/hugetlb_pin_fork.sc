# SPDX-License-Identifier: MIT
# The child's copy of a pinned huge page may be written where its mapping may,
# and nowhere else. (Seen on 6.18.)
mmap A 2h rw private hugetlb
write A 0 2h 5
pin A 0 1p ro
pin A 1h 1p ro
mprotect A 1h 1h r
fork C
expect A 0 1h +write mc=1
expect A 1h 1h -write mc=1
@C expect A 0 1h +write mc=1 b=5
@C expect A 1h 1h -write mc=1 b=5
@C write A 0 1p 6
@C expect min=0
@C write A 1h 1p 6
@C expect sig=SEGV
@C mprotect A 1h 1h rw
@C write A 1h 1p 6
@C expect sig=0
expect A 0 2h b=5
check
