/* SPDX-License-Identifier: MIT */
/*
 * Worlds of the instance that a test includes: for tests that see its statics.
 * Included behind MM_TEST_INSTANCE_STUB.
 */
#ifndef INSTANCE_WORLD_H
#define INSTANCE_WORLD_H

#include <stdlib.h>
#include <string.h>

#include "core/config.h"
#include "mm/lru.h"
#include "mm/mm.h"
#include "support/test.h"

#define BASE ((vaddr_t)1 << 40)

/* ---- a world of this instance ---- */

static bool name_has(const char *part)
{
	return strstr(MM_TEST_INSTANCE_NAME, part) != NULL;
}

static unsigned instance_arch(void)
{
	if (name_has("arm64"))
		return MMSIM_ARCH_ARM64;
	return name_has("ppc64") ? MMSIM_ARCH_PPC64 : MMSIM_ARCH_X86_64;
}

/* Whether worlds of a release use this layout. */
static bool release_uses_layout(u32 kernel)
{
	u32 change = name_has("x86")	 ? KERNEL(6, 6)
		     : name_has("arm64") ? KERNEL(6, 11)
					 : KERNEL(6, 7);

	if (name_has("fake"))
		return true;
	return name_has("_pre") ? kernel < change : kernel >= change;
}

static const u32 releases[] = { KERNEL(5, 10), KERNEL(6, 0),  KERNEL(6, 1),
				KERNEL(6, 2),  KERNEL(6, 12), KERNEL(7, 2) };

struct world {
	struct mmsim *w;
	struct mmsim_mm *mm;
};

static MMSIM_UNUSED struct mmsim *make_world(u32 kernel)
{
	struct host host = { .fail_in = 0 };
	struct mmsim *w = host_alloc(&host, sizeof(*w));
	struct knob_sizes sizes;
	unsigned i;

	assert_non_null(w);
	w->host = host;
	w->arch = instance_arch();
	w->kernel = kernel;
	w->cpus = 1;
	w->be = &BACKEND_SYMBOL(MM_INSTANCE);
	features_default(&w->features, w->arch, kernel);
	folio_batch_init(w);
	linear_init(w);
	sizes = knob_sizes(w->be, &w->features);
	knobs_default(w->knobs, &sizes);
	LIST_INIT(&w->mms);
	LIST_INIT(&w->files);
	w->be->rules_init(&w->rules, &w->features, kernel);
	for (i = 0; i < ARRAY_SIZE(w->page_prot); i++)
		w->page_prot[i] = w->be->protection(i, &w->rules);
	assert_int_equal(phys_init(&w->phys, &w->host, PAGE_SHIFT,
				   PMD_SHIFT - PAGE_SHIFT, 1,
				   max_u64(4 * PMD_SIZE, (u64)64 << 20)),
			 0);
	tlb_shifts(w->tlb.shift, w->be);
	tlb_geometry_default(&w->tlb.geometry, w->arch, w->be);
	assert_int_equal(tlb_init(w), 0);
	w->zero_pfn = phys_alloc(&w->phys, 0, 0);
	assert_true(w->zero_pfn != PFN_NONE);
	page_set(pfn_to_page(&w->phys, w->zero_pfn), PG_zero | PG_reserved);
	return w;
}

static MMSIM_UNUSED void start(struct world *t, u32 kernel)
{
	t->w = make_world(kernel);
	assert_int_equal(mm_create(t->w, &t->mm), 0);
}

static void print_line(const char *line, void *user)
{
	(void)user;
	print_error("broken: %s\n", line);
}

static MMSIM_UNUSED void finish(struct world *t)
{
	assert_int_equal(mmsim_check(t->w, print_line, NULL), 0);
	mmsim_destroy(t->w);
}

/* The newest release of the layout. */
static MMSIM_UNUSED u32 newest(void)
{
	u32 kernel = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(releases); i++)
		if (release_uses_layout(releases[i]))
			kernel = releases[i];
	return kernel;
}

#endif
