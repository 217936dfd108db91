/* SPDX-License-Identifier: MIT */
/*
 * 07 - a rule of your own.
 *
 * can_change_pte_writable() is the kernel's answer to "may mprotect set the
 * write bit of this entry at once?". A world takes another answer in its
 * place. Here the world is Linux 6.1; one rule is what 6.2 changed it to, one
 * forgets why the question is asked at all.
 */
#include "example.h"

#include <string.h>

/* What the kernel asks in every release from 6.0 on, for private memory. */
static int page_is_mine(const struct mmsim_rule_ctx *ctx)
{
	if (ctx->entry & MMSIM_E_PROTNONE)
		return 0;
	if (ctx->soft_dirty_tracking && !(ctx->entry & MMSIM_E_SOFT_DIRTY))
		return 0; /* somebody wants to hear of the next write */
	if (ctx->uffd_wp_armed && ctx->entry & MMSIM_E_UFFD_WP)
		return 0;
	return ctx->has_page && ctx->page_anon && ctx->page_anon_exclusive;
}

/* Linux 6.2: the entry of an exclusive page need not be dirty. */
static int also_clean(const struct mmsim_rule_ctx *ctx, void *user)
{
	(void)user;
	if (ctx->wants_writenotify) /* shared memory: only if dirty */
		return !!(ctx->entry & MMSIM_E_DIRTY);
	return page_is_mine(ctx);
}

/* "The mapping may be written, so what?" */
static int always(const struct mmsim_rule_ctx *ctx, void *user)
{
	(void)ctx;
	++*(unsigned *)user;
	return 1;
}

static struct mmsim *
world_with(int (*rule)(const struct mmsim_rule_ctx *, void *), void *user)
{
	struct mmsim_config config = MMSIM_CONFIG_INIT;
	const struct mmsim_rules rules = {
		.size = sizeof(rules),
		.can_change_pte_writable = rule, /* NULL: the kernel's */
	};
	struct mmsim *world;

	config.kernel = MMSIM_KERNEL(6, 1);
	config.rules = &rules;
	config.rules_user = user;
	must(mmsim_create(&config, &world), "create");
	return world;
}

static void print_line(const char *line, void *user)
{
	(void)user;
	/* The invariant's name, and then where it is broken. */
	printf("  broken: %.*s\n", (int)strcspn(line, ":"), line);
}

/* Two pages, one clean and one shared with a child; R, RW, then written. */
static void run(const char *title, struct mmsim *world)
{
	struct mmsim_mm *parent, *child;
	char before = 'a', after = 'b';
	uint64_t clean, shared;
	unsigned faults[2];
	int broken;

	must(mmsim_mm_create(world, &parent), "mm_create");
	shared = map_anon(parent, 2 * PAGE);
	clean = shared + PAGE;
	touch(parent, shared, MMSIM_WRITE, &before);
	must(mmsim_fork(parent, &child), "fork");
	touch(parent, clean, MMSIM_WRITE, &before); /* not the child's */
	must(mmsim_madvise(parent, clean, PAGE, MMSIM_MADV_FREE), "madvise");

	must(mmsim_mprotect(parent, shared, 2 * PAGE, MMSIM_PROT_READ),
	     "mprotect");
	must(mmsim_mprotect(parent, shared, 2 * PAGE,
			    MMSIM_PROT_READ | MMSIM_PROT_WRITE),
	     "mprotect");
	faults[0] = touch(parent, clean, MMSIM_WRITE, &after).minor;
	faults[1] = touch(parent, shared, MMSIM_WRITE, &after).minor;
	printf("%s\n  faults: clean page %u, shared page %u; the child reads "
	       "'%c'\n",
	       title, faults[0], faults[1], mmsim_page_peek(child, shared));

	/* Breaking the rules breaks the world; the checks say how. */
	broken = mmsim_check(world, print_line, NULL);
	must(broken, "check");
	mmsim_destroy(world);
}

int main(void)
{
	unsigned asked = 0;

	run("the rule of Linux 6.1", world_with(NULL, NULL));
	run("the rule of Linux 6.2, in Linux 6.1",
	    world_with(also_clean, NULL));
	run("always", world_with(always, &asked));
	printf("  the rule was asked %u times\n", asked);
	return 0;
}
