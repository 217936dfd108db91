# SPDX-License-Identifier: MIT
# A write to a protected page that is swapped out brings it back protected, and
# waits for userfaultfd then. Recorded on 5.10.262 and 6.1.
uffd_open sync
swapon zram
mmap S 4p rw private anon
write S 0 4p 5
drain
uffd S 0 4p register
uffd S 0 4p wp
madvise S 0 4p pageout
expect S 0 4p +swap +uffd_wp
write S 3p 1p 3
expect uffd=1
expect S 3p 1p -uffd_wp b=3
read S 0 2p
expect S 0 2p +present +uffd_wp -write
write S 0 1p 3
expect uffd=1
expect S 0 1p -uffd_wp b=3
check
