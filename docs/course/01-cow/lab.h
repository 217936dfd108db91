/* SPDX-License-Identifier: MIT */
/*
 * The two decisions of this lab. The simulated kernel asks them; you write
 * them in lab.c. README.md says what they are about.
 */
#ifndef LAB_H
#define LAB_H

#include <mmsim/mmsim.h>

/* A bit of ctx->vm_flags: the mapping is shared, writes are for everybody. */
#define LAB_VM_SHARED 0x8u

/**
 * may_reuse_page() - a process writes a page of anonymous memory through an
 * entry without the write bit, in a private mapping that may be written.
 *
 * Return: 1: the entry is made writable and the process goes on with this
 * page. 0: the process gets a copy.
 */
int may_reuse_page(const struct mmsim_rule_ctx *ctx, void *user);

/**
 * may_set_write_bit() - mprotect() has just made a mapping writable, and has
 * come to an entry that is present and not writable.
 *
 * Return: 1: the entry is made writable now. 0: it stays read-only, and the
 * next write will fault.
 */
int may_set_write_bit(const struct mmsim_rule_ctx *ctx, void *user);

#endif
