# SPDX-License-Identifier: MIT
# What each kind of page comes to when it is reclaimed.
#
# Given up and not written since: it goes without a device.
mmap A 64p rw private anon
write A 0 64p 5
drain
madvise A 0 64p free
drain
write A 0 1p 6
reclaim 1000
expect err=EAGAIN
expect A 0 1p +present b=6
expect A 1p 63p -present -swap
read A 1p 63p
expect done=63
expect A 1p 63p b=0
check
# A clean page of a file with a file system goes, and is read again.
file F 4p writenotify
mmap B 4p rw shared memfd F 0
write B 0 4p 7
drain
reclaim 1000
expect err=EAGAIN done=0
expect B 0 4p -present
writeback F
reclaim 1000
expect err=EAGAIN done=4
check
write B 0 1p 8
expect maj=1
read B 1p 3p
expect maj=3
expect B 0 1p b=8
expect B 1p 3p b=7
check
# What is behind the end of the file goes wherever it is.
writeback F
drain
reclaim 1000
expect done=4
ftruncate F 2p
ftruncate F 4p
read B 2p 2p
expect done=2
expect B 2p 2p b=0
read B 0 2p
expect maj=2
expect B 0 1p b=8
check
# fork: one page, two entries.
swapon zram
mmap C 4p rw private anon
write C 0 4p 9
fork K
drain
reclaim 1000
expect C 0 4p -present +swap
@K expect C 0 4p -present +swap
@K write C 0 4p 10
expect C 0 4p -present
read C 0 4p
expect C 0 4p b=9
@K expect C 0 4p b=10
check
# A pinned page stays.
drain
pin C 0 1p
reclaim 1000
expect C 0 1p +present
expect C 1p 3p -present +swap
unpin
check
# Active pages are looked at once there are more of them than of others.
exit K
read C 0 4p
drain
vmstat pgactivate pgdeactivate
reclaim 1000
expect C 0 4p -present +swap
swapoff
read C 0 4p
expect C 0 4p b=9
check
