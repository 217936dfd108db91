# SPDX-License-Identifier: MIT
# What is not there: EFAULT of private anonymous memory (recorded on 5.10 and 6.1).
# Needs two nodes.
mmap A 1h rw private anon
mmap B 4p rw shared anon
memfd F 4p
mmap C 4p rw private memfd F 0
move_pages A 0 1p 1
expect st0=-14
write A 0 1p 5
move_pages A 1p 1p 1
expect st0=-14
move_pages B 0 1p 1
expect st0=-2
move_pages C 0 1p 1
expect st0=-2
write C 0 1p 5
move_pages C 1p 1p 1
expect st0=-2
