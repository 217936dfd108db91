# SPDX-License-Identifier: MIT
# A process that ran on another CPU too: reclaim flushes once for all that it
# unmaps. Whoever changes entries afterwards cannot know that this is done, and
# flushes all of the process, once. (x86-64; two CPUs.)
tlb keep
swapon zram
mmap A 8p rw private anon
write A 0 8p 5
drain
cpu 1
read A 0 8p
cpu 0
vmstat nr_tlb_remote_flush
madvise A 0 4p pageout
expect A 0 4p -present +swap
# What is dirty is flushed before it is written: page by page.
expect counter arch_tlbbatch_flush=4
expect counter flush_tlb_mm=0
expect counter ptep_clear_flush=0
check
mprotect A 4p 2p r
expect counter flush_tlb_mm=1
mprotect A 4p 2p rw
expect counter flush_tlb_mm=1
cpu 1
read A 0 4p
expect maj=4
check
# What was given up is not written: one flush for each 31 pages.
mmap B 40p rw private anon
write B 0 40p 6
cpu 0
read B 0 40p
drain
madvise B 0 40p free
drain
madvise B 0 40p pageout
expect B 0 40p -present -swap
expect counter arch_tlbbatch_flush=6
check
