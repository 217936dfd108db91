mmap A 1p rw private anon
write A 0 1p 7
expect done=2
