/* SPDX-License-Identifier: MIT */
#include <mmsim/event.h>

#include "api/api.h"
#include "core/sched.h"
#include "observe/check.h"

/* Whether somebody may begin to hear events, or end it. */
static int may_listen(struct mmsim *w, bool begin)
{
	if (!w)
		return -EINVAL;
	if (w->obs.alert.busy)
		return world_fail(w, -EBUSY,
				  "a callback must not change its world");
#ifdef MMSIM_NO_EVENTS
	if (begin)
		return world_fail(w, -EOPNOTSUPP,
				  "this library was built without events");
#endif
	(void)begin;
	return 0;
}

int mmsim_on_event(struct mmsim *w, mmsim_event_fn fn, void *user)
{
	int rc = may_listen(w, fn);

	if (!rc)
		observe_listen(&w->obs, fn, user);
	return rc;
}

int mmsim_record_events(struct mmsim *w, struct mmsim_event_record *records,
			size_t nr)
{
	int rc = may_listen(w, records);

	if (rc)
		return rc;
	if (records ? !nr || nr & (nr - 1) : nr != 0)
		return world_fail(w, -EINVAL,
				  "record_events: %zu records, expected a "
				  "power of two",
				  nr);
	observe_record(&w->obs, records, nr);
	return 0;
}

size_t mmsim_event_expand(const struct mmsim *w,
			  const struct mmsim_event_record *record,
			  struct mmsim_event_record *events)
{
	if (!w || !record || !events)
		return 0;
	return observe_expand(record, world_page_size(w), events);
}

uint64_t mmsim_event_seq(const struct mmsim *w)
{
	return w ? observe_seq(&w->obs) : 0;
}

const char *mmsim_event_name(uint32_t type)
{
	if (type == MMSIM_EVENT_SEVERAL)
		return "several";
	return type < NR_EVENTS ? event_table[type].name : "?";
}

const char *mmsim_rule_name(uint32_t rule)
{
	return rule < NR_RULES ? rule_table[rule].name : "?";
}

int mmsim_check(struct mmsim *w, mmsim_report_fn fn, void *user)
{
	int rc;

	if (!w)
		return -EINVAL;
	rc = api_enter(w);
	if (rc)
		return rc;
	rc = check_world(w, fn, user);
	/* What has healed by itself was broken all the same. */
	if (watch_report(w, fn, user) && !rc)
		rc = 1;
	return rc >= 0 ? rc : api_leave_unchanged(w, rc, "check");
}

/* ---- steps ---- */

int mmsim_on_step(struct mmsim *w, mmsim_step_fn fn, void *user)
{
	if (!w)
		return -EINVAL;
	if (w->obs.alert.busy)
		return world_fail(w, -EBUSY,
				  "a callback must not change its world");
	if (w->sched.suspended)
		return world_fail(w, -EBUSY,
				  "on_step: a call is in the middle of a step");
	w->sched.fn = fn;
	w->obs.alert.stepped = fn != NULL;
	w->sched.user = user;
	w->sched.blocked = 0;
	return 0;
}

int mmsim_run_on(struct mmsim *w, unsigned cpu)
{
	if (!w)
		return -EINVAL;
	if (cpu >= w->cpus)
		return world_fail(w, -EINVAL, "run_on: CPU %u of %u", cpu,
				  w->cpus);
	w->obs.cpu = cpu;
	return 0;
}

const char *mmsim_step_name(enum mmsim_step_kind kind)
{
	static const char *const names[] = {
		[MMSIM_STEP_LOCK_MMAP] = "lock_mmap",
		[MMSIM_STEP_LOCK_FILES] = "lock_files",
		[MMSIM_STEP_LOCK_TABLES] = "lock_tables",
		[MMSIM_STEP_LOCK_PTES] = "lock_ptes",
		[MMSIM_STEP_UNLOCK] = "unlock",
		[MMSIM_STEP_BLOCKED] = "blocked",
		[MMSIM_STEP_PTE] = "pte",
		[MMSIM_STEP_REF] = "ref",
		[MMSIM_STEP_ALLOC] = "alloc",
		[MMSIM_STEP_FLUSH] = "flush",
		[MMSIM_STEP_FLUSH_DONE] = "flush_done",
		[MMSIM_STEP_ACCESS] = "access",
	};

	return (unsigned)kind < ARRAY_SIZE(names) ? names[kind] : "?";
}
