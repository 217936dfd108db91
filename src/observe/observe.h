/* SPDX-License-Identifier: MIT */
/*
 * Counters, events and the rules they name.
 *
 * Counters are plain increments where things happen, always on. An event is
 * built only while somebody listens.
 */
#ifndef OBSERVE_OBSERVE_H
#define OBSERVE_OBSERVE_H

#include "core/types.h"

#include <mmsim/event.h>

enum sim_event_type {
#define EVENT(id, name, what) EV_##id,
#include "observe/events.def"
#undef EVENT
	NR_EVENTS
};

enum sim_rule {
#define RULE(id, ...) RULE_##id,
#include "observe/rules.def"
#undef RULE
	NR_RULES
};

struct event_info {
	const char *name, *what;
};

struct rule_info {
	const char *name;
	u32 first, until;
	const char *what, *sheet;
};

extern const struct event_info event_table[NR_EVENTS];
extern const struct rule_info rule_table[NR_RULES];

struct observe {
	u64 events[NR_EVENTS];
	u64 rules[NR_RULES];
	mmsim_event_fn fn;
	void *user;
	bool busy;    /* a callback is running */
	unsigned cpu; /* of the running operation */
	u64 seq, op;
};

void observe_emit(struct observe *obs, enum sim_event_type type,
		  enum sim_rule rule, u32 pid, u64 addr, u64 old, u64 new);

/**
 * sim_trace() - something happened.
 * @pid: of the process, 0 if it concerns none.
 * @addr: virtual address, or what the event is about.
 * @old, @new: an entry before and after, or what the event says.
 */
static inline void sim_trace(struct observe *obs, enum sim_event_type type,
			     enum sim_rule rule, u32 pid, u64 addr, u64 old,
			     u64 new)
{
	obs->events[type]++;
	obs->rules[rule]++;
#ifndef MMSIM_NO_EVENTS
	if (unlikely(obs->fn))
		observe_emit(obs, type, rule, pid, addr, old, new);
#endif
}

#endif
