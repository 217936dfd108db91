# SPDX-License-Identifier: MIT
# Rights split a mapping and bring it together again; pages that came with a
# neighbour's anon_vma do not keep the halves apart.
mmap A 8p rw private anon
mprotect A 2p 2p r
expect counter split_vma=2
mprotect A 2p 2p r
mprotect A 2p 2p rw
expect counter vma_merge=1
write A 0 2p 5
mprotect A 4p 4p r
write A 2p 1p 6
mprotect A 4p 4p rw
write A 4p 1p 6
mprotect A 1p 1p none
mprotect A 1p 1p rw
munmap A 3p 1p
write A 3p 1p
expect sig=SEGV
mprotect A 0 8p r
expect ret=-1 err=ENOMEM
write A 0 1p
expect sig=SEGV
write A 4p 1p
expect done=1
check
