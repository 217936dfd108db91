# SPDX-License-Identifier: MIT
# What userfaultfd refuses, and what a refusal leaves as it was.
uffd_open async
mmap A 4p rw private anon
mmap B 4p rw private anon +4p
uffd A 1 4p register
expect err=EINVAL
uffd A 0 0 register
expect err=EINVAL
uffd A 0 1 register
expect err=EINVAL
uffd A 4p 4p register
expect err=EINVAL
uffd A 4p 4p unregister
expect err=EINVAL
uffd A 0 4p wp
expect err=ENOENT
uffd A 0 4p register
expect err=0
uffd A 0 4p register
expect err=0
uffd A 0 0 wp
expect err=EINVAL
uffd A 0 100 unwp
expect err=EINVAL
uffd A 4p 1p wp
expect err=ENOENT
uffd A 0 8p wp
expect err=0
expect A 0 4p +marker
# Nothing is protected: that is no mistake.
uffd A 0 4p unwp
expect err=0
uffd A 0 4p unwp
expect err=0
# What lies before a mapping that is not registered is done.
munmap A 2p 1p
uffd A 0 4p wp
expect err=0
uffd A 2p 1p wp
expect err=ENOENT
uffd A 0 4p unregister
expect err=0
uffd A 0 4p unregister
expect err=0
check
