# SPDX-License-Identifier: MIT
# Radix has an execute right of its own.
mmap A 1p x private anon
read A 0 1p
expect ret=-1 err=EFAULT sig=SEGV done=0
write A 0 1p
expect sig=SEGV
check
