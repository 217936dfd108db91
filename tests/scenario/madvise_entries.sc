# SPDX-License-Identifier: MIT
# FREE makes entries clean and old, COLD old; neither takes the page away.
mmap A 40p rw private anon
write A 0 40p 5
drain
madvise A 0 4p cold
expect A 0 4p -young +dirty
madvise A 4p 36p free
expect A 4p 36p -young -dirty b=5
drain
expect A 4p 36p -swapbacked
read A 0 1p
expect min=0
expect A 0 1p +young
madvise A 0 40p dontneed
expect A 0 40p -present
check
