/* SPDX-License-Identifier: MIT */
#include "observe/observe.h"

#define FROM_START 0
#define NEVER	   (~(u32)0)

const struct event_info event_table[NR_EVENTS] = {
#define EVENT(id, name, what) { name, what },
#include "observe/events.def"
#undef EVENT
};

const struct rule_info rule_table[NR_RULES] = {
#define RULE(id, name, first, until, what, sheet) \
	{ name, first, until, what, sheet },
#include "observe/rules.def"
#undef RULE
};

void observe_emit(struct observe *obs, enum sim_event_type type,
		  enum sim_rule rule, u32 pid, u64 addr, u64 old, u64 new)
{
	const struct mmsim_event event = {
		.size = sizeof(event),
		.seq = obs->seq++,
		.op = obs->op,
		.type = type,
		.rule = rule,
		.cpu = obs->cpu,
		.pid = pid,
		.addr = addr,
		.old_value = old,
		.new_value = new,
	};

	/* A listener that calls back into the world gets -EBUSY. */
	obs->busy = true;
	obs->fn(&event, obs->user);
	obs->busy = false;
}
