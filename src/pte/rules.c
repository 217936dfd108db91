/* SPDX-License-Identifier: MIT */
/*
 * Rules that an experimenter put in place of ours (mmsim/rules.h).
 */
#include "pte/pte.h"

#include "vma/vma_ops.h"

/* What the kernel's function could see, at an entry as it would become. */
static void fill_ctx(struct mmsim_rule_ctx *ctx, struct mmsim_mm *mm,
		     const struct vm_area_struct *vma, vaddr_t addr, pte_t pte)
{
	const struct mmsim *w = mm->world;
	const struct page *page = vm_normal_page(mm, pte);
	struct mmsim_entry entry;

	entry_decode(pte_val(pte), PAGE_SHIFT, &w->rules, &entry);
	*ctx = (struct mmsim_rule_ctx){
		.size = sizeof(*ctx),
		.kernel = w->kernel,
		.vm_flags = vma->vm_flags,
		.addr = addr,
		.has_page = page != NULL,
		.soft_dirty_tracking = vma_soft_dirty_enabled(vma, &w->rules),
		.uffd_wp_armed = !!(vma->vm_flags & VM_UFFD_WP),
		.wants_writenotify = vma_wants_writenotify(vma),
		.entry = entry.flags,
	};
	if (!page)
		return;
	ctx->page_anon = PageAnon(page);
	ctx->page_anon_exclusive = PageAnonExclusive(page);
	ctx->page_ksm = PageKsm(page);
	ctx->mapcount = page->mapcount;
	ctx->refcount = page->refcount;
}

mm_static int ask_rule(struct mmsim_mm *mm, const struct vm_area_struct *vma,
		       vaddr_t addr, pte_t pte, own_rule_fn rule)
{
	struct mmsim *w = mm->world;
	struct mmsim_rule_ctx ctx;
	int answer;

	fill_ctx(&ctx, mm, vma, addr, pte);
	/* A rule that calls back into its world gets -EBUSY. */
	w->obs.alert.busy = true;
	answer = rule(&ctx, w->own_rules_user);
	w->obs.alert.busy = false;
	return answer;
}
