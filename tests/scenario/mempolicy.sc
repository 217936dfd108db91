# SPDX-License-Identifier: MIT
# numa_memory_policy.rst: which node new pages come from. Needs two nodes, a
# CPU on each.
mmap A 8p rw private anon
write A 0 1p
expect A 0 1p node=0
mbind A 0 2p bind:1
expect ret=0
write A 1p 1p
expect A 0 1p node=0
expect A 1p 1p node=1
# What is next to it and has the same policy becomes one mapping with it.
mbind A 2p 1p 1
write A 2p 1p
expect A 2p 1p node=1
# Interleaving goes by the place, not by who is first.
mmap B 8p rw private anon
mbind B 0 8p interleave:0-1
write B 1p 1p
write B 0 1p
write B 2p 6p
node B 0 8p
expect n0=4 n1=4
move_pages B 0 8p 0
node B 0 8p
expect n0=8
# Moved back by what the policy says; each already may be where it is.
mbind B 0 8p bind:1 move
node B 0 8p
expect n1=8
# The policy of the process holds where a mapping has none.
set_mempolicy preferred:1
mmap C 2p rw private anon
write C 0 1p
expect C 0 1p node=1
mbind C 1p 1p local
write C 1p 1p
expect C 1p 1p node=0
fork K
@K mmap D 2p rw private anon
@K write D 0 1p
@K expect D 0 1p node=1
@K write A 3p 1p
@K expect A 3p 1p node=1
exit K
set_mempolicy default
write A 3p 1p
expect A 3p 1p node=0
check
# To look is no move, and refuses; to move is to obey.
mbind A 0 1p bind:1 strict
expect err=EIO
expect A 0 1p node=0
mbind A 0 1p bind:1 move strict
expect ret=0
expect A 0 1p node=1
# A policy without nodes is met by no page; moved, it is where it should be
# (asked of 6.18).
mbind A 0 1p local strict
expect err=EIO
mbind A 0 1p preferred strict
expect err=EIO
mbind A 0 1p default strict
expect ret=0
cpu 1
mbind A 0 1p local strict move
expect ret=0
cpu 0
mbind A 0 1p bind:1
expect A 0 1p node=1
# A page that another process maps stays: strict says so.
fork L
mbind A 0 1p bind:0 move strict
expect err=EIO
expect A 0 1p node=1
mbind A 0 1p default
mbind A 0 1p bind:0 move_all strict
expect ret=0
expect A 0 1p node=0 mc=2
exit L
# All of a process: the n-th node goes to the n-th.
migrate_pages 0 1
expect ret=0
node A 0 4p
expect n1=4
migrate_pages 0-1 1,0
node A 0 4p
expect n0=0 n1=4
migrate_pages 1 0
node A 0 4p
expect n0=4
migrate_pages 0 2
expect err=EINVAL
# What cannot be.
mbind A 0 1p bind:2
expect err=EINVAL
mbind A 0 1p bind
expect err=EINVAL
mbind A 0 1p default:0
expect err=EINVAL
mbind A 0 1p local:0
expect err=EINVAL
mbind A 0 1p preferred:2
expect err=EINVAL
mbind A 0 1p interleave+balancing:0
expect err=EINVAL
mbind A 1 1p bind:0
expect err=EINVAL
mbind A 0 1p bind+static+relative:0
expect err=EINVAL
set_mempolicy bind:3-5
expect err=EINVAL
set_mempolicy interleave
expect err=EINVAL
mbind A 0 64p bind:0
expect err=EFAULT
mbind A 16p 8p default
expect err=EFAULT
munmap A 6p 1p
mbind A 0 8p default
expect ret=0
mbind A 0 8p bind:0
expect err=EFAULT
check
