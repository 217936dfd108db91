# SPDX-License-Identifier: MIT
# A child that offers nothing maps the page that its parent's became. Once the
# parent has pages of its own KSM lists nobody for it, and nothing is merged
# with it any more: equal pages get a KSM page of theirs (seen on 6.18).
mmap R 4p rw private anon
write R 0 1p 2
mmap S 1p rw private anon
write S 0 1p 2
fork C
madvise R 0 4p mergeable
madvise S 0 1p mergeable
ksm 4
expect R 0 1p +ksm mc=3
write R 0 1p 5
write S 0 1p 6
ksm 4
@C expect S 0 1p +ksm mc=1
@C madvise R 1p 3p mergeable
@C write R 1p 1p 2
ksm 4
@C expect R 1p 1p -ksm
@C write R 2p 1p 2
ksm 4
@C expect R 1p 2p +ksm mc=2
@C expect S 0 1p +ksm mc=1
check
