mmap A 4p rw private anon

# a comment
frobnicate A 0 4p
