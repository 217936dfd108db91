# SPDX-License-Identifier: MIT
# No such system call before 6.10.
mmap A 1p rw private anon
mseal A 0 1p
expect err=ENOSYS
munmap A 0 1p
expect err=0
