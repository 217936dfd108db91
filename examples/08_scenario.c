/* SPDX-License-Identifier: MIT */
/*
 * 08 - a scenario, step by step.
 *
 * The scenario language says in few words what takes many lines of C, and the
 * command `mmsim run` runs it without any. From C a scenario can be run one
 * operation at a time, and every process and mapping in it looked at between.
 */
#include "example.h"

#include <string.h>

static const char text[] =
	"mmap A 2p rw private anon\n"
	"write A 0 2p 7\n"
	"fork C\n"
	"@C write A 0 1p 9\n"
	"expect min=1\n"
	"expect A 0 1p b=7 +exclusive\n" /* a wish that fails: see below */
	"exit C\n";

/* One JSON object per operation, as the recordings of real kernels have. */
static void print_json(const char *line, void *user)
{
	(void)user;
	printf("  %s\n", line);
}

static void look(struct mmsim_scenario *scenario, const char *who)
{
	struct mmsim_entry entry;
	struct mmsim_mm *mm;
	uint64_t addr;

	if (mmsim_scenario_find(scenario, who, "A", &mm, &addr, NULL))
		return; /* not there yet, or no longer */
	entry = entry_at(mm, addr);
	printf("    %s, page 0 of A:", who);
	print_entry(&entry);
}

int main(void)
{
	struct mmsim *world = make_world("--kernel 7.2");
	struct mmsim_scenario *scenario;
	int line;

	/* Mistakes anywhere in the text are found here, before line 1 runs. */
	must(mmsim_scenario_open(world, text, strlen(text), print_json, NULL,
				 &scenario),
	     "scenario");
	while ((line = mmsim_scenario_step(scenario)) > 0) {
		printf("after line %d\n", line);
		look(scenario, "P");
		look(scenario, "C");
	}
	/*
	 * The child took a copy and left the parent alone with the page, but
	 * exclusive is a mark that only a write of the parent's sets again.
	 */
	printf("%s: %s\n", mmsim_errname(line), mmsim_last_error(world));
	mmsim_scenario_close(scenario);
	mmsim_destroy(world);
	return 0;
}
