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

/**
 * struct mmsim_rule_ctx - what the kernel's function could see.
 * @size: sizeof(struct mmsim_rule_ctx).
 * @kernel: the world's release, as MMSIM_KERNEL() makes it.
 * @vm_flags: VM_* bits of the mapping.
 * @addr: of the page.
 * @has_page: 0: the entry maps no counted page (the zero page).
 * @page_anon: an anonymous page; 0: a page of a file.
 * @page_anon_exclusive: PageAnonExclusive (5.19 and later).
 * @page_ksm: a KSM page.
 * @mapcount: how many entries map the page.
 * @refcount: how many hold it for whatever reason.
 * @order: log2 of the pages of its folio.
 * @soft_dirty_tracking: the mapping's writes are being tracked.
 * @uffd_wp_armed: a userfaultfd may protect pages of the mapping.
 * @wants_writenotify: shared, and the kernel wants to hear of writes.
 * @entry: MMSIM_E_* of the entry as it would become, without the page's.
 */
struct mmsim_rule_ctx {
	size_t size;
	uint32_t kernel;
	uint64_t vm_flags, addr;
	int has_page, page_anon, page_anon_exclusive, page_ksm;
	int32_t mapcount, refcount;
	unsigned order;
	int soft_dirty_tracking, uffd_wp_armed, wants_writenotify;
	uint32_t entry;
};

/**
 * struct mmsim_rules - rules of a caller; NULL: the kernel's.
 * @size: sizeof(struct mmsim_rules).
 * @can_change_pte_writable: 1: an entry of a mapping that mprotect made
 *	writable gets its write bit at once. Asked from 6.0 on.
 * @can_change_pmd_writable: the same for a huge page; not supported yet.
 * @can_reuse_anon_page: 1: a write fault on an anonymous page of a private
 *	mapping makes the entry writable; 0: it copies the page.
 * @unmap_batch: how many pages reclaim unmaps at once; not supported yet.
 */
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
