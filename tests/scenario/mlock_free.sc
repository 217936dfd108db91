# SPDX-License-Identifier: MIT
# What another process has locked is not given up: MADV_FREE makes the entry
# clean and old, and the page stays swap-backed.
mmap X 16p rw private anon
write X 0 16p 9
mlock X 0 4p
fork C
write X 0 1p 8
munlock X 1p 1p
@C madvise X 0 8p free
drain
dump X
@C dump X
@C expect X 0 8p -dirty -young b=9
@C expect X 0 2p -swapbacked
@C expect X 2p 2p +swapbacked
@C expect X 4p 4p -swapbacked
# Locked by a child, too; not any more when it is gone.
fork D
@D mprotect X 8p 4p r
@D mlock X 8p 4p
madvise X 8p 2p free
drain
dump X
expect X 8p 2p +swapbacked
exit D
madvise X 8p 2p free
drain
dump X
expect X 8p 2p -swapbacked
check
