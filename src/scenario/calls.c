/* SPDX-License-Identifier: MIT */
/*
 * `trace on`: which of the kernel's functions an operation called, and how
 * often, by the names of the world's release.
 */
#include "scenario/scenario.h"

#include <string.h>

#define FROM_START 0
#define NEVER	   (~(u32)0)

static const struct call {
	enum sim_event_type event;
	const char *name;
	u32 first, until;
} call_table[] = {
#define CALL(event, name, first, until) { EV_##event, name, first, until },
#include "scenario/calls.def"
#undef CALL
};

_Static_assert(ARRAY_SIZE(call_table) <= SCENARIO_MAX_CALLS,
	       "a scenario keeps a count of each");

int op_trace(struct mmsim_scenario *s)
{
	s->trace = !word_is(s->line.words[1], "off");
	return 0;
}

void calls_begin(struct mmsim_scenario *s)
{
	unsigned i;

	for (i = 0; i < ARRAY_SIZE(call_table); i++)
		s->calls[i] = s->w->obs.events[call_table[i].event];
}

/* How often this operation's events came to a call by that name. Rows of one
 * name stand together: some functions are called for several reasons. */
static u64 nr_calls(const struct mmsim_scenario *s, unsigned *i)
{
	const char *name = call_table[*i].name;
	const struct call *call;
	u64 nr = 0;

	for (; *i < ARRAY_SIZE(call_table); ++*i) {
		call = &call_table[*i];
		if (strcmp(call->name, name))
			break;
		if (s->w->kernel >= call->first && s->w->kernel < call->until)
			nr += s->w->obs.events[call->event] - s->calls[*i];
	}
	return nr;
}

void put_calls(struct mmsim_scenario *s)
{
	bool open = false;
	const char *name;
	unsigned i = 0;
	u64 nr;

	while (s->trace && i < ARRAY_SIZE(call_table)) {
		name = call_table[i].name;
		nr = nr_calls(s, &i);
		if (!nr)
			continue;
		if (!open) {
			json_key(&s->json, "calls");
			json_open(&s->json, '{');
		}
		open = true;
		json_key_int(&s->json, name, (s64)nr);
	}
	if (open)
		json_close(&s->json, '}');
}
