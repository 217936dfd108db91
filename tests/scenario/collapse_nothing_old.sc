# SPDX-License-Identifier: MIT
# The same up to 6.18: refused.
mmap A 4h rw private anon
write A 0 4h 5
madvise A 16p 16p collapse
expect err=EINVAL
expect A 0 1h -huge
# What cannot be collapsed at all is refused first.
mmap C 16p rw private anon
write C 0 16p 5
madvise C 4p 4p collapse
expect err=EINVAL
mmap G 2h rw private anon
madvise G 1p 4p collapse
expect err=EINVAL
check
