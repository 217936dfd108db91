# SPDX-License-Identifier: MIT
# What is not there: ENOENT (recorded on 6.12 and 7.2).
# Needs two nodes.
mmap A 1h rw private anon
mmap B 4p rw shared anon
memfd F 4p
mmap C 4p rw private memfd F 0
move_pages A 0 1p 1
expect st0=-2
write A 0 1p 5
move_pages A 1p 1p 1
expect st0=-2
move_pages B 0 1p 1
expect st0=-2
move_pages C 0 1p 1
expect st0=-2
write C 0 1p 5
move_pages C 1p 1p 1
expect st0=-2
