# SPDX-License-Identifier: MIT
# Before 6.13 there is no such advice.
mmap A 1p rw private anon
write A 0 1p 1
madvise A 0 1p guard_install
expect err=EINVAL
madvise A 0 1p guard_remove
expect err=EINVAL
expect A 0 1p +present b=1
check
