# SPDX-License-Identifier: MIT
# A page under MADV_FREE waits in its CPU's batch through a fork and a copy on
# write of pages that the fork itself brought to the LRU. With pages of 64K it
# does not bring them there, and the copy empties the batches (recorded on 6.1).
mmap X 40p rw private anon
write X 0 40p 9
mmap D1 8p rw private anon
madvise X 18p 1p free
expect X 18p 1p +swapbacked
write D1 0 4p
fork D
write D1 0 4p
dump X 18p 1p
expect X 18p 1p +swapbacked
check
