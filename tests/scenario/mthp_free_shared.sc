# SPDX-License-Identifier: MIT
# MADV_FREE of a large folio as a whole: whoever else maps it, these entries
# become clean and old, as long as nothing says that the folio is dirty. Of a
# part the folio would have to be split: not while another process maps it.
mthp 64 always
mmap A 32p rw private anon
write A 0 32p 7
fork C
madvise A 0 16p free
madvise A 16p 3p free
expect A 0 16p -young -dirty -swapbacked order=4 mc=2 b=7
expect A 16p 16p +young +dirty +swapbacked order=4 mc=2
@C expect A 0 32p +dirty
check
# In the swap cache it must be the only user's.
swapon disk
mmap B 16p rw private anon
write B 0 16p 5
madvise B 0 16p pageout
read B 0 16p
fork D
madvise B 0 16p free
expect B 0 16p +young
check
exit C
exit D
