/* SPDX-License-Identifier: MIT */
/*
 * mmsim/event.h - events and checks.
 */
#ifndef MMSIM_EVENT_H
#define MMSIM_EVENT_H

#include <mmsim/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * struct mmsim_event - something the simulated kernel or hardware did.
 * @size: sizeof(struct mmsim_event).
 * @seq: running number in this world.
 * @op: number of the API call it belongs to.
 * @type, @rule: ids; mmsim_event_name() and mmsim_rule_name() name them.
 * @cpu: the simulated CPU.
 * @pid: the process, or 0.
 * @addr: the address it is about.
 * @old_value, @new_value: an entry before and after, or what the event says.
 */
struct mmsim_event {
	size_t size;
	uint64_t seq, op;
	uint32_t type, rule;
	unsigned cpu;
	uint32_t pid;
	uint64_t addr, old_value, new_value;
};
/**
 * mmsim_event_fn - called for each event, in the middle of the operation.
 */
typedef void (*mmsim_event_fn)(const struct mmsim_event *event, void *user);

/**
 * mmsim_on_event() - listen to all events; NULL ends it.
 * @world: the world.
 * @fn: the one listener.
 * @user: passed to it.
 *
 * The callback must not change the world: such calls return -EBUSY.
 */
MMSIM_API int mmsim_on_event(struct mmsim *world, mmsim_event_fn fn,
			     void *user);

/**
 * struct mmsim_event_record - an event as mmsim_record_events() keeps it.
 * @type, @rule, @pid, @cpu, @addr, @old_value, @new_value: as in struct
 *	mmsim_event.
 * @op: its low 32 bits.
 */
struct mmsim_event_record {
	uint16_t type, rule;
	uint32_t pid;
	uint32_t cpu, op;
	uint64_t addr, old_value, new_value;
};

/**
 * MMSIM_EVENT_SEVERAL - the type of a record that stands for several events;
 * mmsim_event_expand() takes it apart.
 * MMSIM_EVENT_EXPANDED - the most of them.
 */
#define MMSIM_EVENT_SEVERAL 0xffffu
#define MMSIM_EVENT_EXPANDED 8

/**
 * mmsim_record_events() - keep the last events in a ring of the caller's.
 * @world: the world.
 * @records: the ring, which must stay until it is replaced or the world is
 *	destroyed; NULL ends it.
 * @nr: how many records it has, a power of two; 0 with NULL.
 *
 * For who wants all events at little cost: nothing is called. What has
 * the running number n is written to records[n % nr]; mmsim_event_seq() says
 * which comes next. Where nobody else listens, events that often follow each
 * other are one record, with one number (mmsim_event_expand()). A listener
 * may be there at the same time; then each event has its own.
 *
 * Return: 0; -EINVAL: not a power of two; -EBUSY: from inside a callback;
 * -EOPNOTSUPP: a library built without events.
 */
MMSIM_API int mmsim_record_events(struct mmsim *world,
				  struct mmsim_event_record *records,
				  size_t nr);

/**
 * mmsim_event_expand() - the events that a record stands for, in their order.
 * @world: the world that wrote it.
 * @record: of the ring of mmsim_record_events().
 * @events: room for MMSIM_EVENT_EXPANDED of them.
 *
 * Return: how many, 1 for most records; 0 if any of the three is NULL.
 */
MMSIM_API size_t mmsim_event_expand(const struct mmsim *world,
				    const struct mmsim_event_record *record,
				    struct mmsim_event_record *events);

/**
 * mmsim_event_seq() - the running number of the next event.
 * @world: the world; NULL gives 0.
 *
 * Events that nobody hears have none; see mmsim_record_events().
 */
MMSIM_API uint64_t mmsim_event_seq(const struct mmsim *world);

/**
 * mmsim_event_name() - the name of an event's type; "?" if there is none.
 * @type: of struct mmsim_event.
 */
MMSIM_API const char *mmsim_event_name(uint32_t type);

/**
 * mmsim_rule_name() - the name of the rule it followed; "?" if there is none.
 * @rule: of struct mmsim_event.
 */
MMSIM_API const char *mmsim_rule_name(uint32_t rule);

/**
 * mmsim_report_fn - called with a line without an end of line.
 */
typedef void (*mmsim_report_fn)(const char *line, void *user);

/**
 * mmsim_check() - check every invariant (mmsim list invariants).
 * @world: the world.
 * @fn: called with one line for each that is broken; may be NULL.
 * @user: passed to it.
 *
 * With the knob "debug.check" (off, cheap or all; mmsim_set()) invariants are
 * also checked after each operation; a further line names the first operation
 * that broke one then.
 *
 * Return: how many are broken (1 if one was and has healed), or a negative
 * errno.
 */
MMSIM_API int mmsim_check(struct mmsim *world, mmsim_report_fn fn, void *user);

#ifdef __cplusplus
}
#endif
#endif
