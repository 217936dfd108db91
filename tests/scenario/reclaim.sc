# SPDX-License-Identifier: MIT
# Reclaim on demand takes what was not used for longest. What was used since it
# was looked at stays for another round; what was written is swapped out.
swapon ssd
mmap A 8p rw private anon
write A 0 8p 5
drain
reclaim 0
expect ret=0 done=0
# Only the first four were not used since their entries became old.
clear_refs 1
read A 4p 4p
reclaim 4
expect ret=0 done=4
expect A 0 4p -present +swap
expect A 4p 4p +present
check
read A 0 4p
expect A 0 8p b=5
check
# More than there is: all of it goes, but no more.
reclaim 1000
expect err=EAGAIN
expect A 0 8p -present +swap
check
write A 0 8p 6
expect A 0 8p b=6
check
# A locked page stays.
mlock A 0 2p
drain
reclaim 1000
expect err=EAGAIN
expect A 0 2p +present
expect A 2p 6p -present +swap
check
munlock A 0 2p
reclaim 2
expect ret=0 done=2
expect A 0 2p -present
# What nothing swaps out stays without a device.
read A 0 8p
swapoff
drain
reclaim 8
expect err=EAGAIN done=0
expect A 0 8p +present b=6
check
# Shared memory with two mappings is written once.
swapon ssd
memfd F 4p
mmap B 4p rw shared memfd F 0
mmap C 4p rw shared memfd F 0
write B 0 4p 7
read C 0 4p
drain
reclaim 1000
expect err=EAGAIN
expect B 0 4p -present
expect C 0 4p -present
read C 0 4p
expect C 0 4p b=7
check
munmap B 0 4p
munmap C 0 4p
munmap A 0 8p
reclaim 1000
check
