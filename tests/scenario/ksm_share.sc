# SPDX-License-Identifier: MIT
# max_page_sharing: more equal pages than that are another KSM page, and what is
# met next goes to the one that is mapped most of those with room. Names, but
# for the numbers, as seen with 256 on 6.1 and 6.12 (a huge page of equal pages).
sys ksm/max_page_sharing 3
mmap A 8p rw private anon
write A 0 8p 9
madvise A 0 8p mergeable
ksm 2
expect A 0 3p +ksm mc=3
expect A 3p 3p +ksm mc=3
expect A 6p 2p +ksm mc=2
expect counter ksm/pages_shared=3
expect counter ksm/pages_sharing=5
check
# By fork there may be more.
fork C
ksm 1
expect A 0 6p mc=6
check
exit C
# Room again: the last one alone has it.
write A 0 1p 8
write A 0 1p 9
expect A 1p 2p mc=2
ksm 1
expect A 0 1p +ksm mc=3
expect A 6p 2p mc=2
expect A 1p 5p mc=3
check
