/* SPDX-License-Identifier: MIT */
/*
 * Rules that look right and are not. The grader has to take points for each:
 * WRONG says which one this is.
 */
#include "lab.h"

int may_reuse_page(const struct mmsim_rule_ctx *ctx, void *user)
{
	(void)user;
#if WRONG == 1 /* everything is mine */
	(void)ctx;
	return 1;
#elif WRONG == 2 /* counts entries, not references */
	return !ctx->page_ksm && ctx->mapcount == 1;
#elif WRONG == 3 /* forgets that the mark can be lost and won again */
	return ctx->page_anon_exclusive;
#elif WRONG == 4 /* forgets the mark */
	return !ctx->page_ksm && ctx->refcount == 1;
#elif WRONG == 5 /* forgets KSM */
	return ctx->page_anon_exclusive || ctx->refcount == 1;
#else
	return ctx->page_anon_exclusive ||
	       (!ctx->page_ksm && ctx->refcount == 1);
#endif
}

int may_set_write_bit(const struct mmsim_rule_ctx *ctx, void *user)
{
	(void)user;
#if WRONG == 1 /* the mapping may be written */
	(void)ctx;
	return 1;
#elif WRONG == 2 /* forgets the zero page and files */
	return !ctx->has_page || ctx->page_anon_exclusive || !ctx->page_anon;
#elif WRONG == 3 /* Linux 6.1: only if dirty */
	return ctx->page_anon_exclusive && ctx->entry & MMSIM_E_DIRTY;
#elif WRONG == 4 /* forgets who watches */
	return ctx->page_anon_exclusive;
#elif WRONG == 5 /* soft-dirty the wrong way round, as once in Linux */
	return ctx->page_anon_exclusive &&
	       (ctx->soft_dirty_tracking || ctx->entry & MMSIM_E_SOFT_DIRTY);
#else		 /* takes what could be used again for what is mine */
	if (ctx->entry & MMSIM_E_PROTNONE)
		return 0;
	return ctx->page_anon && ctx->mapcount == 1;
#endif
}
