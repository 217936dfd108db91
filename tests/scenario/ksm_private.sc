# SPDX-License-Identifier: MIT
# What is copied of a file's page is merged like anonymous memory; shared
# memory is not. PROT_NONE keeps no page out, nor does mlock (seen on 6.12).
memfd F 2p
mmap A 2p rw private memfd F 0
write A 0 2p 21
mmap B 2p rw private anon
write B 0 1p 21
mlock B 0 1p
mmap S 2p rw shared anon
write S 0 2p 21
mmap N 1p rw private anon
write N 0 1p 21
madvise A 0 2p mergeable
madvise B 0 2p mergeable
madvise S 0 2p mergeable
madvise N 0 1p mergeable
mprotect N 0 1p none
ksm 2
expect A 0 2p +ksm mc=4
expect B 0 1p +ksm mc=4
expect B 1p 1p -present
expect S 0 2p -ksm mc=1
expect N 0 1p +ksm +protnone
mprotect N 0 1p rw
expect N 0 1p +ksm -write
munlock B 0 1p
# Given up, made old, no longer soft-dirty: a KSM page stays what it is.
madvise B 0 1p free
madvise A 0 2p cold
clear_refs 4
expect A 0 2p +ksm mc=4
check
