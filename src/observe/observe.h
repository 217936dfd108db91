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

#include <stddef.h>
#include <string.h>

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

struct observe_when {
	u32 cpu, op;
};

/* Why an access has to be more than itself; together, for all of them are asked
 * for before each. */
struct observe_alert {
	bool busy;    /* a callback is running */
	bool broken;  /* only mmsim_destroy() is left */
	bool stepped; /* somebody is told of each step */
	bool checked; /* invariants are, after each operation */
	bool waiting; /* some CPU waits for userfaultfd */
	bool none[3]; /* to make a word of it */
};

struct observe {
	u64 events[NR_EVENTS];
	bool heard; /* by fn or in the ring */
	struct observe_alert alert;
	u64 ops; /* operations begun; the running one is one of the last */
	union {
		struct {
			u32 cpu; /* it runs on */
		};
		struct observe_when when; /* both, as records have them */
	};
	/* The ring, where nobody else listens; or both NULL. */
	struct mmsim_event_record *next, *end;
	struct mmsim_event_record *records;
	u64 mask;
	/* Of the event that goes to records[0], or, without next, of the
	 * next one. */
	u64 seq;
	mmsim_event_fn fn;
	void *user;
};

/* None of them holds. */
static inline bool observe_calm(const struct observe *obs)
{
	u64 any;

	_Static_assert(sizeof(obs->alert) == sizeof(any), "a word");
	memcpy(&any, &obs->alert, sizeof(any));
	return likely(!any);
}

/* An operation begins. */
static inline void observe_begin(struct observe *obs)
{
	obs->when.op = (u32)++obs->ops;
}

/* On another CPU than before, which is what runs from now on. */
static inline void observe_begin_on(struct observe *obs, u32 cpu)
{
	obs->when = (struct observe_when){ .cpu = cpu, .op = (u32)++obs->ops };
}

/* The number of the running operation: while it is in the middle of a step,
 * others may have begun. */
static inline u64 observe_op(const struct observe *obs)
{
	return obs->ops - (u32)((u32)obs->ops - obs->when.op);
}

/* In one word, so that all arguments of observe_emit() are in registers. */
#define EVENT_WHAT(type, rule) ((u32)(rule) << 16 | (u32)(type))

/* Somebody hears it. @what: EVENT_WHAT(). */
void observe_emit(struct observe *obs, u32 what, u32 pid, u64 addr, u64 old,
		  u64 new);

/*
 * The first fault of a page is told as one record of this type where a ring
 * alone listens: six take longer than a tenth of it. @rule is then the
 * fault's flags, and @addr, @old_value and @new_value are the address of the
 * access, the frame and the entry. Nothing was there before, and nothing else
 * happened in between. With EVENTS_FIRST_FILL in @rule the walk after the fault
 * fills the TLB, the last one of them.
 */
#define EVENTS_FIRST_FAULT MMSIM_EVENT_SEVERAL
#define EVENTS_FIRST_FILL  0x8000u

/* The last record was of a first fault, but its walk fills nothing. */
static inline void observe_no_fill(struct observe *obs)
{
	obs->next[-1].rule &= (uint16_t)~EVENTS_FIRST_FILL;
}

/* Whether several events may be told by one record. */
static inline bool observe_alone(const struct observe *obs)
{
	return obs->next;
}

/**
 * observe_expand() - the events that a record stands for.
 * @page_size: of the world, in bytes.
 * @out: room for MMSIM_EVENT_EXPANDED of them.
 *
 * Return: how many.
 */
size_t observe_expand(const struct mmsim_event_record *record, u64 page_size,
		      struct mmsim_event_record *out);

/* The listener or the ring, or their end. */
void observe_listen(struct observe *obs, mmsim_event_fn fn, void *user);
void observe_record(struct observe *obs, struct mmsim_event_record *records,
		    u64 nr);

/* The running number of the next event that is heard. */
u64 observe_seq(const struct observe *obs);

_Static_assert(offsetof(struct mmsim_event_record, op) ==
		       offsetof(struct mmsim_event_record, cpu) +
			       offsetof(struct observe_when, op),
	       "both lie as in struct observe_when");

static inline void observe_store(const struct observe *obs,
				 struct mmsim_event_record *record, u32 what,
				 u32 pid, u64 addr, u64 old, u64 new)
{
	record->type = (uint16_t)what;
	record->rule = (uint16_t)(what >> 16);
	record->pid = pid;
	memcpy((char *)record + offsetof(struct mmsim_event_record, cpu),
	       &obs->when, sizeof(obs->when));
	record->addr = addr;
	record->old_value = old;
	record->new_value = new;
}

/* Whether an event has to be told; a build without events knows. */
static inline bool observe_heard(const struct observe *obs)
{
#ifndef MMSIM_NO_EVENTS
	return unlikely(obs->heard);
#else
	(void)obs;
	return false;
#endif
}

/* @rule is for who reads this: events tell of it, it has no counter. */
static inline void observe_count(struct observe *obs, enum sim_event_type type,
				 enum sim_rule rule)
{
	(void)rule;
	obs->events[type]++;
}

/* So many of them, of which nobody hears one by one. */
static inline void observe_count_many(struct observe *obs,
				      enum sim_event_type type,
				      enum sim_rule rule, u64 nr)
{
	(void)rule;
	obs->events[type] += nr;
}

/* observe_emit(), but what goes to the ring goes there without a call. */
static inline __attribute__((always_inline)) void
observe_put(struct observe *obs, u32 what, u32 pid, u64 addr, u64 old, u64 new)
{
	if (likely(obs->next != obs->end))
		observe_store(obs, obs->next++, what, pid, addr, old, new);
	else
		observe_emit(obs, what, pid, addr, old, new);
}

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
	observe_count(obs, type, rule);
	if (observe_heard(obs))
		observe_emit(obs, EVENT_WHAT(type, rule), pid, addr, old, new);
}

#endif
