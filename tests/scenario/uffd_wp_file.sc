# SPDX-License-Identifier: MIT
# Up to 5.18 a file's memory cannot be protected; userfaultfd takes it all the
# same, so to register it no longer is no mistake.
memfd F 4p
uffd_open sync
mmap A 4p rw shared memfd F 0
uffd A 0 4p register
expect err=EINVAL
uffd A 0 4p unregister
expect err=0
check
