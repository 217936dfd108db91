# SPDX-License-Identifier: MIT
# arch-arm64.md 8, 7.2: blocks are made whole, and broken by what concerns one
# page; accessed and dirty spread to the rest when they are.
mthp 64 always
mmap A 32p rw private anon
write A 0 32p 7
expect A 0 32p +cont +write +dirty
expect counter contpte_convert=0
mprotect A 0 16p r
expect A 0 16p +cont -write
mprotect A 0 16p rw
expect A 0 16p +cont +write
expect counter contpte_convert=0
mprotect A 4p 4p r
expect A 0 16p -cont
expect A 4p 4p -write +dirty
expect A 16p 16p +cont
expect counter contpte_convert=1
madvise A 16p 16p cold
expect A 16p 16p +cont -young
read A 20p 1p
expect A 20p 1p +cont +young
expect A 21p 1p +cont -young
madvise A 16p 1p dontneed
expect A 17p 15p -cont +young
expect counter contpte_convert=2
check
mmap B 16p rw private anon
write B 0 16p 7
fork C
expect B 0 16p +cont -write
@C expect B 0 16p +cont -write -young
expect counter contpte_convert=2
@C write B 3p 1p 8
@C expect B 0 16p -cont
expect B 0 16p +cont
check
mmap D 16p rw private anon
write D 0 16p 7
mprotect D 15p 1p r
expect D 0 16p -cont
mprotect D 15p 1p rw
expect D 0 16p +cont +write
mprotect B 0 16p none
munmap B 0 16p
check
