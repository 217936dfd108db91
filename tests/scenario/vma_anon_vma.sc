# SPDX-License-Identifier: MIT
# A half that is written later takes its neighbour's anon_vma, and an
# untouched neighbour merges with a written one in every release or from 6.16.
mmap A 8p rw private anon
mprotect A 4p 4p r
write A 0 1p 5
mprotect A 4p 4p rwx
write A 4p 1p 6
mprotect A 4p 4p rw
mmap B 6p rw private anon
mprotect B 2p 2p r
write B 0 1p 5
mprotect B 2p 2p rw
mprotect B 4p 2p none
mprotect B 2p 2p none
mprotect B 0 6p rw
mmap D 4p rw private anon
mprotect D 0 2p none
mprotect D 0 2p rw
mprotect D 2p 2p r
mprotect D 2p 2p rw
check
