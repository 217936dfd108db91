# SPDX-License-Identifier: MIT
# Memory of a file that breaks: from 5.16 on it stays in the file, and whoever
# faults on it gets a SIGBUS.
memfd F 8p
mmap A 8p rw shared memfd F 0
mmap B 8p rw private memfd F 0
write A 0 8p 5
read B 0 8p
write B 1p 1p 6
hwpoison A 1p
expect ret=0
expect A 1p 1p +hwpoison
expect B 1p 1p +present b=6
hwpoison A 2p
expect A 2p 1p +hwpoison
expect B 2p 1p +hwpoison
read A 2p 1p
expect sig=BUS
check
# Not the entry alone says so.
madvise A 0 8p dontneed
expect A 0 8p -present -hwpoison
read A 2p 1p
expect sig=BUS
expect A 2p 1p -present
read A 3p 1p
expect sig=0
expect A 3p 1p b=5
expect A 1p 2p -present
mmap D 8p rw private memfd F 0
write D 2p 1p 1
expect sig=BUS
# A hole lets it go, and its entries stay where they are private.
madvise A 1p 2p remove
expect ret=0
expect B 2p 1p +hwpoison
read A 2p 1p
expect sig=0
expect A 2p 1p b=0
check
