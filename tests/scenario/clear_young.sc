# SPDX-License-Identifier: MIT
# clear_refs 1 to 3 forget accesses: to everything, to mappings without a file,
# to those with one. Neither dirty nor write bits change.
mmap A 1p rw private anon
memfd F 1p
mmap M 1p rw shared memfd F 0
write A 0 1p 5
write M 0 1p 5
clear_refs 2
expect A 0 1p -young +dirty +write b=5
expect M 0 1p +young
read A 0 1p
expect A 0 1p +young
clear_refs 3
expect A 0 1p +young
expect M 0 1p -young +dirty +write
clear_refs 1
expect A 0 1p -young
expect M 0 1p -young
check
