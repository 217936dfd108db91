/* SPDX-License-Identifier: MIT */
/*
 * `trace on`: which of the kernel's functions an operation called, and how
 * often, by the names of the world's release.
 */
#include "scenario/scenario.h"

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

void put_calls(struct mmsim_scenario *s)
{
	const struct call *call;
	bool open = false;
	unsigned i;
	u64 nr;

	for (i = 0; s->trace && i < ARRAY_SIZE(call_table); i++) {
		call = &call_table[i];
		nr = s->w->obs.events[call->event] - s->calls[i];
		if (!nr || s->w->kernel < call->first ||
		    s->w->kernel >= call->until)
			continue;
		if (!open) {
			json_key(&s->json, "calls");
			json_open(&s->json, '{');
		}
		open = true;
		json_key_int(&s->json, call->name, (s64)nr);
	}
	if (open)
		json_close(&s->json, '}');
}
