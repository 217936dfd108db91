# SPDX-License-Identifier: MIT
# A CPU that sets neither accessed nor dirty: faults do (arm64 without
# FEAT_HAFDBS).
mmap A 2p rw private anon
write A 0 2p 5
drain
madvise A 0 1p cold
expect A 0 1p -young
read A 0 1p
expect min=1
expect A 0 1p +young
madvise A 1p 1p free
read A 1p 1p
write A 1p 1p 6
expect A 1p 1p +dirty +young
mmap S 1p rw shared anon
read S 0 1p
write S 0 1p 5
expect min=1
expect S 0 1p +dirty
check
