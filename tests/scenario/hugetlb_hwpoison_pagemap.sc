# SPDX-License-Identifier: MIT
# pagemap does not call a page of hugetlb that broke swapped, as it does one of
# 4K (recorded on 5.10, 6.1, 6.12 and 7.2).
mmap A 1h r private hugetlb
hwpoison A 0
expect A 0 1h +hwpoison pm=D
mmap B 1p rw private anon
write B 0 1p 5
hwpoison B 0
expect B 0 1p +hwpoison pm=SD
