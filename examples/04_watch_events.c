/* SPDX-License-Identifier: MIT */
/*
 * 04 - watching the kernel work.
 *
 * A world tells a listener everything that the simulated kernel and hardware
 * do, where they do it: an event carries a name (the kernel's own where one
 * function is the event), the entry before and after, and the rule that
 * decided. Counters with the same names are kept even while nobody listens.
 */
#include "example.h"

#include <string.h>

struct watch {
	struct mmsim *world;
	struct mmsim_mm *mm;
	unsigned nr;
	int answer; /* to a listener that tries to change the world */
};

/*
 * Called in the middle of the operation: the world is not to be changed now,
 * and says so.
 */
static void on_event(const struct mmsim_event *event, void *user)
{
	struct watch *watch = user;

	printf("  %-26s %s\n", mmsim_event_name(event->type),
	       mmsim_rule_name(event->rule));
	watch->nr++;
	watch->answer = mmsim_munmap(watch->mm, 0, PAGE);
}

static void watch_write(struct watch *watch, const char *title, uint64_t addr)
{
	printf("%s\n", title);
	must(mmsim_on_event(watch->world, on_event, watch), "on_event");
	touch(watch->mm, addr, MMSIM_WRITE, NULL);
	must(mmsim_on_event(watch->world, NULL, NULL), "on_event");
}

static int print_rule(const struct mmsim_list_item *item, void *user)
{
	if (strncmp(item->name, "wp-reuse", 8))
		return 0;
	printf("  %-26s %s\n", item->name, item->what);
	++*(unsigned *)user;
	return 0;
}

int main(void)
{
	struct watch watch = { .world = make_world("--kernel 7.2") };
	struct mmsim_mm *child;
	unsigned rules = 0;
	uint64_t addr, copies;

	must(mmsim_mm_create(watch.world, &watch.mm), "mm_create");
	addr = map_anon(watch.mm, PAGE);

	watch_write(&watch, "first write to a page", addr);
	must(mmsim_fork(watch.mm, &child), "fork");
	watch_write(&watch, "write after fork, child alive", addr);
	must(mmsim_fork(watch.mm, &child), "another fork");
	mmsim_mm_exit(child);
	watch_write(&watch, "write after fork, child gone", addr);
	watch_write(&watch, "write again", addr);

	printf("%u events; a change from inside one is answered %s\n", watch.nr,
	       mmsim_errname(watch.answer));
	must(mmsim_counter(watch.world, "wp_page_copy", &copies), "counter");
	printf("pages copied since the world was made: %" PRIu64 "\n", copies);

	printf("the rules by which a write may keep its page:\n");
	must(mmsim_list("rules", NULL, print_rule, &rules), "list");
	printf("%u of them\n", rules);

	mmsim_destroy(watch.world);
	return 0;
}
