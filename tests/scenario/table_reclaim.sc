# SPDX-License-Identifier: MIT
# MADV_DONTNEED of a whole extent frees its empty table where the release and
# the architecture have it (6.14, x86 and arm64).
mmap A 1h rw private anon
write A 0 3p 5
madvise A 0 1h dontneed
expect ret=0
expect counter try_to_free_pte=1
write A 0 1p 6
expect min=1
madvise A 0 2p dontneed
expect counter try_to_free_pte=1
check
