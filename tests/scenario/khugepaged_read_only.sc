# SPDX-License-Identifier: MIT
# Seen on 6.18 (docs/divergences.md).
# Nobody referred to any of it; mapped read-only it would do.
mmap D 1h rw private anon
madvise D 0 1h nohugepage
write D 0 1h 8
madvise D 0 1h hugepage
mprotect D 0 1h r
clear_refs 1
khugepaged 1
expect D 0 1p lvl=12
read D 9p 1p
khugepaged 1
expect D 0 1h lvl=21 -write b=8
check
