# SPDX-License-Identifier: MIT
# Children share KSM pages by fork; the scanner lists them there too. As seen on
# 6.1 and 6.12.
mmap A 2p rw private anon
write A 0 2p 55
madvise A 0 2p mergeable
ksm 2
fork C
expect A 0 2p +ksm mc=4
expect counter ksm/pages_sharing=1
check
ksm 1
expect counter ksm/pages_shared=1
expect counter ksm/pages_sharing=3
@C write A 0 1p 56
@C expect A 0 1p -ksm mc=1 +write b=56
@C expect A 1p 1p +ksm mc=3
@C madvise A 0 2p unmergeable
expect min=1
@C expect A 1p 1p -ksm mc=1 b=55
expect A 0 2p +ksm mc=2
exit C
madvise A 0 2p unmergeable
expect min=2
check
# A page that fork shares becomes a KSM page where it is; the child's entry
# stays.
mmap B 2p rw private anon
write B 0 2p 44
madvise B 0 2p mergeable
fork D
ksm 3
expect B 0 2p +ksm mc=4
@D expect B 0 2p +ksm mc=4 -write
check
exit D
expect B 0 2p mc=2
# A child that offers nothing keeps its page: the parent's is another one then.
mmap E 1p rw private anon
write E 0 1p 33
fork F
mmap G 1p rw private anon
write G 0 1p 33
madvise E 0 1p mergeable
madvise G 0 1p mergeable
ksm 2
expect E 0 1p +ksm mc=2
expect G 0 1p +ksm mc=2
@F expect E 0 1p -ksm mc=1 b=33
@F madvise E 0 1p mergeable
ksm 1
@F expect E 0 1p +ksm mc=3
check
