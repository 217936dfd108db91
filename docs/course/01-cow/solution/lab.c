/* SPDX-License-Identifier: MIT */
/*
 * A reference solution: small pages, Linux 7.2.
 */
#include "lab.h"

/*
 * Exclusive: nobody else can come to see the page without clearing the mark,
 * whatever references there are. Otherwise only the last reference will do:
 * a map count of one says nothing of those who hold the page unmapped. A KSM
 * page stands for contents that others may be given at any time.
 */
int may_reuse_page(const struct mmsim_rule_ctx *ctx, void *user)
{
	(void)user;
	if (!ctx->has_page || !ctx->page_anon)
		return 0;
	if (ctx->page_anon_exclusive)
		return 1;
	return !ctx->page_ksm && ctx->refcount == 1;
}

/* Somebody is to be told of the next write, so there has to be a fault. */
static int write_is_watched(const struct mmsim_rule_ctx *ctx)
{
	if (ctx->entry & MMSIM_E_PROTNONE)
		return 1;
	if (ctx->soft_dirty_tracking && !(ctx->entry & MMSIM_E_SOFT_DIRTY))
		return 1;
	return ctx->uffd_wp_armed && ctx->entry & MMSIM_E_UFFD_WP;
}

int may_set_write_bit(const struct mmsim_rule_ctx *ctx, void *user)
{
	(void)user;
	if (write_is_watched(ctx))
		return 0;
	/* A dirty entry: the file system has been told already. */
	if (ctx->vm_flags & LAB_VM_SHARED)
		return !!(ctx->entry & MMSIM_E_DIRTY);
	return ctx->has_page && ctx->page_anon && ctx->page_anon_exclusive;
}
