# SPDX-License-Identifier: MIT
# What /proc/vmstat counts of huge pages that are moved, and of those that
# cannot be moved or split because something else refers to them.
mmap A 1h rw private anon
madvise A 0 1h hugepage
write A 0 1p 5
move_pages A 0 1p 1
expect counter thp_migration_success=1
expect counter thp_migration_fail=0
pin A 0 1p
madvise A 1p 1p cold
expect counter thp_split_page_failed=1
expect counter thp_split_page=0
move_pages A 0 1p 0
expect counter thp_migration_success=1
expect counter thp_migration_fail=1
unpin
madvise A 1p 1p cold
expect counter thp_split_page_failed=1
expect counter thp_split_page=1
check
