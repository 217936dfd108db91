# SPDX-License-Identifier: MIT
# A shared mapping of a file that tracks dirty pages (page_mkwrite): the first
# write to each page faults, and again after the page was written back.
file F 4p writenotify
mmap A 4p rw shared memfd F 0
read A 0 4p
expect A 0 4p +present -write -dirty
write A 0 2p 5
expect min=2
expect counter page_mkwrite=2
expect A 0 2p +write +dirty
expect A 2p 2p -write -dirty
write A 0 2p 6
expect min=0
# mprotect gives the write bit back to what is dirty alone.
mprotect A 0 4p r
expect A 0 2p -write +dirty
mprotect A 0 4p rw
expect A 0 2p +write +dirty
expect A 2p 2p -write
# Another process has entries of its own.
mmap B 4p rw shared memfd F 0
write B 1p 1p 7
expect B 1p 1p +write +dirty
writeback F
expect counter folio_clear_dirty_for_io=2
expect A 0 4p -write -dirty
expect B 1p 1p -write -dirty
check
# Nothing is dirty: nothing is written.
writeback F
expect counter folio_clear_dirty_for_io=2
mprotect A 0 4p r
mprotect A 0 4p rw
write A 0 1p 8
expect min=1
expect A 0 1p +write +dirty b=8
# Private copies are no business of the file.
mmap C 4p rw private memfd F 0
write C 0 1p 9
writeback F
expect A 0 1p -write -dirty b=8
expect C 0 1p +write +dirty b=9
# Writes to what is not mapped yet.
mmap D 4p rw shared memfd F 0
write D 3p 1p 1
expect D 3p 1p +write +dirty
ftruncate F 2p
writeback F
check
