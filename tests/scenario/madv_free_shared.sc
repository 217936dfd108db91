# SPDX-License-Identifier: MIT
# MADV_FREE of a whole folio that others map too: as of a single page, only a
# dirty folio or one in the swap cache has to be this process's alone. Recorded
# on 6.12 and 7.2.
mthp 64 always
mmap A 48p rw private anon
write A 0 48p 5
fork K
madvise A 0 16p free
expect A 0 16p -young -dirty mc=2
@K expect A 0 16p -young +dirty
# Part of one: it would have to be split, and is left.
madvise A 20p 4p free
expect A 16p 16p +young +dirty mc=2
# MADV_COLD asks who maps it.
madvise A 32p 16p cold
expect A 32p 16p +young mc=2
write A 0 1p 6
expect min=1
@K expect A 0 1p b=5
check
