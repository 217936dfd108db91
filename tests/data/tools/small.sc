trace on
mmap A 4p rw private anon
write A 0 4p 7
dump A
maps
