# SPDX-License-Identifier: MIT
# MADV_COLLAPSE of less than an extent, with no end of one in it.
mmap A 4h rw private anon
write A 0 4h 5
madvise A 16p 16p collapse
expect ret=0
expect A 0 1h -huge
# What cannot be collapsed at all is refused first. S keeps C apart from A.
mmap S 16p none private anon
mmap C 16p rw private anon
write C 0 16p 5
madvise C 4p 4p collapse
expect err=EINVAL
mmap G 2h rw private anon
madvise G 1p 4p collapse
expect err=EINVAL
check
