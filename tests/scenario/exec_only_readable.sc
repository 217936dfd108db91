# SPDX-License-Identifier: MIT
# x86 without protection keys, arm64 without EPAN, hash: an executable
# mapping can be read.
mmap A 1p x private anon
read A 0 1p
expect ret=0 done=1
write A 0 1p
expect sig=SEGV
check
