/* SPDX-License-Identifier: MIT */
/*
 * mmsim/rules.h - rules that an experimenter replaces.
 *
 * Put a struct mmsim_rules into mmsim_config.rules. A callback decides in
 * place of the kernel's rule of the same name; it sees what the kernel's
 * function could see and must not change its world (-EBUSY).
 *
 * A wrong rule breaks the world as it would break a kernel: mmsim_check()
 * says how.
 */
#ifndef MMSIM_RULES_H
#define MMSIM_RULES_H

#include <mmsim/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What the kernel's function could see. */
struct mmsim_rule_ctx {
	size_t size;
	uint32_t kernel;
	uint64_t vm_flags, addr;
	int has_page, page_anon, page_anon_exclusive, page_ksm;
	int32_t mapcount, refcount;
	unsigned order;
	int soft_dirty_tracking, uffd_wp_armed, wants_writenotify;
	uint32_t entry; /* MMSIM_E_* of the entry as it would become */
};

/* NULL: ours. */
struct mmsim_rules {
	size_t size;
	int (*can_change_pte_writable)(const struct mmsim_rule_ctx *ctx,
				       void *user);
	int (*can_change_pmd_writable)(const struct mmsim_rule_ctx *ctx,
				       void *user);
	int (*can_reuse_anon_page)(const struct mmsim_rule_ctx *ctx,
				   void *user);
	unsigned (*unmap_batch)(const struct mmsim_rule_ctx *ctx, unsigned most,
				void *user);
};

#ifdef __cplusplus
}
#endif
#endif
